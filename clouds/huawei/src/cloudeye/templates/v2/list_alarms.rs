//! Lists the rules that follow a template.

use muster_core::PageRequest;
use muster_wire::{Access, Cx, Operation};
use serde_json::{Value, json};

use super::page;
use crate::cloudeye::alarms::owner;
use crate::cloudeye::ids::TemplateId;
use crate::cloudeye::{CloudEye, Refused};
use crate::reply::Reply;
use crate::request::Request;

pub(crate) struct ListAlarmTemplateAssociationAlarms {
    id: TemplateId,
    page: PageRequest,
}

impl Operation<CloudEye> for ListAlarmTemplateAssociationAlarms {
    const NAME: &'static str = "ListAlarmTemplateAssociationAlarms/v2";
    const PERMISSION: &'static str = "ces:alarmTemplates:listAssociationAlarms";
    const ACCESS: Access = Access::Read;

    fn decode(request: &Request) -> Result<Self, Refused> {
        Ok(Self { id: TemplateId::of_path(request)?, page: page(request)? })
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudEye>) -> Result<Reply, Refused> {
        let (templates, owner) = (&cx.services.templates, owner(cx.caller));
        let template = templates.get(cx.tx, owner, self.id.get())?;
        let found = templates.followers(cx.tx, owner, template.id, self.page)?;
        let alarms: Vec<Value> = found
            .items
            .iter()
            .map(|rule| {
                json!({"alarm_id": rule.key, "name": rule.spec.name, "description": rule.spec.description})
            })
            .collect();
        Ok(Reply::ok(json!({"alarms": alarms, "count": found.total})))
    }
}
