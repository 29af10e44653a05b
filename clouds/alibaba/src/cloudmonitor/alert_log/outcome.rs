//! What became of a notice: its status, and each of its messages by channel.

use std::collections::BTreeMap;

use muster_alarms::{Delivery, Episode, Gap, Level, Notice, NoticeKind, Recipient};
use muster_notify::{Attempt, Medium, Message, MessageState};
use serde_json::{Value, json};

use super::row;

/// `SendStatus`: 0 told, 1 outside of the rule's hours, 2 too soon after the last message, 4 not told.
pub(super) fn status(delivery: &Delivery) -> i64 {
    match delivery {
        Delivery::Told => 0,
        Delivery::Gap(Gap::Hours) => 1,
        Delivery::Gap(Gap::Repeat) => 2,
        Delivery::Masked { .. } | Delivery::Nobody => 4,
    }
}

/// The messages that one notice led to, each with its channel, and what in the vendor's cloud it could not reach.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    messages: Vec<(Message, Vec<Attempt>, &'static str)>,
    unbridged: Vec<(&'static str, String)>,
}

/// Whether it left this server.
fn is_delivered(message: &Message) -> bool {
    message.state == MessageState::Delivered
}

impl Outcome {
    pub(super) fn of(messages: Vec<(Message, Vec<Attempt>)>, notice: &Notice, episode: &Episode) -> Self {
        let telling = &episode.rule.spec.telling;
        let heard = if notice.kind == NoticeKind::Recovered { &telling.recovery } else { &telling.alarm };
        let bridges: Vec<(&str, &str, Option<Level>)> = heard
            .iter()
            .filter_map(|recipient| match recipient {
                Recipient::Bridge { id, name, level } => Some((id.as_str(), name.as_str(), *level)),
                _ => None,
            })
            .collect();
        let is_of = |message: &Message, id: &str| message.key.ends_with(&format!("/bridge/{id}"));
        let mut outcome = Self::default();
        let was_told = matches!(notice.delivery, Delivery::Told | Delivery::Nobody);
        let level = row::level(notice, episode);
        for (id, arn, only) in bridges.iter().filter(|_| was_told) {
            let is_meant = only.is_none_or(|only| only == level);
            if is_meant && messages.iter().all(|(message, _)| !is_of(message, id)) {
                outcome.unbridged.push((service(arn), (*arn).to_owned()));
            }
        }
        for (message, attempts) in messages {
            let arn = bridges.iter().find(|(id, ..)| is_of(&message, id)).map(|(_, arn, _)| *arn);
            let channel = channel(message.medium, arn);
            outcome.messages.push((message, attempts, channel));
        }
        outcome
    }

    /// The addresses that the notice was sent to by a medium, whatever became of it. What a rule silenced, or what was
    /// withdrawn because its contact was removed, was not sent.
    pub(super) fn addresses(&self, medium: Medium) -> Vec<&str> {
        let sent = |message: &Message| {
            message.medium == medium
                && !matches!(message.state, MessageState::Cancelled | MessageState::Silenced)
        };
        let messages = self.messages.iter().map(|(message, ..)| message);
        messages.filter(|message| sent(message)).map(|message| message.target.as_str()).collect()
    }

    /// The contacts that it was sent to.
    pub(super) fn contacts(&self) -> Vec<&str> {
        let mut contacts: Vec<&str> =
            self.messages.iter().filter_map(|(message, ..)| message.contact.as_deref()).collect();
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
                .messages
                .iter()
                .filter(|(message, ..)| message.medium == medium && is_delivered(message))
                .map(|(message, ..)| message.target.as_str())
                .collect();
            (!to.is_empty()).then(|| json!({"Key": key, "Value": to}))
        };
        Value::Array(keys.into_iter().filter_map(reached).collect())
    }

    /// `WebhookList`: what the callbacks answered.
    pub(super) fn webhooks(&self) -> Value {
        let callbacks = self.messages.iter().filter(|(_, _, channel)| *channel == WEBHOOK);
        let webhook = |(message, attempts, _): &(Message, Vec<Attempt>, &str)| json!({"code": code(message), "message": said(message, attempts), "url": message.target});
        Value::Array(callbacks.map(webhook).collect())
    }

    /// `SendDetail`: every message by its channel, with what the gateway said.
    pub(super) fn detail(&self) -> Value {
        let mut channels: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
        for (message, attempts, channel) in &self.messages {
            let code = if *channel == WEBHOOK { code(message) } else { String::new() };
            channels.entry(channel).or_default().push(json!({
                "Code": code,
                "Detail": said(message, attempts),
                "RequestId": message.id.to_string(),
                "Success": is_delivered(message),
                "notifyTargetList": [message.target],
            }));
        }
        for (channel, arn) in &self.unbridged {
            channels.entry(channel).or_default().push(json!({
                "Code": "",
                "Detail": "no bridge",
                "RequestId": "",
                "Success": false,
                "notifyTargetList": [arn],
            }));
        }
        let all_well =
            self.unbridged.is_empty() && self.messages.iter().all(|(message, ..)| is_delivered(message));
        let channels: Vec<Value> = channels
            .into_iter()
            .map(|(channel, results)| json!({"Channel": channel, "ResultList": results}))
            .collect();
        json!({"ResultCode": if all_well { "success" } else { "error" }, "ChannelResultList": channels})
    }
}

/// The word for calls to a rule's own address.
const WEBHOOK: &str = "WEBHOOK";

/// The channel's word. What travels over a bridge goes to a service of the vendor's, which its name tells.
fn channel(medium: Medium, arn: Option<&str>) -> &'static str {
    match medium {
        Medium::Mail => "MAIL",
        Medium::Sms => "SMS",
        Medium::Phone => "ONCALL",
        Medium::DingTalk => "DING",
        Medium::Webhook => arn.map_or(WEBHOOK, service),
    }
}

/// The word for the service that a name such as `acs:mns:cn-hangzhou:1:/queues/q/message` belongs to.
fn service(arn: &str) -> &'static str {
    match arn.split(':').nth(1) {
        Some("mns") => "MNS",
        Some("log") => "SLS",
        Some("fc") => "FC",
        Some("ess") => "ESS",
        _ => "OPENAPI",
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
    use std::sync::Arc;

    use muster_alarms::{Ending, Origin, Rule, RuleSpec, State, Telling};
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

    fn outcome(messages: Vec<(Message, Vec<Attempt>)>, targets: &[(&str, &str)]) -> Outcome {
        let at = Timestamp::from_millis(0);
        let bridge = |(id, arn): &(&str, &str)| Recipient::Bridge {
            id: (*id).to_owned(),
            name: (*arn).to_owned(),
            level: None,
        };
        let telling = Telling { alarm: targets.iter().map(bridge).collect(), ..Telling::default() };
        let rule = Rule {
            id: 1,
            origin: Origin::CloudMonitor,
            account_id: "a".into(),
            project_id: "p".into(),
            key: "r".into(),
            enabled: true,
            spec: RuleSpec { telling, ..RuleSpec::default() },
            created_at: at,
            updated_at: at,
        };
        let episode = Episode {
            id: 2,
            rule: Arc::new(rule),
            policy_id: 3,
            dimensions: Vec::new(),
            level: Level::Critical,
            ending: Ending::Open,
            masked: false,
            began_at: at,
            last_at: at,
            ended_at: None,
            updated_at: at,
            points: Vec::new(),
            event_id: None,
        };
        let notice = Notice {
            id: 4,
            episode_id: 2,
            kind: NoticeKind::Began,
            before: State::Ok,
            after: State::Alarm(Level::Critical),
            value: None,
            delivery: Delivery::Told,
            key: "alarm/2/4".into(),
            at,
        };
        Outcome::of(messages, &notice, &episode)
    }

    #[test]
    fn only_what_was_delivered_was_reached() {
        let messages = vec![
            message(Medium::Mail, "a@b.c", MessageState::Delivered, "250 ok"),
            message(Medium::Mail, "d@e.f", MessageState::Failed, "550 no such user"),
            message(Medium::Mail, "g@h.i", MessageState::Cancelled, "contact deleted"),
            message(Medium::Webhook, "http://h/", MessageState::Failed, "HTTP 404"),
        ];
        let outcome = outcome(messages, &[]);
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
    fn bridges_are_channels_of_their_own_and_missing_ones_are_told() {
        let (mut one, attempts) =
            message(Medium::Webhook, "http://bridge/", MessageState::Delivered, "HTTP 200");
        one.key = "alarm/2/4/bridge/t1".into();
        let targets =
            [("t1", "acs:mns:cn-hangzhou:1:/queues/q/message"), ("t2", "acs:fc:cn-hangzhou:1:services/s")];
        let outcome = outcome(vec![(one, attempts)], &targets);
        assert_eq!(outcome.webhooks(), json!([]));
        let detail = outcome.detail();
        let channel = |place: usize| {
            let channel = &detail["ChannelResultList"][place];
            (channel["Channel"].clone(), channel["ResultList"][0]["Detail"].clone())
        };
        assert_eq!(channel(0), (json!("FC"), json!("no bridge")));
        assert_eq!(channel(1), (json!("MNS"), json!("HTTP 200")));
    }
}
