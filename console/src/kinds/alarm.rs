//! Whom a SchedulerX application group tells: the two JSON texts of the API as questions of a form.

use muster_core::{Error, Result};
use serde_json::{Value as Json, json};

use super::{contacts, link};
use crate::cx::Cx;
use crate::input::Input;
use crate::view::form::{Field, Group};
use crate::view::listing::Choice;
use crate::view::object::Section;
use crate::view::{Column, Row, State, Table, Tone, Value};

const CHANNELS: [&str; 4] = ["mail", "sms", "phone", "ding"];
const AUDIENCES: [&str; 3] = ["", CONTACTS, CONTACT_GROUP];
const CONTACTS: &str = "Contacts";
const CONTACT_GROUP: &str = "ContactGroup";
const CUSTOM: &str = "CustomContacts";

/// What both texts mean.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Alarm {
    channels: Vec<String>,
    /// The vendor's word for who is told; empty for nobody.
    audience: String,
    names: Vec<String>,
    /// How many addresses were given in place.
    given: usize,
}

impl Alarm {
    /// Reads the texts as they are stored. What is not understood counts as absent.
    pub(super) fn read(config: &str, contacts: &str) -> Self {
        let config: Json = serde_json::from_str(config).unwrap_or_default();
        let contacts: Json = serde_json::from_str(contacts).unwrap_or_default();
        let channels = config["sendChannel"].as_str().unwrap_or_default();
        let name = |entry: &Json| entry["name"].as_str().map(|name| name.trim().to_owned());
        Self {
            channels: CHANNELS
                .into_iter()
                .filter(|known| channels.split(',').any(|channel| channel_word(channel.trim()) == *known))
                .map(str::to_owned)
                .collect(),
            audience: config["alarmType"].as_str().unwrap_or_default().to_owned(),
            names: match &contacts {
                Json::Array(entries) => entries.iter().filter_map(name).collect(),
                entry => name(entry).into_iter().collect(),
            },
            given: match (config["alarmType"].as_str(), &contacts) {
                (Some(CUSTOM), Json::Array(entries)) => entries.len(),
                _ => 0,
            },
        }
    }

    /// Reads a form.
    pub(super) fn asked(input: &Input) -> Self {
        let audience = input.get("audience");
        Self {
            channels: CHANNELS
                .into_iter()
                .filter(|known| !audience.is_empty() && input.all("channel").any(|channel| channel == *known))
                .map(str::to_owned)
                .collect(),
            audience: audience.to_owned(),
            names: if audience.is_empty() {
                Vec::new()
            } else {
                input.lines("names").map(str::to_owned).collect()
            },
            given: 0,
        }
    }

    /// Whether both are addresses given in place, which the form shows and does not change.
    pub(super) fn keeps_custom(&self, before: &Self) -> bool {
        self.audience == CUSTOM && before.audience == CUSTOM
    }

    /// Whether the contact group `name` is told.
    pub(super) fn tells_group(&self, name: &str) -> bool {
        self.audience == CONTACT_GROUP && self.names.iter().any(|told| told == name)
    }

    /// The API's `MonitorConfigJson`.
    pub(super) fn config(&self) -> String {
        if self.audience.is_empty() {
            return String::new();
        }
        json!({"sendChannel": self.channels.join(","), "alarmType": self.audience}).to_string()
    }

    /// The API's `MonitorContactsJson`.
    pub(super) fn contacts(&self) -> String {
        let entries: Vec<Json> = self.names.iter().map(|name| json!({"name": name})).collect();
        match (self.audience.as_str(), entries.as_slice()) {
            ("", _) => String::new(),
            (CONTACT_GROUP, [one]) => one.to_string(),
            _ => Json::Array(entries).to_string(),
        }
    }

    /// Who would be told now, and whether a message would reach them.
    pub(super) fn recipients(&self, cx: &mut Cx<'_, '_>) -> Result<Section> {
        let mut rows = Vec::new();
        for name in &self.names {
            if self.audience == CONTACT_GROUP {
                rows.extend(self.group_rows(cx, name)?);
            } else {
                rows.push(person(cx, name, "")?);
            }
        }
        let lead = if self.audience.is_empty() {
            String::new()
        } else if self.channels.is_empty() {
            cx.t("alarm.no-channel")
        } else {
            let words: Vec<String> =
                self.channels.iter().map(|word| cx.t(&format!("alarm.{word}"))).collect();
            cx.lang.fill("alarm.through", &[&words.join(" · ")])
        };
        let title = cx.t("alarm.recipients");
        let empty = match self.audience.as_str() {
            CUSTOM => cx.lang.fill("alarm.custom-recipients", &[&self.given.to_string()]),
            _ => cx.t("alarm.silent"),
        };
        Ok(Section {
            id: "recipients",
            title: title.clone(),
            lead,
            table: Table {
                caption: title,
                columns: vec![Column::new(cx.t("object.name")), Column::new(cx.t("contacts.reach"))],
                rows,
            },
            empty,
            ..Section::default()
        })
    }

    fn group_rows(&self, cx: &mut Cx<'_, '_>, group: &str) -> Result<Vec<Row>> {
        let members = match cx.services.notify.get_contact_group(cx.tx, cx.caller, group) {
            Ok(found) => found.members,
            Err(Error::NotFound { .. }) => Vec::new(),
            Err(failure) => return Err(failure),
        };
        let state = match members.is_empty() {
            true => State::new(Tone::Warning, cx.t("contact-groups.nobody")),
            false => State::new(Tone::Good, cx.lang.count("contacts.count", members.len() as u64)),
        };
        let mut rows = vec![Row::from(vec![
            Value::Named(link("contact-groups", group, group), cx.t("contact-groups.one")),
            Value::State(state),
        ])];
        for member in members {
            rows.push(person(cx, &member, group)?);
        }
        Ok(rows)
    }

    /// The fields of a form, filled in.
    pub(super) fn fill(self, values: Input) -> Input {
        let values = values.with("audience", self.audience).with("names", self.names.join("\n"));
        self.channels.into_iter().fold(values, |values, channel| values.with("channel", channel))
    }

    /// The questions.
    pub(super) fn group(cx: &Cx<'_, '_>, values: &Input) -> Group {
        let chosen = values.get("audience");
        let mut audiences: Vec<Choice> = AUDIENCES
            .map(|word| {
                let key = match word {
                    CONTACTS => "alarm.contacts",
                    CONTACT_GROUP => "alarm.contact-group",
                    _ => "alarm.nobody",
                };
                Choice::new(word, cx.t(key), word == chosen)
            })
            .to_vec();
        if chosen == CUSTOM {
            audiences.push(Choice::new(CUSTOM, cx.t("alarm.custom"), true));
        }
        let channels = CHANNELS
            .map(|word| {
                let ticked = values.all("channel").any(|channel| channel == word);
                Choice::new(word, cx.t(&format!("alarm.{word}")), ticked)
            })
            .to_vec();
        Group {
            title: cx.t("alarm.title"),
            hint: cx.t("alarm.hint"),
            fields: vec![
                Field::select("audience", cx.t("alarm.audience"), audiences),
                Field::area("names", cx.t("alarm.names"), values.get("names")).hint(cx.t("alarm.names-hint")),
                Field::checks("channel", cx.t("alarm.channels"), channels),
            ],
            ..Group::default()
        }
    }
}

/// A person, and whether a message would reach it.
fn person(cx: &mut Cx<'_, '_>, name: &str, group: &str) -> Result<Row> {
    let state = match cx.services.notify.get_contact(cx.tx, cx.caller, name) {
        Ok(contact) => contacts::reach(cx, &contact),
        Err(Error::NotFound { .. }) => State::new(Tone::Warning, cx.t("contact-groups.unknown")),
        Err(failure) => return Err(failure),
    };
    let below = if group.is_empty() { String::new() } else { cx.lang.fill("alarm.of-group", &[group]) };
    Ok(Row::from(vec![Value::Named(link("contacts", name, name), below), Value::State(state)]))
}

/// The API has two words for a robot.
fn channel_word(word: &str) -> &str {
    if word == "webhook" { "ding" } else { word }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_form_asks_is_read_back_the_same() {
        let input = Input::parse(b"audience=ContactGroup&names=night-shift&channel=sms&channel=mail");
        let alarm = Alarm::asked(&input);
        assert_eq!(alarm.contacts(), r#"{"name":"night-shift"}"#);
        assert_eq!(alarm.config(), r#"{"sendChannel":"mail,sms","alarmType":"ContactGroup"}"#);
        assert_eq!(Alarm::read(&alarm.config(), &alarm.contacts()), alarm);
    }

    #[test]
    fn nobody_is_two_empty_texts() {
        let alarm = Alarm::asked(&Input::parse(b"audience=&names=x&channel=sms"));
        assert_eq!((alarm.config(), alarm.contacts()), (String::new(), String::new()));
        assert_eq!(Alarm::read("", ""), alarm);
    }

    #[test]
    fn spelling_does_not_matter_to_the_meaning() {
        let terraform =
            r#"{ "sendChannel": "webhook, mail","alarmType": "Contacts", "webhookIsAtAll": "false" }"#;
        let ours = Alarm::asked(&Input::parse(b"audience=Contacts&names=Rita&channel=mail&channel=ding"));
        assert_eq!(Alarm::read(terraform, r#"[ {"name": " Rita "} ]"#), ours);
    }
}
