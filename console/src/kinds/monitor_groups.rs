//! CloudMonitor's application groups: their members, who is told about them, and pauses.

use muster_alarms::masks::{Covers, Kind as MaskKind, Mask, MaskSpec, NewMask, Target, When};
use muster_core::{Error, PageRequest, Result, Timestamp};
use muster_identity::Caller;
use muster_resources::{
    Application, ApplicationPatch, Group as ResourceGroup, Joined, Member, MemberFilter, NamePattern,
    NewApplication, Operator, Origin, Scope, Source,
};

use super::resource_text::{dimensions, required};
use super::{Doing, Found, Going, Hit, Kind, Made, Verb, Wanted, action, link};
use crate::calls::{self, AlibabaApi, Param};
use crate::cx::Cx;
use crate::frame::Heading;
use crate::input::Input;
use crate::view::form::{Field, Group};
use crate::view::object::{InlineForm, Object, Section};
use crate::view::{Button, Call, Cloud, Column, Fact, Row, State, Table, Tone, Value};

pub(super) struct MonitorGroups;

const SLUG: &str = "monitor-groups";
const KIND: &str = "application";
/// Members that a group's page shows.
const MEMBERS: u64 = 200;
const HOUR_MS: i64 = 3_600_000;
/// The longest pause that a page makes.
const MOST_HOURS: i64 = 24 * 30;

impl Kind for MonitorGroups {
    fn slug(&self) -> &'static str {
        SLUG
    }

    fn heading(&self) -> Heading {
        Heading::Resources
    }

    fn cloud(&self) -> Cloud {
        Cloud::CloudMonitor
    }

    fn doing(&self, verb: Verb) -> Option<Doing> {
        let (operation, permission) = match verb {
            Verb::List | Verb::Show => ("DescribeMonitorGroups", "cms:DescribeMonitorGroups"),
            Verb::Create => ("CreateMonitorGroup", "cms:CreateMonitorGroup"),
            Verb::Update => ("ModifyMonitorGroup", "cms:ModifyMonitorGroup"),
            Verb::Delete => ("DeleteMonitorGroup", "cms:DeleteMonitorGroup"),
            Verb::Act("add") => ("CreateMonitorGroupInstances", "cms:CreateMonitorGroupInstances"),
            Verb::Act("remove") => ("DeleteMonitorGroupInstances", "cms:DeleteMonitorGroupInstances"),
            Verb::Act("pause") => ("CreateMonitorGroupNotifyPolicy", "cms:CreateMonitorGroupNotifyPolicy"),
            Verb::Act("resume") => ("DeleteMonitorGroupNotifyPolicy", "cms:DeleteMonitorGroupNotifyPolicy"),
            Verb::Act(_) => return None,
        };
        Some(Doing { operation, permission })
    }

    fn actions(&self) -> &'static [&'static str] {
        &["add", "remove", "pause", "resume"]
    }

    fn subject(&self, id: &str) -> (&'static str, String) {
        (KIND, id.to_owned())
    }

    fn columns(&self, cx: &Cx<'_, '_>) -> Vec<Column> {
        vec![
            Column::new(cx.t("object.name")),
            Column::new(cx.t("monitor-groups.source")),
            Column::numeric(cx.t("monitor-groups.members")),
            Column::new(cx.t("monitor-groups.told")),
            Column::new(cx.t("object.changed")),
        ]
    }

    fn rows(&self, cx: &mut Cx<'_, '_>, wanted: &Wanted<'_>) -> Result<Found> {
        let found = matching(cx, wanted)?;
        let statistics = cx.services.resources.statistics(cx.tx, scope(cx.caller), &found)?;
        let place = |(group, _): &(ResourceGroup, _)| (group.created_at, group.id.to_string());
        let found = found.into_iter().zip(statistics).collect();
        Found::browsed(wanted, found, place, |(group, statistics)| {
            let id = group.id.to_string();
            let application = get(cx, &id)?;
            Ok(Row::from(vec![
                Value::Named(link(SLUG, &id, group.name), id),
                Value::Text(source(cx, &application)),
                Value::Number(statistics.total),
                told_links(&application),
                cx.time(group.updated_at),
            ]))
        })
    }

    fn count(&self, cx: &mut Cx<'_, '_>) -> Result<u64> {
        cx.services.resources.count_groups(cx.tx, scope(cx.caller), Origin::CloudMonitor)
    }

    fn search(&self, cx: &mut Cx<'_, '_>, text: &str, limit: u32) -> Result<Vec<Hit>> {
        let hit = |group: ResourceGroup| Hit {
            id: group.id.to_string(),
            below: group.id.to_string(),
            name: group.name,
        };
        Ok(matching(cx, &Wanted::first(text, limit))?.into_iter().map(hit).collect())
    }

    fn show(&self, cx: &mut Cx<'_, '_>, id: &str) -> Result<Object> {
        let application = get(cx, id)?;
        let group = &application.group;
        let pauses = pauses(cx, group.id)?;
        let now = cx.tx.now();
        let is_paused = pauses.iter().any(|pause| in_force(pause, now));
        let mut sections = vec![members(cx, &application)?, told(cx, &application)?, paused(cx, id, &pauses)];
        if !group.rule.names.is_empty() {
            sections.push(names(cx, group));
        }
        let resume = Button {
            text: cx.t("monitor-groups.resume"),
            action: action(SLUG, id, "resume"),
            hidden: Vec::new(),
            about: group.name.clone(),
        };
        let tags: Vec<String> =
            application.tags.iter().map(|tag| format!("{} = {}", tag.key, tag.value)).collect();
        Ok(Object {
            id: id.to_owned(),
            name: group.name.clone(),
            state: is_paused.then(|| State::new(Tone::Warning, cx.t("monitor-groups.paused"))),
            buttons: if pauses.is_empty() { Vec::new() } else { vec![resume] },
            facts: vec![
                Fact::new(cx.t("monitor-groups.source"), Value::Text(source(cx, &application))),
                Fact::new(cx.t("monitor-groups.tags"), Value::text(tags.join(", "))),
                Fact::new(cx.t("object.created"), cx.time(group.created_at)),
                Fact::new(cx.t("object.changed"), cx.time(group.updated_at)),
            ],
            sections,
            ..Object::default()
        })
    }

    fn filled(&self, cx: &mut Cx<'_, '_>, id: &str) -> Result<Input> {
        let application = get(cx, id)?;
        Ok(Input::default()
            .with("name", application.group.name)
            .with("told", application.contact_groups.join("\n")))
    }

    fn form(&self, cx: &mut Cx<'_, '_>, _id: Option<&str>, values: &Input) -> Result<Vec<Group>> {
        let fields = vec![
            Field::line("name", cx.t("object.name"), values.get("name")).required().max(128),
            Field::area("told", cx.t("monitor-groups.told"), values.get("told"))
                .rows(4)
                .hint(cx.t("monitor-groups.told-hint")),
        ];
        Ok(vec![Group { fields, ..Group::default() }])
    }

    fn create(&self, cx: &mut Cx<'_, '_>, input: &Input) -> Result<Made> {
        let new = NewApplication {
            name: name(input)?,
            contact_groups: contact_groups(input)?,
            enterprise_project_id: None,
        };
        let made = cx.services.resources.create_application(cx.tx, scope(cx.caller), new)?.group;
        Ok(Made { id: made.id.to_string(), name: made.name })
    }

    fn update(&self, cx: &mut Cx<'_, '_>, id: &str, input: &Input) -> Result<()> {
        let group = get(cx, id)?.group;
        let patch =
            ApplicationPatch { name: Some(name(input)?), contact_groups: Some(contact_groups(input)?) };
        cx.services.resources.update_application(cx.tx, scope(cx.caller), group.id, patch).map(drop)
    }

    fn going(&self, cx: &mut Cx<'_, '_>, id: &str) -> Result<Going> {
        let application = get(cx, id)?;
        let groups = std::slice::from_ref(&application.group);
        let statistics = cx.services.resources.statistics(cx.tx, scope(cx.caller), groups)?;
        let members = statistics.first().map_or(0, |statistics| statistics.total);
        let mut consequences = vec![
            cx.lang.count("resource-groups.delete-members", members),
            cx.t("monitor-groups.delete-rules"),
        ];
        if application.founded.is_some() {
            consequences.push(cx.t("monitor-groups.delete-founded"));
        }
        Ok(Going { name: application.group.name, consequences, fields: Vec::new() })
    }

    fn delete(&self, cx: &mut Cx<'_, '_>, id: &str, _input: &Input) -> Result<()> {
        let group = get(cx, id)?.group;
        cx.services.resources.delete_application(cx.tx, scope(cx.caller), group.id).map(drop)
    }

    fn act(&self, cx: &mut Cx<'_, '_>, id: &str, action: &str, input: &Input) -> Result<()> {
        let group = get(cx, id)?.group;
        match action {
            "pause" => return pause(cx, &group, input),
            "resume" => return resume(cx, group.id),
            _ => {}
        }
        let member = typed_member(input)?;
        let (service, scope) = (&cx.services.resources, scope(cx.caller));
        if action == "add" {
            service.add_to_application(cx.tx, scope, group.id, &[member])
        } else {
            service.remove_from_application(cx.tx, scope, group.id, &[member]).map(drop)
        }
    }

    fn calls(&self, cx: &mut Cx<'_, '_>, verb: Verb, id: Option<&str>) -> Result<Vec<Call>> {
        let application = id.map(|id| get(cx, id)).transpose()?;
        let id = ("GroupId", id.unwrap_or_default().to_owned());
        let (name, told) = match application {
            Some(application) => (application.group.name, application.contact_groups.join(",")),
            None => ("shop".to_owned(), "night-shift".to_owned()),
        };
        let (name, told) = (("GroupName", name), ("ContactGroups", told));
        let (operation, params): (_, Vec<Param<'_>>) = match verb {
            Verb::Create => ("CreateMonitorGroup", vec![name, told]),
            Verb::Update => ("ModifyMonitorGroup", vec![id, name, told]),
            Verb::Delete => ("DeleteMonitorGroup", vec![id]),
            Verb::Show => ("DescribeMonitorGroupInstances", vec![id]),
            Verb::List | Verb::Act(_) => ("DescribeMonitorGroups", vec![]),
        };
        Ok(calls::alibaba(cx.place, AlibabaApi::CloudMonitor, operation, &params))
    }
}

fn scope(caller: &Caller) -> Scope<'_> {
    Scope { account_id: &caller.account_id, project_id: &caller.project_id }
}

fn get(cx: &mut Cx<'_, '_>, id: &str) -> Result<Application> {
    let number = id.parse().map_err(|_| Error::not_found(KIND, id))?;
    cx.services.resources.get_application(cx.tx, scope(cx.caller), number)
}

/// By the whole id, or by part of the name.
fn matching(cx: &mut Cx<'_, '_>, wanted: &Wanted<'_>) -> Result<Vec<ResourceGroup>> {
    match get(cx, wanted.text) {
        Ok(application) => return Ok(vec![application.group]),
        Err(Error::NotFound { .. }) => {}
        Err(failure) => return Err(failure),
    }
    let (scope, browse) = (scope(cx.caller), wanted.browse());
    cx.services.resources.browse_groups(cx.tx, scope, Origin::CloudMonitor, None, &browse)
}

/// Where a group comes from, in words.
fn source(cx: &Cx<'_, '_>, application: &Application) -> String {
    match (application.source, &application.founded) {
        (Source::Founder, Some(founded)) => {
            format!("{} {} = {}", cx.t("monitor-groups.of-tag"), founded.key, founded.value)
        }
        (Source::EnterpriseProject, _) => {
            let project = application.group.rule.enterprise_projects.join(", ");
            format!("{} {project}", cx.t("monitor-groups.of-project"))
        }
        (Source::Hand | Source::Founder, _) => cx.t("monitor-groups.by-hand"),
    }
}

fn told_links(application: &Application) -> Value {
    Value::links(application.contact_groups.iter().map(|name| link("contact-groups", name, name)).collect())
}

fn members(cx: &mut Cx<'_, '_>, application: &Application) -> Result<Section> {
    let group = &application.group;
    let page = PageRequest { offset: 0, limit: MEMBERS };
    let (scope, all) = (scope(cx.caller), MemberFilter::default());
    let found = cx.services.resources.members_of_group(cx.tx, scope, group, &all, page)?;
    let by_hand = group.kind.takes_members();
    let id = group.id.to_string();
    let rows = found.items.iter().map(|listed| member_row(cx, &id, by_hand, &listed.member)).collect();
    let title = cx.t("monitor-groups.members");
    Ok(Section {
        id: "members",
        title: title.clone(),
        count: Some(found.total),
        lead: if found.total > MEMBERS { cx.t("monitor-groups.members-part") } else { String::new() },
        table: Table {
            caption: title,
            columns: vec![
                Column::new(cx.t("object.name")),
                Column::new(cx.t("resource-groups.service")),
                Column::new(cx.t("resource-groups.dimensions")),
            ],
            rows,
        },
        empty: cx.t(if by_hand { "resource-groups.nobody" } else { "resource-groups.rule-nobody" }),
        form: by_hand.then(|| InlineForm {
            action: action(SLUG, &id, "add"),
            fields: vec![
                Field::line("namespace", cx.t("resource-groups.service"), "acs_ecs_dashboard")
                    .required()
                    .max(64),
                Field::line("dimensions", cx.t("resource-groups.dimensions"), "")
                    .required()
                    .max(256)
                    .hint("instanceId=i-bp1…"),
                Field::line("title", cx.t("object.name"), "").max(128),
            ],
            submit: cx.t("resource-groups.add"),
        }),
        ..Section::default()
    })
}

fn member_row(cx: &Cx<'_, '_>, group_id: &str, by_hand: bool, member: &Member) -> Row {
    let text: Vec<String> =
        member.dimensions.iter().map(|dimension| format!("{}={}", dimension.name, dimension.value)).collect();
    let text = text.join(", ");
    let name = member.resource_name.clone().unwrap_or_default();
    let mut row =
        Row::from(vec![Value::text(name), Value::Text(member.namespace.clone()), Value::Id(text.clone())]);
    if by_hand {
        row.buttons.push(Button {
            text: cx.t("resource-groups.remove"),
            action: action(SLUG, group_id, "remove"),
            hidden: vec![("namespace", member.namespace.clone()), ("dimensions", text.clone())],
            about: text,
        });
    }
    row
}

fn typed_member(input: &Input) -> Result<Member> {
    let dimensions = dimensions(input)?;
    let [first] = &dimensions[..] else {
        return Err(Error::invalid("dimensions", "one of name=value"));
    };
    let namespace = required(input, "namespace")?;
    Ok(Member {
        product: Some(format!("{namespace},{}", first.name)),
        resource_name: input.some("title"),
        namespace,
        dimensions,
        region: None,
    })
}

/// The contact groups; one that nobody has made yet says so.
fn told(cx: &mut Cx<'_, '_>, application: &Application) -> Result<Section> {
    let mut rows = Vec::new();
    for name in &application.contact_groups {
        let (below, state) = match cx.services.notify.get_contact_group(cx.tx, cx.caller, name) {
            Ok(group) if group.members.is_empty() => {
                (group.description, State::new(Tone::Warning, cx.t("contact-groups.nobody")))
            }
            Ok(group) => {
                let members = cx.lang.count("monitor-groups.contacts", group.members.len() as u64);
                (group.description, State::new(Tone::Good, members))
            }
            Err(Error::NotFound { .. }) => {
                (String::new(), State::new(Tone::Warning, cx.t("monitor-groups.unknown")))
            }
            Err(failure) => return Err(failure),
        };
        let first = Value::Named(link("contact-groups", name, name), below);
        rows.push(Row::from(vec![first, Value::State(state)]));
    }
    let title = cx.t("monitor-groups.told");
    Ok(Section {
        id: "told",
        title: title.clone(),
        count: Some(rows.len() as u64),
        table: Table {
            caption: title,
            columns: vec![Column::new(cx.t("contact-groups.one")), Column::new(cx.t("contacts.reach"))],
            rows,
        },
        empty: cx.t("monitor-groups.nobody-told"),
        ..Section::default()
    })
}

/// Pauses are the account's, as rules of CloudMonitor are.
fn of_account(caller: &Caller) -> muster_metrics::Scope<'_> {
    muster_metrics::Scope { account_id: &caller.account_id, project_id: "" }
}

/// The pauses of a group that are not over.
fn pauses(cx: &mut Cx<'_, '_>, group_id: i64) -> Result<Vec<Mask>> {
    let (scope, group) = (of_account(cx.caller), Target::Group(group_id));
    let mut found = cx.services.masks.naming(cx.tx, scope, MaskKind::Pause, group)?;
    let now = cx.tx.now();
    found.retain(|pause| !pause.spec.when.is_over(now));
    Ok(found)
}

fn in_force(pause: &Mask, now: Timestamp) -> bool {
    pause.spec.when.from.is_none_or(|from| from <= now) && !pause.spec.when.is_over(now)
}

fn paused(cx: &Cx<'_, '_>, id: &str, pauses: &[Mask]) -> Section {
    let now = cx.tx.now();
    let time = |instant: Option<Timestamp>| instant.map_or(Value::None, |at| cx.time(at));
    let row = |pause: &Mask| {
        let state = if in_force(pause, now) {
            State::new(Tone::Warning, cx.t("monitor-groups.paused"))
        } else {
            State::new(Tone::Waiting, cx.t("monitor-groups.later"))
        };
        let when = &pause.spec.when;
        Row::from(vec![Value::State(state), time(when.from), time(when.until)])
    };
    let title = cx.t("monitor-groups.pauses");
    Section {
        id: "pauses",
        title: title.clone(),
        count: Some(pauses.len() as u64),
        lead: cx.t("monitor-groups.pauses-lead"),
        table: Table {
            caption: title,
            columns: vec![
                Column::new(cx.t("monitor-groups.pause-state")),
                Column::new(cx.t("monitor-groups.from")),
                Column::new(cx.t("monitor-groups.until")),
            ],
            rows: pauses.iter().map(row).collect(),
        },
        empty: cx.t("monitor-groups.no-pause"),
        form: Some(InlineForm {
            action: action(SLUG, id, "pause"),
            fields: vec![Field::number("hours", cx.t("monitor-groups.hours"), "1").required()],
            submit: cx.t("monitor-groups.pause"),
        }),
        ..Section::default()
    }
}

fn pause(cx: &mut Cx<'_, '_>, group: &ResourceGroup, input: &Input) -> Result<()> {
    let hours = input.get("hours").parse().ok().filter(|hours| (1..=MOST_HOURS).contains(hours));
    let hours: i64 =
        hours.ok_or_else(|| Error::invalid("hours", format!("a whole number from 1 to {MOST_HOURS}")))?;
    let now = cx.tx.now();
    let spec = MaskSpec {
        name: group.name.clone(),
        covers: Covers { groups: vec![group.id], ..Covers::default() },
        when: When { from: Some(now), until: Some(now.plus_ms(hours * HOUR_MS)), ..When::default() },
        ..MaskSpec::default()
    };
    let new = NewMask { kind: MaskKind::Pause, key: None, spec };
    cx.services.masks.create(cx.tx, of_account(cx.caller), new).map(drop)
}

fn resume(cx: &mut Cx<'_, '_>, group_id: i64) -> Result<()> {
    let (scope, group) = (of_account(cx.caller), Target::Group(group_id));
    for pause in cx.services.masks.naming(cx.tx, scope, MaskKind::Pause, group)? {
        cx.services.masks.delete(cx.tx, scope, MaskKind::Pause, &pause.key)?;
    }
    Ok(())
}

/// The names that the group follows, a product a line.
fn names(cx: &Cx<'_, '_>, group: &ResourceGroup) -> Section {
    let pattern = |pattern: &NamePattern| {
        let sign = match pattern.operator {
            Operator::Equal => "=",
            Operator::Contains => "*=",
            Operator::StartsWith => "^=",
            Operator::EndsWith => "$=",
            Operator::NotContains => "!*=",
            Operator::Any => return "*".to_owned(),
        };
        format!("{sign} {}", pattern.text)
    };
    let lines: Vec<String> = group
        .rule
        .names
        .iter()
        .map(|rule| {
            let joined = match rule.joined {
                Joined::All => " & ",
                Joined::Any => " | ",
            };
            let patterns: Vec<String> = rule.patterns.iter().map(pattern).collect();
            format!("{}: {}", rule.product, patterns.join(joined))
        })
        .collect();
    Section {
        id: "names",
        title: cx.t("monitor-groups.names"),
        lead: cx.t("monitor-groups.names-lead"),
        text: Some(lines.join("\n")),
        ..Section::default()
    }
}

fn name(input: &Input) -> Result<String> {
    let name = required(input, "name")?;
    if name.chars().count() > 128 || name.chars().any(char::is_control) {
        return Err(Error::invalid("name", "1 to 128 printable characters are allowed"));
    }
    Ok(name)
}

fn contact_groups(input: &Input) -> Result<Vec<String>> {
    let mut names: Vec<String> = Vec::new();
    for name in input.lines("told") {
        muster_notify::names::check("contact group name", name)?;
        if !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    }
    Ok(names)
}
