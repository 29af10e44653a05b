//! Deletes a template. The rules that follow it stay as they are.

use muster_wire::{Access, Cx, Operation};

use crate::cloudeye::alarms::owner;
use crate::cloudeye::ids::TemplateId;
use crate::cloudeye::{CloudEye, Refused};
use crate::reply::Reply;
use crate::request::Request;

pub(crate) struct DeleteAlarmTemplate(TemplateId);

impl Operation<CloudEye> for DeleteAlarmTemplate {
    const NAME: &'static str = "DeleteAlarmTemplate/v1";
    const PERMISSION: &'static str = "ces:alarmTemplates:delete";
    const ACCESS: Access = Access::Write;

    fn decode(request: &Request) -> Result<Self, Refused> {
        Ok(Self(TemplateId::of_path(request)?))
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudEye>) -> Result<Reply, Refused> {
        cx.services.templates.delete(cx.tx, owner(cx.caller), self.0.get(), false)?;
        cx.touch("alarm template", self.0.get());
        Ok(Reply::no_content())
    }
}
