//! What the tests of this crate share.

use muster_core::Timestamp;
use muster_jobs::instances::Trigger;
use muster_jobs::job::{ExecuteMode, JobKind, MapSettings, TimeKind};
use muster_jobs::link::Run;

/// A second try of the task `HelloWorld`, in the group 7.
pub(crate) fn run(mode: ExecuteMode) -> Run {
    Run {
        job: 1_000_000_000_001,
        instance: 1_000_000_000_002,
        app_group: 7,
        group_id: "g".into(),
        namespace: "ns".into(),
        job_name: "hello".into(),
        kind: JobKind::Go,
        mode,
        time_kind: TimeKind::Cron,
        time_expression: "0 * * * * ?".into(),
        class_name: String::new(),
        content: r#"{"jobName":"HelloWorld"}"#.into(),
        parameters: "p".into(),
        instance_parameters: String::new(),
        map: MapSettings::default(),
        xattrs: String::new(),
        template: String::new(),
        scheduled_at: Timestamp::from_millis(1_768_465_800_000),
        data_at: Timestamp::from_millis(1_768_465_740_000),
        trigger: Trigger::Schedule,
        max_concurrency: 1,
        max_attempt: 3,
        attempt: 1,
        workflow_instance: None,
        upstream: Vec::new(),
        workers: vec!["a@10.0.0.1:50000:7000".into()],
        killed_at: None,
    }
}
