//! Blacklists: what nobody is told about for a while. One operation, one file.

mod body;
mod create_metric_rule_black_list;
mod delete_metric_rule_black_list;
mod describe_metric_rule_black_list;
mod enable_metric_rule_black_list;
mod modify_metric_rule_black_list;
#[cfg(test)]
mod tests;

pub(super) use create_metric_rule_black_list::CreateMetricRuleBlackList;
pub(super) use delete_metric_rule_black_list::DeleteMetricRuleBlackList;
pub(super) use describe_metric_rule_black_list::DescribeMetricRuleBlackList;
pub(super) use enable_metric_rule_black_list::EnableMetricRuleBlackList;
pub(super) use modify_metric_rule_black_list::ModifyMetricRuleBlackList;

use muster_alarms::masks::Kind;
use muster_core::Error;
use muster_identity::Caller;
use muster_metrics::Scope;

use super::Refusal;
use crate::rpc::Parameters;

const KIND: Kind = Kind::Blacklist;
/// Ids that one call may name.
const MOST_IDS: usize = 50;

/// Blacklists belong to the account, whichever of its projects calls.
fn scope(caller: &Caller) -> Scope<'_> {
    Scope { account_id: &caller.account_id, project_id: "" }
}

/// The ids in `Id`: separated by commas, or a JSON array.
fn ids(parameters: &Parameters) -> Result<Vec<String>, Refusal> {
    let text = parameters.required("Id")?.trim();
    let refuse = || Refusal::illegal("Id", "must be 1 to 50 ids, separated by commas or a JSON array");
    let mut ids: Vec<String> = if text.starts_with('[') {
        serde_json::from_str(text).map_err(|_| refuse())?
    } else {
        text.split(',').map(|id| id.trim().to_owned()).collect()
    };
    ids.retain(|id| !id.is_empty());
    ids.sort_unstable();
    ids.dedup();
    if ids.is_empty() || ids.len() > MOST_IDS { Err(refuse()) } else { Ok(ids) }
}

/// Unknown ids are passed over as long as there is a known one.
fn require_some(done: u64, ids: &[String]) -> Result<u64, Refusal> {
    match (done, ids.first()) {
        (0, Some(id)) => Err(Error::not_found("blacklist", id).into()),
        _ => Ok(done),
    }
}
