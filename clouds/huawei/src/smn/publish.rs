//! Publishes a message to everybody who subscribes to a topic.

use muster_notify::{Content, Medium};
use muster_wire::{Access, Cx, Operation};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Refused, Smn, TOPIC, time};
use crate::reply::Reply;
use crate::request::{Malformed, Request, required};

const LONGEST_SUBJECT: usize = 512;
const LONGEST_MESSAGE: usize = 256 * 1024;

pub(super) struct PublishMessage {
    request_id: String,
    topic: String,
    subject: String,
    message: Message,
}

enum Message {
    /// One text for all.
    Plain(String),
    /// A text for each protocol; `default` for those without one.
    Structured(serde_json::Map<String, Value>),
}

impl Message {
    fn for_protocol(&self, word: &str) -> &str {
        match self {
            Self::Plain(text) => text,
            Self::Structured(texts) => {
                texts.get(word).or_else(|| texts.get("default")).and_then(Value::as_str).unwrap_or_default()
            }
        }
    }
}

#[derive(Deserialize)]
struct Body {
    subject: Option<String>,
    message: Option<String>,
    message_structure: Option<String>,
    message_template_name: Option<String>,
}

impl Body {
    fn read(self) -> Result<(String, Message), Malformed> {
        if self.message_template_name.is_some() {
            return Err(Malformed::field("message_template_name", "names a template that does not exist"));
        }
        let subject = self.subject.unwrap_or_default();
        if subject.len() > LONGEST_SUBJECT || subject.chars().any(char::is_control) {
            let why = format!("must have at most {LONGEST_SUBJECT} bytes without control characters");
            return Err(Malformed::field("subject", why));
        }
        let message = match self.message_structure {
            Some(structure) => {
                let texts: serde_json::Map<String, Value> = serde_json::from_str(&structure)
                    .map_err(|_| Malformed::field("message_structure", "must be a JSON object"))?;
                if !texts.get("default").is_some_and(Value::is_string) {
                    return Err(Malformed::field("message_structure", "must hold a text named default"));
                }
                Message::Structured(texts)
            }
            None => Message::Plain(required("message", self.message)?),
        };
        let length = match &message {
            Message::Plain(text) => text.len(),
            Message::Structured(texts) => texts.values().filter_map(Value::as_str).map(str::len).sum(),
        };
        if length == 0 || length > LONGEST_MESSAGE {
            return Err(Malformed::field("message", "must have 1 byte to 256 KiB"));
        }
        Ok((subject, message))
    }
}

impl Operation<Smn> for PublishMessage {
    const NAME: &'static str = "PublishMessage";
    const PERMISSION: &'static str = "smn:topic:publish";
    const ACCESS: Access = Access::Write;

    fn decode(request: &Request) -> Result<Self, Refused> {
        let (subject, message) = request.body::<Body>()?.read()?;
        Ok(Self { request_id: request.id(), topic: request.path("topic_urn").to_owned(), subject, message })
    }

    fn call(&self, cx: &mut Cx<'_, '_, Smn>) -> Result<Reply, Refused> {
        cx.touch(TOPIC, &self.topic);
        let at = time(cx.tx.now());
        let id = cx.services.notify.publish(cx.tx, cx.caller, &self.topic, |medium, id| {
            let text = self.message.for_protocol(word(medium));
            let mut content =
                Content { subject: self.subject.clone(), text: text.to_owned(), ..Content::default() };
            if medium == Medium::Webhook {
                let body = json!({
                    "type": "Notification",
                    "message_id": id,
                    "topic_urn": self.topic,
                    "subject": self.subject,
                    "message": text,
                    "timestamp": at,
                });
                content.body = body.to_string();
                content.content_type = "application/json; charset=utf-8".to_owned();
            }
            content
        })?;
        Ok(Reply::ok(json!({"request_id": self.request_id, "message_id": id})))
    }
}

fn word(medium: Medium) -> &'static str {
    match medium {
        Medium::Mail => "email",
        Medium::Sms | Medium::Phone => "sms",
        Medium::DingTalk => "dingding",
        Medium::Webhook => "http",
    }
}
