//! Forms of names and ids that many operations share. Lengths are counted in characters.

use std::ops::RangeInclusive;

use crate::request::Malformed;

/// A group's name: CJK, letters, digits, `_` and `-`.
pub(crate) fn name(field: &str, text: &str) -> Result<(), Malformed> {
    let fits = |character: char| {
        ('\u{4e00}'..='\u{9fff}').contains(&character)
            || character.is_ascii_alphanumeric()
            || matches!(character, '_' | '-')
    };
    length(field, text, 1..=128)?;
    check(field, text.chars().all(fits), "may only contain Chinese characters, letters, digits, _ and -")
}

/// A text of so many characters.
pub(crate) fn length(field: &str, text: &str, range: RangeInclusive<usize>) -> Result<(), Malformed> {
    if range.contains(&text.chars().count()) {
        return Ok(());
    }
    Err(Malformed::field(field, format!("must have {} to {} characters", range.start(), range.end())))
}

/// A list of so many items.
pub(crate) fn count<T>(field: &str, items: &[T], range: RangeInclusive<usize>) -> Result<(), Malformed> {
    if range.contains(&items.len()) {
        return Ok(());
    }
    Err(Malformed::field(field, format!("must have {} to {} items", range.start(), range.end())))
}

/// A text without control characters.
pub(crate) fn printable(field: &str, text: &str, range: RangeInclusive<usize>) -> Result<(), Malformed> {
    length(field, text, range)?;
    check(field, !text.chars().any(char::is_control), "may not contain control characters")
}

/// An enterprise project: 36 characters in the form of a UUID, or `0`.
pub(crate) fn enterprise_project(field: &str, text: &str) -> Result<(), Malformed> {
    check(field, is_enterprise_project(text), "must be 0 or a UUID in lower case")
}

pub(crate) fn is_enterprise_project(text: &str) -> bool {
    let part = |part: &str, length: usize| {
        part.len() == length && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    let parts: Vec<&str> = text.split('-').collect();
    text == "0"
        || (parts.len() == 5 && parts.iter().zip([8, 4, 4, 4, 12]).all(|(text, length)| part(text, length)))
}

/// A namespace: `service.item`.
pub(crate) fn namespace(field: &str, text: &str) -> Result<(), Malformed> {
    let word = |part: &str| {
        part.starts_with(|first: char| first.is_ascii_alphabetic())
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    let fits = (3..=32).contains(&text.len())
        && text.split_once('.').is_some_and(|(service, item)| word(service) && word(item));
    check(
        field,
        fits,
        "must be service.item in 3 to 32 letters, digits and _, each part beginning with a letter",
    )
}

/// A metric's name.
pub(crate) fn metric_name(field: &str, text: &str) -> Result<(), Malformed> {
    let fits = (1..=96).contains(&text.len())
        && text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
    check(field, fits, "must have 1 to 96 letters, digits, _ and -, the first one a letter")
}

/// A dimension's name.
pub(crate) fn dimension_name(field: &str, text: &str) -> Result<(), Malformed> {
    let fits = (1..=32).contains(&text.len())
        && text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
    check(field, fits, "must have 1 to 32 letters, digits, _ and -, the first one a letter")
}

fn check(field: &str, fits: bool, why: &str) -> Result<(), Malformed> {
    if fits { Ok(()) } else { Err(Malformed::field(field, why)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_their_length_and_characters() {
        let longest = "界".repeat(128);
        for text in ["a", "web_tier-1", "生产", &longest] {
            assert_eq!(name("n", text), Ok(()), "{text}");
        }
        let too_long = "a".repeat(129);
        for text in ["", "a b", "a.b", "é", "😀", "\u{3400}", &too_long] {
            assert!(name("n", text).is_err(), "{text}");
        }
    }

    #[test]
    fn enterprise_projects_are_zero_or_a_uuid() {
        for (text, fits) in [
            ("0", true),
            ("d61d4705-5658-42f5-8e0c-70eb34d17b02", true),
            ("zzzzzzzz-5658-42f5-8e0c-70eb34d17b02", true),
            ("D61D4705-5658-42f5-8e0c-70eb34d17b02", false),
            ("d61d4705565842f58e0c70eb34d17b02", false),
            ("", false),
            ("00", false),
            ("all_granted_eps", false),
        ] {
            assert_eq!(is_enterprise_project(text), fits, "{text}");
        }
    }

    #[test]
    fn namespaces_have_two_words() {
        for (text, fits) in [
            ("SYS.ECS", true),
            ("a.b", true),
            ("MINE.APP_2", true),
            ("SYS", false),
            ("SYS.", false),
            ("1.ECS", false),
            ("SYS.ECS.X", false),
            ("SYS.E-S", false),
            ("S.234567890123456789012345678901", false),
            ("SYSTEM.aaaaaaaaaaaaaaaaaaaaaaaaaaaa", false),
        ] {
            assert_eq!(namespace("n", text).is_ok(), fits, "{text}");
        }
    }
}
