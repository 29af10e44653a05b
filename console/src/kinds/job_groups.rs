//! ZStack's scheduler job groups: jobs of one kind that triggers run together.

use muster_core::Result;
use muster_jobs::scheduled::query::{Condition, Query};
use muster_jobs::scheduled::{Group as JobGroup, GroupPatch, Job, NewGroup};

use super::scheduled::{self, GROUPS, Resource, scope};
use super::scheduled_jobs::named;
use super::{COUNT_TO, Doing, Found, Going, Hit, Kind, Made, Verb, Wanted, action, link};
use crate::cx::Cx;
use crate::frame::Heading;
use crate::input::Input;
use crate::view::form::{Field, Group};
use crate::view::listing::Choice;
use crate::view::object::{InlineForm, Object, Section};
use crate::view::{Button, Call, Cloud, Column, Fact, Link, Row, Table, Value};

pub(super) struct JobGroups;

const KIND: &str = "scheduled job group";

impl Kind for JobGroups {
    fn slug(&self) -> &'static str {
        GROUPS
    }

    fn heading(&self) -> Heading {
        Heading::Jobs
    }

    fn cloud(&self) -> Cloud {
        Cloud::ZStack
    }

    fn doing(&self, verb: Verb) -> Option<Doing> {
        let (operation, permission) = match verb {
            Verb::List | Verb::Show => ("QuerySchedulerJobGroup", "zstack:QuerySchedulerJobGroup"),
            Verb::Create => ("CreateSchedulerJobGroup", "zstack:CreateSchedulerJobGroup"),
            Verb::Update | Verb::Act("enable" | "disable") => {
                ("UpdateSchedulerJobGroup", "zstack:UpdateSchedulerJobGroup")
            }
            Verb::Delete => ("DeleteSchedulerJobGroup", "zstack:DeleteSchedulerJobGroup"),
            Verb::Act("add") => {
                ("AddSchedulerJobsToSchedulerJobGroup", "zstack:AddSchedulerJobsToSchedulerJobGroup")
            }
            Verb::Act("remove") => (
                "RemoveSchedulerJobsFromSchedulerJobGroup",
                "zstack:RemoveSchedulerJobsFromSchedulerJobGroup",
            ),
            Verb::Act("attach") => {
                ("AddSchedulerJobGroupToSchedulerTrigger", "zstack:AddSchedulerJobGroupToSchedulerTrigger")
            }
            Verb::Act("detach") => (
                "RemoveSchedulerJobGroupFromSchedulerTrigger",
                "zstack:RemoveSchedulerJobGroupFromSchedulerTrigger",
            ),
            Verb::Act(_) => return None,
        };
        Some(Doing { operation, permission })
    }

    fn actions(&self) -> &'static [&'static str] {
        &["enable", "disable", "add", "remove", "attach", "detach"]
    }

    fn subject(&self, id: &str) -> (&'static str, String) {
        (KIND, id.to_owned())
    }

    fn columns(&self, cx: &Cx<'_, '_>) -> Vec<Column> {
        vec![
            Column::new(cx.t("object.name")),
            Column::new(cx.t("scheduled-jobs.kind")),
            Column::new(cx.t("scheduled-jobs.state")),
            Column::numeric(cx.t("scheduled-jobs.title")),
            Column::numeric(cx.t("triggers.title")),
            Column::new(cx.t("object.changed")),
        ]
    }

    fn rows(&self, cx: &mut Cx<'_, '_>, wanted: &Wanted<'_>) -> Result<Found> {
        let found = matching(cx, wanted)?;
        let place = |each: &JobGroup| (each.created_at, each.id.clone());
        Found::browsed(wanted, found, place, |group| {
            let state = scheduled::switched(cx, group.enabled);
            Ok(Row::from(vec![
                Value::Named(link(GROUPS, &group.id, group.name), group.id),
                Value::Text(scheduled::kind_word(cx, group.kind)),
                Value::State(state),
                Value::number(group.job_ids.len()),
                Value::number(group.trigger_ids.len()),
                cx.time(group.updated_at),
            ]))
        })
    }

    fn count(&self, cx: &mut Cx<'_, '_>) -> Result<u64> {
        cx.services.scheduled.count_up_to::<JobGroup>(cx.tx, &cx.caller.account_id, COUNT_TO)
    }

    fn search(&self, cx: &mut Cx<'_, '_>, text: &str, limit: u32) -> Result<Vec<Hit>> {
        let found = matching(cx, &Wanted::first(text, limit))?;
        Ok(found
            .into_iter()
            .map(|each| Hit { below: each.id.clone(), id: each.id, name: each.name })
            .collect())
    }

    fn show(&self, cx: &mut Cx<'_, '_>, id: &str) -> Result<Object> {
        let group = get(cx, id)?;
        let mut sections =
            vec![jobs(cx, &group)?, scheduled::triggers_of(cx, GROUPS, &group.id, &group.trigger_ids)?];
        if !group.settings.is_empty() {
            sections.push(Section {
                id: "settings",
                title: cx.t("scheduled-jobs.settings"),
                text: Some(scheduled::settings_text(&group.settings)),
                ..Section::default()
            });
        }
        Ok(Object {
            state: Some(scheduled::switched(cx, group.enabled)),
            buttons: vec![scheduled::switch(cx, GROUPS, &group.id, group.enabled)],
            facts: vec![
                Fact::new(cx.t("scheduled-jobs.kind"), Value::Text(scheduled::kind_word(cx, group.kind))),
                Fact::new(cx.t("scheduled-jobs.runs"), Value::Text(cx.t("scheduled-jobs.records-only"))),
                Fact::new(cx.t("object.created"), cx.time(group.created_at)),
                Fact::new(cx.t("object.changed"), cx.time(group.updated_at)),
            ],
            sections,
            name: group.name,
            id: group.id,
            note: group.description.unwrap_or_default(),
            ..Object::default()
        })
    }

    fn filled(&self, cx: &mut Cx<'_, '_>, id: &str) -> Result<Input> {
        let group = get(cx, id)?;
        Ok(Input::default()
            .with("name", group.name)
            .with("description", group.description.unwrap_or_default())
            .with("settings", scheduled::settings_text(&group.settings)))
    }

    fn form(&self, cx: &mut Cx<'_, '_>, id: Option<&str>, values: &Input) -> Result<Vec<Group>> {
        let kind = match id {
            Some(id) => {
                let kind = get(cx, id)?.kind;
                Field::fixed("kind", cx.t("scheduled-jobs.kind"), scheduled::kind_word(cx, kind))
            }
            None => scheduled::kind_field(cx, values.get("kind")).hint(cx.t("job-groups.kind-hint")),
        };
        let fields = vec![
            Field::line("name", cx.t("object.name"), values.get("name")).required().max(255),
            Field::line("description", cx.t("object.description"), values.get("description")).max(2048),
            kind,
            scheduled::settings_field(cx, values),
        ];
        Ok(vec![Group { fields, ..Group::default() }])
    }

    fn create(&self, cx: &mut Cx<'_, '_>, input: &Input) -> Result<Made> {
        let new = NewGroup {
            id: None,
            name: named(input)?,
            description: input.some("description"),
            kind: scheduled::asked_kind(input)?,
            settings: scheduled::asked_settings(input)?,
        };
        let group = cx.services.scheduled.create_group(cx.tx, &cx.caller.account_id, new)?;
        Ok(Made { id: group.id, name: group.name })
    }

    fn update(&self, cx: &mut Cx<'_, '_>, id: &str, input: &Input) -> Result<()> {
        let before = get(cx, id)?.settings;
        let patch = GroupPatch {
            name: Some(named(input)?),
            description: Some(input.get("description").to_owned()),
            enabled: None,
            settings: scheduled::settings_patch(&before, scheduled::asked_settings(input)?),
        };
        cx.services.scheduled.update_group(cx.tx, scope(cx.caller), id, patch).map(drop)
    }

    fn going(&self, cx: &mut Cx<'_, '_>, id: &str) -> Result<Going> {
        let group = get(cx, id)?;
        let mut consequences = Vec::new();
        let jobs = group.job_ids.len() as u64;
        if cx.services.scheduled.delete_jobs_with_group {
            consequences.push(cx.lang.count("job-groups.delete-jobs", jobs));
        } else {
            consequences.push(cx.lang.count("job-groups.delete-stay", jobs));
        }
        if !group.trigger_ids.is_empty() {
            consequences
                .push(cx.lang.count("scheduled-jobs.delete-triggers", group.trigger_ids.len() as u64));
        }
        Ok(Going { name: group.name, consequences, fields: Vec::new() })
    }

    fn delete(&self, cx: &mut Cx<'_, '_>, id: &str, _input: &Input) -> Result<()> {
        cx.services.scheduled.delete_group(cx.tx, scope(cx.caller), id)
    }

    fn act(&self, cx: &mut Cx<'_, '_>, id: &str, action: &str, input: &Input) -> Result<()> {
        let (service, scope) = (&cx.services.scheduled, scope(cx.caller));
        match action {
            "enable" | "disable" => {
                let patch = GroupPatch { enabled: Some(action == "enable"), ..GroupPatch::default() };
                service.update_group(cx.tx, scope, id, patch).map(drop)
            }
            "add" => service.add_members(cx.tx, scope, id, &[(input.get("job").to_owned(), 0)]).map(drop),
            "remove" => service.remove_members(cx.tx, scope, id, &[input.get("job").to_owned()]),
            "attach" => service.attach_group(cx.tx, scope, id, input.get("trigger")).map(drop),
            _ => service.detach_group(cx.tx, scope, id, input.get("trigger")),
        }
    }

    fn calls(&self, cx: &mut Cx<'_, '_>, verb: Verb, id: Option<&str>) -> Result<Vec<Call>> {
        let name = match (verb, id) {
            (Verb::Update, Some(id)) => get(cx, id)?.name,
            _ => String::new(),
        };
        let uuid = id.unwrap_or_default();
        let of = Resource {
            name: "SchedulerJobGroup",
            path: "jobgroups",
            example: &[("name", "nightly"), ("type", "volumeSnapshot")],
        };
        Ok(scheduled::calls(cx.place, &of, verb, uuid, &name))
    }
}

/// By part of the name, or by the whole id.
fn matching(cx: &mut Cx<'_, '_>, wanted: &Wanted<'_>) -> Result<Vec<JobGroup>> {
    let service = &cx.services.scheduled;
    if scheduled::is_id(wanted.text) {
        return scheduled::if_found(service.get_group(cx.tx, scope(cx.caller), wanted.text));
    }
    service.browse(cx.tx, &cx.caller.account_id, &wanted.browse())
}

fn get(cx: &mut Cx<'_, '_>, id: &str) -> Result<JobGroup> {
    cx.services.scheduled.get_group(cx.tx, scope(cx.caller), id)
}

/// The jobs of a group, with ways to take one out and to put one in.
fn jobs(cx: &mut Cx<'_, '_>, group: &JobGroup) -> Result<Section> {
    let (service, scope) = (&cx.services.scheduled, scope(cx.caller));
    let mut rows = Vec::new();
    for job_id in &group.job_ids {
        let job = service.get_job(cx.tx, scope, job_id)?;
        let mut row: Row = scheduled::job_row(cx, &job);
        row.buttons.push(Button {
            text: cx.t("job-groups.remove"),
            action: action(GROUPS, &group.id, "remove"),
            hidden: vec![("job", job.id)],
            about: job.name,
        });
        rows.push(row);
    }
    // Jobs of the same kind that are in no group.
    let free = Query {
        conditions: vec![
            Condition::is("kind", group.kind.as_str()),
            Condition::none_at(&["memberships"], "group"),
        ],
        ..scheduled::newest()
    };
    let choices: Vec<Choice> = service
        .find::<Job>(cx.tx, scope, &free)?
        .into_iter()
        .map(|job| Choice::new(job.id, format!("{} · {}", job.name, job.target), false))
        .collect();
    let title = cx.t("scheduled-jobs.title");
    let query = Input::default().query(&[("kind", group.kind.as_str())]);
    Ok(Section {
        id: "jobs",
        title: title.clone(),
        count: Some(rows.len() as u64),
        table: Table { caption: title, columns: scheduled::job_columns(cx), rows },
        empty: cx.t("job-groups.no-jobs"),
        form: (!choices.is_empty()).then(|| InlineForm {
            action: action(GROUPS, &group.id, "add"),
            fields: vec![Field::select("job", cx.t("scheduled-jobs.one"), choices)],
            submit: cx.t("job-groups.add"),
        }),
        more: Some(Link::new(cx.t("scheduled-jobs.new"), format!("/console/new/scheduled-jobs?{query}"))),
        ..Section::default()
    })
}
