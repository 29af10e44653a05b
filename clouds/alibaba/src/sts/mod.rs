//! STS, version 2015-04-01: who am I, and keys for a while.

mod assume_role;
mod get_caller_identity;

use std::sync::Arc;

use muster_wire::{Api, Entry, operations};

use crate::rpc::envelope::Document;
use crate::rpc::{Fault, Parameters, Product};

/// The API.
#[derive(Debug)]
pub struct Sts;

/// The features that STS stands on.
#[derive(Clone, Debug)]
pub struct Services {
    /// Roles and temporary keys.
    pub identity: Arc<muster_identity::Service>,
}

impl Api for Sts {
    const NAME: &'static str = "STS";
    type Request = Parameters;
    type Response = Document;
    type Error = Fault;
    type Services = Services;
}

impl Product for Sts {
    const VERSION: &'static str = "2015-04-01";
    const CODE: &'static str = "Sts";

    fn operations() -> &'static [Entry<Self>] {
        OPERATIONS
    }
}

/// What is served.
pub const OPERATIONS: &[Entry<Sts>] =
    operations![Sts; assume_role::AssumeRole, get_caller_identity::GetCallerIdentity];
