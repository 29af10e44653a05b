//! What the services that know resources (TMS, EPS, ECS, Config) read and write alike.

use muster_core::{Error, Result};
use muster_identity::Caller;
use muster_resources::{Scope, Tag};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::request::{Malformed, Object, required};

/// The project named in a body, or else the caller's own.
///
/// # Errors
/// [`Error::NotFound`] of `project` for one of another account.
pub(crate) fn scope<'c>(caller: &'c Caller, project_id: Option<&'c str>) -> Result<Scope<'c>> {
    let project_id = project_id.filter(|id| !id.is_empty()).unwrap_or(&caller.project_id);
    if caller.projects().iter().any(|own| own.id == project_id) {
        Ok(Scope { account_id: &caller.account_id, project_id })
    } else {
        Err(Error::not_found("project", project_id))
    }
}

/// The name of a project of the account.
pub(crate) fn project_name<'c>(caller: &'c Caller, id: &str) -> Option<&'c str> {
    caller.projects().iter().find(|project| project.id == id).map(|project| project.name.as_str())
}

/// A resource's id as a client gave it.
pub(crate) fn resource_id(field: &str, id: &str) -> Result<(), Malformed> {
    let fits = (1..=256).contains(&id.chars().count()) && !id.chars().any(char::is_control);
    if fits { Ok(()) } else { Err(Malformed::field(field, "must have 1 to 256 printable characters")) }
}

/// A tag in a body.
#[derive(Debug, Deserialize)]
pub(crate) struct TagBody {
    pub(crate) key: Option<String>,
    pub(crate) value: Option<String>,
}

/// Tags of a body, 1 to 20 of them; the value may be absent.
pub(crate) fn read_tags(
    field: &'static str,
    tags: Option<Vec<Object<TagBody>>>,
) -> Result<Vec<(String, Option<String>)>, Malformed> {
    let tags = required(field, tags)?;
    if !(1..=20).contains(&tags.len()) {
        return Err(Malformed::field(field, "must have 1 to 20 items"));
    }
    let read = |(place, Object(tag)): (usize, Object<TagBody>)| {
        let key = tag.key.unwrap_or_default();
        let fits = |text: &str, longest: usize| {
            text.chars().count() <= longest && !text.chars().any(char::is_control)
        };
        if key.trim().is_empty() || !fits(&key, 128) {
            let why = "must have 1 to 128 printable characters";
            return Err(Malformed::field(format!("{field}[{place}].key"), why));
        }
        if tag.value.as_deref().is_some_and(|value| !fits(value, 255)) {
            let why = "must have at most 255 printable characters";
            return Err(Malformed::field(format!("{field}[{place}].value"), why));
        }
        Ok((key, tag.value))
    };
    tags.into_iter().enumerate().map(read).collect()
}

/// Tags to set: one without a value gets the empty one.
pub(crate) fn tags_to_set(tags: &[(String, Option<String>)]) -> Vec<Tag> {
    tags.iter()
        .map(|(key, value)| Tag { key: key.clone(), value: value.clone().unwrap_or_default() })
        .collect()
}

/// Tags as lists of pairs.
pub(crate) fn write_tags(tags: &[Tag]) -> Vec<Value> {
    tags.iter().map(|tag| json!({"key": tag.key, "value": tag.value})).collect()
}
