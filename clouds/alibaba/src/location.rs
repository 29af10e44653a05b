//! Location, version 2015-06-12: where a product lives. Everything lives here.

use muster_identity::Caller;
use muster_wire::{Access, Api, Cx, Entry, Operation, operations};
use serde_json::{Value, json};

use crate::rpc::envelope::Document;
use crate::rpc::{Call, Fault, Product};

/// The API.
#[derive(Debug)]
pub struct Location;

impl Api for Location {
    const NAME: &'static str = "Location";
    type Request = Call;
    type Response = Document;
    type Error = Fault;
    type Services = ();
}

impl Product for Location {
    const VERSION: &'static str = "2015-06-12";
    const CODE: &'static str = "Location";

    fn operations() -> &'static [Entry<Self>] {
        OPERATIONS
    }
}

/// What is served.
pub const OPERATIONS: &[Entry<Location>] =
    operations![Location; DescribeEndpoints, DescribeRegions, DescribeServices];

/// `DescribeEndpoints`: the address that the caller has used serves every product in every region.
struct DescribeEndpoints {
    service: String,
    region: String,
    host: String,
}

impl Operation<Location> for DescribeEndpoints {
    const NAME: &'static str = "DescribeEndpoints";
    const PERMISSION: &'static str = "location:DescribeEndpoints";
    const ACCESS: Access = Access::Read;

    fn decode(call: &Call) -> Result<Self, Fault> {
        Ok(Self {
            service: call.parameters.required("ServiceCode")?.to_owned(),
            region: call.parameters.required("Id")?.to_owned(),
            host: call.host.clone(),
        })
    }

    fn authorize(&self, caller: &Caller) -> muster_core::Result<()> {
        caller.require_not_denied(Self::PERMISSION)
    }

    fn call(&self, _cx: &mut Cx<'_, '_, Location>) -> Result<Document, Fault> {
        let endpoint = json!({
            "Endpoint": self.host,
            "Id": self.region,
            "Namespace": "",
            // The vendor's own spelling, which clients read.
            "SerivceCode": self.service,
            "Type": "openAPI",
            "Protocols": {"Protocols": ["HTTP", "HTTPS"]},
        });
        Ok(success("Endpoints", json!({"Endpoint": [endpoint]})))
    }
}

/// `DescribeServices`: the products that are spoken here.
struct DescribeServices;

impl Operation<Location> for DescribeServices {
    const NAME: &'static str = "DescribeServices";
    const PERMISSION: &'static str = "location:DescribeServices";
    const ACCESS: Access = Access::Read;

    fn decode(_call: &Call) -> Result<Self, Fault> {
        Ok(Self)
    }

    fn authorize(&self, caller: &Caller) -> muster_core::Result<()> {
        caller.require_not_denied(Self::PERMISSION)
    }

    fn call(&self, _cx: &mut Cx<'_, '_, Location>) -> Result<Document, Fault> {
        Ok(success("Services", json!({"Service": ["cms", "schedulerx2", "sts"]})))
    }
}

/// `DescribeRegions`: the one region of this installation.
struct DescribeRegions;

impl Operation<Location> for DescribeRegions {
    const NAME: &'static str = "DescribeRegions";
    const PERMISSION: &'static str = "location:DescribeRegions";
    const ACCESS: Access = Access::Read;

    fn decode(_call: &Call) -> Result<Self, Fault> {
        Ok(Self)
    }

    fn authorize(&self, caller: &Caller) -> muster_core::Result<()> {
        caller.require_not_denied(Self::PERMISSION)
    }

    fn call(&self, cx: &mut Cx<'_, '_, Location>) -> Result<Document, Fault> {
        Ok(success("RegionIds", json!({"RegionId": [cx.caller.region]})))
    }
}

fn success(name: &str, value: Value) -> Document {
    Document::from_iter([("Success".to_owned(), Value::from(true)), (name.to_owned(), value)])
}
