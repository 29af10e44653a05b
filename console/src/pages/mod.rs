//! The pages.

pub(crate) mod account;
pub(crate) mod alarms;
pub(crate) mod audit;
pub(crate) mod error;
pub(crate) mod events;
pub(crate) mod health;
pub(crate) mod job_alarms;
pub(crate) mod keys;
pub(crate) mod ledger;
pub(crate) mod live;
pub(crate) mod messages;
pub(crate) mod metrics;
pub(crate) mod objects;
pub(crate) mod overview;
pub(crate) mod search;
pub(crate) mod sign_in;
pub(crate) mod workers;

use askama::Template;
use muster_core::{Error, Result};
use muster_identity::Caller;
use muster_identity::audit::{NewEntry, record};

use crate::Console;
use crate::cx::Cx;
use crate::kinds::Doing;
use crate::reply::Reply;
use crate::visit::Visit;

/// How many rows of history an object's page shows.
pub(crate) const EVENTS: u32 = 20;
/// Seconds after which live parts are asked for again.
pub(crate) const REFRESH_S: u32 = 5;
/// The door, in the audit log.
pub(crate) const API: &str = "console";

/// A template as an answer.
pub(crate) fn render(page: &impl Template) -> Result<Reply> {
    page.render().map(Reply::page).map_err(Error::internal)
}

/// What a change was about: its kind and its id in the audit log.
pub(crate) type Subject = (&'static str, String);

/// Makes one change with its audit row, in one commit. The inner error is a refusal, which leaves the row only.
///
/// # Errors
/// The outer one means that nothing happened, not even a row.
pub(crate) async fn change<T: Send + 'static>(
    console: &Console,
    visit: &Visit,
    caller: &Caller,
    doing: Doing,
    resource: impl Fn(&mut Cx<'_, '_>) -> Result<String> + Send + 'static,
    part: impl Fn(&mut Cx<'_, '_>, &mut Option<Subject>) -> Result<T> + Send + 'static,
) -> Result<Result<T>> {
    let (services, lang, place) = (console.services.clone(), visit.lang, visit.place.clone());
    let caller = caller.clone();
    console
        .db
        .write(move |tx| {
            let mut subject = None;
            let outcome = tx.attempt(|tx| {
                let mut cx = Cx { tx, caller: &caller, services: &services, lang, place: &place };
                let resource = resource(&mut cx)?;
                caller.require(doing.permission, &resource)?;
                part(&mut cx, &mut subject)
            });
            let refusal = match &outcome {
                Err(Error::Internal { .. } | Error::Unavailable { .. }) => return outcome.map(Ok),
                Err(error) => Some(error.kind()),
                Ok(_) => None,
            };
            let subject = subject.as_ref().map(|(kind, id)| (*kind, id.as_str()));
            record(tx, &caller, &NewEntry { api: API, operation: doing.operation, subject, refusal })?;
            Ok(outcome)
        })
        .await
}
