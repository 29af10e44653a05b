//! The engine that judges rules.
//!
//! A node keeps the rules that it serves in memory, each with its units, and looks at what changed: at windows that are
//! complete and have settled, at samples that came, at members that joined a group. What comes of it is written in small
//! transactions, unit rows, episodes, notices and messages together; each of them finds the unit as it was judged, or
//! leaves it. What stands in memory alone, the rows of true points, is found again in the samples after a start.

mod book;
mod follow;
mod look;
mod prune;
mod target;
#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use muster_core::{Clock, Engine, Error, Result};
use muster_db::Db;

use crate::rules::JUDGE;
use crate::telling::Teller;
use crate::units::{self, Stands, Step};
use book::Book;
pub use prune::{Prune, Retention};

/// Steps that one transaction takes: few enough not to hold up others.
const STEPS: usize = 200;

/// The engine.
pub struct Judge {
    db: Db,
    clock: Arc<dyn Clock>,
    metrics: Arc<muster_metrics::Service>,
    resources: Arc<muster_resources::Service>,
    teller: Teller,
    settle_ms: i64,
    book: Mutex<Book>,
}

impl Judge {
    /// The engine over these samples and groups. Windows are judged `settle_ms` after their end.
    pub fn new(
        db: Db,
        clock: Arc<dyn Clock>,
        metrics: Arc<muster_metrics::Service>,
        resources: Arc<muster_resources::Service>,
        teller: Teller,
        settle_ms: i64,
    ) -> Self {
        Self { db, clock, metrics, resources, teller, settle_ms, book: Mutex::default() }
    }

    /// How many units this node watches.
    pub fn units(&self) -> usize {
        self.book.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Writes what happened.
    fn write(&self, book: &mut Book) -> Result<()> {
        while !book.gone.is_empty() {
            let rest = book.gone.len().saturating_sub(STEPS);
            let gone = book.gone[rest..].to_vec();
            self.db.write_blocking(move |tx| units::leave(tx, &gone))?;
            book.gone.truncate(rest);
        }
        while !book.pending.is_empty() {
            let steps: Arc<[Step]> = book.pending.iter().take(STEPS).cloned().collect();
            let stands = self.take(&steps)?;
            book.pending.drain(..steps.len());
            for (step, stands) in steps.iter().zip(stands) {
                let Some(place) = book.find(step.policy_id, &step.dimensions) else { continue };
                let Some(unit) = book.unit_mut(place) else { continue };
                unit.told_at = stands.told_at;
                if !stands.taken {
                    // As the store has it, to be judged by its next point.
                    (unit.state, unit.warm) = (stands.state, false);
                }
            }
        }
        Ok(())
    }

    /// Takes steps together, or, where one of them cannot be taken, each for itself: one rule's trouble is not that of
    /// all others.
    fn take(&self, steps: &Arc<[Step]>) -> Result<Vec<Stands>> {
        let error = match self.take_together(steps) {
            Ok(stands) => return Ok(stands),
            // Later the same may work.
            Err(error @ Error::Unavailable { .. }) => return Err(error),
            Err(error) => error,
        };
        if let [step] = &steps[..] {
            let (rule, why) = (step.rule_id, muster_core::describe(&error));
            tracing::error!(rule, error = %why, "what happened to a unit of this rule cannot be written");
            return Ok(vec![Stands { state: step.before, told_at: None, taken: false }]);
        }
        let mut stands = Vec::with_capacity(steps.len());
        for step in steps.iter() {
            stands.extend(self.take(&Arc::from([step.clone()]))?);
        }
        Ok(stands)
    }

    fn take_together(&self, steps: &Arc<[Step]>) -> Result<Vec<Stands>> {
        let (teller, steps) = (self.teller.clone(), Arc::clone(steps));
        self.db.write_blocking(move |tx| units::take(tx, &teller, &steps))
    }
}

impl Engine for Judge {
    fn name(&self) -> &'static str {
        JUDGE
    }

    fn period(&self) -> Duration {
        Duration::from_millis(250)
    }

    fn run(&self) -> Result<()> {
        let mut book = self.book.lock().unwrap_or_else(PoisonError::into_inner);
        self.write(&mut book)?;
        let book = Mutex::new(&mut *book);
        self.db.read_blocking(|tx| {
            let mut book = book.lock().unwrap_or_else(PoisonError::into_inner);
            self.follow(&mut book, tx)?;
            self.look(&mut book, tx)
        })?;
        let book = book.into_inner().unwrap_or_else(PoisonError::into_inner);
        self.write(book)
    }
}
