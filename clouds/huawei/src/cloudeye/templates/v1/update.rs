//! Changes a template, and the rules that follow it at once.

use muster_alarms::templates::{NewTemplate, TemplatePatch};
use muster_wire::{Access, Cx, Operation};

use super::Body;
use crate::cloudeye::alarms::owner;
use crate::cloudeye::ids::TemplateId;
use crate::cloudeye::templates::refuse_name;
use crate::cloudeye::{CloudEye, Refused};
use crate::reply::Reply;
use crate::request::Request;

pub(crate) struct UpdateAlarmTemplate {
    id: TemplateId,
    new: NewTemplate,
}

impl Operation<CloudEye> for UpdateAlarmTemplate {
    const NAME: &'static str = "UpdateAlarmTemplate/v1";
    const PERMISSION: &'static str = "ces:alarmTemplates:update";
    const ACCESS: Access = Access::Write;

    fn decode(request: &Request) -> Result<Self, Refused> {
        Ok(Self { id: TemplateId::of_path(request)?, new: request.body::<Body>()?.read()? })
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudEye>) -> Result<Reply, Refused> {
        let NewTemplate { name, description, items, .. } = self.new.clone();
        let patch = TemplatePatch {
            name: Some(name),
            description: Some(description),
            items: Some(items),
            version: None,
        };
        let templates = &cx.services.templates;
        templates.update(cx.tx, owner(cx.caller), self.id.get(), patch).map_err(refuse_name)?;
        cx.touch("alarm template", self.id.get());
        Ok(Reply::no_content())
    }
}
