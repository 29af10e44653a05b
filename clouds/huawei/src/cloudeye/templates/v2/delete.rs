//! Deletes templates. One that rules follow must come alone.

use muster_core::{Error, PageRequest};
use muster_wire::{Access, Cx, Operation};
use serde::Deserialize;
use serde_json::json;

use crate::cloudeye::alarms::owner;
use crate::cloudeye::ids::TemplateId;
use crate::cloudeye::{CloudEye, Refused, validate};
use crate::reply::Reply;
use crate::request::{Malformed, Request, required};

pub(crate) struct BatchDeleteAlarmTemplates {
    ids: Vec<TemplateId>,
    with_rules: bool,
}

#[derive(Deserialize)]
struct Body {
    template_ids: Option<Vec<String>>,
    delete_associate_alarm: Option<bool>,
}

impl Operation<CloudEye> for BatchDeleteAlarmTemplates {
    const NAME: &'static str = "BatchDeleteAlarmTemplates/v2";
    const PERMISSION: &'static str = "ces:alarmTemplates:delete";
    const ACCESS: Access = Access::Write;

    fn decode(request: &Request) -> Result<Self, Refused> {
        let body: Body = request.body()?;
        let ids = required("template_ids", body.template_ids)?;
        validate::count("template_ids", &ids, 1..=100)?;
        let read = |id: &String| {
            let why = || Malformed::field("template_ids", format!("must be {}", TemplateId::form()));
            TemplateId::parse(id).ok_or_else(why)
        };
        let ids = ids.iter().map(read).collect::<Result<_, _>>()?;
        Ok(Self { ids, with_rules: body.delete_associate_alarm.unwrap_or(false) })
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudEye>) -> Result<Reply, Refused> {
        let (templates, owner) = (&cx.services.templates, owner(cx.caller));
        let mut deleted = Vec::with_capacity(self.ids.len());
        for id in &self.ids {
            if self.ids.len() > 1 {
                let one = PageRequest::numbered(1, 1);
                if templates.followers(cx.tx, owner, id.get(), one)?.total > 0 {
                    let why = format!("{id} has alarm rules and must be deleted alone");
                    return Err(Malformed::field("template_ids", why).into());
                }
            }
            match templates.delete(cx.tx, owner, id.get(), self.with_rules) {
                Ok(()) => deleted.push(id.to_string()),
                Err(Error::NotFound { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        if deleted.is_empty() {
            return Err(Error::not_found("alarm template", self.ids[0].to_string()).into());
        }
        if let [id] = self.ids[..] {
            cx.touch("alarm template", id.get());
        }
        Ok(Reply::ok(json!({"template_ids": deleted})))
    }
}
