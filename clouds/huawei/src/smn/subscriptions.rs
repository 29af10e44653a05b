//! Subscriptions: who is told when a message is published to a topic.

use http::StatusCode;
use muster_core::{Error, PageRequest};
use muster_notify::topic::{Protocol, Standing, Subscription, SubscriptionFilter};
use muster_wire::{Access, Cx, Operation};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Refused, Smn, TOPIC, page, text};
use crate::reply::Reply;
use crate::request::{Malformed, Request, required};

const MOST_AT_ONCE: usize = 50;

/// A protocol by its word here. A callback's word is the scheme of its address.
fn read_protocol(word: &str) -> Option<(Protocol, Option<&'static str>)> {
    match word {
        "email" | "default" => Some((Protocol::Mail, None)),
        "sms" => Some((Protocol::Sms, None)),
        "dingding" => Some((Protocol::DingTalk, None)),
        "http" => Some((Protocol::Webhook, Some("http://"))),
        "https" => Some((Protocol::Webhook, Some("https://"))),
        _ => None,
    }
}

fn protocol(
    word: &str,
    malformed: impl Fn(&str) -> Malformed,
) -> Result<(Protocol, Option<&'static str>), Malformed> {
    read_protocol(word).ok_or_else(|| malformed("must be email, sms, http, https or dingding"))
}

fn word(subscription: &Subscription) -> &'static str {
    match subscription.protocol {
        Protocol::Mail => "email",
        Protocol::Sms => "sms",
        Protocol::DingTalk => "dingding",
        Protocol::Webhook if subscription.endpoint.starts_with("https:") => "https",
        Protocol::Webhook => "http",
    }
}

fn urn(subscription: &Subscription) -> String {
    format!("{}:{}", subscription.topic, subscription.uid)
}

/// The uid in a subscription's name, which begins with its topic's.
fn uid(urn: &str) -> Result<&str, Error> {
    let uid = urn.rsplit_once(':').map(|(_, uid)| uid);
    uid.ok_or_else(|| Error::NotFound { what: "subscription", id: urn.to_owned() })
}

/// An address that subscribes.
struct Subscriber {
    protocol: Protocol,
    endpoint: String,
    remark: String,
}

#[derive(Deserialize)]
struct SubscriberBody {
    protocol: Option<String>,
    endpoint: Option<String>,
    remark: Option<String>,
}

impl SubscriberBody {
    fn read(self) -> Result<Subscriber, Malformed> {
        let word = required("protocol", self.protocol)?;
        let endpoint = required("endpoint", self.endpoint)?;
        let (protocol, scheme) = protocol(&word, |why| Malformed::field("protocol", why))?;
        if let Some(scheme) = scheme
            && !endpoint.starts_with(scheme)
        {
            return Err(Malformed::field("endpoint", format!("must begin with {scheme}")));
        }
        Ok(Subscriber { protocol, endpoint, remark: self.remark.unwrap_or_default() })
    }
}

pub(super) struct AddSubscription {
    request_id: String,
    topic: String,
    subscribers: Vec<Subscriber>,
    are_many: bool,
}

#[derive(Deserialize)]
struct AddBody {
    #[serde(flatten)]
    one: SubscriberBody,
    subscriptions: Option<Vec<SubscriberBody>>,
}

impl Operation<Smn> for AddSubscription {
    const NAME: &'static str = "AddSubscription";
    const PERMISSION: &'static str = "smn:topic:subscribe";
    const ACCESS: Access = Access::Write;

    fn decode(request: &Request) -> Result<Self, Refused> {
        let body: AddBody = request.body()?;
        let many = body.subscriptions.filter(|many| !many.is_empty());
        if many.as_ref().is_some_and(|many| many.len() > MOST_AT_ONCE) {
            return Err(Malformed::field("subscriptions", format!("must be at most {MOST_AT_ONCE}")).into());
        }
        let are_many = many.is_some();
        let subscribers = match many {
            Some(many) => many.into_iter().map(SubscriberBody::read).collect::<Result<_, _>>()?,
            None => vec![body.one.read()?],
        };
        let topic = request.path("topic_urn").to_owned();
        Ok(Self { request_id: request.id(), topic, subscribers, are_many })
    }

    fn call(&self, cx: &mut Cx<'_, '_, Smn>) -> Result<Reply, Refused> {
        cx.touch(TOPIC, &self.topic);
        let (notify, mut made) = (&cx.services.notify, Vec::new());
        for new in &self.subscribers {
            let to = (new.protocol, new.endpoint.as_str());
            made.push(notify.subscribe(cx.tx, cx.caller, &self.topic, to, &new.remark)?);
        }
        let mut body = json!({"request_id": self.request_id, "subscription_urn": made.first().map(urn)});
        if self.are_many {
            let results = made.iter().map(|subscription| {
                json!({"endpoint": subscription.endpoint, "subscription_urn": urn(subscription)})
            });
            body["subscriptions_result"] = results.collect();
        }
        Ok(Reply::json(StatusCode::CREATED, body))
    }
}

pub(super) struct ListSubscriptionsByTopic {
    request_id: String,
    topic: String,
    remark_contains: Option<String>,
    page: PageRequest,
}

impl Operation<Smn> for ListSubscriptionsByTopic {
    const NAME: &'static str = "ListSubscriptionsByTopic";
    const PERMISSION: &'static str = "smn:topic:listSubscriptionsByTopic";
    const ACCESS: Access = Access::Read;

    fn decode(request: &Request) -> Result<Self, Refused> {
        Ok(Self {
            request_id: request.id(),
            topic: request.path("topic_urn").to_owned(),
            remark_contains: text(request, "fuzzy_remark")?,
            page: page(request)?,
        })
    }

    fn call(&self, cx: &mut Cx<'_, '_, Smn>) -> Result<Reply, Refused> {
        let topic = cx.services.notify.get_topic(cx.tx, cx.caller, &self.topic)?;
        let filter = SubscriptionFilter {
            topic_id: Some(topic.id),
            remark_contains: self.remark_contains.clone(),
            ..SubscriptionFilter::default()
        };
        list(cx, &filter, self.page, &self.request_id)
    }
}

pub(super) struct ListSubscriptions {
    request_id: String,
    filter: SubscriptionFilter,
    page: PageRequest,
}

impl Operation<Smn> for ListSubscriptions {
    const NAME: &'static str = "ListSubscriptions";
    const PERMISSION: &'static str = "smn:topic:listSubscriptions";
    const ACCESS: Access = Access::Read;

    fn decode(request: &Request) -> Result<Self, Refused> {
        let word = text(request, "protocol")?;
        let protocol =
            word.map(|word| protocol(&word, |why| Malformed::parameter("protocol", why))).transpose()?;
        let standing = match text(request, "status")?.as_deref() {
            None => None,
            Some("0") => Some(Standing::Unconfirmed),
            Some("1") => Some(Standing::Confirmed),
            Some("3") => Some(Standing::Cancelled),
            Some(_) => return Err(Malformed::parameter("status", "must be 0, 1 or 3").into()),
        };
        Ok(Self {
            request_id: request.id(),
            filter: SubscriptionFilter {
                topic_id: None,
                protocol: protocol.map(|(protocol, _)| protocol),
                scheme: protocol.and_then(|(_, scheme)| scheme),
                endpoint: text(request, "endpoint")?,
                remark_contains: text(request, "fuzzy_remark")?,
                standing,
            },
            page: page(request)?,
        })
    }

    fn call(&self, cx: &mut Cx<'_, '_, Smn>) -> Result<Reply, Refused> {
        list(cx, &self.filter, self.page, &self.request_id)
    }
}

fn list(
    cx: &mut Cx<'_, '_, Smn>,
    filter: &SubscriptionFilter,
    page: PageRequest,
    request_id: &str,
) -> Result<Reply, Refused> {
    let found = cx.services.notify.list_subscriptions(cx.tx, cx.caller, filter, page)?;
    let owner = &cx.caller.project_id;
    let items: Vec<Value> = found.items.iter().map(|subscription| write(subscription, owner)).collect();
    Ok(Reply::ok(
        json!({"request_id": request_id, "subscription_count": found.total, "subscriptions": items}),
    ))
}

fn write(subscription: &Subscription, owner: &str) -> Value {
    json!({
        "topic_urn": subscription.topic,
        "protocol": word(subscription),
        "subscription_urn": urn(subscription),
        "owner": owner,
        "endpoint": subscription.endpoint,
        "remark": subscription.remark,
        "status": match subscription.standing {
            Standing::Unconfirmed => 0,
            Standing::Confirmed => 1,
            Standing::Cancelled => 3,
        },
        "filter_polices": [],
    })
}

pub(super) struct UpdateSubscription {
    request_id: String,
    urn: String,
    remark: String,
}

#[derive(Deserialize)]
struct UpdateBody {
    remark: Option<String>,
}

impl Operation<Smn> for UpdateSubscription {
    const NAME: &'static str = "UpdateSubscription";
    const PERMISSION: &'static str = "smn:topic:updateSubscription";
    const ACCESS: Access = Access::Write;

    fn decode(request: &Request) -> Result<Self, Refused> {
        let (topic, urn) = (request.path("topic_urn"), request.path("subscription_urn"));
        let body: UpdateBody = request.body()?;
        let remark = required("remark", body.remark)?;
        if !urn.starts_with(topic) {
            return Err(Malformed::parameter("subscription_urn", "is not one of this topic").into());
        }
        Ok(Self { request_id: request.id(), urn: urn.to_owned(), remark })
    }

    fn call(&self, cx: &mut Cx<'_, '_, Smn>) -> Result<Reply, Refused> {
        cx.touch("subscription", &self.urn);
        let uid = uid(&self.urn)?;
        cx.services.notify.update_subscription(cx.tx, cx.caller, uid, &self.remark)?;
        Ok(Reply::ok(json!({"request_id": self.request_id, "subscription_urn": self.urn})))
    }
}

pub(super) struct CancelSubscription {
    request_id: String,
    urn: String,
}

impl Operation<Smn> for CancelSubscription {
    const NAME: &'static str = "CancelSubscription";
    const PERMISSION: &'static str = "smn:topic:deleteSubscription";
    const ACCESS: Access = Access::Write;

    fn decode(request: &Request) -> Result<Self, Refused> {
        Ok(Self { request_id: request.id(), urn: request.path("subscription_urn").to_owned() })
    }

    fn call(&self, cx: &mut Cx<'_, '_, Smn>) -> Result<Reply, Refused> {
        cx.touch("subscription", &self.urn);
        cx.services.notify.unsubscribe(cx.tx, cx.caller, uid(&self.urn)?)?;
        Ok(Reply::ok(json!({"request_id": self.request_id})))
    }
}
