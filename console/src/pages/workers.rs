//! The workers that are connected now, group by group.

use muster_core::Result;
use muster_identity::app_group_resource;
use muster_jobs::app_groups::AppGroup;
use muster_jobs::link::Worker;

use super::{REFRESH_S, render};
use crate::cx::Cx;
use crate::frame;
use crate::kinds::{self, Wanted, app_groups};
use crate::reply::Reply;
use crate::view::object::Section;
use crate::view::pages::SectionsPage;
use crate::view::{Column, Fact, Link, Row, State, Table, Tone, Value};
use crate::visit::Visit;

const PERMISSION: &str = "edas:GetWorkerList";
/// Groups that are looked at.
const GROUPS: u32 = 200;
/// Runs of a worker that are linked.
const RUNS: usize = 5;

/// The page.
pub(crate) fn page(cx: &mut Cx<'_, '_>, visit: &Visit) -> Result<Reply> {
    let chosen = visit.query.get("group");
    let found = match chosen {
        "" => {
            cx.caller.require(PERMISSION, "*")?;
            cx.services.app_groups.browse(cx.tx, cx.caller, None, &Wanted::first("", GROUPS - 1).browse())?
        }
        id => {
            let group = app_groups::get(cx, id)?;
            cx.caller.require(PERMISSION, &app_group_resource(&group.namespace, &group.group_id))?;
            vec![group]
        }
    };
    let (mut sections, mut without, mut all, mut running) = (Vec::new(), 0_u64, 0_u64, 0_u64);
    for group in &found {
        // The server itself is a worker of every group, for HTTP jobs; that is no news.
        let own = |worker: &Worker| worker.family() != muster_jobs::link::Family::Server;
        let workers: Vec<Worker> = cx.services.workers.0.workers(group.id).into_iter().filter(own).collect();
        if workers.is_empty() {
            without += 1;
        }
        if workers.is_empty() && chosen.is_empty() {
            continue;
        }
        all += workers.len() as u64;
        running += workers.iter().map(|worker| worker.running() as u64).sum::<u64>();
        sections.push(section(cx, group, &workers));
    }
    let title = cx.t("workers.title");
    if sections.is_empty() {
        sections.push(Section {
            id: "none",
            title: cx.t("workers.none"),
            lead: cx.t("workers.none-body"),
            text: Some("muster worker --help".to_owned()),
            ..Section::default()
        });
    }
    let filters = vec![app_groups::filter(cx, &visit.query)?];
    let facts = vec![
        Fact::new(cx.t("workers.connected"), Value::Number(all)),
        Fact::new(cx.t("workers.running"), Value::Number(running)),
        Fact::new(cx.t("workers.groups-without"), Value::Number(without)),
    ];
    let mut shell = frame::shell(visit, title.clone(), vec![Link::new(cx.t("nav.jobs"), "/console")]);
    shell.refresh = Some(REFRESH_S);
    render(&SectionsPage { shell, title, lead: cx.t("workers.lead"), facts, filters, sections, live: true })
}

fn section(cx: &Cx<'_, '_>, group: &AppGroup, workers: &[Worker]) -> Section {
    let columns = ["address", "state", "kind", "load", "running", "beat"].map(|part| {
        let label = cx.t(&format!("workers.{part}"));
        if part == "running" { Column::numeric(label) } else { Column::new(label) }
    });
    Section {
        id: "workers",
        title: group.name.clone(),
        count: Some(workers.len() as u64),
        table: Table {
            caption: group.name.clone(),
            columns: columns.to_vec(),
            rows: workers.iter().map(|worker| row(cx, worker)).collect(),
        },
        empty: cx.t("workers.none-here"),
        more: Some(kinds::link(app_groups::SLUG, &group.id.to_string(), group.group_id.clone())),
        ..Section::default()
    }
}

fn row(cx: &Cx<'_, '_>, worker: &Worker) -> Row {
    let metrics = &worker.metrics;
    let state = match worker.ready {
        true => State::new(Tone::Good, cx.t("workers.ready")),
        false => State::new(Tone::Warning, cx.t("workers.not-ready")),
    };
    let load = match metrics.cpu_processors {
        0 => Value::None,
        processors => {
            let load = format!("{:.2} / {processors}", metrics.cpu_load5);
            let memory = cx.lang.fill("workers.memory", &[&format!("{:.0}", metrics.heap1_usage * 100.0)]);
            Value::Pair(load, if metrics.heap1_usage > 0.0 { memory } else { String::new() })
        }
    };
    let beat = worker.beats.first().map_or(Value::None, |beat| cx.time(beat.at));
    let listed = worker.beats.first().map(|beat| beat.instances.iter().take(RUNS)).into_iter().flatten();
    let links: Vec<Link> =
        listed.map(|id| kinds::link(kinds::runs::SLUG, &id.to_string(), id.to_string())).collect();
    let running = if links.is_empty() { Value::number(worker.running()) } else { Value::Links(links) };
    let label =
        if worker.label.is_empty() { String::new() } else { cx.lang.fill("workers.label", &[&worker.label]) };
    // The worker inside this server has no port that anybody could dial.
    let address = match worker.port {
        0 => Value::Pair(worker.host.clone(), cx.t("workers.inside")),
        port => Value::Pair(format!("{}:{port}", worker.host), label),
    };
    Row::from(vec![
        address,
        Value::State(state),
        Value::Pair(worker.starter.clone(), worker.version.clone()),
        load,
        running,
        beat,
    ])
}
