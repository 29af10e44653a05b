//! What can be done with a job, and what is asked before.

use jiff::civil::{Date, Time as TimeOfDay};
use muster_core::{Error, Result, Timestamp};
use muster_jobs::app_groups::AppGroup;
use muster_jobs::designations::{self, DesignateKind, Designation};
use muster_jobs::instances::{Backfill, Execute};
use muster_jobs::job::{Job, ScriptText};

use super::super::{Ask, app_groups, href, runs};
use super::form::chosen;
use crate::cx::Cx;
use crate::input::Input;
use crate::view::form::{Field, Group};
use crate::view::listing::Choice;

/// What an action asks.
pub(super) fn ask(
    cx: &mut Cx<'_, '_>,
    job: &Job,
    group: &AppGroup,
    action: &str,
    values: &Input,
) -> Result<Ask> {
    let name = job.definition.name.as_str();
    let (title, lead, submit, fields) = match action {
        "run" => ("jobs.run-title", "jobs.run-lead", "jobs.run-once", run_fields(cx, group, values)),
        "backfill" => ("jobs.backfill-title", "jobs.backfill-lead", "jobs.backfill", days(cx, values)),
        "copy" => ("jobs.copy-title", "jobs.copy-lead", "jobs.copy", copy_fields(cx, job, values)?),
        "script" => ("jobs.script-title", "jobs.script-lead", "form.save", script_fields(cx, job, values)),
        "workers" => {
            let fields = worker_fields(cx, job, group, values)?;
            ("jobs.workers-title", "jobs.workers-lead", "form.save", fields)
        }
        _ => return Err(Error::not_found("page", action)),
    };
    Ok(Ask {
        title: cx.lang.fill(title, &[name]),
        lead: cx.t(lead),
        consequences: Vec::new(),
        groups: vec![Group { fields, ..Group::default() }],
        submit: cx.t(submit),
    })
}

fn run_fields(cx: &Cx<'_, '_>, group: &AppGroup, values: &Input) -> Vec<Field> {
    let chosen = values.get("worker");
    let mut workers = vec![Choice::new("", cx.t("jobs.any-worker"), chosen.is_empty())];
    workers.extend(cx.services.workers.0.workers(group.id).iter().map(|worker| {
        let address = worker.address();
        let is_chosen = address == chosen;
        Choice::new(address, format!("{}:{} · {}", worker.host, worker.port, worker.starter), is_chosen)
    }));
    vec![
        Field::area("instance-parameters", cx.t("jobs.run-parameters"), values.exact("instance-parameters"))
            .hint(cx.t("jobs.run-parameters-hint")),
        Field::select("worker", cx.t("work.worker"), workers),
    ]
}

fn days(cx: &Cx<'_, '_>, values: &Input) -> Vec<Field> {
    let time = values.some("time-of-day").unwrap_or_else(|| "00:00:00".to_owned());
    vec![
        Field::date("start-date", cx.t("jobs.first-day"), values.get("start-date")).required(),
        Field::date("end-date", cx.t("jobs.last-day"), values.get("end-date")).required(),
        Field::line("time-of-day", cx.t("jobs.time-of-day"), time)
            .required()
            .max(8)
            .hint(cx.t("jobs.time-of-day-hint")),
    ]
}

fn copy_fields(cx: &mut Cx<'_, '_>, job: &Job, values: &Input) -> Result<Vec<Field>> {
    let mut groups = app_groups::choices(cx, values.get("to"))?;
    let own = job.app_group.to_string();
    groups.retain(|choice| choice.value != own);
    Ok(vec![Field::select("to", cx.t("jobs.copy-to"), groups).required()])
}

fn script_fields(cx: &Cx<'_, '_>, job: &Job, values: &Input) -> Vec<Field> {
    let script = match values.exact("script") {
        "" => job.definition.content.clone(),
        typed => typed.to_owned(),
    };
    let note = values.get("version-description");
    vec![
        Field::area("script", cx.t("jobs.script"), script).rows(20).required(),
        Field::line("version-description", cx.t("jobs.script-note"), note).max(1024),
    ]
}

fn worker_fields(cx: &mut Cx<'_, '_>, job: &Job, group: &AppGroup, values: &Input) -> Result<Vec<Field>> {
    let set = designations::get(cx.tx, cx.caller, &group.namespace, &group.group_id, job.id)?;
    let (kind, transferable, targets) = match (values.some("by"), set) {
        (Some(kind), _) => (kind, values.on("transferable"), values.get("targets").to_owned()),
        (None, Some(set)) => (set.kind.as_str().to_owned(), set.transferable, set.targets.join("\n")),
        (None, None) => (DesignateKind::Worker.as_str().to_owned(), true, String::new()),
    };
    let kinds = DesignateKind::ALL.iter().map(|each| {
        Choice::new(each.as_str(), cx.t(&format!("designate.{}", each.as_str())), each.as_str() == kind)
    });
    let workers = cx.services.workers.0.workers(group.id);
    let known: Vec<String> = workers
        .iter()
        .map(|worker| match worker.label.as_str() {
            "" => format!("{}:{}", worker.host, worker.port),
            label => format!("{}:{} ({label})", worker.host, worker.port),
        })
        .collect();
    let hint = match known.is_empty() {
        true => cx.t("jobs.targets-none"),
        false => cx.lang.fill("jobs.targets-hint", &[&known.join(" · ")]),
    };
    Ok(vec![
        Field::select("by", cx.t("jobs.designate-by"), kinds.collect()),
        Field::area("targets", cx.t("jobs.targets"), targets).hint(hint),
        Field::switch("transferable", cx.t("jobs.transferable"), transferable),
    ])
}

/// Does it; where to look afterwards, if not at the job's own page.
pub(super) fn act(
    cx: &mut Cx<'_, '_>,
    job: &Job,
    group: &AppGroup,
    action: &str,
    input: &Input,
) -> Result<Option<String>> {
    let (namespace, group_id) = (group.namespace.as_str(), group.group_id.as_str());
    match action {
        "enable" | "disable" => {
            let wanted = action == "enable";
            let ids = [job.id];
            cx.services.jobs.set_enabled(cx.tx, cx.caller, namespace, Some(group_id), &ids, wanted)?;
            Ok(None)
        }
        "run" => {
            let wish = Execute {
                parameters: input.exact("instance-parameters").to_owned(),
                only_enabled: false,
                designated: input.some("worker").map(|address| (DesignateKind::Worker, address)),
            };
            let run = cx.services.instances.execute(cx.tx, cx.caller, namespace, group_id, job.id, wish)?;
            Ok(Some(href(runs::SLUG, &run.to_string())))
        }
        "backfill" => {
            let wish = asked_days(cx, job, input)?;
            cx.services.instances.backfill(cx.tx, cx.caller, namespace, group_id, job.id, wish)?;
            Ok(Some(format!("/console/{}?job={}", runs::SLUG, job.id)))
        }
        "copy" => {
            let target = app_groups::get(cx, input.get("to"))
                .map_err(|_| Error::invalid("to", "it is none of the choices"))?;
            let to = (target.namespace.as_str(), target.group_id.as_str());
            cx.services.jobs.copy(cx.tx, cx.caller, (namespace, group_id), to, &[job.id])?;
            Ok(Some(format!("/console/{}?group={}", super::SLUG, target.id)))
        }
        "script" => {
            let script =
                ScriptText { content: input.exact("script"), description: input.get("version-description") };
            cx.services.jobs.update_script(cx.tx, cx.caller, namespace, group_id, job.id, &script)?;
            Ok(None)
        }
        _ => {
            let designation = Designation {
                kind: chosen(input, "by", DesignateKind::from_text)?,
                transferable: input.on("transferable"),
                targets: input.lines("targets").map(str::to_owned).collect(),
            };
            designations::set(cx.tx, cx.caller, namespace, group_id, job.id, &designation)?;
            Ok(None)
        }
    }
}

/// The days of a backfill, in the job's zone.
fn asked_days(cx: &Cx<'_, '_>, job: &Job, input: &Input) -> Result<Backfill> {
    let zone = cx.services.jobs.zone(&job.definition.time.zone);
    let day = |name: &str| {
        let wrong = || Error::invalid(name, "it is not a day such as 2026-01-15");
        let date: Date = input.get(name).parse().map_err(|_| wrong())?;
        let noon = date.at(12, 0, 0, 0).to_zoned(zone.clone()).map_err(|_| wrong())?;
        Ok::<_, Error>(Timestamp::from_millis(noon.timestamp().as_millisecond()))
    };
    let time_of_day: TimeOfDay = input
        .get("time-of-day")
        .parse()
        .map_err(|_| Error::invalid("time-of-day", "it is not a time such as 08:30:00"))?;
    Ok(Backfill { from: day("start-date")?, to: day("end-date")?, time_of_day })
}
