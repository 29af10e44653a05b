//! SMN: topics that alarms are sent to, as far as Terraform and SDKs need them. A topic is a contact group, its
//! subscribers are contacts (`muster_notify::topic`).

mod attributes;
mod error;
mod publish;
mod subscriptions;
mod tags;
mod topics;

use std::sync::Arc;

use muster_core::Timestamp;
use muster_wire::Api;
use serde_json::{Value, json};

use attributes::{
    DeleteTopicAttributeByName, DeleteTopicAttributes, ListTopicAttributes, UpdateTopicAttribute,
};
pub use error::Refused;
use publish::PublishMessage;
use subscriptions::{
    AddSubscription, CancelSubscription, ListSubscriptions, ListSubscriptionsByTopic, UpdateSubscription,
};
use tags::{BatchCreateOrDeleteResourceTags, CreateResourceTag, DeleteResourceTag, ListResourceTags};
use topics::{CreateTopic, DeleteTopic, ListTopicDetails, ListTopics, UpdateTopic};

use crate::fault::Fault;
use crate::product::{Product, Route};
use crate::reply::Reply;
use crate::request::{Malformed, Request};
use crate::routes;

/// The product.
pub struct Smn;

/// The features that SMN stands on.
#[derive(Clone, Debug)]
pub struct Services {
    /// Topics, contacts and messages.
    pub notify: Arc<muster_notify::Service>,
}

impl Api for Smn {
    const NAME: &'static str = "Huawei SMN";
    type Request = Request;
    type Response = Reply;
    type Error = Refused;
    type Services = Services;
}

impl Product for Smn {
    fn envelope(fault: &Fault, request: &Request) -> Value {
        json!({"request_id": request.id(), "code": fault.code, "message": fault.text()})
    }
}

/// What is served, and where.
pub static ROUTES: &[Route<Smn>] = routes![Smn;
    POST "/v2/{project_id}/notifications/topics" => CreateTopic,
    GET "/v2/{project_id}/notifications/topics" => ListTopics,
    GET "/v2/{project_id}/notifications/topics/{topic_urn}" => ListTopicDetails,
    PUT "/v2/{project_id}/notifications/topics/{topic_urn}" => UpdateTopic,
    DELETE "/v2/{project_id}/notifications/topics/{topic_urn}" => DeleteTopic,
    GET "/v2/{project_id}/notifications/topics/{topic_urn}/attributes" => ListTopicAttributes,
    DELETE "/v2/{project_id}/notifications/topics/{topic_urn}/attributes" => DeleteTopicAttributes,
    PUT "/v2/{project_id}/notifications/topics/{topic_urn}/attributes/{name}" => UpdateTopicAttribute,
    DELETE "/v2/{project_id}/notifications/topics/{topic_urn}/attributes/{name}" => DeleteTopicAttributeByName,
    POST "/v2/{project_id}/notifications/topics/{topic_urn}/subscriptions" => AddSubscription,
    GET "/v2/{project_id}/notifications/topics/{topic_urn}/subscriptions" => ListSubscriptionsByTopic,
    PUT "/v2/{project_id}/notifications/topics/{topic_urn}/subscriptions/{subscription_urn}" => UpdateSubscription,
    GET "/v2/{project_id}/notifications/subscriptions" => ListSubscriptions,
    DELETE "/v2/{project_id}/notifications/subscriptions/{subscription_urn}" => CancelSubscription,
    POST "/v2/{project_id}/notifications/topics/{topic_urn}/publish" => PublishMessage,
    GET "/v2/{project_id}/smn_topic/{resource_id}/tags" => ListResourceTags,
    POST "/v2/{project_id}/smn_topic/{resource_id}/tags" => CreateResourceTag,
    POST "/v2/{project_id}/smn_topic/{resource_id}/tags/action" => BatchCreateOrDeleteResourceTags,
    DELETE "/v2/{project_id}/smn_topic/{resource_id}/tags/{key}" => DeleteResourceTag,
];

/// What the audit log calls a topic.
const TOPIC: &str = "topic";

/// Lists are at most so long.
fn page(request: &Request) -> Result<muster_core::PageRequest, Malformed> {
    Ok(muster_core::PageRequest {
        offset: request.number("offset", 0..=1_000_000, 0)?,
        limit: request.number("limit", 1..=100, 100)?,
    })
}

/// A query parameter that says something.
fn text(request: &Request, name: &str) -> Result<Option<String>, Malformed> {
    Ok(request.query(name)?.filter(|text| !text.is_empty()))
}

fn time(instant: Timestamp) -> String {
    crate::cloudeye::time_text(instant)
}
