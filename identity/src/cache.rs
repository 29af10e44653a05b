//! What requests ask again and again, kept for at most a second.
//!
//! A change drops what it touches at once: one entry, or all of them. A request that read the old state just
//! before the change committed might put it back, so what was dropped is not cached again for a second.
//!
//! When an entry grows old, one request is told that there is none and reads it again, while the others go on
//! with the old one: a busy key is not read by all of its requests at once.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

const FRESH: Duration = Duration::from_secs(1);
const RENEW_AFTER: Duration = Duration::from_millis(700);
/// Far more keys and sessions than are busy within a second; a bound against floods all the same.
const MOST_ENTRIES: usize = 20_000;

/// Values that are at most a second old.
#[derive(Debug)]
pub(crate) struct Cache<K, V> {
    state: Mutex<State<K, V>>,
}

#[derive(Debug)]
struct State<K, V> {
    entries: HashMap<K, Entry<V>>,
    /// When everything was dropped.
    cleared: Option<Instant>,
    /// When single entries were dropped.
    forgotten: HashMap<K, Instant>,
}

#[derive(Debug)]
struct Entry<V> {
    read_at: Instant,
    value: Arc<V>,
    being_renewed: bool,
}

impl<K: Eq + Hash, V> Cache<K, V> {
    pub(crate) fn new() -> Self {
        Self {
            state: Mutex::new(State { entries: HashMap::new(), cleared: None, forgotten: HashMap::new() }),
        }
    }

    pub(crate) fn get<Q: Eq + Hash + ?Sized>(&self, key: &Q) -> Option<Arc<V>>
    where
        K: Borrow<Q>,
    {
        let mut state = self.lock();
        let entry = state.entries.get_mut(key)?;
        let age = entry.read_at.elapsed();
        if age >= FRESH {
            return None;
        }
        if age >= RENEW_AFTER && !std::mem::replace(&mut entry.being_renewed, true) {
            return None;
        }
        Some(Arc::clone(&entry.value))
    }

    /// Keeps `value`, which was read from the store after `read_at`.
    pub(crate) fn put(&self, key: K, value: Arc<V>, read_at: Instant) {
        let mut state = self.lock();
        let dropped = state.cleared.max(state.forgotten.get(&key).copied());
        if dropped.is_some_and(|dropped| dropped.elapsed() < FRESH) {
            return;
        }
        if state.entries.len() >= MOST_ENTRIES {
            state.entries.clear();
        }
        state.entries.insert(key, Entry { read_at, value, being_renewed: false });
    }

    /// Forgets everything: something may have changed, or is about to.
    pub(crate) fn clear(&self) {
        let mut state = self.lock();
        state.entries.clear();
        state.forgotten.clear();
        state.cleared = Some(Instant::now());
    }

    /// Forgets one entry, which is about to change.
    pub(crate) fn forget(&self, key: K) {
        let mut state = self.lock();
        state.entries.remove(&key);
        if state.forgotten.len() >= MOST_ENTRIES {
            state.forgotten.retain(|_, dropped| dropped.elapsed() < FRESH);
        }
        state.forgotten.insert(key, Instant::now());
    }

    fn lock(&self) -> MutexGuard<'_, State<K, V>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ago(age: Duration) -> Instant {
        Instant::now().checked_sub(age).unwrap()
    }

    #[test]
    fn a_change_drops_all_and_keeps_out_what_was_read_before_it() {
        let cache: Cache<String, u8> = Cache::new();
        let before = Instant::now();
        cache.put("a".into(), Arc::new(1), before);
        assert_eq!(cache.get("a").as_deref(), Some(&1));
        cache.clear();
        assert_eq!(cache.get("a"), None);
        cache.put("a".into(), Arc::new(1), before);
        assert_eq!(cache.get("a"), None);
    }

    #[test]
    fn one_dropped_entry_leaves_the_others() {
        let cache: Cache<String, u8> = Cache::new();
        let before = Instant::now();
        cache.put("a".into(), Arc::new(1), before);
        cache.put("b".into(), Arc::new(2), before);
        cache.forget("a".into());
        cache.put("a".into(), Arc::new(1), before);
        assert_eq!((cache.get("a"), cache.get("b").as_deref()), (None, Some(&2)));
    }

    #[test]
    fn nothing_older_than_a_second_is_given() {
        let cache: Cache<String, u8> = Cache::new();
        cache.put("a".into(), Arc::new(1), ago(FRESH));
        assert_eq!(cache.get("a"), None);
    }

    #[test]
    fn an_old_value_is_renewed_by_one_and_used_by_the_others() {
        let cache: Cache<String, u8> = Cache::new();
        cache.put("a".into(), Arc::new(1), ago(RENEW_AFTER));
        assert_eq!(cache.get("a"), None);
        assert_eq!(cache.get("a").as_deref(), Some(&1));
        cache.put("a".into(), Arc::new(2), Instant::now());
        assert_eq!(cache.get("a").as_deref(), Some(&2));
    }
}
