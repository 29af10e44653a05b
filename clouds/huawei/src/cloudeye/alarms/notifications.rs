//! Whom a rule tells, as bodies and answers have it.

use muster_alarms::{Hours, Recipient, RuleSpec, Telling};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::kept::Kept;
use crate::cloudeye::validate;
use crate::request::{Malformed, Object, required};

/// Recipients of one type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Action {
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) list: Vec<String>,
}

/// An action in a body: v2 writes `notification_list`, V1.0 `notificationList`.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct ActionBody {
    #[serde(rename = "type")]
    kind: Option<String>,
    #[serde(alias = "notificationList")]
    notification_list: Option<Vec<String>>,
}

/// Types whose recipients we reach: topics and people. The others are the cloud's own services.
const TOPIC: &str = "notification";
const CONTACT: &str = "contact";
const CONTACT_GROUP: &str = "contactGroup";
const TYPES: [&str; 7] =
    [TOPIC, CONTACT, CONTACT_GROUP, "autoscaling", "groupwatch", "ecsRecovery", "iecAction"];

/// Reads the actions of one kind of message.
pub(crate) fn read_actions(field: &str, actions: Vec<Object<ActionBody>>) -> Result<Vec<Action>, Malformed> {
    validate::count(field, &actions, 0..=20)?;
    let read = |(place, Object(action)): (usize, Object<ActionBody>)| {
        let at = |name: &str| format!("{field}[{place}].{name}");
        let kind = required("notification.type", action.kind)?;
        if !TYPES.contains(&kind.as_str()) {
            return Err(Malformed::field(at("type"), format!("must be one of {}", TYPES.join(", "))));
        }
        let list = action.notification_list.unwrap_or_default();
        validate::count(&at("notification_list"), &list, 0..=20)?;
        for one in &list {
            validate::printable(&at("notification_list"), one, 1..=512)?;
        }
        Ok(Action { kind, list })
    };
    actions.into_iter().enumerate().map(read).collect()
}

fn recipients(actions: &[Action]) -> Vec<Recipient> {
    let bridge = |kind: &String, name: &String| Recipient::Bridge {
        id: kind.clone(),
        name: name.clone(),
        level: None,
    };
    let of = |action: &Action| -> Vec<Recipient> {
        match action.kind.as_str() {
            TOPIC => action.list.iter().cloned().map(Recipient::Topic).collect(),
            CONTACT => action.list.iter().cloned().map(Recipient::Contact).collect(),
            CONTACT_GROUP => action.list.iter().cloned().map(Recipient::ContactGroup).collect(),
            _ if action.list.is_empty() => vec![bridge(&action.kind, &action.kind)],
            _ => action.list.iter().map(|name| bridge(&action.kind, name)).collect(),
        }
    };
    actions.iter().flat_map(of).collect()
}

/// The part of bodies that says who is told and when.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct NotificationsBody {
    pub(crate) notification_enabled: Option<bool>,
    pub(crate) alarm_notifications: Option<Vec<Object<ActionBody>>>,
    pub(crate) ok_notifications: Option<Vec<Object<ActionBody>>>,
    pub(crate) notification_begin_time: Option<String>,
    pub(crate) notification_end_time: Option<String>,
    pub(crate) effective_timezone: Option<String>,
}

/// What is to change about who is told. What is `None` stays.
#[derive(Clone, Debug, Default)]
pub(crate) struct NotificationsPatch {
    pub(crate) on: Option<bool>,
    pub(crate) alarm: Option<Vec<Action>>,
    pub(crate) recovery: Option<Vec<Action>>,
    pub(crate) no_data: Option<Vec<Action>>,
    pub(crate) begin_time: Option<String>,
    pub(crate) end_time: Option<String>,
    pub(crate) timezone: Option<String>,
}

impl NotificationsBody {
    pub(crate) fn read(self) -> Result<NotificationsPatch, Malformed> {
        let actions = |field: &str, actions: Option<Vec<Object<ActionBody>>>| {
            actions
                .map(|actions| {
                    validate::count(field, &actions, 0..=10)?;
                    read_actions(field, actions)
                })
                .transpose()
        };
        let filled = |text: Option<String>| text.filter(|text| !text.is_empty());
        let patch = NotificationsPatch {
            on: self.notification_enabled,
            alarm: actions("alarm_notifications", self.alarm_notifications)?,
            recovery: actions("ok_notifications", self.ok_notifications)?,
            no_data: None,
            begin_time: filled(self.notification_begin_time),
            end_time: filled(self.notification_end_time),
            timezone: filled(self.effective_timezone),
        };
        patch.check_times()?;
        Ok(patch)
    }
}

impl NotificationsPatch {
    pub(crate) fn check_times(&self) -> Result<(), Malformed> {
        for (field, text) in
            [("notification_begin_time", &self.begin_time), ("notification_end_time", &self.end_time)]
        {
            if let Some(text) = text {
                minute(text).ok_or_else(|| Malformed::field(field, "must be of the form HH:mm"))?;
            }
        }
        if let Some(text) = &self.timezone {
            zone(text).ok_or_else(|| {
                Malformed::field("effective_timezone", "must be of the form GMT+08:00, or a zone's name")
            })?;
        }
        Ok(())
    }

    /// Puts it into a rule.
    ///
    /// # Errors
    /// When messages are switched on and nobody is to get them.
    pub(crate) fn apply(self, spec: &mut RuleSpec, kept: &mut Kept) -> muster_core::Result<()> {
        let replace = |place: &mut Vec<Action>, new: Option<Vec<Action>>| {
            if let Some(new) = new {
                *place = new;
            }
        };
        replace(&mut kept.alarm, self.alarm);
        replace(&mut kept.recovery, self.recovery);
        replace(&mut kept.no_data, self.no_data);
        kept.begin_time = self.begin_time.or(kept.begin_time.take());
        kept.end_time = self.end_time.or(kept.end_time.take());
        kept.timezone = self.timezone.or(kept.timezone.take());
        spec.telling = telling(self.on.unwrap_or(spec.telling.on), kept);
        if spec.telling.on && kept.alarm.is_empty() && kept.recovery.is_empty() {
            let why = "need at least one recipient when messages are switched on";
            return Err(muster_core::Error::invalid("alarm_notifications and ok_notifications", why));
        }
        // Without recipients of their own, times without data are nobody's business.
        if let muster_alarms::NoData::Unknown { told, .. } = &mut spec.no_data {
            *told = !kept.no_data.is_empty();
        }
        Ok(())
    }
}

fn telling(on: bool, kept: &Kept) -> Telling {
    let hours = match (kept.begin_time.as_deref().and_then(minute), kept.end_time.as_deref().and_then(minute))
    {
        (None, None) => Vec::new(),
        (begin, end) => vec![Hours {
            from_minute: begin.unwrap_or(0),
            to_minute: end.unwrap_or(24 * 60 - 1),
            zone: kept.timezone.as_deref().and_then(zone),
        }],
    };
    Telling {
        on,
        alarm: recipients(&kept.alarm),
        recovery: recipients(&kept.recovery),
        recovery_is_silent: kept.recovery.is_empty(),
        hours,
        falls_told: true,
        ..Telling::default()
    }
}

/// `HH:mm`, also with seconds, as minutes after midnight.
fn minute(text: &str) -> Option<u16> {
    let mut parts = text.split(':');
    let mut number = |most: u16| -> Option<u16> {
        let part =
            parts.next().filter(|part| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit()))?;
        part.parse::<u16>().ok().filter(|number| *number <= most)
    };
    let (hour, minute) = (number(23)?, number(59)?);
    let rest: Vec<&str> = parts.collect();
    let whole = matches!(rest[..], [] | ["00" | "59"]);
    whole.then_some(hour * 60 + minute)
}

/// `GMT+08:00` as `+08:00`, or the name of a zone.
fn zone(text: &str) -> Option<String> {
    let offset = text.strip_prefix("GMT").or_else(|| text.strip_prefix("UTC"));
    match offset {
        Some("") => Some("+00:00".to_owned()),
        Some(offset) => {
            let rest = offset.strip_prefix(['+', '-'])?;
            minute(rest).filter(|minutes| *minutes <= 14 * 60 && rest.len() == 5).map(|_| offset.to_owned())
        }
        None => jiff::tz::TimeZone::get(text).ok().map(|_| text.to_owned()),
    }
}

/// Actions as v2 writes them.
pub(crate) fn write_actions(actions: &[Action]) -> Vec<Value> {
    actions.iter().map(|one| json!({"type": one.kind, "notification_list": one.list})).collect()
}

/// Actions as V1.0 writes them.
pub(crate) fn write_actions_v1(actions: &[Action]) -> Vec<Value> {
    actions.iter().map(|one| json!({"type": one.kind, "notificationList": one.list})).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_a_day_and_zones() {
        for (text, expected) in [
            ("00:00", Some(0)),
            ("23:59", Some(1439)),
            ("08:30:00", Some(510)),
            ("24:00", None),
            ("8:30", None),
            ("+8:30", None),
            ("08:60", None),
            ("", None),
        ] {
            assert_eq!(minute(text), expected, "{text}");
        }
        for (text, expected) in [
            ("GMT+08:00", Some("+08:00")),
            ("GMT-03:30", Some("-03:30")),
            ("GMT", Some("+00:00")),
            ("Asia/Shanghai", Some("Asia/Shanghai")),
            ("GMT+8", None),
            ("GMT08:00", None),
            ("GMT+99:00", None),
            ("Nowhere/Land", None),
        ] {
            assert_eq!(zone(text).as_deref(), expected, "{text}");
        }
    }
}
