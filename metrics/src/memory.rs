//! What a node holds in memory: its live series, and their latest samples.
//!
//! Memory follows the append log and nothing else, so it never holds what was not committed, and every node that reads
//! the log has the same. Samples stay here at least until they are in chunks, and for a while longer because rules look
//! at the last minutes again and again.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use muster_core::{Result, Timestamp};

use crate::batch;
use crate::chunk::{self, Chunk, Writer};
use crate::model::{Scope, Series, SeriesId};
use crate::point::{Point, put_in_order};

/// How many late samples are remembered for whoever wants to look again.
const LATE_REMEMBERED: usize = 65_536;
/// How many arrivals are remembered for whoever looks at each sample.
const ARRIVALS_REMEMBERED: usize = 262_144;

/// The node's memory.
pub(crate) struct Memory {
    scopes: Vec<Scoped>,
    scope_by_ids: HashMap<(String, String), usize>,
    slots: Vec<Slot>,
    by_id: HashMap<SeriesId, usize>,
    free: Vec<usize>,
    /// Samples that came after a later one of their series.
    late: Latest<(SeriesId, Timestamp)>,
    /// Samples that came.
    arrived: Latest<(SeriesId, Timestamp)>,
    /// Series that were not in here before.
    appeared: Latest<SeriesId>,
    /// The last row of the log that is in here.
    pub(crate) log_id: i64,
    /// The greatest id of a series that was looked for in the store.
    pub(crate) newest_series: i64,
    /// The generation of the series in here; nothing before the first look into the store.
    pub(crate) generation: Option<i64>,
    /// All samples from here on are in here.
    pub(crate) complete_from: Timestamp,
    /// What the rows of the log since the last seal weigh.
    pub(crate) unsealed_bytes: usize,
    /// When the first of them was read.
    pub(crate) unsealed_since: Option<Timestamp>,
}

impl Default for Memory {
    fn default() -> Self {
        Self {
            scopes: Vec::new(),
            scope_by_ids: HashMap::new(),
            slots: Vec::new(),
            by_id: HashMap::new(),
            free: Vec::new(),
            late: Latest::new(LATE_REMEMBERED),
            arrived: Latest::new(ARRIVALS_REMEMBERED),
            appeared: Latest::new(LATE_REMEMBERED),
            log_id: 0,
            newest_series: 0,
            generation: None,
            complete_from: Timestamp::default(),
            unsealed_bytes: 0,
            unsealed_since: None,
        }
    }
}

struct Scoped {
    ids: (String, String),
    names: HashMap<Arc<str>, usize>,
}

struct Slot {
    live: bool,
    scope: usize,
    series: Series,
    /// As the store has it.
    stored: Stored,
    newest: Timestamp,
    open: Writer,
    /// Those that were not later than the one before, in the order of their arrival.
    disordered: Vec<Point>,
    raw_only: Vec<Point>,
    frozen: Vec<Frozen>,
}

/// What the store last noted of a series.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stored {
    /// When it was last reported.
    pub(crate) seen_at: Timestamp,
    /// The instant of its latest sample.
    pub(crate) last_at: Timestamp,
}

/// A chunk that no longer grows.
#[derive(Clone, Debug)]
pub(crate) struct Frozen {
    pub(crate) chunk: Arc<Chunk>,
    pub(crate) raw_only: bool,
    /// It holds nothing of the log after this row.
    pub(crate) log_id: i64,
    /// The seal that found it in the store already.
    sealed: bool,
}

/// What the growing chunks came to.
pub(crate) struct Freeze {
    /// The last row of the log that is in it.
    pub(crate) log_id: i64,
    /// What the rows of the log since the last seal weigh.
    pub(crate) log_bytes: usize,
    /// All chunks that are not in the store.
    pub(crate) outgoing: Vec<Outgoing>,
}

/// A chunk on its way to the store.
pub(crate) struct Outgoing {
    pub(crate) series: SeriesId,
    pub(crate) raw_only: bool,
    pub(crate) chunk: Arc<Chunk>,
}

/// What the call for a series needs to know of it.
pub(crate) struct Known<'m> {
    pub(crate) series: &'m Series,
    pub(crate) stored: Stored,
}

impl Memory {
    /// A live series.
    pub(crate) fn find(&self, scope: Scope<'_>, name: &str) -> Option<Known<'_>> {
        let index = self.scope_by_ids.get(&(scope.account_id.to_owned(), scope.project_id.to_owned()))?;
        self.find_in(*index, name)
    }

    /// Where to look for the series of a scope, for those who look for many.
    pub(crate) fn scope(&self, scope: Scope<'_>) -> Option<usize> {
        self.scope_by_ids.get(&(scope.account_id.to_owned(), scope.project_id.to_owned())).copied()
    }

    pub(crate) fn find_in(&self, scope: usize, name: &str) -> Option<Known<'_>> {
        let slot = &self.slots[*self.scopes[scope].names.get(name)?];
        Some(Known { series: &slot.series, stored: slot.stored })
    }

    pub(crate) fn series(&self) -> usize {
        self.by_id.len()
    }

    /// What the samples in here weigh, without the series' own records.
    pub(crate) fn sample_bytes(&self) -> usize {
        self.slots.iter().map(Slot::bytes).sum()
    }

    /// Takes a series as the store has it.
    pub(crate) fn put(&mut self, scope: Scope<'_>, series: Series, stored: Stored) {
        self.newest_series = self.newest_series.max(series.id.0);
        if let Some(place) = self.by_id.get(&series.id) {
            let slot = &mut self.slots[*place];
            (slot.series, slot.stored) = (series, stored);
            return;
        }
        let ids = (scope.account_id.to_owned(), scope.project_id.to_owned());
        let scope = *self.scope_by_ids.entry(ids).or_insert_with_key(|ids| {
            self.scopes.push(Scoped { ids: ids.clone(), names: HashMap::new() });
            self.scopes.len() - 1
        });
        self.appeared.push(series.id);
        let place = self.free.pop().unwrap_or(self.slots.len());
        self.by_id.insert(series.id, place);
        self.scopes[scope].names.insert(Arc::clone(series.name.shared_text()), place);
        let slot = Slot {
            live: true,
            scope,
            series,
            stored,
            newest: stored.last_at,
            open: Writer::default(),
            disordered: Vec::new(),
            raw_only: Vec::new(),
            frozen: Vec::new(),
        };
        if place == self.slots.len() {
            self.slots.push(slot);
        } else {
            self.slots[place] = slot;
        }
    }

    /// Forgets all series for which `keep` says no.
    pub(crate) fn retain(&mut self, keep: impl Fn(SeriesId) -> bool) {
        for (place, slot) in self.slots.iter_mut().enumerate() {
            if slot.live && !keep(slot.series.id) {
                self.by_id.remove(&slot.series.id);
                self.scopes[slot.scope].names.remove(slot.series.name.text());
                self.free.push(place);
                (slot.live, slot.open, slot.disordered, slot.raw_only, slot.frozen) = Default::default();
            }
        }
    }

    /// Takes a row of the log. Series that are not in here are gone, and so are their samples.
    pub(crate) fn absorb(&mut self, id: i64, data: &[u8], now: Timestamp) -> Result<()> {
        let Self { slots, by_id, late, arrived, .. } = self;
        batch::decode(
            id,
            data,
            |_| {},
            |entry| {
                let Some(place) = by_id.get(&entry.series) else { return };
                arrived.push((entry.series, entry.point.at));
                let slot = &mut slots[*place];
                let (point, is_first) = (entry.point, slot.is_empty());
                if point.at < slot.newest || point.at == slot.newest && !is_first {
                    late.push((entry.series, point.at));
                }
                slot.newest = slot.newest.max(point.at);
                if entry.raw_only {
                    slot.raw_only.push(point);
                } else if !slot.open.push(&point) {
                    slot.disordered.push(point);
                }
            },
        )?;
        self.log_id = id;
        self.unsealed_bytes += data.len();
        self.unsealed_since.get_or_insert(now);
        Ok(())
    }

    pub(crate) fn knows(&self, id: SeriesId) -> bool {
        self.by_id.contains_key(&id)
    }

    /// Ends the growing chunks, and gives all that are not in the store.
    pub(crate) fn freeze(&mut self) -> Result<Freeze> {
        let mut outgoing = Vec::new();
        for slot in self.slots.iter_mut().filter(|slot| slot.live) {
            slot.freeze(self.log_id)?;
            outgoing.extend(slot.frozen.iter().filter(|frozen| !frozen.sealed).map(|frozen| Outgoing {
                series: slot.series.id,
                raw_only: frozen.raw_only,
                chunk: Arc::clone(&frozen.chunk),
            }));
        }
        Ok(Freeze { log_id: self.log_id, log_bytes: self.unsealed_bytes, outgoing })
    }

    /// All that the log held up to this row is in chunks now, and weighed so much there. What a seal before this one
    /// found in chunks already, and what is older than `keep_from`, is forgotten: a reader whose snapshot is older than
    /// this seal still finds the rest here.
    pub(crate) fn sealed(&mut self, (log_id, log_bytes): (i64, usize), keep_from: Timestamp, now: Timestamp) {
        self.unsealed_bytes = self.unsealed_bytes.saturating_sub(log_bytes);
        self.unsealed_since = (self.unsealed_bytes > 0).then_some(now);
        for slot in self.slots.iter_mut().filter(|slot| slot.live) {
            let complete_from = &mut self.complete_from;
            slot.frozen.retain(|frozen| {
                let forget = frozen.sealed && frozen.chunk.end < keep_from;
                if forget {
                    *complete_from = (*complete_from).max(frozen.chunk.end.plus_ms(1));
                }
                !forget
            });
            for frozen in slot.frozen.iter_mut().filter(|frozen| frozen.log_id <= log_id) {
                frozen.sealed = true;
            }
        }
    }

    /// The points in here of a series from `from` to `to`, inclusive, as they came: a later one of the same instant
    /// stands after those before it.
    pub(crate) fn points(
        &self,
        id: SeriesId,
        (from, to): (Timestamp, Timestamp),
        with_raw_only: bool,
        points: &mut Vec<Point>,
    ) -> Result<()> {
        let Some(place) = self.by_id.get(&id) else { return Ok(()) };
        let slot = &self.slots[*place];
        let mut take = |point: Point| {
            if (from..=to).contains(&point.at) {
                points.push(point);
            }
        };
        for frozen in slot.frozen.iter().filter(|frozen| with_raw_only || !frozen.raw_only) {
            if frozen.chunk.start <= to && frozen.chunk.end >= from {
                chunk::for_each(&frozen.chunk.bytes, &mut take)?;
            }
        }
        if !slot.open.is_empty() && slot.newest >= from {
            slot.open.for_each(&mut take)?;
        }
        slot.disordered.iter().cloned().for_each(&mut take);
        if with_raw_only {
            slot.raw_only.iter().cloned().for_each(&mut take);
        }
        Ok(())
    }

    pub(crate) fn late(&self) -> &Latest<(SeriesId, Timestamp)> {
        &self.late
    }

    pub(crate) fn arrived(&self) -> &Latest<(SeriesId, Timestamp)> {
        &self.arrived
    }

    pub(crate) fn appeared(&self) -> &Latest<SeriesId> {
        &self.appeared
    }

    /// A live series, and the ids of its scope.
    pub(crate) fn series_with_scope(&self, id: SeriesId) -> Option<(&(String, String), &Series)> {
        let slot = &self.slots[*self.by_id.get(&id)?];
        Some((&self.scopes[slot.scope].ids, &slot.series))
    }

    /// All live series, with the ids of their scopes.
    pub(crate) fn all_series(&self) -> impl Iterator<Item = (&(String, String), &Series)> {
        self.slots.iter().filter(|slot| slot.live).map(|slot| (&self.scopes[slot.scope].ids, &slot.series))
    }
}

impl Slot {
    fn is_empty(&self) -> bool {
        self.open.is_empty()
            && self.disordered.is_empty()
            && self.raw_only.is_empty()
            && self.frozen.is_empty()
    }

    fn bytes(&self) -> usize {
        let disordered = (self.disordered.capacity() + self.raw_only.capacity()) * size_of::<Point>();
        let frozen: usize = self.frozen.iter().map(|frozen| frozen.chunk.bytes.len() + 64).sum();
        self.open.memory() + disordered + frozen
    }

    fn freeze(&mut self, log_id: i64) -> Result<()> {
        let mut keep = |chunk: Chunk, raw_only| {
            self.frozen.push(Frozen { chunk: Arc::new(chunk), raw_only, log_id, sealed: false });
        };
        if self.disordered.is_empty() {
            if !self.open.is_empty() {
                keep(std::mem::take(&mut self.open).finish(), false);
            }
        } else {
            let mut points = Vec::new();
            std::mem::take(&mut self.open).for_each(|point| points.push(point))?;
            points.append(&mut self.disordered);
            keep(ordered_chunk(points), false);
        }
        if !self.raw_only.is_empty() {
            keep(ordered_chunk(std::mem::take(&mut self.raw_only)), true);
        }
        Ok(())
    }
}

fn ordered_chunk(mut points: Vec<Point>) -> Chunk {
    put_in_order(&mut points);
    Writer::of(&points).finish()
}

/// The latest of what happened, each with a number of its own.
#[derive(Debug)]
pub(crate) struct Latest<T> {
    items: VecDeque<T>,
    forgotten: u64,
    most: usize,
}

impl<T: Copy> Latest<T> {
    fn new(most: usize) -> Self {
        Self { items: VecDeque::new(), forgotten: 0, most }
    }

    fn push(&mut self, item: T) {
        if self.items.len() == self.most {
            self.items.pop_front();
            self.forgotten += 1;
        }
        self.items.push_back(item);
    }

    /// Those after `mark`, and the next mark. The bool tells whether none was forgotten in between.
    pub(crate) fn since(&self, mark: u64, out: &mut Vec<T>) -> (u64, bool) {
        let skip = usize::try_from(mark.saturating_sub(self.forgotten)).unwrap_or(usize::MAX);
        out.extend(self.items.iter().skip(skip));
        (self.forgotten + self.items.len() as u64, mark >= self.forgotten)
    }
}
