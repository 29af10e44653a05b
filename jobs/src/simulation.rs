//! Triggers, instances and leases under random faults: workers that lose frames and reports, fall silent, die and come
//! back, a server that sleeps or dies between a frame and its note, a link that is deaf. Whatever happens, the rules below must hold; the seed of a run
//! that breaks one is in its message.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use muster_core::{Random, Result, Timestamp};
use muster_db::testing::TestStore;

use crate::firings::{Outcome, Owner};
use crate::instances::{InstanceFilter, Patience};
use crate::job::{Job, Time, TimeKind};
use crate::link::{Beat, LinkFault, News};
use crate::testing::{World, migrations, worker};

const BEAT_MS: i64 = 5_000;
const STEPS: usize = 600;

/// A worker's process as it really is, whatever the server believes.
struct Process {
    id: String,
    running: BTreeSet<i64>,
    beats: Vec<Beat>,
    /// It works on, but nothing of it arrives.
    silent_until: Option<Timestamp>,
}

struct Simulation<'s> {
    world: World<'s>,
    random: Random,
    processes: Vec<Process>,
    born: usize,
    /// Which attempts of an instance were handed over, to whom, and when.
    handed: HashMap<i64, (i64, String)>,
    jobs: Vec<Job>,
    start: Timestamp,
    faults: bool,
}

impl Simulation<'_> {
    fn chance(&mut self, percent: u8) -> bool {
        self.random.bytes::<1>()[0] % 100 < percent
    }

    fn below(&mut self, bound: u16) -> i64 {
        i64::from(u16::from_le_bytes(self.random.bytes()) % bound)
    }

    fn spawn(&mut self) {
        self.born += 1;
        let id = format!("p{}", self.born);
        self.processes.push(Process { id, running: BTreeSet::new(), beats: Vec::new(), silent_until: None });
    }

    fn step(&mut self) -> Result<()> {
        let sleep = if self.faults && self.chance(2) { 45_000 } else { 100 + self.below(2_000) };
        self.world.store.clock.advance(sleep);
        if self.faults {
            self.break_something();
        }
        self.work()?;
        self.beat();
        self.world.pass(0)?;
        self.receive()
    }

    fn break_something(&mut self) {
        let deaf = self.chance(3);
        self.world.deafen(deaf.then_some(LinkFault::Gone));
        if self.chance(5) {
            self.world.crash_next();
        }
        if self.chance(4) && !self.processes.is_empty() {
            let number = usize::try_from(self.below(1_000)).unwrap() % self.processes.len();
            if self.chance(50) {
                let dead = self.processes.remove(number);
                self.world.disconnect(&dead.id);
                self.spawn();
            } else {
                let until = self.world.now().plus_ms(10_000 + self.below(60_000));
                self.processes[number].silent_until = Some(until);
            }
        }
    }

    /// Runs end, and say so, more or less reliably.
    fn work(&mut self) -> Result<()> {
        let now = self.world.now();
        for number in 0..self.processes.len() {
            let silent = self.processes[number].silent_until.is_some_and(|until| until > now);
            if !silent {
                self.processes[number].silent_until = None;
            }
            for instance in self.processes[number].running.clone() {
                if !self.chance(if self.faults { 5 } else { 30 }) {
                    continue;
                }
                self.processes[number].running.remove(&instance);
                let lost = silent || (self.faults && self.chance(10));
                let success = self.chance(70);
                if !lost {
                    let id = self.processes[number].id.clone();
                    self.world.end(&id, instance, success)?;
                    // What comes twice changes nothing.
                    assert!(!self.world.end(&id, instance, !success)?);
                }
            }
        }
        Ok(())
    }

    fn beat(&mut self) {
        let now = self.world.now();
        for process in &mut self.processes {
            let due = process.beats.first().is_none_or(|beat| now.since(beat.at) >= BEAT_MS);
            if process.silent_until.is_none() && due {
                process.beats.insert(0, Beat::new(now, process.running.iter().copied().collect()));
                process.beats.truncate(2);
            }
            // What has been silent for long is not in the list of those that are connected.
            let here = process.beats.first().is_some_and(|beat| now.since(beat.at) <= 20_000);
            if here {
                let beats = process.beats.clone();
                self.world.attach(crate::link::Worker { beats, ..worker(&process.id, "go") });
            } else {
                self.world.disconnect(&process.id);
            }
        }
    }

    /// Frames arrive at workers, or get lost.
    fn receive(&mut self) -> Result<()> {
        let now = self.world.now();
        let lease_ms = Patience::default().lease_ms;
        for (to, run) in self.world.handed_over() {
            for process in &self.processes {
                let heard = process.beats.first().map(|beat| beat.at);
                let lives = heard.is_some_and(|at| now.since(at) < lease_ms);
                let overlaps = process.running.contains(&run.instance) && lives;
                assert!(!overlaps, "instance {} runs on {} and goes to {to}", run.instance, process.id);
            }
            if let Some((attempt, before)) = self.handed.insert(run.instance, (run.attempt, to.clone())) {
                assert!(run.attempt >= attempt, "attempt {} after {attempt} on {before}", run.attempt);
            }
            let lost = self.faults && self.chance(5);
            let Some(process) = self.processes.iter_mut().find(|process| process.id == to) else { continue };
            if lost || process.silent_until.is_some() {
                continue;
            }
            process.running.insert(run.instance);
            if !(self.faults && self.chance(10)) {
                self.world.report(&to, run.instance, News::Accepted)?;
            }
        }
        for (to, kill) in self.world.killed() {
            if let Some(process) = self.processes.iter_mut().find(|process| process.id == to) {
                process.running.remove(&kill.instance);
            }
        }
        Ok(())
    }

    /// Every due time of every job is in exactly one row, and no two rows share an instance.
    fn check_ledger(&self) -> Result<()> {
        let mut due: BTreeMap<i64, Timestamp> =
            self.jobs.iter().map(|job| (job.id, job.next_due.unwrap())).collect();
        let mut instances = BTreeSet::new();
        for firing in self.world.ledger()? {
            let job = self.jobs.iter().find(|job| Owner::Job(job.id) == firing.owner).unwrap();
            let mut next = due[&job.id];
            assert_eq!(firing.due, next, "a due time of job {} has no row", job.id);
            for _ in 0..firing.count {
                assert!(next <= firing.to);
                next = job.definition.time.due_after(next, &jiff::tz::TimeZone::UTC).unwrap();
            }
            due.insert(job.id, next);
            assert_eq!(firing.instance.is_some(), firing.outcome != Outcome::Skipped);
            assert!(firing.instance.is_none_or(|instance| instances.insert(instance)));
        }
        let now = self.world.now();
        assert!(due.values().all(|next| *next > now), "due times since {} are missing", self.start);
        Ok(())
    }

    /// Without faults everything ends soon.
    fn settle(&mut self) -> Result<()> {
        self.faults = false;
        self.world.deafen(None);
        let (jobs, ids) = (self.world.jobs.clone(), self.jobs.iter().map(|job| job.id).collect::<Vec<_>>());
        self.check_ledger()?;
        self.world.write(move |tx, alice| jobs.set_enabled(tx, alice, "ns", Some("g"), &ids, false))?;
        for _ in 0..400 {
            self.step()?;
        }
        let service = self.world.instances.clone();
        let all = self
            .world
            .write(move |tx, alice| service.list(tx, alice, "ns", "g", &InstanceFilter::default()))?;
        for instance in &all {
            assert!(instance.state.is_final(), "{instance:?}");
        }
        let pending = self.world.ledger()?.into_iter().find(|firing| firing.outcome == Outcome::Pending);
        assert_eq!(pending, None);
        assert!(all.len() > 30, "a run without runs proves nothing");
        Ok(())
    }
}

fn simulate(seed: u64) -> Result<()> {
    let store = TestStore::sqlite(&migrations())?;
    let world = World::new(&store)?;
    let mut jobs = Vec::new();
    for (kind, expression, concurrency, attempts) in [
        (TimeKind::Cron, "*/5 * * * * ?", 1, 0),
        (TimeKind::Cron, "*/7 * * * * ?", 3, 2),
        (TimeKind::FixedRate, "10", 2, 1),
    ] {
        jobs.push(world.job(Time::of(kind, expression), move |definition| {
            definition.max_concurrency = concurrency;
            definition.max_attempt = attempts;
            definition.attempt_interval_s = 3;
        })?);
    }
    let start = world.now();
    let mut simulation = Simulation {
        world,
        random: Random::from_number(seed),
        processes: Vec::new(),
        born: 0,
        handed: HashMap::new(),
        jobs,
        start,
        faults: true,
    };
    for _ in 0..3 {
        simulation.spawn();
    }
    for _ in 0..STEPS {
        simulation.step()?;
    }
    simulation.settle()
}

#[test]
fn random_faults_break_no_rule() {
    for seed in 1..=4 {
        let outcome = std::panic::catch_unwind(|| simulate(seed).unwrap());
        assert!(outcome.is_ok(), "seed {seed}");
    }
}
