//! A worker without its connection: what it was given, what becomes of it, and until when it is its own.

use std::collections::{HashMap, VecDeque};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, Weak};
use std::time::{Duration, Instant};

use crate::book::{Book, End};
use crate::crew::{Crew, Post, Word};
use crate::lock;
use crate::runner::{Key, Limits, Outcome, Runner, Stop};
use crate::task::{Mode, Task};

/// A lease is given up this much before its end, at most: what was killed must be gone when another worker begins.
const MARGIN: Duration = Duration::from_secs(2);

/// A worker without its connection.
pub(crate) struct Core {
    pub(crate) id: String,
    pub(crate) book: Arc<Book>,
    runner: Arc<Runner>,
    crew: Crew,
    state: Mutex<State>,
}

struct State {
    /// The instances that are this worker's, until the server knows how they ended.
    masters: HashMap<i64, Master>,
    /// When the latest heartbeat was sent that the server has answered.
    heard: Instant,
    is_draining: bool,
}

struct Master {
    app_group: i64,
    since: Instant,
    lease: Duration,
    has_ended: bool,
}

impl Core {
    /// A worker named `id` that keeps its runs' files below `folder`.
    pub(crate) fn new(id: &str, limits: Limits, folder: PathBuf) -> Arc<Self> {
        // Runs have working directories of their own.
        let folder = std::path::absolute(&folder).unwrap_or(folder);
        Arc::new_cyclic(|this: &Weak<Self>| {
            let book = Arc::<Book>::default();
            let heard = {
                let this = this.clone();
                move |key: Key, task: &Task, outcome: Outcome| {
                    if let Some(core) = this.upgrade() {
                        match key.part {
                            None => core.ended(task, outcome),
                            Some(_) => core.crew.part_ended(&key, outcome),
                        }
                        core.book.wake();
                    }
                }
            };
            let led = {
                let this = this.clone();
                move |task: &Task, outcome: Outcome| {
                    if let Some(core) = this.upgrade() {
                        core.ended(task, outcome);
                    }
                }
            };
            let runner = Runner::new(id.to_owned(), limits, folder, Arc::clone(&book), Box::new(heard));
            let state = State { masters: HashMap::new(), heard: Instant::now(), is_draining: false };
            Self {
                id: id.to_owned(),
                book,
                runner: Arc::new(runner),
                crew: Crew::new(id.to_owned(), Box::new(led)),
                state: Mutex::new(state),
            }
        })
    }

    /// Takes a run.
    ///
    /// # Errors
    /// Why it does not; nothing of it was started.
    pub(crate) fn submit(&self, task: Task) -> Result<(), String> {
        {
            let mut state = lock(&self.state);
            if state.is_draining {
                return Err("the worker is shutting down".to_owned());
            }
            let instance = task.instance;
            if state.masters.get(&instance).is_some_and(|master| !master.has_ended) {
                return Err(format!("jobInstanceId={instance} is still running!"));
            }
            // The next try makes the end of the last one stale.
            self.book.forget_end(instance);
            let (app_group, lease) = (task.app_group, task.lease);
            let master = Master { app_group, since: Instant::now(), lease, has_ended: false };
            state.masters.insert(instance, master);
        }
        match task.mode {
            Mode::Standalone => self.runner.start(Key::whole(task.instance), task),
            Mode::Broadcast | Mode::Sharding => self.crew.lead(&self.runner, task),
        }
        self.book.wake();
        Ok(())
    }

    /// Ends a run; whether it is under way here.
    pub(crate) fn stop(&self, instance: i64, stop: Stop) -> bool {
        let is_led = self.crew.stop(&self.runner, instance, stop);
        self.book.wake();
        is_led || self.runner.stop_part(&Key::whole(instance), stop)
    }

    fn ended(&self, task: &Task, outcome: Outcome) {
        if let Some(master) = lock(&self.state).masters.get_mut(&task.instance) {
            master.has_ended = true;
        }
        tracing::info!(instance.id = task.instance, success = outcome.success, "a run has ended");
        self.book.end(task, outcome);
    }

    /// The server knows how an instance ended.
    pub(crate) fn told(&self, number: i64) {
        let Some(End { instance, .. }) = self.book.told(number) else { return };
        let mut state = lock(&self.state);
        if state.masters.get(&instance).is_some_and(|master| master.has_ended) {
            state.masters.remove(&instance);
        }
    }

    /// The instances of a group that are this worker's.
    pub(crate) fn instances(&self, app_group: i64) -> Vec<i64> {
        let state = lock(&self.state);
        let of_group = state.masters.iter().filter(|(_, master)| master.app_group == app_group);
        let mut all: Vec<i64> = of_group.map(|(instance, _)| *instance).collect();
        all.sort_unstable();
        all
    }

    /// Hears a word of another worker of the group.
    pub(crate) fn hear(&self, app_group: i64, group_id: &str, from: &str, word: Word) {
        if matches!(word, Word::Start { .. }) && lock(&self.state).is_draining {
            // Its master asks, hears nothing, and counts the part as lost; others begin no more here.
            return;
        }
        self.crew.hear(&self.runner, app_group, group_id, from, word);
        self.book.wake();
    }

    /// The words to other workers that are to be sent.
    pub(crate) fn words(&self) -> VecDeque<Post> {
        self.crew.post(|instance| self.book.has_lines(instance))
    }

    /// The server has answered a heartbeat that was sent then.
    pub(crate) fn heard(&self, sent: Instant) {
        let mut state = lock(&self.state);
        state.heard = state.heard.max(sent);
    }

    /// The shortest lease of what is under way.
    pub(crate) fn shortest_lease(&self) -> Option<Duration> {
        lock(&self.state).masters.values().map(|master| master.lease).min()
    }

    /// Ends the runs of groups that `serves` says no to: whoever serves them now gives their runs to others.
    pub(crate) fn stop_moved(&self, serves: impl Fn(i64) -> bool) {
        let moved: Vec<i64> = {
            let state = lock(&self.state);
            let is_moved = |master: &Master| !master.has_ended && !serves(master.app_group);
            let masters = state.masters.iter().filter(|(_, master)| is_moved(master));
            masters.map(|(instance, _)| *instance).collect()
        };
        for instance in moved {
            tracing::warn!(instance.id = instance, "another server has the app group of a run: it is killed");
            self.stop(instance, Stop::Moved);
        }
    }

    /// Moves on what time moves; to be called every second or so. Leases end here.
    pub(crate) fn tick(&self) {
        let now = Instant::now();
        let over: Vec<i64> = {
            let state = lock(&self.state);
            let is_over = |master: &Master| {
                let held = master.lease.saturating_sub(MARGIN.min(master.lease / 5));
                !master.has_ended && now.duration_since(master.since.max(state.heard)) > held
            };
            let masters = state.masters.iter().filter(|(_, master)| is_over(master));
            masters.map(|(instance, _)| *instance).collect()
        };
        for instance in over {
            tracing::warn!(instance.id = instance, "the lease of a run has ended: it is killed");
            self.stop(instance, Stop::LeaseOver);
        }
        self.crew.tick(&self.runner);
    }

    /// Takes no new work from now on.
    pub(crate) fn drain(&self) {
        lock(&self.state).is_draining = true;
    }

    /// Ends everything.
    pub(crate) fn stop_all(&self) {
        let led: Vec<i64> = lock(&self.state).masters.keys().copied().collect();
        for instance in led {
            self.stop(instance, Stop::Draining);
        }
        self.runner.stop_all(Stop::Draining);
    }

    /// Whether nothing is under way.
    pub(crate) fn is_idle(&self) -> bool {
        self.runner.is_idle()
    }

    /// Whether nothing is under way, and everybody knows how it ended.
    pub(crate) fn is_done(&self) -> bool {
        self.runner.is_idle() && self.book.is_empty() && self.crew.is_idle()
    }

    /// Whether nothing is led, or kept for a master.
    #[cfg(test)]
    pub(crate) fn crew_is_idle(&self) -> bool {
        self.crew.is_idle()
    }
}
