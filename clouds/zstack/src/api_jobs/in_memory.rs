//! Results that are kept in memory, not on disk: those of strangers, who write nothing, and those that hold a
//! secret, which nobody may find in the store.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

/// More than any honest client leaves unread; the oldest give way.
const MOST: usize = 4096;

/// The newest of these results: whether each succeeded, and its body.
#[derive(Debug, Default)]
pub(crate) struct InMemory(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    results: HashMap<String, (bool, String)>,
    order: VecDeque<String>,
}

impl InMemory {
    /// Keeps a result; whether its id was new.
    pub(crate) fn put(&self, id: &str, success: bool, body: String) -> bool {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.results.contains_key(id) {
            return false;
        }
        if kept.order.len() >= MOST
            && let Some(oldest) = kept.order.pop_front()
        {
            kept.results.remove(&oldest);
        }
        kept.results.insert(id.to_owned(), (success, body));
        kept.order.push_back(id.to_owned());
        true
    }

    /// The result under `id`.
    pub(crate) fn get(&self, id: &str) -> Option<(bool, String)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).results.get(id).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_give_way() {
        let results = InMemory::default();
        for number in 0..=MOST {
            assert!(results.put(&number.to_string(), false, String::new()));
        }
        assert!(!results.put("1", true, String::new()));
        assert_eq!(results.get("0"), None);
        assert_eq!(results.get("1"), Some((false, String::new())));
    }
}
