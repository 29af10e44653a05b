//! From a query to one statement.

use std::borrow::Cow;
use std::fmt::Write as _;

use muster_core::{Error, Result};
use muster_db::Value;

use super::super::Scope;
use super::tables::{Column, ColumnKind, Table};
use super::{Comparison, Condition, Operand, Query, Test, unknown};

/// A statement with its values.
pub(super) struct Statement {
    pub(super) text: String,
    pub(super) values: Vec<Value<'static>>,
    aliases: usize,
}

pub(super) fn select(table: &Table, scope: Scope<'_>, query: &Query) -> Result<Statement> {
    let mut statement = Statement::start("SELECT t0.*", table, scope, query)?;
    let order = match query.order {
        None => String::new(),
        Some((name, descending)) => {
            let column = find_column(table, name)?;
            // NULL stands first where values rise, on both databases.
            let (value, nulls) = (aliased(column.sql, 0), if descending { "ASC" } else { "DESC" });
            let direction = if descending { "DESC" } else { "ASC" };
            format!("CASE WHEN {value} IS NULL THEN 1 ELSE 0 END {nulls}, {value} {direction}, ")
        }
    };
    let limit = statement.bind(Value::Integer(query.page.sql_limit()));
    let offset = statement.bind(Value::Integer(query.page.sql_offset()));
    let key = aliased(table.key, 0);
    // Writing to a String cannot fail.
    let _ = write!(statement.text, " ORDER BY {order}t0.created_at, {key} LIMIT ${limit} OFFSET ${offset}");
    Ok(statement)
}

pub(super) fn count(table: &Table, scope: Scope<'_>, query: &Query) -> Result<Statement> {
    Statement::start("SELECT COUNT(*)", table, scope, query)
}

impl Statement {
    fn start(verb: &str, table: &Table, scope: Scope<'_>, query: &Query) -> Result<Self> {
        let mut statement = Self {
            text: format!("{verb} FROM {} t0 WHERE 1 = 1", table.name),
            values: Vec::new(),
            aliases: 0,
        };
        statement.restrict(0, scope);
        for condition in &query.conditions {
            let column = end_column(table, condition)?;
            let checked = condition_values(column, &condition.test)?;
            statement.text.push_str(" AND ");
            statement.condition(table, condition, column, checked, scope)?;
        }
        Ok(statement)
    }

    fn bind(&mut self, value: Value<'static>) -> usize {
        self.values.push(value);
        self.values.len()
    }

    fn restrict(&mut self, alias: usize, scope: Scope<'_>) {
        if let Scope::Account(account_id) = scope {
            let place = self.bind(Value::Text(Cow::Owned(account_id.to_owned())));
            let _ = write!(self.text, " AND t{alias}.account_id = ${place}");
        }
    }

    fn condition(
        &mut self,
        table: &Table,
        condition: &Condition,
        column: &Column,
        values: Vec<Value<'static>>,
        scope: Scope<'_>,
    ) -> Result<()> {
        let mut table = table;
        let mut alias = 0;
        if condition.path.is_empty() {
            self.text.push('(');
        } else if !condition.holds {
            self.text.push_str("NOT ");
        }
        for name in &condition.path {
            let relation = table
                .relations
                .iter()
                .find(|relation| relation.name == *name)
                .ok_or_else(|| unknown("relation", name))?;
            self.aliases += 1;
            let inner = self.aliases;
            let _ = write!(
                self.text,
                "EXISTS (SELECT 1 FROM {} t{inner} WHERE t{inner}.{} = t{alias}.{}",
                relation.table.name, relation.theirs, relation.ours,
            );
            self.restrict(inner, scope);
            self.text.push_str(" AND ");
            (table, alias) = (relation.table, inner);
        }
        self.test(&aliased(column.sql, alias), &condition.test, values);
        if condition.path.is_empty() {
            self.text.push_str(if condition.holds { ")" } else { ") IS NOT TRUE" });
        }
        for _ in &condition.path {
            self.text.push(')');
        }
        Ok(())
    }

    fn test(&mut self, column: &str, test: &Test, values: Vec<Value<'static>>) {
        let places: Vec<String> = values.into_iter().map(|value| format!("${}", self.bind(value))).collect();
        let not = |negated: &bool| if *negated { "NOT " } else { "" };
        let _ = match test {
            Test::Compare(comparison, _) => {
                let sign = match comparison {
                    Comparison::Equal => "=",
                    Comparison::NotEqual => "<>",
                    Comparison::Less => "<",
                    Comparison::AtMost => "<=",
                    Comparison::Greater => ">",
                    Comparison::AtLeast => ">=",
                };
                write!(self.text, "{column} {sign} {}", places.concat())
            }
            // An empty list is no SQL; nothing is in it.
            Test::In { negated, .. } if places.is_empty() => {
                write!(self.text, "{column} IS NOT NULL AND {not}1 = 0", not = not(negated))
            }
            Test::In { negated, .. } => {
                write!(self.text, "{column} {}IN ({})", not(negated), places.join(", "))
            }
            Test::Like { negated, .. } => {
                write!(self.text, "{column} {}LIKE {} ESCAPE '\\'", not(negated), places.concat())
            }
            Test::Null { negated } => write!(self.text, "{column} IS {}NULL", not(negated)),
        };
    }
}

fn aliased(sql: &str, alias: usize) -> String {
    sql.replace('@', &format!("t{alias}"))
}

fn find_column<'t>(table: &'t Table, name: &str) -> Result<&'t Column> {
    table.columns.iter().find(|column| column.name == name).ok_or_else(|| unknown("column", name))
}

fn end_column<'t>(table: &'t Table, condition: &Condition) -> Result<&'t Column> {
    let mut table = table;
    for name in &condition.path {
        let relation = table.relations.iter().find(|relation| relation.name == *name);
        table = relation.ok_or_else(|| unknown("relation", name))?.table;
    }
    find_column(table, condition.column)
}

fn condition_values(column: &Column, test: &Test) -> Result<Vec<Value<'static>>> {
    match test {
        Test::Compare(_, value) => Ok(vec![column_value(column, value)?]),
        Test::In { values, .. } => values.iter().map(|value| column_value(column, value)).collect(),
        Test::Like { pattern, .. } if column.kind == ColumnKind::Text => {
            Ok(vec![Value::Text(Cow::Owned(whole_pattern(&pattern.to_lowercase())))])
        }
        Test::Like { .. } => Err(Error::invalid("query", format!("{} is not text", column.name))),
        Test::Null { .. } => Ok(Vec::new()),
    }
}

fn column_value(column: &Column, value: &Operand) -> Result<Value<'static>> {
    match (column.kind, value) {
        (ColumnKind::Text, Operand::Text(text)) => Ok(Value::Text(Cow::Owned(text.to_lowercase()))),
        (ColumnKind::Number | ColumnKind::Instant, Operand::Number(number)) => Ok(Value::Integer(*number)),
        _ => Err(Error::invalid("query", format!("the value does not fit {}", column.name))),
    }
}

/// A backslash at the very end has nothing to protect, and PostgreSQL would refuse the pattern.
fn whole_pattern(pattern: &str) -> String {
    let trailing = pattern.chars().rev().take_while(|character| *character == '\\').count();
    if trailing % 2 == 1 { format!("{pattern}\\") } else { pattern.to_owned() }
}
