//! Who is connected and has presented no key yet. When there are too many, the one who is here longest must go: a flood
//! of connections that say nothing keeps no worker out, which presents its key at once.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

/// All strangers, in order of their arrival.
pub(super) struct Strangers {
    most: usize,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    arrived: u64,
    here: BTreeMap<u64, Arc<Notify>>,
}

/// One of them, until it presents its key or leaves.
pub(super) struct Stranger {
    all: Arc<Strangers>,
    number: u64,
    /// Is told when it must go.
    pub(super) told: Arc<Notify>,
}

impl Strangers {
    pub(super) fn new(most: usize) -> Arc<Self> {
        Arc::new(Self { most: most.max(1), state: Mutex::default() })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Somebody has come.
    pub(super) fn enter(self: &Arc<Self>) -> Stranger {
        let told = Arc::new(Notify::new());
        let mut state = self.state();
        state.arrived += 1;
        let number = state.arrived;
        state.here.insert(number, Arc::clone(&told));
        if state.here.len() > self.most
            && let Some((_, oldest)) = state.here.pop_first()
        {
            oldest.notify_one();
        }
        Stranger { all: Arc::clone(self), number, told }
    }
}

impl Drop for Stranger {
    fn drop(&mut self) {
        self.all.state().here.remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_oldest_goes_when_there_are_too_many() {
        let strangers = Strangers::new(2);
        let (first, second, known) = (strangers.enter(), strangers.enter(), Arc::clone(&strangers));
        drop(second);
        let third = known.enter();
        assert_eq!(strangers.state().here.len(), 2);
        let fourth = strangers.enter();
        first.told.notified().await;
        drop((first, third));
        assert_eq!(strangers.state().here.keys().copied().collect::<Vec<_>>(), [fourth.number]);
    }
}
