//! Starts tasks and ends them.
//!
//! Each run is a process in a group of its own, with a thread that watches over it. As many run at once as the limits
//! say; the rest wait their turn.

mod built_in;
mod command;
mod folder;
mod group;
mod guardian;
mod output;
mod process;

use std::collections::{HashMap, VecDeque};
use std::panic::AssertUnwindSafe;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use muster_jobs::logs::Stream;

use crate::book::Book;
use crate::lock;
use crate::task::{Code, Task};
pub(crate) use folder::own;
use guardian::Guardian;

/// A result is cut at so many bytes.
const MOST_RESULT_BYTES: usize = 1_000;
const STACK_BYTES: usize = 256 << 10;

/// What a run may use.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Runs at once.
    pub concurrency: usize,
    /// How long a run may take; nothing for no limit of this worker's own.
    pub time: Option<Duration>,
    /// The address space of each process, in bytes; nothing for no limit.
    pub memory_bytes: Option<u64>,
    /// What a run may print, in bytes.
    pub output_bytes: u64,
    /// How long a run has to end after it was asked to, before it is killed.
    pub grace: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            concurrency: 32,
            time: None,
            memory_bytes: None,
            output_bytes: 1 << 20,
            grace: Duration::from_secs(5),
        }
    }
}

/// How a run has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) success: bool,
    pub(crate) result: String,
}

impl Outcome {
    pub(crate) fn success(result: impl Into<String>) -> Self {
        Self { success: true, result: cut(result.into()) }
    }

    pub(crate) fn failed(result: impl Into<String>) -> Self {
        Self { success: false, result: cut(result.into()) }
    }
}

fn cut(mut text: String) -> String {
    let mut end = text.len().min(MOST_RESULT_BYTES);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.truncate(end);
    text
}

/// Why a run is ended before its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// Somebody wants it.
    Killed,
    /// Nothing was heard of the server for so long that it may give the run to another worker.
    LeaseOver,
    /// Another server serves its app group now, and gives the run to whomever it likes.
    Moved,
    /// The worker ends.
    Draining,
    /// It took longer than this worker allows.
    TimeLimit,
}

impl Stop {
    pub(crate) fn why(self) -> &'static str {
        match self {
            Self::Killed => "killed from server",
            Self::LeaseOver => "killed: the server was not heard of until the lease had ended",
            Self::Moved => "killed: another server has taken the app group over",
            Self::Draining => "killed: the worker was shut down",
            Self::TimeLimit => "killed: it ran longer than this worker allows",
        }
    }

    /// Another worker may have it soon, so there is no time to be kind.
    fn is_urgent(self) -> bool {
        matches!(self, Self::LeaseOver | Self::Moved)
    }
}

/// Which run: the instance, and the part of it if it is shared.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    pub(crate) instance: i64,
    pub(crate) part: Option<Part>,
}

/// Which part of a shared run, in which try of it: what is left of an earlier try must not pass for a later one's.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Part {
    pub(crate) index: i64,
    pub(crate) token: Arc<str>,
}

impl Key {
    /// All of an instance.
    pub(crate) fn whole(instance: i64) -> Self {
        Self { instance, part: None }
    }

    /// A part of an instance, in the try that the token names.
    pub(crate) fn part(instance: i64, index: i64, token: &str) -> Self {
        Self { instance, part: Some(Part { index, token: token.into() }) }
    }
}

/// What a run's thread is told.
enum Word {
    Stop(Stop),
    /// The process has ended, and can still be signalled.
    Exited,
}

/// Who hears how runs end.
pub(crate) type Heard = Box<dyn Fn(Key, &Task, Outcome) + Send + Sync>;

/// Starts tasks and ends them.
pub(crate) struct Runner {
    worker: String,
    limits: Limits,
    folder: PathBuf,
    book: Arc<Book>,
    guardian: Guardian,
    heard: Heard,
    stack_bytes: usize,
    runs: Mutex<Runs>,
}

#[derive(Default)]
struct Runs {
    under_way: HashMap<Key, Sender<Word>>,
    queue: VecDeque<(Key, Task)>,
}

impl Runner {
    /// A runner that keeps its runs' files below `folder` and says in `heard` how they end.
    pub(crate) fn new(
        worker: String,
        limits: Limits,
        folder: PathBuf,
        book: Arc<Book>,
        heard: Heard,
    ) -> Self {
        Self {
            worker,
            limits,
            folder,
            book,
            guardian: Guardian::default(),
            heard,
            stack_bytes: STACK_BYTES,
            runs: Mutex::default(),
        }
    }

    /// Starts a task, or lets it wait for a place.
    pub(crate) fn start(self: &Arc<Self>, key: Key, task: Task) {
        let mut runs = lock(&self.runs);
        if runs.under_way.len() >= self.limits.concurrency {
            tracing::info!(instance.id = key.instance, "a run waits: as many are under way as may be");
        }
        runs.queue.push_back((key, task));
        self.begin_waiting(runs);
    }

    /// Begins what waits, as long as there is a place. What cannot be begun has failed, and leaves its place to others.
    fn begin_waiting(self: &Arc<Self>, mut runs: MutexGuard<'_, Runs>) {
        let mut failed = Vec::new();
        while runs.under_way.len() < self.limits.concurrency {
            let Some((key, task)) = runs.queue.pop_front() else { break };
            if let Err(error) = self.begin(&mut runs, &key, &task) {
                failed.push((key, task, format!("no thread could be started: {error}")));
            }
        }
        drop(runs);
        for (key, task, why) in failed {
            (self.heard)(key, &task, Outcome::failed(why));
        }
    }

    fn begin(self: &Arc<Self>, runs: &mut Runs, key: &Key, task: &Task) -> std::io::Result<()> {
        let (words, heard) = channel();
        let (runner, of, begun, own_words) = (Arc::clone(self), key.clone(), task.clone(), words.clone());
        let thread = std::thread::Builder::new().name("run".to_owned()).stack_size(self.stack_bytes);
        thread.spawn(move || {
            let run = || runner.run(&begun, own_words, &heard);
            // A place that is never given back is lost for as long as the worker lives.
            let outcome = std::panic::catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|_| {
                Outcome::failed("the worker has a defect: nobody watched the run to its end")
            });
            runner.ended(of, &begun, outcome);
        })?;
        // Its end waits for the lock that we hold.
        runs.under_way.insert(key.clone(), words);
        Ok(())
    }

    fn run(&self, task: &Task, words: Sender<Word>, heard: &Receiver<Word>) -> Outcome {
        let run = self.book.open(task);
        let outcome = match &task.code {
            Code::BuiltIn(name) => built_in::run(name, task, heard, |line| {
                self.book.print(run, Stream::Stdout, line);
            }),
            Code::Shell(_) | Code::Python(_) => process::run(self, task, run, words, heard),
        };
        self.book.close(run);
        outcome
    }

    fn ended(self: &Arc<Self>, key: Key, task: &Task, outcome: Outcome) {
        let mut runs = lock(&self.runs);
        runs.under_way.remove(&key);
        self.begin_waiting(runs);
        (self.heard)(key, task, outcome);
    }

    /// Ends all runs of an instance; whether there are any.
    pub(crate) fn stop(&self, instance: i64, stop: Stop) -> bool {
        self.stop_each(stop, |key| key.instance == instance)
    }

    /// Ends a run; whether there is one.
    pub(crate) fn stop_part(&self, key: &Key, stop: Stop) -> bool {
        self.stop_each(stop, |other| other == key)
    }

    /// Ends all runs.
    pub(crate) fn stop_all(&self, stop: Stop) {
        self.stop_each(stop, |_| true);
    }

    fn stop_each(&self, stop: Stop, fits: impl Fn(&Key) -> bool) -> bool {
        let mut runs = lock(&self.runs);
        let (gone, kept) = std::mem::take(&mut runs.queue).into_iter().partition(|(key, _)| fits(key));
        runs.queue = kept;
        let gone: VecDeque<(Key, Task)> = gone;
        let mut found = !gone.is_empty();
        for (_, words) in runs.under_way.iter().filter(|(key, _)| fits(key)) {
            found = true;
            // A run that has just ended hears nothing any more.
            let _ = words.send(Word::Stop(stop));
        }
        drop(runs);
        for (key, task) in gone {
            (self.heard)(key, &task, Outcome::failed(stop.why()));
        }
        found
    }

    /// Whether nothing runs or waits.
    pub(crate) fn is_idle(&self) -> bool {
        let runs = lock(&self.runs);
        runs.under_way.is_empty() && runs.queue.is_empty()
    }
}

#[cfg(test)]
mod tests;
