//! Tags of topics, by the topic's id or its name.

use std::collections::BTreeMap;

use muster_core::{Error, PageRequest};
use muster_notify::topic::{Topic, TopicFilter, TopicPatch};
use muster_wire::{Access, Cx, Operation};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Refused, Smn, TOPIC};
use crate::reply::Reply;
use crate::request::{Malformed, Object, Request, required};

#[derive(Clone, Deserialize)]
struct TagBody {
    key: Option<String>,
    value: Option<String>,
}

/// The topic with this id or this name on the wire: clients use either.
fn topic(cx: &mut Cx<'_, '_, Smn>, id: &str) -> Result<Topic, Refused> {
    if id.starts_with("urn:") {
        return Ok(cx.services.notify.get_topic(cx.tx, cx.caller, id)?);
    }
    let filter = TopicFilter { uid: Some(id.to_owned()), ..TopicFilter::default() };
    let page = PageRequest { offset: 0, limit: 1 };
    let found = cx.services.notify.list_topics(cx.tx, cx.caller, &filter, page)?.items.into_iter().next();
    found.ok_or_else(|| Error::not_found(TOPIC, id).into())
}

/// Gives the topic other tags.
fn change(
    cx: &mut Cx<'_, '_, Smn>,
    id: &str,
    how: impl Fn(&mut BTreeMap<String, String>) -> Result<(), Error>,
) -> Result<Reply, Refused> {
    let topic = topic(cx, id)?;
    cx.touch(TOPIC, &topic.key);
    let mut tags = topic.tags;
    how(&mut tags)?;
    let patch = TopicPatch { tags: Some(tags), ..TopicPatch::default() };
    cx.services.notify.update_topic(cx.tx, cx.caller, &topic.key, &patch)?;
    Ok(Reply::no_content())
}

pub(super) struct ListResourceTags(String);

impl Operation<Smn> for ListResourceTags {
    const NAME: &'static str = "ListResourceTags";
    const PERMISSION: &'static str = "smn:tag:list";
    const ACCESS: Access = Access::Read;

    fn decode(request: &Request) -> Result<Self, Refused> {
        Ok(Self(request.path("resource_id").to_owned()))
    }

    fn call(&self, cx: &mut Cx<'_, '_, Smn>) -> Result<Reply, Refused> {
        let topic = topic(cx, &self.0)?;
        let tags: Vec<Value> =
            topic.tags.iter().map(|(key, value)| json!({"key": key, "value": value})).collect();
        Ok(Reply::ok(json!({"tags": tags})))
    }
}

pub(super) struct CreateResourceTag {
    id: String,
    key: String,
    value: String,
}

#[derive(Deserialize)]
struct CreateBody {
    tag: Option<Object<TagBody>>,
}

impl Operation<Smn> for CreateResourceTag {
    const NAME: &'static str = "CreateResourceTag";
    const PERMISSION: &'static str = "smn:tag:create";
    const ACCESS: Access = Access::Write;

    fn decode(request: &Request) -> Result<Self, Refused> {
        let Object(tag) = required("tag", request.body::<CreateBody>()?.tag)?;
        Ok(Self {
            id: request.path("resource_id").to_owned(),
            key: required("tag.key", tag.key)?,
            value: tag.value.unwrap_or_default(),
        })
    }

    fn call(&self, cx: &mut Cx<'_, '_, Smn>) -> Result<Reply, Refused> {
        change(cx, &self.id, |tags| {
            tags.insert(self.key.clone(), self.value.clone());
            Ok(())
        })
    }
}

pub(super) struct DeleteResourceTag {
    id: String,
    key: String,
}

impl Operation<Smn> for DeleteResourceTag {
    const NAME: &'static str = "DeleteResourceTag";
    const PERMISSION: &'static str = "smn:tag:delete";
    const ACCESS: Access = Access::Write;

    fn decode(request: &Request) -> Result<Self, Refused> {
        Ok(Self { id: request.path("resource_id").to_owned(), key: request.path("key").to_owned() })
    }

    fn call(&self, cx: &mut Cx<'_, '_, Smn>) -> Result<Reply, Refused> {
        change(cx, &self.id, |tags| match tags.remove(&self.key) {
            Some(_) => Ok(()),
            None => Err(Error::not_found("tag", &self.key)),
        })
    }
}

pub(super) struct BatchCreateOrDeleteResourceTags {
    id: String,
    creates: bool,
    tags: Vec<(String, Option<String>)>,
}

#[derive(Deserialize)]
struct BatchBody {
    action: Option<String>,
    tags: Option<Vec<Object<TagBody>>>,
}

impl Operation<Smn> for BatchCreateOrDeleteResourceTags {
    const NAME: &'static str = "BatchCreateOrDeleteResourceTags";
    const PERMISSION: &'static str = "smn:tag:batchCreateOrDelete";
    const ACCESS: Access = Access::Write;

    fn decode(request: &Request) -> Result<Self, Refused> {
        let body: BatchBody = request.body()?;
        let creates = match required("action", body.action)?.as_str() {
            "create" => true,
            "delete" => false,
            _ => return Err(Malformed::field("action", "must be create or delete").into()),
        };
        let read = |Object(tag): Object<TagBody>| Ok((required("tags.key", tag.key)?, tag.value));
        let tags = required("tags", body.tags)?.into_iter().map(read).collect::<Result<_, Malformed>>()?;
        Ok(Self { id: request.path("resource_id").to_owned(), creates, tags })
    }

    fn call(&self, cx: &mut Cx<'_, '_, Smn>) -> Result<Reply, Refused> {
        change(cx, &self.id, |all| {
            for (key, value) in &self.tags {
                if self.creates {
                    all.insert(key.clone(), value.clone().unwrap_or_default());
                } else if value.as_ref().is_none_or(|value| all.get(key) == Some(value)) {
                    all.remove(key);
                }
            }
            Ok(())
        })
    }
}
