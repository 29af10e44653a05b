//! What became of a notice: its status, and each of its messages by channel.

use std::collections::BTreeMap;

use muster_alarms::{Delivery, Gap};
use muster_notify::{Attempt, Medium, Message, MessageState};
use serde_json::{Value, json};

/// `SendStatus`: 0 told, 1 outside of the rule's hours, 2 too soon after the last message, 4 not told.
pub(super) fn status(delivery: &Delivery) -> i64 {
    match delivery {
        Delivery::Told => 0,
        Delivery::Gap(Gap::Hours) => 1,
        Delivery::Gap(Gap::Repeat) => 2,
        Delivery::Masked { .. } | Delivery::Nobody => 4,
    }
}

/// The messages that one notice led to.
#[derive(Debug, Default)]
pub(super) struct Outcome(Vec<(Message, Vec<Attempt>)>);

/// Whether it left this server.
fn is_delivered(message: &Message) -> bool {
    message.state == MessageState::Delivered
}

impl Outcome {
    pub(super) fn of(messages: Vec<(Message, Vec<Attempt>)>) -> Self {
        Self(messages)
    }

    /// The addresses that the notice was sent to by a medium, whatever became of it. What a rule silenced, or what was
    /// withdrawn because its contact was removed, was not sent.
    pub(super) fn addresses(&self, medium: Medium) -> Vec<&str> {
        let sent = |message: &Message| {
            message.medium == medium
                && (is_delivered(message)
                    || !matches!(message.state, MessageState::Cancelled | MessageState::Silenced))
        };
        self.0
            .iter()
            .filter(|(message, _)| sent(message))
            .map(|(message, _)| message.target.as_str())
            .collect()
    }

    /// The contacts that it was sent to.
    pub(super) fn contacts(&self) -> Vec<&str> {
        let mut contacts: Vec<&str> =
            self.0.iter().filter_map(|(message, _)| message.contact.as_deref()).collect();
        contacts.sort_unstable();
        contacts.dedup();
        contacts
    }

    /// `SendResultList`: the addresses that each channel really reached.
    pub(super) fn reached(&self) -> Value {
        let keys = [
            (Medium::Mail, "MAIL"),
            (Medium::Sms, "SMS"),
            (Medium::Phone, "CALL"),
            (Medium::DingTalk, "DING"),
        ];
        let reached = |(medium, key): (Medium, &str)| {
            let to: Vec<&str> = self
                .0
                .iter()
                .filter(|(message, _)| message.medium == medium && is_delivered(message))
                .map(|(message, _)| message.target.as_str())
                .collect();
            (!to.is_empty()).then(|| json!({"Key": key, "Value": to}))
        };
        Value::Array(keys.into_iter().filter_map(reached).collect())
    }

    /// `WebhookList`: what the callbacks answered.
    pub(super) fn webhooks(&self) -> Value {
        let webhook = |(message, attempts): &(Message, Vec<Attempt>)| {
            (channel(message) == "WEBHOOK").then(|| {
                json!({
                    "code": code(message),
                    "message": said(message, attempts),
                    "url": message.target,
                })
            })
        };
        Value::Array(self.0.iter().filter_map(webhook).collect())
    }

    /// `SendDetail`: every message by its channel, with what the gateway said.
    pub(super) fn detail(&self) -> Value {
        let mut channels: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
        for (message, attempts) in &self.0 {
            let channel = channel(message);
            let code = if channel == "WEBHOOK" { code(message) } else { String::new() };
            channels.entry(channel).or_default().push(json!({
                "Code": code,
                "Detail": said(message, attempts),
                "RequestId": message.id.to_string(),
                "Success": is_delivered(message),
                "notifyTargetList": [message.target],
            }));
        }
        let all_well = self.0.iter().all(|(message, _)| is_delivered(message));
        let channels: Vec<Value> = channels
            .into_iter()
            .map(|(channel, results)| json!({"Channel": channel, "ResultList": results}))
            .collect();
        json!({"ResultCode": if all_well { "success" } else { "error" }, "ChannelResultList": channels})
    }
}

/// The channel's word. What travels over a bridge goes to a service of the vendor's, which its name begins with.
fn channel(message: &Message) -> &'static str {
    let service = message.key.rsplit('/').find_map(|part| part.strip_prefix("acs:"));
    match (message.medium, service.and_then(|rest| rest.split(':').next())) {
        (Medium::Mail, _) => "MAIL",
        (Medium::Sms, _) => "SMS",
        (Medium::Phone, _) => "ONCALL",
        (Medium::DingTalk, _) => "DING",
        (Medium::Webhook, None) => "WEBHOOK",
        (Medium::Webhook, Some(service)) => match service {
            "mns" => "MNS",
            "log" => "SLS",
            "fc" => "FC",
            "ess" => "ESS",
            _ => "OPENAPI",
        },
    }
}

/// The status that a callback answered with: `HTTP 200` is noted. What never answered counts as a failure.
fn code(message: &Message) -> String {
    let status = message.detail.strip_prefix("HTTP ").and_then(|rest| rest.split_whitespace().next());
    status.unwrap_or("500").to_owned()
}

/// What the gateway said last, or how far the message has come.
fn said(message: &Message, attempts: &[Attempt]) -> String {
    if !message.detail.is_empty() {
        return message.detail.clone();
    }
    match attempts.last() {
        Some(attempt) if !attempt.detail.is_empty() => attempt.detail.clone(),
        Some(attempt) => attempt.outcome.clone(),
        None => message.state.as_str().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use muster_core::Timestamp;
    use muster_notify::Content;

    use super::*;

    fn message(medium: Medium, target: &str, state: MessageState, detail: &str) -> (Message, Vec<Attempt>) {
        let message = Message {
            id: 7,
            key: "alarm/1/2/mail".into(),
            purpose: "alarm".into(),
            contact: Some("Alice".into()),
            medium,
            target: target.into(),
            content: Content::default(),
            state,
            detail: detail.into(),
            attempts: 1,
            next_attempt_at: Timestamp::from_millis(0),
            created_at: Timestamp::from_millis(0),
            finished_at: None,
        };
        (message, Vec::new())
    }

    #[test]
    fn only_what_was_delivered_was_reached() {
        let outcome = Outcome::of(vec![
            message(Medium::Mail, "a@b.c", MessageState::Delivered, "250 ok"),
            message(Medium::Mail, "d@e.f", MessageState::Failed, "550 no such user"),
            message(Medium::Mail, "g@h.i", MessageState::Cancelled, "contact deleted"),
            message(Medium::Webhook, "http://h/", MessageState::Failed, "HTTP 404"),
        ]);
        assert_eq!(outcome.addresses(Medium::Mail), ["a@b.c", "d@e.f"]);
        assert_eq!(outcome.contacts(), ["Alice"]);
        assert_eq!(outcome.reached(), json!([{"Key": "MAIL", "Value": ["a@b.c"]}]));
        assert_eq!(outcome.webhooks(), json!([{"code": "404", "message": "HTTP 404", "url": "http://h/"}]));
        let detail = outcome.detail();
        assert_eq!(detail["ResultCode"], "error");
        assert_eq!(detail["ChannelResultList"][0]["ResultList"][1]["Detail"], "550 no such user");
        assert_eq!(detail["ChannelResultList"][1]["ResultList"][0]["Code"], "404");
    }

    #[test]
    fn bridges_are_channels_of_their_own() {
        let (mut one, attempts) =
            message(Medium::Webhook, "http://bridge/", MessageState::Delivered, "HTTP 200");
        assert_eq!(channel(&one), "WEBHOOK");
        one.key = "alarm/1/acs:mns:cn-hangzhou:1:/queues/q/message".into();
        assert_eq!(channel(&one), "MNS");
        assert_eq!(Outcome::of(vec![(one, attempts)]).webhooks(), json!([]));
    }
}
