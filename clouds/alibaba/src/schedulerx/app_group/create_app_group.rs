//! `CreateAppGroup`: makes a group in a namespace and tells its number and the key that its workers present.

use muster_jobs::app_groups::{Edition, NewAppGroup, Platform};
use muster_wire::{Access, Cx, Operation};
use serde_json::json;

use crate::rpc::Call;
use crate::rpc::envelope::Document;
use crate::schedulerx::app_group::update_app_group::edition;
use crate::schedulerx::{Refusal, SchedulerX, answer};

/// The input. `NamespaceName` and `NamespaceSource` are not looked at: clients send `default` for any namespace.
pub(in crate::schedulerx) struct CreateAppGroup(NewAppGroup);

impl Operation<SchedulerX> for CreateAppGroup {
    const NAME: &'static str = "CreateAppGroup";
    const PERMISSION: &'static str = "edas:CreateSchedulerxAppGroupCreate";
    const ACCESS: Access = Access::Write;

    /// In this order: what is required, then syntax, then enumerations.
    fn decode(Call { parameters, .. }: &Call) -> Result<Self, Refusal> {
        let name = parameters.required("AppName")?;
        let namespace = parameters.required("Namespace")?;
        let group_id = parameters.required("GroupId")?;
        let max_jobs = parameters.integer("MaxJobs")?;
        let app_type = parameters.integer("AppType")?;
        let app_version = parameters.integer("AppVersion")?;
        let log_enabled = parameters.boolean("EnableLog")?;
        let schedule_busy_workers = parameters.boolean("ScheduleBusyWorkers")?;
        let text = |name: &str| parameters.text(name).unwrap_or_default().to_owned();
        Ok(Self(NewAppGroup {
            app_key: parameters.word("AppKey").map(str::to_owned),
            description: text("Description"),
            edition: app_version.map_or(Ok(Edition::Professional), edition)?,
            platform: app_type.map_or(Ok(Platform::General), platform)?,
            max_jobs: max_jobs.unwrap_or(NewAppGroup::DEFAULT_MAX_JOBS),
            log_enabled: log_enabled.unwrap_or(false),
            schedule_busy_workers: schedule_busy_workers.unwrap_or(false),
            monitor_config: text("MonitorConfigJson"),
            monitor_contacts: text("MonitorContactsJson"),
            notification_policy: text("NotificationPolicyName"),
            ..NewAppGroup::named(namespace, group_id, name)
        }))
    }

    fn call(&self, cx: &mut Cx<'_, '_, SchedulerX>) -> Result<Document, Refusal> {
        let group = cx.services.app_groups.create(cx.tx, cx.caller, &self.0)?;
        cx.touch("app group", group.id);
        Ok(answer::success_with(json!({"AppGroupId": group.id, "AppKey": group.app_key})))
    }
}

fn platform(number: i64) -> Result<Platform, Refusal> {
    Platform::from_number(number)
        .ok_or_else(|| Refusal::out_of_domain("AppType", "1 (general) and 2 (k8s) are allowed"))
}
