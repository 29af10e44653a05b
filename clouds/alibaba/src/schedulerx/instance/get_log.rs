//! `GetLog`: lines of a run's log, the newest first unless the caller wants them as they were printed.

use muster_core::{Error, Timestamp};
use muster_identity::Caller;
use muster_jobs::logs::{LogLine, LogQuery, Order};
use muster_wire::{Access, Cx, Operation};
use serde_json::json;

use super::target::InstanceTarget;
use crate::rpc::Call;
use crate::rpc::envelope::Document;
use crate::schedulerx::{Refusal, SchedulerX, answer};

const MOST_LINES: i64 = 200;

/// The input.
pub(in crate::schedulerx) struct GetLog {
    target: InstanceTarget,
    query: LogQuery,
}

impl Operation<SchedulerX> for GetLog {
    const NAME: &'static str = "GetLog";
    const PERMISSION: &'static str = "edas:GetLog";
    const ACCESS: Access = Access::Read;

    fn decode(Call { parameters, .. }: &Call) -> Result<Self, Refusal> {
        let target = InstanceTarget::decode(parameters, "JobInstanceId")?;
        let instant = |name: &str| parameters.integer(name).map(|ms| ms.map(Timestamp::from_millis));
        let limit = parameters.integer("Line")?.unwrap_or(MOST_LINES);
        if !(1..=MOST_LINES).contains(&limit) {
            return Err(Refusal::out_of_domain("Line", &format!("1 to {MOST_LINES} are allowed")));
        }
        let offset = parameters.integer("Offset")?.unwrap_or(0);
        let offset = u64::try_from(offset).map_err(|_| Refusal::out_of_domain("Offset", "it is negative"))?;
        let is_reverse = parameters.boolean("Reverse")?.unwrap_or(true);
        let query = LogQuery {
            after: None,
            keyword: parameters.word("Keyword").map(str::to_owned),
            from: instant("StartTimestamp")?,
            to: instant("EndTimestamp")?,
            order: if is_reverse { Order::NewestFirst } else { Order::OldestFirst },
            offset,
            limit: limit.unsigned_abs(),
        };
        Ok(Self { target, query })
    }

    fn resource(&self, _caller: &Caller) -> String {
        self.target.group.resource()
    }

    fn call(&self, cx: &mut Cx<'_, '_, SchedulerX>) -> Result<Document, Refusal> {
        let lines = self.read(cx).map_err(|error| self.target.refusal(cx, error))?;
        let lines: Vec<String> = lines.iter().map(|line| in_words(line, cx)).collect();
        Ok(answer::success_with(json!({"Logs": lines})))
    }
}

impl GetLog {
    fn read(&self, cx: &mut Cx<'_, '_, SchedulerX>) -> Result<Vec<LogLine>, Error> {
        let (services, group) = (cx.services, &self.target.group);
        let (namespace, group_id) = (&group.namespace, &group.group_id);
        let InstanceTarget { job, id, .. } = self.target;
        services.instances.get(cx.tx, cx.caller, namespace, group_id, job, id)?;
        let group = services.app_groups.get(cx.tx, cx.caller, namespace, group_id)?;
        if !group.log_enabled {
            return Ok(Vec::new());
        }
        services.logs.read(cx.tx, cx.caller, id, &self.query)
    }
}

/// `2026-01-15 16:30:00.999 stdout a line`.
fn in_words(line: &LogLine, cx: &Cx<'_, '_, SchedulerX>) -> String {
    let (at, ms) = (answer::local_time(line.at, &cx.services.zone), line.at.millis().rem_euclid(1000));
    format!("{at}.{ms:03} {} {}", line.stream.as_str(), line.text)
}
