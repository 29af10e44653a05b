//! Since when the host's clock has gone steadily.
//!
//! When somebody sets the clock forward, or the host was asleep, all leases are over at once and all workers seem silent,
//! though nothing has happened to either. So whoever concludes something from silence counts anew from that moment, as
//! after a start.

use std::sync::atomic::{AtomicI64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};

use muster_core::{Clock, Timestamp};

/// The two clocks of a host drift apart by less than this between two looks.
const DRIFT_MS: i64 = 2_000;

/// Compares the clock that people set with the one that nobody sets.
pub(super) struct Steady {
    clock: Arc<dyn Clock>,
    last: Mutex<(Timestamp, i64)>,
    since: AtomicI64,
}

/// What became of the clock since the last look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Gait {
    /// Since when it has gone steadily.
    pub(super) since: Timestamp,
    /// Whether it was set back just now.
    pub(super) was_set_back: bool,
}

impl Steady {
    /// From now on.
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        let now = clock.now();
        let last = Mutex::new((now, clock.monotonic_ms()));
        Self { clock, last, since: AtomicI64::new(now.millis()) }
    }

    pub(super) fn look(&self) -> Gait {
        let (now, passed) = (self.clock.now(), self.clock.monotonic_ms());
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let (before, passed_before) = std::mem::replace(&mut *last, (now, passed));
        let jump = now.since(before) - (passed - passed_before);
        if jump.abs() > DRIFT_MS {
            tracing::warn!(jump_ms = jump, "the clock was set, or this host was asleep");
            self.since.store(now.millis(), Relaxed);
        }
        Gait { since: Timestamp::from_millis(self.since.load(Relaxed)), was_set_back: jump < -DRIFT_MS }
    }
}
