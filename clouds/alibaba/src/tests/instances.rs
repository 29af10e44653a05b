//! Instances, as the wire carries them.

use jiff::tz::TimeZone;
use muster_jobs::instances::{self, Execute};
use muster_jobs::job::{self, Definition, ExecuteMode, JobKind, NewJob, Time};
use serde_json::Value;

use super::world::{Answer, World};

const REGION: (&str, &str) = ("RegionId", "cn-hangzhou");

/// A world with the groups "basic" and "pro", each with a job that runs when somebody asks.
struct Runs {
    world: World,
    jobs: [i64; 2],
}

impl Runs {
    fn new() -> Self {
        let world = World::new();
        world.namespace("ns");
        let jobs = [("basic", "1"), ("pro", "2")].map(|(group, edition)| {
            let new = [("AppName", "a"), ("Namespace", "ns"), ("GroupId", group), ("AppVersion", edition)];
            world.scheduler("CreateAppGroup", &new).data();
            world.write(move |_, tx, admin| {
                let definition = Definition {
                    max_concurrency: 20,
                    content: "true".to_owned(),
                    ..Definition::named("nightly", JobKind::Shell, ExecuteMode::Standalone, Time::api())
                };
                let service = job::Service { zone: TimeZone::UTC };
                Ok(service.create(tx, admin, "ns", group, NewJob::of(definition))?.id)
            })
        });
        Self { world, jobs }
    }

    /// A run of the group's job, a second after the former one.
    fn run(&self, group: &'static str) -> i64 {
        self.world.store.clock.advance(1000);
        let job = self.job(group);
        self.world.write(move |_, tx, admin| {
            let service = instances::Service { zone: TimeZone::UTC };
            let wish = Execute { parameters: "deep".to_owned(), ..Execute::default() };
            service.execute(tx, admin, "ns", group, job, wish)
        })
    }

    fn job(&self, group: &str) -> i64 {
        self.jobs[usize::from(group == "pro")]
    }

    fn call(&self, action: &str, group: &str, more: &[(&str, String)]) -> Answer {
        let more = more.iter().map(|(name, value)| (*name, value.as_str()));
        let pairs: Vec<_> =
            [("Namespace", "ns"), ("GroupId", group), REGION].into_iter().chain(more).collect();
        self.world.scheduler(action, &pairs)
    }

    fn on(&self, action: &str, group: &str, instance: i64) -> Answer {
        self.on_job(action, group, self.job(group), instance)
    }

    fn on_job(&self, action: &str, group: &str, job: i64, instance: i64) -> Answer {
        let id = if action == "StopInstance" { "InstanceId" } else { "JobInstanceId" };
        self.call(action, group, &[("JobId", job.to_string()), (id, instance.to_string())])
    }

    fn get(&self, group: &str, instance: i64) -> Value {
        self.on("GetJobInstance", group, instance).data()["JobInstanceDetail"].clone()
    }

    fn listed(&self, group: &str, more: &[(&str, String)]) -> Vec<i64> {
        let answer = self.call("GetJobInstanceList", group, more);
        let rows = answer.data()["JobInstanceDetails"].as_array().unwrap();
        rows.iter().map(|row| row["InstanceId"].as_i64().unwrap()).collect()
    }
}

const ON_ONE: [&str; 4] = ["GetJobInstance", "StopInstance", "RetryJobInstance", "SetJobInstanceSuccess"];

#[test]
fn an_instance_is_read_stopped_called_done_and_run_again() {
    let runs = Runs::new();
    let id = runs.run("pro");
    let waiting = runs.get("pro", id);
    for (name, value) in [("Status", 1), ("TriggerType", 3), ("TimeType", 100), ("InstanceId", id)] {
        assert_eq!(waiting[name], value, "{name}: {waiting}");
    }
    assert_eq!((&waiting["JobName"], &waiting["Parameters"]), (&"nightly".into(), &"deep".into()));
    assert_eq!(waiting["ScheduleTime"].as_str().unwrap().len(), "2026-01-15 16:30:00".len());
    assert!(waiting.get("EndTime").is_none() && waiting.get("StartTime").is_none(), "{waiting}");
    for action in ["RetryJobInstance", "SetJobInstanceSuccess"] {
        assert_eq!(runs.on(action, "pro", id).business(), -10_202, "{action}");
    }
    assert!(runs.on("StopInstance", "pro", id).data().is_null());
    let stopped = runs.get("pro", id);
    assert_eq!((&stopped["Status"], &stopped["Result"]), (&5.into(), &instances::KILLED.into()));
    assert!(stopped["EndTime"].is_string(), "{stopped}");
    assert_eq!(runs.on("StopInstance", "pro", id).business(), -10_202);
    assert!(runs.on("SetJobInstanceSuccess", "pro", id).data().is_null());
    assert_eq!(runs.get("pro", id)["Status"], 4);
    assert_eq!(runs.on("SetJobInstanceSuccess", "pro", id).business(), -10_202);
    assert!(runs.on("RetryJobInstance", "pro", id).data().is_null());
    let again = runs.get("pro", id);
    assert_eq!((&again["Status"], &again["TriggerType"]), (&1.into(), &4.into()));
    assert_eq!(again["ScheduleTime"], waiting["ScheduleTime"]);
}

#[test]
fn only_the_professional_edition_runs_again() {
    let runs = Runs::new();
    let id = runs.run("basic");
    runs.on("StopInstance", "basic", id).data();
    assert_eq!(runs.on("RetryJobInstance", "basic", id).business(), -10_107);
    assert_eq!(runs.get("basic", id)["Status"], 5);
}

#[test]
fn what_is_missing_is_named() {
    let runs = Runs::new();
    let id = runs.run("pro");
    for action in ON_ONE {
        let gone = runs.on_job(action, "none", runs.job("pro"), id);
        assert_eq!(gone.business(), -10_003, "{action}");
        assert_eq!(gone.json["Message"], "groupid not exist groupId: none namespace: ns");
        assert_eq!(runs.on(action, "pro", 1).business(), -10_201, "{action}");
        // Another group's job is as unknown as none, and so is what it did.
        for job in [1, runs.job("basic")] {
            let refusal = runs.on_job(action, "pro", job, id);
            assert_eq!(refusal.business(), -10_209, "{action}");
            assert_eq!(refusal.json["Message"], format!("jobId={job} is not existed"));
        }
        let id = if action == "StopInstance" { "InstanceId" } else { "JobInstanceId" };
        let without = runs.call(action, "pro", &[("JobId", "1".to_owned())]).refused();
        assert_eq!(without, (400, format!("Missing{id}")), "{action}");
        let text = runs.call(action, "pro", &[("JobId", "x".to_owned()), (id, "1".to_owned())]).refused();
        assert_eq!(text, (400, "InvalidParameter".to_owned()), "{action}");
    }
    assert_eq!(runs.call("GetJobInstanceList", "none", &[]).business(), -10_003);
    for job in [1, runs.job("basic")] {
        for status in ["", "9"] {
            let more = [("JobId", job.to_string()), ("Status", status.to_owned())];
            let refusal = runs.call("GetJobInstanceList", "pro", &more);
            assert_eq!(refusal.business(), -10_209);
            assert_eq!(refusal.json["Message"], format!("jobid: {job} not match groupId: pro"));
        }
    }
    assert_eq!(runs.get("pro", id)["Status"], 1);
}

#[test]
fn lists_by_job_state_and_time() {
    let runs = Runs::new();
    let mut ids: Vec<i64> = (0..12).map(|_| runs.run("pro")).collect();
    ids.reverse();
    runs.on("StopInstance", "pro", ids[3]).data();
    let text = |number: i64| number.to_string();
    assert_eq!(runs.listed("pro", &[]), ids[..10]);
    assert_eq!(runs.listed("pro", &[("PageNum", text(2))]), ids[10..]);
    assert_eq!(runs.listed("pro", &[("PageNum", text(2)), ("PageSize", text(5))]), ids[5..10]);
    assert_eq!(runs.listed("pro", &[("Status", text(5))]), [ids[3]]);
    assert_eq!(runs.listed("pro", &[("Status", text(9))]), [0; 0]);
    assert_eq!(runs.listed("pro", &[("JobId", text(runs.job("pro"))), ("PageSize", text(1))]), ids[..1]);
    assert_eq!(runs.listed("basic", &[]), [0; 0]);
    let now = runs.world.now().millis();
    let window = [("StartTimestamp", text(now - 2000)), ("EndTimestamp", text(now - 1000))];
    assert_eq!(runs.listed("pro", &window), ids[1..3]);
    for (name, value) in [("Status", 13), ("PageNum", 0), ("PageSize", 0), ("PageSize", 101)] {
        assert_eq!(
            runs.call("GetJobInstanceList", "pro", &[(name, text(value))]).business(),
            -10_101,
            "{name}"
        );
    }
}
