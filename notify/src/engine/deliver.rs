//! Sends what is due, at least once.
//!
//! An attempt is claimed on disk before it is made and ended on disk after it. What a crash leaves between
//! the two is tried again when the claim's lease has ended, under the same key.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use muster_core::{Clock, Engine, Error, Result};
use muster_db::{Db, Dialect};

use super::DELIVER;
use crate::model::{Message, MessageState};
use crate::retry::Backoff;
use crate::send::{Gateways, Outcome};
use crate::store::messages;

/// How long a claimed message may wait for its turn.
const PATIENCE_MS: i64 = 180_000;
/// So many attempts run at once: a target that hangs holds up one of them and not the rest.
const SENDERS: usize = 8;
/// So many messages are claimed by one commit.
const BATCH: i64 = 64;

/// The deliver engine.
pub struct Deliver {
    db: Db,
    gateways: Arc<Gateways>,
    clock: Arc<dyn Clock>,
    backoff: Backoff,
    started: AtomicBool,
}

impl Deliver {
    /// Sends what `db` holds through `gateways`.
    pub fn new(db: Db, gateways: Arc<Gateways>, clock: Arc<dyn Clock>, backoff: Backoff) -> Self {
        Self { db, gateways, clock, backoff, started: AtomicBool::new(false) }
    }

    /// Sends one message after the other until none is due.
    fn drain(&self, claimed: &Mutex<VecDeque<Message>>) -> Result<()> {
        while let Some(message) = self.next(claimed)? {
            let now = self.clock.now();
            // What waited too long behind others could become another node's midway: it comes round again.
            if message.next_attempt_at.since(now) < self.gateways.longest_attempt_ms() {
                continue;
            }
            let outcome = self.gateways.send(&message, now);
            self.note(&message, outcome)?;
        }
        Ok(())
    }

    fn next(&self, claimed: &Mutex<VecDeque<Message>>) -> Result<Option<Message>> {
        let mut claimed = claimed.lock().unwrap_or_else(PoisonError::into_inner);
        if claimed.is_empty() {
            let lease_ms = self.gateways.longest_attempt_ms() + PATIENCE_MS;
            claimed.extend(self.db.write_blocking(move |tx| messages::claim(tx, BATCH, lease_ms))?);
        }
        Ok(claimed.pop_front())
    }

    fn note(&self, message: &Message, outcome: Outcome) -> Result<()> {
        let (id, number) = (message.id, message.attempts);
        let (word, detail, next) = match outcome {
            Outcome::Delivered(said) => ("delivered", said, Next::End(MessageState::Delivered)),
            Outcome::Written(said) => ("written", said, Next::End(MessageState::Written)),
            Outcome::Failed(said) => ("failed", said, Next::End(MessageState::Failed)),
            Outcome::Retry(said) => match self.backoff.after(number) {
                Some(wait_ms) => ("retry", said, Next::Wait(wait_ms)),
                None => (
                    "failed",
                    format!("{said} (given up after {number} attempts)"),
                    Next::End(MessageState::Failed),
                ),
            },
        };
        tracing::info!(
            message.id = id,
            message.medium = message.medium.as_str(),
            attempt = number,
            outcome = word,
            "attempt ended"
        );
        self.db.write_blocking(move |tx| {
            messages::end_attempt(tx, id, number, word, &detail)?;
            match next {
                Next::End(state) => messages::finish(tx, id, number, state, &detail),
                Next::Wait(ms) => {
                    let due = tx.now().plus_ms(ms);
                    messages::requeue(tx, id, number, due, &detail)
                }
            }
        })
    }
}

#[derive(Clone, Copy)]
enum Next {
    End(MessageState),
    Wait(i64),
}

impl Engine for Deliver {
    fn name(&self) -> &'static str {
        DELIVER
    }

    fn period(&self) -> Duration {
        Duration::from_secs(1)
    }

    fn run(&self) -> Result<()> {
        // An SQLite store has one process, so whatever was under way belonged to a process that is gone: no
        // lease need be waited for.
        if self.db.dialect() == Dialect::Sqlite && !self.started.swap(true, Ordering::Relaxed) {
            self.db.write_blocking(messages::end_leases)?;
        }
        // Asked by a read first, so that an idle server writes nothing every second.
        if !self.db.read_blocking(messages::any_due)? {
            return Ok(());
        }
        let claimed = Mutex::default();
        thread::scope(|scope| {
            let senders: Vec<_> = (0..SENDERS).map(|_| scope.spawn(|| self.drain(&claimed))).collect();
            senders.into_iter().try_for_each(|sender| {
                sender.join().unwrap_or_else(|_| Err(Error::internal("a sender panicked")))
            })
        })
    }
}
