//! `ListJobs`: a page of a group's jobs, the newest first.

use muster_core::PageRequest;
use muster_identity::Caller;
use muster_jobs::job::JobFilter;
use muster_jobs::namespaces;
use muster_wire::{Access, Cx, Operation};
use serde_json::{Value, json};

use crate::rpc::envelope::Document;
use crate::rpc::{Call, Parameters};
use crate::schedulerx::app_group::Target;
use crate::schedulerx::job::{info, target};
use crate::schedulerx::{Refusal, SchedulerX, answer};

const LARGEST_PAGE: u64 = 1000;

/// The input.
pub(in crate::schedulerx) struct ListJobs {
    group: Target,
    filter: JobFilter,
    page: u64,
}

impl Operation<SchedulerX> for ListJobs {
    const NAME: &'static str = "ListJobs";
    const PERMISSION: &'static str = "edas:ReadSchedulerxJobQuery";
    const ACCESS: Access = Access::Read;

    fn decode(Call { parameters, .. }: &Call) -> Result<Self, Refusal> {
        let group = target::group(parameters)?;
        let page = positive(parameters, "PageNum", 1, i64::MAX as u64)?;
        let size = positive(parameters, "PageSize", 10, LARGEST_PAGE)?;
        let enabled = match parameters.word("Status") {
            None => None,
            Some("0") => Some(false),
            Some("1") => Some(true),
            Some(_) => return Err(Refusal::out_of_domain("Status", "0 and 1 are allowed")),
        };
        let name_contains = parameters.word("JobName").map(str::to_owned);
        let filter = JobFilter { name_contains, enabled, page: PageRequest::numbered(page, size) };
        Ok(Self { group, filter, page })
    }

    fn resource(&self, _caller: &Caller) -> String {
        self.group.resource()
    }

    fn call(&self, cx: &mut Cx<'_, '_, SchedulerX>) -> Result<Document, Refusal> {
        let Target { namespace, group_id } = &self.group;
        let jobs = cx.services.jobs.list(cx.tx, cx.caller, namespace, group_id, &self.filter);
        let jobs = match jobs {
            Ok(jobs) => jobs,
            Err(error) => {
                let is_there = namespaces::get(cx.tx, cx.caller, namespace).is_ok();
                let refusal = self.group.refusal_in_group(error);
                return Err(if is_there { refusal } else { Refusal::no_namespace(namespace) });
            }
        };
        let rows: Vec<Value> = jobs.items.iter().map(info::row).collect();
        Ok(answer::success_with(json!({
            "Jobs": rows,
            "PageNumber": self.page,
            "PageSize": self.filter.page.limit,
            "Total": jobs.total,
        })))
    }
}

/// A whole number from 1 on; `default` where none is said.
pub(in crate::schedulerx) fn positive(
    parameters: &Parameters,
    name: &str,
    default: u64,
    most: u64,
) -> Result<u64, Refusal> {
    let Some(number) = parameters.integer(name)? else { return Ok(default) };
    let number = u64::try_from(number).ok().filter(|number| (1..=most).contains(number));
    number.ok_or_else(|| Refusal::out_of_domain(name, &format!("1 to {most} are allowed")))
}
