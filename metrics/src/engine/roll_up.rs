//! Rolls old samples up into windows, and ends what is too old.
//!
//! A whole day is rolled up at once, so that each window of each period lies on one side of the border and is made
//! either of samples or of stored windows. Rolling a day up again gives the same.

use std::sync::Arc;
use std::time::Duration;

use muster_core::{Clock, Engine, Result, Timestamp};
use muster_db::{Db, Tx};

use crate::Service;
use crate::detail;
use crate::engine::Follow;
use crate::engine::follow::KEEPER;
use crate::model::{Period, SeriesId, Window};
use crate::rollup::{self, MINUTES, TIERS, add, row_length_ms, row_of};
use crate::service::ago;
use crate::store;

/// Series that one transaction rolls up.
const SERIES: i64 = 50;
const DAY: Period = Period::of(86_400);

/// The engine.
pub struct RollUp {
    db: Db,
    service: Arc<Service>,
    clock: Arc<dyn Clock>,
    follow: Arc<Follow>,
}

impl RollUp {
    /// The engine over `service`, whose log `follow` seals.
    pub fn new(db: Db, service: Arc<Service>, clock: Arc<dyn Clock>, follow: Arc<Follow>) -> Self {
        Self { db, service, clock, follow }
    }

    /// Rolls up all days that ended at least the time of single samples ago.
    fn roll_up(&self) -> Result<()> {
        let until = DAY.floor(ago(self.clock.now(), self.service.limits().raw_ms));
        let mut day = self.db.read_blocking(store::state)?.rolled_until;
        if day >= until {
            return Ok(());
        }
        // What is only in the log may belong to these days.
        if !self.follow.seal()? {
            return Ok(());
        }
        if day == Timestamp::default() {
            let first = self.db.read_blocking(store::first_chunk)?;
            day = first.map_or(until, |first| DAY.floor(first));
        }
        while day < until {
            self.roll_up_day(day)?;
            day = day.plus_ms(DAY.millis());
            self.follow.as_keeper(move |tx| store::set_rolled(tx, day))?;
        }
        // Even when there was nothing to roll up: what arrives for those days now has no one to serve it.
        self.follow.as_keeper(move |tx| store::set_rolled(tx, until)).map(drop)
    }

    fn roll_up_day(&self, day: Timestamp) -> Result<()> {
        let span = (day, day.plus_ms(DAY.millis() - 1));
        let mut after = 0;
        loop {
            let series = self.db.read_blocking(|tx| store::series_with_chunks(tx, span, after, SERIES))?;
            let Some(last) = series.last() else { return Ok(()) };
            after = last.0;
            let service = Arc::clone(&self.service);
            self.follow.as_keeper(move |tx| {
                series.iter().try_for_each(|id| roll_up_series(tx, &service, *id, span))
            })?;
        }
    }

    fn prune(&self) -> Result<()> {
        let limits = *self.service.limits();
        let now = self.clock.now();
        let rolled_until = self.db.read_blocking(store::state)?.rolled_until;
        self.cut(move |tx| store::cut_chunks(tx, rolled_until))?;
        let kept = [limits.single_minutes_ms, limits.minutes_ms, limits.hours_ms, limits.days_ms];
        for (tier, kept_ms) in TIERS.into_iter().zip(kept) {
            let before = ago(now, kept_ms + row_length_ms(tier));
            self.cut(move |tx| store::cut_rollups(tx, tier.seconds(), before))?;
        }
        let silent_since = ago(now, limits.listed_ms);
        while self.some(move |tx| store::retire(tx, silent_since))? {}
        let forgotten_since = ago(now, limits.raw_ms + limits.listed_ms);
        while self.some(move |tx| store::remove_empty(tx, forgotten_since))? {}
        let stored = self.db.read_blocking(store::state)?.stored_bytes;
        if limits.disk_budget_bytes > 0 && stored > limits.disk_budget_bytes {
            let budget = limits.disk_budget_bytes;
            tracing::warn!(stored, budget, "stored samples weigh more than their disk budget");
        }
        Ok(())
    }

    /// Removes page by page, and counts what that frees.
    fn cut(&self, page: impl Fn(&mut Tx<'_>) -> Result<(u64, i64)> + Clone + Send + 'static) -> Result<()> {
        loop {
            let page = page.clone();
            let more = self.some(move |tx| {
                let (rows, bytes) = page(tx)?;
                if rows > 0 {
                    store::add_stored_bytes(tx, -bytes)?;
                }
                Ok(rows)
            })?;
            if !more {
                return Ok(());
            }
        }
    }

    /// Whether a page had any rows, and this node may still deal with them.
    fn some(&self, page: impl Fn(&mut Tx<'_>) -> Result<u64> + Send + 'static) -> Result<bool> {
        Ok(self.follow.as_keeper(page)?.is_some_and(|rows| rows > 0))
    }
}

impl Engine for RollUp {
    fn name(&self) -> &'static str {
        KEEPER
    }

    fn period(&self) -> Duration {
        Duration::from_secs(900)
    }

    fn run(&self) -> Result<()> {
        self.db.read_blocking(|tx| self.service.follow(tx))?;
        self.roll_up()?;
        self.prune()
    }
}

/// Writes the windows of one day of one series into all tiers.
fn roll_up_series(
    tx: &mut Tx<'_>,
    service: &Service,
    series: SeriesId,
    span: (Timestamp, Timestamp),
) -> Result<()> {
    let points = service.collect(tx, series, span, false)?;
    let [_, finest, coarser @ ..] = TIERS;
    let ttl_ms = store::by_ids(tx, &[series])?.first().map_or(0, |row| row.series.ttl_ms);
    if ttl_ms > service.limits().raw_ms {
        write_windows(tx, series, MINUTES, span, &detail::windows(&points, MINUTES))?;
    }
    let mut windows = detail::windows(&points, finest);
    write_windows(tx, series, finest, span, &windows)?;
    for tier in coarser {
        let mut joined = Vec::new();
        for window in windows {
            add(&mut joined, tier.floor(window.start), window.aggregate);
        }
        write_windows(tx, series, tier, span, &joined)?;
        windows = joined;
    }
    Ok(())
}

/// Puts the windows of a span in the place of those that a row has there. A day lies within one row of each tier.
fn write_windows(
    tx: &mut Tx<'_>,
    series: SeriesId,
    tier: Period,
    (from, to): (Timestamp, Timestamp),
    windows: &[Window],
) -> Result<()> {
    if windows.is_empty() {
        return Ok(());
    }
    let row = row_of(tier, from);
    let (mut before, mut all, mut after) = (0, Vec::new(), Vec::new());
    store::rollup_rows(tx, series, tier.seconds(), (row, row), |bytes| {
        before = bytes.len();
        rollup::decode(tier, bytes, |window| {
            if window.start < from {
                all.push(window);
            } else if window.start > to {
                after.push(window);
            }
        })
    })?;
    all.extend_from_slice(windows);
    all.append(&mut after);
    let data = rollup::encode(tier, &all);
    store::put_rollup(tx, series, tier.seconds(), row, &data)?;
    let grown = i64::try_from(data.len()).unwrap_or(0) - i64::try_from(before).unwrap_or(0);
    store::add_stored_bytes(tx, grown)
}
