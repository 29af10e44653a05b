//! What people type about resource groups: names, dimensions of members, conditions on tags.

use muster_core::{Error, Result};
use muster_resources::{Dimension, Operator, TagCondition};

use crate::input::Input;

/// How a condition on a tag is written in a form, the longest sign first.
const SIGNS: [(&str, Operator); 5] = [
    ("!*=", Operator::NotContains),
    ("*=", Operator::Contains),
    ("^=", Operator::StartsWith),
    ("$=", Operator::EndsWith),
    ("=", Operator::Equal),
];

/// A field that must hold something.
pub(super) fn required(input: &Input, name: &'static str) -> Result<String> {
    input.some(name).ok_or_else(|| Error::invalid(name, "it is empty"))
}

/// The API's rule for names, which the feature leaves to each wire.
pub(super) fn name(input: &Input) -> Result<String> {
    let name = required(input, "name")?;
    let fits =
        |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-' || ('\u{4e00}'..='\u{9fff}').contains(&c);
    if name.chars().count() <= 128 && name.chars().all(fits) {
        return Ok(name);
    }
    Err(Error::invalid(
        "name",
        "1 to 128 letters, digits, Chinese characters, underscores and hyphens are allowed",
    ))
}

/// Reads `instance_id=a, disk=b`.
pub(super) fn dimensions(input: &Input) -> Result<Vec<Dimension>> {
    let text = required(input, "dimensions")?;
    let parts: Option<Vec<Dimension>> = text
        .split(',')
        .map(|part| {
            let (name, value) = part.split_once('=')?;
            let (name, value) = (name.trim().to_owned(), value.trim().to_owned());
            (!name.is_empty() && !value.is_empty()).then_some(Dimension { name, value })
        })
        .collect();
    match parts {
        Some(parts) if parts.len() <= 4 => Ok(parts),
        _ => Err(Error::invalid("dimensions", "one to four of name=value, with commas between them")),
    }
}

/// Reads one condition a line.
pub(super) fn tags(input: &Input) -> Result<Vec<TagCondition>> {
    input
        .lines("tags")
        .map(|line| {
            let (key, operator, value) = SIGNS
                .into_iter()
                .find_map(|(sign, operator)| line.split_once(sign).map(|(key, value)| (key, operator, value)))
                .unwrap_or((line, Operator::Equal, ""));
            let (key, value) = (key.trim().to_owned(), value.trim().to_owned());
            if key.is_empty() || key.chars().count() > 128 || value.chars().count() > 255 {
                let why =
                    "each line is a key of 1 to 128 characters, or a key, a sign and a value of up to 255";
                return Err(Error::invalid("tags", why));
            }
            Ok(TagCondition { key, operator, value })
        })
        .collect()
}

/// Writes a condition as [`tags`] reads it.
pub(super) fn written(condition: &TagCondition) -> String {
    let TagCondition { key, operator, value } = condition;
    match SIGNS.iter().find(|(_, known)| known == operator) {
        Some(_) if value.is_empty() => key.clone(),
        Some((sign, _)) => format!("{key} {sign} {value}"),
        None => key.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_are_read_as_they_are_written() {
        let input = Input::default().with("tags", "env = prod\ntier ^= web\nowner\nname !*= test\nzone *= b");
        let read = tags(&input).unwrap();
        assert_eq!(
            read.iter().map(|tag| tag.operator).collect::<Vec<_>>(),
            [
                Operator::Equal,
                Operator::StartsWith,
                Operator::Equal,
                Operator::NotContains,
                Operator::Contains,
            ]
        );
        let again: Vec<String> = read.iter().map(written).collect();
        assert_eq!(again.join("\n"), input.get("tags"));
        assert!(tags(&Input::default().with("tags", "= x")).is_err());
    }

    #[test]
    fn dimensions_are_name_and_value() {
        let read = |text: &str| dimensions(&Input::default().with("dimensions", text));
        assert_eq!(read("instance_id=a, disk = b").unwrap().len(), 2);
        for wrong in ["", "a", "=b", "a=", "a=1,b=2,c=3,d=4,e=5"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
