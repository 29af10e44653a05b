//! Who is connected: workers by application group, each bound to the connection of its latest heartbeat.
//!
//! Workers open several connections and read only one of them, so a worker is never spoken to on another. What is
//! here is in memory alone: after a restart workers dial again, and a few seconds later all of it is back.

mod connection;
mod heartbeat;
mod room;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use muster_core::{Clock, Timestamp};
use muster_jobs::link::{Beat, Family, Kill, LinkFault, Run, Worker, WorkerLink};

pub(crate) use connection::{Connection, Ends, Queue};
pub(crate) use heartbeat::Introduction;

use crate::codec::letter;
use crate::codec::messages::Named;
use crate::orders;
use room::{Room, Size};

/// The actor of a worker that takes orders.
const ORDERS: &str = "job_instance_routing";
/// Answers that come later than this are no longer waited for, in milliseconds.
const ANSWER_MS: i64 = 120_000;
/// More than this is not remembered of a worker's heartbeats.
const BEATS: usize = 3;
/// A worker that has beaten so lately is there, in milliseconds: two periods of heartbeats, and some time to travel.
const LATELY_MS: i64 = 12_000;

/// How long a silent worker counts as connected, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Liveness {
    /// Since its latest heartbeat.
    pub silent_ms: i64,
    /// Since its connection was cut, when no other one has brought a heartbeat.
    pub cut_ms: i64,
}

impl Default for Liveness {
    fn default() -> Self {
        Self { silent_ms: 25_000, cut_ms: 15_000 }
    }
}

/// The workers of all groups. It is the port that jobs reach workers through.
pub struct Registry {
    clock: Arc<dyn Clock>,
    liveness: Liveness,
    orders: AtomicU64,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// By group and worker.
    members: BTreeMap<(i64, String), Member>,
    room: Room,
    /// Orders that were not answered yet, by the number in their sender path.
    asked: HashMap<u64, Asked>,
}

struct Member {
    worker: Worker,
    online: bool,
    /// How many heartbeats came, as far as it matters.
    heard: u8,
    connection: Arc<Connection>,
    cut_at: Option<Timestamp>,
}

struct Asked {
    app_group: i64,
    worker: String,
    instance: i64,
    at: Timestamp,
}

impl Registry {
    /// A registry in which nobody is.
    pub fn new(clock: Arc<dyn Clock>, liveness: Liveness) -> Self {
        Self { clock, liveness, orders: AtomicU64::new(1), state: Mutex::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes an admitted worker's heartbeat: from now on it is reached by this connection.
    ///
    /// # Errors
    /// Why it is not taken.
    pub(crate) fn beat(
        &self,
        connection: &Arc<Connection>,
        introduction: Introduction,
    ) -> Result<(), &'static str> {
        let now = self.clock.now();
        let Introduction { app_group, mut worker, online, instances } = introduction;
        let mut state = self.state();
        let key = (app_group, worker.id.clone());
        if state.members.get(&key).is_some_and(|known| known.is_another(connection.uid, now)) {
            return Err("another process of this id is connected");
        }
        let known = state.members.get(&key);
        let same = known.filter(|known| known.connection.id == connection.id);
        worker.connected_at = same.map_or(now, |known| known.worker.connected_at);
        worker.beats = vec![Beat::new(now, instances)];
        worker.beats.extend(known.into_iter().flat_map(|known| &known.worker.beats).take(BEATS - 1).cloned());
        let heard = known.map_or(0, |known| known.heard).saturating_add(1);
        let member = Member { worker, online, heard, connection: Arc::clone(connection), cut_at: None };
        state.put(key, member)
    }

    /// What a worker's two latest heartbeats both list: what has just ended may be listed once more.
    pub(crate) fn lasting(&self, app_group: i64, worker: &str) -> Vec<i64> {
        let state = self.state();
        let Some(member) = state.members.get(&(app_group, worker.to_owned())) else { return Vec::new() };
        match &member.worker.beats[..] {
            [latest, before, ..] => {
                latest.instances.iter().copied().filter(|instance| before.lists(*instance)).collect()
            }
            _ => Vec::new(),
        }
    }

    /// A heartbeat with a wrong key: the worker is no longer one of the group's.
    pub(crate) fn forget(&self, connection: &Connection, app_group: i64, worker: &str) {
        let mut state = self.state();
        let key = (app_group, worker.to_owned());
        // Whoever guesses another worker's id must not be able to put it out.
        if state.members.get(&key).is_some_and(|member| member.connection.id == connection.id) {
            state.remove(&key);
        }
    }

    /// A connection has ended. Its workers have a moment to come back on another.
    pub(crate) fn cut(&self, connection: &Connection) {
        let now = self.clock.now();
        for member in self.state().members.values_mut() {
            if member.connection.id == connection.id {
                member.cut_at.get_or_insert(now);
            }
        }
    }

    /// Forgets who is gone, and answers that will not come.
    pub(crate) fn sweep(&self) {
        let now = self.clock.now();
        let mut state = self.state();
        let State { members, room, .. } = &mut *state;
        members.retain(|(app_group, _), member| {
            let is_alive = self.liveness.is_alive(member, now);
            if !is_alive {
                room.give_back(*app_group, member.size());
            }
            is_alive
        });
        state.asked.retain(|_, asked| now.since(asked.at) < ANSWER_MS);
    }

    /// The instance that an answer of `worker` to the path `recipient` is about.
    pub(crate) fn answered(&self, recipient: &str, app_group: i64, worker: &str) -> Option<i64> {
        let number = recipient.rsplit_once("/temp/$")?.1.parse().ok()?;
        let mut state = self.state();
        let asked = state.asked.get(&number)?;
        if asked.app_group != app_group || asked.worker != worker {
            return None;
        }
        state.asked.remove(&number).map(|asked| asked.instance)
    }

    /// Asks a worker to stop an instance that is not its affair, of which only the number is known. What it answers
    /// is not waited for: a worker could list as many of them as it likes.
    pub(crate) fn kill_stray(&self, app_group: i64, worker: &str, instance: i64) {
        let state = self.state();
        // Whoever is gone needs no such word, and whoever comes back hears it then.
        let Ok(member) = state.reach(self, app_group, worker) else { return };
        let number = self.orders.fetch_add(1, Ordering::Relaxed);
        member.connection.order(number, &orders::kill_stray(app_group, instance));
    }

    /// Tells one of our own workers something that needs no answer; whether it was written.
    pub(crate) fn tell<M: Named>(&self, app_group: i64, worker: &str, actor: &str, message: &M) -> bool {
        let state = self.state();
        let Ok(member) = state.reach(self, app_group, worker) else { return false };
        let connection = &member.connection;
        let sender = connection.own.path(&format!("user/{actor}"));
        member.worker.family() == Family::Muster
            && connection.send(letter::request(&connection.peer, actor, &sender, message))
    }

    /// Queues an order on the connection of the worker's latest heartbeat.
    fn order<M: Named>(
        &self,
        app_group: i64,
        worker: &str,
        instance: i64,
        make: impl FnOnce(Family) -> Result<M, LinkFault>,
    ) -> Result<(), LinkFault> {
        let now = self.clock.now();
        let mut state = self.state();
        let member = state.reach(self, app_group, worker)?;
        let order = make(member.worker.family())?;
        let connection = Arc::clone(&member.connection);
        let number = self.orders.fetch_add(1, Ordering::Relaxed);
        // Known before it is sent: the answer can be faster than this thread.
        state.asked.insert(number, Asked { app_group, worker: worker.to_owned(), instance, at: now });
        if connection.order(number, &order) {
            return Ok(());
        }
        state.asked.remove(&number);
        Err(LinkFault::Gone)
    }
}

impl Connection {
    /// Queues an order, to be answered under this number; whether it will be written.
    fn order<M: Named>(&self, number: u64, order: &M) -> bool {
        self.send(letter::request(&self.peer, ORDERS, &self.own.path(&format!("temp/${number}")), order))
    }
}

impl Liveness {
    fn is_alive(self, member: &Member, now: Timestamp) -> bool {
        let silent = |at: Timestamp, longest| now.since(at) >= longest;
        !member.cut_at.is_some_and(|at| silent(at, self.cut_ms))
            && member.worker.beats.first().is_some_and(|beat| !silent(beat.at, self.silent_ms))
    }
}

impl State {
    /// Puts a member in the place of the one that is known.
    fn put(&mut self, key: (i64, String), member: Member) -> Result<(), &'static str> {
        let before = self.members.get(&key).map(Member::size);
        // What it had makes room for what it has.
        if let Some(before) = before {
            self.room.give_back(key.0, before);
        }
        if let Err(why) = self.room.take(key.0, member.size()) {
            if let Some(before) = before {
                self.room.keep(key.0, before);
            }
            return Err(why);
        }
        self.members.insert(key, member);
        Ok(())
    }

    fn remove(&mut self, key: &(i64, String)) {
        if let Some(member) = self.members.remove(key) {
            self.room.give_back(key.0, member.size());
        }
    }

    /// A worker that can hear.
    fn reach(&self, registry: &Registry, app_group: i64, worker: &str) -> Result<&Member, LinkFault> {
        let member = self.members.get(&(app_group, worker.to_owned())).ok_or(LinkFault::Gone)?;
        let is_there = member.cut_at.is_none() && registry.liveness.is_alive(member, registry.clock.now());
        if is_there { Ok(member) } else { Err(LinkFault::Gone) }
    }
}

impl Member {
    /// Whether a process that has this number is not the one that is known, which is there. Ids hold an address and
    /// the number of a process, which two containers can share; the one that came first keeps its runs.
    fn is_another(&self, uid: u64, now: Timestamp) -> bool {
        let lately = self.worker.beats.first().is_some_and(|beat| now.since(beat.at) < LATELY_MS);
        self.connection.uid != uid && self.cut_at.is_none() && lately
    }

    fn size(&self) -> Size {
        Size { workers: 1, listed: self.worker.beats.iter().map(|beat| beat.instances.len()).sum() }
    }

    /// A worker registers its tasks only after its first heartbeat, so a run of the first moments could find none.
    /// Our own has nothing to register.
    fn is_ready(&self) -> bool {
        let settled = self.heard > 1 || self.worker.family() == Family::Muster;
        self.online && settled && self.cut_at.is_none()
    }
}

impl WorkerLink for Registry {
    fn workers(&self, app_group: i64) -> Vec<Worker> {
        let now = self.clock.now();
        let (from, to) = ((app_group, String::new()), (app_group.saturating_add(1), String::new()));
        let state = self.state();
        let alive = state.members.range(from..to).filter(|(_, member)| self.liveness.is_alive(member, now));
        alive.map(|(_, member)| Worker { ready: member.is_ready(), ..member.worker.clone() }).collect()
    }

    fn submit(&self, worker: &str, run: &Run) -> Result<(), LinkFault> {
        self.order(run.app_group, worker, run.instance, |family| orders::submit(run, family))
    }

    fn kill(&self, worker: &str, kill: &Kill) -> Result<(), LinkFault> {
        self.order(kill.app_group, worker, kill.instance, |_| Ok(orders::kill(kill)))
    }
}
