//! Conditions over values in memory: for words that are stored as something else, and for lists that are
//! short by nature.

use std::cmp::Ordering;

use serde_json::Value;

use super::parse::{Operator, RawCondition, Search};
use crate::error::{Code, Refusal};
use crate::reply::{Members, Reply};

/// Answers a query over `rows`, whose members are named in `members`.
pub(crate) fn filter(
    search: &Search,
    class: &'static str,
    members: &[&str],
    rows: Vec<Members>,
) -> Result<Reply, Refusal> {
    let named = search.conditions.iter().map(|condition| &condition.name);
    for name in named.chain(&search.fields).chain(search.sort.iter().map(|(name, _)| name)) {
        if !members.contains(&name.as_str()) {
            return Err(Refusal::failed(Code::Internal, format!("there is no queryable field '{name}'")));
        }
    }
    let mut rows: Vec<Members> =
        rows.into_iter()
            .filter(|row| {
                search.conditions.iter().all(|condition| {
                    accepts(condition, row.get(&condition.name).and_then(as_text).as_deref())
                })
            })
            .collect();
    if let Some((name, descending)) = &search.sort {
        let key = |row: &Members| row.get(name).and_then(as_text);
        rows.sort_by(|left, right| match (key(left), key(right)) {
            (Some(left), Some(right)) => order(&left, &right),
            (left, right) => left.is_some().cmp(&right.is_some()),
        });
        if *descending {
            rows.reverse();
        }
    }
    let total = rows.len() as u64;
    let (offset, limit) = (search.page.offset, search.page.limit);
    let page = rows
        .into_iter()
        .skip(usize::try_from(offset).unwrap_or(usize::MAX))
        .take(usize::try_from(limit).unwrap_or(usize::MAX))
        .collect();
    Ok(search.reply(class, page, Some(total)))
}

/// Whether a member with this value, or without one, passes the condition.
pub(crate) fn accepts(condition: &RawCondition, value: Option<&str>) -> bool {
    let Some(value) = value else { return condition.operator == Operator::IsNull };
    let wanted = condition.value.as_str();
    let is_in = || wanted.split(',').any(|one| order(value, one) == Ordering::Equal);
    match condition.operator {
        Operator::Equal => order(value, wanted) == Ordering::Equal,
        Operator::NotEqual => order(value, wanted) != Ordering::Equal,
        Operator::AtLeast => order(value, wanted) != Ordering::Less,
        Operator::AtMost => order(value, wanted) != Ordering::Greater,
        Operator::Greater => order(value, wanted) == Ordering::Greater,
        Operator::Less => order(value, wanted) == Ordering::Less,
        Operator::In => is_in(),
        Operator::NotIn => !is_in(),
        Operator::Like => is_like(value, wanted),
        Operator::NotLike => !is_like(value, wanted),
        Operator::IsNull => false,
        Operator::NotNull => true,
    }
}

fn as_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        _ => None,
    }
}

/// Numbers as numbers, everything else as text without regard to case.
fn order(left: &str, right: &str) -> Ordering {
    match (left.parse::<i64>(), right.trim().parse::<i64>()) {
        (Ok(left), Ok(right)) => left.cmp(&right),
        _ => left.to_lowercase().cmp(&right.to_lowercase()),
    }
}

/// SQL's LIKE without regard to case: `%` is any text, `_` any character, a backslash takes the next as it is.
fn is_like(text: &str, pattern: &str) -> bool {
    enum Piece {
        Any,
        One,
        Exactly(char),
    }
    let mut pieces = Vec::new();
    let lowered = pattern.to_lowercase();
    let mut characters = lowered.chars();
    while let Some(character) = characters.next() {
        pieces.push(match character {
            '%' => Piece::Any,
            '_' => Piece::One,
            '\\' => Piece::Exactly(characters.next().unwrap_or('\\')),
            other => Piece::Exactly(other),
        });
    }
    // Which prefixes of the pattern match the text read so far; `%` lets a prefix stay.
    let mut reached = vec![false; pieces.len() + 1];
    reached[0] = true;
    let pass_over = |reached: &mut Vec<bool>| {
        for (index, piece) in pieces.iter().enumerate() {
            if reached[index] && matches!(piece, Piece::Any) {
                reached[index + 1] = true;
            }
        }
    };
    pass_over(&mut reached);
    for character in text.to_lowercase().chars() {
        let mut next = vec![false; pieces.len() + 1];
        for (index, piece) in pieces.iter().enumerate() {
            match piece {
                _ if !reached[index] => {}
                Piece::Any => next[index] = true,
                Piece::One => next[index + 1] = true,
                Piece::Exactly(wanted) => next[index + 1] |= *wanted == character,
            }
        }
        pass_over(&mut next);
        reached = next;
    }
    reached[pieces.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_as_in_sql() {
        let rows = [
            ("Enabled", "enabled", true),
            ("Enabled", "%ABLE%", true),
            ("Enabled", "E_abled", true),
            ("Enabled", "%", true),
            ("Enabled", "able", false),
            ("", "%", true),
            ("", "_", false),
            ("100%", "100\\%", true),
            ("1000", "100\\%", false),
            ("aXbXc", "a%b%c", true),
        ];
        for (text, pattern, expected) in rows {
            assert_eq!(is_like(text, pattern), expected, "{text} ~= {pattern}");
        }
    }

    #[test]
    fn lists_are_filtered_sorted_and_paged() {
        let row = |name: &str, age: i64| Members::new().with("name", name).with("age", age);
        let rows = vec![row("b", 10), row("A", 9), row("c", 11)];
        let read = |query: &str| Search::read(&muster_wire::encoding::form_pairs(query).unwrap()).unwrap();
        let names = |query: &str| {
            let reply = filter(&read(query), "x", &["name", "age"], rows.clone()).unwrap().into_json(false);
            let json: Value = serde_json::from_str(&reply).unwrap();
            let items = json["inventories"].as_array().cloned().unwrap_or_default();
            items.iter().map(|item| item["name"].as_str().unwrap().to_owned()).collect::<String>()
        };
        assert_eq!(names("q=age>9"), "bc");
        assert_eq!(names("q=name?=a,C&sort=-age"), "cA");
        assert_eq!(names("sort=name&start=1&limit=1"), "b");
        assert!(filter(&read("q=colour=x"), "x", &["name"], Vec::new()).is_err());
    }
}
