//! All SQL of this feature.

pub(crate) mod activations;
pub(crate) mod contacts;
pub(crate) mod groups;
pub(crate) mod messages;
pub(crate) mod topics;

use muster_db::Value;

/// A condition that grows; values are numbered as they are added.
pub(crate) struct Condition<'v> {
    pub(crate) sql: String,
    pub(crate) values: Vec<Value<'v>>,
}

impl<'v> Condition<'v> {
    pub(crate) fn new(sql: &str, value: Value<'v>) -> Self {
        let mut condition = Self { sql: String::new(), values: Vec::new() };
        condition.and(sql, value);
        condition
    }

    /// Adds `sql`, in which `$` stands for `value`.
    pub(crate) fn and(&mut self, sql: &str, value: Value<'v>) {
        if !self.sql.is_empty() {
            self.sql.push_str(" AND ");
        }
        let place = self.bind(value);
        self.sql.push_str(&sql.replace('$', &place));
    }

    /// Adds a value; its place for the statement's text.
    pub(crate) fn bind(&mut self, value: Value<'v>) -> String {
        self.values.push(value);
        format!("${}", self.values.len())
    }
}

/// Adds that `column` begins with `prefix`: a range, which an index serves on both databases.
pub(crate) fn starts_with<'v>(condition: &mut Condition<'v>, column: &str, prefix: &'v str) {
    use muster_db::ToValue;
    condition.and(&format!("{column} >= $"), prefix.to_value());
    condition.and(&format!("{column} < $"), Value::Text(format!("{prefix}\u{10ffff}").into()));
}
