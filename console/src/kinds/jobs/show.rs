//! The page of a job: what it does, how late, who runs it, what it is made of.

use muster_core::{Error, Result};
use muster_jobs::app_groups::AppGroup;
use muster_jobs::designations;
use muster_jobs::firings::{self, LedgerFilter};
use muster_jobs::instances::{Instance, RunFilter, State as RunState};
use muster_jobs::job::{Job, JobKind, Monitor};

use super::super::{action, app_groups, calendars, contacts, link, runs, scheduled, workflows};
use super::{SLUG, time};
use crate::chart::Picture;
use crate::cx::Cx;
use crate::pages::ledger;
use crate::view::object::{Object, Section};
use crate::view::{Column, Fact, Link, Row, State, Table, Tone, Value};

/// Rows of the ledger that the picture shows, and runs that stand below it.
const FIRINGS: u32 = 80;
const RUNS: u32 = 20;
/// Former scripts that are shown.
const VERSIONS: usize = 20;

/// The page, apart from what is the same for all kinds.
pub(super) fn object(cx: &mut Cx<'_, '_>, job: Job, group: &AppGroup) -> Result<Object> {
    let id = job.id.to_string();
    let mut sections = vec![fires(cx, &job)?];
    sections.push(latest(cx, &job)?);
    sections.push(time::section(
        cx,
        &job.definition.time,
        group.edition,
        job.next_due.filter(|_| job.enabled),
    ));
    sections.extend(scripts(cx, &job, group)?);
    sections.extend(of_workflows(cx, &job)?);
    sections.push(workers(cx, &job, group)?);
    sections.push(told(cx, &job, group)?);
    let ask = |text: &str, name: &str| Link::new(cx.t(text), action(SLUG, &id, name));
    let mut links = vec![ask("jobs.run", "run"), ask("jobs.backfill", "backfill"), ask("jobs.copy", "copy")];
    if job.definition.kind.is_script() {
        links.insert(1, ask("jobs.edit-script", "script"));
    }
    let permitted = |cx: &Cx<'_, '_>, link: &Link| {
        let name = link.href.rsplit('/').next().unwrap_or_default();
        let known = super::super::Kind::actions(&super::Jobs).iter().find(|known| **known == name);
        let doing =
            known.and_then(|name| super::super::Kind::doing(&super::Jobs, super::super::Verb::Act(name)));
        let resource = muster_identity::app_group_resource(&group.namespace, &group.group_id);
        doing.is_some_and(|doing| cx.caller.require(doing.permission, &resource).is_ok())
    };
    links.retain(|link| permitted(cx, link));
    let main = links.first().filter(|link| link.href.ends_with("/run")).cloned();
    links.retain(|link| main.as_ref() != Some(link));
    Ok(Object {
        state: Some(super::state(cx, &job)),
        buttons: vec![scheduled::switch(cx, SLUG, &id, job.enabled)],
        main,
        links,
        facts: facts(cx, &job, group),
        sections,
        name: job.definition.name,
        id,
        note: job.definition.description,
        ..Object::default()
    })
}

fn facts(cx: &Cx<'_, '_>, job: &Job, group: &AppGroup) -> Vec<Fact> {
    let definition = &job.definition;
    let number = |n: i64| Value::Text(cx.lang.number(n.unsigned_abs()));
    let due = job.next_due.filter(|_| job.enabled).map_or(Value::None, |due| cx.time(due));
    let mut facts = vec![
        Fact::new(cx.t("triggers.due"), due),
        Fact::new(cx.t("jobs.when"), Value::Pair(super::rule(cx, job), definition.time.zone.clone())),
        Fact::new(
            cx.t("app-groups.one"),
            Value::Link(link(app_groups::SLUG, &group.id.to_string(), group.name.clone())),
        ),
        Fact::new(cx.t("jobs.kind"), Value::Text(cx.t(&format!("job-type.{}", definition.kind.as_str())))),
        Fact::new(cx.t("jobs.mode"), Value::Text(cx.t(&format!("job-mode.{}", definition.mode.as_str())))),
    ];
    if !definition.time.calendar.is_empty() {
        let name = &definition.time.calendar;
        let to = Link::new(name, format!("/console/{}?q={name}", calendars::SLUG));
        facts.push(Fact::new(cx.t("calendars.one"), Value::Link(to)));
    }
    if definition.kind == JobKind::Java {
        facts.push(Fact::new(cx.t("jobs.class-name"), Value::text(definition.class_name.clone())));
    }
    facts.extend([
        Fact::new(cx.t("jobs.parameters"), Value::text(definition.parameters.clone())),
        Fact::new(cx.t("jobs.max-concurrency"), number(definition.max_concurrency)),
        Fact::new(cx.t("jobs.max-attempt"), number(definition.max_attempt)),
        Fact::new(cx.t("jobs.priority"), number(definition.priority)),
        Fact::new(cx.t("object.created"), cx.time(job.created_at)),
        Fact::new(cx.t("object.changed"), Value::Pair(cx.when(job.updated_at).ago, job.updater.clone())),
    ]);
    facts
}

/// What became of its due times.
fn fires(cx: &mut Cx<'_, '_>, job: &Job) -> Result<Section> {
    let filter = LedgerFilter { job: Some(job.id), ..LedgerFilter::default() };
    let rows = firings::newest(cx.tx, cx.caller, &filter, None, FIRINGS)?;
    let picture: Option<Picture> = (!rows.is_empty()).then(|| ledger::picture_of_one(cx, &rows));
    let lead = if rows.is_empty() { cx.t("jobs.no-fires") } else { ledger::sentence(cx, &rows) };
    Ok(Section {
        id: "fires",
        title: cx.t("jobs.fires"),
        lead,
        picture,
        more: Some(Link::new(cx.t("ledger.title"), format!("/console/ledger?job={}", job.id))),
        ..Section::default()
    })
}

fn latest(cx: &mut Cx<'_, '_>, job: &Job) -> Result<Section> {
    let filter = RunFilter { job: Some(job.id), ..RunFilter::default() };
    let found = cx.services.instances.browse(cx.tx, cx.caller, &filter, None, RUNS)?;
    let rows = found.iter().map(|run| run_row(cx, run, None)).collect();
    Ok(Section {
        id: "runs",
        title: cx.t("work.runs"),
        table: Table { caption: cx.t("work.runs"), columns: run_columns(cx), rows },
        empty: cx.t("work.no-runs"),
        more: Some(Link::new(cx.t("runs.all"), format!("/console/{}?job={}", runs::SLUG, job.id))),
        ..Section::default()
    })
}

/// The columns of runs.
pub(crate) fn run_columns(cx: &Cx<'_, '_>) -> Vec<Column> {
    let keys = ["runs.one", "jobs.state", "work.scheduled", "runs.late", "work.took", "work.worker"];
    let column = |key: &str| {
        let label = cx.t(key);
        if matches!(key, "runs.late" | "work.took") { Column::numeric(label) } else { Column::new(label) }
    };
    keys.map(column).to_vec()
}

/// A run as a row of any list; under the name of its job where they are of several.
pub(crate) fn run_row(cx: &Cx<'_, '_>, run: &Instance, job: Option<&str>) -> Row {
    // What a run resulted in matters to whoever looks for trouble.
    let why = if run.state == RunState::Success { String::new() } else { runs::first_line(&run.result) };
    let took = run.started_at.zip(run.ended_at).map(|(start, end)| end.since(start));
    let late = run.started_at.map(|start| start.since(run.scheduled_at));
    let cause = cx.t(&format!("cause.{}", run.trigger.as_str()));
    let id = run.id.to_string();
    let (text, below) = match job {
        Some(name) => (name.to_owned(), format!("{id} · {cause}")),
        None => (id.clone(), cause),
    };
    let mut cells = vec![Value::Named(link(runs::SLUG, &id, text), below)];
    cells.extend([
        Value::Because(runs::state(cx, run.state), why),
        cx.time(run.scheduled_at),
        late.map_or(Value::None, |ms| Value::Text(runs::duration(cx, ms))),
        took.map_or(Value::None, |ms| Value::Text(runs::duration(cx, ms))),
        Value::text(run.worker_address.clone()),
    ]);
    Row::from(cells)
}

/// The script and its former versions.
fn scripts(cx: &mut Cx<'_, '_>, job: &Job, group: &AppGroup) -> Result<Vec<Section>> {
    let definition = &job.definition;
    let title = if definition.kind.is_script() { cx.t("jobs.script") } else { cx.t("jobs.content") };
    let mut sections = Vec::new();
    if !definition.content.is_empty() {
        let text = Some(definition.content.clone());
        sections.push(Section { id: "script", title, text, ..Section::default() });
    }
    if !definition.kind.is_script() {
        return Ok(sections);
    }
    let (namespace, group_id) = (&group.namespace, &group.group_id);
    let versions = cx.services.jobs.scripts(cx.tx, cx.caller, namespace, group_id, job.id)?;
    let rows: Vec<Row> = versions
        .iter()
        .take(VERSIONS)
        .map(|version| {
            Row::from(vec![
                cx.time(version.created_at),
                Value::text(version.creator.clone()),
                Value::text(version.description.clone()),
                Value::Hidden(version.content.clone()),
            ])
        })
        .collect();
    let columns = ["jobs.version-at", "jobs.version-by", "jobs.script-note", "jobs.script"];
    sections.push(Section {
        id: "versions",
        title: cx.t("jobs.versions"),
        count: Some(versions.len() as u64),
        table: Table {
            caption: cx.t("jobs.versions"),
            columns: columns.map(|key| Column::new(cx.t(key))).to_vec(),
            rows,
        },
        ..Section::default()
    });
    Ok(sections)
}

/// The workflows of which it is a node.
fn of_workflows(cx: &mut Cx<'_, '_>, job: &Job) -> Result<Option<Section>> {
    let found = cx.services.workflows.of_job(cx.tx, cx.caller, job.id)?;
    if found.is_empty() {
        return Ok(None);
    }
    let times_count_not = found.iter().any(|workflow| workflow.enabled);
    let title = cx.t("workflows.title");
    let rows: Vec<Row> = found
        .into_iter()
        .map(|workflow| {
            let state = workflows::state(cx, &workflow);
            Row::from(vec![Value::Link(workflows::link_to(workflow.id, workflow.name)), Value::State(state)])
        })
        .collect();
    Ok(Some(Section {
        id: "workflows",
        title: title.clone(),
        lead: if times_count_not { cx.t("workflows.times-count") } else { String::new() },
        count: Some(rows.len() as u64),
        table: Table {
            caption: title,
            columns: vec![Column::new(cx.t("object.name")), Column::new(cx.t("jobs.state"))],
            rows,
        },
        ..Section::default()
    }))
}

/// Who may run it, and who is there.
fn workers(cx: &mut Cx<'_, '_>, job: &Job, group: &AppGroup) -> Result<Section> {
    let set = designations::get(cx.tx, cx.caller, &group.namespace, &group.group_id, job.id)?;
    let lead = match &set {
        None => cx.t("jobs.on-any"),
        Some(set) => {
            let key = if set.transferable { "jobs.on-these-first" } else { "jobs.on-these" };
            cx.lang.fill(key, &[&set.targets.join(", ")])
        }
    };
    let present = cx.services.workers.0.workers(group.id);
    let rows = present
        .iter()
        .filter(|worker| worker.family().takes(job.definition.kind))
        .map(|worker| {
            let named = |set: &designations::Designation| {
                set.targets.iter().any(|target| set.kind.names(target, worker))
            };
            let state = match (worker.ready, set.as_ref().is_none_or(named)) {
                (false, _) => State::new(Tone::Warning, cx.t("workers.not-ready")),
                (true, true) => State::new(Tone::Good, cx.t("workers.ready")),
                (true, false) => State::new(Tone::Off, cx.t("workers.not-chosen")),
            };
            Row::from(vec![
                Value::Pair(format!("{}:{}", worker.host, worker.port), worker.label.clone()),
                Value::State(state),
                Value::Pair(worker.starter.clone(), worker.version.clone()),
                Value::number(worker.running()),
            ])
        })
        .collect();
    Ok(Section {
        id: "workers",
        title: cx.t("workers.title"),
        lead,
        table: Table {
            caption: cx.t("workers.title"),
            columns: vec![
                Column::new(cx.t("work.worker")),
                Column::new(cx.t("jobs.state")),
                Column::new(cx.t("workers.kind")),
                Column::numeric(cx.t("workers.running")),
            ],
            rows,
        },
        empty: cx.t("workers.none-takes"),
        more: Some(Link::new(cx.t("jobs.designate"), action(SLUG, &job.id.to_string(), "workers"))),
        ..Section::default()
    })
}

/// What is watched, and who is told.
fn told(cx: &mut Cx<'_, '_>, job: &Job, group: &AppGroup) -> Result<Section> {
    let title = cx.t("jobs.telling");
    let Some(monitor) = &job.definition.monitor else {
        return Ok(Section { id: "told", title, lead: cx.t("jobs.nobody-told"), ..Section::default() });
    };
    let words = watched(cx, monitor);
    let lead = match words.is_empty() {
        true => cx.t("jobs.nobody-told"),
        false => cx.lang.fill("jobs.told-when", &[&words.join(" · ")]),
    };
    let mut rows = Vec::new();
    for person in &monitor.contacts {
        let addresses = [&person.phone, &person.mail, &person.webhook];
        let addresses: Vec<&str> =
            addresses.into_iter().map(String::as_str).filter(|address| !address.is_empty()).collect();
        let known = match cx.services.notify.get_contact(cx.tx, cx.caller, &person.name) {
            Ok(_) => Value::Link(link(contacts::SLUG, &person.name, &person.name)),
            Err(Error::NotFound { .. }) => Value::text(person.name.clone()),
            Err(failure) => return Err(failure),
        };
        rows.push(Row::from(vec![known, Value::text(addresses.join(" · "))]));
    }
    let empty = if words.is_empty() { String::new() } else { cx.t("jobs.told-group") };
    Ok(Section {
        id: "told",
        title: title.clone(),
        lead,
        table: Table {
            caption: title,
            columns: vec![Column::new(cx.t("object.name")), Column::new(cx.t("jobs.addresses"))],
            rows,
        },
        empty,
        more: Some(link(app_groups::SLUG, &group.id.to_string(), cx.t("app-groups.one"))),
        ..Section::default()
    })
}

fn watched(cx: &Cx<'_, '_>, monitor: &Monitor) -> Vec<String> {
    let times = cx.lang.number(monitor.failures.unsigned_abs());
    let seconds = cx.lang.number(monitor.timeout_s.unsigned_abs());
    let told = [
        (monitor.failure, cx.lang.fill("jobs.told-failure", &[&times])),
        (monitor.timeout, cx.lang.fill("jobs.told-timeout", &[&seconds])),
        (monitor.no_worker, cx.t("jobs.told-no-worker")),
        (monitor.success, cx.t("jobs.told-success")),
    ];
    told.into_iter().filter(|(is_told, _)| *is_told).map(|(_, word)| word).collect()
}
