//! Engines: what happens by itself.
//!
//! An engine is an idempotent function without input. It is woken by its period or by a signal, reads
//! the state and moves it on. First start, restart and a second node share that one path, and a test
//! calls [`Engine::run`] directly after moving its clock.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::{JoinHandle, spawn_blocking};

use crate::{Clock, Result, Signals, Timestamp};

/// Something that happens by itself.
pub trait Engine: Send + Sync + 'static {
    /// A verb in the form `feature.what_it_does`; also the name of its signal.
    fn name(&self) -> &'static str;

    /// The longest time between two runs.
    fn period(&self) -> Duration;

    /// Moves the state on as far as it can now. Runs on a blocking thread, never twice at once.
    fn run(&self) -> Result<()>;
}

/// How an engine fares, for the health page and the metrics.
#[derive(Clone, Debug, Default)]
pub struct EngineState {
    /// Its name.
    pub name: &'static str,
    /// Runs so far in this process.
    pub runs: u64,
    /// Runs that failed.
    pub failures: u64,
    /// When the last run ended.
    pub last_end: Option<Timestamp>,
    /// How long the last run took, in milliseconds.
    pub last_ms: u64,
    /// What the last run said if it failed.
    pub last_error: Option<String>,
}

/// Runs engines until it is stopped; a unit of work is never cut in half.
#[derive(Debug)]
pub struct Driver {
    signals: Signals,
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
    states: Arc<Mutex<Vec<EngineState>>>,
}

impl Driver {
    /// A driver without engines, listening to `signals`.
    pub fn new(signals: Signals) -> Self {
        Self { signals, stop: watch::Sender::new(false), tasks: Vec::new(), states: Arc::default() }
    }

    /// Starts `engine`; its first run is at once. Needs a running tokio runtime.
    pub fn start(&mut self, engine: Arc<dyn Engine>, clock: Arc<dyn Clock>) {
        let index = {
            let mut states = lock(&self.states);
            states.push(EngineState { name: engine.name(), ..EngineState::default() });
            states.len() - 1
        };
        let flag = self.signals.flag(engine.name());
        let mut stop = self.stop.subscribe();
        let states = Arc::clone(&self.states);
        self.tasks.push(tokio::spawn(async move {
            while !*stop.borrow() {
                let (runner, watch) = (Arc::clone(&engine), Arc::clone(&clock));
                let outcome = spawn_blocking(move || {
                    let start = watch.now();
                    let outcome = runner.run();
                    (outcome, start, watch.now())
                })
                .await;
                note(&mut lock(&states)[index], outcome);
                tokio::select! {
                    () = tokio::time::sleep(engine.period()) => {}
                    () = flag.notified() => {}
                    _ = stop.changed() => {}
                }
            }
        }));
    }

    /// How each engine fares, in the order in which they were started.
    pub fn states(&self) -> Arc<Mutex<Vec<EngineState>>> {
        Arc::clone(&self.states)
    }

    /// Lets every running unit of work end, then returns.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        for task in self.tasks {
            // A panic inside an engine was noted when it happened; stopping goes on.
            let _ = task.await;
        }
    }
}

type RunOutcome = (Result<()>, Timestamp, Timestamp);

fn note(state: &mut EngineState, outcome: std::result::Result<RunOutcome, tokio::task::JoinError>) {
    state.runs += 1;
    let failure = match outcome {
        Ok((outcome, start, end)) => {
            state.last_end = Some(end);
            state.last_ms = u64::try_from(end.since(start)).unwrap_or(0);
            outcome.err().map(|error| describe(&error))
        }
        Err(panic) => Some(panic.to_string()),
    };
    if let Some(text) = &failure {
        state.failures += 1;
        tracing::error!(engine.name = state.name, error = %text, "an engine's run failed");
    }
    state.last_error = failure;
}

/// An error with its whole chain of causes, for logs.
pub fn describe(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        cause = inner.source();
    }
    text
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
