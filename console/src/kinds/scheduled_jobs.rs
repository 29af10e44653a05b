//! ZStack's scheduled jobs.

use muster_core::{Error, Result};
use muster_jobs::scheduled::{Job, JobPatch, NewJob};

use super::scheduled::{self, GROUPS, JOBS, Resource, scope};
use super::{COUNT_TO, Doing, Found, Going, Hit, Kind, Made, Verb, Wanted, link};
use crate::cx::Cx;
use crate::frame::Heading;
use crate::input::Input;
use crate::view::form::{Field, Group};
use crate::view::object::{Object, Section};
use crate::view::{Call, Cloud, Column, Fact, Link, Row, Value};

pub(super) struct ScheduledJobs;

const KIND: &str = "scheduled job";

impl Kind for ScheduledJobs {
    fn slug(&self) -> &'static str {
        JOBS
    }

    fn heading(&self) -> Heading {
        Heading::Jobs
    }

    fn cloud(&self) -> Cloud {
        Cloud::ZStack
    }

    fn doing(&self, verb: Verb) -> Option<Doing> {
        let (operation, permission) = match verb {
            Verb::List | Verb::Show => ("QuerySchedulerJob", "zstack:QuerySchedulerJob"),
            Verb::Create => ("CreateSchedulerJob", "zstack:CreateSchedulerJob"),
            Verb::Update => ("UpdateSchedulerJob", "zstack:UpdateSchedulerJob"),
            Verb::Delete => ("DeleteSchedulerJob", "zstack:DeleteSchedulerJob"),
            Verb::Act("enable" | "disable") => ("ChangeSchedulerState", "zstack:ChangeSchedulerState"),
            Verb::Act("attach") => {
                ("AddSchedulerJobToSchedulerTrigger", "zstack:AddSchedulerJobToSchedulerTrigger")
            }
            Verb::Act("detach") => {
                ("RemoveSchedulerJobFromSchedulerTrigger", "zstack:RemoveSchedulerJobFromSchedulerTrigger")
            }
            Verb::Act(_) => return None,
        };
        Some(Doing { operation, permission })
    }

    fn actions(&self) -> &'static [&'static str] {
        &["enable", "disable", "attach", "detach"]
    }

    fn subject(&self, id: &str) -> (&'static str, String) {
        (KIND, id.to_owned())
    }

    fn columns(&self, cx: &Cx<'_, '_>) -> Vec<Column> {
        vec![
            Column::new(cx.t("object.name")),
            Column::new(cx.t("scheduled-jobs.kind")),
            Column::new(cx.t("scheduled-jobs.state")),
            Column::numeric(cx.t("triggers.title")),
            Column::new(cx.t("object.changed")),
        ]
    }

    fn rows(&self, cx: &mut Cx<'_, '_>, wanted: &Wanted<'_>) -> Result<Found> {
        let found = matching(cx, wanted)?;
        let place = |each: &Job| (each.created_at, each.id.clone());
        Found::browsed(wanted, found, place, |job| {
            let state = scheduled::switched(cx, job.enabled);
            Ok(Row::from(vec![
                Value::Named(link(JOBS, &job.id, job.name), job.id),
                Value::Text(scheduled::kind_word(cx, job.kind)),
                Value::State(state),
                Value::number(job.trigger_ids.len()),
                cx.time(job.updated_at),
            ]))
        })
    }

    fn count(&self, cx: &mut Cx<'_, '_>) -> Result<u64> {
        cx.services.scheduled.count_up_to::<Job>(cx.tx, &cx.caller.account_id, COUNT_TO)
    }

    fn search(&self, cx: &mut Cx<'_, '_>, text: &str, limit: u32) -> Result<Vec<Hit>> {
        let found = matching(cx, &Wanted::first(text, limit))?;
        Ok(found.into_iter().map(|job| Hit { below: job.id.clone(), id: job.id, name: job.name }).collect())
    }

    fn show(&self, cx: &mut Cx<'_, '_>, id: &str) -> Result<Object> {
        let job = get(cx, id)?;
        let mut groups: Vec<Link> = Vec::new();
        for group_id in &job.group_ids {
            let group = cx.services.scheduled.get_group(cx.tx, scope(cx.caller), group_id)?;
            groups.push(link(GROUPS, &group.id, group.name));
        }
        let mut sections = vec![scheduled::triggers_of(cx, JOBS, &job.id, &job.trigger_ids)?];
        if !job.settings.is_empty() {
            sections.push(Section {
                id: "settings",
                title: cx.t("scheduled-jobs.settings"),
                text: Some(scheduled::settings_text(&job.settings)),
                ..Section::default()
            });
        }
        Ok(Object {
            state: Some(scheduled::switched(cx, job.enabled)),
            buttons: vec![scheduled::switch(cx, JOBS, &job.id, job.enabled)],
            facts: vec![
                Fact::new(cx.t("scheduled-jobs.kind"), Value::Text(scheduled::kind_word(cx, job.kind))),
                Fact::new(cx.t("scheduled-jobs.target"), Value::Id(job.target)),
                Fact::new(cx.t("job-groups.one"), Value::links(groups)),
                Fact::new(cx.t("scheduled-jobs.runs"), Value::Text(cx.t("scheduled-jobs.records-only"))),
                Fact::new(cx.t("object.created"), cx.time(job.created_at)),
                Fact::new(cx.t("object.changed"), cx.time(job.updated_at)),
            ],
            sections,
            name: job.name,
            id: job.id,
            note: job.description.unwrap_or_default(),
            ..Object::default()
        })
    }

    fn blank(&self, query: &Input) -> Input {
        Input::default().with("kind", query.get("kind"))
    }

    fn filled(&self, cx: &mut Cx<'_, '_>, id: &str) -> Result<Input> {
        let job = get(cx, id)?;
        Ok(Input::default()
            .with("name", job.name)
            .with("description", job.description.unwrap_or_default())
            .with("settings", scheduled::settings_text(&job.settings)))
    }

    fn form(&self, cx: &mut Cx<'_, '_>, id: Option<&str>, values: &Input) -> Result<Vec<Group>> {
        let mut fields = vec![
            Field::line("name", cx.t("object.name"), values.get("name")).required().max(255),
            Field::line("description", cx.t("object.description"), values.get("description")).max(2048),
        ];
        match id {
            Some(id) => {
                let job = get(cx, id)?;
                fields.push(Field::fixed(
                    "kind",
                    cx.t("scheduled-jobs.kind"),
                    scheduled::kind_word(cx, job.kind),
                ));
                fields.push(Field::fixed("target", cx.t("scheduled-jobs.target"), job.target));
            }
            None => {
                fields.push(scheduled::kind_field(cx, values.get("kind")));
                fields.push(
                    Field::line("target", cx.t("scheduled-jobs.target"), values.get("target"))
                        .required()
                        .max(32)
                        .hint(cx.t("scheduled-jobs.target-hint")),
                );
            }
        }
        fields.push(scheduled::settings_field(cx, values));
        Ok(vec![Group { fields, ..Group::default() }])
    }

    fn create(&self, cx: &mut Cx<'_, '_>, input: &Input) -> Result<Made> {
        let new = NewJob {
            id: None,
            name: named(input)?,
            description: input.some("description"),
            kind: scheduled::asked_kind(input)?,
            target: input.get("target").to_owned(),
            settings: scheduled::asked_settings(input)?,
        };
        let job = cx.services.scheduled.create_job(cx.tx, &cx.caller.account_id, new)?;
        Ok(Made { id: job.id, name: job.name })
    }

    fn update(&self, cx: &mut Cx<'_, '_>, id: &str, input: &Input) -> Result<()> {
        let before = get(cx, id)?.settings;
        let patch = JobPatch {
            name: Some(named(input)?),
            description: Some(input.get("description").to_owned()),
            settings: scheduled::settings_patch(&before, scheduled::asked_settings(input)?),
        };
        cx.services.scheduled.update_job(cx.tx, scope(cx.caller), id, patch).map(drop)
    }

    fn going(&self, cx: &mut Cx<'_, '_>, id: &str) -> Result<Going> {
        let job = get(cx, id)?;
        let mut consequences = vec![cx.t("scheduled-jobs.delete-stops")];
        if !job.trigger_ids.is_empty() {
            consequences.push(cx.lang.count("scheduled-jobs.delete-triggers", job.trigger_ids.len() as u64));
        }
        Ok(Going { name: job.name, consequences, fields: Vec::new() })
    }

    fn delete(&self, cx: &mut Cx<'_, '_>, id: &str, _input: &Input) -> Result<()> {
        cx.services.scheduled.delete_job(cx.tx, scope(cx.caller), id)
    }

    fn act(&self, cx: &mut Cx<'_, '_>, id: &str, action: &str, input: &Input) -> Result<()> {
        let (service, scope) = (&cx.services.scheduled, scope(cx.caller));
        match action {
            "enable" | "disable" => service.enable_job(cx.tx, scope, id, action == "enable").map(drop),
            "attach" => service.attach_job(cx.tx, scope, id, input.get("trigger")).map(drop),
            _ => service.detach_job(cx.tx, scope, id, input.get("trigger")),
        }
    }

    fn calls(&self, cx: &mut Cx<'_, '_>, verb: Verb, id: Option<&str>) -> Result<Vec<Call>> {
        let name = match (verb, id) {
            (Verb::Update, Some(id)) => get(cx, id)?.name,
            _ => String::new(),
        };
        let uuid = id.unwrap_or_default();
        let of = Resource {
            name: "SchedulerJob",
            path: "jobs",
            example: &[
                ("name", "snapshot of web-01"),
                ("type", "volumeSnapshot"),
                ("targetResourceUuid", "0f2d9c5e4b8a4c7d9e1f2a3b4c5d6e7f"),
            ],
        };
        Ok(scheduled::calls(cx.place, &of, verb, uuid, &name))
    }
}

/// By part of the name, or by the whole id.
fn matching(cx: &mut Cx<'_, '_>, wanted: &Wanted<'_>) -> Result<Vec<Job>> {
    let service = &cx.services.scheduled;
    if scheduled::is_id(wanted.text) {
        return scheduled::if_found(service.get_job(cx.tx, scope(cx.caller), wanted.text));
    }
    service.browse(cx.tx, &cx.caller.account_id, &wanted.browse())
}

fn get(cx: &mut Cx<'_, '_>, id: &str) -> Result<Job> {
    cx.services.scheduled.get_job(cx.tx, scope(cx.caller), id)
}

/// The API's rule for names, which the feature leaves to its wire.
pub(super) fn named(input: &Input) -> Result<String> {
    let name = input.get("name");
    if name.is_empty() || name.chars().count() > 255 {
        return Err(Error::invalid("name", "1 to 255 characters are allowed"));
    }
    Ok(name.to_owned())
}
