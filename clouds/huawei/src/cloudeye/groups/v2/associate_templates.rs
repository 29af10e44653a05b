//! Gives a group templates in place of those that it has. The rules are made soon afterwards.

use muster_alarms::RuleSpec;
use muster_alarms::templates::Association;
use muster_wire::{Access, Cx, Operation};
use serde::Deserialize;
use serde_json::json;

use crate::cloudeye::alarms::{NotificationsBody, NotificationsPatch, owner, rule_of_group};
use crate::cloudeye::ids::{GroupId, TemplateId};
use crate::cloudeye::{CloudEye, Refused, scope, validate};
use crate::reply::Reply;
use crate::request::{Malformed, Request, required};

pub(crate) struct UpdateResourceGroupAssociationAlarmTemplate {
    id: GroupId,
    templates: Vec<TemplateId>,
    enterprise_project_id: String,
    notifications: NotificationsPatch,
}

#[derive(Deserialize)]
struct Body {
    template_ids: Option<Vec<String>>,
    enterprise_project_id: Option<String>,
}

impl Operation<CloudEye> for UpdateResourceGroupAssociationAlarmTemplate {
    const NAME: &'static str = "UpdateResourceGroupAssociationAlarmTemplate/v2";
    const PERMISSION: &'static str = "ces:resourceGroups:putAlarmTemplates";
    const ACCESS: Access = Access::Write;

    fn decode(request: &Request) -> Result<Self, Refused> {
        let body: Body = request.body()?;
        let notifications: NotificationsBody = request.body()?;
        let ids = required("template_ids", body.template_ids)?;
        validate::count("template_ids", &ids, 0..=50)?;
        let mut templates: Vec<TemplateId> = Vec::with_capacity(ids.len());
        for id in &ids {
            let template = TemplateId::parse(id)
                .ok_or_else(|| Malformed::field("template_ids", format!("must be {}", TemplateId::form())))?;
            if !templates.contains(&template) {
                templates.push(template);
            }
        }
        required("notification_enabled", notifications.notification_enabled)?;
        let owner_project = body.enterprise_project_id.filter(|id| !id.is_empty());
        let enterprise_project_id = owner_project.unwrap_or_else(|| "0".to_owned());
        validate::enterprise_project("enterprise_project_id", &enterprise_project_id)?;
        Ok(Self {
            id: GroupId::of_path(request)?,
            templates,
            enterprise_project_id,
            notifications: notifications.read()?,
        })
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudEye>) -> Result<Reply, Refused> {
        cx.touch("resource group", self.id.get());
        cx.services.resources.get_group(cx.tx, scope(cx.caller), self.id.get())?;
        let rule = if self.templates.is_empty() {
            RuleSpec::default()
        } else {
            rule_of_group(&self.enterprise_project_id, self.notifications.clone())?
        };
        let wanted = Association { templates: self.templates.iter().map(|id| id.get()).collect(), rule };
        cx.services.templates.associate(cx.tx, owner(cx.caller), self.id.get(), &wanted)?;
        let ids: Vec<String> = self.templates.iter().map(ToString::to_string).collect();
        Ok(Reply::ok(json!({"group_id": self.id.to_string(), "template_ids": ids})))
    }
}
