//! Topics: made, listed, shown, changed, removed.

use http::StatusCode;
use muster_core::PageRequest;
use muster_notify::topic::{NewTopic, Topic, TopicFilter, TopicPatch};
use muster_wire::{Access, Cx, Operation};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Refused, Smn, TOPIC, page, text, time};
use crate::reply::Reply;
use crate::request::{Malformed, Request, required};

const LONGEST_NAME: usize = 255;

pub(super) struct CreateTopic {
    request_id: String,
    name: String,
    title: String,
    enterprise_project_id: String,
}

#[derive(Deserialize)]
struct CreateBody {
    name: Option<String>,
    display_name: Option<String>,
    enterprise_project_id: Option<String>,
}

impl Operation<Smn> for CreateTopic {
    const NAME: &'static str = "CreateTopic";
    const PERMISSION: &'static str = "smn:topic:create";
    const ACCESS: Access = Access::Write;

    fn decode(request: &Request) -> Result<Self, Refused> {
        let body: CreateBody = request.body()?;
        let name = required("name", body.name)?;
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        let begins_well = name.starts_with(|c: char| c.is_ascii_alphanumeric());
        if name.len() > LONGEST_NAME || !begins_well || !name.chars().all(fits) {
            let why = "must have 1 to 255 letters, digits, - and _, and begin with a letter or digit";
            return Err(Malformed::field("name", why).into());
        }
        Ok(Self {
            request_id: request.id(),
            name,
            title: body.display_name.unwrap_or_default(),
            enterprise_project_id: body
                .enterprise_project_id
                .filter(|id| !id.is_empty())
                .unwrap_or_else(|| "0".to_owned()),
        })
    }

    /// A topic that exists is answered with 200, as it stands.
    fn call(&self, cx: &mut Cx<'_, '_, Smn>) -> Result<Reply, Refused> {
        let new = NewTopic {
            key: format!("urn:smn:{}:{}:{}", cx.caller.region, cx.caller.project_id, self.name),
            name: self.name.clone(),
            title: self.title.clone(),
            enterprise_project_id: self.enterprise_project_id.clone(),
        };
        let (topic, made) = cx.services.notify.create_topic(cx.tx, cx.caller, &new)?;
        cx.touch(TOPIC, &topic.key);
        let status = if made { StatusCode::CREATED } else { StatusCode::OK };
        Ok(Reply::json(status, json!({"request_id": self.request_id, "topic_urn": topic.key})))
    }
}

pub(super) struct ListTopics {
    request_id: String,
    filter: TopicFilter,
    page: PageRequest,
}

impl Operation<Smn> for ListTopics {
    const NAME: &'static str = "ListTopics";
    const PERMISSION: &'static str = "smn:topic:list";
    const ACCESS: Access = Access::Read;

    fn decode(request: &Request) -> Result<Self, Refused> {
        Ok(Self {
            request_id: request.id(),
            filter: TopicFilter {
                name: text(request, "name")?,
                name_contains: text(request, "fuzzy_name")?,
                title_contains: text(request, "fuzzy_display_name")?,
                uid: text(request, "topic_id")?,
                enterprise_project_id: text(request, "enterprise_project_id")?
                    .filter(|id| id != "all_granted_eps"),
            },
            page: page(request)?,
        })
    }

    fn call(&self, cx: &mut Cx<'_, '_, Smn>) -> Result<Reply, Refused> {
        let found = cx.services.notify.list_topics(cx.tx, cx.caller, &self.filter, self.page)?;
        let topics: Vec<Value> = found.items.iter().map(write).collect();
        Ok(Reply::ok(json!({"request_id": self.request_id, "topic_count": found.total, "topics": topics})))
    }
}

pub(super) struct ListTopicDetails {
    request_id: String,
    urn: String,
}

impl Operation<Smn> for ListTopicDetails {
    const NAME: &'static str = "ListTopicDetails";
    const PERMISSION: &'static str = "smn:topic:get";
    const ACCESS: Access = Access::Read;

    fn decode(request: &Request) -> Result<Self, Refused> {
        Ok(Self { request_id: request.id(), urn: request.path("topic_urn").to_owned() })
    }

    fn call(&self, cx: &mut Cx<'_, '_, Smn>) -> Result<Reply, Refused> {
        let topic = cx.services.notify.get_topic(cx.tx, cx.caller, &self.urn)?;
        let mut item = write(&topic);
        item["request_id"] = self.request_id.clone().into();
        Ok(Reply::ok(item))
    }
}

pub(super) struct UpdateTopic {
    request_id: String,
    urn: String,
    title: String,
}

#[derive(Deserialize)]
struct UpdateBody {
    display_name: Option<String>,
}

impl Operation<Smn> for UpdateTopic {
    const NAME: &'static str = "UpdateTopic";
    const PERMISSION: &'static str = "smn:topic:update";
    const ACCESS: Access = Access::Write;

    fn decode(request: &Request) -> Result<Self, Refused> {
        let body: UpdateBody = request.body()?;
        Ok(Self {
            request_id: request.id(),
            urn: request.path("topic_urn").to_owned(),
            title: required("display_name", body.display_name)?,
        })
    }

    fn call(&self, cx: &mut Cx<'_, '_, Smn>) -> Result<Reply, Refused> {
        cx.touch(TOPIC, &self.urn);
        let patch = TopicPatch { title: Some(self.title.clone()), ..TopicPatch::default() };
        cx.services.notify.update_topic(cx.tx, cx.caller, &self.urn, &patch)?;
        Ok(Reply::ok(json!({"request_id": self.request_id})))
    }
}

pub(super) struct DeleteTopic {
    request_id: String,
    urn: String,
}

impl Operation<Smn> for DeleteTopic {
    const NAME: &'static str = "DeleteTopic";
    const PERMISSION: &'static str = "smn:topic:delete";
    const ACCESS: Access = Access::Write;

    fn decode(request: &Request) -> Result<Self, Refused> {
        Ok(Self { request_id: request.id(), urn: request.path("topic_urn").to_owned() })
    }

    fn call(&self, cx: &mut Cx<'_, '_, Smn>) -> Result<Reply, Refused> {
        cx.touch(TOPIC, &self.urn);
        cx.services.notify.delete_topic(cx.tx, cx.caller, &self.urn)?;
        Ok(Reply::ok(json!({"request_id": self.request_id})))
    }
}

fn write(topic: &Topic) -> Value {
    json!({
        "topic_urn": topic.key,
        "name": topic.name,
        "display_name": topic.title,
        "push_policy": 0,
        "enterprise_project_id": topic.enterprise_project_id,
        "topic_id": topic.uid,
        "create_time": time(topic.created_at),
        "update_time": time(topic.updated_at),
    })
}
