//! Instances from waiting to done, on each store: time moves by hand, workers do what the test says.

use jiff::civil::time;
use muster_core::{Error, Result};
use muster_db::params;

use super::{Backfill, Execute, InstanceFilter, KILLED, Prune, Retention, State, Trigger};
use crate::app_groups::AppGroupPatch;
use crate::designations::{self, DesignateKind, Designation};
use crate::firings::Outcome;
use crate::job::{Definition, Job, Monitor, Time, TimeKind};
use crate::link::{LinkFault, News};
use crate::testing::{World, groups};

/// A job that runs when somebody asks.
fn api_job(world: &World<'_>, change: impl Fn(&mut Definition) + Send + 'static) -> Result<Job> {
    world.job(Time::api(), change)
}

/// Has a new instance of `job` handed to a worker that takes it.
fn start(world: &World<'_>, job: i64, worker: &str) -> Result<i64> {
    let id = world.execute(job)?;
    world.pass(0)?;
    assert!(world.handed_over().iter().any(|(to, run)| to == worker && run.instance == id));
    assert!(world.report(worker, id, News::Accepted)?);
    Ok(id)
}

fn state(world: &World<'_>, job: i64, id: i64) -> Result<State> {
    Ok(world.instance(job, id)?.state)
}

#[track_caller]
fn assert_conflict<T: std::fmt::Debug>(outcome: Result<T>, rule: &str) {
    match outcome {
        Err(Error::Conflict { what, .. }) => assert_eq!(what, rule),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_run_from_waiting_to_done() {
    World::on_each(|world| {
        world.connect("w", &[]);
        let job = api_job(world, |definition| definition.parameters = "a=1".into())?;
        let instances = world.instances.clone();
        let wish = Execute { parameters: "b=2".into(), ..Execute::default() };
        let id =
            world.write(move |tx, alice| instances.execute(tx, alice, "ns", "g", job.id, wish.clone()))?;
        assert_eq!(state(world, job.id, id)?, State::Waiting);
        world.pass(0)?;
        let run = world.handed_over().remove(0).1;
        assert_eq!((run.parameters.as_str(), run.instance_parameters.as_str()), ("a=1", "b=2"));
        assert_eq!((run.group_id.as_str(), run.trigger, run.attempt), ("g", Trigger::Api, 0));
        assert_eq!(state(world, job.id, id)?, State::Submitted);
        world.report("w", id, News::Accepted)?;
        assert_eq!(state(world, job.id, id)?, State::Running);
        world.report("w", id, News::Progress { progress: "{}".into() })?;
        assert!(world.end("w", id, true)?);
        let done = world.instance(job.id, id)?;
        assert_eq!(
            (done.state, done.result.as_str(), done.progress.as_str()),
            (State::Success, "done", "{}")
        );
        assert_eq!((done.executor.as_str(), done.ended_at), ("admin", Some(world.now())));
        assert!(world.ledger()?.is_empty(), "nobody's due time");
        Ok(())
    });
}

#[test]
fn only_the_worker_that_has_it_is_believed_and_only_once() {
    World::on_each(|world| {
        world.connect("w", &[]);
        let job = api_job(world, |_| {})?;
        let id = start(world, job.id, "w")?;
        assert!(!world.end("liar", id, true)?, "another worker");
        assert!(!world.end("w", id + 1_000, true)?, "an instance that does not exist");
        let foreign = crate::link::Report {
            app_group: world.group + 1,
            worker: "w".into(),
            instance: id,
            node: None,
            news: News::Accepted,
        };
        let instances = world.instances.clone();
        assert_eq!(world.write(move |tx, _| instances.report(tx, std::slice::from_ref(&foreign)))?, [false]);
        assert_eq!(state(world, job.id, id)?, State::Running);
        assert!(world.end("w", id, true)?);
        assert!(!world.end("w", id, false)?, "a second end");
        assert!(!world.report("w", id, News::Progress { progress: "late".into() })?);
        let done = world.instance(job.id, id)?;
        assert_eq!((done.state, done.progress.as_str()), (State::Success, ""));
        Ok(())
    });
}

#[test]
fn a_job_refuses_more_than_it_may_run() {
    World::on_each(|world| {
        world.connect("w", &[]);
        let job = api_job(world, |definition| definition.max_concurrency = 2)?;
        for _ in 0..2 {
            start(world, job.id, "w")?;
            world.store.clock.advance(1_000);
        }
        assert_conflict(world.execute(job.id), "concurrency limit");
        Ok(())
    });
}

#[test]
fn a_group_lets_instances_wait_and_the_important_go_first() {
    World::on_each(|world| {
        world.connect("w", &[]);
        world.write(|tx, alice| {
            let patch = AppGroupPatch { max_concurrency: Some(1), ..AppGroupPatch::default() };
            groups().update(tx, alice, "ns", "g", &patch)
        })?;
        let first = api_job(world, |_| {})?;
        let low = api_job(world, |definition| definition.priority = 1)?;
        let high = api_job(world, |definition| definition.priority = 15)?;
        let running = start(world, first.id, "w")?;
        let (low_id, high_id) = (world.execute(low.id)?, world.execute(high.id)?);
        world.pass(0)?;
        assert!(world.handed_over().is_empty());
        assert_eq!(state(world, low.id, low_id)?, State::Queued);
        world.end("w", running, true)?;
        world.pass(0)?;
        let runs = world.handed_over();
        assert_eq!(runs.iter().map(|(_, run)| run.instance).collect::<Vec<_>>(), [high_id]);
        world.end("w", high_id, true)?;
        world.pass(0)?;
        assert_eq!(world.handed_over()[0].1.instance, low_id);
        Ok(())
    });
}

#[test]
fn without_a_worker_a_run_fails_and_says_so() {
    World::on_each(|world| {
        world.store.clock.advance(30_000);
        let job = world.job(Time::of(TimeKind::Cron, "*/10 * * * * ?"), |_| {})?;
        world.pass(10_000)?;
        let firing = world.ledger()?.remove(0);
        assert_eq!((firing.outcome, firing.late_ms), (Outcome::Ran, Some(0)));
        let failed = world.instance(job.id, firing.instance.unwrap())?;
        assert_eq!(failed.state, State::Failed);
        assert!(failed.result.starts_with("no available worker"), "{}", failed.result);
        Ok(())
    });
}

#[test]
fn a_failure_is_tried_again_as_often_as_the_job_says() {
    World::on_each(|world| {
        world.connect("w", &[]);
        let job = api_job(world, |definition| {
            definition.max_attempt = 2;
            definition.attempt_interval_s = 30;
        })?;
        let id = start(world, job.id, "w")?;
        world.end("w", id, false)?;
        assert_eq!(state(world, job.id, id)?, State::Retrying);
        assert!(!world.end("w", id, true)?, "late news of the first try");
        world.pass(29_999)?;
        assert!(world.handed_over().is_empty());
        world.connect("w", &[id]);
        world.pass(1)?;
        assert!(world.handed_over().is_empty(), "the worker still lists the first try");
        world.connect("w", &[]);
        world.pass(1_000)?;
        assert_eq!(world.handed_over()[0].1.attempt, 1);
        world.report("w", id, News::Refused { why: "no".into() })?;
        world.pass(30_000)?;
        assert_eq!(world.handed_over()[0].1.attempt, 2);
        world.end("w", id, false)?;
        let failed = world.instance(job.id, id)?;
        assert_eq!((failed.state, failed.attempt, failed.result.as_str()), (State::Failed, 2, "broken"));
        Ok(())
    });
}

#[test]
fn a_worker_that_is_still_running_it_keeps_it() {
    World::on_each(|world| {
        world.connect("w", &[]);
        let job = api_job(world, |_| {})?;
        let id = world.execute(job.id)?;
        world.pass(0)?;
        let why = format!("jobInstanceId={id} is still running!");
        assert!(world.report("w", id, News::Refused { why })?);
        assert_eq!(state(world, job.id, id)?, State::Running);
        Ok(())
    });
}

#[test]
fn a_lost_worker_keeps_its_run_until_the_lease_ends() {
    World::on_each(|world| {
        world.connect("w", &[]);
        let job = world.job(Time::of(TimeKind::Cron, "0 * * * * ?"), |definition| {
            definition.max_attempt = 1;
            definition.attempt_interval_s = 0;
        })?;
        world.pass(60_000)?;
        let id = world.handed_over()[0].1.instance;
        world.report("w", id, News::Accepted)?;
        for _ in 0..4 {
            world.connect("w", &[id]);
            world.pass(9_000)?;
        }
        assert_eq!(state(world, job.id, id)?, State::Running, "36 s, and its lease was renewed");
        world.disconnect("w");
        world.connect("v", &[]);
        world.pass(20_000)?;
        assert!(world.handed_over().is_empty(), "the lease still lives");
        world.pass(15_000)?;
        world.pass(0)?;
        let again = world.handed_over();
        assert_eq!(again.iter().map(|(to, run)| (to.as_str(), run.attempt)).collect::<Vec<_>>(), [("v", 1)]);
        assert!(!world.end("w", id, true)?, "the late result of the lost worker");
        world.disconnect("v");
        world.pass(31_000)?;
        world.pass(0)?;
        let failed = world.instance(job.id, id)?;
        assert_eq!(failed.state, State::Failed);
        assert!(failed.result.contains("worker lost"), "{}", failed.result);
        let firing = world.ledger()?.remove(0);
        assert_eq!(firing.outcome, Outcome::Lost);
        assert_eq!(firing.reason.as_deref(), Some("worker lost, may have overlapped"));
        Ok(())
    });
}

#[test]
fn a_result_that_never_came_is_missed_in_the_heartbeats() {
    World::on_each(|world| {
        world.connect("w", &[]);
        let job = api_job(world, |_| {})?;
        let id = start(world, job.id, "w")?;
        world.connect("w", &[id]);
        world.pass(16_000)?;
        world.connect_beating("w", &[0], &[]);
        world.pass(20_000)?;
        assert_eq!(state(world, job.id, id)?, State::Running, "one heartbeat is no proof");
        world.connect_beating("w", &[0, 5_000], &[]);
        world.pass(2_000)?;
        let lost = world.instance(job.id, id)?;
        assert_eq!(lost.state, State::Failed);
        assert!(lost.result.contains("result lost"), "{}", lost.result);
        Ok(())
    });
}

#[test]
fn a_run_that_nobody_took_is_offered_again() {
    World::on_each(|world| {
        world.connect("w", &[]);
        let job = api_job(world, |_| {})?;
        let id = world.execute(job.id)?;
        world.pass(0)?;
        assert_eq!(world.handed_over().len(), 1);
        world.connect("w", &[]);
        world.pass(15_000)?;
        assert!(world.handed_over().is_empty());
        world.store.clock.advance(7_000);
        world.connect("w", &[]);
        world.pass(0)?;
        let again = world.handed_over();
        assert_eq!((again.len(), again[0].1.attempt), (1, 0));
        for _ in 0..12 {
            world.store.clock.advance(8_000);
            world.connect("w", &[]);
            world.pass(0)?;
        }
        let failed = world.instance(job.id, id)?;
        assert_eq!(failed.result, "submit jobInstanceId to worker timeout");
        Ok(())
    });
}

#[test]
fn a_worker_that_lists_what_nobody_was_given_keeps_nothing_back() {
    World::on_each(|world| {
        let job = api_job(world, |_| {})?;
        let id = world.execute(job.id)?;
        world.connect("liar", &[id, id + 1, id + 2]);
        world.pass(0)?;
        assert_eq!(world.handed_over().remove(0).1.instance, id);
        Ok(())
    });
}

#[test]
fn an_unanswered_run_that_is_listed_runs() {
    World::on_each(|world| {
        world.connect("w", &[]);
        let job = api_job(world, |_| {})?;
        let id = world.execute(job.id)?;
        world.pass(0)?;
        world.connect("w", &[id]);
        world.pass(15_000)?;
        assert_eq!(state(world, job.id, id)?, State::Running);
        Ok(())
    });
}

#[test]
fn frames_that_were_not_written_go_to_somebody_else() {
    World::on_each(|world| {
        world.connect("w", &[]);
        world.deafen(Some(LinkFault::Gone));
        let job = world.job(Time::of(TimeKind::Cron, "0 * * * * ?"), |_| {})?;
        world.pass(60_000)?;
        assert_eq!(world.ledger()?[0].outcome, Outcome::Pending);
        world.deafen(None);
        world.pass(700)?;
        let run = world.handed_over().remove(0).1;
        assert_eq!((run.job, world.ledger()?[0].late_ms), (job.id, Some(700)));
        world.end("w", run.instance, true)?;
        world.deafen(Some(LinkFault::Unfit { why: "cannot be said".into() }));
        world.pass(60_000)?;
        let firing = world.ledger()?.remove(1);
        assert_eq!(firing.outcome, Outcome::Ran);
        assert_eq!(world.instance(job.id, firing.instance.unwrap())?.result, "cannot be said");
        Ok(())
    });
}

#[test]
fn a_time_limit_stops_a_run() {
    World::on_each(|world| {
        world.connect("w", &[]);
        let job = api_job(world, |definition| {
            definition.max_attempt = 3;
            definition.monitor = Some(Monitor { timeout_s: 5, timeout_kill: true, ..Monitor::default() });
        })?;
        let id = start(world, job.id, "w")?;
        world.pass(4_999)?;
        assert_eq!(state(world, job.id, id)?, State::Running);
        world.pass(1)?;
        let failed = world.instance(job.id, id)?;
        assert_eq!((failed.state, failed.result.as_str()), (State::Failed, KILLED));
        assert_eq!(world.killed()[0].1.instance, id);
        Ok(())
    });
}

#[test]
fn stop_retry_and_set_success() {
    World::on_each(|world| {
        world.connect("w", &[]);
        let job = api_job(world, |definition| definition.max_attempt = 3)?;
        let id = start(world, job.id, "w")?;
        let service = world.instances.clone();
        let retry = move |world: &World<'_>| {
            let service = service.clone();
            world.write(move |tx, alice| service.retry(tx, alice, "ns", "g", job.id, id))
        };
        let service = world.instances.clone();
        let stop = move |world: &World<'_>| {
            let service = service.clone();
            world.write(move |tx, alice| service.stop(tx, alice, "ns", "g", job.id, id))
        };
        let service = world.instances.clone();
        let bless = move |world: &World<'_>| {
            let service = service.clone();
            world.write(move |tx, alice| service.set_success(tx, alice, "ns", "g", job.id, id))
        };
        assert_conflict(retry(world), "instance is unfinished");
        assert_conflict(bless(world), "instance is unfinished");
        stop(world)?;
        world.pass(0)?;
        assert_eq!(world.killed()[0].0, "w");
        let stopped = world.instance(job.id, id)?;
        assert_eq!((stopped.state, stopped.result.as_str()), (State::Stopped, KILLED));
        assert!(!world.end("w", id, true)?);
        assert_conflict(stop(world), "instance has ended");

        retry(world)?;
        world.pass(0)?;
        let run = world.handed_over().remove(0).1;
        assert_eq!((run.instance, run.trigger, run.attempt), (id, Trigger::Retry, 0));
        assert_eq!(run.scheduled_at, stopped.scheduled_at);
        stop(world)?;
        bless(world)?;
        assert_eq!(state(world, job.id, id)?, State::Success);
        assert_conflict(bless(world), "instance has succeeded");
        Ok(())
    });
}

#[test]
fn what_is_stopped_before_it_ran_was_skipped() {
    World::on_each(|world| {
        let job = world.job(Time::of(TimeKind::Cron, "0 * * * * ?"), |_| {})?;
        world.fire(60_000)?;
        let id = world.ledger()?[0].instance.unwrap();
        let service = world.instances.clone();
        world.write(move |tx, alice| service.stop(tx, alice, "ns", "g", job.id, id))?;
        let firing = world.ledger()?.remove(0);
        assert_eq!((firing.outcome, firing.reason.as_deref()), (Outcome::Skipped, Some("stopped")));
        Ok(())
    });
}

#[test]
fn past_days_run_one_after_another() {
    World::on_each(|world| {
        world.connect("w", &[]);
        let job = api_job(world, |_| {})?;
        let service = world.instances.clone();
        let (from, to) = (world.now().plus_ms(-10 * 86_400_000), world.now().plus_ms(-8 * 86_400_000));
        let wish = Backfill { from, to, time_of_day: time(1, 2, 3, 0) };
        let ids = world.write(move |tx, alice| service.backfill(tx, alice, "ns", "g", job.id, wish))?;
        assert_eq!(ids.len(), 3);
        let mut days = Vec::new();
        for id in &ids {
            world.pass(0)?;
            let runs = world.handed_over();
            assert_eq!(runs.iter().map(|(_, run)| run.instance).collect::<Vec<_>>(), [*id]);
            days.push(runs[0].1.data_at.to_string());
            world.end("w", *id, true)?;
        }
        assert_eq!(
            days,
            ["2026-01-05T01:02:03.000Z", "2026-01-06T01:02:03.000Z", "2026-01-07T01:02:03.000Z"]
        );
        let service = world.instances.clone();
        let wish = Backfill { from: to, to: from, ..wish };
        let refused = world.write(move |tx, alice| service.backfill(tx, alice, "ns", "g", job.id, wish));
        assert!(matches!(refused, Err(Error::Invalid { .. })));
        Ok(())
    });
}

#[test]
fn runs_go_where_they_are_meant_to() {
    World::on_each(|world| {
        world.connect("v", &[]);
        world.connect("w", &[]);
        let job = api_job(world, |_| {})?;
        world.write(move |tx, alice| {
            let targets = vec!["w-label".to_owned()];
            let designation = Designation { kind: DesignateKind::Label, transferable: false, targets };
            designations::set(tx, alice, "ns", "g", job.id, &designation)
        })?;
        for _ in 0..4 {
            let id = start(world, job.id, "w")?;
            world.end("w", id, true)?;
            world.store.clock.advance(1_000);
        }
        let service = world.instances.clone();
        let designated = Some((DesignateKind::Label, "v-label".to_owned()));
        let wish = Execute { designated, ..Execute::default() };
        world.write(move |tx, alice| service.execute(tx, alice, "ns", "g", job.id, wish.clone()))?;
        world.pass(0)?;
        assert_eq!(world.handed_over()[0].0, "v");
        Ok(())
    });
}

#[test]
fn lists_are_newest_first_and_know_their_group() {
    World::on_each(|world| {
        let job = api_job(world, |definition| definition.max_concurrency = 100)?;
        let other = api_job(world, |_| {})?;
        let mut ids = Vec::new();
        for _ in 0..3 {
            ids.push(world.execute(job.id)?);
            world.store.clock.advance(1_000);
        }
        let other_id = world.execute(other.id)?;
        world.write(|tx, _| {
            tx.execute("UPDATE jobs_instances SET state = 11 WHERE scheduled_s % 2 = 1", &[])
        })?;
        let list = |filter: InstanceFilter| {
            let service = world.instances.clone();
            let found = world.write(move |tx, alice| service.list(tx, alice, "ns", "g", &filter))?;
            Ok::<_, Error>(found.into_iter().map(|instance| instance.id).collect::<Vec<_>>())
        };
        let of_job = InstanceFilter { job: Some(job.id), ..InstanceFilter::default() };
        assert_eq!(list(InstanceFilter::default())?, [other_id, ids[2], ids[1], ids[0]]);
        assert_eq!(list(of_job.clone())?, [ids[2], ids[1], ids[0]]);
        let failed = InstanceFilter { states: vec![State::Failed], ..of_job.clone() };
        assert_eq!(list(failed)?, [ids[1]]);
        let at = world.instance(job.id, ids[1])?.scheduled_at;
        let window = InstanceFilter { from: Some(at), to: Some(at), ..of_job.clone() };
        assert_eq!(list(window)?, [ids[1]]);
        let page = muster_core::PageRequest::numbered(2, 2);
        assert_eq!(list(InstanceFilter { page, ..of_job })?, [ids[0]]);
        let wrong = world.write(move |tx, alice| {
            let service = super::Service { zone: jiff::tz::TimeZone::UTC };
            service.get(tx, alice, "ns", "g", other.id, ids[0])
        });
        assert!(matches!(wrong, Err(Error::NotFound { .. })));
        Ok(())
    });
}

#[test]
fn strays_are_those_that_are_not_the_workers() {
    World::on_each(|world| {
        world.connect("w", &[]);
        let job = api_job(world, |_| {})?;
        let id = start(world, job.id, "w")?;
        let (service, group) = (world.instances.clone(), world.group);
        let strays = world.write(move |tx, _| service.strays(tx, group, "w", &[id, id + 1]))?;
        assert_eq!(strays, [id + 1]);
        Ok(())
    });
}

#[test]
fn the_past_is_forgotten_as_far_as_it_need_not_be_kept() {
    World::on_each(|world| {
        use muster_core::Engine;
        let job = world.job(Time::of(TimeKind::Cron, "0 * * * * ?"), |_| {})?;
        for _ in 0..8 {
            world.pass(60_000)?;
        }
        world.fire(60_000)?;
        Prune::new(world.store.db.clone(), Retention { instances: 3, ledger_ms: 150_000 }).run()?;
        let count = |table: &'static str| {
            world.write(move |tx, _| {
                let sql = format!("SELECT COUNT(*) FROM {table} WHERE job_id = $1");
                tx.query_one(&sql, params![job.id], |row| row.get::<i64>(0))
            })
        };
        assert_eq!((count("jobs_instances")?, count("jobs_firings")?), (3, 3));
        Ok(())
    });
}

#[test]
fn a_crash_after_the_frame_leaves_no_due_time_pending() {
    World::on_each(|world| {
        world.connect("w", &[]);
        world.job(Time::of(TimeKind::Cron, "0 * * * * ?"), |_| {})?;
        world.crash_next();
        world.pass(60_000)?;
        let id = world.handed_over()[0].1.instance;
        assert_eq!(world.ledger()?[0].outcome, Outcome::Pending);
        world.store.clock.advance(900);
        assert!(world.end("w", id, true)?);
        let firing = world.ledger()?.remove(0);
        assert_eq!((firing.outcome, firing.late_ms), (Outcome::Ran, Some(0)));
        Ok(())
    });
}

#[test]
fn after_a_start_runs_wait_for_workers_to_come_back() {
    World::on_each(|world| {
        let job = world.job(Time::of(TimeKind::Cron, "*/10 * * * * ?"), |_| {})?;
        world.pass(10_000)?;
        world.pass(10_000)?;
        let id = world.ledger()?[0].instance.unwrap();
        assert_eq!(state(world, job.id, id)?, State::Retrying);
        world.connect("w", &[]);
        world.pass(500)?;
        let (run, firing) = (world.handed_over().remove(0).1, world.ledger()?.remove(0));
        assert_eq!((run.instance, run.attempt), (id, 0));
        assert_eq!((firing.outcome, firing.late_ms), (Outcome::Ran, Some(10_500)));
        Ok(())
    });
}

#[test]
fn what_a_group_leaves_behind_is_its_ledger() {
    World::on_each(|world| {
        world.connect("w", &[]);
        let job = world.job(Time::of(TimeKind::Cron, "0 * * * * ?"), |definition| {
            definition.max_concurrency = 2;
        })?;
        world.pass(60_000)?;
        world.fire(60_000)?;
        world.write(|tx, alice| groups().delete(tx, alice, "ns", "g", true))?;
        world.pass(60_000)?;
        assert_eq!(world.killed().len(), 1, "the one that ran");
        let outcomes: Vec<Outcome> = world.ledger()?.iter().map(|firing| firing.outcome).collect();
        assert_eq!(outcomes, [Outcome::Ran, Outcome::Skipped]);
        let left = world.write(move |tx, _| crate::job::find(tx, job.id))?;
        assert_eq!(left, None);
        Ok(())
    });
}
