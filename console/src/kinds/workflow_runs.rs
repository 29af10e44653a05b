//! Runs of workflows: the graph with how each node is, and what can be done with a node.

use muster_core::{Error, Result};
use muster_db::Tx;
use muster_identity::{Caller, app_group_resource};
use muster_jobs::app_groups::AppGroup;
use muster_jobs::instances::{Instance, State as RunState};
use muster_jobs::workflows::{WORKFLOW_INSTANCE, Workflow, WorkflowRun};

use super::scheduled::local;
use super::workflows::{self, link_to};
use super::{Ask, COUNT_TO, Doing, Found, Going, Hit, Kind, Verb, Wanted, action, app_groups, link, runs};
use crate::Services;
use crate::calls::{self, AlibabaApi};
use crate::chart::{Edge, Graph, Node};
use crate::cx::Cx;
use crate::frame::Heading;
use crate::input::Input;
use crate::view::object::{Object, Section};
use crate::view::{Button, Call, Cloud, Column, Fact, Link, Row, Table, Value};

pub(crate) struct WorkflowRuns;

pub(crate) const SLUG: &str = "workflow-runs";

impl Kind for WorkflowRuns {
    fn slug(&self) -> &'static str {
        SLUG
    }

    fn home(&self) -> &'static str {
        workflows::SLUG
    }

    fn heading(&self) -> Heading {
        Heading::Jobs
    }

    fn cloud(&self) -> Cloud {
        Cloud::SchedulerX
    }

    fn doing(&self, verb: Verb) -> Option<Doing> {
        let (operation, permission) = match verb {
            Verb::Show => ("GetWorkflowInstance", "edas:GetWorkflowInstance"),
            // The API has no way to stop one; whoever may run it may stop it.
            Verb::Act("stop") => ("StopWorkflowInstance", "edas:ExecuteWorkflow"),
            Verb::Act("succeed") => ("SetWfInstanceSuccess", "edas:SetWfInstanceSuccess"),
            _ => return None,
        };
        Some(Doing { operation, permission })
    }

    fn resource_of(&self, cx: &mut Cx<'_, '_>, id: &str) -> Result<String> {
        let (_, group, _) = get(cx, id)?;
        Ok(app_group_resource(&group.namespace, &group.group_id))
    }

    fn actions(&self) -> &'static [&'static str] {
        &["stop", "succeed"]
    }

    fn asking(&self) -> &'static [&'static str] {
        &["stop", "succeed"]
    }

    fn subject(&self, id: &str) -> (&'static str, String) {
        (WORKFLOW_INSTANCE, id.to_owned())
    }

    fn columns(&self, _cx: &Cx<'_, '_>) -> Vec<Column> {
        Vec::new()
    }

    fn rows(&self, _cx: &mut Cx<'_, '_>, _wanted: &Wanted<'_>) -> Result<Found> {
        Ok(Found::default())
    }

    fn count(&self, _cx: &mut Cx<'_, '_>) -> Result<u64> {
        Ok(COUNT_TO.unsigned_abs())
    }

    fn search(&self, _cx: &mut Cx<'_, '_>, _text: &str, _limit: u32) -> Result<Vec<Hit>> {
        Ok(Vec::new())
    }

    fn show(&self, cx: &mut Cx<'_, '_>, id: &str) -> Result<Object> {
        let (workflow, group, run) = get(cx, id)?;
        let instance = &run.instance;
        let resource = app_group_resource(&group.namespace, &group.group_id);
        let may = |cx: &Cx<'_, '_>, kind: &dyn Kind, name| {
            kind.doing(Verb::Act(name))
                .is_some_and(|doing| cx.caller.require(doing.permission, &resource).is_ok())
        };
        let wish = if instance.state.is_final() { "succeed" } else { "stop" };
        let offered = instance.state != RunState::Success && may(cx, self, wish);
        let links = offered.then(|| Link::new(cx.t(&format!("runs.{wish}")), action(SLUG, id, wish)));
        let nodes_may = (may(cx, &runs::Runs, "retry"), may(cx, &runs::Runs, "succeed"));
        let sections = vec![picture(cx, &run), table(cx, &run, nodes_may)];
        let zone = cx.services.jobs.zone(&workflow.time.zone);
        let span =
            instance.started_at.map(|start| instance.ended_at.unwrap_or_else(|| cx.tx.now()).since(start));
        let time = |at: Option<muster_core::Timestamp>| at.map_or(Value::None, |at| cx.time(at));
        Ok(Object {
            name: format!("{} · {}", workflow.name, local(&zone, instance.scheduled_at)),
            id: instance.id.to_string(),
            state: Some(runs::state(cx, instance.state)),
            links: links.into_iter().collect(),
            facts: vec![
                Fact::new(cx.t("workflows.one"), Value::Link(link_to(workflow.id, workflow.name.clone()))),
                Fact::new(
                    cx.t("app-groups.one"),
                    Value::Link(link(app_groups::SLUG, &group.id.to_string(), group.name.clone())),
                ),
                Fact::new(
                    cx.t("runs.cause"),
                    Value::Pair(
                        cx.t(&format!("cause.{}", instance.trigger.as_str())),
                        instance.executor.clone(),
                    ),
                ),
                Fact::new(cx.t("work.scheduled"), cx.time(instance.scheduled_at)),
                Fact::new(cx.t("runs.started"), time(instance.started_at)),
                Fact::new(cx.t("runs.ended"), time(instance.ended_at)),
                Fact::new(
                    cx.t("work.took"),
                    span.map_or(Value::None, |ms| Value::Text(runs::duration(cx, ms))),
                ),
                Fact::new(cx.t("jobs.parameters"), Value::text(instance.parameters.clone())),
            ],
            sections,
            ..Object::default()
        })
    }

    fn going(&self, cx: &mut Cx<'_, '_>, id: &str) -> Result<Going> {
        let (workflow, _, run) = get(cx, id)?;
        Ok(Going { name: format!("{} · {}", workflow.name, run.instance.id), ..Going::default() })
    }

    fn ask(&self, cx: &mut Cx<'_, '_>, id: &str, action: &str, _values: &Input) -> Result<Ask> {
        let (workflow, ..) = get(cx, id)?;
        let consequences = match action {
            "stop" => ["workflow-runs.stop-nodes", "workflow-runs.stop-rest"],
            _ => ["workflow-runs.succeed-means", "workflow-runs.succeed-nodes"],
        };
        Ok(Ask {
            title: cx.lang.fill(&format!("runs.{action}-title"), &[id, &workflow.name]),
            consequences: consequences.map(|key| cx.t(key)).to_vec(),
            submit: cx.t(&format!("runs.{action}")),
            ..Ask::default()
        })
    }

    fn act(&self, cx: &mut Cx<'_, '_>, id: &str, action: &str, _input: &Input) -> Result<()> {
        let (workflow, group, run) = get(cx, id)?;
        let (namespace, group_id, run) = (&group.namespace, &group.group_id, run.instance.id);
        let service = &cx.services.workflows;
        match action {
            "stop" => service.stop(cx.tx, cx.caller, namespace, group_id, workflow.id, run),
            _ => service.set_success(cx.tx, cx.caller, namespace, group_id, workflow.id, run),
        }
    }

    fn calls(&self, cx: &mut Cx<'_, '_>, verb: Verb, id: Option<&str>) -> Result<Vec<Call>> {
        let (workflow, group, run) = get(cx, id.unwrap_or_default())?;
        let operation = match verb {
            Verb::Act("stop") => return Ok(Vec::new()),
            Verb::Act("succeed") => "SetWfInstanceSuccess",
            _ => "GetWorkflowInstance",
        };
        let params = [
            ("RegionId", cx.place.region.clone()),
            ("Namespace", group.namespace),
            ("GroupId", group.group_id),
            ("WorkflowId", workflow.id.to_string()),
            ("WfInstanceId", run.instance.id.to_string()),
        ];
        Ok(calls::alibaba(cx.place, AlibabaApi::SchedulerX, operation, &params))
    }
}

fn get(cx: &mut Cx<'_, '_>, id: &str) -> Result<(Workflow, AppGroup, WorkflowRun)> {
    let number = id.parse().map_err(|_| Error::not_found(WORKFLOW_INSTANCE, id))?;
    let (workflow, _) = cx.services.workflows.find_run(cx.tx, cx.caller, number)?;
    let group = cx.services.app_groups.get_by_id(cx.tx, cx.caller, workflow.app_group)?;
    let (namespace, group_id) = (&group.namespace, &group.group_id);
    let run = cx.services.workflows.run(cx.tx, cx.caller, namespace, group_id, workflow.id, number)?;
    Ok((workflow, group, run))
}

/// What the nodes of a run do, for a page that looks at them.
pub(crate) fn nodes(tx: &mut Tx<'_>, services: &Services, caller: &Caller, id: i64) -> Result<Vec<Instance>> {
    let (_, run) = services.workflows.find_run(tx, caller, id)?;
    run.graph.nodes.iter().map(|node| services.instances.find(tx, caller, node.instance)).collect()
}

/// The graph with the states of its nodes.
fn picture(cx: &Cx<'_, '_>, run: &WorkflowRun) -> Section {
    let node = |node: &muster_jobs::workflows::NodeRun| Node {
        id: node.instance.id,
        name: node.name.clone(),
        state: Some(runs::state(cx, node.instance.state)),
        href: Some(super::href(runs::SLUG, &node.instance.id.to_string())),
    };
    let graph = Graph {
        summary: summary(cx, run),
        nodes: run.nodes.iter().map(node).collect(),
        edges: run.instance.graph.edges.iter().map(|edge| Edge { from: edge.from, to: edge.to }).collect(),
    };
    Section {
        id: "graph",
        title: cx.t("workflows.graph"),
        lead: graph.summary.clone(),
        picture: Some(graph.draw()),
        ..Section::default()
    }
}

/// How the nodes are, in a sentence.
fn summary(cx: &Cx<'_, '_>, run: &WorkflowRun) -> String {
    let mut counted: Vec<(String, u64)> = Vec::new();
    for node in &run.nodes {
        let word = runs::state(cx, node.instance.state).word;
        match counted.iter_mut().find(|(known, _)| *known == word) {
            Some((_, count)) => *count += 1,
            None => counted.push((word, 1)),
        }
    }
    let words: Vec<String> = counted.iter().map(|(word, count)| format!("{word} {count}")).collect();
    words.join(" · ")
}

fn table(cx: &Cx<'_, '_>, run: &WorkflowRun, (may_retry, may_succeed): (bool, bool)) -> Section {
    let rows = run
        .nodes
        .iter()
        .map(|node| {
            let instance = &node.instance;
            let id = instance.id.to_string();
            let mut row = runs_row(cx, node);
            if may_retry && matches!(instance.state, RunState::Failed | RunState::Stopped) {
                row.buttons.push(Button {
                    text: cx.t("runs.retry"),
                    action: action(runs::SLUG, &id, "retry"),
                    hidden: Vec::new(),
                    about: node.name.clone(),
                });
            }
            if may_succeed && matches!(instance.state, RunState::Failed | RunState::Stopped) {
                row.links.push(Link::new(cx.t("runs.succeed"), action(runs::SLUG, &id, "succeed")));
            }
            row
        })
        .collect();
    let columns = ["workflows.node", "jobs.state", "work.took", "work.worker"];
    let column = |key: &str| {
        let label = cx.t(key);
        if key == "work.took" { Column::numeric(label) } else { Column::new(label) }
    };
    Section {
        id: "nodes",
        title: cx.t("workflows.nodes"),
        count: Some(run.nodes.len() as u64),
        table: Table { caption: cx.t("workflows.nodes"), columns: columns.map(column).to_vec(), rows },
        ..Section::default()
    }
}

fn runs_row(cx: &Cx<'_, '_>, node: &muster_jobs::workflows::NodeRun) -> Row {
    let run = &node.instance;
    let why = if run.state == RunState::Success { String::new() } else { runs::first_line(&run.result) };
    let took = run.started_at.zip(run.ended_at).map(|(start, end)| end.since(start));
    let id = run.id.to_string();
    Row::from(vec![
        Value::Named(link(runs::SLUG, &id, node.name.clone()), id.clone()),
        Value::Because(runs::state(cx, run.state), why),
        took.map_or(Value::None, |ms| Value::Text(runs::duration(cx, ms))),
        Value::text(run.worker_address.clone()),
    ])
}
