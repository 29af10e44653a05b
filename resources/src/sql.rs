//! Statements whose conditions depend on the caller's filter.

use std::fmt::Write;

use muster_db::Value;

/// A growing `WHERE` with its values.
pub(crate) struct Conditions {
    pub(crate) sql: String,
    pub(crate) values: Vec<Value<'static>>,
}

impl Conditions {
    pub(crate) fn new(column: &str, value: impl Into<Bound>) -> Self {
        Self { sql: format!("{column} = $1"), values: vec![value.into().0] }
    }

    pub(crate) fn equal(&mut self, column: &str, value: Option<impl Into<Bound>>) {
        if let Some(value) = value {
            self.push(column, "=", value.into().0);
        }
    }

    pub(crate) fn contains(&mut self, column: &str, text: &str) {
        let mut pattern = String::from("%");
        for character in text.chars() {
            if matches!(character, '%' | '_' | '\\') {
                pattern.push('\\');
            }
            pattern.push(character);
        }
        pattern.push('%');
        self.push(column, "LIKE", Value::Text(pattern.into()));
        self.sql.push_str(" ESCAPE '\\'");
    }

    /// One of these values; nothing is demanded when there are none.
    pub(crate) fn one_of(&mut self, column: &str, values: &[String]) {
        if values.is_empty() {
            return;
        }
        let places: Vec<String> = values
            .iter()
            .map(|value| {
                self.values.push(Value::Text(value.clone().into()));
                format!("${}", self.values.len())
            })
            .collect();
        // Writing to a string cannot fail.
        let _ = write!(self.sql, " AND {column} IN ({})", places.join(", "));
    }

    fn push(&mut self, column: &str, operator: &str, value: Value<'static>) {
        self.values.push(value);
        // Writing to a string cannot fail.
        let _ = write!(self.sql, " AND {column} {operator} ${}", self.values.len());
    }
}

/// A value that a condition owns.
pub(crate) struct Bound(Value<'static>);

impl From<String> for Bound {
    fn from(text: String) -> Self {
        Self(Value::Text(text.into()))
    }
}

impl From<i64> for Bound {
    fn from(number: i64) -> Self {
        Self(Value::Integer(number))
    }
}
