//! Changes a rule. Terraform renames rules only through here.

use muster_core::Error;
use muster_wire::{Access, Cx, Operation};
use serde::Deserialize;

use super::bodies::{ActionsBody, ConditionBody, read_all};
use super::changed;
use crate::cloudeye::alarms::kept::Kept;
use crate::cloudeye::alarms::notifications::NotificationsPatch;
use crate::cloudeye::alarms::owner;
use crate::cloudeye::alarms::policies::Shape;
use crate::cloudeye::alarms::words::{KINDS, Kind, read_level};
use crate::cloudeye::ids::AlarmId;
use crate::cloudeye::{CloudEye, Refused, validate};
use crate::reply::Reply;
use crate::request::{Malformed, Object, Request};

pub(crate) struct UpdateAlarm {
    id: AlarmId,
    name: Option<String>,
    description: Option<String>,
    kind: Option<Kind>,
    condition: Option<ConditionBody>,
    level: Option<i64>,
    notifications: NotificationsPatch,
}

#[derive(Deserialize)]
struct Body {
    alarm_name: Option<String>,
    alarm_description: Option<String>,
    condition: Option<Object<ConditionBody>>,
    alarm_action_enabled: Option<bool>,
    alarm_level: Option<i64>,
    alarm_type: Option<String>,
    alarm_actions: Option<ActionsBody>,
    ok_actions: Option<ActionsBody>,
    insufficientdata_actions: Option<ActionsBody>,
}

impl Operation<CloudEye> for UpdateAlarm {
    const NAME: &'static str = "UpdateAlarm/v1";
    const PERMISSION: &'static str = "ces:alarms:put";
    const ACCESS: Access = Access::Write;

    fn decode(request: &Request) -> Result<Self, Refused> {
        let id = AlarmId::of_path(request)?;
        let body: Body = request.body()?;
        let name = body.alarm_name.filter(|name| !name.is_empty());
        if let Some(name) = &name {
            validate::name("alarm_name", name)?;
        }
        if let Some(description) = &body.alarm_description {
            validate::printable("alarm_description", description, 0..=256)?;
        }
        if body.alarm_level.is_some_and(|level| read_level(level).is_none()) {
            return Err(Malformed::field("alarm_level", "must be 1, 2, 3 or 4").into());
        }
        let kind = body.alarm_type.filter(|word| !word.is_empty()).map(|word| {
            let why = || Malformed::field("alarm_type", format!("must be one of {}", KINDS.list()));
            KINDS.read(&word).ok_or_else(why)
        });
        Ok(Self {
            id,
            name,
            description: body.alarm_description,
            kind: kind.transpose()?,
            condition: body.condition.map(|Object(condition)| condition),
            level: body.alarm_level,
            notifications: NotificationsPatch {
                on: body.alarm_action_enabled,
                alarm: read_all("alarm_actions", body.alarm_actions)?,
                recovery: read_all("ok_actions", body.ok_actions)?,
                no_data: read_all("insufficientdata_actions", body.insufficientdata_actions)?,
                ..NotificationsPatch::default()
            },
        })
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudEye>) -> Result<Reply, Refused> {
        let (alarms, owner, id) = (&cx.services.alarms, owner(cx.caller), self.id.to_string());
        cx.touch("alarm rule", &id);
        let mut spec = alarms.get(cx.tx, owner, &id)?.spec;
        let mut kept = Kept::of(&spec);
        let kind = kept.kind(&spec);
        if self.kind.is_some_and(|wanted| wanted != kind) {
            return Err(Malformed::field("alarm_type", "cannot be changed").into());
        }
        if let Some(name) = &self.name {
            spec.name.clone_from(name);
        }
        if let Some(description) = &self.description {
            spec.description.clone_from(description);
        }
        if self.condition.is_some() || self.level.is_some() {
            if spec.template_id.is_some() {
                let why = "the policies of this rule are those of its template";
                return Err(Error::conflict("alarm rule follows a template", why).into());
            }
            let shape = Shape { kind, by_product: false };
            let mut policies: Vec<_> =
                kept.policies(&spec).into_iter().map(|(policy, kept)| (policy.clone(), kept)).collect();
            if let Some(first) = policies.first_mut() {
                let mut refused = Ok(());
                let (policy, kept) = changed(&first.0, &first.1, shape, |body| {
                    if let Some(condition) = self.condition.clone() {
                        refused = condition.put(body);
                    }
                    body.level = self.level.or(body.level);
                })?;
                refused?;
                let id = first.0.id;
                *first = (muster_alarms::Policy { id, ..policy }, kept);
            }
            (spec.policies, kept.policies) = policies.into_iter().unzip();
        }
        self.notifications.clone().apply(&mut spec, &mut kept)?;
        kept.put(&mut spec);
        alarms.replace(cx.tx, owner, &id, spec)?;
        Ok(Reply::no_content())
    }
}
