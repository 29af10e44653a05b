//! `GetJobInstanceList`: a page of the instances of a job or of a whole group, the newest first.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use muster_core::{Error, PageRequest, Timestamp};
use muster_identity::Caller;
use muster_jobs::instances::InstanceFilter;
use muster_jobs::job::{JOB, TimeKind};
use muster_wire::{Access, Cx, Operation};
use serde_json::json;

use super::record;
use crate::rpc::envelope::Document;
use crate::rpc::{Call, Parameters};
use crate::schedulerx::app_group::Target;
use crate::schedulerx::{Refusal, SchedulerX, answer};

const DEFAULT_ROWS: i64 = 10;
const MOST_ROWS: i64 = 100;

/// The input. No filter is there for a status that no instance here ever has.
pub(in crate::schedulerx) struct GetJobInstanceList {
    target: Target,
    job: Option<i64>,
    filter: Option<InstanceFilter>,
}

impl Operation<SchedulerX> for GetJobInstanceList {
    const NAME: &'static str = "GetJobInstanceList";
    const PERMISSION: &'static str = "edas:ReadSchedulerxJobInstanceQuery";
    const ACCESS: Access = Access::Read;

    fn decode(Call { parameters, .. }: &Call) -> Result<Self, Refusal> {
        let target = Target::decode(parameters)?;
        parameters.required("RegionId")?;
        let job = parameters.integer("JobId")?;
        let status = parameters.integer("Status")?;
        let instant = |name: &str| parameters.integer(name).map(|ms| ms.map(Timestamp::from_millis));
        let (from, to) = (instant("StartTimestamp")?, instant("EndTimestamp")?);
        let page = page(parameters)?;
        let states = match status {
            None => Some(Vec::new()),
            Some(status) => {
                let refuse = || Refusal::out_of_domain("Status", "it is not a state of instances");
                Some(record::states(status).ok_or_else(refuse)?.to_vec()).filter(|states| !states.is_empty())
            }
        };
        let filter = states.map(|states| InstanceFilter { job, states, from, to, page });
        Ok(Self { target, job, filter })
    }

    fn resource(&self, _caller: &Caller) -> String {
        self.target.resource()
    }

    fn call(&self, cx: &mut Cx<'_, '_, SchedulerX>) -> Result<Document, Refusal> {
        let Target { namespace, group_id } = &self.target;
        // A state that never occurs: nothing fits, but group and job must be there all the same.
        let nothing = || InstanceFilter {
            job: self.job,
            page: PageRequest { offset: 0, limit: 0 },
            ..InstanceFilter::default()
        };
        let filter = self.filter.clone().unwrap_or_else(nothing);
        let found = cx.services.instances.list(cx.tx, cx.caller, namespace, group_id, &filter);
        let found = found.map_err(|error| self.refusal(error))?;
        let mut times = HashMap::new();
        let mut rows = Vec::with_capacity(found.len());
        for instance in &found {
            let time = match times.entry(instance.job) {
                Entry::Occupied(known) => *known.get(),
                Entry::Vacant(unknown) => *unknown.insert(self.time(cx, instance.job)?),
            };
            rows.push(record::members(instance, time, &cx.services.zone));
        }
        Ok(answer::success_with(json!({"JobInstanceDetails": rows})))
    }
}

impl GetJobInstanceList {
    fn time(&self, cx: &mut Cx<'_, '_, SchedulerX>, job: i64) -> Result<TimeKind, Refusal> {
        let Target { namespace, group_id } = &self.target;
        match cx.services.jobs.get(cx.tx, cx.caller, namespace, group_id, job) {
            Ok(job) => Ok(job.definition.time.kind),
            // Only jobs that ran once go and leave their instances.
            Err(Error::NotFound { what: JOB, .. }) => Ok(TimeKind::Once),
            Err(error) => Err(error.into()),
        }
    }

    fn refusal(&self, error: Error) -> Refusal {
        match error {
            Error::NotFound { what: JOB, id } => {
                Refusal::no_job(format!("jobid: {id} not match groupId: {}", self.target.group_id))
            }
            other => self.target.refusal_in_group(other),
        }
    }
}

fn page(parameters: &Parameters) -> Result<PageRequest, Refusal> {
    let number = parameters.integer("PageNum")?.unwrap_or(1);
    let size = parameters.integer("PageSize")?.unwrap_or(DEFAULT_ROWS);
    if !(1..=MOST_ROWS).contains(&size) {
        return Err(Refusal::out_of_domain("PageSize", &format!("1 to {MOST_ROWS} are allowed")));
    }
    match u64::try_from(number) {
        Ok(number @ 1..) => Ok(PageRequest::numbered(number, size.unsigned_abs())),
        _ => Err(Refusal::out_of_domain("PageNum", "pages are counted from 1")),
    }
}
