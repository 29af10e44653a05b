//! `DeleteMonitorGroupInstances`: takes instances of one category out of a group.

use muster_core::Error;
use muster_resources::Member;
use muster_wire::{Access, Cx, Operation};
use serde_json::Value;

use super::{input, instances};
use crate::cloudmonitor::{CloudMonitor, Refusal, answer};
use crate::rpc::Parameters;
use crate::rpc::envelope::Document;

const MOST_IDS: usize = 20;

/// The input.
pub(in crate::cloudmonitor) struct DeleteMonitorGroupInstances {
    id: i64,
    category: String,
    ids: Vec<String>,
}

impl Operation<CloudMonitor> for DeleteMonitorGroupInstances {
    const NAME: &'static str = "DeleteMonitorGroupInstances";
    const PERMISSION: &'static str = "cms:DeleteMonitorGroupInstances";
    const ACCESS: Access = Access::Write;

    fn decode(parameters: &Parameters) -> Result<Self, Refusal> {
        let category = parameters.required("Category")?.to_owned();
        let ids = instances::list(parameters.required("InstanceIdList")?);
        if ids.len() > MOST_IDS {
            return Err(Refusal::illegal("InstanceIdList", &format!("must be at most {MOST_IDS}")));
        }
        Ok(Self { id: input::group_id(parameters)?, category, ids })
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudMonitor>) -> Result<Document, Refusal> {
        let (resources, scope) = (&cx.services.resources, input::scope(cx.caller));
        let members: Vec<Member> =
            self.ids.iter().map(|id| instances::member(resources.catalogue(), &self.category, id)).collect();
        if resources.remove_from_application(cx.tx, scope, self.id, &members)? == 0 {
            return Err(Error::not_found("member of a group", self.ids.join(",")).into());
        }
        cx.touch("application", self.id);
        Ok(answer::numbered_success_with(Value::Null))
    }
}
