//! The worker inside the server: for the rest of the scheduler one more worker of every group.
//!
//! It is a port beside the one to connected workers, with the same book and the same runner as a worker of its own
//! process has: a child process with a connection to its own server would need a key of every group and cost twice the
//! memory. Claims, leases and reports are those of any worker. It has another name after each start, so what a crash
//! cut off is lost when its lease ends; its guardian kills what it left running. It steps aside for a group that has a
//! `muster worker` of its own.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use muster_core::{Clock, Random, Result, SharedRandom, Timestamp};
use muster_db::Db;
use muster_db::cluster::Shard;
use muster_jobs::instances;
use muster_jobs::link::{Beat, Family, Kill, LinkFault, Metrics, News, Report, Run, Worker, WorkerLink};
use muster_jobs::logs;

use crate::Limits;
use crate::core::Core;
use crate::lock;
use crate::runner::Stop;
use crate::task::Task;

/// How long lines gather before they are written down together.
const GATHER: Duration = Duration::from_millis(100);
const TICK: Duration = Duration::from_secs(1);
/// The pause before the store is asked again.
const AGAIN: Duration = Duration::from_secs(1);

/// What the worker inside the server stands on.
#[derive(Clone)]
pub struct Inside {
    /// Where its reports go.
    pub db: Db,
    /// Who takes them.
    pub instances: Arc<instances::Service>,
    /// Who keeps what its runs print.
    pub logs: logs::Service,
    /// Where the present instant comes from.
    pub clock: Arc<dyn Clock>,
    /// Where its runs' files lie.
    pub folder: PathBuf,
    /// What a run may use.
    pub limits: Limits,
    /// How long after the start it takes nothing, in milliseconds: a group's own workers have to come back first.
    pub settle_ms: i64,
}

/// Connected workers, and the one inside the server beside them.
pub struct LocalWorker {
    others: Arc<dyn WorkerLink>,
    inner: Arc<Inner>,
    /// Its thread runs from the first run on.
    started: OnceLock<bool>,
}

struct Inner {
    core: Arc<Core>,
    inside: Inside,
    accepted: Mutex<Vec<(i64, i64)>>,
    ready_at: Timestamp,
}

impl LocalWorker {
    /// Beside `others`. Nothing is started before there is something to run.
    pub fn new(inside: Inside, random: &SharedRandom, others: Arc<dyn WorkerLink>) -> Self {
        let id = format!("local_{}", Random::from_seed(&random.seed()).uuid().simple());
        let folder = inside.folder.join(&id);
        let core = Core::new(&id, inside.limits.clone(), folder);
        let ready_at = inside.clock.now().plus_ms(inside.settle_ms);
        let inner = Arc::new(Inner { core, inside, accepted: Mutex::default(), ready_at });
        Self { others, inner, started: OnceLock::new() }
    }

    /// Takes nothing new, ends what runs, and returns when that is written down, or after `most`. Blocks.
    pub fn drain(&self, most: Duration) {
        let core = &self.inner.core;
        core.drain();
        core.stop_all();
        let until = Instant::now() + most;
        while !core.is_done() && Instant::now() < until {
            core.book.wait(GATHER);
        }
        // What is left there belongs to runs that would not end.
        let _ = std::fs::remove_dir(self.inner.inside.folder.join(&core.id));
    }

    fn start(&self) -> bool {
        *self.started.get_or_init(|| {
            let inner = Arc::clone(&self.inner);
            // Left there by a server that was killed.
            let _ = std::fs::remove_dir_all(&inner.inside.folder);
            let thread = std::thread::Builder::new().name("local-worker".to_owned());
            thread.spawn(move || inner.work()).is_ok()
        })
    }
}

impl WorkerLink for LocalWorker {
    fn workers(&self, app_group: i64) -> Vec<Worker> {
        let mut workers = self.others.workers(app_group);
        let (own, now) = (self.inner.core.instances(app_group), self.inner.inside.clock.now());
        let is_alone = workers.iter().all(|worker| worker.family() != Family::Muster);
        if !is_alone && own.is_empty() {
            return workers;
        }
        let listed = Beat::new(now, own);
        workers.push(Worker {
            id: self.inner.core.id.clone(),
            host: "local".to_owned(),
            port: 0,
            rpc_port: None,
            label: String::new(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            starter: "muster".to_owned(),
            metrics: Metrics::default(),
            ready: is_alone && now >= self.inner.ready_at,
            // It cannot be cut off from its own process.
            connected_at: Timestamp::default(),
            // What is missing in two of them is lost, and what is listed here is always as of now.
            beats: vec![listed.clone(), listed],
        });
        workers
    }

    fn submit(&self, worker: &str, run: &Run) -> Result<(), LinkFault> {
        let core = &self.inner.core;
        if worker != core.id {
            return self.others.submit(worker, run);
        }
        let unfit = |why| LinkFault::Unfit { why };
        let task = Task::of_run(run).map_err(unfit)?;
        if !self.start() {
            return Err(LinkFault::Gone);
        }
        lock(&self.inner.accepted).push((run.app_group, run.instance));
        core.submit(task).map_err(unfit)
    }

    fn kill(&self, worker: &str, kill: &Kill) -> Result<(), LinkFault> {
        if worker != self.inner.core.id {
            return self.others.kill(worker, kill);
        }
        self.inner.core.stop(kill.instance, Stop::Killed);
        Ok(())
    }
}

impl Inner {
    /// Writes down what runs print and how they end, as long as the process lives.
    fn work(&self) {
        let mut ticked = Instant::now();
        loop {
            self.core.book.wait(TICK);
            std::thread::sleep(GATHER);
            self.keep();
            if ticked.elapsed() >= TICK {
                self.core.tick();
                ticked = Instant::now();
            }
            if let Err(error) = self.write_down() {
                tracing::warn!(error = %muster_core::describe(&error), "the local worker's runs could not be written down");
                self.core.book.resend();
                std::thread::sleep(AGAIN);
            }
        }
    }

    /// Keeps the runs of the groups that this server serves; it needs no heartbeats of its own to know.
    fn keep(&self) {
        let db = &self.inside.db;
        self.core.stop_moved(|app_group| db.serving_since(Shard::of(app_group)).is_some());
        self.core.heard(Instant::now());
    }

    /// Lines first: whoever sees that a run has ended should find what it printed.
    fn write_down(&self) -> Result<()> {
        let accepted = std::mem::take(&mut *lock(&self.accepted));
        let reports: Vec<Report> = accepted
            .iter()
            .map(|(app_group, instance)| self.report(*app_group, *instance, News::Accepted))
            .collect();
        self.take(reports)?;
        loop {
            let due = self.core.book.batches(&self.core.id);
            if due.is_empty() {
                break;
            }
            let runs: Vec<i64> = due.iter().map(|due| due.batch.run).collect();
            let logs = self.inside.logs;
            let taken: Result<Vec<i64>> = self.inside.db.write_blocking(move |tx| {
                due.iter().map(|due| logs.append(tx, due.app_group, &due.batch)).collect()
            });
            for (run, taken) in runs.into_iter().zip(taken?) {
                self.core.book.taken(run, taken);
            }
        }
        let ends = self.core.book.ends();
        let report = |(_, end): &(i64, crate::book::End)| {
            let (success, result) = (end.outcome.success, end.outcome.result.clone());
            let news = News::Ended { success, result, progress: String::new() };
            self.report(end.app_group, end.instance, news)
        };
        self.take(ends.iter().map(report).collect())?;
        for (number, _) in ends {
            self.core.told(number);
        }
        Ok(())
    }

    fn report(&self, app_group: i64, instance: i64, news: News) -> Report {
        // What this node handed to itself is its own.
        Report { app_group, worker: self.core.id.clone(), instance, node: None, news }
    }

    fn take(&self, reports: Vec<Report>) -> Result<()> {
        if reports.is_empty() {
            return Ok(());
        }
        let instances = Arc::clone(&self.inside.instances);
        self.inside.db.write_blocking(move |tx| instances.report(tx, &reports).map(drop))
    }
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;
    use muster_db::cluster::Introduction;
    use muster_db::testing::TestStore;

    use super::*;

    /// The same workers in every group.
    struct Connected(Mutex<Vec<Worker>>);

    impl WorkerLink for Connected {
        fn workers(&self, _app_group: i64) -> Vec<Worker> {
            lock(&self.0).clone()
        }

        fn submit(&self, _worker: &str, _run: &Run) -> std::result::Result<(), LinkFault> {
            Err(LinkFault::Gone)
        }

        fn kill(&self, _worker: &str, _kill: &Kill) -> std::result::Result<(), LinkFault> {
            Err(LinkFault::Gone)
        }
    }

    fn worker(id: &str, starter: &str) -> Worker {
        Worker {
            id: id.to_owned(),
            host: "10.0.0.1".to_owned(),
            port: 1,
            rpc_port: None,
            label: String::new(),
            version: String::new(),
            starter: starter.to_owned(),
            metrics: Metrics::default(),
            ready: true,
            connected_at: Timestamp::default(),
            beats: Vec::new(),
        }
    }

    fn inside(store: &TestStore, db: Db) -> Inside {
        Inside {
            db,
            instances: Arc::new(instances::Service { zone: TimeZone::UTC }),
            logs: logs::Service::default(),
            clock: Arc::<muster_core::ManualClock>::clone(&store.clock),
            folder: store.folder.path().join("runs"),
            limits: Limits::default(),
            settle_ms: 30_000,
        }
    }

    #[test]
    fn it_stands_beside_others_and_steps_aside_for_its_kind() {
        let store = TestStore::sqlite(&[]).unwrap();
        let inside = inside(&store, store.db.clone());
        let connected = Arc::new(Connected(Mutex::new(vec![worker("a", "go"), worker("b", "springboot")])));
        let random = SharedRandom::new(Random::from_number(1));
        let others: Arc<dyn WorkerLink> = Arc::<Connected>::clone(&connected);
        let local = LocalWorker::new(inside, &random, others);
        let own = || local.workers(7).into_iter().find(|worker| worker.host == "local");
        assert!(!own().unwrap().ready, "the group's own workers have to come back first");
        store.clock.advance(30_000);
        assert!(own().unwrap().ready);
        assert_eq!(local.workers(7).len(), 3);
        assert!(matches!(local.kill("a", &stop(9)), Err(LinkFault::Gone)));
        assert_eq!(local.kill(&own().unwrap().id, &stop(9)), Ok(()));
        lock(&connected.0).push(worker("c", "muster"));
        assert!(own().is_none());
        // Nothing was ever started: there is nothing to wait for.
        local.drain(Duration::from_secs(60));
    }

    #[test]
    fn its_runs_end_when_another_server_takes_their_group() {
        let store = TestStore::sqlite(&[]).unwrap();
        let clock: Arc<dyn Clock> = Arc::<muster_core::ManualClock>::clone(&store.clock);
        let join = |home: &str| {
            let db = store.db.another_node();
            let introduction = Introduction {
                home: home.to_owned(),
                address: None,
                version: "1".to_owned(),
                lease_ms: 5_000,
            };
            db.join(introduction, Arc::clone(&clock)).unwrap();
            db
        };
        let (here, there) = (join("a"), join("b"));
        let core = Core::new("local", Limits::default(), store.folder.path().join("runs"));
        let sleeping = |instance, app_group| Task {
            app_group,
            code: crate::task::Code::BuiltIn("muster.sleep".to_owned()),
            parameters: "1000".to_owned(),
            ..crate::task::script(instance, "")
        };
        for group in 0..2 {
            core.submit(sleeping(group, group)).unwrap();
        }
        let inner = Inner {
            core: Arc::clone(&core),
            inside: inside(&store, here.clone()),
            accepted: Mutex::default(),
            ready_at: Timestamp::default(),
        };
        inner.keep();
        assert!(core.book.ends().is_empty());
        // It goes away for a lease, and the other one takes what it held.
        for _ in 0..7 {
            store.clock.advance(1_000);
            there.tend().unwrap();
        }
        assert!(there.serving_since(Shard::of(0)).is_some());
        inner.keep();
        let until = Instant::now() + Duration::from_secs(60);
        while !core.is_idle() {
            assert!(Instant::now() < until);
            std::thread::yield_now();
        }
        let ends = core.book.ends();
        assert_eq!(ends.len(), 2);
        assert!(ends.iter().all(|(_, end)| end.outcome.result.contains("taken the app group over")));
    }

    fn stop(instance: i64) -> Kill {
        Kill {
            job: 1,
            instance,
            app_group: 7,
            kind: muster_jobs::job::JobKind::Shell,
            mode: muster_jobs::job::ExecuteMode::Standalone,
            class_name: String::new(),
            content: String::new(),
            user: "alice".to_owned(),
        }
    }
}
