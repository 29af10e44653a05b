//! Results that are kept in memory, not on disk: those of strangers, who write nothing, and those that hold a
//! secret, which nobody may find in the store.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use muster_core::Timestamp;

/// More than any honest client leaves unread; the oldest give way.
const MOST: usize = 4096;
/// Who has not fetched a result within a day does not come for it any more; no secret is held longer.
const KEPT_MS: i64 = 24 * 3_600_000;

/// The newest of these results. Each kind has a place of its own, so that strangers push out no secret, which is
/// nowhere else.
#[derive(Debug, Default)]
pub(crate) struct InMemory {
    refusals: Newest,
    secrets: Newest,
}

impl InMemory {
    /// Keeps a stranger's refusal; whether its id was new.
    pub(crate) fn put_refusal(&self, id: &str, body: String, now: Timestamp) -> bool {
        self.secrets.get(id, now).is_none() && self.refusals.put(id, body, now)
    }

    /// Keeps a successful result with its secret.
    pub(crate) fn put_secret(&self, id: &str, body: String, now: Timestamp) {
        self.secrets.put(id, body, now);
    }

    /// The result under `id`: whether it is a success, and its body.
    pub(crate) fn get(&self, id: &str, now: Timestamp) -> Option<(bool, String)> {
        let secret = self.secrets.get(id, now).map(|body| (true, body));
        secret.or_else(|| self.refusals.get(id, now).map(|body| (false, body)))
    }
}

#[derive(Debug, Default)]
struct Newest(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    results: HashMap<String, String>,
    order: VecDeque<(Timestamp, String)>,
}

impl Kept {
    fn forget_oldest(&mut self) {
        if let Some((_, id)) = self.order.pop_front() {
            self.results.remove(&id);
        }
    }

    fn forget_old(&mut self, now: Timestamp) {
        while self.order.front().is_some_and(|(since, _)| now.since(*since) >= KEPT_MS) {
            self.forget_oldest();
        }
    }
}

impl Newest {
    /// Keeps a result; whether its id was new.
    fn put(&self, id: &str, body: String, now: Timestamp) -> bool {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.forget_old(now);
        if kept.results.contains_key(id) {
            return false;
        }
        if kept.order.len() >= MOST {
            kept.forget_oldest();
        }
        kept.results.insert(id.to_owned(), body);
        kept.order.push_back((now, id.to_owned()));
        true
    }

    fn get(&self, id: &str, now: Timestamp) -> Option<String> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.forget_old(now);
        kept.results.get(id).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_768_465_800_000);

    #[test]
    fn the_oldest_give_way_and_no_secret_to_strangers() {
        let results = InMemory::default();
        results.put_secret("secret", "s".to_owned(), NOW);
        for number in 0..=MOST {
            assert!(results.put_refusal(&number.to_string(), String::new(), NOW));
        }
        assert!(!results.put_refusal("1", String::new(), NOW));
        assert!(!results.put_refusal("secret", String::new(), NOW));
        assert_eq!(results.get("0", NOW), None);
        assert_eq!(results.get("1", NOW), Some((false, String::new())));
        assert_eq!(results.get("secret", NOW), Some((true, "s".to_owned())));
    }

    #[test]
    fn a_day_later_nothing_is_held_any_more() {
        let results = InMemory::default();
        results.put_secret("a", "s".to_owned(), NOW);
        results.put_secret("b", "s".to_owned(), NOW.plus_ms(1));
        assert!(results.get("a", NOW.plus_ms(KEPT_MS - 1)).is_some());
        assert_eq!(results.get("a", NOW.plus_ms(KEPT_MS)), None);
        assert!(results.get("b", NOW.plus_ms(KEPT_MS)).is_some());
        assert_eq!(results.get("b", NOW.plus_ms(KEPT_MS + 1)), None);
        assert!(results.secrets.0.lock().unwrap().results.is_empty());
    }
}
