//! `ListGroups`: the groups of a namespace, oldest first; to a user who has only been granted some, those.

use muster_identity::policy::Decision;
use muster_identity::{Caller, app_group_resource};
use muster_jobs::app_groups::{AppGroup, AppGroupFilter};
use muster_wire::{Access, Cx, Operation};
use serde_json::{Value, json};

use crate::rpc::Call;
use crate::rpc::envelope::Document;
use crate::schedulerx::{Refusal, SchedulerX, answer};

/// The input.
pub(in crate::schedulerx) struct ListGroups(AppGroupFilter);

impl Operation<SchedulerX> for ListGroups {
    const NAME: &'static str = "ListGroups";
    const PERMISSION: &'static str = "edas:ReadSchedulerxAppGroupQuery";
    const ACCESS: Access = Access::Read;

    fn decode(Call { parameters, .. }: &Call) -> Result<Self, Refusal> {
        Ok(Self(AppGroupFilter {
            namespace: Some(parameters.required("Namespace")?.to_owned()),
            name_contains: parameters.word("AppGroupName").map(str::to_owned),
            ..AppGroupFilter::default()
        }))
    }

    /// A user without a policy for it may ask as well if any group was granted; the others are left out.
    fn authorize(&self, caller: &Caller) -> muster_core::Result<()> {
        match caller.decide(Self::PERMISSION, &self.resource(caller), &[]) {
            Decision::DeniedImplicitly if caller.granted_resources().next().is_some() => Ok(()),
            _ => caller.require(Self::PERMISSION, &self.resource(caller)),
        }
    }

    fn call(&self, cx: &mut Cx<'_, '_, SchedulerX>) -> Result<Document, Refusal> {
        let found = cx.services.app_groups.list(cx.tx, cx.caller, &self.0)?.items;
        let may = |group: &&AppGroup| {
            let resource = app_group_resource(&group.namespace, &group.group_id);
            cx.caller.require(Self::PERMISSION, &resource).is_ok()
        };
        let rows: Vec<Value> = found.iter().filter(may).map(row).collect();
        Ok(answer::success_with(json!({"AppGroups": rows})))
    }
}

fn row(group: &AppGroup) -> Value {
    json!({
        "AppGroupId": group.id,
        "AppName": group.name,
        "AppKey": group.app_key,
        "AppVersion": group.edition.number(),
        "Description": group.description,
        "EnableLog": group.log_enabled,
        "GroupId": group.group_id,
        "Namespace": group.namespace,
    })
}
