//! The API as the wire crate sees it.

use std::sync::Arc;

use jiff::tz::TimeZone;
use muster_identity::Caller;
use muster_jobs::scheduled::{self, Scope};
use muster_wire::{Api, Cx};

use crate::error::Refusal;
use crate::input::Input;
use crate::reply::Reply;

/// ZStack's REST API.
#[derive(Debug)]
pub struct ZStack;

/// What its operations stand on.
#[derive(Debug)]
pub struct Services {
    /// Jobs, groups, triggers.
    pub scheduled: Arc<scheduled::Service>,
    /// Accounts, sessions, access keys.
    pub identity: Arc<muster_identity::Service>,
    /// In which zone dates are printed and read.
    pub wire_zone: TimeZone,
}

impl Api for ZStack {
    const NAME: &'static str = "ZStack";
    type Request = Input;
    type Response = Reply;
    type Error = Refusal;
    type Services = Services;
}

/// What an operation of ours works with.
pub(crate) type Context<'c, 't> = Cx<'c, 't, ZStack>;

/// What an operation of ours answers.
pub(crate) type Outcome = Result<Reply, Refusal>;

/// Whose records `caller` may see: in this dialect the first account is the admin, who sees all.
pub(crate) fn scope(caller: &Caller) -> Scope<'_> {
    if caller.sees_all_accounts { Scope::Everything } else { Scope::Account(&caller.account_id) }
}
