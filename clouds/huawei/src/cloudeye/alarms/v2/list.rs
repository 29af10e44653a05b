//! Lists rules, the newest first.

use muster_alarms::{Rule, RuleFilter};
use muster_core::PageRequest;
use muster_wire::{Access, Cx, Operation};
use serde_json::{Value, json};

use super::{extend, page, write_notifications, write_policies};
use crate::cloudeye::alarms::kept::Kept;
use crate::cloudeye::alarms::resources::{resources_of, write_dimensions};
use crate::cloudeye::alarms::words::KINDS;
use crate::cloudeye::alarms::{group_name, owner};
use crate::cloudeye::groups::v2::query_enterprise_project;
use crate::cloudeye::ids::{AlarmId, GroupId, TemplateId};
use crate::cloudeye::{CloudEye, Refused};
use crate::reply::Reply;
use crate::request::{Malformed, Request};

pub(crate) struct ListAlarmRules {
    filter: RuleFilter,
    product_name: Option<String>,
    resource_level: Option<String>,
    page: PageRequest,
}

impl Operation<CloudEye> for ListAlarmRules {
    const NAME: &'static str = "ListAlarmRules/v2";
    const PERMISSION: &'static str = "ces:alarms:list";
    const ACCESS: Access = Access::Read;

    fn decode(request: &Request) -> Result<Self, Refused> {
        let text = |name: &str| request.query(name).map(|text| text.filter(|text| !text.is_empty()));
        let id = text("alarm_id")?;
        if let Some(id) = &id {
            AlarmId::parse(id)
                .ok_or_else(|| Malformed::parameter("alarm_id", format!("must be {}", AlarmId::form())))?;
        }
        Ok(Self {
            filter: RuleFilter {
                keys: id.into_iter().collect(),
                name_contains: text("name")?,
                namespace: text("namespace")?,
                values: text("resource_id")?,
                enterprise_project_id: query_enterprise_project(request, "enterprise_project_id")?,
                ..RuleFilter::default()
            },
            product_name: text("product_name")?,
            resource_level: text("resource_level")?,
            page: page(request, 10)?,
        })
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudEye>) -> Result<Reply, Refused> {
        // Products and levels are this wire's own words: what asks for them is sought among all.
        let by_product = self.product_name.is_some() || self.resource_level.is_some();
        let page = if by_product { PageRequest::ALL } else { self.page };
        let mut found = cx.services.alarms.list(cx.tx, owner(cx.caller), &self.filter, page)?;
        if by_product {
            found.items.retain(|rule| self.fits(&Kept::of(&rule.spec)));
            found.total = found.items.len() as u64;
            let (skip, take) = (self.page.offset, self.page.limit);
            let skip = usize::try_from(skip).unwrap_or(usize::MAX);
            found.items = found.items.into_iter().skip(skip).take(take as usize).collect();
        }
        let alarms =
            found.items.iter().map(|rule| write(cx, rule)).collect::<muster_core::Result<Vec<_>>>()?;
        Ok(Reply::ok(json!({"alarms": alarms, "count": found.total})))
    }
}

impl ListAlarmRules {
    fn fits(&self, kept: &Kept) -> bool {
        let level = if kept.resource_level.is_empty() { "dimension" } else { &kept.resource_level };
        self.product_name.as_ref().is_none_or(|name| *name == kept.product_name)
            && self.resource_level.as_ref().is_none_or(|wanted| wanted == level)
    }
}

fn write(cx: &mut Cx<'_, '_, CloudEye>, rule: &Rule) -> muster_core::Result<Value> {
    let spec = &rule.spec;
    let kept = Kept::of(spec);
    let all = resources_of(spec, &kept);
    let resources: Vec<Value> = match spec.target.group_id() {
        Some(id) => {
            let dimensions = all.first().map(|one| write_dimensions(one)).unwrap_or_default();
            vec![json!({
                "resource_group_id": GroupId::new(id).to_string(),
                "resource_group_name": group_name(cx, id)?,
                "dimensions": dimensions,
            })]
        }
        None => all.iter().map(|one| json!({"dimensions": write_dimensions(one)})).collect(),
    };
    let tags: Vec<Value> = spec.tags.iter().map(|(key, value)| json!({"key": key, "value": value})).collect();
    let mut body = json!({
        "alarm_id": rule.key,
        "name": spec.name,
        "description": spec.description,
        "namespace": spec.namespace,
        "type": KINDS.write(kept.kind(spec)),
        "enabled": rule.enabled,
        "policies": write_policies(spec, &kept),
        "resources": resources,
        "enterprise_project_id": spec.enterprise_project_id,
        "alarm_template_id": spec.template_id.map(|id| TemplateId::new(id).to_string()),
        "product_name": kept.product_name,
        "resource_level": kept.resource_level,
        "tags": tags,
    });
    extend(&mut body, write_notifications(spec, &kept));
    Ok(body)
}
