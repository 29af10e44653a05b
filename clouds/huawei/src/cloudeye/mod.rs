//! Cloud Eye: resource groups, metric data and events, in the spellings of V1.0 and v2.

mod alarms;
mod coverage;
mod error;
mod events;
mod groups;
mod ids;
mod masks;
mod metrics;
mod report;
mod templates;
mod time;
mod validate;

use std::sync::Arc;

use muster_identity::Caller;
use muster_resources::Scope;
use muster_wire::Api;
use serde_json::{Value, json};

pub use coverage::OPERATIONS;
pub use error::Refused;
use groups::{v1, v2};
pub use ids::{alarm_rule_id, resource_group_id};
pub use metrics::{TrustedReporters, is_reserved};
pub(crate) use time::text as time_text;

use crate::fault::Fault;
use crate::product::{Product, Route};
use crate::reply::Reply;
use crate::request::Request;
use crate::routes;

/// The product.
pub struct CloudEye;

/// The features that Cloud Eye stands on.
pub struct Services {
    /// Resource groups.
    pub resources: muster_resources::Service,
    /// Series and samples.
    pub metrics: Arc<muster_metrics::Service>,
    /// Events.
    pub events: Arc<muster_events::Service>,
    /// Alarm rules.
    pub alarms: Arc<muster_alarms::Service>,
    /// What keeps alarms from people.
    pub masks: Arc<muster_alarms::masks::Service>,
    /// Templates of alarm rules.
    pub templates: Arc<muster_alarms::templates::Service>,
    /// Who may report for the namespaces of the cloud's services.
    pub trusted_reporters: TrustedReporters,
}

impl Api for CloudEye {
    const NAME: &'static str = "Cloud Eye";
    type Request = Request;
    type Response = Reply;
    type Error = Refused;
    type Services = Services;
}

impl Product for CloudEye {
    /// V1.0 has an envelope of its own; the flat pair beside it is what SDKs of today find.
    fn envelope(fault: &Fault, request: &Request) -> Value {
        let mut body = fault.flat(request);
        if request.http().path.starts_with("/V1.0/") {
            body["http_code"] = json!(fault.status.as_u16());
            body["message"] = json!({"details": fault.text(), "code": fault.code});
            body["encoded_authorization_message"] = Value::Null;
        }
        body
    }
}

/// What is served, and where.
pub static ROUTES: &[Route<CloudEye>] = routes![CloudEye;
    POST "/v2/{project_id}/resource-groups" => v2::CreateResourceGroup,
    GET "/v2/{project_id}/resource-groups" => v2::ListResourceGroups,
    POST "/v2/{project_id}/resource-groups/batch-delete" => v2::BatchDeleteResourceGroups,
    GET "/v2/{project_id}/resource-groups/{group_id}" => v2::ShowResourceGroup,
    PUT "/v2/{project_id}/resource-groups/{group_id}" => v2::UpdateResourceGroup,
    PUT "/v2/{project_id}/resource-groups/{group_id}/alarm-templates/async-association"
        => v2::UpdateResourceGroupAssociationAlarmTemplate,
    POST "/v2/{project_id}/resource-groups/{group_id}/resources/batch-create" => v2::BatchCreateResources,
    POST "/v2/{project_id}/resource-groups/{group_id}/resources/batch-delete" => v2::BatchDeleteResources,
    GET "/v2/{project_id}/resource-groups/{group_id}/services/{service}/resources"
        => v2::ListResourceGroupsServicesResources,
    POST "/V1.0/{project_id}/resource-groups" => v1::CreateResourceGroup,
    GET "/V1.0/{project_id}/resource-groups" => v1::ListResourceGroup,
    GET "/V1.0/{project_id}/resource-groups/{group_id}" => v1::ShowResourceGroup,
    PUT "/V1.0/{project_id}/resource-groups/{group_id}" => v1::UpdateResourceGroup,
    DELETE "/V1.0/{project_id}/resource-groups/{group_id}" => v1::DeleteResourceGroup,
    POST "/V1.0/{project_id}/metric-data" => metrics::CreateMetricData,
    GET "/V1.0/{project_id}/metric-data" => metrics::ShowMetricData,
    POST "/V1.0/{project_id}/batch-query-metric-data" => metrics::BatchListMetricData,
    GET "/V1.0/{project_id}/metrics" => metrics::ListMetrics,
    POST "/V1.0/{project_id}/events" => events::CreateEvents,
    GET "/V1.0/{project_id}/events" => events::ListEvents,
    GET "/V1.0/{project_id}/event/{event_name}" => events::ListEventDetail,
    GET "/V1.0/{project_id}/event-data" => events::ShowEventData,
    POST "/v2/{project_id}/batch-query-metric-data" => metrics::BatchListSpecifiedMetricData,
    POST "/v2/{project_id}/alarm-templates" => templates::v2::CreateAlarmTemplate,
    GET "/v2/{project_id}/alarm-templates" => templates::v2::ListAlarmTemplates,
    POST "/v2/{project_id}/alarm-templates/batch-delete" => templates::v2::BatchDeleteAlarmTemplates,
    GET "/v2/{project_id}/alarm-templates/{template_id}" => templates::v2::ShowAlarmTemplate,
    PUT "/v2/{project_id}/alarm-templates/{template_id}" => templates::v2::UpdateAlarmTemplate,
    GET "/v2/{project_id}/alarm-templates/{template_id}/association-alarms"
        => templates::v2::ListAlarmTemplateAssociationAlarms,
    POST "/V1.0/{project_id}/alarm-template" => templates::v1::CreateAlarmTemplate,
    GET "/V1.0/{project_id}/alarm-template" => templates::v1::ListAlarmTemplates,
    PUT "/V1.0/{project_id}/alarm-template/{template_id}" => templates::v1::UpdateAlarmTemplate,
    DELETE "/V1.0/{project_id}/alarm-template/{template_id}" => templates::v1::DeleteAlarmTemplate,
    PUT "/v2/{project_id}/notification-masks" => masks::BatchUpdateNotificationMasks,
    POST "/v2/{project_id}/notification-masks/batch-update" => masks::BatchUpdateNotificationMaskTime,
    POST "/v2/{project_id}/notification-masks/batch-delete" => masks::BatchDeleteNotificationMasks,
    POST "/v2/{project_id}/notification-masks/batch-query" => masks::ListNotificationMasks,
    PUT "/v2/{project_id}/notification-masks/{notification_mask_id}" => masks::UpdateNotificationMask,
    GET "/v2/{project_id}/notification-masks/{notification_mask_id}/resources"
        => masks::ListNotificationMaskResources,
    POST "/v2/{project_id}/alarms" => alarms::v2::CreateAlarmRules,
    GET "/v2/{project_id}/alarms" => alarms::v2::ListAlarmRules,
    POST "/v2/{project_id}/alarms/action" => alarms::v2::BatchEnableAlarmRules,
    POST "/v2/{project_id}/alarms/batch-delete" => alarms::v2::BatchDeleteAlarmRules,
    GET "/v2/{project_id}/alarms/{alarm_id}/policies" => alarms::v2::ListAlarmRulePolicies,
    PUT "/v2/{project_id}/alarms/{alarm_id}/policies" => alarms::v2::UpdateAlarmRulePolicies,
    GET "/v2/{project_id}/alarms/{alarm_id}/resources" => alarms::v2::ListAlarmRuleResources,
    POST "/v2/{project_id}/alarms/{alarm_id}/resources/batch-create" => alarms::v2::AddAlarmRuleResources,
    POST "/v2/{project_id}/alarms/{alarm_id}/resources/batch-delete" => alarms::v2::DeleteAlarmRuleResources,
    PUT "/v2/{project_id}/alarms/{alarm_id}/notifications" => alarms::v2::UpdateAlarmNotifications,
    GET "/v2/{project_id}/alarm-histories" => alarms::v2::ListAlarmHistories,
    GET "/v2/{project_id}/CES-alarm/tags" => alarms::ListCesTargetProjectTags,
    POST "/V1.0/{project_id}/alarms" => alarms::v1::CreateAlarm,
    GET "/V1.0/{project_id}/alarms" => alarms::v1::ListAlarms,
    GET "/V1.0/{project_id}/alarms/{alarm_id}" => alarms::v1::ShowAlarm,
    PUT "/V1.0/{project_id}/alarms/{alarm_id}" => alarms::v1::UpdateAlarm,
    DELETE "/V1.0/{project_id}/alarms/{alarm_id}" => alarms::v1::DeleteAlarm,
    PUT "/V1.0/{project_id}/alarms/{alarm_id}/action" => alarms::v1::UpdateAlarmAction,
    GET "/V1.0/{project_id}/alarm-histories" => alarms::v1::ListAlarmHistories,
    GET "/V1.0/{project_id}/quotas" => alarms::ShowQuotas,
];

/// The feature's id of the group that clients know by `text`; nothing when it is not of an id's form.
pub(crate) fn group_id(text: &str) -> Option<i64> {
    ids::GroupId::parse(text).map(ids::GroupId::get)
}

/// Whether `text` is of the form of an alarm rule's id.
pub(crate) fn is_alarm_id(text: &str) -> bool {
    ids::AlarmId::parse(text).is_some()
}

/// The id by which clients know a group.
pub(crate) fn group_id_text(id: i64) -> String {
    ids::GroupId::new(id).to_string()
}

fn scope(caller: &Caller) -> Scope<'_> {
    Scope { account_id: &caller.account_id, project_id: &caller.project_id }
}
