//! What is shown or done, as calls of the API.

use muster_core::Result;
use muster_jobs::app_groups::AppGroup;
use muster_jobs::job::{Definition, ExecuteMode, Job, JobKind, Time, TimeKind};

use super::super::{Verb, app_groups};
use crate::calls::{self, AlibabaApi, Param};
use crate::cx::Cx;
use crate::view::Call;

/// The verb as calls.
pub(super) fn calls(cx: &mut Cx<'_, '_>, verb: Verb, job: Option<&(Job, AppGroup)>) -> Result<Vec<Call>> {
    let mut params: Vec<Param<'_>> = vec![("RegionId", cx.place.region.clone())];
    let Some((job, group)) = job else {
        let (namespace, group_id) = app_groups::newest(cx)?;
        params.extend([("Namespace", namespace), ("GroupId", group_id)]);
        params.extend(definition(&example()));
        return Ok(calls::alibaba(cx.place, AlibabaApi::SchedulerX, "CreateJob", &params));
    };
    let place = [("Namespace", group.namespace.clone()), ("GroupId", group.group_id.clone())];
    let id = ("JobId", job.id.to_string());
    let operation = match verb {
        Verb::Act("copy") => {
            params.extend([
                ("OriginalNamespace", group.namespace.clone()),
                ("OriginalGroupId", group.group_id.clone()),
                ("TargetNamespace", group.namespace.clone()),
                ("TargetGroupId", "another.group".to_owned()),
                ("JobIdList.1", job.id.to_string()),
            ]);
            "ManageSchedulerxJobSync"
        }
        _ => {
            params.extend(place);
            params.push(id);
            match verb {
                Verb::Update => {
                    params.extend(
                        definition(&job.definition).into_iter().filter(|(name, _)| *name != "JobType"),
                    );
                    "UpdateJob"
                }
                Verb::Delete => "DeleteJob",
                Verb::Act("enable") => "EnableJob",
                Verb::Act("disable") => "DisableJob",
                Verb::Act("run") => {
                    params.push(("InstanceParameters", "day=2026-01-15".to_owned()));
                    "ExecuteJob"
                }
                Verb::Act("backfill") => {
                    let day = 86_400_000;
                    let now = cx.tx.now().millis();
                    params.extend([
                        ("StartDate", (now - 7 * day).to_string()),
                        ("EndDate", (now - day).to_string()),
                        ("DataTime", "00:00:00".to_owned()),
                    ]);
                    "RerunJob"
                }
                Verb::Act("script") => {
                    params.push(("ScriptContent", job.definition.content.clone()));
                    "UpdateJobScript"
                }
                Verb::Act("workers") => {
                    params.extend([
                        ("DesignateType", "2".to_owned()),
                        ("Transferable", "true".to_owned()),
                        ("Labels", r#"["canary"]"#.to_owned()),
                    ]);
                    "DesignateWorkers"
                }
                _ => "GetJobInfo",
            }
        }
    };
    Ok(calls::alibaba(cx.place, AlibabaApi::SchedulerX, operation, &params))
}

fn example() -> Definition {
    let time = Time::of(TimeKind::Cron, "*/5 * * * * ?");
    let job = Definition::named("every five seconds", JobKind::Shell, ExecuteMode::Standalone, time);
    Definition { content: "date".to_owned(), ..job }
}

/// What people write of a job, in the API's words.
fn definition(job: &Definition) -> Vec<Param<'static>> {
    let number = match job.time.kind {
        TimeKind::Cron => 1,
        TimeKind::FixedRate => 3,
        TimeKind::FixedDelay => 4,
        TimeKind::Once => 5,
        TimeKind::Api => 100,
        TimeKind::None => -1,
    };
    let params = [
        ("Name", job.name.clone()),
        ("JobType", job.kind.as_str().to_owned()),
        ("ExecuteMode", job.mode.as_str().to_owned()),
        ("ClassName", job.class_name.clone()),
        ("Content", job.content.clone()),
        ("Parameters", job.parameters.clone()),
        ("TimeType", i64::to_string(&number)),
        ("TimeExpression", job.time.expression.clone()),
        ("Timezone", job.time.zone.clone()),
        ("Calendar", job.time.calendar.clone()),
    ];
    params.into_iter().filter(|(_, value)| !value.is_empty()).collect()
}
