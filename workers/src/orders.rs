//! What a worker is told to do, in the words of the protocol; and what must never be said to it.
//!
//! The rules here protect the customer's processes: an official Go worker dies, or hangs for ever, on several
//! orders that the protocol allows. Each refusal or change says which.

use muster_jobs::instances::Trigger;
use muster_jobs::job::{ExecuteMode, JobKind, MapSettings, TimeKind};
use muster_jobs::link::{Family, Kill, LinkFault, Run};
use serde_json::{Map, Value, json};

use crate::codec::messages::{ServerKillJobInstanceRequest, ServerSubmitJobInstanceRequest, UpstreamData};

/// What is larger would fill a connection's queue by itself; at 30,000,000 bytes a Java worker's connection ends.
const LONGEST: usize = 16_000_000;

/// The order to run `run`, for a worker of `family`.
///
/// # Errors
/// `Unfit` when the run cannot be said to such a worker without harm.
pub(crate) fn submit(run: &Run, family: Family) -> Result<ServerSubmitJobInstanceRequest, LinkFault> {
    let mode = execute_mode(run.mode);
    if run.mode != ExecuteMode::Standalone {
        check_routes(&run.workers, family)?;
    }
    let order = ServerSubmitJobInstanceRequest {
        job_id: run.job,
        job_instance_id: run.instance,
        schedule_time: run.scheduled_at.millis(),
        data_time: run.data_at.millis(),
        job_type: job_type(run.kind).to_owned(),
        execute_mode: mode.to_owned(),
        content: content(run.kind, &run.class_name, &run.content),
        user: String::new(),
        xattrs: xattrs_of(run, family),
        parameters: Some(run.parameters.clone()),
        workers: run.workers.clone(),
        job_concurrency: small(run.max_concurrency),
        region_id: 1,
        app_group_id: run.app_group,
        instance_parameters: Some(run.instance_parameters.clone()),
        upstream_data: run
            .upstream
            .iter()
            .map(|from| UpstreamData { job_name: from.job_name.clone(), data: from.data.clone() })
            .collect(),
        group_id: Some(run.group_id.clone()),
        time_type: Some(time_type(run.time_kind)),
        time_expression: Some(run.time_expression.clone()),
        // Workers try the tasks of a broadcast again by themselves, on all but the first worker: the server does it.
        max_attempt: Some(if run.mode == ExecuteMode::Broadcast { 0 } else { small(run.max_attempt) }),
        attempt: Some(small(run.attempt)),
        wf_instance_id: Some(run.workflow_instance.unwrap_or(0)),
        job_name: Some(run.job_name.clone()),
        namespace: Some(run.namespace.clone()),
        trigger_type: Some(trigger_type(run)),
        template: Some(run.template.clone()).filter(|template| !template.is_empty()),
    };
    let texts = [&order.content, &run.parameters, &run.instance_parameters, &run.template, &run.xattrs];
    let length = texts.iter().map(|text| text.len()).sum::<usize>()
        + run.workers.iter().map(String::len).sum::<usize>()
        + run.upstream.iter().map(|from| from.data.len()).sum::<usize>();
    if length > LONGEST {
        return Err(unfit(format!(
            "{length} bytes of content and parameters are more than this worker reads"
        )));
    }
    Ok(order)
}

/// The order to stop a run.
pub(crate) fn kill(kill: &Kill) -> ServerKillJobInstanceRequest {
    ServerKillJobInstanceRequest {
        job_id: kill.job,
        job_instance_id: kill.instance,
        user: Some(kill.user.clone()),
        job_type: Some(job_type(kill.kind).to_owned()),
        content: Some(content(kill.kind, &kill.class_name, &kill.content)),
        execute_mode: Some(execute_mode(kill.mode).to_owned()),
        app_group_id: Some(kill.app_group),
        ..ServerKillJobInstanceRequest::default()
    }
}

/// The order to stop an instance of which only the number is known; workers look for that alone.
pub(crate) fn kill_stray(app_group: i64, instance: i64) -> ServerKillJobInstanceRequest {
    ServerKillJobInstanceRequest {
        job_instance_id: instance,
        user: Some("server".to_owned()),
        app_group_id: Some(app_group),
        ..ServerKillJobInstanceRequest::default()
    }
}

fn unfit(why: impl Into<String>) -> LinkFault {
    LinkFault::Unfit { why: why.into() }
}

fn small(number: i64) -> i32 {
    i32::try_from(number).unwrap_or(if number < 0 { i32::MIN } else { i32::MAX })
}

/// With nobody in the list a run would never end, and its master would fail over an address it cannot dial.
fn check_routes(routes: &[String], family: Family) -> Result<(), LinkFault> {
    if routes.is_empty() {
        return Err(unfit("no worker can take part in the run"));
    }
    // Our own workers reach one another through the server.
    for route in routes.iter().filter(|_| family != Family::Muster) {
        let place = route.rsplit_once('@').map_or(route.as_str(), |(_, place)| place);
        if place.contains('[') || place.matches(':').count() > 2 {
            return Err(unfit(format!("workers cannot share a run over IPv6 ({route})")));
        }
        if family == Family::Go && place.matches(':').count() < 2 {
            return Err(unfit(format!("{route} does not say where other workers reach it")));
        }
    }
    Ok(())
}

fn execute_mode(mode: ExecuteMode) -> &'static str {
    match mode {
        // Its tasks would be kept by the server, which no official worker but Java's can ask to; a Go worker hangs.
        ExecuteMode::Parallel => "grid",
        ExecuteMode::Standalone => "standalone",
        ExecuteMode::Broadcast => "broadcast",
        ExecuteMode::Grid => "grid",
        ExecuteMode::Batch => "batch",
        ExecuteMode::Sharding => "sharding",
    }
}

fn job_type(kind: JobKind) -> &'static str {
    match kind {
        // "go" is a script in the protocol's words.
        JobKind::Go => "golang",
        other => other.as_str(),
    }
}

fn trigger_type(run: &Run) -> i32 {
    match run.trigger {
        // By hand: else a master asks who else may share it, and is told of those who are not designated.
        _ if run.is_designated => 6,
        Trigger::Schedule => 1,
        Trigger::Backfill => 2,
        Trigger::Api => 3,
        Trigger::Retry => 4,
    }
}

fn time_type(kind: TimeKind) -> i32 {
    match kind {
        TimeKind::None => -1,
        TimeKind::Cron => 1,
        TimeKind::FixedRate => 3,
        TimeKind::Once => 5,
        // The server makes the rounds of a fixed delay, since a Go worker's stack overflows when it does.
        TimeKind::FixedDelay | TimeKind::Api => 100,
    }
}

/// Which code runs, as JSON; a script as it is.
fn content(kind: JobKind, class_name: &str, content: &str) -> String {
    match kind {
        JobKind::Java if !class_name.is_empty() => json!({ "className": class_name }).to_string(),
        JobKind::Go => match serde_json::from_str::<Value>(content) {
            Ok(Value::Object(names)) if names.contains_key("jobName") => content.to_owned(),
            _ => json!({ "jobName": if content.is_empty() { class_name } else { content } }).to_string(),
        },
        _ => content.to_owned(),
    }
}

/// Our own worker is told what it needs to keep its lease; others read how tasks are handed out, if there are any.
fn xattrs_of(run: &Run, family: Family) -> Option<String> {
    match family {
        Family::Muster => Some(json!({ "leaseMs": run.lease_ms }).to_string()),
        _ => run.mode.has_tasks().then(|| xattrs(&run.xattrs, &run.map, family)),
    }
}

/// How tasks are handed out. A Go worker dies without the dispatch mode, and never ends a run whose tasks are pulled.
fn xattrs(given: &str, settings: &MapSettings, family: Family) -> String {
    let mut all = Map::from_iter([
        ("consumerSize".to_owned(), json!(settings.consumer_size)),
        ("dispatcherSize".to_owned(), json!(settings.dispatcher_size)),
        ("taskMaxAttempt".to_owned(), json!(settings.task_max_attempt)),
        ("taskAttemptInterval".to_owned(), json!(settings.task_attempt_interval_s)),
        ("taskDispatchMode".to_owned(), json!(if settings.pull { "pull" } else { "push" })),
        ("pageSize".to_owned(), json!(settings.page_size)),
        ("queueSize".to_owned(), json!(settings.queue_size)),
        ("globalConsumerSize".to_owned(), json!(1000)),
    ]);
    if let Ok(Value::Object(given)) = serde_json::from_str(given) {
        all.extend(given);
    }
    if family == Family::Go {
        all.insert("taskDispatchMode".to_owned(), json!("push"));
    }
    Value::Object(all).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::run;

    #[test]
    fn a_standalone_run_names_its_code_by_kind() {
        let mut go = run(ExecuteMode::Standalone);
        let order = submit(&go, Family::Go).unwrap();
        assert_eq!((order.job_type.as_str(), order.execute_mode.as_str()), ("golang", "standalone"));
        assert_eq!((order.content.as_str(), order.xattrs), (r#"{"jobName":"HelloWorld"}"#, None));
        assert_eq!((order.app_group_id, order.attempt, order.max_attempt), (7, Some(1), Some(3)));
        assert_eq!(order.trigger_type, Some(1));
        let by_hand = Run { is_designated: true, trigger: Trigger::Api, ..go.clone() };
        assert_eq!(submit(&by_hand, Family::Java).unwrap().trigger_type, Some(6));
        go.content = "HelloWorld".to_owned();
        assert_eq!(submit(&go, Family::Go).unwrap().content, r#"{"jobName":"HelloWorld"}"#);
        (go.kind, go.class_name) = (JobKind::Java, "com.example.Hello".to_owned());
        assert_eq!(submit(&go, Family::Go).unwrap().content, r#"{"className":"com.example.Hello"}"#);
        (go.kind, go.content) = (JobKind::Shell, "echo 1".to_owned());
        assert_eq!(submit(&go, Family::Muster).unwrap().content, "echo 1");
    }

    #[test]
    fn a_go_worker_never_hears_what_would_kill_it() {
        let mut shared = run(ExecuteMode::Parallel);
        shared.map.pull = true;
        shared.time_kind = TimeKind::FixedDelay;
        let order = submit(&shared, Family::Go).unwrap();
        assert_eq!((order.execute_mode.as_str(), order.time_type), ("grid", Some(100)));
        let xattrs: Value = serde_json::from_str(&order.xattrs.unwrap()).unwrap();
        assert_eq!(xattrs["taskDispatchMode"], "push");
        assert_eq!(xattrs["pageSize"], 100);
        shared.xattrs = r#"{"pageSize":9,"taskDispatchMode":"pull"}"#.to_owned();
        for (family, dispatch) in [(Family::Go, "push"), (Family::Java, "pull")] {
            let xattrs = submit(&shared, family).unwrap().xattrs.unwrap();
            let xattrs: Value = serde_json::from_str(&xattrs).unwrap();
            assert_eq!((&xattrs["taskDispatchMode"], &xattrs["pageSize"]), (&json!(dispatch), &json!(9)));
        }
        shared.xattrs = "no json".to_owned();
        assert!(submit(&shared, Family::Go).unwrap().xattrs.unwrap().contains("push"));
    }

    #[test]
    fn all_time_types_but_the_deadly_one_can_be_said() {
        let said = TimeKind::ALL.iter().map(|kind| time_type(*kind)).collect::<Vec<_>>();
        assert_eq!(said, [1, 3, 100, 5, 100, -1]);
    }

    #[test]
    fn shared_runs_need_workers_that_reach_one_another() {
        let mut shared = run(ExecuteMode::Broadcast);
        assert_eq!(submit(&shared, Family::Go).unwrap().max_attempt, Some(0));
        for (routes, family) in [
            (vec![], Family::Go),
            (vec!["a@10.0.0.1:1"], Family::Go),
            (vec!["a@10.0.0.1:1:2", "b@[::1]:1:2"], Family::Go),
            (vec!["b@::1:1:2"], Family::Java),
        ] {
            shared.workers = routes.iter().map(ToString::to_string).collect();
            assert!(matches!(submit(&shared, family), Err(LinkFault::Unfit { .. })), "{routes:?}");
        }
        shared.workers = vec!["a@10.0.0.1:1".to_owned()];
        assert!(submit(&shared, Family::Java).is_ok());
    }

    #[test]
    fn workers_are_spared_frames_that_they_cannot_read() {
        let mut large = run(ExecuteMode::Standalone);
        large.parameters = "x".repeat(LONGEST - 1000);
        assert!(submit(&large, Family::Java).is_ok());
        large.instance_parameters = "y".repeat(1000);
        assert!(matches!(submit(&large, Family::Java), Err(LinkFault::Unfit { .. })));
    }
}
