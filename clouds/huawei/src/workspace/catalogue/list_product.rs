use muster_apps::Product;
use muster_identity::Caller;
use muster_wire::{Access, Operation};
use serde_json::{Value, json};

use super::super::query::Query;
use super::super::words::OPERATING_SYSTEMS;
use super::super::{Cx, Outcome, Refusal, Reply, Request, WorkspaceApp};
use super::{CLOUD_SERVICE, zone};

/// The kinds of servers on offer. All are paid by use, of the x86 architecture and of the general package.
pub(crate) struct ListProduct {
    product_id: Option<String>,
    flavor_id: Option<String>,
    zone: Option<String>,
    os: String,
    /// Asked for what is not on offer at all.
    elsewhere: bool,
}

const ID_CHARS: usize = 128;
const PAID_BY_USE: &str = "0";

impl Operation<WorkspaceApp> for ListProduct {
    const NAME: &'static str = "ListProduct";
    const PERMISSION: &'static str = "workspace:product:list";
    const ACCESS: Access = Access::Read;

    fn decode(request: &Request) -> Result<Self, Refusal> {
        let query = Query(request);
        query.word("os_type", OPERATING_SYSTEMS)?;
        let prepaid = query.word("charge_mode", &[("1", true), (PAID_BY_USE, false)])?;
        let arm = query.word("architecture", &[("arm", true), ("x86", false)])?;
        let dedicated = query.word("package_type", &[("dedicated", true), ("general", false)])?;
        Ok(Self {
            product_id: query.text("product_id", ID_CHARS)?,
            flavor_id: query.text("flavor_id", ID_CHARS)?,
            zone: query.text("availability_zone", ID_CHARS)?,
            os: query.given("os_type")?.unwrap_or_else(|| "Windows".to_owned()),
            elsewhere: [prepaid, arm, dedicated].contains(&Some(true)),
        })
    }

    fn call(&self, cx: &mut Cx<'_, '_>) -> Outcome {
        let here = zone(cx.caller);
        let other_zone = self.zone.as_ref().is_some_and(|zone| *zone != here);
        let wanted = |product: &&Product| {
            !self.elsewhere
                && !other_zone
                && self.product_id.as_ref().is_none_or(|id| *id == product.id)
                && self.flavor_id.as_ref().is_none_or(|id| *id == product.flavor_id)
        };
        let products: Value = cx
            .services
            .catalogue()
            .products()
            .iter()
            .filter(wanted)
            .map(|product| product_view(product, cx.caller))
            .collect();
        Ok(Reply::ok(json!({
            "availability_zone": self.zone.as_ref().unwrap_or(&here),
            "os_type": self.os,
            "products": products,
        })))
    }
}

/// A product. The vendor writes all of its numbers but the sessions as strings.
pub(crate) fn product_view(product: &Product, caller: &Caller) -> Value {
    let memory_gib = product.memory_mib / 1024;
    json!({
        "product_id": product.id,
        "flavor_id": product.flavor_id,
        "type": "BASE",
        "architecture": "x86",
        "cpu": product.vcpus.to_string(),
        "cpu_desc": format!("{} vCPUs", product.vcpus),
        "memory": product.memory_mib.to_string(),
        "is_gpu": false,
        "system_disk_type": "SAS",
        "system_disk_size": product.disk_gib.to_string(),
        "descriptions": format!("{} vCPUs | {memory_gib} GB", product.vcpus),
        "charge_mode": PAID_BY_USE,
        "contain_data_disk": false,
        "resource_type": "hws.resource.type.workspace.appstream",
        "cloud_service_type": CLOUD_SERVICE,
        "volume_product_type": "workspace",
        "sessions": product.sessions,
        "status": "normal",
        "cond_operation_az": format!("{}(normal)", zone(caller)),
        "sub_product_list": [],
        "domain_ids": [],
        "package_type": "general",
    })
}
