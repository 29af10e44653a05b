//! Contacts: people with their channels.

use std::collections::HashSet;

use muster_core::{PageRequest, Result};
use muster_notify::{
    Channel, ChannelKind, ChannelState, Contact, ContactFilter, Lang as ContactLang, MessageFilter,
    PutContact,
};

use super::{COUNT_TO, Doing, Found, Going, Hit, Kind, Made, Verb, Wanted, action, link};
use crate::calls::{self, AlibabaApi, Param};
use crate::cx::Cx;
use crate::frame::Heading;
use crate::input::Input;
use crate::pages::messages;
use crate::view::form::{Field, Group};
use crate::view::listing::Choice;
use crate::view::object::{Object, Section};
use crate::view::{Button, Call, Cloud, Column, Fact, Link, Row, State, Table, Tone, Value};

pub(super) struct Contacts;

pub(crate) const SLUG: &str = "contacts";
const KIND: &str = "contact";
/// Messages that a contact's page shows before it refers to the outbox.
const MESSAGES: u32 = 10;

impl Kind for Contacts {
    fn slug(&self) -> &'static str {
        SLUG
    }

    fn heading(&self) -> Heading {
        Heading::People
    }

    fn cloud(&self) -> Cloud {
        Cloud::CloudMonitor
    }

    fn doing(&self, verb: Verb) -> Option<Doing> {
        let (operation, permission) = match verb {
            Verb::List | Verb::Show => ("DescribeContactList", "cms:DescribeContactList"),
            Verb::Create | Verb::Update => ("PutContact", "cms:PutContact"),
            Verb::Delete => ("DeleteContact", "cms:DeleteContact"),
            Verb::Act("activate") => ("ActivateChannel", "cms:PutContact"),
            Verb::Act("test") => ("TestContact", "cms:PutContact"),
            Verb::Act(_) => return None,
        };
        Some(Doing { operation, permission })
    }

    fn actions(&self) -> &'static [&'static str] {
        &["activate", "test"]
    }

    fn subject(&self, id: &str) -> (&'static str, String) {
        (KIND, id.to_owned())
    }

    fn columns(&self, cx: &Cx<'_, '_>) -> Vec<Column> {
        vec![
            Column::new(cx.t("object.name")),
            Column::new(cx.t("contacts.reach")),
            Column::new(cx.t("contact-groups.title")),
            Column::new(cx.t("object.changed")),
        ]
    }

    fn rows(&self, cx: &mut Cx<'_, '_>, wanted: &Wanted<'_>) -> Result<Found> {
        let found = matching(cx, wanted)?;
        let place = |contact: &Contact| (contact.created_at, contact.name.clone());
        Found::browsed(wanted, found, place, |contact| Ok(row(cx, contact)))
    }

    fn count(&self, cx: &mut Cx<'_, '_>) -> Result<u64> {
        cx.services.notify.count_contacts(cx.tx, cx.caller, COUNT_TO)
    }

    fn search(&self, cx: &mut Cx<'_, '_>, text: &str, limit: u32) -> Result<Vec<Hit>> {
        let found = matching(cx, &Wanted::first(text, limit))?;
        let hit = |contact: Contact| Hit {
            id: contact.name.clone(),
            name: contact.name,
            below: contact.description,
        };
        Ok(found.into_iter().map(hit).collect())
    }

    fn show(&self, cx: &mut Cx<'_, '_>, id: &str) -> Result<Object> {
        let contact = cx.services.notify.get_contact(cx.tx, cx.caller, id)?;
        let sections = vec![channels(cx, &contact), outbox(cx, &contact)?];
        let groups = contact.groups.iter().map(|name| link("contact-groups", name, name)).collect();
        let mut buttons = Vec::new();
        if contact.channels.iter().any(|channel| channel.state == ChannelState::Active) {
            buttons.push(Button {
                text: cx.t("contacts.test"),
                action: action(SLUG, id, "test"),
                hidden: Vec::new(),
                about: String::new(),
            });
        }
        Ok(Object {
            state: Some(reach(cx, &contact)),
            buttons,
            facts: vec![
                Fact::new(cx.t("contacts.lang"), Value::Text(cx.t(lang_key(contact.lang)))),
                Fact::new(cx.t("contact-groups.title"), Value::links(groups)),
                Fact::new(cx.t("object.created"), cx.time(contact.created_at)),
                Fact::new(cx.t("object.changed"), cx.time(contact.updated_at)),
            ],
            sections,
            note: contact.description,
            id: contact.name.clone(),
            name: contact.name,
            ..Object::default()
        })
    }

    fn blank(&self, query: &Input) -> Input {
        Input::default().with("name", query.get("name")).with("lang", "")
    }

    fn filled(&self, cx: &mut Cx<'_, '_>, id: &str) -> Result<Input> {
        let contact = cx.services.notify.get_contact(cx.tx, cx.caller, id)?;
        let values = Input::default()
            .with("name", contact.name)
            .with("description", contact.description)
            .with("lang", contact.lang.as_str());
        let channels = contact.channels.into_iter();
        Ok(channels.fold(values, |values, channel| values.with(channel.kind.as_str(), channel.value)))
    }

    fn form(&self, cx: &mut Cx<'_, '_>, id: Option<&str>, values: &Input) -> Result<Vec<Group>> {
        let name = match id {
            Some(name) => Field::fixed("name", cx.t("object.name"), name),
            None => Field::line("name", cx.t("object.name"), values.get("name")).required().max(64),
        };
        let chosen = match ContactLang::parse(values.get("lang")) {
            Some(lang) => lang,
            None => cx.services.notify.default_lang(),
        };
        let langs = [ContactLang::En, ContactLang::ZhCn]
            .map(|lang| Choice::new(lang.as_str(), cx.t(lang_key(lang)), lang == chosen));
        let fields = vec![
            name,
            Field::line("description", cx.t("object.description"), values.get("description")),
            Field::select("lang", cx.t("contacts.lang"), langs.to_vec()),
        ];
        let channels = ChannelKind::ALL.map(|kind| {
            let field = Field::line(kind.as_str(), cx.t(kind_key(kind)), values.get(kind.as_str())).max(1024);
            match kind {
                ChannelKind::Mail => field.hint(cx.t("contacts.mail-hint")),
                ChannelKind::Sms => field.hint(cx.t("contacts.sms-hint")),
                ChannelKind::DingTalk => field.hint(cx.t("contacts.dingtalk-hint")),
                ChannelKind::AliIm => field.hint(cx.t("contacts.aliim-hint")),
            }
        });
        let channels = Group {
            title: cx.t("contacts.channels"),
            hint: cx.t("contacts.channels-hint"),
            fields: channels.to_vec(),
            ..Group::default()
        };
        Ok(vec![Group { fields, ..Group::default() }, channels])
    }

    fn create(&self, cx: &mut Cx<'_, '_>, input: &Input) -> Result<Made> {
        let name = input.get("name").to_owned();
        // The API puts; a person who makes somebody new does not want to overwrite somebody known.
        let filter = ContactFilter { name: Some(name.clone()), ..ContactFilter::default() };
        let page = PageRequest { offset: 0, limit: 1 };
        if cx.services.notify.list_contacts(cx.tx, cx.caller, &filter, page)?.total > 0 {
            return Err(muster_core::Error::already_exists(KIND, name));
        }
        put(cx, &name, input)?;
        Ok(Made { id: name.clone(), name })
    }

    fn update(&self, cx: &mut Cx<'_, '_>, id: &str, input: &Input) -> Result<()> {
        cx.services.notify.get_contact(cx.tx, cx.caller, id)?;
        put(cx, id, input)
    }

    fn going(&self, cx: &mut Cx<'_, '_>, id: &str) -> Result<Going> {
        let contact = cx.services.notify.get_contact(cx.tx, cx.caller, id)?;
        let mut consequences = vec![cx.t("contacts.delete-silent")];
        if !contact.groups.is_empty() {
            let groups = contact.groups.join(", ");
            consequences.push(cx.lang.fill("contacts.delete-groups", &[&groups]));
        }
        Ok(Going { name: contact.name, consequences, fields: Vec::new() })
    }

    fn delete(&self, cx: &mut Cx<'_, '_>, id: &str, _input: &Input) -> Result<()> {
        cx.services.notify.delete_contact(cx.tx, cx.caller, id)
    }

    fn act(&self, cx: &mut Cx<'_, '_>, id: &str, action: &str, input: &Input) -> Result<()> {
        let service = &cx.services.notify;
        match (action, ChannelKind::parse(input.get("channel"))) {
            ("activate", Some(kind)) => service.activate_channel(cx.tx, cx.caller, id, kind),
            ("test", _) => service.test_contact(cx.tx, cx.caller, id).map(drop),
            _ => Err(muster_core::Error::not_found("channel", input.get("channel"))),
        }
    }

    fn calls(&self, cx: &mut Cx<'_, '_>, verb: Verb, id: Option<&str>) -> Result<Vec<Call>> {
        let name = id.unwrap_or("Rita Vance").to_owned();
        let mut params: Vec<Param<'_>> = vec![("ContactName", name)];
        match (verb, id) {
            (Verb::Update, Some(id)) => {
                let contact = cx.services.notify.get_contact(cx.tx, cx.caller, id)?;
                params.push(("Describe", contact.description));
                for channel in contact.channels {
                    params.push((wire_name(channel.kind), channel.value));
                }
            }
            (Verb::Create, _) => {
                params.push(("Describe", "on call".to_owned()));
                params.push(("Channels.Mail", "rita@example.com".to_owned()));
            }
            _ => {}
        }
        let operation = self.doing(verb).map_or("DescribeContactList", |doing| doing.operation);
        Ok(calls::alibaba(cx.place, AlibabaApi::CloudMonitor, operation, &params))
    }
}

fn put(cx: &mut Cx<'_, '_>, name: &str, input: &Input) -> Result<()> {
    let put = PutContact {
        name: name.to_owned(),
        description: input.get("description").to_owned(),
        lang: ContactLang::parse(input.get("lang")),
        channels: ChannelKind::ALL
            .into_iter()
            .filter_map(|kind| input.some(kind.as_str()).map(|value| (kind, value)))
            .collect(),
    };
    cx.services.notify.put_contact(cx.tx, cx.caller, &put).map(drop)
}

/// By the beginning of the name, by a whole address or number, and by what the names of the newest hold.
fn matching(cx: &mut Cx<'_, '_>, wanted: &Wanted<'_>) -> Result<Vec<Contact>> {
    let browse = wanted.browse();
    let mut found = Vec::new();
    if !wanted.text.is_empty() {
        found = cx.services.notify.search_contacts(cx.tx, cx.caller, wanted.text, browse.limit)?;
    }
    if found.len() < browse.limit as usize {
        found.extend(cx.services.notify.browse_contacts(cx.tx, cx.caller, &browse)?);
    }
    let mut seen = HashSet::new();
    found.retain(|contact| seen.insert(contact.id));
    Ok(found)
}

/// A contact as a row of any list.
pub(super) fn row(cx: &Cx<'_, '_>, contact: Contact) -> Row {
    let state = reach(cx, &contact);
    let groups = contact.groups.iter().map(|name| link("contact-groups", name, name)).collect();
    Row::from(vec![
        Value::Named(link(SLUG, &contact.name, contact.name.clone()), contact.description),
        Value::State(state),
        Value::links(groups),
        cx.time(contact.updated_at),
    ])
}

/// Whether a message would reach this person now, and how.
pub(super) fn reach(cx: &Cx<'_, '_>, contact: &Contact) -> State {
    let words = |state: ChannelState| {
        let of_state = contact.channels.iter().filter(|channel| channel.state == state);
        of_state.map(|channel| cx.t(kind_key(channel.kind))).collect::<Vec<_>>().join(" · ")
    };
    let (active, pending) = (words(ChannelState::Active), words(ChannelState::Pending));
    match (active.is_empty(), pending.is_empty()) {
        (false, _) => State::new(Tone::Good, active),
        (true, false) => State::new(Tone::Waiting, cx.lang.fill("contacts.waits", &[&pending])),
        (true, true) => State::new(Tone::Warning, cx.t("contacts.unreachable")),
    }
}

fn channels(cx: &Cx<'_, '_>, contact: &Contact) -> Section {
    let rows = contact.channels.iter().map(|channel| channel_row(cx, contact, channel)).collect();
    let title = cx.t("contacts.channels");
    Section {
        id: "channels",
        title: title.clone(),
        table: Table {
            caption: title,
            columns: vec![
                Column::new(cx.t("contacts.channel")),
                Column::new(cx.t("contacts.address")),
                Column::new(cx.t("contacts.state")),
            ],
            rows,
        },
        empty: cx.t("contacts.no-channels"),
        ..Section::default()
    }
}

fn channel_row(cx: &Cx<'_, '_>, contact: &Contact, channel: &Channel) -> Row {
    let state = match channel.state {
        ChannelState::Active => State::new(Tone::Good, cx.t("contacts.active")),
        ChannelState::Pending => State::new(Tone::Waiting, cx.t("contacts.pending")),
    };
    let value = match channel.kind {
        // What stands after the address is as good as a password.
        ChannelKind::DingTalk => messages::without_query(&channel.value),
        ChannelKind::Mail | ChannelKind::Sms | ChannelKind::AliIm => channel.value.clone(),
    };
    let mut row =
        Row::from(vec![Value::Text(cx.t(kind_key(channel.kind))), Value::Text(value), Value::State(state)]);
    if channel.state == ChannelState::Pending {
        row.buttons.push(Button {
            text: cx.t("contacts.activate"),
            action: action(SLUG, &contact.name, "activate"),
            hidden: vec![("channel", channel.kind.as_str().to_owned())],
            about: channel.value.clone(),
        });
    }
    row
}

fn outbox(cx: &mut Cx<'_, '_>, contact: &Contact) -> Result<Section> {
    let filter = MessageFilter { contact: Some(contact.name.clone()), ..MessageFilter::default() };
    let found = cx.services.notify.list_messages(cx.tx, cx.caller, &filter, MESSAGES)?;
    let title = cx.t("messages.title");
    let query = Input::default().query(&[("q", &contact.name)]);
    Ok(Section {
        id: "messages",
        title: title.clone(),
        table: Table {
            caption: title,
            columns: messages::columns(cx),
            rows: found.iter().map(|message| messages::row(cx, message)).collect(),
        },
        empty: cx.t("contacts.no-messages"),
        more: Some(Link::new(cx.t("object.all"), format!("/console/messages?{query}"))),
        ..Section::default()
    })
}

fn lang_key(lang: ContactLang) -> &'static str {
    match lang {
        ContactLang::En => "contacts.english",
        ContactLang::ZhCn => "contacts.chinese",
    }
}

fn kind_key(kind: ChannelKind) -> &'static str {
    match kind {
        ChannelKind::Mail => "contacts.mail",
        ChannelKind::Sms => "contacts.sms",
        ChannelKind::DingTalk => "contacts.dingtalk",
        ChannelKind::AliIm => "contacts.aliim",
    }
}

fn wire_name(kind: ChannelKind) -> &'static str {
    match kind {
        ChannelKind::Mail => "Channels.Mail",
        ChannelKind::Sms => "Channels.SMS",
        ChannelKind::DingTalk => "Channels.DingWebHook",
        ChannelKind::AliIm => "Channels.AliIM",
    }
}
