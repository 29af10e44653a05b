//! Which names an inventory has in queries, and what each means in the feature's search.

use jiff::tz::TimeZone;
use muster_jobs::scheduled::query::{Comparison, Condition, Operand, Test};

use super::memory;
use super::parse::{Operator, RawCondition};
use crate::date;
use crate::error::{Code, Refusal};

/// Values in one list; more are asked for in several queries.
const MOST_VALUES: usize = 1000;

/// The names of one inventory.
#[derive(Debug)]
pub(crate) struct Model {
    /// What it is called in errors.
    pub(crate) name: &'static str,
    pub(crate) fields: &'static [Field],
    pub(crate) nested: &'static [Nested],
    /// The relation that leads to its tags, where it carries any.
    pub(crate) tags: Option<&'static [&'static str]>,
}

/// A member of an inventory.
#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) column: &'static str,
    pub(crate) reading: Reading,
}

/// How a member is compared.
#[derive(Debug)]
pub(crate) enum Reading {
    Text,
    Number,
    Date,
    /// One of a few words, each stored as something else.
    Choice(fn() -> Vec<(String, Operand)>),
    /// A list that is searched as if it were a single value, through these relations.
    Linked(&'static [&'static str]),
}

/// Another inventory that hangs on this one: `trigger.name`.
#[derive(Debug)]
pub(crate) struct Nested {
    pub(crate) name: &'static str,
    pub(crate) path: &'static [&'static str],
    pub(crate) model: &'static Model,
}

impl Model {
    /// A condition in the feature's words.
    pub(crate) fn condition(&self, raw: &RawCondition, zone: &TimeZone) -> Result<Condition, Refusal> {
        self.walk(&raw.name, Vec::new(), raw, zone)
    }

    fn walk(
        &self,
        name: &str,
        mut path: Vec<&'static str>,
        raw: &RawCondition,
        zone: &TimeZone,
    ) -> Result<Condition, Refusal> {
        if let Some((first, rest)) = name.split_once('.') {
            let nested = self.nested.iter().find(|nested| nested.name == first);
            let nested = nested.ok_or_else(|| self.unknown(&raw.name))?;
            path.extend(nested.path);
            return nested.model.walk(rest, path, raw, zone);
        }
        if let Some(tag) = self.tag_condition(name, &path, raw)? {
            return Ok(tag);
        }
        let field = self.fields.iter().find(|field| field.name == name);
        let field = field.ok_or_else(|| self.unknown(&raw.name))?;
        let test = match &field.reading {
            Reading::Linked(relations) => {
                path.extend(*relations);
                // A list has no value where it is empty.
                if matches!(raw.operator, Operator::IsNull | Operator::NotNull) {
                    let test = Test::Null { negated: true };
                    let holds = raw.operator == Operator::NotNull;
                    return Ok(Condition { path, column: field.column, test, holds });
                }
                test(raw, |text| Ok(Operand::Text(text.to_owned())))?
            }
            Reading::Text => test(raw, |text| Ok(Operand::Text(text.to_owned())))?,
            Reading::Number => test(raw, |text| {
                text.trim().parse().map(Operand::Number).map_err(|_| misfit(raw, "a number"))
            })?,
            Reading::Date => test(raw, |text| {
                let at = date::read(text.trim(), zone)
                    .ok_or_else(|| misfit(raw, "a date (YYYY-MM-DD HH:MM:SS)"))?;
                Ok(Operand::Number(at.seconds()))
            })?,
            Reading::Choice(choices) => {
                let values = choices()
                    .into_iter()
                    .filter(|(word, _)| memory::accepts(raw, Some(word)))
                    .map(|(_, stored)| stored)
                    .collect();
                Test::In { values, negated: false }
            }
        };
        Ok(Condition { path, column: field.column, test, holds: true })
    }

    /// `__userTag__`, `__systemTag__`, `__tagUuid__`. Negative operators ask that there be no such tag.
    fn tag_condition(
        &self,
        name: &str,
        path: &[&'static str],
        raw: &RawCondition,
    ) -> Result<Option<Condition>, Refusal> {
        let (Some(tags), Some(relation_column)) = (self.tags, tag_column(name)) else { return Ok(None) };
        let mut path = path.to_vec();
        path.extend(tags);
        let (operator, holds) = match raw.operator {
            Operator::NotEqual => (Operator::Equal, false),
            Operator::NotIn => (Operator::In, false),
            Operator::NotLike => (Operator::Like, false),
            Operator::IsNull => (Operator::NotNull, false),
            operator @ (Operator::Equal | Operator::In | Operator::Like | Operator::NotNull) => {
                (operator, true)
            }
            _ => return Err(misfit(raw, "comparable in this way")),
        };
        let positive = RawCondition { operator, ..raw.clone() };
        let test = test(&positive, |text| Ok(Operand::Text(text.to_owned())))?;
        Ok(Some(Condition { path, column: relation_column, test, holds }))
    }

    /// The column by which `sort=name` sorts.
    pub(crate) fn sort_column(&self, name: &str) -> Result<&'static str, Refusal> {
        match self.fields.iter().find(|field| field.name == name) {
            Some(field) if !matches!(field.reading, Reading::Linked(_)) => Ok(field.column),
            _ => Err(self.unknown(name)),
        }
    }

    /// Whether `fields=name` can be answered.
    pub(crate) fn check_member(&self, name: &str) -> Result<(), Refusal> {
        if self.fields.iter().any(|field| field.name == name) { Ok(()) } else { Err(self.unknown(name)) }
    }

    fn unknown(&self, name: &str) -> Refusal {
        Refusal::failed(
            Code::Internal,
            format!("the inventory {} has no queryable field '{name}'", self.name),
        )
    }
}

fn tag_column(name: &str) -> Option<&'static str> {
    match name {
        "__userTag__" => Some("user tag"),
        "__systemTag__" => Some("system tag"),
        "__tagUuid__" => Some("pattern"),
        _ => None,
    }
}

fn misfit(raw: &RawCondition, wanted: &str) -> Refusal {
    Refusal::invalid(format!("{}: the value '{}' is not {wanted}", raw.name, raw.value))
}

fn test(raw: &RawCondition, operand: impl Fn(&str) -> Result<Operand, Refusal>) -> Result<Test, Refusal> {
    let compare = |comparison| Ok(Test::Compare(comparison, operand(&raw.value)?));
    let list = |negated| {
        if raw.value.split(',').count() > MOST_VALUES {
            return Err(Refusal::invalid(format!("{}: more than {MOST_VALUES} values", raw.name)));
        }
        let values = raw.value.split(',').map(&operand).collect::<Result<_, _>>()?;
        Ok(Test::In { values, negated })
    };
    let like = |negated| match operand(&raw.value) {
        // Only texts are matched by patterns.
        Ok(Operand::Text(pattern)) => Ok(Test::Like { pattern, negated }),
        _ => Err(misfit(raw, "a text")),
    };
    match raw.operator {
        Operator::Equal => compare(Comparison::Equal),
        Operator::NotEqual => compare(Comparison::NotEqual),
        Operator::AtLeast => compare(Comparison::AtLeast),
        Operator::AtMost => compare(Comparison::AtMost),
        Operator::Greater => compare(Comparison::Greater),
        Operator::Less => compare(Comparison::Less),
        Operator::In => list(false),
        Operator::NotIn => list(true),
        Operator::Like => like(false),
        Operator::NotLike => like(true),
        Operator::IsNull => Ok(Test::Null { negated: false }),
        Operator::NotNull => Ok(Test::Null { negated: true }),
    }
}
