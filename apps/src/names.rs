//! What names and descriptions may look like.

use muster_core::{Error, Result};

/// Characters in a name at most.
const NAME_CHARS: usize = 64;
/// Characters in a description at most.
pub(crate) const TEXT_CHARS: usize = 255;

/// Why a name cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameProblem {
    /// It breaks the rule for names.
    Malformed,
    /// It is in use.
    Taken,
}

/// Letters, digits, `_`, `-` and the Chinese characters that the vendor's rule names.
fn is_name_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '-' || ('\u{4e00}'..='\u{9fa5}').contains(&c)
}

/// Names of app groups. Spaces are allowed inside, since the vendor's own example has them, unless `strict`.
pub(crate) fn is_app_group_name(name: &str, strict: bool) -> bool {
    let inner_space = |c| c == ' ' && !strict;
    (1..=NAME_CHARS).contains(&name.chars().count())
        && name.chars().all(|c| is_name_char(c) || inner_space(c))
        && !name.starts_with(' ')
        && !name.ends_with(' ')
}

/// Names of server groups: never with spaces.
pub(crate) fn is_server_group_name(name: &str) -> bool {
    (1..=NAME_CHARS).contains(&name.chars().count()) && name.chars().all(is_name_char)
}

/// Refuses a name that breaks its rule.
pub(crate) fn require(well_formed: bool) -> Result<()> {
    if well_formed {
        return Ok(());
    }
    let rule = "1 to 64 letters, digits, Chinese characters, underscores and hyphens are allowed";
    Err(Error::invalid("name", rule))
}

/// Refuses text that is longer than its field.
pub(crate) fn require_length(field: &str, text: &str, max: usize) -> Result<()> {
    if text.chars().count() <= max {
        return Ok(());
    }
    Err(Error::invalid(field, format!("at most {max} characters are allowed")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn app_group_names() {
        let full = "组".repeat(64);
        let longer = "a".repeat(65);
        let seed = "Open Test for the API for Creating an Application Group";
        for (name, lenient, strict) in [
            ("a", true, true),
            ("Office_2026-x", true, true),
            ("办公软件", true, true),
            (full.as_str(), true, true),
            (seed, true, false),
            ("a b", true, false),
            ("", false, false),
            (" ", false, false),
            (" a", false, false),
            ("a ", false, false),
            ("a\tb", false, false),
            ("a\nb", false, false),
            ("a/b", false, false),
            ("a.b", false, false),
            ("<x>", false, false),
            ("é", false, false),
            ("app🚀", false, false),
            ("\u{9fa6}", false, false),
            (longer.as_str(), false, false),
        ] {
            assert_eq!(is_app_group_name(name, false), lenient, "{name:?}");
            assert_eq!(is_app_group_name(name, true), strict, "{name:?} strictly");
        }
    }

    #[test]
    fn server_group_names_have_no_spaces() {
        assert!(is_server_group_name("服务器-01_a"));
        assert!(is_server_group_name(&"x".repeat(64)));
        for name in ["", "a b", " ", "x.y", "🚀"] {
            assert!(!is_server_group_name(name), "{name:?}");
        }
        assert!(!is_server_group_name(&"x".repeat(65)));
    }

    #[test]
    fn length_is_counted_in_characters() {
        assert!(require_length("description", &"描".repeat(255), TEXT_CHARS).is_ok());
        assert!(require_length("description", &"描".repeat(256), TEXT_CHARS).is_err());
    }
}
