//! `CreateWorkflow`: makes a workflow, disabled and without nodes. The code of its answer is a text, unlike all others.

use muster_identity::Caller;
use muster_jobs::job::Time;
use muster_jobs::workflows::NewWorkflow;
use muster_wire::{Access, Cx, Operation};
use serde_json::{Value, json};

use super::{target, words};
use crate::rpc::envelope::Document;
use crate::rpc::{Call, Parameters};
use crate::schedulerx::app_group::Target;
use crate::schedulerx::{Refusal, SchedulerX, answer};

/// The input.
pub(in crate::schedulerx) struct CreateWorkflow {
    group: Target,
    new: NewWorkflow,
}

impl Operation<SchedulerX> for CreateWorkflow {
    const NAME: &'static str = "CreateWorkflow";
    const PERMISSION: &'static str = "edas:CreateWorkflow";
    const ACCESS: Access = Access::Write;

    fn decode(Call { parameters, .. }: &Call) -> Result<Self, Refusal> {
        decode(parameters).map_err(Refusal::with_text_code)
    }

    fn resource(&self, _caller: &Caller) -> String {
        self.group.resource()
    }

    fn call(&self, cx: &mut Cx<'_, '_, SchedulerX>) -> Result<Document, Refusal> {
        let Target { namespace, group_id } = &self.group;
        let made = cx.services.workflows.create(cx.tx, cx.caller, namespace, group_id, self.new.clone());
        let workflow = made.map_err(|error| self.group.refusal_in_group(error).with_text_code())?;
        cx.touch("workflow", workflow.id);
        let mut answer = answer::success_with(json!({"WorkflowId": workflow.id}));
        answer.insert("Code".to_owned(), Value::from("200"));
        Ok(answer)
    }
}

fn decode(parameters: &Parameters) -> Result<CreateWorkflow, Refusal> {
    let group = target::group(parameters)?;
    let name = parameters.required("Name")?.to_owned();
    let kind = words::time_kind(target::number(parameters, "TimeType")?)?;
    let text = |name: &str| parameters.text(name).unwrap_or_default().to_owned();
    let time = Time { zone: text("Timezone"), ..Time::of(kind, &text("TimeExpression")) };
    let max_concurrency = parameters.integer("MaxConcurrency")?.unwrap_or(1);
    Ok(CreateWorkflow {
        group,
        new: NewWorkflow { name, description: text("Description"), time, max_concurrency },
    })
}
