//! Makes a template.

use muster_alarms::templates::NewTemplate;
use muster_wire::{Access, Cx, Operation};
use serde_json::json;

use super::Body;
use crate::cloudeye::alarms::owner;
use crate::cloudeye::ids::TemplateId;
use crate::cloudeye::templates::refuse_name;
use crate::cloudeye::{CloudEye, Refused};
use crate::reply::Reply;
use crate::request::Request;

pub(crate) struct CreateAlarmTemplate(NewTemplate);

impl Operation<CloudEye> for CreateAlarmTemplate {
    const NAME: &'static str = "CreateAlarmTemplate/v1";
    const PERMISSION: &'static str = "ces:alarmTemplates:create";
    const ACCESS: Access = Access::Write;

    fn decode(request: &Request) -> Result<Self, Refused> {
        Ok(Self(request.body::<Body>()?.read()?))
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudEye>) -> Result<Reply, Refused> {
        let templates = &cx.services.templates;
        let template = templates.create(cx.tx, owner(cx.caller), self.0.clone()).map_err(refuse_name)?;
        cx.touch("alarm template", template.id);
        Ok(Reply::created(json!({"template_id": TemplateId::new(template.id).to_string()})))
    }
}
