//! Reading samples, windows and lists.

use muster_core::{Result, Timestamp};
use muster_db::Tx;

use super::{Service, ago};
use crate::chunk;
use crate::memory::put_in_order;
use crate::model::{
    Aggregate, Period, Sample, Scope, Series, SeriesFilter, SeriesId, SeriesName, SeriesPage, Window,
};
use crate::rollup::{self, add, row_of, tier_of};
use crate::store;

/// A window that somebody wants to look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WindowRead {
    /// Of this series.
    pub series: SeriesId,
    /// Of this length.
    pub period: Period,
    /// Beginning here.
    pub start: Timestamp,
}

/// How far the late samples of this node were looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LateMark(u64);

impl Service {
    /// The series of this name, if it was ever reported.
    pub fn find(&self, tx: &mut Tx<'_>, scope: Scope<'_>, name: &SeriesName) -> Result<Option<Series>> {
        self.follow(tx)?;
        let known = self.memory().find(scope, name.text()).map(|known| known.series.clone());
        if known.is_some() {
            return Ok(known);
        }
        let found = store::by_names(tx, scope, &[name.text()])?;
        Ok(found.into_iter().next().map(|row| row.series))
    }

    /// The series with this id, if it is of this scope.
    pub fn get(&self, tx: &mut Tx<'_>, scope: Scope<'_>, id: SeriesId) -> Result<Option<Series>> {
        let found = store::by_ids(tx, &[id])?.into_iter().next();
        let is_ours =
            |row: &store::SeriesRow| row.account_id == scope.account_id && row.project_id == scope.project_id;
        Ok(found.filter(is_ours).map(|row| row.series))
    }

    /// Single samples from `from` to `to`, inclusive, in the order of time; of several at one instant the last that came.
    /// Those older than the series' own limit are not shown.
    pub fn samples(
        &self,
        tx: &mut Tx<'_>,
        series: &Series,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<Sample>> {
        let from = from.max(ago(tx.now(), series.ttl_ms));
        self.follow(tx)?;
        self.collect(tx, series.id, (from, to), true)
    }

    /// The windows of a series whose start lies between that of `from` and `to`, inclusive; only those with samples.
    pub fn windows(
        &self,
        tx: &mut Tx<'_>,
        series: SeriesId,
        period: Period,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<Window>> {
        self.follow(tx)?;
        let from = period.floor(from);
        let rolled_until = store::state(tx)?.rolled_until;
        let mut windows = Vec::new();
        if from < rolled_until
            && let Some(tier) = tier_of(period)
        {
            let until = to.min(rolled_until.plus_ms(-1));
            let rows = (row_of(tier, from), until);
            store::rollup_rows(tx, series, tier.seconds(), rows, |bytes| {
                rollup::decode(tier, bytes, |window| {
                    let start = period.floor(window.start);
                    if (from..=until).contains(&start) {
                        add(&mut windows, start, window.aggregate);
                    }
                })
            })?;
        }
        let from = from.max(rolled_until);
        let last = period.floor(to);
        if from <= last {
            let span = (from, last.plus_ms(period.millis() - 1));
            for sample in self.collect(tx, series, span, false)? {
                add(&mut windows, period.floor(sample.at), Aggregate::of(sample.value));
            }
        }
        Ok(windows)
    }

    /// The latest sample of a series that is not older than `since`.
    pub fn last(&self, tx: &mut Tx<'_>, series: &Series, since: Timestamp) -> Result<Option<Sample>> {
        let now = tx.now();
        // Most series were reported lately: days of samples need not be read for the last of them.
        for ms in [600_000, 7_200_000, i64::MAX] {
            let from = since.max(ago(now, ms));
            let last = self.samples(tx, series, from, now.plus_ms(3_600_000))?.pop();
            if last.is_some() || from == since {
                return Ok(last);
            }
        }
        Ok(None)
    }

    /// Single windows of many series, for whoever looks at them again and again: `windows` holds one answer for each of
    /// `reads`. What is in memory is read from there; the rest, the long periods and the first minutes after a start, is
    /// read from the store.
    pub fn read_windows(
        &self,
        tx: &mut Tx<'_>,
        reads: &[WindowRead],
        windows: &mut Vec<Option<Aggregate>>,
    ) -> Result<()> {
        self.follow(tx)?;
        windows.clear();
        let (mut scratch, mut elsewhere) = (Vec::new(), Vec::new());
        let memory = self.memory();
        for (place, read) in reads.iter().enumerate() {
            let mut found = None;
            if read.start < memory.complete_from {
                elsewhere.push(place);
            } else {
                scratch.clear();
                let span = (read.start, read.start.plus_ms(read.period.millis() - 1));
                memory.samples(read.series, span, false, &mut scratch)?;
                put_in_order(&mut scratch);
                found = scratch.iter().map(|sample| Aggregate::of(sample.value)).reduce(Aggregate::and_then);
            }
            windows.push(found);
        }
        drop(memory);
        for place in elsewhere {
            let read = &reads[place];
            let found = self.windows(tx, read.series, read.period, read.start, read.start)?;
            windows[place] = found.first().map(|window| window.aggregate);
        }
        Ok(())
    }

    /// Samples that came since `mark` although a later one of their series was there: windows that were looked at already
    /// may have changed. Gives the next mark, and whether `late` is complete: after very many, look at all series again.
    pub fn late_since(&self, mark: LateMark, late: &mut Vec<(SeriesId, Timestamp)>) -> (LateMark, bool) {
        let (next, is_complete) = self.memory().late().since(mark.0, late);
        (LateMark(next), is_complete)
    }

    /// The series of a scope that were reported lately, in the order of their texts.
    pub fn list(
        &self,
        tx: &mut Tx<'_>,
        scope: Scope<'_>,
        filter: &SeriesFilter,
        page: SeriesPage<'_>,
    ) -> Result<Vec<Series>> {
        let since = ago(tx.now(), self.limits.listed_ms);
        store::list(tx, scope, filter, since, page)
    }

    /// How many series such a list has in all.
    pub fn count(&self, tx: &mut Tx<'_>, scope: Scope<'_>, filter: &SeriesFilter) -> Result<u64> {
        let since = ago(tx.now(), self.limits.listed_ms);
        store::count(tx, scope, filter, since)
    }

    /// All samples of a span, from the store and from memory, in order.
    pub(crate) fn collect(
        &self,
        tx: &mut Tx<'_>,
        series: SeriesId,
        span: (Timestamp, Timestamp),
        with_raw_only: bool,
    ) -> Result<Vec<Sample>> {
        let (mut samples, mut remembered) = (Vec::new(), Vec::new());
        if span.0 > span.1 {
            return Ok(samples);
        }
        // Memory first, and what it is complete from in one look: it may forget what is in the store meanwhile.
        let complete_from = {
            let memory = self.memory();
            memory.samples(series, span, with_raw_only, &mut remembered)?;
            memory.complete_from
        };
        if span.0 < complete_from {
            store::chunks(tx, series, span, with_raw_only, |bytes| {
                chunk::for_each(bytes, |sample| {
                    if (span.0..=span.1).contains(&sample.at) {
                        samples.push(sample);
                    }
                })
            })?;
        }
        samples.append(&mut remembered);
        put_in_order(&mut samples);
        Ok(samples)
    }
}
