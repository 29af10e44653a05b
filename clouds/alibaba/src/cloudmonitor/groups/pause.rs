//! Pauses of a group's messages: masks that cover what belongs to the group.

use muster_alarms::masks::{Kind, Mask, Target};
use muster_core::Result;
use muster_identity::Caller;
use muster_metrics::Scope;
use muster_wire::Cx;

use crate::cloudmonitor::{CloudMonitor, Refusal};
use crate::rpc::Parameters;

/// The one type of policies that there is.
pub(super) const TYPE: &str = "PauseNotify";

/// Reads `PolicyType`.
pub(super) fn read_type(parameters: &Parameters) -> std::result::Result<(), Refusal> {
    if parameters.required("PolicyType")? != TYPE {
        return Err(Refusal::illegal("PolicyType", "must be PauseNotify"));
    }
    Ok(())
}

/// Rules of this API belong to the account, and so do its masks.
pub(super) fn scope(caller: &Caller) -> Scope<'_> {
    Scope { account_id: &caller.account_id, project_id: "" }
}

/// The pauses of a group, oldest first.
pub(super) fn of_group(cx: &mut Cx<'_, '_, CloudMonitor>, id: i64) -> Result<Vec<Mask>> {
    cx.services.masks.naming(cx.tx, scope(cx.caller), Kind::Pause, Target::Group(id))
}
