//! What an application group's jobs do: the jobs with their next due times, and the latest runs.

use muster_core::{PageRequest, Result};
use muster_jobs::app_groups::AppGroup;
use muster_jobs::instances::{Instance, InstanceFilter, State as RunState};
use muster_jobs::job::{Job, JobFilter};

use crate::chart::{Hue, Share, Shares};
use crate::cx::Cx;
use crate::view::object::Section;
use crate::view::{Column, Row, State, Table, Tone, Value};

/// Jobs that a group's page shows.
const JOBS: u64 = 50;
/// Runs that it shows, and that its picture counts.
const RUNS: u64 = 20;

/// The jobs and the runs of a group, and how the latest runs ended.
pub(super) fn sections(cx: &mut Cx<'_, '_>, group: &AppGroup) -> Result<(Vec<Section>, Option<Shares>)> {
    let (namespace, group_id) = (&group.namespace, &group.group_id);
    let filter = JobFilter { page: PageRequest { offset: 0, limit: JOBS }, ..JobFilter::default() };
    let jobs = cx.services.jobs.list(cx.tx, cx.caller, namespace, group_id, &filter)?;
    let filter = InstanceFilter { page: PageRequest { offset: 0, limit: RUNS }, ..InstanceFilter::default() };
    let runs = cx.services.instances.list(cx.tx, cx.caller, namespace, group_id, &filter)?;
    if jobs.total == 0 && runs.is_empty() {
        return Ok((Vec::new(), None));
    }
    let mut named = Vec::new();
    for run in &runs {
        let known = jobs.items.iter().find(|job| job.id == run.job);
        let name = match known {
            Some(job) => job.definition.name.clone(),
            None => {
                let job = cx.services.jobs.get(cx.tx, cx.caller, namespace, group_id, run.job);
                job.map_or_else(|_| run.job.to_string(), |job| job.definition.name)
            }
        };
        named.push(run_row(cx, run, name));
    }
    let jobs_section = Section {
        id: "jobs",
        title: cx.t("app-groups.jobs"),
        count: Some(jobs.total),
        table: Table {
            caption: cx.t("app-groups.jobs"),
            columns: ["object.name", "work.rule", "jobs.state", "triggers.due"]
                .map(|key| Column::new(cx.t(key)))
                .to_vec(),
            rows: jobs.items.iter().map(|job| job_row(cx, job)).collect(),
        },
        empty: cx.t("work.no-jobs"),
        ..Section::default()
    };
    let runs_section = Section {
        id: "runs",
        title: cx.t("work.runs"),
        table: Table {
            caption: cx.t("work.runs"),
            columns: ["work.job", "jobs.state", "work.scheduled", "work.took", "work.worker"]
                .map(|key| Column::new(cx.t(key)))
                .to_vec(),
            rows: named,
        },
        empty: cx.t("work.no-runs"),
        ..Section::default()
    };
    Ok((vec![jobs_section, runs_section], shares(cx, &runs)))
}

fn job_row(cx: &Cx<'_, '_>, job: &Job) -> Row {
    let definition = &job.definition;
    let state = if job.enabled {
        State::new(Tone::Good, cx.t("jobs.enabled"))
    } else {
        State::new(Tone::Off, cx.t("jobs.disabled"))
    };
    let due = job.next_due.filter(|_| job.enabled).map_or(Value::None, |due| cx.time(due));
    Row::from(vec![
        Value::Pair(definition.name.clone(), job.id.to_string()),
        Value::Pair(definition.time.expression.clone(), definition.kind.as_str().to_owned()),
        Value::State(state),
        due,
    ])
}

fn run_row(cx: &Cx<'_, '_>, run: &Instance, job: String) -> Row {
    let took = match (run.started_at, run.ended_at) {
        (Some(start), Some(end)) => Value::Text(
            cx.lang.fill("attempt.ms", &[&cx.lang.number(end.since(start).max(0).unsigned_abs())]),
        ),
        _ => Value::None,
    };
    // What a run resulted in matters to whoever looks for trouble.
    let why = if run.state == RunState::Success { String::new() } else { run.result.clone() };
    Row::from(vec![
        Value::Pair(job, run.id.to_string()),
        Value::Because(state(cx, run.state), why),
        cx.time(run.scheduled_at),
        took,
        Value::text(run.worker_address.clone()),
    ])
}

fn state(cx: &Cx<'_, '_>, state: RunState) -> State {
    let (tone, key) = match state {
        RunState::Waiting | RunState::Queued | RunState::Held => (Tone::Waiting, "work.waiting"),
        RunState::Submitted | RunState::Running => (Tone::Waiting, "work.running"),
        RunState::Retrying => (Tone::Warning, "work.retrying"),
        RunState::Success => (Tone::Good, "work.success"),
        RunState::Failed => (Tone::Bad, "work.failed"),
        RunState::Stopped => (Tone::Off, "work.stopped"),
        RunState::Skipped => (Tone::Off, "work.skipped"),
        RunState::Blocked => (Tone::Warning, "work.blocked"),
    };
    State::new(tone, cx.t(key))
}

fn shares(cx: &Cx<'_, '_>, runs: &[Instance]) -> Option<Shares> {
    if runs.is_empty() {
        return None;
    }
    let count = |wanted: fn(RunState) -> bool| runs.iter().filter(|run| wanted(run.state)).count() as u64;
    let share = |key: &str, hue, count| Share { label: cx.t(key), count, hue };
    Some(Shares {
        shares: vec![
            share("work.success", Hue::Good, count(|state| state == RunState::Success)),
            share("work.running", Hue::Waiting, count(|state| !state.is_final())),
            share("work.failed", Hue::Bad, count(|state| state == RunState::Failed)),
            share("work.stopped", Hue::Off, count(|state| state == RunState::Stopped)),
        ],
    })
}
