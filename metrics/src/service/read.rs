//! Reading samples, windows and lists.

use muster_core::{Result, Timestamp};
use muster_db::Tx;

use super::add::NOTE_AGE_MS;
use super::{Service, ago};
use crate::chunk;
use crate::detail::{self, Detail};
use crate::model::{
    Aggregate, Metric, Period, Sample, Scope, Series, SeriesFilter, SeriesId, SeriesName, SeriesPage,
    Statistic, Window,
};
use crate::point::{Point, put_in_order};
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

/// The store as one transaction sees it, for whoever reads many series in it.
#[derive(Clone, Copy, Debug)]
pub struct Look<'s> {
    service: &'s Service,
    rolled_until: Timestamp,
}

/// What `last_from` finds in a short span before `until`, or in a longer one, or from `since` on. Most series were reported
/// lately: days of samples need not be read for the last of them.
fn last_within<T>(
    since: Timestamp,
    until: Timestamp,
    mut last_from: impl FnMut(Timestamp) -> Result<Option<T>>,
) -> Result<Option<T>> {
    for ms in [600_000, 7_200_000, i64::MAX] {
        let from = since.max(ago(until, ms));
        let last = last_from(from)?;
        if last.is_some() || from == since {
            return Ok(last);
        }
    }
    Ok(None)
}

impl Look<'_> {
    /// The windows of a series whose start lies between that of `from` and `to`, inclusive, with all of their
    /// statistics; only those with samples. Percentiles of windows whose samples are gone are approximate.
    ///
    /// # Errors
    /// Only when the store fails.
    pub fn details(
        &self,
        tx: &mut Tx<'_>,
        series: SeriesId,
        period: Period,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<Detail>> {
        let mut details = Vec::new();
        let Self { service, rolled_until } = *self;
        let points = service.rolled(tx, series, period, (from, to), rolled_until, |window| {
            detail::add(&mut details, Detail::rolled(window, period));
        })?;
        detail::add_details(&mut details, &points, period);
        Ok(details)
    }

    /// The latest of these windows.
    ///
    /// # Errors
    /// Only when the store fails.
    pub fn last_detail(
        &self,
        tx: &mut Tx<'_>,
        series: SeriesId,
        period: Period,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Option<Detail>> {
        last_within(from, to, |from| Ok(self.details(tx, series, period, from, to)?.pop()))
    }
}

/// How far the late samples of this node were looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LateMark(u64);

impl Service {
    /// The windows of one series, as [`Look::details`] gives them.
    pub fn details(
        &self,
        tx: &mut Tx<'_>,
        series: SeriesId,
        period: Period,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<Detail>> {
        self.look(tx)?.details(tx, series, period, from, to)
    }

    /// The store as `tx` sees it.
    pub fn look(&self, tx: &mut Tx<'_>) -> Result<Look<'_>> {
        self.follow(tx)?;
        Ok(Look { service: self, rolled_until: store::state(tx)?.rolled_until })
    }

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
        let points = self.collect(tx, series.id, (from, to), true)?;
        Ok(points.iter().map(Point::sample).collect())
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
        let mut windows = Vec::new();
        let rolled_until = self.look(tx)?.rolled_until;
        let points = self.rolled(tx, series, period, (from, to), rolled_until, |window| {
            add(&mut windows, period.floor(window.start), window.aggregate);
        })?;
        for window in detail::windows(&points, period) {
            add(&mut windows, window.start, window.aggregate);
        }
        Ok(windows)
    }

    /// Hands over the stored windows of which those from `from` to `to` are made; gives the points of the rest.
    fn rolled(
        &self,
        tx: &mut Tx<'_>,
        series: SeriesId,
        period: Period,
        (from, to): (Timestamp, Timestamp),
        rolled_until: Timestamp,
        mut take: impl FnMut(Window),
    ) -> Result<Vec<Point>> {
        let from = period.floor(from);
        if from < rolled_until
            && let Some(tier) = tier_of(period)
        {
            let until = to.min(rolled_until.plus_ms(-1));
            let rows = (row_of(tier, from), until);
            store::rollup_rows(tx, series, tier.seconds(), rows, |bytes| {
                rollup::decode(tier, bytes, |window| {
                    if (from..=until).contains(&period.floor(window.start)) {
                        take(window);
                    }
                })
            })?;
        }
        let from = from.max(rolled_until);
        let last = period.floor(to);
        if from > last {
            return Ok(Vec::new());
        }
        self.collect(tx, series, (from, last.plus_ms(period.millis() - 1)), false)
    }

    /// The latest sample of a series that is not older than `since`.
    pub fn last(&self, tx: &mut Tx<'_>, series: &Series, since: Timestamp) -> Result<Option<Sample>> {
        let now = tx.now();
        last_within(since, now, |from| Ok(self.samples(tx, series, from, now.plus_ms(3_600_000))?.pop()))
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
        windows.clear();
        windows.resize(reads.len(), None);
        let elsewhere = self.remembered(tx, reads.iter().copied(), |place, points| {
            let counted = detail::counted(points, reads[place].period);
            windows[place] = counted.map(Point::aggregate).reduce(Aggregate::and_then);
        })?;
        for place in elsewhere {
            let read = &reads[place];
            let found = self.windows(tx, read.series, read.period, read.start, read.start)?;
            windows[place] = found.first().map(|window| window.aggregate);
        }
        Ok(())
    }

    /// Single statistics of windows, as [`Service::read_windows`] reads them: `figures` holds one answer for each of
    /// `reads`, none where nothing was reported or the statistic cannot be known. Unlike an [`Aggregate`] this tells
    /// every statistic.
    pub fn read_statistics(
        &self,
        tx: &mut Tx<'_>,
        reads: &[(WindowRead, Statistic)],
        figures: &mut Vec<Option<f64>>,
    ) -> Result<()> {
        figures.clear();
        figures.resize(reads.len(), None);
        let mut details = Vec::new();
        let elsewhere = self.remembered(tx, reads.iter().map(|(read, _)| *read), |place, points| {
            let (read, statistic) = &reads[place];
            details.clear();
            detail::add_details(&mut details, points, read.period);
            figures[place] = details.first().and_then(|detail| detail.statistic(*statistic));
        })?;
        let look = self.look(tx)?;
        for place in elsewhere {
            let (read, statistic) = &reads[place];
            let found = look.details(tx, read.series, read.period, read.start, read.start)?;
            figures[place] = found.first().and_then(|detail| detail.statistic(*statistic));
        }
        Ok(())
    }

    /// Hands over the points of each window that is whole in memory; gives the places of the others.
    fn remembered(
        &self,
        tx: &mut Tx<'_>,
        reads: impl Iterator<Item = WindowRead>,
        mut take: impl FnMut(usize, &[Point]),
    ) -> Result<Vec<usize>> {
        self.follow(tx)?;
        let (mut scratch, mut elsewhere) = (Vec::new(), Vec::new());
        let memory = self.memory();
        for (place, read) in reads.enumerate() {
            if read.start < memory.complete_from {
                elsewhere.push(place);
                continue;
            }
            scratch.clear();
            let span = (read.start, read.start.plus_ms(read.period.millis() - 1));
            memory.points(read.series, span, false, &mut scratch)?;
            put_in_order(&mut scratch);
            take(place, &scratch);
        }
        Ok(elsewhere)
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
        let since = self.listed_since(tx, filter);
        store::list(tx, scope, filter, since, page)
    }

    /// How many series such a list has in all.
    pub fn count(&self, tx: &mut Tx<'_>, scope: Scope<'_>, filter: &SeriesFilter) -> Result<u64> {
        let since = self.listed_since(tx, filter);
        store::count(tx, scope, filter, since)
    }

    /// The metrics of which there are series, by namespace and name; of one namespace or of all.
    pub fn metrics(&self, tx: &mut Tx<'_>, scope: Scope<'_>, namespace: Option<&str>) -> Result<Vec<Metric>> {
        store::metrics(tx, scope, namespace)
    }

    fn listed_since(&self, tx: &Tx<'_>, filter: &SeriesFilter) -> Timestamp {
        match filter.reported_since {
            // What the store notes of a series may be as old as its last note.
            Some(since) => ago(since, NOTE_AGE_MS),
            None => ago(tx.now(), self.limits.listed_ms),
        }
    }

    /// All points of a span, from the store and from memory, in order.
    pub(crate) fn collect(
        &self,
        tx: &mut Tx<'_>,
        series: SeriesId,
        span: (Timestamp, Timestamp),
        with_raw_only: bool,
    ) -> Result<Vec<Point>> {
        let (mut points, mut remembered) = (Vec::new(), Vec::new());
        if span.0 > span.1 {
            return Ok(points);
        }
        // Memory first, and what it is complete from in one look: it may forget what is in the store meanwhile.
        let complete_from = {
            let memory = self.memory();
            memory.points(series, span, with_raw_only, &mut remembered)?;
            memory.complete_from
        };
        if span.0 < complete_from {
            store::chunks(tx, series, span, with_raw_only, |bytes| {
                chunk::for_each(bytes, |point| {
                    if (span.0..=span.1).contains(&point.at) {
                        points.push(point);
                    }
                })
            })?;
        }
        points.append(&mut remembered);
        put_in_order(&mut points);
        Ok(points)
    }
}
