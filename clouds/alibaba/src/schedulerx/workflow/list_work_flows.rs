//! `ListWorkFlows`: a page of a group's workflows, the newest first.

use muster_core::PageRequest;
use muster_identity::Caller;
use muster_jobs::workflows::{Workflow, WorkflowFilter};
use muster_wire::{Access, Cx, Operation};
use serde_json::{Value, json};

use super::{target, words};
use crate::rpc::Call;
use crate::rpc::envelope::Document;
use crate::schedulerx::app_group::Target;
use crate::schedulerx::job::positive;
use crate::schedulerx::{Refusal, SchedulerX, answer};

const LARGEST_PAGE: u64 = 1000;

/// The input.
pub(in crate::schedulerx) struct ListWorkFlows {
    group: Target,
    filter: WorkflowFilter,
    page: u64,
}

impl Operation<SchedulerX> for ListWorkFlows {
    const NAME: &'static str = "ListWorkFlows";
    const PERMISSION: &'static str = "edas:ReadSchedulerxWorkflowQuery";
    const ACCESS: Access = Access::Read;

    fn decode(Call { parameters, .. }: &Call) -> Result<Self, Refusal> {
        let group = target::group(parameters)?;
        let page = positive(parameters, "PageNum", 1, i64::MAX as u64)?;
        let size = positive(parameters, "PageSize", 10, LARGEST_PAGE)?;
        let enabled = match parameters.integer("Status")? {
            None => None,
            Some(0) => Some(false),
            Some(1) => Some(true),
            Some(_) => return Err(Refusal::out_of_domain("Status", "0 and 1 are allowed")),
        };
        let name_contains = parameters.word("WorkflowName").map(str::to_owned);
        let filter = WorkflowFilter { name_contains, enabled, page: PageRequest::numbered(page, size) };
        Ok(Self { group, filter, page })
    }

    fn resource(&self, _caller: &Caller) -> String {
        self.group.resource()
    }

    fn call(&self, cx: &mut Cx<'_, '_, SchedulerX>) -> Result<Document, Refusal> {
        let Target { namespace, group_id } = &self.group;
        let found = cx.services.workflows.list(cx.tx, cx.caller, namespace, group_id, &self.filter);
        let found = found.map_err(|error| self.group.refusal_in_group(error))?;
        let rows: Vec<Value> = found.items.iter().map(|workflow| self.row(workflow)).collect();
        Ok(answer::success_with(json!({
            "Records": rows,
            "PageNumber": self.page,
            "PageSize": self.filter.page.limit,
            "Total": found.total,
        })))
    }
}

impl ListWorkFlows {
    fn row(&self, workflow: &Workflow) -> Value {
        json!({
            "WorkflowId": workflow.id,
            "Name": workflow.name,
            "Description": workflow.description,
            "Namespace": self.group.namespace,
            "GroupId": self.group.group_id,
            // No operation gives a workflow one.
            "Calendar": "",
            "Creator": workflow.creator,
            "Updater": workflow.updater,
            "TimeType": words::time_type(workflow),
            "TimeExpression": workflow.time.expression,
            "MaxConcurrency": workflow.max_concurrency.to_string(),
        })
    }
}
