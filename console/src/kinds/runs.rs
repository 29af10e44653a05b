//! Runs: the instances of jobs, what became of them, and what they print.

use muster_core::{Error, Result, Timestamp};
use muster_identity::app_group_resource;
use muster_jobs::app_groups::AppGroup;
use muster_jobs::instances::{Instance, RunFilter, State as RunState};
use muster_jobs::job::JobBrowse;
use muster_jobs::logs::{LogQuery, Order};
use serde_json::Value as Json;

use super::app_groups as of_groups;
use super::jobs::{self, run_columns, run_row};
use super::scheduled::local;
use super::{Ask, COUNT_TO, Doing, Found, Going, Hit, Kind, Verb, Wanted, action, link, workflow_runs};
use crate::calls::{self, AlibabaApi};
use crate::chart::{Hue, Share, Shares};
use crate::cx::Cx;
use crate::frame::Heading;
use crate::input::Input;
use crate::view::listing::{Choice, Filter, Typed};
use crate::view::object::{Object, Section};
use crate::view::{Button, Call, Cloud, Column, Fact, Link, Row, State, Table, Tone, Value};

pub(crate) struct Runs;

pub(crate) const SLUG: &str = "runs";
/// What the audit log calls a run.
const KIND: &str = "job instance";
/// Jobs that a group's page shows, and runs that it shows and its picture counts.
const OF_A_GROUP: u32 = 20;
/// Lines of a log that its page shows: the latest.
const LINES: u64 = 500;
const HOUR_MS: i64 = 3_600_000;

/// Groups of states as people ask for them.
const STATES: [(&str, &[RunState]); 8] = [
    ("waiting", &[RunState::Waiting, RunState::Queued, RunState::Held]),
    ("running", &[RunState::Submitted, RunState::Running]),
    ("retrying", &[RunState::Retrying]),
    ("success", &[RunState::Success]),
    ("failed", &[RunState::Failed]),
    ("stopped", &[RunState::Stopped]),
    ("blocked", &[RunState::Blocked]),
    ("skipped", &[RunState::Skipped]),
];
const PERIODS: [(&str, i64); 4] = [("1h", 1), ("24h", 24), ("7d", 7 * 24), ("30d", 30 * 24)];

impl Kind for Runs {
    fn slug(&self) -> &'static str {
        SLUG
    }

    fn heading(&self) -> Heading {
        Heading::Jobs
    }

    fn cloud(&self) -> Cloud {
        Cloud::SchedulerX
    }

    fn doing(&self, verb: Verb) -> Option<Doing> {
        let (operation, permission) = match verb {
            Verb::List => ("GetJobInstanceList", "edas:ReadSchedulerxJobInstanceQuery"),
            Verb::Show => ("GetJobInstance", "edas:ReadSchedulerxJobInstanceQuery"),
            Verb::Act("stop") => ("StopInstance", "edas:StopInstance"),
            Verb::Act("retry") => ("RetryJobInstance", "edas:ManageSchedulerxJobInstRun"),
            Verb::Act("succeed") => ("SetJobInstanceSuccess", "edas:SetJobInstanceSuccess"),
            _ => return None,
        };
        Some(Doing { operation, permission })
    }

    fn resource_of(&self, cx: &mut Cx<'_, '_>, id: &str) -> Result<String> {
        let (_, group) = get(cx, id)?;
        Ok(app_group_resource(&group.namespace, &group.group_id))
    }

    fn actions(&self) -> &'static [&'static str] {
        &["stop", "retry", "succeed"]
    }

    fn asking(&self) -> &'static [&'static str] {
        &["stop", "succeed"]
    }

    fn subject(&self, id: &str) -> (&'static str, String) {
        (KIND, id.to_owned())
    }

    fn columns(&self, cx: &Cx<'_, '_>) -> Vec<Column> {
        run_columns(cx)
    }

    fn filters(&self, cx: &mut Cx<'_, '_>, input: &Input) -> Result<Vec<Filter>> {
        let any = |key: &str, name: &str| Choice::new("", cx.t(key), input.get(name).is_empty());
        let mut states = vec![any("runs.any-state", "state")];
        let state = |(word, _): (&str, _)| {
            Choice::new(word, cx.t(&format!("work.{word}")), input.get("state") == word)
        };
        states.extend(STATES.map(state));
        let mut periods = vec![any("runs.any-time", "within")];
        let period =
            |(word, _)| Choice::new(word, cx.t(&format!("within.{word}")), input.get("within") == word);
        periods.extend(PERIODS.map(period));
        Ok(vec![
            of_groups::filter(cx, input)?,
            Filter { name: "state", label: cx.t("jobs.state"), choices: states },
            Filter { name: "within", label: cx.t("work.scheduled"), choices: periods },
        ])
    }

    fn typed(&self, cx: &Cx<'_, '_>, input: &Input) -> Vec<Typed> {
        let typed = |name, key: &str| Typed { name, label: cx.t(key), value: input.get(name).to_owned() };
        vec![typed("job", "runs.job-number"), typed("worker", "runs.worker-begins")]
    }

    fn is_live(&self) -> bool {
        true
    }

    fn rows(&self, cx: &mut Cx<'_, '_>, wanted: &Wanted<'_>) -> Result<Found> {
        if !wanted.text.is_empty() {
            let found = get(cx, wanted.text).into_iter().map(|(run, _)| run).collect();
            return page(cx, wanted, found);
        }
        let filter = asked(cx, wanted)?;
        let after =
            wanted.after.split_once('.').and_then(|(s, id)| Some((s.parse().ok()?, id.parse().ok()?)));
        let found = cx.services.instances.browse(cx.tx, cx.caller, &filter, after, wanted.size() + 1)?;
        page(cx, wanted, found)
    }

    fn looks_at_newest(&self, wanted: &Wanted<'_>) -> bool {
        let states = wanted.filter("state").map(|word| states_of(&word)).unwrap_or_default();
        let job = wanted.filter("job").and_then(|id| id.parse().ok());
        let worker = wanted.filter("worker").unwrap_or_default();
        RunFilter { states, job, worker, ..RunFilter::default() }.looks_through()
    }

    fn count(&self, _cx: &mut Cx<'_, '_>) -> Result<u64> {
        // Nobody asks how many runs there are: lists of them are walked.
        Ok(COUNT_TO.unsigned_abs())
    }

    fn search(&self, cx: &mut Cx<'_, '_>, text: &str, _limit: u32) -> Result<Vec<Hit>> {
        let Ok((run, _)) = get(cx, text) else { return Ok(Vec::new()) };
        let job = cx.services.jobs.names(cx.tx, cx.caller, &[run.job])?.remove(&run.job);
        let id = run.id.to_string();
        Ok(vec![Hit { name: job.unwrap_or_else(|| id.clone()), below: id.clone(), id }])
    }

    fn show(&self, cx: &mut Cx<'_, '_>, id: &str) -> Result<Object> {
        let (run, group) = get(cx, id)?;
        let name = cx.services.jobs.names(cx.tx, cx.caller, &[run.job])?.remove(&run.job);
        let name = name.unwrap_or_else(|| run.job.to_string());
        let mut sections = vec![log(cx, &run)?];
        if !run.result.is_empty() {
            let text = Some(run.result.clone());
            sections.push(Section { id: "result", title: cx.t("runs.result"), text, ..Section::default() });
        }
        sections.extend(attempts(cx, &run)?);
        sections.extend(progress(cx, &run.progress));
        let may = |cx: &Cx<'_, '_>, name: &'static str| {
            let resource = app_group_resource(&group.namespace, &group.group_id);
            self.doing(Verb::Act(name))
                .is_some_and(|doing| cx.caller.require(doing.permission, &resource).is_ok())
        };
        let (mut buttons, mut links) = (Vec::new(), Vec::new());
        if run.state.is_final() {
            if may(cx, "retry") {
                buttons.push(Button {
                    text: cx.t("runs.retry"),
                    action: action(SLUG, id, "retry"),
                    hidden: Vec::new(),
                    about: String::new(),
                });
            }
            if run.state != RunState::Success && may(cx, "succeed") {
                links.push(Link::new(cx.t("runs.succeed"), action(SLUG, id, "succeed")));
            }
        } else if may(cx, "stop") {
            links.push(Link::new(cx.t("runs.stop"), action(SLUG, id, "stop")));
        }
        Ok(Object {
            name: format!("{name} · {}", time_of(cx, &run)?),
            id: run.id.to_string(),
            note: if run.state == RunState::Success { String::new() } else { first_line(&run.result) },
            state: Some(state(cx, run.state)),
            buttons,
            links,
            facts: facts(cx, &run, &group, &name)?,
            sections,
            ..Object::default()
        })
    }

    fn going(&self, cx: &mut Cx<'_, '_>, id: &str) -> Result<Going> {
        let (run, _) = get(cx, id)?;
        Ok(Going { name: run.id.to_string(), ..Going::default() })
    }

    fn ask(&self, cx: &mut Cx<'_, '_>, id: &str, action: &str, _values: &Input) -> Result<Ask> {
        let (run, _) = get(cx, id)?;
        let job = cx.services.jobs.names(cx.tx, cx.caller, &[run.job])?.remove(&run.job).unwrap_or_default();
        let consequences = match action {
            "stop" => {
                let who = if run.worker_address.is_empty() {
                    cx.t("runs.stop-waiting")
                } else {
                    cx.lang.fill("runs.stop-worker", &[&run.worker_address])
                };
                vec![who, cx.t("runs.stop-no-retry")]
            }
            "succeed" => vec![cx.t("runs.succeed-means"), cx.t("runs.succeed-stays")],
            _ => return Err(Error::not_found("page", action)),
        };
        Ok(Ask {
            title: cx.lang.fill(&format!("runs.{action}-title"), &[id, &job]),
            consequences,
            submit: cx.t(&format!("runs.{action}")),
            ..Ask::default()
        })
    }

    fn act(&self, cx: &mut Cx<'_, '_>, id: &str, action: &str, _input: &Input) -> Result<()> {
        let (run, group) = get(cx, id)?;
        let (namespace, group_id) = (&group.namespace, &group.group_id);
        let runs = &cx.services.instances;
        match action {
            "stop" => runs.stop(cx.tx, cx.caller, namespace, group_id, run.job, run.id),
            "retry" => runs.retry(cx.tx, cx.caller, namespace, group_id, run.job, run.id),
            _ => runs.set_success(cx.tx, cx.caller, namespace, group_id, run.job, run.id),
        }
    }

    fn calls(&self, cx: &mut Cx<'_, '_>, verb: Verb, id: Option<&str>) -> Result<Vec<Call>> {
        let mut params = vec![("RegionId", cx.place.region.clone())];
        let Some(id) = id else {
            let (namespace, group_id) = of_groups::newest(cx)?;
            params.extend([("Namespace", namespace), ("GroupId", group_id)]);
            return Ok(calls::alibaba(cx.place, AlibabaApi::SchedulerX, "GetJobInstanceList", &params));
        };
        let (run, group) = get(cx, id)?;
        params.extend([
            ("Namespace", group.namespace),
            ("GroupId", group.group_id),
            ("JobId", run.job.to_string()),
        ]);
        let (operation, number) = match verb {
            Verb::Act("stop") => ("StopInstance", "InstanceId"),
            Verb::Act("retry") => ("RetryJobInstance", "JobInstanceId"),
            Verb::Act("succeed") => ("SetJobInstanceSuccess", "JobInstanceId"),
            _ => ("GetJobInstance", "JobInstanceId"),
        };
        params.push((number, run.id.to_string()));
        Ok(calls::alibaba(cx.place, AlibabaApi::SchedulerX, operation, &params))
    }
}

/// The run with its group.
fn get(cx: &mut Cx<'_, '_>, id: &str) -> Result<(Instance, AppGroup)> {
    let number = id.parse().map_err(|_| Error::not_found(KIND, id))?;
    let run = cx.services.instances.find(cx.tx, cx.caller, number)?;
    let group = cx.services.app_groups.get_by_id(cx.tx, cx.caller, run.app_group)?;
    Ok((run, group))
}

fn states_of(word: &str) -> Vec<RunState> {
    STATES.iter().find(|(known, _)| *known == word).map_or_else(Vec::new, |(_, states)| states.to_vec())
}

/// What the address asks for.
fn asked(cx: &Cx<'_, '_>, wanted: &Wanted<'_>) -> Result<RunFilter> {
    let number = |name: &'static str| -> Result<Option<i64>> {
        let parse = |text: String| text.parse().map_err(|_| Error::invalid(name, "it is not a whole number"));
        wanted.filter(name).map(parse).transpose()
    };
    let instant = |name| Ok::<_, Error>(number(name)?.map(Timestamp::from_millis));
    let hours = wanted.filter("within").and_then(|word| PERIODS.iter().find(|(known, _)| *known == word));
    Ok(RunFilter {
        group: number("group")?,
        job: number("job")?,
        states: wanted.filter("state").map(|word| states_of(&word)).unwrap_or_default(),
        from: match hours {
            Some((_, hours)) => Some(cx.tx.now().plus_ms(-hours * HOUR_MS)),
            None => instant("from")?,
        },
        to: instant("to")?,
        worker: wanted.filter("worker").unwrap_or_default(),
    })
}

fn page(cx: &mut Cx<'_, '_>, wanted: &Wanted<'_>, mut found: Vec<Instance>) -> Result<Found> {
    let size = wanted.size() as usize;
    let more = found.len() > size;
    found.truncate(size);
    let next = found.last().filter(|_| more).map(|run| format!("{}.{}", run.scheduled_at.seconds(), run.id));
    Ok(Found { rows: rows(cx, &found)?, next })
}

/// Runs of several jobs as rows.
fn rows(cx: &mut Cx<'_, '_>, found: &[Instance]) -> Result<Vec<Row>> {
    let ids: Vec<i64> = found.iter().map(|run| run.job).collect();
    let names = cx.services.jobs.names(cx.tx, cx.caller, &ids)?;
    let row = |run: &Instance| {
        let number = run.job.to_string();
        run_row(cx, run, Some(names.get(&run.job).map_or(number.as_str(), String::as_str)))
    };
    Ok(found.iter().map(row).collect())
}

/// When it was due, in the zone of its job.
fn time_of(cx: &mut Cx<'_, '_>, run: &Instance) -> Result<String> {
    let zone = match cx.services.jobs.find(cx.tx, cx.caller, run.job) {
        Ok(job) => cx.services.jobs.zone(&job.definition.time.zone),
        Err(Error::NotFound { .. }) => cx.services.jobs.zone.clone(),
        Err(failure) => return Err(failure),
    };
    Ok(local(&zone, run.scheduled_at))
}

fn facts(cx: &mut Cx<'_, '_>, run: &Instance, group: &AppGroup, job: &str) -> Result<Vec<Fact>> {
    let time = |cx: &Cx<'_, '_>, at: Option<Timestamp>| at.map_or(Value::None, |at| cx.time(at));
    let span = |cx: &Cx<'_, '_>, ms: Option<i64>| ms.map_or(Value::None, |ms| Value::Text(duration(cx, ms)));
    let end = run.ended_at.unwrap_or_else(|| cx.tx.now());
    let max = match cx.services.jobs.find(cx.tx, cx.caller, run.job) {
        Ok(job) => job.definition.max_attempt + 1,
        Err(Error::NotFound { .. }) => run.attempt + 1,
        Err(failure) => return Err(failure),
    };
    let mut facts = vec![
        Fact::new(cx.t("work.job"), Value::Link(jobs::link_to(run.job, job))),
        Fact::new(
            cx.t("app-groups.one"),
            Value::Link(link(of_groups::SLUG, &group.id.to_string(), group.name.clone())),
        ),
        Fact::new(
            cx.t("runs.cause"),
            Value::Pair(cx.t(&format!("cause.{}", run.trigger.as_str())), run.executor.clone()),
        ),
        Fact::new(cx.t("work.scheduled"), cx.time(run.scheduled_at)),
        Fact::new(cx.t("runs.late"), span(cx, run.started_at.map(|start| start.since(run.scheduled_at)))),
        Fact::new(cx.t("runs.data-time"), cx.time(run.data_at)),
        Fact::new(cx.t("runs.started"), time(cx, run.started_at)),
        Fact::new(cx.t("runs.ended"), time(cx, run.ended_at)),
        Fact::new(cx.t("work.took"), span(cx, run.started_at.map(|start| end.since(start)))),
        Fact::new(
            cx.t("runs.attempt"),
            Value::Of((run.attempt + 1).unsigned_abs(), max.max(run.attempt + 1).unsigned_abs()),
        ),
        Fact::new(cx.t("work.worker"), Value::text(run.worker_address.clone())),
        Fact::new(cx.t("jobs.parameters"), Value::text(run.parameters.clone())),
    ];
    if let Some(id) = run.workflow_instance {
        let link = link(workflow_runs::SLUG, &id.to_string(), id.to_string());
        facts.push(Fact::new(cx.t("workflow-runs.one"), Value::Link(link)));
    }
    Ok(facts)
}

/// What it printed lately.
fn log(cx: &mut Cx<'_, '_>, run: &Instance) -> Result<Section> {
    let query = LogQuery { order: Order::NewestFirst, limit: LINES + 1, ..LogQuery::default() };
    let mut lines = cx.services.logs.read(cx.tx, cx.caller, run.id, &query)?;
    let is_cut = lines.len() as u64 > LINES;
    lines.truncate(usize::try_from(LINES).unwrap_or(usize::MAX));
    lines.reverse();
    let zone = cx.services.jobs.zone.clone();
    let text: Vec<String> = lines
        .iter()
        .map(|line| {
            let time = local(&zone, line.at);
            let time = time.split_once(' ').map_or(time.as_str(), |(_, time)| time);
            let mark = match line.stream.as_str() {
                "stdout" => "",
                "stderr" => "! ",
                _ => "# ",
            };
            format!("{time}  {mark}{}", line.text)
        })
        .collect();
    let lead = match (text.is_empty(), run.state.is_final(), is_cut) {
        (true, true, _) => cx.t("runs.log-none"),
        (true, false, _) => cx.t("runs.log-nothing-yet"),
        (false, _, true) => cx.lang.fill("runs.log-latest", &[&cx.lang.number(LINES)]),
        (false, ..) => cx.t("runs.log-marks"),
    };
    Ok(Section {
        id: "log",
        title: cx.t("runs.log"),
        lead,
        text: (!text.is_empty()).then(|| text.join("\n")),
        is_tail: true,
        ..Section::default()
    })
}

/// The attempts before the present one.
fn attempts(cx: &mut Cx<'_, '_>, run: &Instance) -> Result<Option<Section>> {
    let past = cx.services.instances.attempts(cx.tx, cx.caller, run.id)?;
    if past.is_empty() {
        return Ok(None);
    }
    let number = |attempt: i64| Value::number(attempt + 1);
    let mut rows: Vec<Row> = past
        .iter()
        .map(|attempt| {
            let took = attempt.started_at.map(|start| attempt.ended_at.since(start));
            Row::from(vec![
                number(attempt.attempt),
                Value::Because(State::new(Tone::Bad, cx.t("work.failed")), first_line(&attempt.result)),
                Value::text(attempt.worker_address.clone()),
                cx.time(attempt.ended_at),
                took.map_or(Value::None, |ms| Value::Text(duration(cx, ms))),
            ])
        })
        .collect();
    rows.push(Row::from(vec![
        number(run.attempt),
        Value::State(state(cx, run.state)),
        Value::text(run.worker_address.clone()),
        run.ended_at.map_or(Value::None, |end| cx.time(end)),
        Value::None,
    ]));
    let title = cx.t("runs.attempts");
    let columns = ["attempt.number", "jobs.state", "work.worker", "runs.ended", "work.took"];
    Ok(Some(Section {
        id: "attempts",
        title: title.clone(),
        count: Some(rows.len() as u64),
        table: Table { caption: title, columns: columns.map(|key| Column::new(cx.t(key))).to_vec(), rows },
        ..Section::default()
    }))
}

/// How far the tasks of a run are, by task and by worker, as its master says.
fn progress(cx: &Cx<'_, '_>, text: &str) -> Vec<Section> {
    const COUNTS: [&str; 5] = ["total", "pulled", "running", "success", "failed"];
    let said: Json = serde_json::from_str(text).unwrap_or_default();
    let table = |id, member: &str, name: &str, key: &str| {
        let parts = said[member].as_array().filter(|parts| !parts.is_empty())?;
        let mut rows: Vec<(String, Row)> = parts
            .iter()
            .map(|part| {
                let who = part[name].as_str().unwrap_or_default().to_owned();
                let mut cells = vec![Value::text(who.clone())];
                cells.extend(COUNTS.map(|count| Value::number(part[count].as_i64().unwrap_or(0))));
                (who, Row::from(cells))
            })
            .collect();
        // Workers tell them in any order.
        rows.sort_by(|one, other| one.0.cmp(&other.0));
        let mut columns = vec![Column::new(cx.t("object.name"))];
        columns.extend(COUNTS.map(|count| Column::numeric(cx.t(&format!("tasks.{count}")))));
        let rows = rows.into_iter().map(|(_, row)| row).collect();
        let title = cx.t(key);
        let table = Table { caption: title.clone(), columns, rows };
        Some(Section { id, title, table, ..Section::default() })
    };
    [
        table("tasks", "taskProgress", "name", "runs.tasks"),
        table("parts", "workerProgress", "workerAddr", "runs.by-worker"),
        table("shards", "shardingProgress", "shardingId", "runs.shards"),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The beginning of what a run resulted in.
pub(crate) fn first_line(text: &str) -> String {
    const LONGEST: usize = 160;
    let line = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default().trim();
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.to_owned(),
    }
}

/// A span of time in the unit that fits.
pub(crate) fn duration(cx: &Cx<'_, '_>, ms: i64) -> String {
    let ms = ms.max(0);
    let tenth = |unit: i64| format!("{}.{}", ms / unit, ms % unit * 10 / unit);
    match ms {
        0..1_000 => cx.lang.fill("span.ms", &[&ms.to_string()]),
        1_000..60_000 => cx.lang.fill("span.s", &[&tenth(1_000)]),
        60_000..3_600_000 => cx.lang.fill("span.min", &[&tenth(60_000)]),
        _ => cx.lang.fill("span.h", &[&tenth(3_600_000)]),
    }
}

/// The state of a run in a word.
pub(crate) fn state(cx: &Cx<'_, '_>, state: RunState) -> State {
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

/// The jobs and the runs of a group, and how the latest runs ended.
pub(super) fn sections(cx: &mut Cx<'_, '_>, group: &AppGroup) -> Result<(Vec<Section>, Option<Shares>)> {
    let id = group.id;
    let first = Wanted::first("", OF_A_GROUP);
    let of_group = JobBrowse { group: Some(id), enabled: None };
    let found = cx.services.jobs.browse(cx.tx, cx.caller, &of_group, &first.browse())?;
    let filter = RunFilter { group: Some(id), ..RunFilter::default() };
    let runs = cx.services.instances.browse(cx.tx, cx.caller, &filter, None, OF_A_GROUP)?;
    let mut job_rows = Vec::new();
    for job in found.iter().take(OF_A_GROUP as usize) {
        let due = job.next_due.filter(|_| job.enabled).map_or(Value::None, |due| cx.time(due));
        let kind = cx.t(&format!("job-type.{}", job.definition.kind.as_str()));
        job_rows.push(Row::from(vec![
            Value::Named(jobs::link_to(job.id, job.definition.name.clone()), job.id.to_string()),
            Value::Pair(jobs::rule(cx, job), kind),
            Value::State(jobs::state(cx, job)),
            due,
        ]));
    }
    let create = job_rows.is_empty();
    let jobs_section = Section {
        id: "jobs",
        title: cx.t("jobs.title"),
        count: Some(group.job_count.unsigned_abs()),
        table: Table {
            caption: cx.t("jobs.title"),
            columns: ["object.name", "work.rule", "jobs.state", "triggers.due"]
                .map(|key| Column::new(cx.t(key)))
                .to_vec(),
            rows: job_rows,
        },
        empty: cx.t("work.no-jobs"),
        more: Some(if create {
            Link::new(cx.t("jobs.new"), format!("/console/new/jobs?group={id}"))
        } else {
            Link::new(cx.t("jobs.all"), format!("/console/jobs?group={id}"))
        }),
        ..Section::default()
    };
    let runs_section = Section {
        id: "runs",
        title: cx.t("work.runs"),
        table: Table { caption: cx.t("work.runs"), columns: run_columns(cx), rows: rows(cx, &runs)? },
        empty: cx.t("work.no-runs"),
        more: Some(Link::new(cx.t("runs.all"), format!("/console/runs?group={id}"))),
        ..Section::default()
    };
    Ok((vec![jobs_section, runs_section], shares(cx, &runs)))
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
