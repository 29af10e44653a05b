//! `QueryAccount`

use muster_identity::Account;
use muster_wire::{Access, Operation};

use crate::api::{Context, Outcome, ZStack};
use crate::date;
use crate::error::Refusal;
use crate::input::Input;
use crate::query::{self, Search};
use crate::reply::{Members, class};

const MEMBERS: [&str; 5] = ["uuid", "name", "type", "createDate", "lastOpDate"];

/// Lists the caller's own account; all of them for the admin.
pub(crate) struct QueryAccount(Search);

impl Operation<ZStack> for QueryAccount {
    const NAME: &'static str = "QueryAccount";
    const PERMISSION: &'static str = "zstack:QueryAccount";
    const ACCESS: Access = Access::Read;

    fn decode(input: &Input) -> Result<Self, Refusal> {
        Search::of(input).map(Self)
    }

    fn call(&self, cx: &mut Context<'_, '_>) -> Outcome {
        let accounts = cx.services.identity.accounts(cx.tx, cx.caller)?;
        let row = |account: &Account| {
            let created = date::print(account.created_at, &cx.services.wire_zone);
            Members::new()
                .with("uuid", account.uuid.as_str())
                .with("name", account.name.as_str())
                .with("type", if account.is_first { "SystemAdmin" } else { "Normal" })
                .with("createDate", created.as_str())
                .with("lastOpDate", created.as_str())
        };
        let rows = accounts.iter().map(row).collect();
        query::filter(&self.0, class::ACCOUNT, &MEMBERS, rows)
    }
}
