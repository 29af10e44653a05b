//! Statements whose conditions depend on a filter.

use std::borrow::Cow;
use std::fmt::Write;

use muster_core::PageRequest;

use crate::{ToValue, Value};

/// A `WHERE` clause that grows condition by condition, with the values that it binds.
///
/// It starts with the condition that every query of a tenant's rows has: whose they are.
#[derive(Clone, Debug, PartialEq)]
pub struct Conditions<'v> {
    sql: String,
    values: Vec<Value<'v>>,
}

impl<'v> Conditions<'v> {
    /// `WHERE condition`, in which each `?` stands for the next of `values`.
    pub fn new(condition: &str, values: impl IntoIterator<Item = Value<'v>>) -> Self {
        let mut conditions = Self { sql: "WHERE ".to_owned(), values: Vec::new() };
        conditions.push(condition, values);
        conditions
    }

    /// Adds a condition, in which each `?` stands for the next of `values`.
    pub fn and(&mut self, condition: &str, values: impl IntoIterator<Item = Value<'v>>) {
        self.sql.push_str(" AND ");
        self.push(condition, values);
    }

    /// Adds `column = value`, if there is a value.
    pub fn and_equals<T: ToValue + ?Sized>(&mut self, column: &str, value: Option<&'v T>) {
        if let Some(value) = value {
            self.and(&format!("{column} = ?"), [value.to_value()]);
        }
    }

    /// Adds "`column` contains `part` literally", if there is a part.
    pub fn and_contains(&mut self, column: &str, part: Option<&str>) {
        if let Some(part) = part {
            let pattern = Value::Text(Cow::Owned(containing(part)));
            self.and(&format!("{column} LIKE ? ESCAPE '\\'"), [pattern]);
        }
    }

    /// Adds "`column` is one of `values`"; no values demand nothing.
    pub fn and_one_of<T: ToValue>(&mut self, column: &str, values: &'v [T]) {
        if !values.is_empty() {
            let places = vec!["?"; values.len()].join(", ");
            self.and(&format!("{column} IN ({places})"), values.iter().map(ToValue::to_value));
        }
    }

    /// The clause so far.
    pub fn sql(&self) -> &str {
        &self.sql
    }

    /// What it binds, from `$1` on.
    pub fn values(&self) -> &[Value<'v>] {
        &self.values
    }

    /// The clause with `ORDER BY order LIMIT … OFFSET …`, and all that it binds.
    pub fn paged(mut self, order: &str, page: PageRequest) -> (String, Vec<Value<'v>>) {
        let page = [Value::Integer(page.sql_limit()), Value::Integer(page.sql_offset())];
        let _ = write!(self.sql, " ORDER BY {order} LIMIT ");
        self.push("? OFFSET ?", page);
        (self.sql, self.values)
    }

    fn push(&mut self, condition: &str, values: impl IntoIterator<Item = Value<'v>>) {
        let mut values = values.into_iter();
        for (nth, part) in condition.split('?').enumerate() {
            if nth > 0 {
                self.values.extend(values.next());
                // Writing to a string cannot fail.
                let _ = write!(self.sql, "${}", self.values.len());
            }
            self.sql.push_str(part);
        }
    }
}

/// The `LIKE` pattern (with `ESCAPE '\'`) of what contains `text` literally.
pub fn containing(text: &str) -> String {
    format!("%{}%", literally(text))
}

/// The `LIKE` pattern (with `ESCAPE '\'`) of what begins with `text` literally.
pub fn beginning_with(text: &str) -> String {
    format!("{}%", literally(text))
}

fn literally(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len() + 2);
    for character in text.chars() {
        if matches!(character, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_in_a_filter_are_plain_characters() {
        assert_eq!(containing("50%_\\x"), "%50\\%\\_\\\\x%");
        assert_eq!(beginning_with("a_"), "a\\_%");
    }

    #[test]
    fn conditions_number_their_values() {
        let (name, none) = ("web".to_owned(), None::<&String>);
        let kinds = [7, 8];
        let mut conditions = Conditions::new("g.account_id = ?", [Value::Integer(1)]);
        conditions.and_equals("g.kind", none);
        conditions.and_equals("g.name", Some(&name));
        conditions.and_one_of("g.kind", &kinds);
        conditions.and_one_of("g.other", &[0; 0]);
        conditions.and("(g.x = ? OR g.y = ?)", [Value::Integer(1), Value::Integer(2)]);
        let (sql, values) = conditions.paged("g.id DESC", PageRequest { offset: 5, limit: 10 });
        assert_eq!(
            sql,
            "WHERE g.account_id = $1 AND g.name = $2 AND g.kind IN ($3, $4) AND (g.x = $5 OR g.y = $6) \
             ORDER BY g.id DESC LIMIT $7 OFFSET $8"
        );
        assert_eq!(values.len(), 8);
    }
}
