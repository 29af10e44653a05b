//! Workflows: jobs of a group that wait for one another.

use muster_core::{Error, Result};
use muster_db::Tx;
use muster_identity::{Caller, app_group_resource};
use muster_jobs::app_groups::AppGroup;
use muster_jobs::job::{JobBrowse, Time, TimeKind};
use muster_jobs::workflows::{
    Dag, Edge as DagEdge, NewWorkflow, WORKFLOW, Workflow, WorkflowInstance, WorkflowPatch,
};
use serde_json::json;

use super::app_groups::{self, number};
use super::jobs::{self, asked_time, coming_section, preview_of, rule_of};
use super::{
    Ask, COUNT_TO, Doing, Found, Going, Hit, Kind, Made, Verb, Wanted, action, link, runs, scheduled,
    workflow_runs,
};
use crate::Services;
use crate::calls::{self, AlibabaApi, Param};
use crate::chart::{Edge, Graph, Node};
use crate::cx::Cx;
use crate::frame::Heading;
use crate::input::Input;
use crate::view::form::{Field, Group, Preview};
use crate::view::listing::{Choice, Filter};
use crate::view::object::{InlineForm, Object, Section};
use crate::view::{Button, Call, Cloud, Column, Fact, Link, Row, State, Table, Tone, Value};

pub(crate) struct Workflows;

pub(crate) const SLUG: &str = "workflows";
/// Runs that a workflow's page shows, and jobs that it offers as nodes.
const RUNS: u32 = 20;
const OFFERED: u32 = 200;
const TIMES: [TimeKind; 3] = [TimeKind::Api, TimeKind::Cron, TimeKind::FixedRate];

impl Kind for Workflows {
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
            Verb::List => ("ListWorkFlows", "edas:ReadSchedulerxWorkflowQuery"),
            Verb::Show => ("GetWorkFlow", "edas:ReadSchedulerxWorkflowQuery"),
            Verb::Create => ("CreateWorkflow", "edas:CreateWorkflow"),
            Verb::Update => ("UpdateWorkflow", "edas:UpdateWorkflow"),
            Verb::Delete => ("DeleteWorkflow", "edas:DeleteWorkflow"),
            Verb::Act("enable") => ("EnableWorkflow", "edas:EnableWorkflow"),
            Verb::Act("disable") => ("DisableWorkflow", "edas:DisableWorkflow"),
            Verb::Act("run") => ("ExecuteWorkflow", "edas:ExecuteWorkflow"),
            Verb::Act(_) => ("UpdateWorkflowDag", "edas:ManageSchedulerxWorkflowDagModify"),
        };
        Some(Doing { operation, permission })
    }

    fn resource_of(&self, cx: &mut Cx<'_, '_>, id: &str) -> Result<String> {
        let (_, group) = get(cx, id)?;
        Ok(app_group_resource(&group.namespace, &group.group_id))
    }

    fn resource_for(&self, cx: &mut Cx<'_, '_>, input: &Input) -> Result<String> {
        jobs::Jobs.resource_for(cx, input)
    }

    fn actions(&self) -> &'static [&'static str] {
        &["enable", "disable", "run", "add-node", "remove-node", "add-edge", "remove-edge"]
    }

    fn asking(&self) -> &'static [&'static str] {
        &["run"]
    }

    fn subject(&self, id: &str) -> (&'static str, String) {
        (WORKFLOW, id.to_owned())
    }

    fn columns(&self, cx: &Cx<'_, '_>) -> Vec<Column> {
        vec![
            Column::new(cx.t("object.name")),
            Column::new(cx.t("app-groups.one")),
            Column::new(cx.t("jobs.when")),
            Column::numeric(cx.t("workflows.nodes")),
            Column::new(cx.t("jobs.state")),
            Column::new(cx.t("triggers.due")),
        ]
    }

    fn filters(&self, cx: &mut Cx<'_, '_>, input: &Input) -> Result<Vec<Filter>> {
        Ok(vec![app_groups::filter(cx, input)?])
    }

    fn rows(&self, cx: &mut Cx<'_, '_>, wanted: &Wanted<'_>) -> Result<Found> {
        let group = wanted.filter("group").and_then(|id| id.parse().ok());
        let found = match wanted.text.parse() {
            Ok(id) => cx.services.workflows.find(cx.tx, cx.caller, id).into_iter().collect(),
            Err(_) => cx.services.workflows.browse(cx.tx, cx.caller, group, &wanted.browse())?,
        };
        let place = |workflow: &Workflow| (workflow.created_at, workflow.id.to_string());
        Found::browsed(wanted, found, place, |workflow| row(cx, &workflow))
    }

    fn looks_at_newest(&self, _wanted: &Wanted<'_>) -> bool {
        false
    }

    fn count(&self, _cx: &mut Cx<'_, '_>) -> Result<u64> {
        // No page shows how many there are.
        Ok(COUNT_TO.unsigned_abs())
    }

    fn search(&self, cx: &mut Cx<'_, '_>, text: &str, limit: u32) -> Result<Vec<Hit>> {
        let mut found: Vec<Workflow> = Vec::new();
        if let Ok(id) = text.parse() {
            found.extend(cx.services.workflows.find(cx.tx, cx.caller, id).ok());
        }
        let first = Wanted::first(text, limit);
        found.extend(cx.services.workflows.browse(cx.tx, cx.caller, None, &first.browse())?);
        let hit =
            |each: Workflow| Hit { id: each.id.to_string(), below: each.id.to_string(), name: each.name };
        Ok(found.into_iter().map(hit).collect())
    }

    fn show(&self, cx: &mut Cx<'_, '_>, id: &str) -> Result<Object> {
        let (workflow, group) = get(cx, id)?;
        let names = cx.services.jobs.names(cx.tx, cx.caller, &workflow.dag.nodes)?;
        let name = |job: i64| names.get(&job).cloned().unwrap_or_else(|| job.to_string());
        let due = workflow.next_due.filter(|_| workflow.enabled);
        let sections = vec![
            picture(cx, &workflow, &name),
            latest_section(cx, &workflow, &group)?,
            nodes(cx, &workflow, &name)?,
            edges(cx, &workflow, &name),
            coming_section(cx, &workflow.time, group.edition, due),
        ];
        let resource = app_group_resource(&group.namespace, &group.group_id);
        let runs = cx.caller.require("edas:ExecuteWorkflow", &resource).is_ok();
        Ok(Object {
            state: Some(state(cx, &workflow)),
            main: runs.then(|| Link::new(cx.t("jobs.run"), action(SLUG, id, "run"))),
            buttons: vec![scheduled::switch(cx, SLUG, id, workflow.enabled)],
            facts: vec![
                Fact::new(cx.t("triggers.due"), due.map_or(Value::None, |due| cx.time(due))),
                Fact::new(
                    cx.t("jobs.when"),
                    Value::Pair(rule_of(cx, &workflow.time), workflow.time.zone.clone()),
                ),
                Fact::new(
                    cx.t("app-groups.one"),
                    Value::Link(link(app_groups::SLUG, &group.id.to_string(), group.name.clone())),
                ),
                Fact::new(cx.t("jobs.max-concurrency"), Value::number(workflow.max_concurrency)),
                Fact::new(cx.t("object.created"), cx.time(workflow.created_at)),
                Fact::new(
                    cx.t("object.changed"),
                    Value::Pair(cx.when(workflow.updated_at).ago, workflow.updater.clone()),
                ),
            ],
            sections,
            name: workflow.name,
            id: id.to_owned(),
            note: workflow.description,
            ..Object::default()
        })
    }

    fn blank(&self, query: &Input) -> Input {
        Input::default()
            .with("group", query.get("group"))
            .with("time-kind", TimeKind::Api.as_str())
            .with("max-concurrency", "1")
    }

    fn filled(&self, cx: &mut Cx<'_, '_>, id: &str) -> Result<Input> {
        let (workflow, group) = get(cx, id)?;
        Ok(Input::default()
            .with("group", group.id.to_string())
            .with("name", workflow.name)
            .with("description", workflow.description)
            .with("time-kind", workflow.time.kind.as_str())
            .with("time-expression", workflow.time.expression)
            .with("zone", workflow.time.zone))
    }

    fn form(&self, cx: &mut Cx<'_, '_>, id: Option<&str>, values: &Input) -> Result<Vec<Group>> {
        let present = id.map(|id| get(cx, id)).transpose()?;
        let line = |name: &'static str, key: &str| Field::line(name, cx.t(key), values.get(name));
        let (name, description) = (
            line("name", "object.name").required().max(256),
            line("description", "object.description").max(1024),
        );
        let expression =
            line("time-expression", "triggers.expression").max(255).hint(cx.t("workflows.expression-hint"));
        let zone = line("zone", "triggers.zone").max(64);
        let at_once =
            Field::number("max-concurrency", cx.t("jobs.max-concurrency"), values.get("max-concurrency"));
        let kinds = TIMES.map(|kind| {
            let is_chosen = values.get("time-kind") == kind.as_str();
            Choice::new(kind.as_str(), cx.t(&format!("time-kind.{}", kind.as_str())), is_chosen)
        });
        let kind = Field::select("time-kind", cx.t("jobs.time-kind"), kinds.to_vec()).required();
        let group = match &present {
            Some((_, group)) => Field::fixed("group", cx.t("app-groups.one"), group.name.clone()),
            None => {
                let choices = app_groups::choices(cx, values.get("group"))?;
                Field::select("group", cx.t("app-groups.one"), choices).required()
            }
        };
        let (first, time) = match present {
            Some(_) => (vec![group, name, description], vec![kind, expression]),
            None => (vec![group, name, description, at_once], vec![kind, expression, zone]),
        };
        Ok(vec![
            Group { fields: first, ..Group::default() },
            Group { title: cx.t("jobs.when"), fields: time, has_preview: true, ..Group::default() },
        ])
    }

    fn preview(&self, cx: &mut Cx<'_, '_>, id: Option<&str>, values: &Input) -> Result<Option<Preview>> {
        // What the form does not ask again stays as it is.
        let values = match id {
            Some(id) => {
                let (workflow, group) = get(cx, id)?;
                values.clone().with("zone", workflow.time.zone).with("group", group.id.to_string())
            }
            None => values.clone(),
        };
        preview_of(cx, &values).map(Some)
    }

    fn create(&self, cx: &mut Cx<'_, '_>, input: &Input) -> Result<Made> {
        let group = app_groups::get(cx, input.get("group"))
            .map_err(|_| Error::invalid("group", "it is none of the choices"))?;
        let new = NewWorkflow {
            name: input.get("name").to_owned(),
            description: input.get("description").to_owned(),
            time: timed(asked_time(cx, input)?),
            max_concurrency: number(input, "max-concurrency")?.unwrap_or(1),
        };
        let (namespace, group_id) = (&group.namespace, &group.group_id);
        let workflow = cx.services.workflows.create(cx.tx, cx.caller, namespace, group_id, new)?;
        Ok(Made { id: workflow.id.to_string(), name: workflow.name })
    }

    fn update(&self, cx: &mut Cx<'_, '_>, id: &str, input: &Input) -> Result<()> {
        let (workflow, group) = get(cx, id)?;
        let time = timed(asked_time(cx, input)?);
        let patch = WorkflowPatch {
            name: Some(input.get("name").to_owned()),
            description: Some(input.get("description").to_owned()),
            time_kind: Some(time.kind),
            time_expression: Some(time.expression),
        };
        let (namespace, group_id) = (&group.namespace, &group.group_id);
        cx.services.workflows.update(cx.tx, cx.caller, namespace, group_id, workflow.id, patch).map(drop)
    }

    fn going(&self, cx: &mut Cx<'_, '_>, id: &str) -> Result<Going> {
        let (workflow, _) = get(cx, id)?;
        let consequences = ["workflows.delete-stops", "workflows.delete-jobs"].map(|key| cx.t(key)).to_vec();
        Ok(Going { name: workflow.name, consequences, fields: Vec::new() })
    }

    fn delete(&self, cx: &mut Cx<'_, '_>, id: &str, _input: &Input) -> Result<()> {
        let (workflow, group) = get(cx, id)?;
        let group_id = Some(group.group_id.as_str());
        cx.services.workflows.delete(cx.tx, cx.caller, &group.namespace, group_id, workflow.id)
    }

    fn ask(&self, cx: &mut Cx<'_, '_>, id: &str, _action: &str, values: &Input) -> Result<Ask> {
        let (workflow, _) = get(cx, id)?;
        let parameters = values.exact("instance-parameters");
        let field = Field::area("instance-parameters", cx.t("jobs.run-parameters"), parameters)
            .hint(cx.t("workflows.parameters-hint"));
        Ok(Ask {
            title: cx.lang.fill("jobs.run-title", &[&workflow.name]),
            lead: cx.t("jobs.run-lead"),
            groups: vec![Group { fields: vec![field], ..Group::default() }],
            submit: cx.t("jobs.run-once"),
            ..Ask::default()
        })
    }

    fn act_and_go(
        &self,
        cx: &mut Cx<'_, '_>,
        id: &str,
        action: &str,
        input: &Input,
    ) -> Result<Option<String>> {
        let (workflow, group) = get(cx, id)?;
        let (namespace, group_id) = (group.namespace.as_str(), group.group_id.as_str());
        let service = &cx.services.workflows;
        match action {
            "enable" | "disable" => {
                let wanted = action == "enable";
                service.set_enabled(cx.tx, cx.caller, namespace, Some(group_id), workflow.id, wanted)?;
                Ok(None)
            }
            "run" => {
                let parameters = input.exact("instance-parameters");
                let run = service.execute(cx.tx, cx.caller, namespace, group_id, workflow.id, parameters)?;
                Ok(Some(super::href(workflow_runs::SLUG, &run.to_string())))
            }
            change => {
                let dag = changed(workflow.dag, change, input)?;
                service.set_dag(cx.tx, cx.caller, namespace, group_id, workflow.id, dag)?;
                Ok(None)
            }
        }
    }

    fn calls(&self, cx: &mut Cx<'_, '_>, verb: Verb, id: Option<&str>) -> Result<Vec<Call>> {
        let mut params: Vec<Param<'_>> = vec![("RegionId", cx.place.region.clone())];
        let Some(id) = id else {
            let (namespace, group_id) = app_groups::newest(cx)?;
            params.extend([
                ("Namespace", namespace),
                ("GroupId", group_id),
                ("Name", "end of day".to_owned()),
                ("TimeType", "1".to_owned()),
                ("TimeExpression", "0 0 23 * * ?".to_owned()),
            ]);
            return Ok(calls::alibaba(cx.place, AlibabaApi::SchedulerX, "CreateWorkflow", &params));
        };
        let (workflow, group) = get(cx, id)?;
        params.extend([
            ("Namespace", group.namespace),
            ("GroupId", group.group_id),
            ("WorkflowId", workflow.id.to_string()),
        ]);
        let operation = match verb {
            Verb::Update => {
                params.extend([("Name", workflow.name), ("Description", workflow.description)]);
                "UpdateWorkflow"
            }
            Verb::Delete => "DeleteWorkflow",
            Verb::Act("run") => "ExecuteWorkflow",
            Verb::Act("enable") => "EnableWorkflow",
            Verb::Act("disable") => "DisableWorkflow",
            Verb::Act(_) => {
                let dag = json!({
                    "Nodes": workflow.dag.nodes.iter().map(|id| json!({"Id": id})).collect::<Vec<_>>(),
                    "Edges": workflow.dag.edges.iter().map(|edge| json!({"Source": edge.from, "Target": edge.to})).collect::<Vec<_>>(),
                });
                params.push(("DagJson", dag.to_string()));
                "UpdateWorkflowDag"
            }
            Verb::List | Verb::Show | Verb::Create => "GetWorkFlow",
        };
        Ok(calls::alibaba(cx.place, AlibabaApi::SchedulerX, operation, &params))
    }
}

/// The workflow with its group.
fn get(cx: &mut Cx<'_, '_>, id: &str) -> Result<(Workflow, AppGroup)> {
    let number = id.parse().map_err(|_| Error::not_found(WORKFLOW, id))?;
    let workflow = cx.services.workflows.find(cx.tx, cx.caller, number)?;
    let group = cx.services.app_groups.get_by_id(cx.tx, cx.caller, workflow.app_group)?;
    Ok((workflow, group))
}

/// The latest runs, for a page that looks at them.
pub(crate) fn latest(
    tx: &mut Tx<'_>,
    services: &Services,
    caller: &Caller,
    id: i64,
) -> Result<Vec<WorkflowInstance>> {
    let workflow = services.workflows.find(tx, caller, id)?;
    let group = services.app_groups.get_by_id(tx, caller, workflow.app_group)?;
    services.workflows.instances(tx, caller, &group.namespace, &group.group_id, id, (RUNS, 0))
}

/// A link to a workflow's page.
pub(crate) fn link_to(id: i64, name: impl Into<String>) -> Link {
    link(SLUG, &id.to_string(), name)
}

/// Whether its due times count.
pub(super) fn state(cx: &Cx<'_, '_>, workflow: &Workflow) -> State {
    match workflow.enabled {
        true => State::new(Tone::Good, cx.t("jobs.enabled")),
        false => State::new(Tone::Off, cx.t("jobs.disabled")),
    }
}

/// Words about time without an expression that does not count.
fn timed(time: Time) -> Time {
    if time.kind == TimeKind::Api { Time { expression: String::new(), ..time } } else { time }
}

/// The graph after one change.
fn changed(mut dag: Dag, change: &str, input: &Input) -> Result<Dag> {
    let job = |name: &str| -> Result<i64> {
        input.get(name).parse().map_err(|_| Error::invalid(name, "it is none of the choices"))
    };
    match change {
        "add-node" => {
            let node = job("node")?;
            dag.nodes.push(node);
            let before = input.all("after").filter_map(|id| id.parse().ok());
            dag.edges.extend(before.map(|from| DagEdge { from, to: node }));
        }
        "remove-node" => {
            let node = job("node")?;
            dag.nodes.retain(|known| *known != node);
            dag.edges.retain(|edge| edge.from != node && edge.to != node);
        }
        "add-edge" => dag.edges.push(DagEdge { from: job("from")?, to: job("to")? }),
        _ => {
            let (from, to) = (job("from")?, job("to")?);
            dag.edges.retain(|edge| edge.from != from || edge.to != to);
        }
    }
    Dag::new(dag.nodes, dag.edges)
}

fn row(cx: &mut Cx<'_, '_>, workflow: &Workflow) -> Result<Row> {
    let group = cx.services.app_groups.get_by_id(cx.tx, cx.caller, workflow.app_group)?;
    let due = workflow.next_due.filter(|_| workflow.enabled).map_or(Value::None, |due| cx.time(due));
    Ok(Row::from(vec![
        Value::Named(link_to(workflow.id, workflow.name.clone()), workflow.id.to_string()),
        Value::Link(link(app_groups::SLUG, &group.id.to_string(), group.name)),
        Value::Text(rule_of(cx, &workflow.time)),
        Value::number(workflow.dag.nodes.len()),
        Value::State(state(cx, workflow)),
        due,
    ]))
}

fn picture(cx: &Cx<'_, '_>, workflow: &Workflow, name: &dyn Fn(i64) -> String) -> Section {
    let (nodes, edges) = (&workflow.dag.nodes, &workflow.dag.edges);
    let lead = match nodes.is_empty() {
        true => cx.t("workflows.no-nodes"),
        false => cx.lang.fill(
            "workflows.sentence",
            &[&cx.lang.number(nodes.len() as u64), &cx.lang.number(edges.len() as u64)],
        ),
    };
    let graph = Graph {
        summary: lead.clone(),
        nodes: nodes
            .iter()
            .map(|id| Node {
                id: *id,
                name: name(*id),
                state: None,
                href: Some(super::href(jobs::SLUG, &id.to_string())),
            })
            .collect(),
        edges: edges.iter().map(|edge| Edge { from: edge.from, to: edge.to }).collect(),
    };
    Section {
        id: "graph",
        title: cx.t("workflows.graph"),
        lead,
        picture: (!nodes.is_empty()).then(|| graph.draw()),
        ..Section::default()
    }
}

fn latest_section(cx: &mut Cx<'_, '_>, workflow: &Workflow, group: &AppGroup) -> Result<Section> {
    let (namespace, group_id) = (&group.namespace, &group.group_id);
    let found =
        cx.services.workflows.instances(cx.tx, cx.caller, namespace, group_id, workflow.id, (RUNS, 0))?;
    let rows = found
        .iter()
        .map(|run| {
            let id = run.id.to_string();
            let took = run.started_at.zip(run.ended_at).map(|(start, end)| end.since(start));
            Row::from(vec![
                Value::Named(
                    link(workflow_runs::SLUG, &id, id.clone()),
                    cx.t(&format!("cause.{}", run.trigger.as_str())),
                ),
                Value::State(runs::state(cx, run.state)),
                cx.time(run.scheduled_at),
                took.map_or(Value::None, |ms| Value::Text(runs::duration(cx, ms))),
            ])
        })
        .collect();
    let columns = ["runs.one", "jobs.state", "work.scheduled", "work.took"];
    Ok(Section {
        id: "runs",
        title: cx.t("work.runs"),
        table: Table {
            caption: cx.t("work.runs"),
            columns: columns.map(|key| Column::new(cx.t(key))).to_vec(),
            rows,
        },
        empty: cx.t("work.no-runs"),
        ..Section::default()
    })
}

/// Its jobs, and a way to add one.
fn nodes(cx: &mut Cx<'_, '_>, workflow: &Workflow, name: &dyn Fn(i64) -> String) -> Result<Section> {
    let id = workflow.id.to_string();
    let of_group = JobBrowse { group: Some(workflow.app_group), enabled: None };
    let newest = Wanted::first("", OFFERED).browse();
    let offered = cx.services.jobs.browse(cx.tx, cx.caller, &of_group, &newest)?;
    let rows = workflow
        .dag
        .nodes
        .iter()
        .map(|node| {
            let before = workflow.dag.edges.iter().filter(|edge| edge.to == *node);
            let before: Vec<Link> = before.map(|edge| jobs::link_to(edge.from, name(edge.from))).collect();
            let mut row = Row::from(vec![
                Value::Named(jobs::link_to(*node, name(*node)), node.to_string()),
                Value::links(before),
            ]);
            row.buttons.push(Button {
                text: cx.t("job-groups.remove"),
                action: action(SLUG, &id, "remove-node"),
                hidden: vec![("node", node.to_string())],
                about: name(*node),
            });
            row
        })
        .collect();
    let choices: Vec<Choice> = offered
        .into_iter()
        .filter(|job| !workflow.dag.nodes.contains(&job.id))
        .map(|job| Choice::new(job.id.to_string(), job.definition.name, false))
        .collect();
    let after: Vec<Choice> =
        workflow.dag.nodes.iter().map(|node| Choice::new(node.to_string(), name(*node), false)).collect();
    let mut fields = vec![Field::select("node", cx.t("jobs.one"), choices.clone())];
    if !after.is_empty() {
        fields.push(Field::checks("after", cx.t("workflows.after"), after));
    }
    Ok(Section {
        id: "nodes",
        title: cx.t("workflows.nodes"),
        count: Some(workflow.dag.nodes.len() as u64),
        table: Table {
            caption: cx.t("workflows.nodes"),
            columns: vec![Column::new(cx.t("workflows.node")), Column::new(cx.t("workflows.after"))],
            rows,
        },
        empty: cx.t("workflows.no-nodes"),
        form: (!choices.is_empty()).then(|| InlineForm {
            action: action(SLUG, &id, "add-node"),
            fields,
            submit: cx.t("workflows.add-node"),
        }),
        more: Some(Link::new(cx.t("jobs.new"), format!("/console/new/jobs?group={}", workflow.app_group))),
        ..Section::default()
    })
}

/// Which goes before which, and a way to add an edge.
fn edges(cx: &Cx<'_, '_>, workflow: &Workflow, name: &dyn Fn(i64) -> String) -> Section {
    let id = workflow.id.to_string();
    let rows = workflow
        .dag
        .edges
        .iter()
        .map(|edge| {
            let mut row = Row::from(vec![Value::Text(name(edge.from)), Value::Text(name(edge.to))]);
            row.buttons.push(Button {
                text: cx.t("job-groups.remove"),
                action: action(SLUG, &id, "remove-edge"),
                hidden: vec![("from", edge.from.to_string()), ("to", edge.to.to_string())],
                about: format!("{} → {}", name(edge.from), name(edge.to)),
            });
            row
        })
        .collect();
    let choices =
        || workflow.dag.nodes.iter().map(|node| Choice::new(node.to_string(), name(*node), false)).collect();
    Section {
        id: "edges",
        title: cx.t("workflows.edges"),
        count: Some(workflow.dag.edges.len() as u64),
        table: Table {
            caption: cx.t("workflows.edges"),
            columns: vec![Column::new(cx.t("workflows.from")), Column::new(cx.t("workflows.to"))],
            rows,
        },
        empty: cx.t("workflows.no-edges"),
        form: (workflow.dag.nodes.len() > 1).then(|| InlineForm {
            action: action(SLUG, &id, "add-edge"),
            fields: vec![
                Field::select("from", cx.t("workflows.from"), choices()),
                Field::select("to", cx.t("workflows.to"), choices()),
            ],
            submit: cx.t("workflows.add-edge"),
        }),
        ..Section::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_graph_changes_by_one_node_or_one_edge() {
        let input = |text: &str| Input::parse(text.as_bytes());
        let dag = changed(Dag::default(), "add-node", &input("node=1")).unwrap();
        let dag = changed(dag, "add-node", &input("node=2&after=1")).unwrap();
        assert_eq!(dag.edges, [DagEdge { from: 1, to: 2 }]);
        assert!(changed(dag.clone(), "add-edge", &input("from=2&to=1")).is_err(), "a cycle");
        assert!(changed(dag.clone(), "remove-edge", &input("from=1&to=2")).unwrap().edges.is_empty());
        let rest = changed(dag, "remove-node", &input("node=1")).unwrap();
        assert_eq!((rest.nodes, rest.edges), (vec![2], vec![]));
        assert!(changed(Dag::default(), "add-node", &input("node=x")).is_err());
    }
}
