//! Lists the services whose resources are known.

use muster_wire::{Access, Cx, Operation};
use serde_json::{Value, json};

use super::{Refused, Rms, own_domain};
use crate::catalogue::CATALOGUE;
use crate::providers;
use crate::reply::Reply;
use crate::request::Request;

pub(super) struct ListProviders {
    domain_id: String,
    offset: usize,
    limit: usize,
}

impl Operation<Rms> for ListProviders {
    const NAME: &'static str = "ListProviders/rms";
    const PERMISSION: &'static str = "rms:resources:list";
    const ACCESS: Access = Access::Read;

    fn decode(request: &Request) -> Result<Self, Refused> {
        let number = |text: u64| usize::try_from(text).unwrap_or(usize::MAX);
        Ok(Self {
            domain_id: request.path("domain_id").to_owned(),
            offset: number(request.number("offset", 0..=1_000_000, 0)?),
            limit: number(request.number("limit", 1..=200, 200)?),
        })
    }

    fn call(&self, cx: &mut Cx<'_, '_, Rms>) -> Result<Reply, Refused> {
        own_domain(cx.caller, &self.domain_id)?;
        let all = providers::of_kinds();
        let total = all.len();
        let write = |provider: providers::Provider| {
            let kinds: Vec<Value> = CATALOGUE
                .kinds
                .iter()
                .filter(|kind| kind.provider == provider.name)
                .map(|kind| {
                    json!({
                        "name": kind.provider_type,
                        "display_name": kind.title,
                        "global": false,
                        "regions": [cx.caller.region],
                        "track": "tracked",
                    })
                })
                .collect();
            json!({
                "provider": provider.name,
                "display_name": provider.name.to_uppercase(),
                "resource_types": kinds,
            })
        };
        let providers: Vec<Value> = all.into_iter().skip(self.offset).take(self.limit).map(write).collect();
        Ok(Reply::ok(json!({"resource_providers": providers, "total_count": total})))
    }
}
