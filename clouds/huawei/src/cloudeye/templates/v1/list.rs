//! Lists templates, the newest first; a page begins after the template that `start` names.

use muster_alarms::templates::{Template, TemplateFilter};
use muster_core::PageRequest;
use muster_wire::{Access, Cx, Operation};
use serde_json::{Value, json};

use super::is_of_one_part;
use crate::cloudeye::alarms::owner;
use crate::cloudeye::alarms::policies::dimension_names;
use crate::cloudeye::ids::TemplateId;
use crate::cloudeye::templates::bodies::{dimension_name, write_item_v1};
use crate::cloudeye::{CloudEye, Refused};
use crate::reply::Reply;
use crate::request::{Malformed, Request};

pub(crate) struct ListAlarmTemplates {
    filter: TemplateFilter,
    after: Option<i64>,
    limit: usize,
}

impl Operation<CloudEye> for ListAlarmTemplates {
    const NAME: &'static str = "ListAlarmTemplates/v1";
    const PERMISSION: &'static str = "ces:alarmTemplates:list";
    const ACCESS: Access = Access::Read;

    fn decode(request: &Request) -> Result<Self, Refused> {
        let word = |name: &str| Ok::<_, Malformed>(request.query(name)?.filter(|text| !text.is_empty()));
        let id = |name: &str| {
            let why = || Malformed::parameter(name, format!("must be {}", TemplateId::form()));
            word(name)?.map(|text| TemplateId::parse(&text).map(TemplateId::get).ok_or_else(why)).transpose()
        };
        let names = dimension_names("dname", word("dname")?.as_deref())
            .map_err(|_| Malformed::parameter("dname", "must be names of dimensions joined by commas"))?;
        Ok(Self {
            filter: TemplateFilter {
                id: id("alarmTemplateId")?,
                namespace: word("namespace")?,
                dimension_names: names,
                ..TemplateFilter::default()
            },
            after: id("start")?,
            limit: usize::try_from(request.number("limit", 1..=100, 100)?).unwrap_or(100),
        })
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudEye>) -> Result<Reply, Refused> {
        let found = cx.services.templates.list(cx.tx, owner(cx.caller), &self.filter, PageRequest::ALL)?;
        let all: Vec<Template> = found.items.into_iter().filter(is_of_one_part).collect();
        let first = match self.after {
            None => 0,
            Some(id) => all.iter().position(|one| one.id == id).map_or(all.len(), |place| place + 1),
        };
        let page: Vec<&Template> = all.iter().skip(first).take(self.limit).collect();
        let is_last = first + page.len() >= all.len();
        let marker = page.last().filter(|_| !is_last).map(|last| TemplateId::new(last.id).to_string());
        let templates: Vec<Value> = page.iter().map(|template| written(template)).collect();
        Ok(Reply::ok(json!({
            "alarm_templates": templates,
            "meta_data": {"count": page.len(), "total": all.len(), "marker": marker.unwrap_or_default()},
        })))
    }
}

fn written(template: &Template) -> Value {
    json!({
        "template_id": TemplateId::new(template.id).to_string(),
        "template_name": template.name,
        "template_description": template.description,
        "namespace": template.items.first().map_or("", |item| &item.namespace),
        "dimension_name": dimension_name(template),
        "template_items": template.items.iter().map(write_item_v1).collect::<Vec<Value>>(),
    })
}
