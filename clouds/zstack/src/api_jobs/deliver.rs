//! Pushes results to the webhooks that callers named.

use std::time::Duration;

use muster_core::{Engine, Result};
use muster_db::Db;
use muster_notify::outbound::{Client, Failure, Post};

use super::store::{self, Due};

/// The engine's name, and its signal.
pub(super) const NAME: &str = "zstack.deliver_webhooks";
/// As the original: fifteen tries, two seconds apart.
const MOST_ATTEMPTS: i64 = 15;
const RETRY_MS: i64 = 2_000;
/// Receivers that are told side by side, so that a slow one holds up few others.
const AT_ONCE: i64 = 16;

/// Posts each due result until its receiver takes it or the tries are used up.
pub struct DeliverWebhooks {
    db: Db,
    client: Client,
}

impl DeliverWebhooks {
    /// Targets are restricted by what `client` allows.
    pub fn new(db: Db, client: Client) -> Self {
        Self { db, client }
    }

    fn deliver(&self, due: &Due) -> Result<()> {
        let done = self.tell(due) || due.attempts + 1 >= MOST_ATTEMPTS;
        let id = due.id.clone();
        self.db.write_blocking(move |tx| {
            let next_at = (!done).then(|| tx.now().plus_ms(RETRY_MS));
            store::note(tx, &id, next_at)
        })
    }

    /// Whether it was taken, or will never be.
    fn tell(&self, due: &Due) -> bool {
        let success = if due.success { "true" } else { "false" };
        let post = Post {
            url: &due.url,
            content_type: "application/json;charset=UTF-8",
            headers: &[("X-Job-UUID", &due.id), ("X-Job-Success", success)],
            body: due.body.as_bytes(),
        };
        match self.client.post(&post) {
            Ok(answer) if (200..300).contains(&answer.status) => true,
            Ok(answer) => {
                tracing::debug!(job.id = due.id, status = answer.status, "a webhook was refused");
                false
            }
            Err(Failure::Unreachable(why)) => {
                tracing::debug!(job.id = due.id, why, "a webhook could not be reached");
                false
            }
            Err(Failure::Refused(why)) => {
                tracing::warn!(job.id = due.id, why, "a webhook was given up");
                true
            }
        }
    }
}

impl Engine for DeliverWebhooks {
    fn name(&self) -> &'static str {
        NAME
    }

    fn period(&self) -> Duration {
        Duration::from_millis(RETRY_MS.unsigned_abs())
    }

    fn run(&self) -> Result<()> {
        loop {
            let due = self.db.read_blocking(|tx| store::due(tx, AT_ONCE))?;
            if due.is_empty() {
                return Ok(());
            }
            std::thread::scope(|scope| {
                let running: Vec<_> = due.iter().map(|due| scope.spawn(|| self.deliver(due))).collect();
                running.into_iter().try_for_each(|thread| match thread.join() {
                    Ok(outcome) => outcome,
                    Err(_) => Err(muster_core::Error::internal("a webhook's delivery panicked")),
                })
            })?;
        }
    }
}
