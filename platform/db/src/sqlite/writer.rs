//! The one writer: it commits once for everybody who came while the last flush ran.
//!
//! A flush costs a tenth of a millisecond to several, whatever it carries. So each piece of work runs in a
//! savepoint, all that are queued share one commit, and nobody is answered before it. With few clients
//! a batch would hold only the first to come back, and each flush would serve half of them; the writer
//! therefore waits a small part of a flush for those who were in the batch before.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use muster_core::{Clock, Error, Random, Result, Seed, Signals, Timestamp};
use rusqlite::Connection;
use tokio::sync::oneshot;

use super::error;
use crate::{Counters, Health, Options, Tx, tx};

/// Bounds how long the first of a batch waits for the last, and what one failing commit takes with it.
const BATCH: usize = 1024;
/// While the disk refuses commits, one attempt in this time is enough to see that it recovered.
const PROBE_EVERY_MS: i64 = 1_000;
const LONGEST_LINGER: Duration = Duration::from_millis(1);
/// So long work may be passed over by such that goes first.
const LONGEST_PASSED_OVER: Duration = Duration::from_millis(100);
/// So long after work that went first its sender may come with more, and should not find a large batch under way.
const MORE_MAY_COME: Duration = Duration::from_millis(5);

pub(crate) struct Writer {
    queue: Mutex<Option<Sender<Queued>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    failure: Mutex<Option<String>>,
    works: AtomicU64,
    commits: AtomicU64,
    commit_us: AtomicU64,
}

impl Writer {
    pub(crate) fn start(connection: Connection, options: &Options) -> Result<Self> {
        let (queue, works) = channel();
        let shared = Arc::<Shared>::default();
        let committer = Committer {
            connection,
            works,
            clock: Arc::clone(&options.clock),
            signals: options.signals.clone(),
            shared: Arc::clone(&shared),
            flush: Duration::ZERO,
            last_batch: 1,
            waiting: VecDeque::new(),
            went_first: None,
            retry_at: None,
        };
        let thread = std::thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || committer.run())
            .map_err(Error::internal)?;
        Ok(Self { queue: Mutex::new(Some(queue)), thread: Mutex::new(Some(thread)), shared })
    }

    pub(crate) fn submit<T, F>(&self, work: F, seed: Seed, goes_first: bool) -> oneshot::Receiver<Result<T>>
    where
        F: Fn(&mut Tx<'_>) -> Result<T> + Send + 'static,
        T: Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let item = Box::new(Item { work, seed, outcome: None, answer });
        if let Some(queue) = lock(&self.queue).as_ref() {
            // When the writer is gone the item is dropped, and with it the sender: the caller sees that.
            let _ = queue.send(Queued { work: item, goes_first, since: Instant::now() });
        }
        answered
    }

    pub(crate) fn health(&self) -> Health {
        lock(&self.shared.failure).clone().map_or(Health::Writable, Health::ReadOnly)
    }

    pub(crate) fn counters(&self) -> Counters {
        Counters {
            works: self.shared.works.load(Relaxed),
            commits: self.shared.commits.load(Relaxed),
            commit_us: self.shared.commit_us.load(Relaxed),
            retries: 0,
        }
    }

    /// Lets the queue run dry and ends the thread.
    pub(crate) fn close(&self) {
        lock(&self.queue).take();
        if let Some(thread) = lock(&self.thread).take() {
            // Work that panics is caught; a panic of the thread itself was printed by its hook.
            let _ = thread.join();
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.close();
    }
}

/// A queued piece of work with the caller who waits for it.
trait Work: Send {
    /// Runs it; whether its changes are to be kept.
    fn run(&mut self, connection: &Connection, clock: &dyn Clock) -> Ran;
    /// Answers the caller.
    fn settle(self: Box<Self>, commit_failure: Option<&str>);
}

enum Ran {
    Keep(Vec<&'static str>),
    Undo,
}

struct Item<T, F> {
    work: F,
    seed: Seed,
    outcome: Option<Result<T>>,
    answer: oneshot::Sender<Result<T>>,
}

impl<T, F> Work for Item<T, F>
where
    F: Fn(&mut Tx<'_>) -> Result<T> + Send,
    T: Send,
{
    fn run(&mut self, connection: &Connection, clock: &dyn Clock) -> Ran {
        let mut tx = Tx::new(tx::Connection::Sqlite(connection), clock.now(), Random::from_seed(&self.seed));
        // One caller's defect must not take down the store for all.
        let outcome = catch_unwind(AssertUnwindSafe(|| (self.work)(&mut tx)))
            .unwrap_or_else(|_| Err(Error::internal("a piece of work panicked")));
        let ran = if outcome.is_ok() { Ran::Keep(std::mem::take(&mut tx.signals)) } else { Ran::Undo };
        self.outcome = Some(outcome);
        ran
    }

    fn settle(self: Box<Self>, commit_failure: Option<&str>) {
        let answer = match (self.outcome, commit_failure) {
            (Some(Err(refused)), _) => Err(refused),
            (_, Some(failure)) => Err(Error::unavailable(failure)),
            (Some(done), None) => done,
            (None, None) => Err(Error::internal("a piece of work was settled before it ran")),
        };
        // A caller who no longer waits does not change what was committed.
        let _ = self.answer.send(answer);
    }
}

struct Queued {
    work: Box<dyn Work>,
    /// Whether it passes over those before it.
    goes_first: bool,
    since: Instant,
}

struct Committer {
    connection: Connection,
    works: Receiver<Queued>,
    /// What was taken from the queue and is not in a batch yet.
    waiting: VecDeque<Queued>,
    /// When work last passed over other work.
    went_first: Option<Instant>,
    clock: Arc<dyn Clock>,
    signals: Signals,
    shared: Arc<Shared>,
    flush: Duration,
    last_batch: usize,
    retry_at: Option<Timestamp>,
}

impl Committer {
    fn run(mut self) {
        while let Some(mut batch) = self.next_batch() {
            let outcome = match self.refusal() {
                Some(failure) => Err(failure),
                None => self.commit(&mut batch),
            };
            self.note(batch.len(), outcome.as_ref().err());
            let failure = outcome.as_ref().err().map(String::as_str);
            batch.into_iter().for_each(|work| work.settle(failure));
            if let Ok(signals) = outcome {
                signals.into_iter().for_each(|engine| self.signals.raise(engine));
            }
        }
        // Leaves one file behind instead of three; the log is as good, so a failure does not matter.
        let _ = self.connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)");
    }

    /// What is queued, at least one; nothing when the store stops.
    fn next_batch(&mut self) -> Option<Vec<Box<dyn Work>>> {
        if self.waiting.is_empty() {
            let first = self.works.recv().ok()?;
            self.waiting.push_back(first);
        }
        self.gather();
        let is_patient =
            self.waiting.front().is_none_or(|oldest| oldest.since.elapsed() < LONGEST_PASSED_OVER);
        if is_patient && self.waiting.iter().any(|queued| queued.goes_first) {
            self.went_first = Some(Instant::now());
            let (first, others) = self.waiting.drain(..).partition(|queued| queued.goes_first);
            self.waiting = others;
            let first: VecDeque<Queued> = first;
            return Some(first.into_iter().map(|queued| queued.work).collect());
        }
        let more_may_come = self.went_first.is_some_and(|at| at.elapsed() < MORE_MAY_COME);
        let count = if is_patient && more_may_come { 1 } else { self.waiting.len().min(BATCH) };
        Some(self.waiting.drain(..count).map(|queued| queued.work).collect())
    }

    /// Takes what has come, and waits a moment for those who were in the batch before.
    fn gather(&mut self) {
        let linger = (self.flush / 4).min(LONGEST_LINGER);
        let start = Instant::now();
        while self.waiting.len() < BATCH {
            let is_full = self.waiting.len() >= self.last_batch;
            let next = match self.works.try_recv() {
                Ok(work) => Ok(work),
                Err(_) if is_full || self.waiting.iter().any(|queued| queued.goes_first) => break,
                Err(_) => self.works.recv_timeout(linger.saturating_sub(start.elapsed())),
            };
            match next {
                Ok(work) => self.waiting.push_back(work),
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => break,
            }
        }
    }

    /// Why nothing is tried just now.
    fn refusal(&self) -> Option<String> {
        self.retry_at.filter(|at| self.clock.now() < *at)?;
        lock(&self.shared.failure).clone()
    }

    fn commit(&mut self, batch: &mut [Box<dyn Work>]) -> Result<Vec<&'static str>, String> {
        let outcome = self.run_batch(batch);
        if outcome.is_err() && !self.connection.is_autocommit() {
            // If even this fails the connection has no transaction to keep, and the next BEGIN will say so.
            let _ = self.connection.execute_batch("ROLLBACK");
        }
        outcome
    }

    fn run_batch(&mut self, batch: &mut [Box<dyn Work>]) -> Result<Vec<&'static str>, String> {
        self.step("BEGIN IMMEDIATE")?;
        let mut raised = Vec::new();
        // A savepoint keeps a copy of every page that changes: whoever is alone needs none.
        if let [work] = batch {
            return match work.run(&self.connection, &*self.clock) {
                Ran::Keep(signals) => self.flush().map(|()| signals),
                Ran::Undo => self.step("ROLLBACK").map(|()| raised),
            };
        }
        for work in batch {
            self.step("SAVEPOINT work")?;
            match work.run(&self.connection, &*self.clock) {
                Ran::Keep(signals) => {
                    for engine in signals {
                        if !raised.contains(&engine) {
                            raised.push(engine);
                        }
                    }
                }
                // A full disk makes SQLite give up the whole transaction: then this fails, and the batch with it.
                Ran::Undo => self.step("ROLLBACK TO work")?,
            }
            self.step("RELEASE work")?;
        }
        self.flush().map(|()| raised)
    }

    /// Commits, and notes how long that took.
    fn flush(&mut self) -> Result<(), String> {
        let start = Instant::now();
        self.step("COMMIT")?;
        let took = start.elapsed();
        self.flush = (self.flush * 7 + took) / 8;
        self.shared.commit_us.fetch_add(u64::try_from(took.as_micros()).unwrap_or(0), Relaxed);
        Ok(())
    }

    fn step(&self, sql: &str) -> Result<(), String> {
        self.connection
            .prepare_cached(sql)
            .and_then(|mut statement| statement.execute([]))
            .map(|_| ())
            .map_err(|source| error(&source).to_string())
    }

    fn note(&mut self, works: usize, failure: Option<&String>) {
        self.last_batch = works;
        match failure {
            None => {
                self.shared.works.fetch_add(works as u64, Relaxed);
                self.shared.commits.fetch_add(1, Relaxed);
                self.retry_at = None;
            }
            Some(_) if self.retry_at.is_some_and(|at| self.clock.now() < at) => return,
            Some(text) => {
                tracing::error!(error = %text, works, "a commit failed: the store takes no changes until one goes through");
                self.retry_at = Some(self.clock.now().plus_ms(PROBE_EVERY_MS));
            }
        }
        let mut state = lock(&self.shared.failure);
        if failure.is_none() && state.is_some() {
            tracing::info!("the store takes changes again");
        }
        *state = failure.cloned();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
