//! Taking samples in.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use muster_core::{Error, Result, Timestamp};
use muster_db::Tx;

use super::{FOLLOW, Service};
use crate::batch::{self, Entry};
use crate::memory::Stored;
use crate::model::{Admission, NewSample, Scope, Series, SeriesId, SeriesName};
use crate::point::{NewReading, Point, Reading};
use crate::store;

/// Numbers beyond it would overflow when they are squared and summed.
const LARGEST: f64 = 1e100;
/// How old the store's note of a series' last report may become before a call renews it. Sealing renews it too.
pub(super) const NOTE_AGE_MS: i64 = 6 * 3_600_000;

impl Service {
    /// Keeps samples, and makes the series that are new. All of them or none. They are safe when the transaction has
    /// committed. Of several samples of a series at one instant the last that came counts.
    ///
    /// # Errors
    /// [`Error::Invalid`] for an instant that `admission` does not take and for numbers that are not finite or huge,
    /// with the place in `samples`; [`Error::Quota`] when the account has too many series.
    pub fn add(
        &self,
        tx: &mut Tx<'_>,
        scope: Scope<'_>,
        samples: &[NewSample],
        admission: Admission,
    ) -> Result<()> {
        let samples: Vec<&NewSample> = samples.iter().collect();
        let points = samples.iter().map(|new| Point::plain(new.sample)).collect();
        self.add_points(tx, scope, &samples, points, admission)
    }

    /// The same with samples all of which count, and with summaries.
    ///
    /// # Errors
    /// As with [`Service::add`], and [`Error::Invalid`] for a summary that is none.
    pub fn add_readings(
        &self,
        tx: &mut Tx<'_>,
        scope: Scope<'_>,
        readings: &[NewReading],
        admission: Admission,
    ) -> Result<()> {
        for (place, reading) in readings.iter().enumerate() {
            if let Some(summary) = &reading.summary {
                summary.check().map_err(|error| match error {
                    Error::Invalid { field, why } => Error::invalid(format!("[{place}].{field}"), why),
                    other => other,
                })?;
            }
        }
        let samples: Vec<&NewSample> = readings.iter().map(|reading| &reading.sample).collect();
        let points = readings.iter().map(|reading| match &reading.summary {
            Some(summary) => Point::summary(reading.sample.sample.at, Arc::clone(summary)),
            None => Point::each(reading.sample.sample),
        });
        self.add_points(tx, scope, &samples, points.collect(), admission)
    }

    fn add_points(
        &self,
        tx: &mut Tx<'_>,
        scope: Scope<'_>,
        samples: &[&NewSample],
        points: Vec<Point>,
        admission: Admission,
    ) -> Result<()> {
        let now = tx.now();
        for (place, (new, point)) in samples.iter().zip(&points).enumerate() {
            check(now, new, point, admission)
                .map_err(|(field, why)| Error::invalid(format!("[{place}].{field}"), why))?;
        }
        if samples.is_empty() {
            return Ok(());
        }
        // First of all: on PostgreSQL it decides in which order calls commit.
        store::lock_log(tx)?;
        let mut resolved = self.known(tx, scope, samples)?;
        let fresh = self.make_missing(tx, scope, samples, admission.counted, &mut resolved)?;
        let mut changed = fresh;
        let mut touched = HashMap::new();
        for (&new, found) in samples.iter().zip(&resolved) {
            if let Some(found) = found
                && found.differs(new, now)
            {
                touched.insert(found.id, new);
            }
        }
        for (id, new) in touched {
            store::touch_series(tx, id, new)?;
            changed.push(id);
        }
        changed.sort_unstable();
        changed.dedup();
        let entries: Vec<Entry> = samples
            .iter()
            .zip(&resolved)
            .zip(points)
            .filter_map(|((new, found), point)| {
                let raw_only = now.since(new.sample.at) > admission.late_ms;
                found.as_ref().map(|found| Entry { series: found.id, point, raw_only })
            })
            .collect();
        store::append(tx, &batch::encode(&changed, &entries))?;
        tx.signal(FOLLOW);
        Ok(())
    }

    /// Whether a series of this namespace with exactly these dimensions is reported these days.
    ///
    /// # Errors
    /// [`Error::Invalid`] for dimensions that no series can have.
    pub fn is_reported(
        &self,
        tx: &mut Tx<'_>,
        scope: Scope<'_>,
        namespace: &str,
        dimensions: Vec<(Cow<'_, str>, Cow<'_, str>)>,
    ) -> Result<bool> {
        let name = SeriesName::new(namespace, "any", dimensions)?;
        store::has_live(tx, scope, namespace, name.dimensions_text())
    }

    /// The series of the samples that memory knows, and of the others those that the store has alive.
    fn known(&self, tx: &mut Tx<'_>, scope: Scope<'_>, samples: &[&NewSample]) -> Result<Vec<Option<Found>>> {
        let state = store::state(tx)?;
        let memory = self.memory();
        let is_current = memory.generation == Some(state.generation);
        let Some(place) = memory.scope(scope).filter(|_| is_current) else {
            return Ok(samples.iter().map(|_| None).collect());
        };
        Ok(samples
            .iter()
            .map(|new| {
                let known = memory.find_in(place, new.series.text())?;
                Some(Found::new(known.series, known.stored, new))
            })
            .collect())
    }

    /// Finds in the store, revives or makes the series that are not resolved. Gives those that live again.
    fn make_missing(
        &self,
        tx: &mut Tx<'_>,
        scope: Scope<'_>,
        samples: &[&NewSample],
        counted: bool,
        resolved: &mut [Option<Found>],
    ) -> Result<Vec<SeriesId>> {
        let mut missing: HashMap<&SeriesName, &NewSample> = HashMap::new();
        for (&new, found) in samples.iter().zip(resolved.iter()) {
            if found.is_none() {
                missing.insert(&new.series, new);
            }
        }
        if missing.is_empty() {
            return Ok(Vec::new());
        }
        let mut names: Vec<&str> = missing.keys().map(|name| name.text()).collect();
        names.sort_unstable();
        let mut ids: HashMap<SeriesName, (Series, Stored)> = HashMap::new();
        let (mut appeared, mut revived) = (Vec::new(), Vec::new());
        for row in store::by_names(tx, scope, &names)? {
            if let Some((name, new)) = missing.remove_entry(&row.series.name) {
                if !row.live {
                    appeared.push(name);
                    revived.push(row.series.id);
                    store::touch_series(tx, row.series.id, new)?;
                }
                ids.insert(name.clone(), (row.series, row.stored));
            }
        }
        // In the order of their names, so that a repeated run gives the same ids.
        let mut missing: Vec<(&SeriesName, &NewSample)> = missing.into_iter().collect();
        missing.sort_unstable_by_key(|(name, _)| *name);
        let new_ids = tx.new_ids(missing.len())?;
        let made: Vec<_> =
            new_ids.into_iter().map(SeriesId).zip(missing.iter().map(|(_, new)| *new)).collect();
        let more = made.len() + revived.len();
        let limit = self.limits.series_per_account;
        if counted && more > 0 && !store::count_more(tx, scope.account_id, more, limit)? {
            return Err(Error::Quota { what: "metric series", limit });
        }
        store::insert_series(tx, scope, &made, !counted)?;
        for (id, new) in made {
            appeared.push(&new.series);
            let series = Series {
                id,
                name: new.series.clone(),
                unit: new.unit.clone(),
                kind: new.kind,
                ttl_ms: new.ttl_ms,
            };
            let stored = Stored { seen_at: tx.now(), last_at: new.sample.at };
            ids.insert(new.series.clone(), (series, stored));
        }
        for (new, found) in samples.iter().zip(resolved) {
            if found.is_none() {
                *found = ids.get(&new.series).map(|(series, stored)| Found::new(series, *stored, new));
            }
        }
        if let Some(observer) = self.observer.as_ref().filter(|_| !appeared.is_empty()) {
            observer.appeared(tx, scope, &appeared)?;
        }
        Ok(revived)
    }
}

/// What a call needs to know of a series that exists.
#[derive(Clone, Copy)]
struct Found {
    id: SeriesId,
    has_other_words: bool,
    stored: Stored,
}

impl Found {
    fn new(series: &Series, stored: Stored, new: &NewSample) -> Self {
        let has_other_words =
            series.unit != new.unit || series.kind != new.kind || series.ttl_ms != new.ttl_ms;
        Self { id: series.id, has_other_words, stored }
    }

    /// Whether the store's row of the series is to be written anew.
    fn differs(&self, new: &NewSample, now: Timestamp) -> bool {
        self.has_other_words
            || now.since(self.stored.seen_at) > NOTE_AGE_MS
            || new.sample.at.since(self.stored.last_at) > NOTE_AGE_MS
    }
}

fn check(
    now: Timestamp,
    new: &NewSample,
    point: &Point,
    admission: Admission,
) -> Result<(), (&'static str, String)> {
    let age = now.since(new.sample.at);
    if age > admission.oldest_ms {
        return Err(("time", format!("lies {age} ms in the past, more than {}", admission.oldest_ms)));
    }
    if -age > admission.ahead_ms {
        return Err(("time", format!("lies {} ms in the future, more than {}", -age, admission.ahead_ms)));
    }
    // A number that is none is not within the range either.
    let fits = |number: f64| number.abs() <= LARGEST;
    let all_fit = match &point.reading {
        Reading::Value(value) => fits(*value),
        Reading::Summary(summary) => summary.numbers().all(fits),
    };
    if all_fit { Ok(()) } else { Err(("value", "must be a number between -1e100 and 1e100".to_owned())) }
}
