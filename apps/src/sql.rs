//! Pieces of SQL that the stores of this feature share.

use std::borrow::Cow;
use std::fmt::Write;

use muster_core::PageRequest;
use muster_db::{ToValue, Value};
use muster_identity::Caller;

/// Whose rows a statement may see.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Owner<'c> {
    pub(crate) account_id: &'c str,
    pub(crate) project_id: &'c str,
}

impl<'c> From<&'c Caller> for Owner<'c> {
    fn from(caller: &'c Caller) -> Self {
        Self { account_id: &caller.account_id, project_id: &caller.project_id }
    }
}

/// A `WHERE` clause that grows condition by condition, always inside one owner's rows of the table `g`.
pub(crate) struct Conditions<'v> {
    sql: String,
    values: Vec<Value<'v>>,
}

impl<'v> Conditions<'v> {
    pub(crate) fn of(owner: Owner<'v>) -> Self {
        Self {
            sql: "WHERE g.account_id = $1 AND g.project_id = $2".to_owned(),
            values: vec![
                Value::Text(Cow::Borrowed(owner.account_id)),
                Value::Text(Cow::Borrowed(owner.project_id)),
            ],
        }
    }

    /// Adds a condition in which each `?` stands for the next of `values`.
    pub(crate) fn and(&mut self, condition: &str, values: impl IntoIterator<Item = Value<'v>>) {
        let mut values = values.into_iter();
        self.sql.push_str(" AND ");
        for (nth, part) in condition.split('?').enumerate() {
            if nth > 0 {
                self.values.extend(values.next());
                // Writing to a string cannot fail.
                let _ = write!(self.sql, "${}", self.values.len());
            }
            self.sql.push_str(part);
        }
    }

    /// Adds `column = value`, if there is a value.
    pub(crate) fn and_equals<T: ToValue>(&mut self, column: &str, value: Option<&'v T>) {
        if let Some(value) = value {
            self.and(&format!("{column} = ?"), [value.to_value()]);
        }
    }

    /// Adds "`column` contains `part`", if there is a part.
    pub(crate) fn and_contains(&mut self, column: &str, part: Option<&str>) {
        if let Some(part) = part {
            let pattern = Value::Text(Cow::Owned(contains_pattern(part)));
            self.and(&format!("{column} LIKE ? ESCAPE '\\'"), [pattern]);
        }
    }

    pub(crate) fn sql(&self) -> &str {
        &self.sql
    }

    pub(crate) fn values(&self) -> &[Value<'v>] {
        &self.values
    }

    /// `ORDER BY … LIMIT … OFFSET …` for the newest first, with its values after those of the conditions.
    pub(crate) fn newest_first(mut self, page: PageRequest) -> (String, Vec<Value<'v>>) {
        self.values.extend([Value::Integer(page.sql_limit()), Value::Integer(page.sql_offset())]);
        let count = self.values.len();
        let order = format!(" ORDER BY g.created_at DESC, g.id DESC LIMIT ${} OFFSET ${count}", count - 1);
        (self.sql + &order, self.values)
    }
}

/// `$first, $first+1, …` for `count` values.
pub(crate) fn placeholders(first: usize, count: usize) -> String {
    (first..first + count).map(|n| format!("${n}")).collect::<Vec<_>>().join(", ")
}

fn contains_pattern(part: &str) -> String {
    let mut pattern = String::with_capacity(part.len() + 2);
    pattern.push('%');
    for c in part.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_in_a_filter_are_plain_characters() {
        assert_eq!(contains_pattern("50%_\\x"), "%50\\%\\_\\\\x%");
    }

    #[test]
    fn conditions_number_their_values() {
        let name = "web".to_owned();
        let mut conditions = Conditions::of(Owner { account_id: "a", project_id: "p" });
        conditions.and_equals("g.kind", None::<&String>);
        conditions.and_equals("g.name", Some(&name));
        conditions.and("(g.x = ? OR g.y = ?)", [Value::Integer(1), Value::Integer(2)]);
        let (sql, values) = conditions.newest_first(PageRequest { offset: 5, limit: 10 });
        assert_eq!(
            sql,
            "WHERE g.account_id = $1 AND g.project_id = $2 AND g.name = $3 AND (g.x = $4 OR g.y = $5) \
             ORDER BY g.created_at DESC, g.id DESC LIMIT $6 OFFSET $7"
        );
        assert_eq!(values.len(), 7);
        assert_eq!(placeholders(3, 2), "$3, $4");
    }
}
