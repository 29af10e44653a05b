//! What makes an API a product that is spoken over RPC.

use muster_wire::{Api, Entry};

use super::envelope::Document;
use super::{Fault, Parameters};

/// A product: an API whose answers are documents, found by its version.
pub trait Product: Api<Response = Document, Error: From<Fault> + Into<Failure>, Request: From<Call>> {
    /// The version by which requests name it.
    const VERSION: &'static str;
    /// Its code in links to the vendor's help pages.
    const CODE: &'static str;

    /// What is served.
    fn operations() -> &'static [Entry<Self>];
}

/// What an operation is decoded from.
#[derive(Clone, Debug)]
pub struct Call {
    /// Query string and body together.
    pub parameters: Parameters,
    /// The `Host` header: by which address the client has reached us.
    pub host: String,
}

impl From<Call> for Parameters {
    fn from(call: Call) -> Self {
        call.parameters
    }
}

/// How a request fails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// In the platform's style: a 4xx or 5xx status, a word as code.
    Platform(Fault),
    /// In the product's own style: status 200, and a document that says `Success: false`.
    Service(Document),
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        Self::Platform(fault)
    }
}
