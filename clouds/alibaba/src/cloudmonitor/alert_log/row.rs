//! A row of the log.

use muster_alarms::telling::Facts;
use muster_alarms::{Delivery, Episode, Level, Notice, NoticeKind, Policy, Recipient, Rule, State};
use muster_metrics::Sample;
use muster_notify::Medium;

use serde_json::{Value, json};

use super::outcome::{self, Outcome};
use crate::cloudmonitor::notification::Notification;
use crate::cloudmonitor::rules::kept::Kept;
use crate::cloudmonitor::rules::{expression, record, words};

/// The policy whose alarm it was, as it was then.
pub(super) fn policy(episode: &Episode) -> Option<&Policy> {
    let policies = &episode.rule.spec.policies;
    policies.iter().find(|policy| policy.id == episode.policy_id).or_else(|| policies.first())
}

/// The application group of the rule.
pub(super) fn group_id(episode: &Episode) -> Option<i64> {
    record::group_id(&episode.rule.spec, &Kept::of(&episode.rule.spec))
}

/// The contact groups that a rule names for this kind of notice.
pub(super) fn contact_groups(rule: &Rule, kind: NoticeKind) -> Vec<&str> {
    let telling = &rule.spec.telling;
    let recipients = if kind == NoticeKind::Recovered { &telling.recovery } else { &telling.alarm };
    recipients
        .iter()
        .filter_map(|recipient| match recipient {
            Recipient::ContactGroup(name) => Some(name.as_str()),
            _ => None,
        })
        .collect()
}

/// The level that a notice is about: that of the alarm, also where it is over.
pub(super) fn level(notice: &Notice, episode: &Episode) -> Level {
    match (notice.after, notice.before) {
        (State::Alarm(level), _) | (_, State::Alarm(level)) => level,
        _ => episode.level,
    }
}

/// A notice with its messages.
pub(super) fn written(
    notice: &Notice,
    episode: &Episode,
    messages: &Outcome,
    group_name: Option<&str>,
    region: &str,
) -> Value {
    let (rule, spec) = (&episode.rule, &episode.rule.spec);
    let kept = Kept::of(spec);
    let level = level(notice, episode);
    let (text, times) =
        policy(episode).map(|policy| expression::text(policy, &kept, level)).unwrap_or_default();
    let subject = record::subject_name(spec);
    let is_event = policy(episode).is_some_and(|policy| policy.subject.is_event());
    let dimensions: Vec<Value> =
        episode.dimensions.iter().map(|(name, value)| json!({"Key": name, "Value": value})).collect();
    let instance = record::instance(&episode.dimensions);
    let (mask_id, mask_name) = match &notice.delivery {
        Delivery::Masked { key, name, .. } => (key.as_str(), name.as_str()),
        _ => ("", ""),
    };
    let message = policy(episode).map_or_else(String::new, |policy| {
        let facts = Facts {
            rule,
            policy,
            dimensions: &episode.dimensions,
            episode_id: episode.id,
            notice_id: notice.id,
            kind: notice.kind,
            before: notice.before,
            after: notice.after,
            level,
            point: notice.value.map(|value| Sample { at: notice.at, value }),
            began_at: episode.began_at,
            at: notice.at,
        };
        Notification::of(&facts, region, group_name).as_json().to_string()
    });
    let robots = messages.addresses(Medium::DingTalk);
    json!({
        "LogId": notice.id.to_string(),
        "AlertTime": notice.at.millis().to_string(),
        "RuleId": rule.key,
        "RuleName": spec.name,
        "MetricName": if is_event { "" } else { subject },
        "EventName": if is_event { subject } else { "" },
        "Namespace": spec.namespace,
        "Product": record::product(&spec.namespace).to_uppercase(),
        "GroupId": record::group_id(spec, &kept).map_or_else(String::new, |id| id.to_string()),
        "GroupName": group_name.unwrap_or_default(),
        "InstanceId": instance,
        "InstanceName": instance,
        "Dimensions": dimensions,
        "Level": words::state_code(notice.after),
        "LevelChange": format!("{}->{}", words::state_code(notice.before), words::state_code(notice.after)),
        "SendStatus": outcome::status(&notice.delivery).to_string(),
        "Escalation": {"Expression": text, "Level": words::level_code(level), "Times": times},
        "ContactGroups": contact_groups(rule, notice.kind),
        "ContactMailList": messages.addresses(Medium::Mail),
        "ContactSMSList": messages.addresses(Medium::Sms),
        "ContactOnCallList": messages.addresses(Medium::Phone),
        "ContactDingList": robots,
        "ContactALIIWWList": [],
        "DingdingWebhookList": robots,
        "WebhookList": messages.webhooks(),
        "SendDetail": messages.detail(),
        "SendResultList": messages.reached(),
        "ExtendedInfo": [{"Name": "userId", "Value": rule.account_id}],
        "Message": message,
        "BlackListUUID": mask_id,
        "BlackListName": mask_name,
        "BlackListDetail": "",
    })
}
