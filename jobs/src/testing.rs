//! What the tests of this crate share.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::tz::TimeZone;
use muster_core::{Clock, Engine, Result, Timestamp};
use muster_db::cluster::Introduction;
use muster_db::testing::TestStore;
use muster_db::{Db, Migration, Tx};
use muster_identity::Caller;
use muster_identity::testing::root_caller;

use crate::app_groups::{self, NewAppGroup};
use crate::firings::{self, FireDue, Firing, FiringFilter};
use crate::instances::{self, BusyLimits, Dispatch, Instance, Patience, Reap};
use crate::job::{self, Definition, Job, JobKind, NewJob, Time};
use crate::link::{Beat, Kill, LinkFault, News, Report, Run, Worker, WorkerLink};
use crate::namespaces::{self, NewNamespace};
use crate::workflows;

/// Everything that application groups stand on.
pub(crate) fn migrations() -> Vec<Migration> {
    [muster_notify::MIGRATIONS, crate::MIGRATIONS].concat()
}

/// The service, with a contact directory of default settings.
pub(crate) fn groups() -> app_groups::Service {
    app_groups::Service::new(Arc::new(contacts()))
}

/// The same contact directory.
pub(crate) fn contacts() -> muster_notify::Service {
    muster_notify::Service::new(muster_notify::ContactSettings::default(), "http://127.0.0.1:8080")
}

/// A worker that beat just now, without work.
pub(crate) fn worker(id: &str, starter: &str) -> Worker {
    Worker {
        id: id.to_owned(),
        host: format!("10.0.0.{}", id.bytes().map(u32::from).sum::<u32>() % 250),
        port: 40_000,
        rpc_port: (starter == "go").then_some(40_001),
        label: format!("{id}-label"),
        version: "v1.0.7".to_owned(),
        starter: starter.to_owned(),
        metrics: crate::link::Metrics::default(),
        ready: true,
        connected_at: Timestamp::from_millis(0),
        beats: vec![Beat::new(Timestamp::from_millis(0), Vec::new())],
    }
}

/// The account of every test's caller.
pub(crate) const ALICE: &str = "1000000000000001";
const MISFIRE_MS: i64 = 30_000;
/// How long a node's leases live.
pub(crate) const NODE_LEASE_MS: i64 = 5_000;

/// How the end of a process that a test asked for shows.
pub(crate) struct Crash;

/// Holds up the next engine that speaks to the link, as a process that is frozen.
pub(crate) struct Gate {
    /// Hears that the engine has come to it.
    pub(crate) reached: Sender<()>,
    /// Says when it may go on.
    pub(crate) resume: Receiver<()>,
    /// How many calls pass before.
    pub(crate) after: usize,
    /// Whether it stands before the question who is there, else before a frame.
    pub(crate) before_workers: bool,
}

/// Workers that do what a test says.
#[derive(Default)]
pub(crate) struct FakeLink {
    pub(crate) workers: Mutex<HashMap<i64, Vec<Worker>>>,
    pub(crate) runs: Mutex<Vec<(String, Run)>>,
    pub(crate) kills: Mutex<Vec<(String, Kill)>>,
    pub(crate) deaf: Mutex<Option<LinkFault>>,
    pub(crate) crash: AtomicBool,
    pub(crate) gate: Mutex<Option<Gate>>,
    /// Instances whose frames were held up between the engine's last look at its lease and the connection.
    pub(crate) held_up: Mutex<Vec<i64>>,
}

impl FakeLink {
    /// Waits at the gate, if there is one here; whether there was.
    fn pass_gate(&self, is_before_workers: bool) -> bool {
        let gate = {
            let mut gate = lock(&self.gate);
            match gate.as_mut() {
                Some(shut) if shut.before_workers != is_before_workers => None,
                Some(shut) if shut.after > 0 => {
                    shut.after -= 1;
                    None
                }
                _ => gate.take(),
            }
        };
        let Some(gate) = gate else { return false };
        // Whoever shut the gate is gone when these fail: then nothing is held up.
        let _ = gate.reached.send(());
        let _ = gate.resume.recv();
        true
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl WorkerLink for FakeLink {
    fn workers(&self, app_group: i64) -> Vec<Worker> {
        self.pass_gate(true);
        lock(&self.workers).get(&app_group).cloned().unwrap_or_default()
    }

    fn submit(&self, worker: &str, run: &Run) -> Result<(), LinkFault> {
        if let Some(fault) = lock(&self.deaf).clone() {
            return Err(fault);
        }
        if self.pass_gate(false) {
            lock(&self.held_up).push(run.instance);
        }
        lock(&self.runs).push((worker.to_owned(), run.clone()));
        if self.crash.swap(false, Ordering::Relaxed) {
            // The frame is out, and the process ends before it can note so.
            std::panic::resume_unwind(Box::new(Crash));
        }
        Ok(())
    }

    fn kill(&self, worker: &str, kill: &Kill) -> Result<(), LinkFault> {
        lock(&self.kills).push((worker.to_owned(), kill.clone()));
        Ok(())
    }
}

/// A crash that a test asked for ends the engine's run and nothing else.
fn run_or_crash(engine: &impl Engine) -> Result<()> {
    let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| engine.run()));
    outcome.unwrap_or_else(|panic| {
        if !panic.is::<Crash>() {
            std::panic::resume_unwind(panic);
        }
        Ok(())
    })
}

/// A store with a namespace "ns", a group "g", engines that a test runs by hand and workers that do what it says.
pub(crate) struct World<'s> {
    pub(crate) store: &'s TestStore,
    /// The store as this world's node sees it.
    pub(crate) db: Db,
    pub(crate) link: Arc<FakeLink>,
    pub(crate) group: i64,
    pub(crate) jobs: job::Service,
    pub(crate) instances: instances::Service,
    pub(crate) workflows: workflows::Service,
    pub(crate) fire: Arc<FireDue>,
    /// It leaves what it fires to the engine that dispatches.
    pub(crate) fire_alone: FireDue,
    pub(crate) dispatch: Arc<Dispatch>,
    pub(crate) reap: Arc<Reap>,
    advance: workflows::Advance,
}

impl<'s> World<'s> {
    /// Runs `test` in a new world on each store.
    pub(crate) fn on_each(test: impl Fn(&World<'_>) -> Result<()>) {
        TestStore::on_each(&migrations(), |store| test(&World::new(store)?)).unwrap();
    }

    pub(crate) fn new(store: &'s TestStore) -> Result<Self> {
        let group = store.db.write_blocking(|tx| {
            let alice = root_caller(ALICE);
            let namespace =
                NewNamespace { uid: Some("ns".into()), name: "n".into(), description: String::new() };
            namespaces::create(tx, &alice, namespace)?;
            groups().create(tx, &alice, &NewAppGroup::named("ns", "g", "Group"))
        })?;
        Ok(Self::of_node(store, store.db.clone(), group.id))
    }

    /// Another node that serves the same group, when it does. Each has workers of its own.
    pub(crate) fn of_node(store: &'s TestStore, db: Db, group: i64) -> Self {
        let link = Arc::<FakeLink>::default();
        let clock = Arc::<muster_core::ManualClock>::clone(&store.clock);
        let (patience, limits) = (Patience::default(), BusyLimits::default());
        let port: Arc<dyn WorkerLink> = Arc::<FakeLink>::clone(&link);
        let dispatch = Dispatch::new(
            db.clone(),
            Arc::<muster_core::ManualClock>::clone(&clock),
            Arc::clone(&port),
            patience,
            limits,
        );
        let fire = || {
            let clock = Arc::<muster_core::ManualClock>::clone(&clock);
            FireDue::new(db.clone(), clock, TimeZone::UTC, MISFIRE_MS)
        };
        World {
            store,
            link,
            group,
            jobs: job::Service { zone: TimeZone::UTC },
            instances: instances::Service { zone: TimeZone::UTC },
            workflows: workflows::Service { zone: TimeZone::UTC },
            advance: workflows::Advance::new(db.clone()),
            fire: Arc::new(fire().handing_over(&dispatch)),
            fire_alone: fire(),
            dispatch: Arc::new(dispatch),
            reap: Arc::new(Reap::new(db.clone(), clock, port, patience)),
            db,
        }
    }

    /// A node that joins the others under this name.
    pub(crate) fn join(store: &'s TestStore, name: &str, group: i64) -> Result<Self> {
        let db = store.db.another_node();
        let introduction = Introduction {
            home: name.to_owned(),
            address: Some(format!("{name}:52014")),
            version: String::new(),
            lease_ms: NODE_LEASE_MS,
        };
        db.join(introduction, Arc::<muster_core::ManualClock>::clone(&store.clock))?;
        Ok(Self::of_node(store, db, group))
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.store.clock.now()
    }

    /// Moves the clock and lets every engine run.
    pub(crate) fn pass(&self, ms: i64) -> Result<()> {
        self.store.clock.advance(ms);
        run_or_crash(&*self.fire)?;
        self.reap.run()?;
        self.advance.run()?;
        run_or_crash(&*self.dispatch)
    }

    /// Moves the clock and lets only the engine that fires run.
    pub(crate) fn fire(&self, ms: i64) -> Result<()> {
        self.store.clock.advance(ms);
        self.fire_alone.run()
    }

    pub(crate) fn write<T: Send + 'static>(
        &self,
        work: impl Fn(&mut Tx<'_>, &Caller) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.db.write_blocking(move |tx| work(tx, &root_caller(ALICE)))
    }

    /// Makes a Go job named `name`, changed by `change`.
    pub(crate) fn job(&self, time: Time, change: impl Fn(&mut Definition) + Send + 'static) -> Result<Job> {
        let jobs = self.jobs.clone();
        self.write(move |tx, alice| {
            let mode = job::ExecuteMode::Standalone;
            let mut definition = Definition::named("job", JobKind::Go, mode, time.clone());
            change(&mut definition);
            jobs.create(tx, alice, "ns", "g", NewJob::of(definition))
        })
    }

    /// Runs the job now.
    pub(crate) fn execute(&self, job: i64) -> Result<i64> {
        let instances = self.instances.clone();
        self.write(move |tx, alice| {
            instances.execute(tx, alice, "ns", "g", job, instances::Execute::default())
        })
    }

    /// Has a worker connected that beats at `beats` (milliseconds before now) and lists `listed` each time.
    pub(crate) fn connect(&self, id: &str, listed: &[i64]) {
        self.connect_beating(id, &[0, 5_000], listed);
    }

    pub(crate) fn connect_beating(&self, id: &str, ago_ms: &[i64], listed: &[i64]) {
        let beat = |ago: &i64| Beat::new(self.now().plus_ms(-ago), listed.to_vec());
        self.attach(Worker { beats: ago_ms.iter().map(beat).collect(), ..worker(id, "go") });
    }

    /// Has this worker connected, in place of the one of its name.
    pub(crate) fn attach(&self, worker: Worker) {
        let mut workers = lock(&self.link.workers);
        let of_group = workers.entry(self.group).or_default();
        of_group.retain(|other| other.id != worker.id);
        of_group.push(worker);
    }

    pub(crate) fn disconnect(&self, id: &str) {
        lock(&self.link.workers).entry(self.group).or_default().retain(|worker| worker.id != id);
    }

    /// What was handed to workers since the last time: worker and run.
    pub(crate) fn handed_over(&self) -> Vec<(String, Run)> {
        std::mem::take(&mut lock(&self.link.runs))
    }

    pub(crate) fn killed(&self) -> Vec<(String, Kill)> {
        std::mem::take(&mut lock(&self.link.kills))
    }

    /// Has the engine that dispatches die after the next frame.
    pub(crate) fn crash_next(&self) {
        self.link.crash.store(true, Ordering::Relaxed);
    }

    pub(crate) fn deafen(&self, fault: Option<LinkFault>) {
        *lock(&self.link.deaf) = fault;
    }

    /// A worker says something; whether it changed anything.
    pub(crate) fn report(&self, worker: &str, instance: i64, news: News) -> Result<bool> {
        self.report_on(self.db.node(), worker, instance, news)
    }

    /// The same on a connection that was made when this node had another number.
    pub(crate) fn report_on(
        &self,
        node: Option<i64>,
        worker: &str,
        instance: i64,
        news: News,
    ) -> Result<bool> {
        let (instances, app_group, worker) = (self.instances.clone(), self.group, worker.to_owned());
        let report = Report { app_group, worker, instance, node, news };
        self.write(move |tx, _| Ok(instances.report(tx, std::slice::from_ref(&report))?[0]))
    }

    pub(crate) fn end(&self, worker: &str, instance: i64, success: bool) -> Result<bool> {
        let result = if success { "done" } else { "broken" }.to_owned();
        self.report(worker, instance, News::Ended { success, result, progress: String::new() })
    }

    pub(crate) fn instance(&self, job: i64, id: i64) -> Result<Instance> {
        let instances = self.instances.clone();
        self.write(move |tx, alice| instances.get(tx, alice, "ns", "g", job, id))
    }

    pub(crate) fn ledger(&self) -> Result<Vec<Firing>> {
        self.write(|tx, _| firings::list(tx, &FiringFilter::default()))
    }

    /// The ledger in words: seconds since `from`, `-` the last, `x` how many, outcome, reason.
    pub(crate) fn ledger_since(&self, from: Timestamp) -> Result<Vec<String>> {
        let line = |firing: &Firing| {
            let s = |at: Timestamp| at.since(from) / 1000;
            let reason = firing.reason.as_deref().map_or(String::new(), |reason| format!(": {reason}"));
            let outcome = firing.outcome.as_str();
            if firing.count == 1 {
                format!("{} {outcome}{reason}", s(firing.due))
            } else {
                format!("{}-{} x{} {outcome}{reason}", s(firing.due), s(firing.to), firing.count)
            }
        };
        Ok(self.ledger()?.iter().map(line).collect())
    }
}
