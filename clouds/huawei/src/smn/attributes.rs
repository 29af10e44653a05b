//! A topic's attributes: its access policy and its introduction.

use muster_notify::topic::{Topic, TopicPatch};
use muster_wire::{Access, Cx, Operation};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Refused, Smn, TOPIC, text, time};
use crate::reply::Reply;
use crate::request::{Malformed, Request, required};

/// An attribute that can be set.
#[derive(Clone, Copy)]
enum Attribute {
    AccessPolicy,
    Introduction,
}

impl Attribute {
    fn read(name: &str) -> Result<Self, Malformed> {
        match name {
            "access_policy" => Ok(Self::AccessPolicy),
            "introduction" => Ok(Self::Introduction),
            _ => Err(Malformed::parameter("name", "must be access_policy or introduction")),
        }
    }

    fn patch(self, value: &str) -> TopicPatch {
        let value = Some(value.to_owned());
        match self {
            Self::AccessPolicy => TopicPatch { access_policy: value, ..TopicPatch::default() },
            Self::Introduction => TopicPatch { introduction: value, ..TopicPatch::default() },
        }
    }
}

pub(super) struct ListTopicAttributes {
    request_id: String,
    urn: String,
    only: Option<Attribute>,
}

impl Operation<Smn> for ListTopicAttributes {
    const NAME: &'static str = "ListTopicAttributes";
    const PERMISSION: &'static str = "smn:topic:listAttributes";
    const ACCESS: Access = Access::Read;

    fn decode(request: &Request) -> Result<Self, Refused> {
        let only = text(request, "name")?.map(|name| Attribute::read(&name)).transpose()?;
        Ok(Self { request_id: request.id(), urn: request.path("topic_urn").to_owned(), only })
    }

    fn call(&self, cx: &mut Cx<'_, '_, Smn>) -> Result<Reply, Refused> {
        let topic = cx.services.notify.get_topic(cx.tx, cx.caller, &self.urn)?;
        Ok(Reply::ok(json!({"request_id": self.request_id, "attributes": write(&topic, self.only)})))
    }
}

fn write(topic: &Topic, only: Option<Attribute>) -> Value {
    match only {
        Some(Attribute::AccessPolicy) => json!({"access_policy": topic.access_policy}),
        Some(Attribute::Introduction) => json!({"introduction": topic.introduction}),
        None => json!({
            "access_policy": topic.access_policy,
            "introduction": topic.introduction,
            "create_time": time(topic.created_at),
            "update_time": time(topic.updated_at),
        }),
    }
}

/// Gives the topic this patch.
fn change(
    cx: &mut Cx<'_, '_, Smn>,
    urn: &str,
    patch: &TopicPatch,
    request_id: &str,
) -> Result<Reply, Refused> {
    cx.touch(TOPIC, urn);
    cx.services.notify.update_topic(cx.tx, cx.caller, urn, patch)?;
    Ok(Reply::ok(json!({"request_id": request_id})))
}

pub(super) struct UpdateTopicAttribute {
    request_id: String,
    urn: String,
    patch: TopicPatch,
}

#[derive(Deserialize)]
struct Body {
    value: Option<String>,
}

impl Operation<Smn> for UpdateTopicAttribute {
    const NAME: &'static str = "UpdateTopicAttribute";
    const PERMISSION: &'static str = "smn:topic:updateAttribute";
    const ACCESS: Access = Access::Write;

    fn decode(request: &Request) -> Result<Self, Refused> {
        let attribute = Attribute::read(request.path("name"))?;
        let body: Body = request.body()?;
        let value = required("value", body.value)?;
        let is_policy = matches!(attribute, Attribute::AccessPolicy);
        if is_policy && serde_json::from_str::<serde_json::Map<String, Value>>(&value).is_err() {
            return Err(Malformed::field("value", "must be a JSON object").into());
        }
        Ok(Self {
            request_id: request.id(),
            urn: request.path("topic_urn").to_owned(),
            patch: attribute.patch(&value),
        })
    }

    fn call(&self, cx: &mut Cx<'_, '_, Smn>) -> Result<Reply, Refused> {
        change(cx, &self.urn, &self.patch, &self.request_id)
    }
}

pub(super) struct DeleteTopicAttributeByName {
    request_id: String,
    urn: String,
    patch: TopicPatch,
}

impl Operation<Smn> for DeleteTopicAttributeByName {
    const NAME: &'static str = "DeleteTopicAttributeByName";
    const PERMISSION: &'static str = "smn:topic:deleteAttribute";
    const ACCESS: Access = Access::Write;

    fn decode(request: &Request) -> Result<Self, Refused> {
        Ok(Self {
            request_id: request.id(),
            urn: request.path("topic_urn").to_owned(),
            patch: Attribute::read(request.path("name"))?.patch(""),
        })
    }

    fn call(&self, cx: &mut Cx<'_, '_, Smn>) -> Result<Reply, Refused> {
        change(cx, &self.urn, &self.patch, &self.request_id)
    }
}

pub(super) struct DeleteTopicAttributes {
    request_id: String,
    urn: String,
}

impl Operation<Smn> for DeleteTopicAttributes {
    const NAME: &'static str = "DeleteTopicAttributes";
    const PERMISSION: &'static str = "smn:topic:deleteAttribute";
    const ACCESS: Access = Access::Write;

    fn decode(request: &Request) -> Result<Self, Refused> {
        Ok(Self { request_id: request.id(), urn: request.path("topic_urn").to_owned() })
    }

    fn call(&self, cx: &mut Cx<'_, '_, Smn>) -> Result<Reply, Refused> {
        let nothing = TopicPatch {
            introduction: Some(String::new()),
            access_policy: Some(String::new()),
            ..TopicPatch::default()
        };
        change(cx, &self.urn, &nothing, &self.request_id)
    }
}
