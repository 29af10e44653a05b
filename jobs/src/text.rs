//! Checks of texts that people choose.

use muster_core::{Error, Result};

/// Refuses a text of more than `longest` characters.
pub(crate) fn at_most(field: &str, text: &str, longest: usize) -> Result<()> {
    if text.chars().count() > longest {
        return Err(Error::invalid(field, format!("it has more than {longest} characters")));
    }
    Ok(())
}

/// Refuses a name that is blank or has more than `longest` characters.
pub(crate) fn name(field: &str, text: &str, longest: usize) -> Result<()> {
    if text.trim().is_empty() {
        return Err(Error::invalid(field, "it is empty"));
    }
    at_most(field, text, longest)
}

/// Refuses an id that clients could not carry around: letters, digits, `.`, `-` and `_` only, at most 128.
/// A colon in particular is what Terraform splits its ids at.
pub(crate) fn id(field: &str, text: &str) -> Result<()> {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    if text.is_empty() || text.len() > 128 || !text.chars().all(fits) {
        return Err(Error::invalid(
            field,
            "1 to 128 letters, digits, dots, dashes and underscores are allowed",
        ));
    }
    Ok(())
}

/// As much of `text` as `most` bytes hold, in whole characters.
pub(crate) fn cut(text: &str, most: usize) -> &str {
    if text.len() <= most {
        return text;
    }
    let mut end = most;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_count_characters_and_allow_the_last_one() {
        assert!(name("name", &"组".repeat(64), 64).is_ok());
        assert!(name("name", &"组".repeat(65), 64).is_err());
        assert!(name("name", " ", 64).is_err());
        assert!(at_most("description", "", 256).is_ok());
    }

    #[test]
    fn ids() {
        for good in ["a", "TestSchedulerx.defaultGroup", "tf-testacc_12345", &"x".repeat(128)] {
            assert!(id("id", good).is_ok(), "{good}");
        }
        for bad in ["", "a:b", "a b", "组", "a/b", &"x".repeat(129)] {
            assert!(id("id", bad).is_err(), "{bad}");
        }
    }
}
