//! `QueryAccessKey`

use muster_wire::{Access, Operation};

use super::members;
use crate::api::{Context, Outcome, ZStack};
use crate::error::Refusal;
use crate::input::Input;
use crate::query::{self, Search};
use crate::reply::class;

const MEMBERS: [&str; 8] =
    ["uuid", "description", "accountUuid", "userUuid", "AccessKeyID", "state", "createDate", "lastOpDate"];

/// Lists the keys of the caller's account, without their secrets.
pub(crate) struct QueryAccessKey(Search);

impl Operation<ZStack> for QueryAccessKey {
    const NAME: &'static str = "QueryAccessKey";
    const PERMISSION: &'static str = "zstack:QueryAccessKey";
    const ACCESS: Access = Access::Read;

    fn decode(input: &Input) -> Result<Self, Refusal> {
        Search::of(input).map(Self)
    }

    fn call(&self, cx: &mut Context<'_, '_>) -> Outcome {
        let keys = cx.services.identity.access_keys(cx.tx, cx.caller, None)?;
        let rows = keys.iter().map(|key| members(key, cx.caller, &cx.services.wire_zone)).collect();
        query::filter(&self.0, class::ACCESS_KEY, &MEMBERS, rows)
    }
}
