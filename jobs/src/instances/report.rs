//! What workers say about their runs.

use std::collections::{BTreeSet, HashMap};

use muster_core::Result;
use muster_db::Tx;
use muster_db::cluster::Shard;

use super::end::{self, Ending, Outcome};
use super::model::State;
use super::store::{self, Open};
use crate::link::{News, Report};

/// How a worker refuses a run that it is still working on: an earlier frame got there after all.
const STILL_RUNNING: &str = "still running";

/// Takes reports, in their order; which of them changed something. A report counts only from the worker that has the
/// instance, while it has it: what comes twice, late, or from somebody else changes nothing. And it counts only at the
/// node that serves the group, on a connection no older than its number, or that handed this very attempt over:
/// elsewhere it may be about an earlier one.
pub(super) fn report(tx: &mut Tx<'_>, reports: &[Report]) -> Result<Vec<bool>> {
    let mut ids: Vec<i64> = reports.iter().map(|report| report.instance).collect();
    ids.sort_unstable();
    ids.dedup();
    let mut open = store::open(tx, &ids)?;
    if let Some(node) = tx.node() {
        let served = tx.served()?;
        open.retain(|_, open| open.node == Some(node) || served.has(Shard::of(open.app_group)));
    }
    let mut taker = Taker { open, node: tx.node(), ..Taker::default() };
    let taken = reports.iter().map(|report| taker.take(report)).collect();
    let accepted: Vec<i64> = taker.accepted.into_iter().collect();
    store::accept(tx, &accepted)?;
    let progress: Vec<(i64, &str)> = taker.progress.into_iter().collect();
    store::progress(tx, &progress)?;
    end::end(tx, &taker.ended)?;
    Ok(taken)
}

#[derive(Default)]
struct Taker<'r> {
    open: HashMap<i64, Open>,
    node: Option<i64>,
    accepted: BTreeSet<i64>,
    progress: HashMap<i64, &'r str>,
    ended: Vec<Ending>,
}

impl<'r> Taker<'r> {
    fn take(&mut self, report: &'r Report) -> bool {
        let id = report.instance;
        let Some(open) = self.open.get_mut(&id) else { return false };
        if open.app_group != report.app_group || open.worker != report.worker || !open.state.is_under_way() {
            return false;
        }
        if self.node.is_some() && open.node != self.node && report.node != self.node {
            return false;
        }
        match &report.news {
            News::Accepted => self.accept(id),
            News::Refused { why } if why.contains(STILL_RUNNING) => self.accept(id),
            News::Refused { why } => self.end(id, Outcome::Failed, why, None),
            News::Progress { progress } => {
                self.progress.insert(id, progress);
                true
            }
            News::Ended { success, result, progress } => {
                let outcome = if *success { Outcome::Success } else { Outcome::Failed };
                let progress = Some(progress.clone()).filter(|progress| !progress.is_empty());
                self.end(id, outcome, result, progress)
            }
        }
    }

    fn accept(&mut self, id: i64) -> bool {
        match self.open.get_mut(&id) {
            Some(open) if open.state == State::Submitted => {
                open.state = State::Running;
                self.accepted.insert(id);
                true
            }
            _ => false,
        }
    }

    fn end(&mut self, id: i64, outcome: Outcome, result: &str, progress: Option<String>) -> bool {
        let Some(of) = self.open.remove(&id) else { return false };
        self.progress.remove(&id);
        // What ends in the same transaction was never seen running.
        self.accepted.remove(&id);
        self.ended.push(Ending { of, outcome, result: result.to_owned(), progress });
        true
    }
}
