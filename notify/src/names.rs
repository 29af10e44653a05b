//! What a contact or a contact group may be called. One rule serves every cloud that names people.

use muster_core::{Error, Result};

/// The longest name, in characters.
pub const LONGEST: usize = 64;

/// Checks the name of a contact or of a contact group; `field` is what the error calls it.
///
/// Allowed are 1 to 64 letters and digits of any script with `.`, `_`, `-`, `+` and inner blanks. The comma
/// is the separator where rules list groups in one string, and quotes, angle brackets and slashes end up in
/// mails, pages and file names, so all of these are refused.
pub fn check(field: &str, name: &str) -> Result<()> {
    if name.is_empty() {
        return Err(Error::invalid(field, "must not be empty"));
    }
    if name.chars().count() > LONGEST {
        return Err(Error::invalid(field, format!("must have at most {LONGEST} characters")));
    }
    if name.starts_with(' ') || name.ends_with(' ') {
        return Err(Error::invalid(field, "must not begin or end with a blank"));
    }
    match name.chars().find(|&c| !allowed(c)) {
        Some(c) => Err(Error::invalid(field, format!("must not contain {c:?}"))),
        None => Ok(()),
    }
}

fn allowed(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '+' | ' ')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_every_script_are_accepted() {
        for name in [
            "a",
            "Alice",
            "考勤系统组",
            "张三",
            "Rita Vance",
            "night-shift_2.b",
            "a+b c",
            "Ünal",
            &"x".repeat(64),
            &"组".repeat(64),
        ] {
            assert!(check("name", name).is_ok(), "{name}");
        }
    }

    #[test]
    fn separators_markup_and_control_characters_are_refused() {
        for name in [
            "",
            " ",
            " a",
            "a ",
            "a,b",
            "a\"b",
            "a<b",
            "a>b",
            "a\\b",
            "a/b",
            "a\tb",
            "a\nb",
            "a\u{0}b",
            "a\u{202e}b",
            "🙂",
            &"x".repeat(65),
        ] {
            assert!(matches!(check("name", name), Err(Error::Invalid { .. })), "{name:?}");
        }
    }
}
