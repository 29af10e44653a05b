//! The two JSON texts that say how and whom a group's alarms tell.
//!
//! They are stored as given, byte for byte, because Terraform compares them as text. The one exception is
//! what the original service does as well: a config without `alarmType` gets one when contacts are given.

use muster_core::{Error, Result};
use serde_json::Value;

use crate::job::Contact;

/// How the config names itself in errors.
pub const CONFIG: &str = "monitor config";
/// How the contacts name themselves in errors.
pub const CONTACTS: &str = "monitor contacts";
/// How many people one group may tell.
const MOST_CONTACTS: usize = 100;
const CHANNELS: [&str; 5] = ["ding", "webhook", "sms", "mail", "phone"];

/// Whom a group tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// Contacts of the directory, by name.
    Contacts,
    /// One contact group of the directory, by name.
    ContactGroup,
    /// Addresses given in place.
    Custom,
}

impl Audience {
    fn word(self) -> &'static str {
        match self {
            Self::Contacts => "Contacts",
            Self::ContactGroup => "ContactGroup",
            Self::Custom => "CustomContacts",
        }
    }

    fn from_word(word: &str) -> Option<Self> {
        [Self::Contacts, Self::ContactGroup, Self::Custom]
            .into_iter()
            .find(|audience| audience.word() == word)
    }

    /// What contacts of this shape mean when the config does not say.
    fn of_shape(contacts: &Value) -> Self {
        match contacts {
            Value::Object(_) => Self::ContactGroup,
            Value::Array(items) if items.first().is_some_and(|item| item.get("name").is_some()) => {
                Self::Contacts
            }
            _ => Self::Custom,
        }
    }
}

/// Both texts after the check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Monitor {
    /// The config as it shall be stored.
    pub config: String,
    /// The contacts as they shall be stored.
    pub contacts: String,
    /// Names that the contact directory must know, trimmed: of contacts.
    pub contact_names: Vec<String>,
    /// The same of contact groups.
    pub group_names: Vec<String>,
}

/// Checks both texts together; either may be empty.
///
/// # Errors
/// `Invalid` with the field [`CONFIG`] or [`CONTACTS`]; `Quota` "contacts of an app group".
pub fn check(config: &str, contacts: &str) -> Result<Monitor> {
    let mut monitor = Monitor {
        config: config.to_owned(),
        contacts: contacts.to_owned(),
        contact_names: Vec::new(),
        group_names: Vec::new(),
    };
    let audience = check_config(config)?;
    if contacts.is_empty() {
        return Ok(monitor);
    }
    let people: Value =
        serde_json::from_str(contacts).map_err(|_| Error::invalid(CONTACTS, "it is not valid JSON"))?;
    let shape = Audience::of_shape(&people);
    let (names, count) = check_contacts(audience.unwrap_or(shape), &people)?;
    if count > MOST_CONTACTS {
        return Err(Error::Quota { what: "contacts of an app group", limit: MOST_CONTACTS as u64 });
    }
    // Without a config the contacts have no effect, so nobody is entered into the directory for them.
    if is_blank(config) {
        return Ok(monitor);
    }
    if audience.is_none() {
        monitor.config = with_alarm_type(config, shape);
    }
    match audience.unwrap_or(shape) {
        Audience::Contacts => monitor.contact_names = names,
        Audience::ContactGroup => monitor.group_names = names,
        Audience::Custom => {}
    }
    Ok(monitor)
}

/// Whom a group tells, and how, as the stored texts say it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Audible {
    /// The words of the channels.
    pub(crate) channels: String,
    /// Whether a robot's text calls everybody in the chat.
    pub(crate) at_all: bool,
    /// Contacts of the directory.
    pub(crate) contact_names: Vec<String>,
    /// Contact groups of the directory.
    pub(crate) group_names: Vec<String>,
    /// Addresses given in place.
    pub(crate) custom: Vec<Contact>,
}

/// Reads the stored texts. What cannot be read tells nobody: it was checked when it was stored.
pub(crate) fn audible(config: &str, contacts: &str) -> Audible {
    let Ok(Value::Object(members)) = serde_json::from_str(config) else { return Audible::default() };
    let text =
        |value: &Value, name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let at_all = members.get("webhookIsAtAll");
    let mut audible = Audible {
        channels: members.get("sendChannel").and_then(Value::as_str).unwrap_or_default().to_owned(),
        at_all: at_all.is_some_and(|at_all| at_all.as_bool().unwrap_or(at_all.as_str() == Some("true"))),
        ..Audible::default()
    };
    if contacts.is_empty() {
        return audible;
    }
    let Ok(Monitor { contact_names, group_names, .. }) = check(config, contacts) else { return audible };
    if contact_names.is_empty()
        && group_names.is_empty()
        && let Ok(Value::Array(people)) = serde_json::from_str(contacts)
    {
        let contact = |person: &Value| Contact {
            name: text(person, "userName"),
            phone: text(person, "userPhone"),
            mail: text(person, "userMail"),
            webhook: text(person, "ding"),
        };
        audible.custom = people.iter().map(contact).collect();
    }
    Audible { contact_names, group_names, ..audible }
}

/// Empty, or an object without members.
fn is_blank(config: &str) -> bool {
    let inner = config.trim().strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).unwrap_or(config);
    inner.trim().is_empty()
}

fn check_config(config: &str) -> Result<Option<Audience>> {
    let refuse = |why: &str| Err(Error::invalid(CONFIG, why));
    if config.is_empty() {
        return Ok(None);
    }
    let Ok(Value::Object(members)) = serde_json::from_str(config) else {
        return refuse("it is not a JSON object");
    };
    match members.get("sendChannel") {
        None => {}
        Some(Value::String(channels)) => {
            let unknown =
                channels.split(',').map(str::trim).find(|name| !name.is_empty() && !CHANNELS.contains(name));
            if let Some(channel) = unknown {
                return refuse(&format!("sendChannel names an unknown channel: {channel}"));
            }
        }
        Some(_) => return refuse("sendChannel is not a text"),
    }
    match members.get("webhookIsAtAll") {
        None | Some(Value::Bool(_)) => {}
        Some(Value::String(text)) if matches!(text.as_str(), "true" | "false") => {}
        Some(_) => return refuse("webhookIsAtAll is neither true nor false"),
    }
    match members.get("alarmType") {
        None => Ok(None),
        Some(Value::String(word)) => match Audience::from_word(word) {
            Some(audience) => Ok(Some(audience)),
            None => refuse("alarmType is none of Contacts, ContactGroup and CustomContacts"),
        },
        Some(_) => refuse("alarmType is not a text"),
    }
}

/// The names in the contacts, and how many entries there are.
fn check_contacts(audience: Audience, contacts: &Value) -> Result<(Vec<String>, usize)> {
    let refuse = |why: &str| Err(Error::invalid(CONTACTS, why));
    let entries = match (audience, contacts) {
        (Audience::ContactGroup, Value::Object(_)) => std::slice::from_ref(contacts),
        (_, Value::Array(entries)) => entries.as_slice(),
        (Audience::ContactGroup, _) => return refuse("it is neither an object nor a list"),
        _ => return refuse("it is not a list"),
    };
    let mut names = Vec::new();
    for entry in entries {
        let Value::Object(members) = entry else { return refuse("an entry is not an object") };
        if audience == Audience::Custom {
            let is_text =
                |member: &&str| members.get(*member).is_none_or(|value| value.is_string() || value.is_null());
            if let Some(member) =
                ["userName", "userPhone", "userMail", "ding"].iter().find(|member| !is_text(member))
            {
                return refuse(&format!("{member} is not a text"));
            }
            continue;
        }
        let name = members.get("name").and_then(Value::as_str).map(str::trim).unwrap_or_default();
        if let Err(Error::Invalid { why, .. }) = muster_notify::names::check("name", name) {
            return refuse(&format!("a name {why}"));
        }
        if !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    }
    Ok((names, entries.len()))
}

/// The config with `alarmType` as its last member; the rest stays byte for byte.
fn with_alarm_type(config: &str, audience: Audience) -> String {
    let body = config.trim_end().strip_suffix('}').unwrap_or(config);
    format!("{body},\"alarmType\":\"{}\"}}", audience.word())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(config: &str, contacts: &str) -> Monitor {
        check(config, contacts).unwrap_or_else(|error| panic!("{config} {contacts}: {error}"))
    }

    #[test]
    fn texts_are_kept_byte_for_byte() {
        let config = "{ \"sendChannel\": \"sms,ding\",\"alarmType\": \"Contacts\", \"webhookIsAtAll\": \"false\", \"x\":1 }";
        let monitor =
            checked(config, r#"[ {"name": " Rita Vance "}, {"name":"张三"}, {"name":"Rita Vance"} ]"#);
        assert_eq!(monitor.config, config);
        assert_eq!(monitor.contact_names, ["Rita Vance", "张三"]);
        assert!(monitor.group_names.is_empty());
    }

    #[test]
    fn a_missing_alarm_type_is_appended_by_shape() {
        for (contacts, word) in [
            (r#"{"name":"night-shift"}"#, "ContactGroup"),
            (r#"[{"name":"Rita"}]"#, "Contacts"),
            (r#"[{"userName":"op1","userPhone":"100"}]"#, "CustomContacts"),
            ("[]", "CustomContacts"),
        ] {
            let monitor = checked(r#"{"sendChannel":"sms,ding"}"#, contacts);
            assert_eq!(monitor.config, format!(r#"{{"sendChannel":"sms,ding","alarmType":"{word}"}}"#));
        }
    }

    #[test]
    fn contacts_without_a_config_have_no_effect() {
        for config in ["", "{}", " { } "] {
            let monitor = checked(config, r#"[{"name":"Rita"}]"#);
            assert_eq!((monitor.config.as_str(), monitor.contact_names.len()), (config, 0));
        }
        assert_eq!(checked("", "").contacts, "");
    }

    #[test]
    fn contact_groups_as_object_or_list() {
        let config = r#"{"sendChannel":"sms","alarmType":"ContactGroup"}"#;
        assert_eq!(checked(config, r#"{"name":"night-shift"}"#).group_names, ["night-shift"]);
        assert_eq!(checked(config, r#"[{"name":"a"},{"name":"b"}]"#).group_names, ["a", "b"]);
    }

    #[test]
    fn what_is_refused() {
        for (config, contacts) in [
            ("x", ""),
            ("[]", ""),
            (r#"{"sendChannel":"pigeon"}"#, ""),
            (r#"{"sendChannel":1}"#, ""),
            (r#"{"alarmType":"Everybody"}"#, ""),
            (r#"{"alarmType":1}"#, ""),
            (r#"{"webhookIsAtAll":"maybe"}"#, ""),
            ("", "x"),
            ("", "[1]"),
            ("", r#"{"x":1}"#),
            (r#"{"alarmType":"Contacts"}"#, r#"{"name":"a"}"#),
            (r#"{"alarmType":"Contacts"}"#, r#"[{"userName":"a"}]"#),
            (r#"{"alarmType":"Contacts"}"#, r#"[{"name":"a,b"}]"#),
            (r#"{"alarmType":"ContactGroup"}"#, r#""a""#),
            (r#"{"alarmType":"CustomContacts"}"#, r#"[{"userMail":1}]"#),
        ] {
            assert!(matches!(check(config, contacts), Err(Error::Invalid { .. })), "{config} {contacts}");
        }
    }

    #[test]
    fn a_hundred_contacts_and_no_more() {
        let people = |count: usize| {
            let people: Vec<String> = (0..count).map(|number| format!(r#"{{"name":"p{number}"}}"#)).collect();
            format!("[{}]", people.join(","))
        };
        assert_eq!(checked(r#"{"sendChannel":"sms"}"#, &people(100)).contact_names.len(), 100);
        assert!(matches!(check("", &people(101)), Err(Error::Quota { limit: 100, .. })));
    }
}
