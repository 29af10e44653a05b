//! What a node believes about itself and the others, between two looks.

use std::collections::HashMap;

use muster_core::Timestamp;

use super::store::{Seen, Sign, fair_share};
use super::{SHARDS, Shard};

/// Of the time between two looks no more than this part of a lease counts as watched: somebody who was asleep, or could
/// not reach the store, has seen nobody die.
const LOOKS_IN_A_LEASE: i64 = 3;

/// A node's belief.
pub(super) struct View {
    lease_ms: i64,
    /// When the latest successful renewal began; the lease is counted from there.
    renewed_ms: i64,
    looked_ms: i64,
    /// Since when each shard has been held, by the store's last word.
    held: Vec<Option<Timestamp>>,
    seen: Option<Seen>,
    /// Each node's latest sign, and for how long it has been the same.
    silence: HashMap<i64, (i64, i64)>,
}

impl View {
    pub(super) fn new(lease_ms: i64) -> Self {
        let held = vec![None; usize::from(SHARDS)];
        Self { lease_ms, renewed_ms: 0, looked_ms: 0, held, seen: None, silence: HashMap::new() }
    }

    /// Takes what the store said at `now` to the node with this number.
    pub(super) fn see(&mut self, seen: Seen, number: i64, now: Timestamp, now_ms: i64, renewed_ms: i64) {
        let watched = (now_ms - self.looked_ms).clamp(0, self.lease_ms / LOOKS_IN_A_LEASE);
        self.looked_ms = now_ms;
        self.renewed_ms = renewed_ms;
        let before = std::mem::take(&mut self.silence);
        self.silence = seen
            .signs
            .iter()
            .map(|sign| match before.get(&sign.node) {
                Some((beat, silent_ms)) if *beat == sign.beat => (sign.node, (*beat, silent_ms + watched)),
                _ => (sign.node, (sign.beat, 0)),
            })
            .collect();
        for (held, holder) in self.held.iter_mut().zip(&seen.holders) {
            *held = if *holder == Some(number) { held.or(Some(now)) } else { None };
        }
        self.seen = Some(seen);
    }

    /// The dead, if shards should change hands.
    pub(super) fn unsettled(&self, number: i64) -> Option<Vec<Sign>> {
        let seen = self.seen.as_ref()?;
        let is_dead = |sign: &&Sign| {
            let silent_ms = self.silence.get(&sign.node).map_or(0, |(_, silent_ms)| *silent_ms);
            sign.node != number && silent_ms >= self.lease_ms
        };
        let dead: Vec<Sign> = seen.signs.iter().filter(is_dead).cloned().collect();
        let share = fair_share(seen.signs.len() - dead.len());
        let mine = self.held.iter().flatten().count();
        let some_are_free = seen.holders.contains(&None);
        (!dead.is_empty() || mine > share || (mine < share && some_are_free)).then_some(dead)
    }

    /// Since when a shard has been held, while nobody can have taken it over unseen.
    pub(super) fn held(&self, shard: Shard, now_ms: i64) -> Option<Timestamp> {
        self.held[usize::from(shard.number())].filter(|_| now_ms - self.renewed_ms < self.lease_ms)
    }

    /// The address of whoever holds a shard.
    pub(super) fn address_of(&self, shard: Shard) -> Option<String> {
        let seen = self.seen.as_ref()?;
        let holder = seen.holders[usize::from(shard.number())]?;
        let sign = seen.signs.iter().find(|sign| sign.node == holder)?;
        Some(sign.address.clone()).filter(|address| !address.is_empty())
    }
}
