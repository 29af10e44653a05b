//! Lists the services whose resources can be tagged.

use muster_wire::{Access, Cx, Operation};
use serde_json::json;

use super::{Refused, Tms};
use crate::providers;
use crate::reply::Reply;
use crate::request::Request;

pub(super) struct ListProviders(providers::Wanted);

impl Operation<Tms> for ListProviders {
    const NAME: &'static str = "ListProviders";
    const PERMISSION: &'static str = "tms:providers:list";
    const ACCESS: Access = Access::Read;

    fn decode(request: &Request) -> Result<Self, Refused> {
        Ok(Self(providers::Wanted::of_query(request)?))
    }

    fn call(&self, cx: &mut Cx<'_, '_, Tms>) -> Result<Reply, Refused> {
        let (listed, total) = self.0.cut(providers::of_kinds(), cx.caller);
        Ok(Reply::ok(json!({"providers": listed, "total_count": total})))
    }
}
