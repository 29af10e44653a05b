//! `GetAppGroup`: all that can be read of one group.

use muster_identity::Caller;
use muster_jobs::app_groups::AppGroup;
use muster_wire::{Access, Cx, Operation};
use serde_json::{Value, json};

use crate::rpc::Call;
use crate::rpc::envelope::Document;
use crate::schedulerx::app_group::Target;
use crate::schedulerx::{Refusal, SchedulerX, answer};

/// The input.
pub(in crate::schedulerx) struct GetAppGroup(Target);

impl Operation<SchedulerX> for GetAppGroup {
    const NAME: &'static str = "GetAppGroup";
    const PERMISSION: &'static str = "edas:ReadSchedulerxAppGroupQuery";
    const ACCESS: Access = Access::Read;

    fn decode(Call { parameters, .. }: &Call) -> Result<Self, Refusal> {
        Target::decode(parameters).map(Self)
    }

    fn resource(&self, _caller: &Caller) -> String {
        self.0.resource()
    }

    fn call(&self, cx: &mut Cx<'_, '_, SchedulerX>) -> Result<Document, Refusal> {
        let group = self.0.find(cx)?;
        Ok(answer::success_with(detail(&group)))
    }
}

fn detail(group: &AppGroup) -> Value {
    json!({
        "AppName": group.name,
        "AppKey": group.app_key,
        // A text here, a number in ListGroups: typed clients depend on both.
        "AppVersion": group.edition.number().to_string(),
        "CurJobs": group.job_count,
        "MaxJobs": group.max_jobs,
        "Description": group.description,
        "EnableLog": group.log_enabled,
        "GroupId": group.group_id,
        "MonitorConfigJson": group.monitor_config,
        "MonitorContactsJson": group.monitor_contacts,
        "Namespace": group.namespace,
        "NotificationPolicyName": group.notification_policy,
    })
}
