//! Adds resources to those that a rule watches, and takes them out again.

use muster_alarms::RuleSpec;
use muster_core::Result;
use muster_wire::{Access, Cx, Operation};
use serde::Deserialize;
use serde_json::json;

use crate::cloudeye::alarms::owner;
use crate::cloudeye::alarms::resources::{self, Resource, ResourcesBody, read_resources};
use crate::cloudeye::ids::AlarmId;
use crate::cloudeye::{CloudEye, Refused};
use crate::reply::Reply;
use crate::request::{Request, required};

#[derive(Deserialize)]
struct Body {
    resources: Option<ResourcesBody>,
}

struct Named {
    id: AlarmId,
    resources: Vec<Resource>,
}

impl Named {
    fn read(request: &Request) -> Result<Self, Refused> {
        let body: Body = request.body()?;
        let resources = read_resources("resources", required("resources", body.resources)?)?;
        Ok(Self { id: AlarmId::of_path(request)?, resources })
    }

    fn apply(
        &self,
        cx: &mut Cx<'_, '_, CloudEye>,
        change: fn(&mut RuleSpec, &[Resource]) -> Result<()>,
    ) -> Result<Reply, Refused> {
        let id = self.id.to_string();
        cx.touch("alarm rule", &id);
        let owner = owner(cx.caller);
        cx.services.alarms.update(cx.tx, owner, &id, |spec| change(spec, &self.resources))?;
        Ok(Reply::ok(json!({})))
    }
}

pub(crate) struct AddAlarmRuleResources(Named);

impl Operation<CloudEye> for AddAlarmRuleResources {
    const NAME: &'static str = "AddAlarmRuleResources/v2";
    const PERMISSION: &'static str = "ces:alarms:addResources";
    const ACCESS: Access = Access::Write;

    fn decode(request: &Request) -> Result<Self, Refused> {
        Named::read(request).map(Self)
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudEye>) -> Result<Reply, Refused> {
        self.0.apply(cx, resources::add)
    }
}

pub(crate) struct DeleteAlarmRuleResources(Named);

impl Operation<CloudEye> for DeleteAlarmRuleResources {
    const NAME: &'static str = "DeleteAlarmRuleResources/v2";
    const PERMISSION: &'static str = "ces:alarms:deleteResources";
    const ACCESS: Access = Access::Write;

    fn decode(request: &Request) -> Result<Self, Refused> {
        Named::read(request).map(Self)
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudEye>) -> Result<Reply, Refused> {
        self.0.apply(cx, resources::remove)
    }
}
