//! Contact groups: people who are told together.

use std::collections::{HashMap, HashSet};

use muster_core::{Error, PageRequest, Result};
use muster_jobs::app_groups::AppGroupFilter;
use muster_notify::{Contact, ContactGroup, PutContactGroup};

use super::alarm::Alarm;
use super::{
    COUNT_TO, Doing, Found, Going, Hit, Kind, Made, Verb, Wanted, action, app_groups, contacts, link,
};
use crate::calls::{self, AlibabaApi, Param};
use crate::cx::Cx;
use crate::frame::Heading;
use crate::input::Input;
use crate::view::form::{Field, Group};
use crate::view::object::{InlineForm, Object, Section};
use crate::view::{Button, Call, Cloud, Column, Fact, Link, Row, State, Table, Tone, Value};

pub(super) struct ContactGroups;

const SLUG: &str = "contact-groups";
const KIND: &str = "contact group";
/// Application groups that are looked through for those that name a contact group.
const LOOKED_AT: u64 = 1_000;

impl Kind for ContactGroups {
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
            Verb::List => ("DescribeContactGroupList", "cms:DescribeContactGroupList"),
            Verb::Show => ("DescribeContactListByContactGroup", "cms:DescribeContactListByContactGroup"),
            Verb::Create | Verb::Update | Verb::Act(_) => ("PutContactGroup", "cms:PutContactGroup"),
            Verb::Delete => ("DeleteContactGroup", "cms:DeleteContactGroup"),
        };
        Some(Doing { operation, permission })
    }

    fn actions(&self) -> &'static [&'static str] {
        &["add", "remove"]
    }

    fn subject(&self, id: &str) -> (&'static str, String) {
        (KIND, id.to_owned())
    }

    fn columns(&self, cx: &Cx<'_, '_>) -> Vec<Column> {
        vec![
            Column::new(cx.t("object.name")),
            Column::numeric(cx.t("contact-groups.members")),
            Column::new(cx.t("contact-groups.report")),
            Column::new(cx.t("object.changed")),
        ]
    }

    fn rows(&self, cx: &mut Cx<'_, '_>, wanted: &Wanted<'_>) -> Result<Found> {
        let found = matching(cx, wanted)?;
        let place = |group: &ContactGroup| (group.created_at, group.name.clone());
        Found::browsed(wanted, found, place, |group| {
            let members = Value::number(group.members.len());
            Ok(Row::from(vec![
                Value::Named(link(SLUG, &group.name, group.name.clone()), group.description),
                members,
                cx.yes_no(group.subscribed),
                cx.time(group.updated_at),
            ]))
        })
    }

    fn count(&self, cx: &mut Cx<'_, '_>) -> Result<u64> {
        cx.services.notify.count_contact_groups(cx.tx, cx.caller, COUNT_TO)
    }

    fn search(&self, cx: &mut Cx<'_, '_>, text: &str, limit: u32) -> Result<Vec<Hit>> {
        let hit =
            |group: ContactGroup| Hit { id: group.name.clone(), name: group.name, below: group.description };
        Ok(matching(cx, &Wanted::first(text, limit))?.into_iter().map(hit).collect())
    }

    fn show(&self, cx: &mut Cx<'_, '_>, id: &str) -> Result<Object> {
        let group = cx.services.notify.get_contact_group(cx.tx, cx.caller, id)?;
        let people = cx.services.notify.contacts_of_group(cx.tx, cx.caller, id)?;
        let sections = vec![members(cx, &group, &people), named_by(cx, id)?];
        Ok(Object {
            name: group.name.clone(),
            id: group.name,
            note: group.description,
            facts: vec![
                Fact::new(cx.t("contact-groups.report"), cx.yes_no(group.subscribed)),
                Fact::new(cx.t("object.created"), cx.time(group.created_at)),
                Fact::new(cx.t("object.changed"), cx.time(group.updated_at)),
            ],
            sections,
            ..Object::default()
        })
    }

    fn filled(&self, cx: &mut Cx<'_, '_>, id: &str) -> Result<Input> {
        let group = cx.services.notify.get_contact_group(cx.tx, cx.caller, id)?;
        Ok(Input::default()
            .with("description", group.description)
            .with("report", group.subscribed.to_string())
            .with("members", group.members.join("\n")))
    }

    fn form(&self, cx: &mut Cx<'_, '_>, id: Option<&str>, values: &Input) -> Result<Vec<Group>> {
        let name = match id {
            Some(name) => Field::fixed("name", cx.t("object.name"), name),
            None => Field::line("name", cx.t("object.name"), values.get("name")).required().max(64),
        };
        let fields = vec![
            name,
            Field::line("description", cx.t("object.description"), values.get("description")),
            Field::area("members", cx.t("contact-groups.members"), values.get("members"))
                .rows(6)
                .hint(cx.t("contact-groups.members-hint")),
            Field::switch("report", cx.t("contact-groups.report"), values.on("report")),
        ];
        Ok(vec![Group { fields, ..Group::default() }])
    }

    fn create(&self, cx: &mut Cx<'_, '_>, input: &Input) -> Result<Made> {
        let name = input.get("name").to_owned();
        match cx.services.notify.get_contact_group(cx.tx, cx.caller, &name) {
            Ok(_) => return Err(Error::already_exists(KIND, name)),
            Err(Error::NotFound { .. }) => {}
            Err(failure) => return Err(failure),
        }
        put(cx, &name, input)?;
        Ok(Made { id: name.clone(), name })
    }

    fn update(&self, cx: &mut Cx<'_, '_>, id: &str, input: &Input) -> Result<()> {
        cx.services.notify.get_contact_group(cx.tx, cx.caller, id)?;
        put(cx, id, input)
    }

    fn going(&self, cx: &mut Cx<'_, '_>, id: &str) -> Result<Going> {
        let group = cx.services.notify.get_contact_group(cx.tx, cx.caller, id)?;
        let mut consequences = vec![cx.t("contact-groups.delete-silent")];
        if !group.members.is_empty() {
            consequences.push(cx.lang.fill("contact-groups.delete-stay", &[&group.members.join(", ")]));
        }
        Ok(Going { name: group.name, consequences, fields: Vec::new() })
    }

    fn delete(&self, cx: &mut Cx<'_, '_>, id: &str, _input: &Input) -> Result<()> {
        cx.services.notify.delete_contact_group(cx.tx, cx.caller, id)
    }

    fn act(&self, cx: &mut Cx<'_, '_>, id: &str, action: &str, input: &Input) -> Result<()> {
        let group = cx.services.notify.get_contact_group(cx.tx, cx.caller, id)?;
        let name = input.get("contact").to_owned();
        let mut members = group.members;
        match action {
            "add" if name.is_empty() => return Err(Error::invalid("contact", "it is empty")),
            "add" => members.push(name),
            _ => members.retain(|member| *member != name),
        }
        let put =
            PutContactGroup { name: id.to_owned(), members: Some(members), ..PutContactGroup::default() };
        cx.services.notify.put_contact_group(cx.tx, cx.caller, &put).map(drop)
    }

    fn calls(&self, cx: &mut Cx<'_, '_>, verb: Verb, id: Option<&str>) -> Result<Vec<Call>> {
        let name = id.unwrap_or("night-shift").to_owned();
        let mut params: Vec<Param<'_>> = vec![("ContactGroupName", name)];
        let group = match id {
            Some(id) if verb == Verb::Update => {
                Some(cx.services.notify.get_contact_group(cx.tx, cx.caller, id)?)
            }
            _ => None,
        };
        let places = ["ContactNames.1", "ContactNames.2", "ContactNames.3"];
        match (verb, group) {
            (Verb::Create, _) => {
                params.push(("Describe", "who is awake".to_owned()));
                params.push((places[0], "Rita Vance".to_owned()));
            }
            (_, Some(group)) => {
                params.push(("Describe", group.description));
                params.push(("EnableSubscribed", group.subscribed.to_string()));
                params.extend(places.into_iter().zip(group.members));
            }
            _ => {}
        }
        let operation = self.doing(verb).map_or("DescribeContactGroupList", |doing| doing.operation);
        Ok(calls::alibaba(cx.place, AlibabaApi::CloudMonitor, operation, &params))
    }
}

fn put(cx: &mut Cx<'_, '_>, name: &str, input: &Input) -> Result<()> {
    let put = PutContactGroup {
        name: name.to_owned(),
        description: Some(input.get("description").to_owned()),
        subscribed: Some(input.on("report")),
        members: Some(input.lines("members").map(str::to_owned).collect()),
    };
    cx.services.notify.put_contact_group(cx.tx, cx.caller, &put).map(drop)
}

/// By the beginning of the name, and by what the names of the newest hold.
fn matching(cx: &mut Cx<'_, '_>, wanted: &Wanted<'_>) -> Result<Vec<ContactGroup>> {
    let browse = wanted.browse();
    let mut found = Vec::new();
    if !wanted.text.is_empty() {
        found = cx.services.notify.search_contact_groups(cx.tx, cx.caller, wanted.text, browse.limit)?;
    }
    if found.len() < browse.limit as usize {
        found.extend(cx.services.notify.browse_contact_groups(cx.tx, cx.caller, &browse)?);
    }
    let mut seen = HashSet::new();
    found.retain(|group| seen.insert(group.id));
    Ok(found)
}

/// The members in the group's order; a name that nobody has yet says so.
fn members(cx: &Cx<'_, '_>, group: &ContactGroup, people: &[Contact]) -> Section {
    let known: HashMap<&str, &Contact> =
        people.iter().map(|contact| (contact.name.as_str(), contact)).collect();
    let rows = group
        .members
        .iter()
        .map(|name| {
            let (first, state) = match known.get(name.as_str()) {
                Some(contact) => (
                    Value::Named(link("contacts", name, name), contact.description.clone()),
                    contacts::reach(cx, contact),
                ),
                None => {
                    let query = Input::default().query(&[("name", name)]);
                    let make = Link::new(name, format!("/console/new/contacts?{query}"));
                    (
                        Value::Named(make, cx.t("contact-groups.make")),
                        State::new(Tone::Warning, cx.t("contact-groups.unknown")),
                    )
                }
            };
            let remove = Button {
                text: cx.t("contact-groups.remove"),
                action: action(SLUG, &group.name, "remove"),
                hidden: vec![("contact", name.clone())],
                about: name.clone(),
            };
            Row { cells: vec![first, Value::State(state)], buttons: vec![remove], ..Row::default() }
        })
        .collect();
    let title = cx.t("contact-groups.members");
    Section {
        id: "members",
        title: title.clone(),
        count: Some(group.members.len() as u64),
        table: Table {
            caption: title,
            columns: vec![Column::new(cx.t("object.name")), Column::new(cx.t("contacts.reach"))],
            rows,
        },
        empty: cx.t("contact-groups.nobody"),
        form: Some(InlineForm {
            action: action(SLUG, &group.name, "add"),
            fields: vec![Field::line("contact", cx.t("contacts.one"), "").required().max(64)],
            submit: cx.t("contact-groups.add"),
        }),
        ..Section::default()
    }
}

/// The application groups whose alarms go here.
fn named_by(cx: &mut Cx<'_, '_>, name: &str) -> Result<Section> {
    let page = PageRequest { offset: 0, limit: LOOKED_AT };
    let filter = AppGroupFilter { page, ..AppGroupFilter::default() };
    let groups = cx.services.app_groups.list(cx.tx, cx.caller, &filter)?;
    let mut rows = Vec::new();
    for group in groups.items {
        if Alarm::read(&group.monitor_config, &group.monitor_contacts).tells_group(name) {
            rows.push(app_groups::row(cx, group)?);
        }
    }
    let title = cx.t("contact-groups.named-by");
    Ok(Section {
        id: "named-by",
        title: title.clone(),
        count: Some(rows.len() as u64),
        lead: if groups.total > LOOKED_AT { cx.t("contact-groups.named-by-part") } else { String::new() },
        table: Table { caption: title, columns: app_groups::AppGroups.columns(cx), rows },
        empty: cx.t("contact-groups.unused"),
        ..Section::default()
    })
}
