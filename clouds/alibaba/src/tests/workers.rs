//! Workers, designations and route strategies, as the wire carries them.

use jiff::tz::TimeZone;
use muster_core::Timestamp;
use muster_jobs::job::{self, Definition, ExecuteMode, JobKind, NewJob, Time};
use muster_jobs::link::{Beat, Kill, LinkFault, Metrics, Run, Worker, WorkerLink};
use muster_jobs::logs::{self, Batch, Line, Stream};
use serde_json::json;

use super::world::{Answer, World};

/// The same two workers in every group.
pub(super) struct SomeWorkers;

impl WorkerLink for SomeWorkers {
    fn workers(&self, _app_group: i64) -> Vec<Worker> {
        let worker = |id: &str, label: &str| Worker {
            id: id.to_owned(),
            host: format!("10.0.0.{id}"),
            port: 4000,
            rpc_port: None,
            label: label.to_owned(),
            version: "1.2".to_owned(),
            starter: "springboot".to_owned(),
            metrics: Metrics { heap5_usage: 0.95, heap_max: 99.6, ..Metrics::default() },
            ready: true,
            connected_at: Timestamp::from_millis(0),
            beats: vec![Beat::new(Timestamp::from_millis(0), vec![7])],
        };
        vec![worker("1", "gray"), worker("2", "")]
    }

    fn submit(&self, _worker: &str, _run: &Run) -> Result<(), LinkFault> {
        Err(LinkFault::Gone)
    }

    fn kill(&self, _worker: &str, _kill: &Kill) -> Result<(), LinkFault> {
        Err(LinkFault::Gone)
    }
}

struct Jobs {
    world: World,
    job: String,
}

impl Jobs {
    fn new() -> Self {
        let world = World::new();
        world.namespace("ns");
        world.scheduler("CreateAppGroup", &[("AppName", "a"), ("Namespace", "ns"), ("GroupId", "g")]).data();
        let job = world.write(|_, tx, admin| {
            let definition = Definition {
                content: "true".to_owned(),
                ..Definition::named("nightly", JobKind::Shell, ExecuteMode::Standalone, Time::api())
            };
            let service = job::Service { zone: TimeZone::UTC };
            Ok(service.create(tx, admin, "ns", "g", NewJob::of(definition))?.id.to_string())
        });
        Self { world, job }
    }

    fn call(&self, action: &str, group: &str, more: &[(&str, &str)]) -> Answer {
        let pairs = [&[("Namespace", "ns"), ("GroupId", group), ("RegionId", "r")], more].concat();
        self.world.scheduler(action, &pairs)
    }

    fn designate(&self, kind: &str, name: &str, list: &str) -> Answer {
        let more = [("JobId", &*self.job), ("DesignateType", kind), ("Transferable", "True"), (name, list)];
        self.call("DesignateWorkers", "g", &more)
    }
}

#[test]
fn lists_who_is_online() {
    let jobs = Jobs::new();
    let answer = jobs.call("GetWorkerList", "g", &[]);
    let first = json!({"Ip": "10.0.0.1", "Port": 4000, "WorkerAddress": "1@10.0.0.1:4000", "Label": "gray",
        "Starter": "springboot", "Version": "1.2"});
    assert_eq!(answer.data()["WorkerInfos"][0], first);
    assert_eq!(answer.data()["WorkerInfos"].as_array().unwrap().len(), 2);
    assert_eq!(jobs.call("GetWorkerList", "none", &[]).business(), -10_003);
}

#[test]
fn a_designation_is_set_read_and_removed() {
    let jobs = Jobs::new();
    let of_job = [("JobId", &*jobs.job)];
    let none = json!({"DesignateType": 1, "Transferable": false, "DesignateDetailVos": []});
    assert_eq!(jobs.call("ReadSchedulerxDesignateInfo", "g", &of_job).data(), &none);
    assert!(jobs.designate("1", "Workers", r#"["10.0.0.1","10.0.0.9"]"#).data().is_null());
    let info = jobs.call("ReadSchedulerxDesignateInfo", "g", &of_job);
    let (data, rows) = (info.data(), &info.data()["DesignateDetailVos"]);
    assert_eq!((&data["DesignateType"], &data["Transferable"]), (&1.into(), &true.into()));
    assert_eq!((&rows[0]["Key"], &rows[0]["Busy"]), (&"10.0.0.1".into(), &"HEAP5_BUSY".into()));
    assert_eq!((&rows[0]["Metrics"]["HeapMax"], &rows[0]["Metrics"]["ExecCount"]), (&100.into(), &1.into()));
    let gone = json!({"Key": "10.0.0.9", "Checked": true, "Offline": true, "Size": 0});
    assert_eq!(rows[1], gone);
    let detail = jobs.call("ReadSchedulerxDesignateDetail", "g", &of_job);
    let rows = detail.data()["DesignateDetailVos"].as_array().unwrap();
    let shown: Vec<_> =
        rows.iter().map(|row| (row["Key"].as_str().unwrap(), row["Checked"] == true)).collect();
    assert_eq!(shown, [("10.0.0.9", true), ("1@10.0.0.1:4000", true), ("2@10.0.0.2:4000", false)]);
    let labels = jobs.call("ReadSchedulerxDesignateDetail", "g", &[of_job[0], ("DesignateType", "2")]);
    let gray = json!([{"Key": "gray", "Checked": false, "Offline": false, "Size": 1}]);
    assert_eq!(labels.data()["DesignateDetailVos"], gray);
    jobs.designate("2", "Labels", "[]").data();
    assert_eq!(jobs.call("ReadSchedulerxDesignateInfo", "g", &of_job).data(), &none);
}

#[test]
fn refuses_designations() {
    let jobs = Jobs::new();
    assert_eq!(jobs.designate("3", "Workers", "[]").business(), -10_101);
    assert_eq!(jobs.designate("1", "Workers", "10.0.0.1").business(), -10_102);
    let one = [("JobId", "1"), ("DesignateType", "1"), ("Transferable", "false")];
    let missing = jobs.call("DesignateWorkers", "g", &one);
    assert_eq!((missing.business(), &missing.json["Message"]), (-10_209, &"job is not existed".into()));
    assert_eq!(jobs.call("DesignateWorkers", "none", &one).business(), -10_003);
    assert_eq!(
        jobs.call("DesignateWorkers", "g", &one[..2]).refused(),
        (400, "MissingTransferable".to_owned())
    );
    for action in ["ReadSchedulerxDesignateInfo", "ReadSchedulerxDesignateDetail"] {
        assert_eq!(jobs.call(action, "g", &one).business(), -10_209, "{action}");
        assert_eq!(jobs.call(action, "none", &one).business(), -10_003, "{action}");
        assert_eq!(jobs.call(action, "g", &[]).refused(), (400, "MissingJobId".to_owned()), "{action}");
    }
}

#[test]
fn route_strategies_are_set_and_removed() {
    let jobs = Jobs::new();
    let content = r#"[{"percentage":20,"target":"[\"gray\"]","targetType":"label"}]"#;
    let all = [("Name", "canary"), ("JobId", &*jobs.job), ("Type", "3"), ("StrategyContent", content)];
    let stored = || {
        let count = "SELECT COUNT(*) FROM jobs_route_strategies";
        jobs.world.write(move |_, tx, _| tx.query_one(count, &[], |row| row.get::<i64>(0)))
    };
    assert_eq!(jobs.call("CreateRouteStrategy", "g", &all).data(), &json!({}));
    assert_eq!(jobs.call("CreateRouteStrategy", "g", &all[..1]).data(), &json!({}));
    assert_eq!(stored(), 2);
    assert_eq!(jobs.call("CreateRouteStrategy", "none", &all).business(), -10_003);
    let refused = |more: &[(&str, &str)]| jobs.call("CreateRouteStrategy", "g", more).business();
    assert_eq!(refused(&[("Name", "n"), ("Type", "2")]), -10_101);
    assert_eq!(refused(&[("Name", "n"), ("Status", "2")]), -10_101);
    assert_eq!(refused(&[("Name", "")]), -10_101);
    assert_eq!(refused(&[("Name", "n"), ("StrategyContent", "{}")]), -10_102);
    assert_eq!(refused(&[("Name", "n"), ("JobId", "1")]), -10_209);
    let batch = |list: &str| jobs.call("BatchDeleteRouteStrategy", "g", &[("JobIdList.1", list)]);
    assert_eq!(batch("x").refused(), (400, "InvalidParameter".to_owned()));
    assert_eq!(batch("1").business(), -10_209);
    let nothing = jobs.call("BatchDeleteRouteStrategy", "g", &[]);
    assert_eq!(nothing.refused(), (400, "MissingJobIdList".to_owned()));
    assert_eq!(stored(), 2);
    assert!(batch(&jobs.job).data().is_null());
    assert_eq!(stored(), 1);
    assert!(jobs.call("DeleteRouteStrategy", "g", &[]).data().is_null());
    assert_eq!(stored(), 0);
    assert_eq!(jobs.call("DeleteRouteStrategy", "none", &[]).business(), -10_003);
}

#[test]
fn logs_are_read() {
    let jobs = Jobs::new();
    let run = jobs.call("ExecuteJob", "g", &[("JobId", &*jobs.job)]);
    let id = run.data()["JobInstanceId"].as_i64().unwrap();
    let id_text = id.to_string();
    let read = |more: &[(&str, &str)]| {
        let which = [("JobId", &*jobs.job), ("JobInstanceId", &*id_text)];
        jobs.call("GetLog", "g", &[&which[..], more].concat())
    };
    jobs.world.write(move |_, tx, _| {
        let line = |text: &str| Line { stream: Stream::Stdout, age_ms: 1, text: text.to_owned() };
        let lines = vec![line("hello"), line("world 100%")];
        let batch = Batch { instance: id, attempt: 0, worker: "w".to_owned(), run: 1, first: 0, lines };
        let group = tx.query_one("SELECT id FROM jobs_app_groups", &[], |row| row.get(0))?;
        logs::Service::default().append(tx, group, &batch)
    });
    let all = |answer: &Answer| answer.data()["Logs"].clone();
    assert_eq!(all(&read(&[])), json!([]), "the group keeps no log for its clients");
    jobs.call("UpdateAppGroup", "g", &[("EnableLog", "true")]).data();
    let lines = ["2026-01-15 08:29:59.999 stdout hello", "2026-01-15 08:29:59.999 stdout world 100%"];
    assert_eq!(all(&read(&[])), json!([lines[1], lines[0]]));
    assert_eq!(all(&read(&[("Reverse", "False"), ("Line", "1")])), json!([lines[0]]));
    assert_eq!(all(&read(&[("Offset", "1")])), json!([lines[0]]));
    assert_eq!(all(&read(&[("Keyword", "0%")])), json!([lines[1]]));
    assert_eq!(all(&read(&[("StartTimestamp", "1768465800000")])), json!([]));
    assert_eq!(read(&[("Line", "201")]).business(), -10_101);
    assert_eq!(read(&[("Offset", "-1")]).business(), -10_101);
    let other = jobs.call("GetLog", "g", &[("JobId", &*jobs.job), ("JobInstanceId", "1")]);
    assert_eq!(other.business(), -10_201);
}
