//! Makes a rule with one condition.

use muster_alarms::{NoData, RuleSpec};
use muster_wire::{Access, Cx, Operation};
use serde::Deserialize;
use serde_json::json;

use super::bodies::{ActionsBody, ConditionBody, read_all};
use crate::cloudeye::alarms::kept::Kept;
use crate::cloudeye::alarms::notifications::NotificationsPatch;
use crate::cloudeye::alarms::policies::{PolicyBody, Shape};
use crate::cloudeye::alarms::resources::{DimensionBody, aim, read_dimensions};
use crate::cloudeye::alarms::words::{KINDS, Kind};
use crate::cloudeye::alarms::{NO_DATA, owner, read_group};
use crate::cloudeye::ids::{AlarmId, GroupId};
use crate::cloudeye::{CloudEye, Refused, scope, validate};
use crate::reply::Reply;
use crate::request::{Malformed, Object, Request, required};

pub(crate) struct CreateAlarm {
    enabled: bool,
    group: Option<GroupId>,
    spec: RuleSpec,
    kept: Kept,
    notifications: NotificationsPatch,
}

#[derive(Deserialize)]
struct Body {
    alarm_name: Option<String>,
    alarm_description: Option<String>,
    metric: Option<Object<Metric>>,
    condition: Option<Object<ConditionBody>>,
    alarm_enabled: Option<bool>,
    alarm_action_enabled: Option<bool>,
    alarm_level: Option<i64>,
    alarm_type: Option<String>,
    alarm_actions: Option<ActionsBody>,
    ok_actions: Option<ActionsBody>,
    insufficientdata_actions: Option<ActionsBody>,
    enterprise_project_id: Option<String>,
    alarm_action_begin_time: Option<String>,
    alarm_action_end_time: Option<String>,
}

#[derive(Deserialize)]
struct Metric {
    namespace: Option<String>,
    metric_name: Option<String>,
    dimensions: Option<Vec<Object<DimensionBody>>>,
    resource_group_id: Option<String>,
}

impl Operation<CloudEye> for CreateAlarm {
    const NAME: &'static str = "CreateAlarm/v1";
    const PERMISSION: &'static str = "ces:alarms:create";
    const ACCESS: Access = Access::Write;

    fn decode(request: &Request) -> Result<Self, Refused> {
        let body: Body = request.body()?;
        let name = required("alarm_name", body.alarm_name)?;
        validate::name("alarm_name", &name)?;
        let description = body.alarm_description.unwrap_or_default();
        validate::printable("alarm_description", &description, 0..=256)?;
        let Object(metric) = required("metric", body.metric)?;
        let group = read_group(metric.resource_group_id.as_deref())?;
        let kind = match body.alarm_type.as_deref().filter(|word| !word.is_empty()) {
            None if group.is_some() => Kind::Group,
            None => Kind::Listed,
            Some(word) => KINDS
                .read(word)
                .ok_or_else(|| Malformed::field("alarm_type", format!("must be one of {}", KINDS.list())))?,
        };
        if kind == Kind::Group && group.is_none() {
            return Err(Malformed::MissingField("metric.resource_group_id").into());
        }
        let group = group.filter(|_| kind == Kind::Group || kind.is_event());
        let namespace = metric.namespace.unwrap_or_default();
        if !(namespace.is_empty() && kind.is_event()) {
            validate::namespace("metric.namespace", &namespace)?;
        }
        let dimensions = read_dimensions("metric.dimensions", metric.dimensions.unwrap_or_default())?;
        let mut policy = PolicyBody {
            metric_name: Some(required("metric.metric_name", metric.metric_name)?),
            level: body.alarm_level,
            ..PolicyBody::default()
        };
        required("condition", body.condition)?.0.put(&mut policy)?;
        let (policy, kept_policy) = policy.read("condition", Shape { kind, by_product: false })?;
        let owner_project = body.enterprise_project_id.filter(|id| !id.is_empty());
        let enterprise_project_id = owner_project.unwrap_or_else(|| "0".to_owned());
        validate::enterprise_project("enterprise_project_id", &enterprise_project_id)?;
        let filled = |text: Option<String>| text.filter(|text| !text.is_empty());
        let notifications = NotificationsPatch {
            on: Some(body.alarm_action_enabled.unwrap_or(true)),
            alarm: read_all("alarm_actions", body.alarm_actions)?,
            recovery: read_all("ok_actions", body.ok_actions)?,
            no_data: read_all("insufficientdata_actions", body.insufficientdata_actions)?,
            begin_time: filled(body.alarm_action_begin_time),
            end_time: filled(body.alarm_action_end_time),
            timezone: None,
        };
        notifications.check_times()?;
        let mut kept = Kept { kind: Some(kind), policies: vec![kept_policy], ..Kept::default() };
        let mut spec = RuleSpec {
            name,
            description,
            namespace,
            policies: vec![policy],
            no_data: if kind.is_event() { NoData::Keep } else { NO_DATA },
            enterprise_project_id,
            ..RuleSpec::default()
        };
        let resources: Vec<_> = Some(dimensions).filter(|one| !one.is_empty()).into_iter().collect();
        aim(&mut spec, &mut kept, kind, group.map(GroupId::get), &resources);
        Ok(Self { enabled: body.alarm_enabled.unwrap_or(true), group, spec, kept, notifications })
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudEye>) -> Result<Reply, Refused> {
        if let Some(group) = self.group {
            cx.services.resources.get_group(cx.tx, scope(cx.caller), group.get())?;
        }
        let (mut spec, mut kept) = (self.spec.clone(), self.kept.clone());
        self.notifications.clone().apply(&mut spec, &mut kept)?;
        kept.put(&mut spec);
        let id = AlarmId::new(cx.tx.new_id()?).to_string();
        cx.touch("alarm rule", &id);
        cx.services.alarms.create(cx.tx, owner(cx.caller), &id, self.enabled, spec)?;
        Ok(Reply::created(json!({"alarm_id": id})))
    }
}
