//! Tags of server groups.

mod service;
pub(crate) mod store;
#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::ops::RangeInclusive;

use muster_core::{Error, Result};

const KEY_CHARS: usize = 128;
const VALUE_CHARS: usize = 255;
/// Keys that only the vendor's own services may write.
const SYSTEM_PREFIX: &str = "_sys_";

/// A key with its value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tag {
    /// Unique on its server group.
    pub key: String,
    /// May be empty.
    pub value: String,
}

/// A key with all values that it has anywhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagValues {
    /// The key.
    pub key: String,
    /// In ascending order, each once.
    pub values: Vec<String>,
}

/// Tags to put on a server group, or to take from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagChange {
    /// The server group.
    pub server_group_id: String,
    /// The tags; values are ignored when they are taken away.
    pub tags: Vec<Tag>,
}

fn is_tag_char(c: char) -> bool {
    c.is_alphabetic() || c.is_numeric() || c == ' ' || "_.:=+-@".contains(c)
}

/// Refuses tags that may not be put on a server group together.
pub(crate) fn check_set(tags: &[Tag], count: RangeInclusive<u64>) -> Result<()> {
    check_keys(tags.iter().map(|tag| tag.key.as_str()), count)?;
    tags.iter().try_for_each(check)
}

/// Refuses keys that may not stand together in one request. Of a key itself only its length matters here: what
/// cannot exist can still be taken away.
pub(crate) fn check_keys<'k>(keys: impl Iterator<Item = &'k str>, count: RangeInclusive<u64>) -> Result<()> {
    let mut seen = HashSet::new();
    for key in keys {
        if !(1..=KEY_CHARS).contains(&key.chars().count()) {
            return Err(Error::invalid("tag key", format!("1 to {KEY_CHARS} characters are allowed")));
        }
        if !seen.insert(key) {
            return Err(Error::invalid("tag key", format!("{key} stands twice in the request")));
        }
    }
    if !count.contains(&(seen.len() as u64)) {
        return Err(Error::invalid("tags", format!("{} to {} are allowed", count.start(), count.end())));
    }
    Ok(())
}

fn check(tag: &Tag) -> Result<()> {
    let key = &tag.key;
    if !key.chars().all(is_tag_char) || key.starts_with(' ') || key.ends_with(' ') {
        let rule = "letters, digits, spaces inside and _.:=+-@ are allowed";
        return Err(Error::invalid("tag key", rule));
    }
    if key.starts_with(SYSTEM_PREFIX) {
        return Err(Error::invalid("tag key", format!("{SYSTEM_PREFIX} is reserved")));
    }
    if tag.value.chars().count() > VALUE_CHARS || !tag.value.chars().all(|c| is_tag_char(c) || c == '/') {
        let rule = format!("at most {VALUE_CHARS} letters, digits, spaces and _.:=+-@/ are allowed");
        return Err(Error::invalid("tag value", rule));
    }
    Ok(())
}
