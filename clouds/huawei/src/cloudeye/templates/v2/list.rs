//! Lists templates, the newest first. This server has none of its own: the vendor's are about the vendor's services.

use muster_alarms::templates::{Kind, TemplateFilter};
use muster_core::{Page, PageRequest};
use muster_wire::{Access, Cx, Operation};
use serde_json::{Value, json};

use super::page;
use crate::cloudeye::alarms::owner;
use crate::cloudeye::alarms::policies::dimension_names;
use crate::cloudeye::templates::bodies::write_head;
use crate::cloudeye::{CloudEye, Refused};
use crate::reply::Reply;
use crate::request::{Malformed, Request};

pub(crate) struct ListAlarmTemplates {
    filter: TemplateFilter,
    only_system: bool,
    page: PageRequest,
}

impl Operation<CloudEye> for ListAlarmTemplates {
    const NAME: &'static str = "ListAlarmTemplates/v2";
    const PERMISSION: &'static str = "ces:alarmTemplates:list";
    const ACCESS: Access = Access::Read;

    fn decode(request: &Request) -> Result<Self, Refused> {
        let word = |name: &str| Ok::<_, Malformed>(request.query(name)?.filter(|text| !text.is_empty()));
        let kind = word("template_type")?;
        let (kind, only_system) = match kind.as_deref() {
            None | Some("custom") => (Kind::Metrics, false),
            Some("system") => (Kind::Metrics, true),
            Some("custom_event" | "system_custom_event") => (Kind::Events, false),
            Some("system_event") => (Kind::Events, true),
            Some(_) => {
                let why = "must be one of system, custom, system_event, custom_event, system_custom_event";
                return Err(Malformed::parameter("template_type", why).into());
            }
        };
        let (mut namespace, mut names) = (word("namespace")?, word("dim_name")?);
        if let Some(product) = word("product_name")? {
            let (of, first) = product
                .split_once(',')
                .ok_or_else(|| Malformed::parameter("product_name", "must be such as SYS.ECS,instance_id"))?;
            namespace.get_or_insert_with(|| of.to_owned());
            names.get_or_insert_with(|| first.to_owned());
        }
        let names = dimension_names("dim_name", names.as_deref())
            .map_err(|_| Malformed::parameter("dim_name", "must be names of dimensions joined by commas"))?;
        Ok(Self {
            filter: TemplateFilter {
                kind: Some(kind),
                name_contains: word("template_name")?,
                namespace,
                dimension_names: names,
                ..TemplateFilter::default()
            },
            only_system,
            page: page(request)?,
        })
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudEye>) -> Result<Reply, Refused> {
        let found = if self.only_system {
            Page { items: Vec::new(), total: 0 }
        } else {
            cx.services.templates.list(cx.tx, owner(cx.caller), &self.filter, self.page)?
        };
        let templates: Vec<Value> = found.items.iter().map(write_head).collect();
        Ok(Reply::ok(json!({"alarm_templates": templates, "count": found.total})))
    }
}
