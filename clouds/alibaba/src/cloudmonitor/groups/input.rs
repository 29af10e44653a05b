//! What several operations on groups read in the same way.

use muster_identity::Caller;
use muster_resources::{Joined, Scope};

use crate::cloudmonitor::Refusal;
use crate::rpc::{Fault, Parameters};

const LONGEST_NAME: usize = 128;
const LONGEST_TAG: usize = 64;

/// Groups belong to the account; their resources are those of its default project.
pub(super) fn scope(caller: &Caller) -> Scope<'_> {
    Scope { account_id: &caller.account_id, project_id: &caller.project_id }
}

/// The group that the request is about.
pub(super) fn group_id(parameters: &Parameters) -> Result<i64, Refusal> {
    parameters.required("GroupId")?;
    Ok(parameters.integer("GroupId")?.ok_or_else(|| Fault::missing("GroupId"))?)
}

/// Ids of groups.
pub(super) fn group_ids<'t>(
    name: &str,
    texts: impl IntoIterator<Item = &'t str>,
) -> Result<Vec<i64>, Refusal> {
    let read = |text: &str| text.trim().parse().map_err(|_| Refusal::illegal(name, "must be ids of groups"));
    texts.into_iter().map(read).collect()
}

/// The name of a group.
pub(super) fn group_name(name: &str, text: &str) -> Result<String, Refusal> {
    let fits = (1..=LONGEST_NAME).contains(&text.chars().count()) && !text.chars().any(char::is_control);
    if !fits {
        return Err(Refusal::illegal(name, &format!("must have 1 to {LONGEST_NAME} printable characters")));
    }
    Ok(text.to_owned())
}

/// Names of contact groups, in the order in which they were given, each once. They need not exist yet.
pub(super) fn contact_groups<'t>(
    name: &str,
    texts: impl IntoIterator<Item = &'t str>,
) -> Result<Vec<String>, Refusal> {
    let mut names: Vec<String> = Vec::new();
    for text in texts.into_iter().map(str::trim).filter(|text| !text.is_empty()) {
        muster_notify::names::check(name, text)?;
        if !names.iter().any(|known| known == text) {
            names.push(text.to_owned());
        }
    }
    Ok(names)
}

/// A list of objects that must have items, but not more than `most`.
pub(super) fn items(parameters: &Parameters, name: &str, most: usize) -> Result<Vec<Parameters>, Refusal> {
    let items = parameters.items(name)?;
    if items.is_empty() {
        return Err(Fault::missing(name).into());
    }
    if items.len() > most {
        return Err(Refusal::illegal(name, &format!("must have at most {most} items")));
    }
    Ok(items)
}

/// A word of an object in a list; the refusal says which one it lacks.
pub(super) fn member<'p>(item: &'p Parameters, list: &str, name: &str) -> Result<&'p str, Refusal> {
    let text = item.word(name).ok_or_else(|| Fault::missing(&format!("{list}.{name}")))?;
    printable(&format!("{list}.{name}"), text)?;
    Ok(text)
}

/// A text that may become part of a dimension: without control characters, not too long.
pub(super) fn printable(name: &str, text: &str) -> Result<(), Refusal> {
    if text.len() > 256 || text.chars().any(char::is_control) {
        return Err(Refusal::illegal(name, "must have at most 256 bytes, all of them printable"));
    }
    Ok(())
}

/// A tag's key.
pub(super) fn tag_key(name: &str, text: &str) -> Result<String, Refusal> {
    if text.starts_with("aliyun") || text.starts_with("acs:") {
        return Err(Refusal::illegal(name, "must not begin with aliyun or acs:"));
    }
    tag_text(name, text)
}

/// A tag's value.
pub(super) fn tag_text(name: &str, text: &str) -> Result<String, Refusal> {
    let fits = (1..=LONGEST_TAG).contains(&text.chars().count()) && !text.chars().any(char::is_control);
    if !fits {
        return Err(Refusal::illegal(name, &format!("must have 1 to {LONGEST_TAG} printable characters")));
    }
    Ok(text.to_owned())
}

/// How conditions are joined.
pub(super) fn joined(name: &str, word: &str) -> Result<Joined, Refusal> {
    match word {
        "and" => Ok(Joined::All),
        "or" => Ok(Joined::Any),
        _ => Err(Refusal::illegal(name, "must be and or or")),
    }
}
