//! Due times of workflows, under the rules of those of jobs.

use jiff::tz::TimeZone;
use muster_core::Result;
use muster_db::Tx;

use super::fire_due::{PAGE, Page};
use super::model::{Owner, reason};
use super::store::{self, NewFiring, Skip};
use crate::workflows;

/// Fires a page of workflows; whether nothing is left.
pub(super) fn fire(tx: &mut Tx<'_>, server: &TimeZone, misfire_ms: i64) -> Result<bool> {
    let now = tx.now();
    let due = workflows::due(tx, now, PAGE)?;
    if due.is_empty() {
        return Ok(true);
    }
    let ids: Vec<i64> = due.iter().map(|workflow| workflow.id).collect();
    let open = workflows::count_open(tx, &ids)?;
    let page = Page::decide(tx, Owner::Workflow, &due, open, server, misfire_ms)?;
    let mut skips = page.skips;
    for fired in &page.instances {
        let (owner, app_group, due) = (Owner::Workflow(fired.job), fired.app_group, fired.scheduled_at);
        match workflows::make(tx, fired.job, due)? {
            Some(instance) => {
                store::insert(tx, &[NewFiring { owner, app_group, due, instance }])?;
                workflows::advance(tx, &[instance])?;
            }
            None => skips.push(Skip::one(owner, app_group, due, reason::SECOND_TAKEN)),
        }
    }
    for skip in skips {
        store::skip(tx, skip)?;
    }
    workflows::set_next_due(tx, &page.moved)?;
    Ok(page.is_done)
}
