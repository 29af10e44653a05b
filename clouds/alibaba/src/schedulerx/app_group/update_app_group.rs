//! `UpdateAppGroup`: changes what is sent; an empty text clears, an empty number or switch stays.

use muster_identity::Caller;
use muster_jobs::app_groups::{AppGroupPatch, Edition};
use muster_wire::{Access, Cx, Operation};

use crate::rpc::Call;
use crate::rpc::envelope::Document;
use crate::schedulerx::app_group::Target;
use crate::schedulerx::{Refusal, SchedulerX, answer};

/// The input.
pub(in crate::schedulerx) struct UpdateAppGroup {
    target: Target,
    patch: AppGroupPatch,
}

impl Operation<SchedulerX> for UpdateAppGroup {
    const NAME: &'static str = "UpdateAppGroup";
    const PERMISSION: &'static str = "edas:ManageSchedulerxAppGroupModify";
    const ACCESS: Access = Access::Write;

    fn decode(Call { parameters, .. }: &Call) -> Result<Self, Refusal> {
        let target = Target::decode(parameters)?;
        parameters.required("RegionId")?;
        let app_version = parameters.integer("AppVersion")?;
        let max_concurrency = parameters.integer("MaxConcurrency")?;
        let log_enabled = parameters.boolean("EnableLog")?;
        let text = |name: &str| parameters.text(name).map(str::to_owned);
        let patch = AppGroupPatch {
            description: text("Description"),
            edition: app_version.map(edition).transpose()?,
            log_enabled,
            max_concurrency,
            monitor_config: text("MonitorConfigJson"),
            monitor_contacts: text("MonitorContactsJson"),
            notification_policy: text("NotificationPolicyName"),
        };
        Ok(Self { target, patch })
    }

    fn resource(&self, _caller: &Caller) -> String {
        self.target.resource()
    }

    fn call(&self, cx: &mut Cx<'_, '_, SchedulerX>) -> Result<Document, Refusal> {
        let Target { namespace, group_id } = &self.target;
        let group = cx.services.app_groups.update(cx.tx, cx.caller, namespace, group_id, &self.patch);
        let group = group.map_err(|error| self.target.refusal(error))?;
        cx.touch("app group", group.id);
        Ok(answer::success())
    }
}

pub(super) fn edition(number: i64) -> Result<Edition, Refusal> {
    Edition::from_number(number)
        .ok_or_else(|| Refusal::out_of_domain("AppVersion", "1 (Basic) and 2 (Professional) are allowed"))
}
