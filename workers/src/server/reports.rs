//! From a connection to the store: many reports in one transaction, each answered when it is on disk.

use std::sync::Arc;
use std::time::Duration;

use muster_core::{Error, Result};
use muster_jobs::link::Report;
use muster_jobs::logs::Batch;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

use super::Port;
use super::memory::Held;
use crate::Desk;
use crate::codec::letter;
use crate::codec::messages::{MusterLogResponse, WorkerReportJobInstanceStatusResponse};
use crate::sessions::Connection;

/// What may wait; then the connection is not read any further.
const MOST: usize = 256;
/// The pause before the store is asked again.
const AGAIN: Duration = Duration::from_secs(1);

/// Something a worker said, and where its answer goes.
pub(super) enum Entry {
    Report {
        /// Nothing when it needs only an answer.
        report: Option<Report>,
        /// The path to answer to, and the report's number there.
        answer: Option<(String, i64)>,
    },
    Log {
        app_group: i64,
        batch: Batch,
        /// The path to answer to.
        answer: String,
    },
}

/// Where a connection puts what its worker says.
pub(super) struct Inbox<D> {
    port: Arc<Port<D>>,
    entries: mpsc::Sender<(Entry, Option<Held>)>,
}

impl<D> Inbox<D> {
    /// Waits for a place, and for room if `held` is none yet for its `size` in bytes.
    pub(super) async fn put(&self, entry: Entry, size: usize, held: Option<Held>) {
        let held = match held {
            Some(held) => Some(held),
            // Something small is still an entry.
            None => self.port.memory.reports.hold(size + 256).await,
        };
        // The other end lives until this one is gone.
        let _ = self.entries.send((entry, held)).await;
    }
}

/// Starts the task that empties an inbox. It ends after the inbox, when all is written down.
pub(super) fn start<D: Desk>(
    port: Arc<Port<D>>,
    connection: Arc<Connection>,
    mut stop: watch::Receiver<bool>,
) -> (Inbox<D>, JoinHandle<()>) {
    let (sender, mut entries) = mpsc::channel(MOST);
    let inbox = Inbox { port: Arc::clone(&port), entries: sender };
    let task = tokio::spawn(async move {
        let mut batch: Vec<(Entry, Option<Held>)> = Vec::new();
        while entries.recv_many(&mut batch, MOST).await > 0 {
            let (mut reports, mut answers, mut logs) = (Vec::new(), Vec::new(), Vec::new());
            // Room is given back when all of the batch is written down.
            let mut room = Vec::with_capacity(batch.len());
            for (entry, held) in batch.drain(..) {
                room.push(held);
                match entry {
                    Entry::Report { report, answer } => {
                        reports.extend(report);
                        answers.extend(answer);
                    }
                    Entry::Log { app_group, batch, answer } => logs.push((app_group, batch, answer)),
                }
            }
            // Before the reports: whoever sees that a run has ended should find what it printed.
            keep_logs(&port.desk, &connection, logs).await;
            let taken = write_down(&port.desk, reports, &mut stop).await;
            for (recipient, delivery_id) in answers {
                answer(&connection, &recipient, delivery_id, taken.as_ref().err());
            }
        }
    });
    (inbox, task)
}

/// What cannot be kept now is sent again.
async fn keep_logs(desk: &impl Desk, connection: &Connection, logs: Vec<(i64, Batch, String)>) {
    if logs.is_empty() {
        return;
    }
    let (runs, answers): (Vec<i64>, Vec<String>) =
        logs.iter().map(|(_, batch, answer)| (batch.run, answer.clone())).unzip();
    let logs = logs.into_iter().map(|(app_group, batch, _)| (app_group, batch)).collect();
    let taken = desk.log(logs).await;
    if let Err(error) = &taken {
        tracing::warn!(error = %muster_core::describe(error), "lines of a worker could not be written down");
    }
    let taken = taken.ok();
    for (place, (run, recipient)) in runs.into_iter().zip(answers).enumerate() {
        let number = taken.as_ref().and_then(|taken| taken.get(place).copied());
        let said = MusterLogResponse { success: number.is_some(), run, taken: number.unwrap_or(0) };
        connection.send(letter::answer(&recipient, &connection.own.path("user/log_router"), &said));
    }
}

/// Workers say most things once, so nothing is given up while the store may come back.
async fn write_down(desk: &impl Desk, reports: Vec<Report>, stop: &mut watch::Receiver<bool>) -> Result<()> {
    if reports.is_empty() {
        return Ok(());
    }
    loop {
        let error = match desk.take(reports.clone()).await {
            Ok(()) => return Ok(()),
            Err(error) => error,
        };
        tracing::warn!(error = %muster_core::describe(&error), "reports of a worker could not be written down");
        if !matches!(error, Error::Unavailable { .. }) {
            return Err(error);
        }
        tokio::select! {
            () = tokio::time::sleep(AGAIN) => {}
            _ = stop.wait_for(|stop| *stop) => return Err(error),
        }
    }
}

fn answer(connection: &Connection, recipient: &str, delivery_id: i64, failure: Option<&Error>) {
    // Who gives no path wants no answer.
    if recipient.is_empty() {
        return;
    }
    let said = WorkerReportJobInstanceStatusResponse {
        success: failure.is_none(),
        message: failure.map(|_| "the report could not be written down".to_owned()),
        delivery_id,
    };
    connection.send(letter::answer(recipient, &connection.own.path("user/instance_status_router"), &said));
}
