//! A worker's process as it really is, whatever servers believe.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::node::Said;
use crate::link::{News, Run};

const BEAT_MS: i64 = 5_000;
const ASK_MS: i64 = 5_000;

pub(super) struct Process {
    pub(super) id: String,
    /// The runs it works on, and which try each is.
    pub(super) running: BTreeMap<i64, i64>,
    /// Its connection: the node, and a number unlike any other of this process.
    pub(super) line: Option<(usize, u64)>,
    dialled: u64,
    /// The node that it was told to dial.
    pub(super) target: Option<usize>,
    /// It works on, but nothing of it arrives.
    pub(super) silent_until_ms: i64,
    beat_ms: i64,
    asked_ms: i64,
}

impl Process {
    pub(super) fn new(id: String) -> Self {
        Self {
            id,
            running: BTreeMap::new(),
            line: None,
            dialled: 0,
            target: None,
            silent_until_ms: 0,
            beat_ms: -BEAT_MS,
            asked_ms: -ASK_MS,
        }
    }

    pub(super) fn is_silent(&self, now_ms: i64) -> bool {
        self.silent_until_ms > now_ms
    }

    pub(super) fn line_is(&self, node: usize, line: u64) -> bool {
        self.line == Some((node, line))
    }

    pub(super) fn hang_up(&mut self) -> Option<(usize, u64)> {
        self.line.take()
    }

    /// The number of its next connection.
    pub(super) fn dial(&mut self) -> u64 {
        self.dialled += 1;
        self.dialled
    }

    /// Whether it is time to ask for its leader.
    pub(super) fn asks(&mut self, now_ms: i64) -> bool {
        let is_due = now_ms - self.asked_ms >= ASK_MS;
        if is_due {
            self.asked_ms = now_ms;
        }
        is_due
    }

    pub(super) fn beat(&mut self, now_ms: i64) -> Option<(usize, u64, Said)> {
        let (node, line) = self.line.filter(|_| now_ms - self.beat_ms >= BEAT_MS)?;
        self.beat_ms = now_ms;
        let instances = self.running.keys().copied().collect();
        Some((node, line, Said::Beat { process: self.id.clone(), instances }))
    }

    /// Takes an order: its answer, in the connection's order.
    pub(super) fn take(&mut self, run: &Run) -> Said {
        let news = match self.running.entry(run.instance) {
            Entry::Occupied(_) => News::Refused { why: "jobInstanceId is still running!".to_owned() },
            Entry::Vacant(place) => {
                place.insert(run.attempt);
                News::Accepted
            }
        };
        Said::News { process: self.id.clone(), instance: run.instance, attempt: run.attempt, news }
    }

    /// A run ends. It is said once, on the connection of that moment.
    pub(super) fn end(&mut self, instance: i64, success: bool) -> (Option<(usize, u64)>, Said) {
        let attempt = self.running.remove(&instance).unwrap();
        let result = format!("{instance}/{attempt}/{}", self.id);
        let news = News::Ended { success, result, progress: String::new() };
        (self.line, Said::News { process: self.id.clone(), instance, attempt, news })
    }
}
