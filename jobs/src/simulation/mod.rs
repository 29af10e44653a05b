//! Triggers, instances and leases on two nodes under random faults: nodes that die, freeze (also in the midst of an
//! engine's run), say goodbye and come back, writes that fail or are not heard of, clocks that jump, connections that
//! break, workers that fall silent, die or swallow an order. Whatever happens, the rules in `truth` must hold.
//!
//! A step lets a moment pass and then one of all of them do one thing: a node tends its leases, hears what workers have
//! said to it, fires, dispatches or reaps; a worker beats, ends a run, asks for its leader or dials; or something
//! breaks. A seed decides everything, so a run that breaks a rule can be had again:
//! `MUSTER_SIMULATION_SEED=7 cargo test -p muster-jobs simulation`. `MUSTER_SIMULATION_STEPS` says how many steps are
//! made in all (20,000 unless told), each seed's quiet end not counted.

mod node;
mod process;
mod truth;

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use muster_core::{Clock, Error, Random, Result};
use muster_db::cluster::{Place, Shard};
use muster_db::testing::{TestStore, WriteFault};

use crate::job::{Time, TimeKind};
use crate::link::News;
use crate::testing::{World, migrations};
use node::{Midst, Node, Said};
use process::Process;
use truth::{Tally, Truth};

/// Steps with faults from one seed.
const STEPS: u64 = 4_000;
/// Steps without, in which everything must end.
const QUIET_STEPS: u64 = 40_000;
const NODES: [&str; 2] = ["a", "b"];
const PROCESSES: usize = 3;

struct Simulation<'s> {
    store: &'s TestStore,
    /// Makes the jobs and reads what became of them; its engines never run.
    customer: World<'s>,
    random: Random,
    nodes: Vec<Node<'s>>,
    processes: Vec<Process>,
    born: usize,
    truth: Truth,
    faults: bool,
}

impl Simulation<'_> {
    fn below(&mut self, bound: u32) -> u32 {
        u32::from_le_bytes(self.random.bytes()) % bound
    }

    fn chance(&mut self, percent: u32) -> bool {
        self.below(100) < percent
    }

    fn number(&mut self, bound: usize) -> usize {
        self.below(u32::try_from(bound).unwrap()) as usize
    }

    fn now_ms(&self) -> i64 {
        self.store.clock.monotonic_ms()
    }

    fn step(&mut self) -> Result<()> {
        let moment = if self.faults { self.below(200) } else { self.below(600) };
        self.store.clock.advance(moment.into());
        self.revive()?;
        match self.below(1_000) {
            0..12 if self.faults => self.break_something()?,
            12..20 if self.faults => self.ask_for_a_run()?,
            0..800 => self.let_a_node_act()?,
            _ => self.let_a_process_act()?,
        }
        self.truth.check_holders(&self.nodes);
        Ok(())
    }

    /// As a customer does; what is refused is not this simulation's affair.
    fn ask_for_a_run(&self) -> Result<()> {
        let job = self.truth.jobs.values().find(|job| job.next_due.is_none()).unwrap();
        match self.customer.execute(job.id) {
            Ok(_) | Err(Error::Conflict { .. }) => Ok(()),
            Err(other) => Err(other),
        }
    }

    /// Nodes come back, or wake.
    fn revive(&mut self) -> Result<()> {
        let now_ms = self.now_ms();
        for number in 0..self.nodes.len() {
            if self.nodes[number].away_until_ms.is_none_or(|until_ms| until_ms > now_ms) {
                continue;
            }
            self.nodes[number].come_back(self.store, self.customer.group)?;
            // What a frozen node was about to write goes out now.
            self.deliver(number)?;
            self.bury_if_crashed(number);
        }
        Ok(())
    }

    fn let_a_node_act(&mut self) -> Result<()> {
        let number = self.number(self.nodes.len());
        if !self.nodes[number].is_awake() {
            return Ok(());
        }
        match self.below(40) {
            0..10 => self.nodes[number].tend()?,
            10..20 => self.hear(number)?,
            20..26 => self.nodes[number].fire()?,
            26..32 => self.nodes[number].reap()?,
            _ => self.nodes[number].dispatch()?,
        }
        self.deliver(number)?;
        self.bury_if_crashed(number);
        Ok(())
    }

    fn bury_if_crashed(&mut self, number: usize) {
        if self.nodes[number].has_crashed() {
            self.kill_node(number);
        }
    }

    /// A node reads what has come in.
    fn hear(&mut self, number: usize) -> Result<()> {
        let shard = Shard::of(self.customer.group);
        while let Some((line, said)) = self.nodes[number].inbox.pop_front() {
            match said {
                Said::Beat { process, instances } => {
                    let is_here = self.nodes[number].serves_on(shard, &process, line);
                    if is_here {
                        for instance in &instances {
                            self.truth.heard(*instance, &process, self.store.clock.now());
                        }
                        self.nodes[number].take_beat(line, &process, instances, self.store.clock.now());
                    } else if let Some(process) =
                        self.processes.iter_mut().find(|it| it.line_is(number, line))
                    {
                        process.hang_up();
                    }
                }
                Said::News { process, instance, attempt, news } => {
                    let taken = self.nodes[number].take_news(line, &process, instance, news.clone())?;
                    self.truth.reported(instance, attempt, &news, taken);
                }
                Said::Bye { process } => self.nodes[number].cut(line, &process),
            }
        }
        Ok(())
    }

    /// Frames arrive at workers whose connection still stands.
    fn deliver(&mut self, number: usize) -> Result<()> {
        let Some(handed) = self.nodes[number].handed_over() else { return Ok(()) };
        for (to, line, run, is_held_up) in handed {
            let now = self.store.clock.now();
            self.truth.handed(&run, &to, is_held_up, now, &self.processes);
            let swallowed = self.faults && self.chance(2);
            let Some(process) = self.processes.iter_mut().find(|it| it.id == to && it.line_is(number, line))
            else {
                self.truth.tally.missed += 1;
                continue;
            };
            if swallowed {
                continue;
            }
            let answer = process.take(&run);
            if matches!(&answer, Said::News { news: News::Accepted, .. }) {
                self.truth.started(&run, &to);
            }
            self.nodes[number].inbox.push_back((line, answer));
        }
        for (to, kill) in self.nodes[number].kills() {
            if let Some(process) = self.processes.iter_mut().find(|it| it.id == to) {
                process.running.remove(&kill.instance);
            }
        }
        Ok(())
    }

    fn let_a_process_act(&mut self) -> Result<()> {
        let (number, now_ms) = (self.number(self.processes.len()), self.now_ms());
        let most = if self.faults { 15 } else { 40 };
        let ending: Vec<(i64, bool)> = {
            let running: Vec<i64> = self.processes[number].running.keys().copied().collect();
            let chosen: Vec<i64> = running.into_iter().filter(|_| self.chance(most)).collect();
            chosen.into_iter().map(|instance| (instance, self.chance(70))).collect()
        };
        let process = &mut self.processes[number];
        for (instance, success) in ending {
            let (line, said) = process.end(instance, success);
            if let (Some((node, line)), false) = (line, process.is_silent(now_ms)) {
                self.nodes[node].inbox.push_back((line, said));
            }
        }
        if process.is_silent(now_ms) {
            return Ok(());
        }
        if process.asks(now_ms) {
            self.ask_leader(number);
        }
        let process = &mut self.processes[number];
        if process.line.is_none()
            && let Some(target) = process.target
        {
            let line = process.dial();
            if self.nodes[target].answer(&process.id, line) {
                process.line = Some((target, line));
            }
        }
        if let Some((node, line, said)) = process.beat(now_ms) {
            self.nodes[node].inbox.push_back((line, said));
        }
        Ok(())
    }

    /// As `getLeaderAddr` does, at any node that answers.
    fn ask_leader(&mut self, number: usize) {
        let asked = self.number(self.nodes.len());
        let Some(world) = self.nodes[asked].awake() else { return };
        let told = match world.db.place_of(Shard::of(self.customer.group)) {
            Place::Here => Some(asked),
            Place::At(address) => {
                self.nodes.iter().position(|node| address == format!("{}:52014", node.name))
            }
            Place::Unknown => None,
        };
        let process = &mut self.processes[number];
        if let Some(told) = told.filter(|told| process.target != Some(*told)) {
            process.target = Some(told);
            self.break_line(number);
        }
    }

    /// A connection ends. What was said last may get lost with it.
    fn break_line(&mut self, number: usize) {
        let Some((node, line)) = self.processes[number].hang_up() else { return };
        let lost = self.number(4);
        let id = self.processes[number].id.clone();
        let inbox = &mut self.nodes[node].inbox;
        for _ in 0..lost {
            // Connections of two processes may have the same number.
            let is_its = |(its, said): &(u64, Said)| *its == line && said.process() == id;
            if let Some(last) = inbox.iter().rposition(is_its) {
                inbox.remove(last);
            }
        }
        inbox.push_back((line, Said::Bye { process: id }));
    }

    fn kill_node(&mut self, number: usize) {
        let back_in = 500 + self.below(12_000);
        let until_ms = self.now_ms() + i64::from(back_in);
        self.nodes[number].die(until_ms);
        for process in &mut self.processes {
            if process.line.is_some_and(|(node, _)| node == number) {
                process.line = None;
            }
        }
    }

    fn break_something(&mut self) -> Result<()> {
        let (mut number, now_ms) = (self.number(self.nodes.len()), self.now_ms());
        // What happens to whoever serves matters more.
        let shard = Shard::of(self.customer.group);
        if let Some(holder) = self.nodes.iter().position(|node| node.serves(shard))
            && self.chance(70)
        {
            number = holder;
        }
        let hand = self.number(self.processes.len());
        match self.below(20) {
            0..3 => self.kill_node(number),
            3 => {
                self.nodes[number].say_goodbye()?;
                self.kill_node(number);
            }
            4 => self.nodes[number].crash_next(),
            5..7 => {
                let until_ms = now_ms + 2_000 + i64::from(self.below(40_000));
                self.nodes[number].freeze(until_ms);
            }
            7..10 => {
                let until_ms = now_ms + 2_000 + i64::from(self.below(60_000));
                let midst = [Midst::Fire, Midst::Dispatch, Midst::Reap][self.number(3)];
                let after = if midst == Midst::Reap { 0 } else { self.number(3) };
                self.nodes[number].freeze_midway(midst, after, until_ms)?;
            }
            10..13 => {
                let fault = [WriteFault::Refused, WriteFault::Unheard, WriteFault::Twice][self.number(3)];
                self.nodes[number].break_next_write(fault);
            }
            13..16 => self.break_line(hand),
            16 => {
                let dead = self.processes.remove(hand);
                if let Some((node, line)) = dead.line {
                    self.nodes[node].inbox.push_back((line, Said::Bye { process: dead.id }));
                }
                self.spawn();
            }
            17..19 => {
                let until_ms = now_ms + 5_000 + i64::from(self.below(60_000));
                self.processes[hand].silent_until_ms = until_ms;
            }
            _ if self.chance(20) => {
                let by_ms = i64::from(self.below(7_200_000)) - 3_600_000;
                self.store.clock.set(self.store.clock.now().plus_ms(by_ms));
            }
            _ => {}
        }
        self.deliver(number)?;
        self.bury_if_crashed(number);
        Ok(())
    }

    fn spawn(&mut self) {
        self.born += 1;
        self.processes.push(Process::new(format!("p{}", self.born)));
    }

    /// Without faults everything ends.
    fn settle(&mut self) -> Result<()> {
        self.faults = false;
        for node in &mut self.nodes {
            node.away_until_ms = node.away_until_ms.map(|_| 0);
            node.stop_faults();
        }
        self.processes.iter_mut().for_each(|process| process.silent_until_ms = 0);
        let ids: Vec<i64> = self.truth.jobs.keys().copied().collect();
        // Whoever is asleep fires what is due until now, and so does whoever is awake: in rows of the ledger.
        let before = self.store.clock.now();
        let is_caught_up = |simulation: &Self| {
            simulation
                .customer
                .db
                .read_blocking(crate::job::next_due)
                .map(|next| next.is_none_or(|due| due > before))
        };
        self.go_on_until(is_caught_up)?;
        let jobs = self.customer.jobs.clone();
        self.truth.check_ledger(&self.customer, before)?;
        self.customer.write(move |tx, alice| jobs.set_enabled(tx, alice, "ns", Some("g"), &ids, false))?;
        self.go_on_until(|simulation| simulation.truth.all_is_over(&simulation.customer))?;
        self.truth.check_ends(&self.customer)
    }

    fn go_on_until(&mut self, is_so: impl Fn(&Self) -> Result<bool>) -> Result<()> {
        for step in 0..QUIET_STEPS {
            if step % 200 == 0 && is_so(self)? {
                return Ok(());
            }
            self.step()?;
        }
        panic!("not everything ends: {:#?}", self.truth.unfinished(&self.customer)?);
    }
}

fn simulate(seed: u64, steps: u64) -> Result<Tally> {
    let store = TestStore::sqlite(&migrations())?;
    let customer = World::new(&store)?;
    let mut jobs = BTreeMap::new();
    for (kind, expression, concurrency, attempts) in [
        (TimeKind::Cron, "* * * * * ?", 8, 0),
        (TimeKind::Cron, "*/3 * * * * ?", 4, 2),
        (TimeKind::Cron, "*/7 * * * * ?", 1, 1),
        (TimeKind::FixedRate, "10", 2, 1),
        (TimeKind::Api, "", 5, 1),
    ] {
        let time = if kind == TimeKind::Api { Time::api() } else { Time::of(kind, expression) };
        let job = customer.job(time, move |definition| {
            definition.max_concurrency = concurrency;
            definition.max_attempt = attempts;
            definition.attempt_interval_s = 3;
        })?;
        jobs.insert(job.id, job);
    }
    let nodes = NODES.iter().map(|name| Node::start(name, &store, customer.group)).collect::<Result<_>>()?;
    let mut simulation = Simulation {
        store: &store,
        customer,
        random: Random::from_number(seed),
        nodes,
        processes: Vec::new(),
        born: 0,
        truth: Truth::new(jobs),
        faults: true,
    };
    for _ in 0..PROCESSES {
        simulation.spawn();
    }
    for _ in 0..steps {
        simulation.step()?;
    }
    simulation.settle()?;
    Ok(simulation.truth.tally)
}

fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|text| text.parse().ok())
}

#[test]
fn random_faults_break_no_rule() {
    if let Some(seed) = setting("MUSTER_SIMULATION_SEED") {
        return eprintln!("seed {seed}: {:?}", simulate(seed, STEPS).unwrap());
    }
    let steps = setting("MUSTER_SIMULATION_STEPS").unwrap_or(20_000);
    let (seeds, next, began) = (steps.div_ceil(STEPS), AtomicU64::new(1), Instant::now());
    let total = Mutex::new(Tally::default());
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed > seeds {
                        return;
                    }
                    let outcome = std::panic::catch_unwind(|| simulate(seed, STEPS).unwrap());
                    match outcome {
                        Ok(tally) => *total.lock().unwrap() += tally,
                        Err(_) => panic!("seed {seed}: MUSTER_SIMULATION_SEED={seed} has it again"),
                    }
                }
            });
        }
    });
    let total = total.into_inner().unwrap();
    eprintln!("{} steps from {seeds} seeds in {:?}: {total:?}", seeds * STEPS, began.elapsed());
    total.check(seeds);
}
