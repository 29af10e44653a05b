//! A server: its engines, what has come in and was not read yet, and whether it is there at all.

use std::collections::{HashMap, VecDeque};
use std::sync::PoisonError;
use std::sync::mpsc::{Sender, channel};
use std::thread::JoinHandle;

use muster_core::{Engine, Error, Result, Timestamp};
use muster_db::cluster::Shard;
use muster_db::testing::{TestStore, WriteFault};

use crate::link::{Beat, Kill, News, Run, Worker};
use crate::testing::{Crash, Gate, World, worker};

/// How long a silent worker counts as connected, in milliseconds.
const SILENT_MS: i64 = 25_000;

/// Something a worker says on its connection.
#[derive(Clone, Debug)]
pub(super) enum Said {
    Beat { process: String, instances: Vec<i64> },
    News { process: String, instance: i64, attempt: i64, news: News },
    Bye { process: String },
}

impl Said {
    /// Who says it.
    pub(super) fn process(&self) -> &str {
        match self {
            Self::Beat { process, .. } | Self::News { process, .. } | Self::Bye { process } => process,
        }
    }
}

/// A worker as a node has heard of it.
struct Known {
    line: u64,
    since: Timestamp,
    beats: Vec<Beat>,
    heard_ms: i64,
}

/// In which engine a node freezes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Midst {
    Fire,
    Dispatch,
    Reap,
}

/// A frozen engine's run.
struct Frozen {
    run: JoinHandle<Result<bool>>,
    resume: Sender<()>,
}

pub(super) struct Node<'s> {
    pub(super) name: &'static str,
    /// Nothing while its process is dead.
    world: Option<World<'s>>,
    /// Dead or frozen until then.
    pub(super) away_until_ms: Option<i64>,
    frozen: Option<Frozen>,
    crashed: bool,
    /// What has arrived, with the number of its connection.
    pub(super) inbox: VecDeque<(u64, Said)>,
    known: HashMap<String, Known>,
    /// Its number when each connection was made: by process and line.
    lines: HashMap<(String, u64), Option<i64>>,
}

impl<'s> Node<'s> {
    pub(super) fn start(name: &'static str, store: &'s TestStore, group: i64) -> Result<Self> {
        Ok(Self {
            name,
            world: Some(World::join(store, name, group)?),
            away_until_ms: None,
            frozen: None,
            crashed: false,
            inbox: VecDeque::new(),
            known: HashMap::new(),
            lines: HashMap::new(),
        })
    }

    /// Answers a worker that dials; whether it does. A frozen one's kernel takes connections, but nobody associates.
    pub(super) fn answer(&mut self, process: &str, line: u64) -> bool {
        let Some(world) = self.awake() else { return false };
        let number = world.db.node();
        self.lines.insert((process.to_owned(), line), number);
        true
    }

    fn number_of(&self, process: &str, line: u64) -> Option<i64> {
        self.lines.get(&(process.to_owned(), line)).copied().flatten()
    }

    /// Whether it serves those who come on this connection.
    pub(super) fn serves_on(&self, shard: Shard, process: &str, line: u64) -> bool {
        let number = self.world.as_ref().and_then(|world| world.db.node());
        self.serves(shard) && number == self.number_of(process, line)
    }

    pub(super) fn is_awake(&self) -> bool {
        self.world.is_some() && self.away_until_ms.is_none()
    }

    pub(super) fn awake(&self) -> Option<&World<'s>> {
        self.world.as_ref().filter(|_| self.is_awake())
    }

    /// Whether it believes that it serves the shard; a frozen one would, on waking.
    pub(super) fn serves(&self, shard: Shard) -> bool {
        self.world.as_ref().is_some_and(|world| world.db.serving_since(shard).is_some())
    }

    pub(super) fn has_crashed(&mut self) -> bool {
        std::mem::take(&mut self.crashed)
    }

    pub(super) fn tend(&mut self) -> Result<()> {
        let Some(world) = self.awake() else { return Ok(()) };
        world.db.tend().or_else(forgive)
    }

    pub(super) fn fire(&mut self) -> Result<()> {
        self.refresh();
        let Some(world) = self.awake() else { return Ok(()) };
        self.crashed = run_engine(&*world.fire)?;
        Ok(())
    }

    pub(super) fn reap(&mut self) -> Result<()> {
        self.refresh();
        let Some(world) = self.awake() else { return Ok(()) };
        world.reap.run().or_else(forgive)
    }

    pub(super) fn dispatch(&mut self) -> Result<()> {
        self.refresh();
        let Some(world) = self.awake() else { return Ok(()) };
        self.crashed = run_engine(&*world.dispatch)?;
        Ok(())
    }

    /// Shows the engines the workers that were heard of lately.
    fn refresh(&mut self) {
        let Some(world) = &self.world else { return };
        let now_ms = muster_core::Clock::monotonic_ms(&*world.store.clock);
        self.known.retain(|id, known| {
            let is_there = now_ms - known.heard_ms < SILENT_MS;
            if !is_there {
                world.disconnect(id);
            }
            is_there
        });
    }

    pub(super) fn take_beat(&mut self, line: u64, process: &str, instances: Vec<i64>, now: Timestamp) {
        let Some(world) = &self.world else { return };
        let now_ms = muster_core::Clock::monotonic_ms(&*world.store.clock);
        let known = self.known.entry(process.to_owned()).or_insert_with(|| Known {
            line,
            since: now,
            beats: Vec::new(),
            heard_ms: now_ms,
        });
        if known.line != line {
            (known.line, known.since) = (line, now);
        }
        known.heard_ms = now_ms;
        known.beats.insert(0, Beat::new(now, instances));
        known.beats.truncate(3);
        let ready = known.beats.len() > 1;
        let (beats, connected_at) = (known.beats.clone(), known.since);
        world.attach(Worker { beats, connected_at, ready, ..worker(process, "go") });
    }

    /// Whether the news changed something; nothing when that was not heard.
    pub(super) fn take_news(
        &mut self,
        line: u64,
        process: &str,
        instance: i64,
        news: News,
    ) -> Result<Option<bool>> {
        let Some(world) = &self.world else { return Ok(Some(false)) };
        let number = self.number_of(process, line);
        let first = world.report_on(number, process, instance, news.clone());
        // What could not be written down is tried again, as by the worker port.
        match first {
            Err(Error::Unavailable { .. }) => {
                Ok(Some(world.report_on(number, process, instance, news)?).filter(|is_taken| *is_taken))
            }
            taken => taken.map(Some),
        }
    }

    pub(super) fn cut(&mut self, line: u64, process: &str) {
        self.lines.remove(&(process.to_owned(), line));
        if self.known.get(process).is_some_and(|known| known.line == line) {
            self.known.remove(process);
            if let Some(world) = &self.world {
                world.disconnect(process);
            }
        }
    }

    /// What was handed to workers: to whom, on which connection, what, and whether it was held up on the way.
    pub(super) fn handed_over(&mut self) -> Option<Vec<(String, u64, Run, bool)>> {
        let world = self.world.as_ref()?;
        let held_up = std::mem::take(&mut *world.link.held_up.lock().unwrap_or_else(PoisonError::into_inner));
        let runs = world.handed_over().into_iter().map(|(to, run)| {
            let line = self.known.get(&to).map_or(0, |known| known.line);
            let is_held_up = held_up.contains(&run.instance);
            (to, line, run, is_held_up)
        });
        Some(runs.collect())
    }

    pub(super) fn kills(&self) -> Vec<(String, Kill)> {
        self.world.as_ref().map(World::killed).unwrap_or_default()
    }

    pub(super) fn crash_next(&self) {
        if let Some(world) = self.awake() {
            world.crash_next();
        }
    }

    pub(super) fn break_next_write(&self, fault: WriteFault) {
        if let Some(world) = self.awake() {
            world.db.break_next_write(fault);
        }
    }

    pub(super) fn stop_faults(&self) {
        if let Some(world) = &self.world {
            world.link.crash.store(false, std::sync::atomic::Ordering::Relaxed);
        }
    }

    pub(super) fn say_goodbye(&mut self) -> Result<()> {
        let Some(world) = self.awake() else { return Ok(()) };
        world.db.leave().or_else(forgive)
    }

    pub(super) fn freeze(&mut self, until_ms: i64) {
        if self.is_awake() {
            self.away_until_ms = Some(until_ms);
        }
    }

    /// Freezes it in the midst of an engine's run, when it has written `after` frames and is about to write another, or
    /// has asked who is there; if it comes to that.
    pub(super) fn freeze_midway(&mut self, midst: Midst, after: usize, until_ms: i64) -> Result<()> {
        self.refresh();
        let Some(world) = self.awake() else { return Ok(()) };
        if midst == Midst::Dispatch {
            // So that there is something to hand over.
            world.fire_alone.run().or_else(forgive)?;
        }
        let ((reached, heard), (resume, resumed)) = (channel(), channel());
        let link = std::sync::Arc::clone(&world.link);
        let shut = || link.gate.lock().unwrap_or_else(PoisonError::into_inner);
        *shut() = Some(Gate { reached, resume: resumed, after, before_workers: midst == Midst::Reap });
        let engine: std::sync::Arc<dyn Engine> = match midst {
            Midst::Fire => world.fire.clone(),
            Midst::Dispatch => world.dispatch.clone(),
            Midst::Reap => world.reap.clone(),
        };
        let cleared = std::sync::Arc::clone(&world.link);
        let run = std::thread::spawn(move || {
            // Whoever waits for the gate to be reached hears that it will not be, however the run ends.
            let _opened = Opened(cleared);
            run_engine(&*engine)
        });
        if heard.recv().is_ok() {
            self.frozen = Some(Frozen { run, resume });
            self.away_until_ms = Some(until_ms);
            return Ok(());
        }
        self.crashed |= join(run)?;
        Ok(())
    }

    /// Its process ends, whatever it was doing.
    pub(super) fn die(&mut self, until_ms: i64) {
        if let (Some(frozen), Some(world)) = (self.frozen.take(), &self.world) {
            // The engine's thread must end; its process cannot write any more.
            world.link.crash.store(false, std::sync::atomic::Ordering::Relaxed);
            world.db.break_next_write(WriteFault::Refused);
            *world.link.deaf.lock().unwrap_or_else(PoisonError::into_inner) =
                Some(crate::link::LinkFault::Gone);
            drop(frozen.resume);
            let _ = frozen.run.join();
        }
        self.world = None;
        self.inbox.clear();
        self.known.clear();
        self.lines.clear();
        self.away_until_ms = Some(until_ms);
    }

    /// A dead one starts again, in the same folder; a frozen one wakes.
    pub(super) fn come_back(&mut self, store: &'s TestStore, group: i64) -> Result<()> {
        self.away_until_ms = None;
        if self.world.is_none() {
            self.world = Some(World::join(store, self.name, group)?);
        }
        match self.frozen.take() {
            None => Ok(()),
            Some(frozen) => {
                drop(frozen.resume);
                self.crashed |= join(frozen.run)?;
                Ok(())
            }
        }
    }
}

/// Opens the gate when it goes.
struct Opened(std::sync::Arc<crate::testing::FakeLink>);

impl Drop for Opened {
    fn drop(&mut self) {
        self.0.gate.lock().unwrap_or_else(PoisonError::into_inner).take();
    }
}

/// Whether the process crashed in it.
fn join(run: JoinHandle<Result<bool>>) -> Result<bool> {
    run.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// Whether the process crashed in it.
fn run_engine(engine: &dyn Engine) -> Result<bool> {
    match std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| engine.run())) {
        Ok(outcome) => outcome.or_else(forgive).map(|()| false),
        Err(panic) if panic.is::<Crash>() => Ok(true),
        Err(panic) => std::panic::resume_unwind(panic),
    }
}

/// An engine whose write was refused comes back to it.
fn forgive(error: Error) -> Result<()> {
    match error {
        Error::Unavailable { .. } => Ok(()),
        other => Err(other),
    }
}
