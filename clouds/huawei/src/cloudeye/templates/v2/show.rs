//! Shows a template with its policies.

use muster_core::PageRequest;
use muster_wire::{Access, Cx, Operation};
use serde_json::{Value, json};

use crate::cloudeye::alarms::owner;
use crate::cloudeye::ids::TemplateId;
use crate::cloudeye::templates::bodies::{write_head, write_item};
use crate::cloudeye::{CloudEye, Refused};
use crate::reply::Reply;
use crate::request::Request;

pub(crate) struct ShowAlarmTemplate(TemplateId);

impl Operation<CloudEye> for ShowAlarmTemplate {
    const NAME: &'static str = "ShowAlarmTemplate/v2";
    const PERMISSION: &'static str = "ces:alarmTemplates:get";
    const ACCESS: Access = Access::Read;

    fn decode(request: &Request) -> Result<Self, Refused> {
        Ok(Self(TemplateId::of_path(request)?))
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudEye>) -> Result<Reply, Refused> {
        let (templates, owner) = (&cx.services.templates, owner(cx.caller));
        let template = templates.get(cx.tx, owner, self.0.get())?;
        let one = PageRequest::numbered(1, 1);
        let mut body = write_head(&template);
        body["policies"] = template.items.iter().map(write_item).collect::<Vec<Value>>().into();
        body["association_alarm_total"] = json!(templates.followers(cx.tx, owner, template.id, one)?.total);
        Ok(Reply::ok(body))
    }
}
