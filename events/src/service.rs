//! What callers may ask of this feature.

use std::sync::Arc;

use muster_core::{Error, Page, PageRequest, Result, Timestamp};
use muster_db::Tx;

use crate::model::{Active, Bucket, Count, CountBy, Event, EventFilter, Facts, Repeats, Scope};
use crate::rules::Wording;
use crate::{rules, store};

const HOUR_MS: i64 = 3_600_000;

/// How much there may be, and how long it counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Events of an account in an hour by the clock.
    pub events_per_hour: u64,
    /// Event rules of an account.
    pub rules_per_account: u64,
    /// How long trouble counts that nobody declares over, in milliseconds.
    pub active_ms: i64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { events_per_hour: 100_000, rules_per_account: 1_000, active_ms: 24 * HOUR_MS }
    }
}

/// Somebody who wants to know of every event: the inventory, and the alarm rules.
pub trait Observer: Send + Sync {
    /// These events of `scope` are reported, in the order in which they were given; repetitions are not among them.
    /// Part of the transaction that keeps them.
    ///
    /// # Errors
    /// Undo that transaction.
    fn happened(&self, tx: &mut Tx<'_>, scope: Scope<'_>, events: &[Event]) -> Result<()>;
}

/// The events of all accounts.
pub struct Service {
    limits: Limits,
    observers: Vec<Arc<dyn Observer>>,
    pub(crate) wording: Arc<dyn Wording>,
}

impl std::fmt::Debug for Service {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Service").field("limits", &self.limits).finish_non_exhaustive()
    }
}

impl Default for Service {
    fn default() -> Self {
        Self::new(Limits::default(), Arc::new(rules::Plain))
    }
}

impl Service {
    /// With these limits; `wording` is how the events that event rules see are written.
    pub fn new(limits: Limits, wording: Arc<dyn Wording>) -> Self {
        Self { limits, observers: Vec::new(), wording }
    }

    /// The same, and `observer` is told of each event.
    #[must_use]
    pub fn observed_by(mut self, observer: Arc<dyn Observer>) -> Self {
        self.observers.push(observer);
        self
    }

    /// How much there may be.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Keeps what happened, and sets going what follows from it. The events' numbers, in the given order; a repetition
    /// has the number of the event that it repeats.
    ///
    /// # Errors
    /// `Throttled` when the account reports too many in an hour.
    pub fn report(
        &self,
        tx: &mut Tx<'_>,
        scope: Scope<'_>,
        facts: &[Facts],
        repeats: Repeats,
    ) -> Result<Vec<i64>> {
        self.take_in(tx, scope.account_id, facts.len())?;
        let (ids, new) = store::insert(tx, scope, facts, repeats)?;
        store::note_active(tx, scope, &new, self.limits.active_ms)?;
        rules::match_all(tx, &*self.wording, scope.account_id, &new)?;
        for observer in &self.observers {
            observer.happened(tx, scope, &new)?;
        }
        Ok(ids)
    }

    /// Events that fit, the latest first.
    ///
    /// # Errors
    /// Those of the store.
    pub fn list(
        &self,
        tx: &mut Tx<'_>,
        account_id: &str,
        filter: &EventFilter,
        page: PageRequest,
    ) -> Result<Page<Event>> {
        store::list(tx, account_id, filter, page)
    }

    /// One event of the account.
    ///
    /// # Errors
    /// `NotFound` "event".
    pub fn get(&self, tx: &mut Tx<'_>, account_id: &str, id: i64) -> Result<Event> {
        store::find(tx, account_id, id)?.ok_or_else(|| Error::not_found("event", id.to_string()))
    }

    /// Events that fit, counted, those that happened last first.
    ///
    /// # Errors
    /// Those of the store.
    pub fn count(
        &self,
        tx: &mut Tx<'_>,
        account_id: &str,
        filter: &EventFilter,
        by: CountBy,
        page: PageRequest,
    ) -> Result<Page<Count>> {
        store::count(tx, account_id, filter, by, page)
    }

    /// The sources and the users of events that fit, each once and sorted.
    ///
    /// # Errors
    /// Those of the store.
    pub fn sources_and_users(
        &self,
        tx: &mut Tx<'_>,
        account_id: &str,
        filter: &EventFilter,
    ) -> Result<(Vec<String>, Vec<String>)> {
        store::sources_and_users(tx, account_id, filter)
    }

    /// Events that fit between two instants, counted in about sixty equal spans of at least a minute, empty ones too.
    ///
    /// # Errors
    /// Those of the store.
    pub fn histogram(
        &self,
        tx: &mut Tx<'_>,
        account_id: &str,
        filter: &EventFilter,
        (from, to): (Timestamp, Timestamp),
    ) -> Result<Vec<Bucket>> {
        const SPANS: i64 = 60;
        const SHORTEST_MS: i64 = 60_000;
        let minutes = (to.since(from) - 1).max(0) / (SPANS * SHORTEST_MS) + 1;
        let width = minutes * SHORTEST_MS;
        let filter = EventFilter { from: Some(from), to: Some(to), ..filter.clone() };
        let counted = store::histogram(tx, account_id, &filter, from, width)?;
        let mut buckets: Vec<Bucket> = (0..)
            .map(|nth: i64| (nth, from.plus_ms(nth * width)))
            .take_while(|(nth, start)| *nth == 0 || *start <= to)
            .map(|(_, from)| Bucket { from, to: from.plus_ms(width), count: 0 })
            .collect();
        for (place, count) in counted {
            if let Some(bucket) = usize::try_from(place).ok().and_then(|place| buckets.get_mut(place)) {
                bucket.count = count;
            }
        }
        Ok(buckets)
    }

    /// What is wrong in a project according to events, the latest first: trouble that is not older than the limit and
    /// was not declared over. One indexed read, of at most ten thousand rows.
    ///
    /// # Errors
    /// Those of the store.
    pub fn active(&self, tx: &mut Tx<'_>, scope: Scope<'_>) -> Result<Vec<Active>> {
        store::active(tx, scope)
    }

    /// Counts what an account reports, and refuses what is too much.
    fn take_in(&self, tx: &mut Tx<'_>, account_id: &str, count: usize) -> Result<()> {
        let now = tx.now();
        let hour = now.millis().div_euclid(HOUR_MS);
        let taken = store::take_in(tx, account_id, hour, count)?;
        if taken > self.limits.events_per_hour {
            let after_ms = (hour + 1) * HOUR_MS - now.millis();
            return Err(Error::Throttled { after_ms: after_ms.unsigned_abs() });
        }
        Ok(())
    }
}
