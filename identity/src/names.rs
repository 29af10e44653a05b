//! Rules for names that people choose.

use muster_core::{Error, Result};

/// A name of at most `most` characters that can stand in a RAM resource name and in a pattern's subject.
pub(crate) fn check(field: &str, name: &str, most: usize) -> Result<()> {
    let length = name.chars().count();
    if length == 0 || length > most {
        return Err(Error::invalid(field, format!("1 to {most} characters")));
    }
    if name.trim() != name || name.chars().any(|c| c.is_control() || matches!(c, '/' | ':' | '*' | '?')) {
        return Err(Error::invalid(field, "no blanks at its ends, no control characters, none of / : * ?"));
    }
    Ok(())
}

/// Free text of at most 256 characters.
pub(crate) fn check_description(text: &str) -> Result<()> {
    if text.chars().count() > 256 || text.contains('\0') {
        return Err(Error::invalid("description", "at most 256 characters"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        let longest = "名".repeat(64);
        for good in ["a", "eve@example.com", "night shift", "值班", longest.as_str()] {
            assert!(check("name", good, 64).is_ok(), "{good}");
        }
        let too_long = "名".repeat(65);
        for bad in ["", " a", "a ", "a/b", "a:b", "*", "a?", "a\nb", "a\0b", too_long.as_str()] {
            assert!(check("name", bad, 64).is_err(), "{bad}");
        }
    }
}
