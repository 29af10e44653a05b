//! Makes a template, or overwrites the one of its name where that is asked for.

use muster_alarms::templates::{NewTemplate, TemplatePatch};
use muster_wire::{Access, Cx, Operation};
use serde::Deserialize;
use serde_json::json;

use crate::cloudeye::alarms::owner;
use crate::cloudeye::ids::TemplateId;
use crate::cloudeye::templates::bodies::{
    ItemBody, MOST_POLICIES, check_name, read_description, read_items, read_kind,
};
use crate::cloudeye::templates::refuse_name;
use crate::cloudeye::{CloudEye, Refused};
use crate::reply::Reply;
use crate::request::{Malformed, Object, Request, required};

pub(crate) struct CreateAlarmTemplate {
    new: NewTemplate,
    overwrites: bool,
}

#[derive(Deserialize)]
struct Body {
    template_name: Option<String>,
    template_type: Option<i64>,
    template_description: Option<String>,
    is_overwrite: Option<bool>,
    policies: Option<Vec<Object<ItemBody>>>,
}

impl Operation<CloudEye> for CreateAlarmTemplate {
    const NAME: &'static str = "CreateAlarmTemplate/v2";
    const PERMISSION: &'static str = "ces:alarmTemplates:create";
    const ACCESS: Access = Access::Write;

    fn decode(request: &Request) -> Result<Self, Refused> {
        let body: Body = request.body()?;
        let name = required("template_name", body.template_name)?;
        check_name(&name)?;
        let kind = read_kind(body.template_type.unwrap_or(0))?;
        let items = read_items(kind, required("policies", body.policies)?, MOST_POLICIES)?;
        let description = read_description(body.template_description)?.unwrap_or_default();
        Ok(Self {
            new: NewTemplate { name, description, kind, items },
            overwrites: body.is_overwrite.unwrap_or(false),
        })
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudEye>) -> Result<Reply, Refused> {
        let (templates, owner) = (&cx.services.templates, owner(cx.caller));
        let known = templates.named(cx.tx, owner, &self.new.name)?;
        let template = match known.filter(|_| self.overwrites) {
            Some(known) if known.kind != self.new.kind => {
                return Err(Malformed::field("template_type", "is another than that of the template").into());
            }
            Some(known) => {
                let patch = TemplatePatch {
                    description: Some(self.new.description.clone()),
                    items: Some(self.new.items.clone()),
                    ..TemplatePatch::default()
                };
                templates.update(cx.tx, owner, known.id, patch)?
            }
            None => templates.create(cx.tx, owner, self.new.clone()).map_err(refuse_name)?,
        };
        cx.touch("alarm template", template.id);
        let id = TemplateId::new(template.id).to_string();
        let mut body = json!({"template_id": id});
        if self.overwrites {
            body["overwrite_result"] = json!({"success_ids": id, "failed_ids": ""});
        }
        Ok(Reply::created(body))
    }
}
