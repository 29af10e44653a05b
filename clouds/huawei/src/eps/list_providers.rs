//! Lists the services whose resources can be moved between enterprise projects.

use muster_wire::{Access, Cx, Operation};
use serde_json::json;

use super::{ALARM, Eps, RESOURCE_GROUP, Refused};
use crate::providers;
use crate::reply::Reply;
use crate::request::Request;

pub(super) struct ListProviders(providers::Wanted);

impl Operation<Eps> for ListProviders {
    const NAME: &'static str = "ListProviders";
    const PERMISSION: &'static str = "eps:resources:list";
    const ACCESS: Access = Access::Read;

    fn decode(request: &Request) -> Result<Self, Refused> {
        Ok(Self(providers::Wanted::of_query(request)?))
    }

    fn call(&self, cx: &mut Cx<'_, '_, Eps>) -> Result<Reply, Refused> {
        let mut all = providers::of_kinds();
        if let Some(own) = all.iter_mut().find(|provider| provider.name == "ces") {
            own.kinds.push((RESOURCE_GROUP, "Resource group"));
            own.kinds.push((ALARM, "Alarm rule"));
        }
        let (listed, total) = self.0.cut(all, cx.caller);
        Ok(Reply::ok(json!({"providers": listed, "total_count": total})))
    }
}
