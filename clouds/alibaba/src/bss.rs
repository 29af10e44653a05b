//! BSS, version 2017-12-14: what was bought. Nothing is sold here, so nothing was; Terraform asks at its start.

use muster_identity::Caller;
use muster_wire::{Access, Api, Cx, Entry, Operation, operations};
use serde_json::json;

use crate::rpc::envelope::Document;
use crate::rpc::{Fault, Parameters, Product};

/// The API.
#[derive(Debug)]
pub struct Bss;

impl Api for Bss {
    const NAME: &'static str = "BSS";
    type Request = Parameters;
    type Response = Document;
    type Error = Fault;
    type Services = ();
}

impl Product for Bss {
    const VERSION: &'static str = "2017-12-14";
    const CODE: &'static str = "BssOpenApi";

    fn operations() -> &'static [Entry<Self>] {
        OPERATIONS
    }
}

/// What is served.
pub const OPERATIONS: &[Entry<Bss>] = operations![Bss; QueryAvailableInstances];

/// `QueryAvailableInstances`: an empty page, as for an account that has bought nothing.
struct QueryAvailableInstances {
    page: i64,
    size: i64,
}

impl Operation<Bss> for QueryAvailableInstances {
    const NAME: &'static str = "QueryAvailableInstances";
    const PERMISSION: &'static str = "bss:QueryAvailableInstances";
    const ACCESS: Access = Access::Read;

    fn decode(parameters: &Parameters) -> Result<Self, Fault> {
        Ok(Self {
            page: parameters.integer("PageNum")?.unwrap_or(1),
            size: parameters.integer("PageSize")?.unwrap_or(20),
        })
    }

    fn authorize(&self, caller: &Caller) -> muster_core::Result<()> {
        caller.require_not_denied(Self::PERMISSION)
    }

    fn call(&self, _cx: &mut Cx<'_, '_, Bss>) -> Result<Document, Fault> {
        let data = json!({"PageNum": self.page, "PageSize": self.size, "TotalCount": 0, "InstanceList": []});
        let answer = [
            ("Code".to_owned(), "Success".into()),
            ("Message".to_owned(), "Successful!".into()),
            ("Success".to_owned(), true.into()),
            ("Data".to_owned(), data),
        ];
        Ok(Document::from_iter(answer))
    }
}
