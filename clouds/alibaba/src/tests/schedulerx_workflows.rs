//! Workflows of SchedulerX, as the wire carries them.

use serde_json::{Value, json};

use super::world::{Answer, World};

const G: [(&str, &str); 3] = [("Namespace", "ns"), ("GroupId", "g"), ("RegionId", "cn-hangzhou")];

fn world() -> World {
    let world = World::new();
    world.namespace("ns");
    for (group, edition) in [("g", "2"), ("other", "2"), ("basic", "1")] {
        let new = [("AppName", "a"), ("Namespace", "ns"), ("GroupId", group), ("AppVersion", edition)];
        world.scheduler("CreateAppGroup", &new).data();
    }
    world
}

/// A call about the group "g", with other values for some parameters.
fn call(world: &World, action: &str, pairs: &[(&str, &str)]) -> Answer {
    let is_other = |name: &str| pairs.iter().any(|(changed, _)| *changed == name);
    let kept = G.into_iter().filter(|(name, _)| !is_other(name));
    world.scheduler(action, &kept.chain(pairs.iter().copied()).collect::<Vec<_>>())
}

fn job(world: &World, name: &str, group: &str) -> i64 {
    let new = [
        ("Name", name),
        ("GroupId", group),
        ("JobType", "java"),
        ("ExecuteMode", "standalone"),
        ("TimeType", "-1"),
        ("ClassName", "shop.Night"),
    ];
    call(world, "CreateJob", &new).data()["JobId"].as_i64().unwrap()
}

fn workflow(world: &World) -> String {
    let made = call(world, "CreateWorkflow", &[("Name", "night"), ("TimeType", "100")]);
    made.json["Data"]["WorkflowId"].as_i64().unwrap().to_string()
}

fn set_dag(world: &World, id: &str, dag: &Value) -> Answer {
    call(world, "UpdateWorkflowDag", &[("WorkflowId", id), ("DagJson", &dag.to_string())])
}

/// A workflow of two jobs, one after the other.
fn pair(world: &World) -> (String, i64, i64) {
    let (a, b) = (job(world, "a", "g"), job(world, "b", "g"));
    let id = workflow(world);
    let dag = json!({"nodes": [{"id": a}, {"id": b}], "edges": [{"source": a, "target": b}]});
    assert_eq!(set_dag(world, &id, &dag).json["Success"], true);
    (id, a, b)
}

#[test]
fn a_workflow_is_answered_in_the_types_that_clients_read() {
    let world = world();
    let said = [
        ("Name", "night"),
        ("TimeType", "1"),
        ("TimeExpression", "0 0 3 * * ?"),
        ("Description", "d"),
        ("MaxConcurrency", "2"),
        ("Timezone", "GTM+8"),
    ];
    let made = call(&world, "CreateWorkflow", &said);
    assert_eq!(made.json["Code"], "200", "a text in this one operation");
    let id = made.json["Data"]["WorkflowId"].as_i64().unwrap();
    let (a, b) = (job(&world, "a", "g"), job(&world, "b", "g"));
    // Numbers may be texts, and consoles draw more than they need.
    let dag = json!({
        "nodes": [{"id": a, "x": 7}, {"id": b.to_string()}],
        "edges": [{"source": a, "target": b}],
    });
    set_dag(&world, &id.to_string(), &dag);
    call(&world, "DisableJob", &[("JobId", &b.to_string())]);
    let found = call(&world, "GetWorkFlow", &[("WorkflowId", &id.to_string())]);
    let expected = json!({
        "WorkFlowInfo": {
            "WorkflowId": id, "Name": "night", "Description": "d", "Namespace": "ns", "GroupId": "g",
            "Status": "disable", "TimeType": "cron", "TimeExpression": "0 0 3 * * ?", "MaxConcurrency": "2",
        },
        "WorkFlowNodeInfo": {
            "Nodes": [{"Id": a, "Label": "a", "Status": 1}, {"Id": b, "Label": "b", "Status": 0}],
            "Edges": [{"Source": a, "Target": b}],
        },
    });
    assert_eq!(found.data(), &expected);
    let listed = call(&world, "ListWorkFlows", &[("WorkflowName", "igh"), ("Status", "0")]);
    let row = json!({
        "WorkflowId": id, "Name": "night", "Description": "d", "Namespace": "ns", "GroupId": "g",
        "Calendar": "", "Creator": "admin", "Updater": "admin", "TimeType": "cron",
        "TimeExpression": "0 0 3 * * ?", "MaxConcurrency": "2",
    });
    assert_eq!(listed.data(), &json!({"Records": [row], "PageNumber": 1, "PageSize": 10, "Total": 1}));
    assert_eq!(call(&world, "ListWorkFlows", &[("Status", "1")]).data()["Total"], 0);
}

#[test]
fn a_run_is_answered_with_its_graph_below_the_root() {
    let world = world();
    let (id, a, b) = pair(&world);
    let on = [("WorkflowId", id.as_str()), ("InstanceParameters", "p")];
    let run = call(&world, "ExecuteWorkflow", &on).data()["WfInstanceId"].as_i64().unwrap();
    let number = run.to_string();
    let about = [("WorkflowId", id.as_str()), ("WfInstanceId", number.as_str())];
    let found = call(&world, "GetWorkflowInstance", &about);
    let found = found.data();
    let due = "2026-01-15 08:30:00";
    assert_eq!(found["WfInstanceInfo"], json!({"Status": 1, "ScheduleTime": due, "DataTime": due}));
    let nodes = found["WfInstanceDag"]["Nodes"].as_array().unwrap();
    let instance = |place: usize| nodes[place]["JobInstanceId"].as_i64().unwrap();
    let node = |place, job, name| {
        json!({
            "JobInstanceId": instance(place), "JobId": job, "JobName": name, "Status": 1, "Attempt": 0,
            "Result": "", "WorkAddr": "", "ScheduleTime": due, "DataTime": due,
        })
    };
    assert_eq!(nodes[..], [node(0, a, "a"), node(1, b, "b")]);
    let edge = |source, target| json!({"Source": source, "Target": target});
    assert_eq!(
        found["WfInstanceDag"]["Edges"],
        json!([edge(0, instance(0)), edge(instance(0), instance(1))])
    );
    let listed = call(&world, "ListWorkflowInstance", &about[..1]);
    assert_eq!(
        listed.data(),
        &json!({"WfInstanceInfos": [{
            "WfInstanceId": run, "WorkflowId": id.parse::<i64>().unwrap(), "Status": 1, "ScheduleTime": due,
            "DataTime": due,
        }]})
    );
    assert_eq!(call(&world, "SetWfInstanceSuccess", &about).business(), -10_202, "it has not ended");
    let stop = [("JobId", a.to_string()), ("InstanceId", instance(0).to_string())];
    let stop: Vec<_> = stop.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert_eq!(call(&world, "StopInstance", &stop).json["Success"], true);
    let found = call(&world, "GetWorkflowInstance", &about);
    let found = found.data();
    assert_eq!(
        (&found["WfInstanceInfo"]["Status"], &found["WfInstanceInfo"]["EndTime"]),
        (&5.into(), &due.into())
    );
    let states: Vec<_> =
        found["WfInstanceDag"]["Nodes"].as_array().unwrap().iter().map(|node| &node["Status"]).collect();
    assert_eq!(states, [5, 1], "what is blocked still waits");
    assert_eq!(call(&world, "SetWfInstanceSuccess", &about).json["Success"], true);
    let found = call(&world, "GetWorkflowInstance", &about);
    assert_eq!(found.data()["WfInstanceInfo"]["Status"], 4);
    assert_eq!(call(&world, "SetWfInstanceSuccess", &about).business(), -10_202);
}

#[test]
fn changes_switches_and_the_end() {
    let world = world();
    let (id, a, _) = pair(&world);
    let on = ("WorkflowId", id.as_str());
    let info = || call(&world, "GetWorkFlow", &[on]).data()["WorkFlowInfo"].clone();
    call(&world, "UpdateWorkflow", &[on, ("TimeType", "1"), ("TimeExpression", "0 0 4 * * ?")]);
    let changed = info();
    assert_eq!((&changed["Name"], &changed["TimeType"]), (&"night".into(), &"cron".into()));
    // Without a group the id is looked up in the namespace.
    let anywhere = [("Namespace", "ns"), ("RegionId", "cn-hangzhou"), on];
    assert_eq!(world.scheduler("EnableWorkflow", &anywhere).json["Success"], true);
    assert_eq!(world.scheduler("EnableWorkflow", &anywhere).json["Success"], true, "once more");
    assert_eq!(info()["Status"], "enable");
    assert_eq!(set_dag(&world, &id, &json!({"nodes": []})).business(), -10_207);
    assert_eq!(call(&world, "DeleteJob", &[("JobId", &a.to_string())]).business(), -10_106);
    assert_eq!(call(&world, "DisableWorkflow", &[on]).json["Success"], true);
    assert_eq!(call(&world, "DeleteWorkflow", &[on]).json["Success"], true);
    assert_eq!(info()["Status"], "removed", "it can still be looked at");
    for action in ["EnableWorkflow", "DeleteWorkflow", "ExecuteWorkflow"] {
        let refused = call(&world, action, &[on]);
        assert_eq!(refused.business(), -10_208, "{action}");
        assert_eq!(refused.json["Message"], format!("workflowId={id} is not existed"));
    }
    assert_eq!(call(&world, "DeleteJob", &[("JobId", &a.to_string())]).json["Success"], true);
}

#[test]
fn graphs_that_are_refused() {
    let world = world();
    let (a, b) = (job(&world, "a", "g"), job(&world, "b", "g"));
    let foreign = job(&world, "c", "other");
    let id = workflow(&world);
    for (dag, code) in [
        (json!({"nodes": [{"id": a}, {"id": a}]}), -10_207),
        (json!({"nodes": [{"id": a}], "edges": [{"source": a, "target": b}]}), -10_207),
        (json!({"nodes": [{"id": a}], "edges": [{"source": a, "target": a}]}), -10_207),
        (
            json!({
                "nodes": [{"id": a}, {"id": b}],
                "edges": [{"source": a, "target": b}, {"source": b, "target": a}],
            }),
            -10_207,
        ),
        (json!({"nodes": [{"id": foreign}]}), -10_207),
        (json!({"nodes": [{"id": 1}]}), -10_207),
        (json!({"nodes": [{"id": "x"}]}), -10_102),
        (json!({"edges": []}), -10_102),
        (json!([]), -10_102),
    ] {
        assert_eq!(set_dag(&world, &id, &dag).business(), code, "{dag}");
    }
    assert_eq!(call(&world, "EnableWorkflow", &[("WorkflowId", &id)]).business(), -10_207);
    assert_eq!(call(&world, "ExecuteWorkflow", &[("WorkflowId", &id)]).business(), -10_207);
}

#[test]
fn what_else_is_refused() {
    let world = world();
    let refusal = |pairs: &[(&str, &str)]| {
        let answer = call(&world, "CreateWorkflow", &[&[("Name", "night")], pairs].concat());
        answer.json["Code"].as_str().unwrap().to_owned()
    };
    assert_eq!(refusal(&[("TimeType", "3"), ("TimeExpression", "30")]), "-10101");
    assert_eq!(refusal(&[("TimeType", "1")]), "-10206");
    assert_eq!(refusal(&[("TimeType", "100"), ("MaxConcurrency", "0")]), "-10101");
    assert_eq!(refusal(&[("TimeType", "100"), ("GroupId", "basic")]), "-10107");
    assert_eq!(refusal(&[("TimeType", "100"), ("GroupId", "nowhere")]), "-10003");
    let missing = call(&world, "CreateWorkflow", &[("Name", "night")]);
    assert_eq!(missing.refused(), (400, "MissingTimeType".to_owned()));
    let (id, ..) = pair(&world);
    let on = ("WorkflowId", id.as_str());
    assert_eq!(call(&world, "ListWorkflowInstance", &[on, ("GroupId", "basic")]).business(), -10_107);
    assert_eq!(call(&world, "GetWorkFlow", &[on, ("GroupId", "other")]).business(), -10_208);
    assert_eq!(call(&world, "GetWorkflowInstance", &[on, ("WfInstanceId", "1")]).business(), -10_201);
    let long = "x".repeat(1001);
    assert_eq!(call(&world, "ExecuteWorkflow", &[on, ("InstanceParameters", &long)]).business(), -10_105);
    call(&world, "ExecuteWorkflow", &[on]).data();
    assert_eq!(call(&world, "ExecuteWorkflow", &[on]).business(), -10_203);
    assert_eq!(call(&world, "ListWorkFlows", &[("PageNum", "2")]).data()["Records"], json!([]));
}
