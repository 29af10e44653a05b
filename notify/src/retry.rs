//! When a message that could not be handed over is tried again.

/// How often and how patiently the deliver engine tries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// The wait after the first failure, in milliseconds.
    pub first_ms: i64,
    /// The longest wait, in milliseconds.
    pub longest_ms: i64,
    /// After this many attempts a message has failed for good.
    pub attempts: i64,
}

impl Backoff {
    /// The wait after attempt number `attempt` (counted from 1) failed, in milliseconds; `None` when that
    /// was the last one. Each wait is three times the one before, up to the longest.
    pub fn after(&self, attempt: i64) -> Option<i64> {
        if attempt >= self.attempts {
            return None;
        }
        let mut wait = self.first_ms;
        for _ in 1..attempt {
            if wait >= self.longest_ms {
                break;
            }
            wait = wait.saturating_mul(3);
        }
        Some(wait.min(self.longest_ms))
    }
}

impl Default for Backoff {
    /// From five seconds to half an hour, about six hours in all: a gateway's maintenance window is survived.
    fn default() -> Self {
        Self { first_ms: 5_000, longest_ms: 30 * 60_000, attempts: 18 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_the_longest_and_end() {
        let backoff = Backoff { first_ms: 100, longest_ms: 1_000, attempts: 5 };
        let waits: Vec<_> = (1..=6).map(|attempt| backoff.after(attempt)).collect();
        assert_eq!(waits, [Some(100), Some(300), Some(900), Some(1_000), None, None]);
    }

    #[test]
    fn the_default_outlasts_a_maintenance_window() {
        let backoff = Backoff::default();
        let all: i64 = (1..backoff.attempts).filter_map(|attempt| backoff.after(attempt)).sum();
        assert!((5 * 3_600_000..8 * 3_600_000).contains(&all), "{all}");
        assert_eq!(backoff.after(i64::MAX), None);
    }
}
