//! Workflows from due to done, on each store: time moves by hand, workers do what the test says.

use muster_core::{Error, Result, Timestamp};

use super::{Dag, Edge, NewWorkflow, Workflow, WorkflowFilter, WorkflowInstance, WorkflowPatch, WorkflowRun};
use crate::firings::{Outcome, Owner};
use crate::instances::{Prune, Retention};
use crate::job::{Definition, Job, Time, TimeKind};
use crate::link::News;
use crate::testing::World;

fn job(world: &World<'_>, name: &str) -> Result<Job> {
    job_of(world, name, |_| {})
}

fn job_of(world: &World<'_>, name: &str, change: impl Fn(&mut Definition) + Send + 'static) -> Result<Job> {
    let name = name.to_owned();
    world.job(Time::of(TimeKind::None, ""), move |definition| {
        definition.name.clone_from(&name);
        change(definition);
    })
}

fn jobs(world: &World<'_>, names: &str) -> Result<Vec<i64>> {
    names.chars().map(|name| Ok(job(world, &name.to_string())?.id)).collect()
}

/// `12 13` means that the first job goes before the second and the third; jobs count from 1.
fn dag(jobs: &[i64], edges: &str) -> Dag {
    let job = |digit: u8| jobs[usize::from(digit - b'1')];
    let edge = |pair: &str| Edge { from: job(pair.as_bytes()[0]), to: job(pair.as_bytes()[1]) };
    Dag::new(jobs.to_vec(), edges.split_whitespace().map(edge).collect()).unwrap()
}

fn create(world: &World<'_>, time: Time) -> Result<Workflow> {
    let workflows = world.workflows.clone();
    world.write(move |tx, alice| {
        let new = NewWorkflow {
            name: "night".into(),
            description: String::new(),
            time: time.clone(),
            max_concurrency: 1,
        };
        workflows.create(tx, alice, "ns", "g", new)
    })
}

fn set_dag(world: &World<'_>, id: i64, dag: Dag) -> Result<Workflow> {
    let workflows = world.workflows.clone();
    world.write(move |tx, alice| workflows.set_dag(tx, alice, "ns", "g", id, dag.clone()))
}

fn set_enabled(world: &World<'_>, id: i64, enabled: bool) -> Result<()> {
    let workflows = world.workflows.clone();
    world.write(move |tx, alice| workflows.set_enabled(tx, alice, "ns", Some("g"), id, enabled))
}

fn get(world: &World<'_>, id: i64) -> Result<Workflow> {
    let workflows = world.workflows.clone();
    world.write(move |tx, alice| workflows.get(tx, alice, "ns", "g", id))
}

fn execute(world: &World<'_>, id: i64) -> Result<i64> {
    let workflows = world.workflows.clone();
    world.write(move |tx, alice| workflows.execute(tx, alice, "ns", "g", id, "p=1"))
}

fn run(world: &World<'_>, workflow: i64, id: i64) -> Result<WorkflowRun> {
    let workflows = world.workflows.clone();
    world.write(move |tx, alice| workflows.run(tx, alice, "ns", "g", workflow, id))
}

fn instances(world: &World<'_>, workflow: i64) -> Result<Vec<WorkflowInstance>> {
    let workflows = world.workflows.clone();
    world.write(move |tx, alice| workflows.instances(tx, alice, "ns", "g", workflow, (100, 0)))
}

fn stop(world: &World<'_>, workflow: i64, id: i64) -> Result<()> {
    let workflows = world.workflows.clone();
    world.write(move |tx, alice| workflows.stop(tx, alice, "ns", "g", workflow, id))
}

fn retry(world: &World<'_>, job: i64, id: i64) -> Result<()> {
    let instances = world.instances.clone();
    world.write(move |tx, alice| instances.retry(tx, alice, "ns", "g", job, id))
}

fn set_success(world: &World<'_>, job: i64, id: i64) -> Result<()> {
    let instances = world.instances.clone();
    world.write(move |tx, alice| instances.set_success(tx, alice, "ns", "g", job, id))
}

fn enable_job(world: &World<'_>, id: i64, enabled: bool) -> Result<()> {
    let jobs = world.jobs.clone();
    world.write(move |tx, alice| jobs.set_enabled(tx, alice, "ns", Some("g"), &[id], enabled))
}

fn next_due(world: &World<'_>, id: i64) -> Result<Option<Timestamp>> {
    let jobs = world.jobs.clone();
    Ok(world.write(move |tx, alice| jobs.get(tx, alice, "ns", "g", id))?.next_due)
}

#[track_caller]
fn assert_conflict<T: std::fmt::Debug>(outcome: Result<T>, rule: &str) {
    match outcome {
        Err(Error::Conflict { what, .. }) => assert_eq!(what, rule),
        other => panic!("{other:?}"),
    }
}

/// The run's state and, in the order of the graph, each node's first letter and state.
fn stand(world: &World<'_>, workflow: i64, id: i64) -> Result<String> {
    let run = run(world, workflow, id)?;
    let nodes = run.nodes.iter().map(|node| format!(" {}:{:?}", node.name, node.instance.state));
    Ok(format!("{:?}{}", run.instance.state, nodes.collect::<String>()))
}

/// Lets the engines work and has the worker take what is new; the names of the jobs.
fn take(world: &World<'_>) -> Result<String> {
    world.pass(0)?;
    let mut names = String::new();
    for (to, run) in world.handed_over() {
        world.report(&to, run.instance, News::Accepted)?;
        names.push_str(&run.job_name);
    }
    Ok(names)
}

/// Ends the node of the job called `name`.
fn end(world: &World<'_>, workflow: i64, id: i64, name: &str, success: bool) -> Result<()> {
    let run = run(world, workflow, id)?;
    let node = run.nodes.into_iter().find(|node| node.name == name).unwrap();
    assert!(world.end("w", node.instance.id, success)?, "{name} runs");
    Ok(())
}

/// An enabled workflow over jobs a to d: a before b and c, both before d.
fn diamond(world: &World<'_>) -> Result<(i64, Vec<i64>)> {
    world.connect("w", &[]);
    let jobs = jobs(world, "abcd")?;
    let id = create(world, Time::api())?.id;
    set_dag(world, id, dag(&jobs, "12 13 24 34"))?;
    Ok((id, jobs))
}

#[test]
fn nodes_run_when_those_before_them_have_succeeded() {
    World::on_each(|world| {
        let (workflow, _) = diamond(world)?;
        let id = execute(world, workflow)?;
        assert_eq!(stand(world, workflow, id)?, "Waiting a:Waiting b:Held c:Held d:Held");
        assert_eq!(take(world)?, "a");
        assert_eq!(stand(world, workflow, id)?, "Running a:Running b:Held c:Held d:Held");
        end(world, workflow, id, "a", true)?;
        let both = take(world)?;
        assert!(both == "bc" || both == "cb", "{both}");
        end(world, workflow, id, "c", true)?;
        assert_eq!(take(world)?, "");
        end(world, workflow, id, "b", true)?;
        assert_eq!(take(world)?, "d");
        end(world, workflow, id, "d", true)?;
        assert_eq!(stand(world, workflow, id)?, "Success a:Success b:Success c:Success d:Success");
        let instance = run(world, workflow, id)?.instance;
        assert_eq!((instance.started_at, instance.ended_at), (Some(world.now()), Some(world.now())));
        assert_eq!((instance.executor.as_str(), instance.parameters.as_str()), ("admin", "p=1"));
        assert!(world.ledger()?.is_empty(), "nobody's due time");
        Ok(())
    });
}

#[test]
fn results_reach_those_that_come_next_and_parameters_all() {
    World::on_each(|world| {
        let (workflow, _) = diamond(world)?;
        let id = execute(world, workflow)?;
        world.pass(0)?;
        let (_, first) = world.handed_over().remove(0);
        assert_eq!((first.workflow_instance, first.upstream.len()), (Some(id), 0));
        assert_eq!(first.instance_parameters, "p=1");
        world.report("w", first.instance, News::Accepted)?;
        let long = "组".repeat(400);
        let ended = News::Ended { success: true, result: long, progress: String::new() };
        world.report("w", first.instance, ended)?;
        world.pass(0)?;
        for (_, run) in world.handed_over() {
            let data: Vec<_> =
                run.upstream.iter().map(|from| (from.job_name.as_str(), from.data.len())).collect();
            assert_eq!(data, [("a", 999)]);
            world.report("w", run.instance, News::Accepted)?;
            let result = format!("by {}", run.job_name);
            world.report(
                "w",
                run.instance,
                News::Ended { success: true, result, progress: String::new() },
            )?;
        }
        world.pass(0)?;
        let (_, last) = world.handed_over().remove(0);
        let mut data: Vec<_> = last.upstream.iter().map(|from| from.data.as_str()).collect();
        data.sort_unstable();
        assert_eq!(data, ["by b", "by c"]);
        assert_eq!(last.data_at, last.scheduled_at);
        Ok(())
    });
}

#[test]
fn a_failure_blocks_what_follows_until_it_is_run_again() {
    World::on_each(|world| {
        let (workflow, jobs) = diamond(world)?;
        let id = execute(world, workflow)?;
        take(world)?;
        end(world, workflow, id, "a", true)?;
        take(world)?;
        end(world, workflow, id, "b", false)?;
        assert_eq!(stand(world, workflow, id)?, "Running a:Success b:Failed c:Running d:Blocked");
        end(world, workflow, id, "c", true)?;
        assert_eq!(stand(world, workflow, id)?, "Failed a:Success b:Failed c:Success d:Blocked");
        let nodes = run(world, workflow, id)?.nodes;
        let [_, b, _, d] = &nodes[..] else { panic!("{nodes:?}") };
        assert_conflict(retry(world, jobs[3], d.instance.id), "instance is unfinished");
        assert_conflict(set_success(world, jobs[3], d.instance.id), "instance is unfinished");
        retry(world, jobs[1], b.instance.id)?;
        assert_eq!(stand(world, workflow, id)?, "Running a:Success b:Waiting c:Success d:Held");
        assert_eq!(run(world, workflow, id)?.instance.ended_at, None);
        assert_eq!(take(world)?, "b");
        end(world, workflow, id, "b", true)?;
        assert_eq!(take(world)?, "d");
        end(world, workflow, id, "d", true)?;
        assert_eq!(stand(world, workflow, id)?, "Success a:Success b:Success c:Success d:Success");
        Ok(())
    });
}

#[test]
fn a_failed_node_that_is_set_to_success_lets_the_rest_go_on() {
    World::on_each(|world| {
        let (workflow, jobs) = diamond(world)?;
        let id = execute(world, workflow)?;
        take(world)?;
        end(world, workflow, id, "a", false)?;
        assert_eq!(stand(world, workflow, id)?, "Failed a:Failed b:Blocked c:Blocked d:Blocked");
        let a = run(world, workflow, id)?.nodes.remove(0).instance.id;
        set_success(world, jobs[0], a)?;
        assert_eq!(stand(world, workflow, id)?, "Running a:Success b:Waiting c:Waiting d:Held");
        // What ran before may run again, but not while those before it run again themselves.
        take(world)?;
        end(world, workflow, id, "b", true)?;
        retry(world, jobs[0], a)?;
        let b = run(world, workflow, id)?.nodes[1].instance.id;
        assert_conflict(retry(world, jobs[1], b), "node must wait");
        Ok(())
    });
}

#[test]
fn a_run_that_failed_may_count_as_done() {
    World::on_each(|world| {
        let (workflow, jobs) = diamond(world)?;
        let id = execute(world, workflow)?;
        let workflows = world.workflows.clone();
        let count_as_done = move |world: &World<'_>| {
            let workflows = workflows.clone();
            world.write(move |tx, alice| workflows.set_success(tx, alice, "ns", "g", workflow, id))
        };
        assert_conflict(count_as_done(world), "workflow instance is unfinished");
        take(world)?;
        end(world, workflow, id, "a", false)?;
        count_as_done(world)?;
        assert_eq!(stand(world, workflow, id)?, "Success a:Failed b:Blocked c:Blocked d:Blocked");
        assert_conflict(count_as_done(world), "workflow instance has succeeded");
        let a = run(world, workflow, id)?.nodes.remove(0).instance.id;
        retry(world, jobs[0], a)?;
        assert_eq!(stand(world, workflow, id)?, "Running a:Waiting b:Held c:Held d:Held");
        Ok(())
    });
}

#[test]
fn a_run_is_stopped_with_its_nodes() {
    World::on_each(|world| {
        let (workflow, _) = diamond(world)?;
        let id = execute(world, workflow)?;
        take(world)?;
        end(world, workflow, id, "a", true)?;
        take(world)?;
        end(world, workflow, id, "b", true)?;
        stop(world, workflow, id)?;
        assert_eq!(stand(world, workflow, id)?, "Stopped a:Success b:Success c:Stopped d:Blocked");
        world.pass(0)?;
        assert_eq!(world.killed().len(), 1);
        assert_conflict(stop(world, workflow, id), "workflow instance has ended");
        Ok(())
    });
}

#[test]
fn a_node_whose_job_is_disabled_is_passed_over() {
    World::on_each(|world| {
        let (workflow, jobs) = diamond(world)?;
        for job in [jobs[0], jobs[3]] {
            enable_job(world, job, false)?;
        }
        let id = execute(world, workflow)?;
        assert_eq!(stand(world, workflow, id)?, "Waiting a:Skipped b:Waiting c:Waiting d:Held");
        take(world)?;
        for name in ["b", "c"] {
            end(world, workflow, id, name, true)?;
        }
        assert_eq!(stand(world, workflow, id)?, "Success a:Skipped b:Success c:Success d:Skipped");
        Ok(())
    });
}

#[test]
fn a_node_waits_until_its_job_may_run_another_instance() {
    World::on_each(|world| {
        world.connect("w", &[]);
        let jobs = jobs(world, "ab")?;
        let workflow = create(world, Time::api())?.id;
        set_dag(world, workflow, dag(&jobs, "12"))?;
        let other = world.execute(jobs[1])?;
        assert_eq!(take(world)?, "b");
        let id = execute(world, workflow)?;
        assert_eq!(take(world)?, "a");
        let node = run(world, workflow, id)?.nodes.remove(1).instance;
        assert_eq!(node.scheduled_at.since(world.now()), 1_000, "the second was taken");
        end(world, workflow, id, "a", true)?;
        world.pass(1_000)?;
        assert_eq!(stand(world, workflow, id)?, "Running a:Success b:Held");
        assert!(world.end("w", other, true)?);
        world.store.clock.advance(1_000);
        assert_eq!(take(world)?, "b");
        assert_eq!(stand(world, workflow, id)?, "Running a:Success b:Running");
        Ok(())
    });
}

#[test]
fn due_times_of_workflows_are_in_the_ledger() {
    World::on_each(|world| {
        world.connect("w", &[]);
        let jobs = jobs(world, "ab")?;
        let workflow = create(world, Time::of(TimeKind::Cron, "*/10 * * * * ?"))?.id;
        let start = world.now();
        let enabled = set_enabled(world, workflow, true);
        assert!(matches!(enabled, Err(Error::Invalid { field, .. }) if field == "dag"), "without nodes");
        set_dag(world, workflow, dag(&jobs, "12"))?;
        set_enabled(world, workflow, true)?;
        world.fire(10_000)?;
        let row = world.ledger()?.remove(0);
        assert_eq!(
            (row.owner, row.outcome, row.late_ms),
            (Owner::Workflow(workflow), Outcome::Pending, None)
        );
        let id = row.instance.unwrap();
        world.pass(3)?;
        let row = world.ledger()?.remove(0);
        assert_eq!((row.outcome, row.late_ms), (Outcome::Ran, Some(3)));
        assert_eq!(instances(world, workflow)?[0].id, id);
        // The next two find it unfinished; the one after that runs.
        world.pass(20_000)?;
        assert_eq!(world.ledger_since(start)?, ["10 ran", "20-30 x2 skipped: concurrency"]);
        stop(world, workflow, id)?;
        world.pass(10_000)?;
        assert_eq!(instances(world, workflow)?.len(), 2);
        set_enabled(world, workflow, false)?;
        world.pass(60_000)?;
        assert_eq!(world.ledger_since(start)?.len(), 3);
        Ok(())
    });
}

#[test]
fn a_due_time_that_no_worker_saw_says_so() {
    World::on_each(|world| {
        let jobs = jobs(world, "a")?;
        let workflow = create(world, Time::of(TimeKind::Cron, "0 * * * * ?"))?.id;
        set_dag(world, workflow, dag(&jobs, ""))?;
        set_enabled(world, workflow, true)?;
        let start = world.now();
        // Stopped before a worker got it.
        world.fire(60_000)?;
        let id = instances(world, workflow)?[0].id;
        stop(world, workflow, id)?;
        // No worker is there.
        world.pass(60_000)?;
        assert_eq!(stand(world, workflow, instances(world, workflow)?[0].id)?, "Failed a:Failed");
        // All are passed over.
        enable_job(world, jobs[0], false)?;
        world.pass(60_000)?;
        assert_eq!(stand(world, workflow, instances(world, workflow)?[0].id)?, "Success a:Skipped");
        assert_eq!(
            world.ledger_since(start)?.iter().map(|row| row.split_once(' ').unwrap().1).collect::<Vec<_>>(),
            ["skipped: stopped", "ran", "ran"]
        );
        Ok(())
    });
}

#[test]
fn the_times_of_a_workflow_count_instead_of_those_of_its_jobs() {
    World::on_each(|world| {
        let own = world.job(Time::of(TimeKind::Cron, "0 0 * * * ?"), |_| {})?.id;
        let other = world.job(Time::of(TimeKind::Cron, "0 0 * * * ?"), |_| {})?.id;
        let workflow = create(world, Time::api())?.id;
        set_dag(world, workflow, dag(&[own], ""))?;
        assert!(next_due(world, own)?.is_some(), "it is not enabled yet");
        set_enabled(world, workflow, true)?;
        assert_eq!(next_due(world, own)?, None);
        enable_job(world, own, false)?;
        enable_job(world, own, true)?;
        assert_eq!(next_due(world, own)?, None);
        set_dag(world, workflow, dag(&[other], ""))?;
        assert!(next_due(world, own)?.is_some() && next_due(world, other)?.is_none());
        set_enabled(world, workflow, false)?;
        assert!(next_due(world, other)?.is_some());
        set_enabled(world, workflow, true)?;
        let workflows = world.workflows.clone();
        world.write(move |tx, alice| workflows.delete(tx, alice, "ns", Some("g"), workflow))?;
        assert_eq!(next_due(world, other)?, None, "its jobs stay, and wait for their next enabling");
        enable_job(world, other, false)?;
        enable_job(world, other, true)?;
        assert!(next_due(world, other)?.is_some());
        Ok(())
    });
}

#[test]
fn a_removed_workflow_can_be_looked_at_and_nothing_else() {
    World::on_each(|world| {
        let (workflow, jobs) = diamond(world)?;
        let id = execute(world, workflow)?;
        take(world)?;
        let delete_jobs = |world: &World<'_>| {
            let (service, jobs) = (world.jobs.clone(), jobs.clone());
            world.write(move |tx, alice| service.delete(tx, alice, "ns", "g", &jobs))
        };
        assert_conflict(delete_jobs(world), "job is a node of a workflow");
        let workflows = world.workflows.clone();
        world.write(move |tx, alice| workflows.delete(tx, alice, "ns", None, workflow))?;
        assert!(get(world, workflow)?.removed);
        assert_eq!(stand(world, workflow, id)?, "Stopped a:Stopped b:Blocked c:Blocked d:Blocked");
        for gone in [execute(world, workflow).map(drop), set_enabled(world, workflow, true)] {
            assert!(matches!(gone, Err(Error::NotFound { what: "workflow", .. })), "{gone:?}");
        }
        let workflows = world.workflows.clone();
        let listed =
            world.write(move |tx, alice| workflows.list(tx, alice, "ns", "g", &WorkflowFilter::default()))?;
        assert_eq!((listed.total, listed.items.len()), (0, 0));
        delete_jobs(world)?;
        assert_eq!(run(world, workflow, id)?.nodes[0].name, "a", "what was done stays");
        Ok(())
    });
}

#[test]
fn runs_that_have_begun_keep_their_graph() {
    World::on_each(|world| {
        let (workflow, jobs) = diamond(world)?;
        let id = execute(world, workflow)?;
        take(world)?;
        set_dag(world, workflow, dag(&jobs[..1], ""))?;
        // A job that is no node any more may go; the run that still has it cannot do without.
        let (service, gone) = (world.jobs.clone(), jobs[1]);
        world.write(move |tx, alice| service.delete(tx, alice, "ns", "g", &[gone]))?;
        assert_eq!(stand(world, workflow, id)?, "Running a:Running b:Stopped c:Held d:Blocked");
        end(world, workflow, id, "a", true)?;
        assert_eq!(take(world)?, "c");
        end(world, workflow, id, "c", true)?;
        assert_eq!(stand(world, workflow, id)?, "Stopped a:Success b:Stopped c:Success d:Blocked");
        assert_eq!(get(world, workflow)?.dag.nodes, jobs[..1]);
        Ok(())
    });
}

#[test]
fn what_is_refused() {
    World::on_each(|world| {
        let (workflow, jobs) = diamond(world)?;
        let stranger = set_dag(world, workflow, dag(&[jobs[0], 1], ""));
        assert!(matches!(stranger, Err(Error::Invalid { field, .. }) if field == "dag"));
        for time in [Time::of(TimeKind::FixedDelay, "7"), Time::of(TimeKind::Once, "2030-01-01 00:00:00")] {
            assert!(matches!(create(world, time), Err(Error::Invalid { field, .. }) if field == "time type"));
        }
        let bad = create(world, Time::of(TimeKind::Cron, "soon"));
        assert!(matches!(bad, Err(Error::Invalid { field, .. }) if field == "time expression"));
        execute(world, workflow)?;
        assert_conflict(execute(world, workflow), "concurrency limit");
        let id = instances(world, workflow)?[0].id;
        stop(world, workflow, id)?;
        assert_conflict(execute(world, workflow), "second taken");
        let workflows = world.workflows.clone();
        let long = "x".repeat(1_001);
        let parameters =
            world.write(move |tx, alice| workflows.execute(tx, alice, "ns", "g", workflow, &long));
        assert!(matches!(parameters, Err(Error::Invalid { field, .. }) if field == "instance parameters"));
        let workflows = world.workflows.clone();
        let patch = WorkflowPatch { name: Some(" ".into()), ..WorkflowPatch::default() };
        let renamed =
            world.write(move |tx, alice| workflows.update(tx, alice, "ns", "g", workflow, patch.clone()));
        assert!(renamed.is_err());
        Ok(())
    });
}

#[test]
fn a_changed_time_counts_from_now_on() {
    World::on_each(|world| {
        let (workflow, _) = diamond(world)?;
        set_enabled(world, workflow, true)?;
        assert_eq!(get(world, workflow)?.next_due, None);
        let workflows = world.workflows.clone();
        world.write(move |tx, alice| {
            let patch = WorkflowPatch {
                time_kind: Some(TimeKind::Cron),
                time_expression: Some("0 0 3 * * ?".into()),
                ..WorkflowPatch::default()
            };
            workflows.update(tx, alice, "ns", "g", workflow, patch)
        })?;
        let found = get(world, workflow)?;
        assert!(found.next_due.is_some_and(|due| due > world.now()));
        assert_eq!((found.name.as_str(), found.updater.as_str()), ("night", "admin"));
        Ok(())
    });
}

#[test]
fn old_runs_go_with_their_nodes() {
    World::on_each(|world| {
        world.connect("w", &[]);
        let jobs = jobs(world, "a")?;
        let workflow = create(world, Time::api())?.id;
        set_dag(world, workflow, dag(&jobs, ""))?;
        for _ in 0..3 {
            let id = execute(world, workflow)?;
            take(world)?;
            end(world, workflow, id, "a", true)?;
            world.pass(1_000)?;
        }
        let kept = Retention { instances: 2, ledger_ms: 0 };
        muster_core::Engine::run(&Prune::new(world.store.db.clone(), kept))?;
        let left = instances(world, workflow)?;
        assert_eq!(left.len(), 2);
        for instance in left {
            assert_eq!(stand(world, workflow, instance.id)?, "Success a:Success");
        }
        let nodes = world.write(|tx, _| {
            tx.query_one("SELECT COUNT(*) FROM jobs_instances", &[], |row| row.get::<i64>(0))
        })?;
        assert_eq!(nodes, 2);
        Ok(())
    });
}

#[test]
fn a_group_goes_with_its_workflows() {
    World::on_each(|world| {
        let (workflow, _) = diamond(world)?;
        execute(world, workflow)?;
        take(world)?;
        world.write(|tx, alice| crate::testing::groups().delete(tx, alice, "ns", "g", true))?;
        let left = world.write(|tx, _| {
            tx.query_one(
                "SELECT (SELECT COUNT(*) FROM jobs_workflows) + (SELECT COUNT(*) FROM jobs_workflow_nodes) + \
                 (SELECT COUNT(*) FROM jobs_workflow_instances) + (SELECT COUNT(*) FROM jobs_instances)",
                &[],
                |row| row.get::<i64>(0),
            )
        })?;
        assert_eq!(left, 0);
        Ok(())
    });
}
