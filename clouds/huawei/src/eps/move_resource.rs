//! Hands a thing over to the enterprise project in the path.

use muster_alarms::{Origin, Owner};
use muster_resources::ResourceRef;
use muster_wire::{Access, Cx, Operation};
use serde::Deserialize;

use super::{ALARM, Eps, RESOURCE_GROUP, Refused};
use crate::cloudeye::{group_id, is_alarm_id};
use crate::inventory::{resource_id, scope};
use crate::reply::Reply;
use crate::request::{Malformed, Request, required};

pub(super) struct MigrateResource {
    target: String,
    project_id: Option<String>,
    moved: Moved,
}

enum Moved {
    Group(i64),
    AlarmRule(String),
    Resource { kind: String, id: String },
}

#[derive(Deserialize)]
struct Body {
    project_id: Option<String>,
    resource_type: Option<String>,
    resource_id: Option<String>,
}

impl Operation<Eps> for MigrateResource {
    const NAME: &'static str = "MigrateResource";
    const PERMISSION: &'static str = "eps:resources:add";
    const ACCESS: Access = Access::Write;

    fn decode(request: &Request) -> Result<Self, Refused> {
        let body: Body = request.body()?;
        let kind = required("resource_type", body.resource_type)?;
        let id = required("resource_id", body.resource_id)?;
        let moved = if kind == RESOURCE_GROUP {
            let id = group_id(&id);
            Moved::Group(
                id.ok_or_else(|| Malformed::field("resource_id", "is not the id of a resource group"))?,
            )
        } else if kind == ALARM {
            if !is_alarm_id(&id) {
                return Err(Malformed::field("resource_id", "is not the id of an alarm rule").into());
            }
            Moved::AlarmRule(id)
        } else {
            resource_id("resource_id", &id)?;
            Moved::Resource { kind, id }
        };
        let project_id = body.project_id.filter(|id| !id.is_empty());
        Ok(Self { target: request.path("id").to_owned(), project_id, moved })
    }

    fn call(&self, cx: &mut Cx<'_, '_, Eps>) -> Result<Reply, Refused> {
        let scope = scope(cx.caller, self.project_id.as_deref())?;
        let resources = &cx.services.resources;
        match &self.moved {
            Moved::Group(id) => {
                cx.touch("resource group", id);
                resources.move_group(cx.tx, scope, *id, &self.target)?;
            }
            Moved::AlarmRule(id) => {
                cx.touch("alarm rule", id);
                let target = resources.enabled_enterprise_project(cx.tx, scope.account_id, &self.target)?;
                let owner = Owner {
                    origin: Origin::CloudEye,
                    account_id: scope.account_id,
                    project_id: scope.project_id,
                };
                cx.services.alarms.update(cx.tx, owner, id, |spec| {
                    spec.enterprise_project_id = target.id;
                    Ok(())
                })?;
            }
            Moved::Resource { kind, id } => {
                cx.touch("resource", id);
                resources.move_resource(cx.tx, scope, ResourceRef { kind, external_id: id }, &self.target)?;
            }
        }
        Ok(Reply::no_content())
    }
}
