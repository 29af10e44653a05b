//! The scheduler: jobs, job groups and triggers, and what ties them together.
//!
//! Records only: nothing fires yet, so whatever asks for a run is refused with `SYS.1014` and nothing happens
//! in secret.

pub(crate) mod group;
pub(crate) mod history;
mod inventory;
pub(crate) mod job;
mod kind;
pub(crate) mod link;
mod model;
mod tagged;
pub(crate) mod trigger;

pub(crate) use tagged::check_tag;
use tagged::put_tags;

use muster_jobs::scheduled::query::Query;

use crate::api::{Context, Outcome, scope};
use crate::error::{Code, Refusal};
use crate::query::{Model, Search};
use crate::reply::{Members, Reply};
use inventory::View;

/// A run was asked for.
fn no_executor() -> Refusal {
    Refusal::failed(Code::NotImplemented, "this release keeps scheduler records only: no job can be run yet")
}

/// What each inventory needs to be queried.
trait Listed: muster_jobs::scheduled::Record {
    const CLASS: &'static str;
    fn model() -> &'static Model;
    fn members(&self, view: &View) -> Members;
}

/// Answers a query.
fn list<R: Listed>(cx: &mut Context<'_, '_>, search: &Search) -> Outcome {
    let services = cx.services;
    let query = search.compile(R::model(), &services.wire_zone)?;
    list_with::<R>(cx, search, &query)
}

fn list_with<R: Listed>(cx: &mut Context<'_, '_>, search: &Search, query: &Query) -> Outcome {
    let scope = scope(cx.caller);
    let (found, total) = search.run::<R>(cx, scope, query)?;
    let view = View::of(cx)?;
    let rows = found.iter().map(|record| record.members(&view)).collect();
    Ok(search.reply(R::CLASS, rows, total))
}

/// One record as an answer.
fn one<R: Listed>(cx: &mut Context<'_, '_>, record: &R) -> Outcome {
    Ok(Reply::inventory(R::CLASS, record.members(&View::of(cx)?)))
}
