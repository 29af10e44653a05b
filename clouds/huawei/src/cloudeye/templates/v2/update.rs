//! Changes a template, and the rules that follow it at once.

use muster_alarms::templates::{Kind, TemplatePatch};
use muster_wire::{Access, Cx, Operation};
use serde::Deserialize;

use crate::cloudeye::alarms::owner;
use crate::cloudeye::ids::TemplateId;
use crate::cloudeye::templates::bodies::{
    ItemBody, MOST_POLICIES, check_name, read_description, read_items, read_kind,
};
use crate::cloudeye::templates::refuse_name;
use crate::cloudeye::{CloudEye, Refused};
use crate::reply::Reply;
use crate::request::{Malformed, Object, Request, required};

pub(crate) struct UpdateAlarmTemplate {
    id: TemplateId,
    kind: Kind,
    patch: TemplatePatch,
}

#[derive(Deserialize)]
struct Body {
    template_name: Option<String>,
    template_type: Option<i64>,
    template_description: Option<String>,
    policies: Option<Vec<Object<ItemBody>>>,
}

impl Operation<CloudEye> for UpdateAlarmTemplate {
    const NAME: &'static str = "UpdateAlarmTemplate/v2";
    const PERMISSION: &'static str = "ces:alarmTemplates:update";
    const ACCESS: Access = Access::Write;

    fn decode(request: &Request) -> Result<Self, Refused> {
        let id = TemplateId::of_path(request)?;
        let body: Body = request.body()?;
        // Terraform leaves a 0 out.
        let kind = read_kind(body.template_type.unwrap_or(0))?;
        if let Some(name) = &body.template_name {
            check_name(name)?;
        }
        let items = read_items(kind, required("policies", body.policies)?, MOST_POLICIES)?;
        let patch = TemplatePatch {
            name: body.template_name,
            description: read_description(body.template_description)?,
            items: Some(items),
            version: None,
        };
        Ok(Self { id, kind, patch })
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudEye>) -> Result<Reply, Refused> {
        let (templates, owner) = (&cx.services.templates, owner(cx.caller));
        if templates.get(cx.tx, owner, self.id.get())?.kind != self.kind {
            return Err(Malformed::field("template_type", "is another than that of the template").into());
        }
        templates.update(cx.tx, owner, self.id.get(), self.patch.clone()).map_err(refuse_name)?;
        cx.touch("alarm template", self.id.get());
        // Terraform takes nothing else than 204.
        Ok(Reply::no_content())
    }
}
