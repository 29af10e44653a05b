//! ZStack's triggers: when jobs and their groups are due.

use muster_core::{Error, Result};
use muster_jobs::scheduled::{NewTrigger, RuleKind, Trigger, TriggerPatch};
use muster_jobs::trigger::{Rule, Timing, Window};

use super::app_groups::number;
use super::scheduled::{self, GROUPS, Resource, TRIGGERS, scope};
use super::scheduled_jobs::named;
use super::{COUNT_TO, Doing, Found, Going, Hit, Kind, Made, Verb, Wanted, link};
use crate::cx::Cx;
use crate::frame::Heading;
use crate::input::Input;
use crate::view::form::{Field, Group};
use crate::view::listing::Choice;
use crate::view::object::{Object, Section};
use crate::view::{Call, Cloud, Column, Fact, Link, Row, Table, Value};

pub(super) struct Triggers;

const KIND: &str = "trigger";
/// Due times that a trigger's page shows.
const DUE: usize = 10;

impl Kind for Triggers {
    fn slug(&self) -> &'static str {
        TRIGGERS
    }

    fn heading(&self) -> Heading {
        Heading::Jobs
    }

    fn cloud(&self) -> Cloud {
        Cloud::ZStack
    }

    fn doing(&self, verb: Verb) -> Option<Doing> {
        let (operation, permission) = match verb {
            Verb::List | Verb::Show => ("QuerySchedulerTrigger", "zstack:QuerySchedulerTrigger"),
            Verb::Create => ("CreateSchedulerTrigger", "zstack:CreateSchedulerTrigger"),
            Verb::Update => ("UpdateSchedulerTrigger", "zstack:UpdateSchedulerTrigger"),
            Verb::Delete => ("DeleteSchedulerTrigger", "zstack:DeleteSchedulerTrigger"),
            Verb::Act(_) => return None,
        };
        Some(Doing { operation, permission })
    }

    fn subject(&self, id: &str) -> (&'static str, String) {
        (KIND, id.to_owned())
    }

    fn columns(&self, cx: &Cx<'_, '_>) -> Vec<Column> {
        vec![
            Column::new(cx.t("object.name")),
            Column::new(cx.t("triggers.rule")),
            Column::new(cx.t("triggers.due")),
            Column::numeric(cx.t("scheduled-jobs.title")),
            Column::numeric(cx.t("job-groups.title")),
        ]
    }

    fn rows(&self, cx: &mut Cx<'_, '_>, wanted: &Wanted<'_>) -> Result<Found> {
        let found = matching(cx, wanted)?;
        let place = |each: &Trigger| (each.created_at, each.id.clone());
        Found::browsed(wanted, found, place, |trigger| {
            let (rule, next) =
                (scheduled::rule_text(cx, &trigger.timing), scheduled::next(cx, &trigger.timing));
            Ok(Row::from(vec![
                Value::Named(link(TRIGGERS, &trigger.id, trigger.name), trigger.id),
                Value::Text(rule),
                Value::State(next),
                Value::number(trigger.job_ids.len()),
                Value::number(trigger.group_ids.len()),
            ]))
        })
    }

    fn count(&self, cx: &mut Cx<'_, '_>) -> Result<u64> {
        cx.services.scheduled.count_up_to::<Trigger>(cx.tx, &cx.caller.account_id, COUNT_TO)
    }

    fn search(&self, cx: &mut Cx<'_, '_>, text: &str, limit: u32) -> Result<Vec<Hit>> {
        let found = matching(cx, &Wanted::first(text, limit))?;
        Ok(found
            .into_iter()
            .map(|each| Hit { below: each.id.clone(), id: each.id, name: each.name })
            .collect())
    }

    fn show(&self, cx: &mut Cx<'_, '_>, id: &str) -> Result<Object> {
        let trigger = get(cx, id)?;
        let sections = vec![due(cx, &trigger.timing), jobs(cx, &trigger)?, groups(cx, &trigger)?];
        let zone = &cx.services.scheduled.zone;
        let window = trigger.timing.window;
        let time = |instant: Option<muster_core::Timestamp>| {
            instant.map_or(Value::None, |instant| Value::Text(scheduled::local(zone, instant)))
        };
        let zone_name = zone.iana_name().unwrap_or("UTC").to_owned();
        Ok(Object {
            state: Some(scheduled::next(cx, &trigger.timing)),
            facts: vec![
                Fact::new(cx.t("triggers.rule"), Value::Text(scheduled::rule_text(cx, &trigger.timing))),
                Fact::new(cx.t("triggers.start"), time(window.not_before)),
                Fact::new(cx.t("triggers.end"), time(trigger.timing.ends_at())),
                Fact::new(cx.t("triggers.zone"), Value::Text(zone_name)),
                Fact::new(cx.t("object.created"), cx.time(trigger.created_at)),
                Fact::new(cx.t("object.changed"), cx.time(trigger.updated_at)),
            ],
            sections,
            name: trigger.name,
            id: trigger.id,
            note: trigger.description.unwrap_or_default(),
            ..Object::default()
        })
    }

    fn blank(&self, _query: &Input) -> Input {
        Input::default().with("rule", RuleKind::Cron.as_str()).with("cron", "0 0 2 * * ?").with("repeat", "0")
    }

    fn filled(&self, cx: &mut Cx<'_, '_>, id: &str) -> Result<Input> {
        let trigger = get(cx, id)?;
        let values = Input::default()
            .with("name", trigger.name)
            .with("description", trigger.description.unwrap_or_default());
        let zone = &cx.services.scheduled.zone;
        let start = trigger.timing.window.not_before.map(|start| scheduled::local(zone, start));
        let values = values.with("start", start.unwrap_or_default());
        Ok(match trigger.timing.rule {
            Rule::Cron { expression } => {
                values.with("rule", RuleKind::Cron.as_str()).with("cron", expression).with("repeat", "0")
            }
            Rule::Simple { interval_s, repeat } => values
                .with("rule", RuleKind::Simple.as_str())
                .with("interval", interval_s.map(|seconds| seconds.to_string()).unwrap_or_default())
                .with("repeat", repeat.to_string()),
        })
    }

    fn form(&self, cx: &mut Cx<'_, '_>, _id: Option<&str>, values: &Input) -> Result<Vec<Group>> {
        let zone = cx.services.scheduled.zone.iana_name().unwrap_or("UTC");
        let rules = [RuleKind::Cron, RuleKind::Simple].map(|kind| {
            let chosen = values.get("rule") == kind.as_str();
            Choice::new(kind.as_str(), cx.t(&format!("triggers.{}", kind.as_str())), chosen)
        });
        let first = vec![
            Field::line("name", cx.t("object.name"), values.get("name")).required().max(255),
            Field::line("description", cx.t("object.description"), values.get("description")).max(2048),
            Field::select("rule", cx.t("triggers.rule"), rules.to_vec()),
        ];
        let cron = Group {
            title: cx.t("triggers.cron"),
            hint: cx.lang.fill("triggers.cron-hint", &[zone]),
            fields: vec![Field::line("cron", cx.t("triggers.expression"), values.get("cron")).max(255)],
            ..Group::default()
        };
        let simple = Group {
            title: cx.t("triggers.simple"),
            hint: cx.t("triggers.simple-hint"),
            fields: vec![
                Field::number("interval", cx.t("triggers.interval"), values.get("interval")),
                Field::number("repeat", cx.t("triggers.repeat"), values.get("repeat"))
                    .hint(cx.t("triggers.repeat-hint")),
                Field::line("start", cx.t("triggers.start"), values.get("start"))
                    .max(32)
                    .hint(cx.lang.fill("triggers.start-hint", &[zone])),
            ],
            ..Group::default()
        };
        Ok(vec![Group { fields: first, ..Group::default() }, cron, simple])
    }

    fn create(&self, cx: &mut Cx<'_, '_>, input: &Input) -> Result<Made> {
        let asked = Asked::read(cx, input)?;
        let (rule, window) = match asked.kind {
            RuleKind::Cron => (Rule::Cron { expression: asked.cron }, Window::default()),
            RuleKind::Simple => {
                // A rule without a start begins now.
                let start = asked.start.unwrap_or_else(|| cx.tx.now());
                let rule = Rule::Simple { interval_s: asked.interval_s, repeat: asked.repeat };
                (rule, Window { not_before: Some(start), not_after: None })
            }
        };
        let new = NewTrigger {
            id: None,
            name: named(input)?,
            description: input.some("description"),
            timing: Timing { rule, window },
        };
        let trigger = cx.services.scheduled.create_trigger(cx.tx, &cx.caller.account_id, new)?;
        Ok(Made { id: trigger.id, name: trigger.name })
    }

    fn update(&self, cx: &mut Cx<'_, '_>, id: &str, input: &Input) -> Result<()> {
        let asked = Asked::read(cx, input)?;
        let common = TriggerPatch {
            name: Some(named(input)?),
            description: Some(input.get("description").to_owned()),
            rule: Some(asked.kind),
            ..TriggerPatch::default()
        };
        let patch = match asked.kind {
            RuleKind::Cron => TriggerPatch { cron: Some(asked.cron), ..common },
            RuleKind::Simple => {
                let before = get(cx, id)?.timing;
                let was_simple = matches!(before.rule, Rule::Simple { .. });
                let start = asked.start.or_else(|| (!was_simple).then(|| cx.tx.now()));
                TriggerPatch {
                    interval_s: asked.interval_s,
                    repeat: Some(asked.repeat),
                    not_before: start,
                    ..common
                }
            }
        };
        cx.services.scheduled.update_trigger(cx.tx, scope(cx.caller), id, patch).map(drop)
    }

    fn going(&self, cx: &mut Cx<'_, '_>, id: &str) -> Result<Going> {
        let trigger = get(cx, id)?;
        let ties = (trigger.job_ids.len() + trigger.group_ids.len()) as u64;
        Ok(Going {
            name: trigger.name,
            consequences: vec![cx.lang.count("triggers.delete-ties", ties)],
            fields: Vec::new(),
        })
    }

    fn delete(&self, cx: &mut Cx<'_, '_>, id: &str, _input: &Input) -> Result<()> {
        cx.services.scheduled.delete_trigger(cx.tx, scope(cx.caller), id)
    }

    fn calls(&self, cx: &mut Cx<'_, '_>, verb: Verb, id: Option<&str>) -> Result<Vec<Call>> {
        let name = match (verb, id) {
            (Verb::Update, Some(id)) => get(cx, id)?.name,
            _ => String::new(),
        };
        let uuid = id.unwrap_or_default();
        let of = Resource {
            name: "SchedulerTrigger",
            path: "triggers",
            example: &[("name", "every night"), ("schedulerType", "cron"), ("cron", "0 0 2 * * ?")],
        };
        Ok(scheduled::calls(cx.place, &of, verb, uuid, &name))
    }
}

/// What the form says about time.
struct Asked {
    kind: RuleKind,
    cron: String,
    interval_s: Option<i64>,
    repeat: i64,
    start: Option<muster_core::Timestamp>,
}

impl Asked {
    fn read(cx: &Cx<'_, '_>, input: &Input) -> Result<Self> {
        let kinds = [RuleKind::Cron, RuleKind::Simple];
        let kind = kinds.into_iter().find(|kind| kind.as_str() == input.get("rule"));
        let zone = &cx.services.scheduled.zone;
        Ok(Self {
            kind: kind.ok_or_else(|| Error::invalid("rule", "it is none of the choices"))?,
            cron: input.get("cron").to_owned(),
            interval_s: number(input, "interval")?,
            repeat: number(input, "repeat")?.unwrap_or(0),
            start: input.some("start").map(|text| scheduled::instant(zone, "start", &text)).transpose()?,
        })
    }
}

/// By part of the name, or by the whole id.
fn matching(cx: &mut Cx<'_, '_>, wanted: &Wanted<'_>) -> Result<Vec<Trigger>> {
    let service = &cx.services.scheduled;
    if scheduled::is_id(wanted.text) {
        return scheduled::if_found(service.get_trigger(cx.tx, scope(cx.caller), wanted.text));
    }
    service.browse(cx.tx, &cx.caller.account_id, &wanted.browse())
}

fn get(cx: &mut Cx<'_, '_>, id: &str) -> Result<Trigger> {
    cx.services.scheduled.get_trigger(cx.tx, scope(cx.caller), id)
}

/// The next due times: what people look for first.
fn due(cx: &Cx<'_, '_>, timing: &Timing) -> Section {
    let zone = &cx.services.scheduled.zone;
    let mut rows = Vec::new();
    let mut after = cx.tx.now();
    while rows.len() < DUE {
        let Some(next) = timing.next_after(after, zone) else { break };
        rows.push(Row::from(vec![Value::Text(scheduled::local(zone, next)), cx.time(next)]));
        after = next;
    }
    let title = cx.t("triggers.coming");
    Section {
        id: "due",
        title: title.clone(),
        table: Table {
            caption: title,
            columns: vec![
                Column::new(cx.lang.fill("triggers.local", &[zone.iana_name().unwrap_or("UTC")])),
                Column::new(cx.t("triggers.when")),
            ],
            rows,
        },
        empty: cx.t("triggers.over"),
        ..Section::default()
    }
}

fn jobs(cx: &mut Cx<'_, '_>, trigger: &Trigger) -> Result<Section> {
    let mut rows = Vec::new();
    for id in &trigger.job_ids {
        let job = cx.services.scheduled.get_job(cx.tx, scope(cx.caller), id)?;
        rows.push(scheduled::job_row(cx, &job));
    }
    let title = cx.t("scheduled-jobs.title");
    Ok(Section {
        id: "jobs",
        title: title.clone(),
        count: Some(rows.len() as u64),
        table: Table { caption: title, columns: scheduled::job_columns(cx), rows },
        empty: cx.t("triggers.no-jobs"),
        more: Some(Link::new(cx.t("triggers.choose-job"), "/console/scheduled-jobs")),
        ..Section::default()
    })
}

fn groups(cx: &mut Cx<'_, '_>, trigger: &Trigger) -> Result<Section> {
    let mut rows = Vec::new();
    for id in &trigger.group_ids {
        let group = cx.services.scheduled.get_group(cx.tx, scope(cx.caller), id)?;
        let state = scheduled::switched(cx, group.enabled);
        rows.push(Row::from(vec![
            Value::Named(link(GROUPS, &group.id, group.name), group.id),
            Value::State(state),
        ]));
    }
    let title = cx.t("job-groups.title");
    Ok(Section {
        id: "groups",
        title: title.clone(),
        count: Some(rows.len() as u64),
        table: Table { caption: title, columns: scheduled::job_columns(cx), rows },
        empty: cx.t("triggers.no-groups"),
        more: Some(Link::new(cx.t("triggers.choose-group"), "/console/job-groups")),
        ..Section::default()
    })
}
