//! Results that are kept in memory, not on disk: those of strangers, who write nothing, and those that hold a
//! secret, which nobody may find in the store.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

/// More than any honest client leaves unread; the oldest give way.
const MOST: usize = 4096;

/// The newest of these results. Each kind has a place of its own, so that strangers push out no secret, which is
/// nowhere else.
#[derive(Debug, Default)]
pub(crate) struct InMemory {
    refusals: Newest,
    secrets: Newest,
}

impl InMemory {
    /// Keeps a stranger's refusal; whether its id was new.
    pub(crate) fn put_refusal(&self, id: &str, body: String) -> bool {
        self.secrets.get(id).is_none() && self.refusals.put(id, body)
    }

    /// Keeps a successful result with its secret.
    pub(crate) fn put_secret(&self, id: &str, body: String) {
        self.secrets.put(id, body);
    }

    /// The result under `id`: whether it is a success, and its body.
    pub(crate) fn get(&self, id: &str) -> Option<(bool, String)> {
        let secret = self.secrets.get(id).map(|body| (true, body));
        secret.or_else(|| self.refusals.get(id).map(|body| (false, body)))
    }
}

#[derive(Debug, Default)]
struct Newest(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    results: HashMap<String, String>,
    order: VecDeque<String>,
}

impl Newest {
    /// Keeps a result; whether its id was new.
    fn put(&self, id: &str, body: String) -> bool {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.results.contains_key(id) {
            return false;
        }
        if kept.order.len() >= MOST
            && let Some(oldest) = kept.order.pop_front()
        {
            kept.results.remove(&oldest);
        }
        kept.results.insert(id.to_owned(), body);
        kept.order.push_back(id.to_owned());
        true
    }

    fn get(&self, id: &str) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).results.get(id).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_give_way_and_no_secret_to_strangers() {
        let results = InMemory::default();
        results.put_secret("secret", "s".to_owned());
        for number in 0..=MOST {
            assert!(results.put_refusal(&number.to_string(), String::new()));
        }
        assert!(!results.put_refusal("1", String::new()));
        assert!(!results.put_refusal("secret", String::new()));
        assert_eq!(results.get("0"), None);
        assert_eq!(results.get("1"), Some((false, String::new())));
        assert_eq!(results.get("secret"), Some((true, "s".to_owned())));
    }
}
