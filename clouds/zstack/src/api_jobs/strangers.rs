//! Results of calls without a valid session. Clients poll for these too, but strangers write nothing to disk:
//! the newest of them are kept in memory.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

/// More than any honest client leaves unread; the oldest give way.
const MOST: usize = 4096;

/// The newest results of strangers.
#[derive(Debug, Default)]
pub(crate) struct Strangers(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    bodies: HashMap<String, String>,
    order: VecDeque<String>,
}

impl Strangers {
    /// Keeps a result; whether its id was new.
    pub(crate) fn put(&self, id: &str, body: String) -> bool {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.bodies.contains_key(id) {
            return false;
        }
        if kept.order.len() >= MOST
            && let Some(oldest) = kept.order.pop_front()
        {
            kept.bodies.remove(&oldest);
        }
        kept.bodies.insert(id.to_owned(), body);
        kept.order.push_back(id.to_owned());
        true
    }

    /// The result under `id`.
    pub(crate) fn get(&self, id: &str) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).bodies.get(id).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_give_way() {
        let strangers = Strangers::default();
        for number in 0..=MOST {
            assert!(strangers.put(&number.to_string(), String::new()));
        }
        assert!(!strangers.put("1", String::new()));
        assert_eq!(strangers.get("0"), None);
        assert!(strangers.get("1").is_some());
    }
}
