//! A run that several workers share: its master hands out the parts and joins their ends; members run them.
//!
//! Workers do not dial one another: the server passes their words on, within a group. The master asks each member
//! again and again about its part. A member that is not asked for half a lease ends the part: its master is gone, and
//! the server may soon give the run to another. A master that gets no answer for a whole lease counts the part as lost.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::book::LINES_FIRST;
use crate::lock;
use crate::runner::{self, Key, Outcome, Runner, Stop};
use crate::task::Task;

/// When a member tells again how a part has ended.
const TELL_AGAIN: Duration = Duration::from_secs(2);
/// A master that has not noted an end by then is gone.
const FORGET: Duration = Duration::from_secs(600);
/// How long parts elsewhere may take to stop.
const STOP_WITHIN: Duration = Duration::from_secs(30);
/// Why a part is not begun.
const EARLIER: &str = "an earlier try was still running here";

/// What master and members say to one another. The token is another one for each try of an instance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Word {
    /// To a member: run this part.
    Start { token: String, task: Box<Task> },
    /// To a member: how is it?
    Ask { token: String, instance: i64, part: i64 },
    /// To a member: end it.
    Stop { token: String, instance: i64, part: i64 },
    /// To the master: it is under way.
    Doing { token: String, instance: i64, part: i64 },
    /// To the master: it has ended so.
    Ended { token: String, instance: i64, part: i64, success: bool, result: String },
    /// To a member: that is known.
    Noted { token: String, instance: i64, part: i64 },
    /// To the master: nothing is known of it here.
    Unknown { token: String, instance: i64, part: i64 },
}

/// A word on its way.
#[derive(Debug)]
pub(crate) struct Post {
    pub(crate) group_id: String,
    pub(crate) to: String,
    pub(crate) word: Word,
}

/// Who hears how shared runs end.
pub(crate) type Heard = Box<dyn Fn(&Task, Outcome) + Send + Sync>;

/// The shared runs that this worker leads, and the parts that it does for others.
pub(crate) struct Crew {
    me: String,
    heard: Heard,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    led: HashMap<i64, Led>,
    guests: HashMap<Key, Guest>,
    post: VecDeque<Post>,
    tokens: u64,
}

struct Led {
    task: Task,
    token: String,
    parts: Vec<Part>,
    stopped: Option<(Stop, Instant)>,
}

struct Part {
    worker: String,
    index: i64,
    task: Task,
    outcome: Option<Outcome>,
    heard: Instant,
    asked: Instant,
}

struct Guest {
    master: String,
    group_id: String,
    lease: Duration,
    heard: Instant,
    ended: Option<(Outcome, Instant)>,
    /// When the master was told of the end; it is not before the part's lines are with the server.
    told: Option<Instant>,
}

impl Crew {
    /// A crew that says in `heard` how the runs that it leads have ended.
    pub(crate) fn new(me: String, heard: Heard) -> Self {
        Self { me, heard, state: Mutex::default() }
    }

    /// Leads a shared run.
    pub(crate) fn lead(&self, runner: &Arc<Runner>, task: Task) {
        let parts = match task.parts() {
            Ok(parts) => parts,
            Err(why) => return (self.heard)(&task, Outcome::failed(why)),
        };
        let now = Instant::now();
        let mut own = Vec::new();
        {
            let mut state = lock(&self.state);
            // Who led the try before is gone: nobody will note those ends.
            state.guests.retain(|key, guest| key.instance != task.instance || guest.ended.is_none());
            let left: Vec<Key> =
                state.guests.keys().filter(|key| key.instance == task.instance).cloned().collect();
            if !left.is_empty() {
                drop(state);
                for key in left {
                    runner.stop_part(&key, Stop::LeaseOver);
                }
                return (self.heard)(&task, Outcome::failed(EARLIER));
            }
            state.tokens += 1;
            let token = format!("{}-{}", self.me, state.tokens);
            let mut led = Led { token: token.clone(), parts: Vec::new(), stopped: None, task };
            for (worker, task) in parts {
                let index = task.shard.as_ref().map_or(0, |shard| shard.index);
                if worker == self.me {
                    own.push((Key::part(task.instance, index, &token), task.clone()));
                } else {
                    let word = Word::Start { token: token.clone(), task: Box::new(task.clone()) };
                    state.send(&led.task.group_id, &worker, word);
                }
                led.parts.push(Part { worker, index, task, outcome: None, heard: now, asked: now });
            }
            state.led.insert(led.task.instance, led);
        }
        for (key, task) in own {
            runner.start(key, task);
        }
    }

    /// Ends a run that this worker leads; whether it does.
    pub(crate) fn stop(&self, runner: &Runner, instance: i64, stop: Stop) -> bool {
        {
            let mut state = lock(&self.state);
            let State { led, post, .. } = &mut *state;
            let Some(led) = led.get_mut(&instance) else { return false };
            led.stopped.get_or_insert((stop, Instant::now()));
            let (token, group_id) = (&led.token, &led.task.group_id);
            for part in led.parts.iter_mut().filter(|part| part.worker != self.me && part.outcome.is_none()) {
                let word = Word::Stop { token: token.clone(), instance, part: part.index };
                post.push_back(Post { group_id: group_id.clone(), to: part.worker.clone(), word });
                // Nothing will be heard of them any more.
                if stop != Stop::Killed {
                    part.outcome = Some(Outcome::failed(stop.why()));
                }
            }
        }
        runner.stop(instance, stop);
        self.settle(instance);
        true
    }

    /// A part has ended here, led or done for another.
    pub(crate) fn part_ended(&self, key: &Key, outcome: Outcome) {
        {
            let mut state = lock(&self.state);
            let State { led, guests, .. } = &mut *state;
            if let Some(guest) = guests.get_mut(key) {
                guest.ended = Some((outcome, Instant::now()));
                return;
            }
            let led = led.get_mut(&key.instance);
            if let Some(part) = led.zip(key.part.as_ref()).and_then(|(led, part)| led.own(&self.me, part)) {
                part.outcome.get_or_insert(outcome);
            }
        }
        self.settle(key.instance);
    }

    /// Ends a run whose parts have all ended.
    fn settle(&self, instance: i64) {
        let led = {
            let mut state = lock(&self.state);
            let is_over = |led: &Led| led.parts.iter().all(|part| part.outcome.is_some());
            if !state.led.get(&instance).is_some_and(is_over) {
                return;
            }
            state.led.remove(&instance)
        };
        if let Some(led) = led {
            (self.heard)(&led.task, led.outcome());
        }
    }

    /// Hears a word of another worker of the group.
    pub(crate) fn hear(&self, runner: &Arc<Runner>, app_group: i64, group_id: &str, from: &str, word: Word) {
        match word {
            Word::Start { token, mut task } => {
                (task.app_group, task.group_id) = (app_group, group_id.to_owned());
                self.begin_part(runner, from, token, *task);
            }
            Word::Ask { token, instance, part } => self.asked(from, group_id, token, instance, part),
            Word::Stop { token, instance, part } => {
                let key = Key::part(instance, part, &token);
                if lock(&self.state).guests.contains_key(&key) {
                    runner.stop_part(&key, Stop::Killed);
                }
            }
            Word::Doing { token, instance, part } => {
                if let Some(part) = lock(&self.state).part(instance, &token, part, from) {
                    part.heard = Instant::now();
                }
            }
            Word::Ended { token, instance, part, success, result } => {
                {
                    let mut state = lock(&self.state);
                    if let Some(part) = state.part(instance, &token, part, from) {
                        part.outcome.get_or_insert(Outcome { success, result });
                    }
                    state.send(group_id, from, Word::Noted { token, instance, part });
                }
                self.settle(instance);
            }
            Word::Noted { token, instance, part } => {
                let key = Key::part(instance, part, &token);
                let mut state = lock(&self.state);
                if state.guests.get(&key).is_some_and(|guest| guest.ended.is_some()) {
                    state.guests.remove(&key);
                }
            }
            Word::Unknown { token, instance, part } => {
                self.unknown(group_id, from, token, instance, part);
                self.settle(instance);
            }
        }
    }

    fn begin_part(&self, runner: &Arc<Runner>, master: &str, token: String, task: Task) {
        let Some(part) = task.shard.as_ref().map(|shard| shard.index) else { return };
        let instance = task.instance;
        let key = Key::part(instance, part, &token);
        {
            let mut state = lock(&self.state);
            let now = Instant::now();
            if let Some(guest) = state.guests.get_mut(&key) {
                guest.heard = now;
                return;
            }
            let earlier = state.earlier(&key);
            if !earlier.is_empty() || state.led.contains_key(&instance) {
                let word = Word::Ended { token, instance, part, success: false, result: EARLIER.to_owned() };
                state.send(&task.group_id, master, word);
                drop(state);
                for key in earlier {
                    runner.stop_part(&key, Stop::LeaseOver);
                }
                return;
            }
            let guest = Guest {
                master: master.to_owned(),
                group_id: task.group_id.clone(),
                lease: task.lease,
                heard: now,
                ended: None,
                told: None,
            };
            state.guests.insert(key.clone(), guest);
        }
        runner.start(key, task);
    }

    fn asked(&self, from: &str, group_id: &str, token: String, instance: i64, part: i64) {
        let key = Key::part(instance, part, &token);
        let mut state = lock(&self.state);
        let State { guests, post, .. } = &mut *state;
        let Some(guest) = guests.get_mut(&key) else {
            return state.send(group_id, from, Word::Unknown { token, instance, part });
        };
        guest.heard = Instant::now();
        let doing = || Post {
            group_id: group_id.to_owned(),
            to: from.to_owned(),
            word: Word::Doing { token, instance, part },
        };
        post.push_back(guest.end_told(&key).unwrap_or_else(doing));
    }

    /// The order never got there; or the run is being stopped, and then that is good news.
    fn unknown(&self, group_id: &str, from: &str, token: String, instance: i64, part: i64) {
        let mut state = lock(&self.state);
        let stopped = state.led.get(&instance).and_then(|led| led.stopped);
        let Some(part) = state.part(instance, &token, part, from) else { return };
        match stopped {
            Some((stop, _)) => part.outcome = Some(Outcome::failed(stop.why())),
            None => {
                part.heard = Instant::now();
                let task = Box::new(part.task.clone());
                state.send(group_id, from, Word::Start { token, task });
            }
        }
    }

    /// Asks, tells again, and gives up; to be called every second or so.
    pub(crate) fn tick(&self, runner: &Runner) {
        let now = Instant::now();
        let mut over = Vec::new();
        let instances: Vec<i64> = {
            let mut state = lock(&self.state);
            let State { led, guests, post, .. } = &mut *state;
            led.values_mut().for_each(|led| led.tick(&self.me, now, post));
            guests.retain(|_, guest| {
                guest.ended.as_ref().is_none_or(|(_, at)| now.duration_since(*at) <= FORGET)
            });
            for (key, guest) in guests {
                if guest.ended.is_none() && now.duration_since(guest.heard) > guest.lease / 2 {
                    over.push(key.clone());
                } else if guest.told.is_some_and(|told| now.duration_since(told) > TELL_AGAIN) {
                    guest.told = Some(now);
                    post.extend(guest.end_told(key));
                }
            }
            led.keys().copied().collect()
        };
        for key in over {
            runner.stop_part(&key, Stop::LeaseOver);
        }
        for instance in instances {
            self.settle(instance);
        }
    }

    /// The words to send. A part's end waits until `has_lines` says that nothing waits of what its instance printed,
    /// for a while: whoever sees that the run has ended should find it.
    pub(crate) fn post(&self, has_lines: impl Fn(i64) -> bool) -> VecDeque<Post> {
        let now = Instant::now();
        let mut state = lock(&self.state);
        let State { guests, post, .. } = &mut *state;
        for (key, guest) in guests.iter_mut().filter(|(_, guest)| guest.told.is_none()) {
            let Some((_, at)) = &guest.ended else { continue };
            if now.duration_since(*at) > LINES_FIRST || !has_lines(key.instance) {
                guest.told = Some(now);
                post.extend(guest.end_told(key));
            }
        }
        std::mem::take(post)
    }

    /// Whether a master waits for something that was done here.
    pub(crate) fn is_idle(&self) -> bool {
        let state = lock(&self.state);
        state.led.is_empty() && state.guests.is_empty() && state.post.is_empty()
    }
}

impl State {
    fn send(&mut self, group_id: &str, to: &str, word: Word) {
        self.post.push_back(Post { group_id: group_id.to_owned(), to: to.to_owned(), word });
    }

    /// What runs here of other tries at the same part.
    fn earlier(&self, key: &Key) -> Vec<Key> {
        let index = |key: &Key| key.part.as_ref().map(|part| part.index);
        let of_others = |other: &&Key| other.instance == key.instance && index(other) == index(key);
        let guests = self.guests.iter().filter(|(_, guest)| guest.ended.is_none()).map(|(key, _)| key);
        guests.filter(of_others).cloned().collect()
    }

    /// A part that `worker` does for this one.
    fn part(&mut self, instance: i64, token: &str, part: i64, worker: &str) -> Option<&mut Part> {
        let led = self.led.get_mut(&instance).filter(|led| led.token == token)?;
        led.parts.iter_mut().find(|other| other.index == part && other.worker == worker)
    }
}

impl Led {
    /// A part that this worker does itself.
    fn own(&mut self, me: &str, part: &runner::Part) -> Option<&mut Part> {
        let parts = if *self.token == *part.token { &mut self.parts[..] } else { &mut [] };
        parts.iter_mut().find(|other| other.index == part.index && other.worker == me)
    }

    fn tick(&mut self, me: &str, now: Instant, post: &mut VecDeque<Post>) {
        let lease = self.task.lease;
        for part in self.parts.iter_mut().filter(|part| part.worker != me && part.outcome.is_none()) {
            let lost = now.duration_since(part.heard) > lease;
            match self.stopped {
                Some((stop, at)) if now.duration_since(at) > STOP_WITHIN => {
                    part.outcome = Some(Outcome::failed(stop.why()));
                }
                _ if lost => part.outcome = Some(Outcome::failed("its worker is lost")),
                _ if now.duration_since(part.asked) > lease / 8 => {
                    part.asked = now;
                    let (token, instance) = (self.token.clone(), self.task.instance);
                    let word = Word::Ask { token, instance, part: part.index };
                    post.push_back(Post {
                        group_id: self.task.group_id.clone(),
                        to: part.worker.clone(),
                        word,
                    });
                }
                _ => {}
            }
        }
    }

    fn outcome(&self) -> Outcome {
        let total = self.parts.len();
        if let Some((stop, _)) = self.stopped {
            return Outcome::failed(stop.why());
        }
        let failed = |part: &&Part| part.outcome.as_ref().is_none_or(|outcome| !outcome.success);
        let count = self.parts.iter().filter(failed).count();
        match self.parts.iter().find(failed) {
            None => Outcome::success(format!("all {total} parts succeeded")),
            Some(part) => {
                let why = part.outcome.as_ref().map_or("", |outcome| &outcome.result);
                let (index, worker) = (part.index, &part.worker);
                Outcome::failed(format!("{count} of {total} parts failed; part {index} on {worker}: {why}"))
            }
        }
    }
}

impl Guest {
    /// The word that the part has ended, if it has and may be told.
    fn end_told(&self, key: &Key) -> Option<Post> {
        let (outcome, _) = self.ended.as_ref().filter(|_| self.told.is_some())?;
        let part = key.part.as_ref()?;
        let word = Word::Ended {
            token: part.token.to_string(),
            instance: key.instance,
            part: part.index,
            success: outcome.success,
            result: outcome.result.clone(),
        };
        Some(Post { group_id: self.group_id.clone(), to: self.master.clone(), word })
    }
}

#[cfg(test)]
mod tests;
