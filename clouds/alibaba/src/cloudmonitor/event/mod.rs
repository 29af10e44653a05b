//! Events, custom and of the system: reported, listed, counted.

mod custom;
mod document;
mod put_custom_event;
mod query;
mod send_dry_run_system_event;
mod system;
pub(super) mod words;

pub(super) use custom::{
    DescribeCustomEventAttribute, DescribeCustomEventCount, DescribeCustomEventHistogram,
};
pub use document::EventDocuments;
pub(super) use put_custom_event::PutCustomEvent;
pub(super) use send_dry_run_system_event::SendDryRunSystemEvent;
pub(super) use system::{
    DescribeSystemEventAttribute, DescribeSystemEventCount, DescribeSystemEventHistogram,
    DescribeSystemEventMetaList,
};

use muster_events::Scope;
use muster_identity::Caller;

use super::Refusal;
use crate::rpc::Parameters;

fn scope(caller: &Caller) -> Scope<'_> {
    Scope { account_id: &caller.account_id, project_id: &caller.project_id }
}

/// An application group; `0` is none.
pub(super) fn group_id(parameters: &Parameters) -> Result<Option<i64>, Refusal> {
    let group = parameters.integer("GroupId")?;
    if group.is_some_and(|group| group < 0) {
        return Err(Refusal::illegal("GroupId", "must be the number of an application group"));
    }
    Ok(group.filter(|group| *group != 0))
}

/// A text of so many characters at most.
pub(super) fn short(name: &str, text: &str, longest: usize) -> Result<String, Refusal> {
    if text.chars().count() > longest {
        return Err(Refusal::illegal(name, &format!("must have at most {longest} characters")));
    }
    Ok(text.to_owned())
}
