//! B1: runs of jobs that do nothing, each waiting, then claimed, then done on disk.
//!
//! The engines are those of the server; the worker is in this process and does nothing but say that it took a run and
//! that it ended, so that nothing is measured but the scheduler and its store.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use clap::Args;
use jiff::civil::Time as TimeOfDay;
use muster_core::{Driver, Timestamp};
use muster_db::{Counters, Db};
use muster_jobs::app_groups::AppGroup;
use muster_jobs::instances::{Backfill, InstanceFilter, Service, State};
use muster_jobs::job::{Definition, ExecuteMode, JobKind, Time};
use muster_jobs::link::{Beat, Kill, LinkFault, Metrics, News, Report as Said, Run, Worker, WorkerLink};
use serde::Serialize;

use super::ground::{Folder, Ground, NAMESPACE, Place, blocking, text};
use crate::bench::{Fault, measure};

const WORKER: &str = "bench";
const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// Callers that enqueue side by side.
const CALLERS: usize = 8;
/// Reports in one transaction, as many as wait.
const TOGETHER: usize = 1_000;
const LONGEST: Duration = Duration::from_secs(600);

/// Runs of jobs a second, with the engines of the server and a worker that does nothing
#[derive(Args, Debug)]
pub struct Runs {
    /// How many jobs there are
    #[arg(long, default_value_t = 1_000)]
    jobs: usize,
    /// How many instances each of them has
    #[arg(long, default_value_t = 50)]
    instances: usize,
    /// How often it is done, each time in a new store on SQLite; the median counts
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Where the data folder is made; its disk is what is measured
    #[arg(long, value_name = "DIR", default_value = ".")]
    folder: PathBuf,
}

/// The result, checked.
#[derive(Debug, Serialize)]
pub struct Report {
    store: &'static str,
    runs: usize,
    enqueued_per_second: f64,
    runs_per_second: f64,
    rounds: Vec<Round>,
    flush_ms: f64,
}

#[derive(Clone, Copy, Debug, Serialize)]
struct Round {
    enqueued_per_second: f64,
    runs_per_second: f64,
    commits_per_run: f64,
}

impl Runs {
    /// Runs it, in this process.
    ///
    /// # Errors
    /// When a run is not done exactly once.
    pub async fn run(&self, database: Option<&String>) -> Result<Report, Fault> {
        let folder = Folder::inside(&self.folder)?;
        let flush = measure::flush_time(folder.path()).map_err(text)?;
        let mut rounds = Vec::new();
        // A database is given once and used once.
        let count = if database.is_some() { 1 } else { self.rounds.max(1) };
        for number in 0..count {
            let mut place = folder.place(database);
            place.data.push(number.to_string());
            rounds.push(self.round(&place).await?);
        }
        let mut sorted = rounds.clone();
        sorted.sort_by(|a, b| a.runs_per_second.total_cmp(&b.runs_per_second));
        let median = sorted[sorted.len() / 2];
        Ok(Report {
            store: folder.place(database).store(),
            runs: self.jobs * self.instances,
            enqueued_per_second: median.enqueued_per_second,
            runs_per_second: median.runs_per_second,
            rounds,
            flush_ms: measure::milliseconds(flush),
        })
    }

    async fn round(&self, place: &Place) -> Result<Round, Fault> {
        let (place, jobs, each) = (place.clone(), self.jobs, self.instances);
        let (ground, group, ids) = blocking(move || {
            let ground = Ground::open(&place)?;
            let group = ground.add_groups(1, jobs)?.remove(0);
            let ids = ground.add_jobs(&group, jobs, move |number| definition(number, each))?;
            Ok((ground, group, ids))
        })
        .await?;
        let ground = Arc::new(ground);
        let runs = jobs * each;
        let began = Instant::now();
        let enqueued = enqueue(&ground, &group, &ids, each).await?;
        let enqueue_s = began.elapsed().as_secs_f64();
        if enqueued != runs {
            return Err(format!("{enqueued} of {runs} instances were made"));
        }

        let (nothing, reporter) = Nothing::start(&ground.db, group.id);
        let link: Arc<dyn WorkerLink> = Arc::<Nothing>::clone(&nothing);
        let engines = ground.features.engines(&ground.settings, &ground.db, &ground.world, &link);
        let before = ground.db.counters();
        let began = Instant::now();
        let mut driver = Driver::new(ground.world.signals.clone());
        for engine in engines.map_err(text)? {
            driver.start(engine, Arc::clone(&ground.world.clock));
        }
        let done = Arc::clone(&nothing);
        let took = blocking(move || done.wait(runs, began)).await?;
        let after = ground.db.counters();
        driver.stop().await;
        nothing.stop();
        blocking(move || reporter.join().map_err(|_| "the reporter panicked".to_owned())?).await?;
        let group_id = group.group_id.clone();
        blocking(move || {
            nothing.check(runs)?;
            check(&ground, &group_id, &ids, each)?;
            Arc::into_inner(ground).map_or(Ok(()), |ground| {
                ground.close();
                Ok(())
            })
        })
        .await?;
        Ok(rates(runs, enqueue_s, took.as_secs_f64(), before, after))
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of runs are far below 2^52")]
fn rates(runs: usize, enqueue_s: f64, run_s: f64, before: Counters, after: Counters) -> Round {
    let runs = runs as f64;
    Round {
        enqueued_per_second: runs / enqueue_s,
        runs_per_second: runs / run_s,
        commits_per_run: (after.commits - before.commits) as f64 / runs,
    }
}

fn definition(number: usize, concurrency: usize) -> Definition {
    let name = format!("job{number}");
    let content = r#"{"jobName":"Nothing"}"#.to_owned();
    let max_concurrency = i64::try_from(concurrency).unwrap_or(i64::MAX);
    let definition = Definition::named(&name, JobKind::Go, ExecuteMode::Standalone, Time::api());
    Definition { content, max_concurrency, ..definition }
}

/// Has each job run for each of many days, several callers side by side; how many instances that makes.
async fn enqueue(ground: &Arc<Ground>, group: &AppGroup, jobs: &[i64], each: usize) -> Result<usize, Fault> {
    let mut callers = Vec::new();
    for jobs in jobs.chunks(jobs.len().div_ceil(CALLERS)) {
        let (ground, group, jobs) = (Arc::clone(ground), group.group_id.clone(), jobs.to_vec());
        callers.push(tokio::task::spawn_blocking(move || {
            let first = Timestamp::from_millis(1_700_000_000_000);
            let days = i64::try_from(each).unwrap_or(i64::MAX) - 1;
            let wish = Backfill {
                from: first,
                to: first.plus_ms(days * DAY_MS),
                time_of_day: TimeOfDay::midnight(),
            };
            let mut made = 0;
            for job in jobs {
                let (services, caller) = (Arc::clone(&ground.features.instances), ground.caller.clone());
                let group = group.clone();
                let instances = ground
                    .db
                    .write_blocking(move |tx| services.backfill(tx, &caller, NAMESPACE, &group, job, wish));
                made += instances.map_err(text)?.len();
            }
            Ok::<usize, Fault>(made)
        }));
    }
    let mut made = 0;
    for caller in callers {
        made += caller.await.map_err(text)??;
    }
    Ok(made)
}

/// Each job has its instances, and each of them succeeded at the first try.
fn check(ground: &Ground, group: &str, jobs: &[i64], each: usize) -> Result<(), Fault> {
    for job in jobs {
        let filter = InstanceFilter { job: Some(*job), ..InstanceFilter::default() };
        let (services, caller) = (&ground.features.instances, &ground.caller);
        let found = ground.db.read_blocking(|tx| services.list(tx, caller, NAMESPACE, group, &filter));
        let found = found.map_err(text)?;
        let whole = found.iter().filter(|instance| {
            instance.state == State::Success
                && instance.attempt == 0
                && instance.worker == WORKER
                && instance.started_at.zip(instance.ended_at).is_some_and(|(start, end)| start <= end)
        });
        let whole = whole.count();
        if whole != each || found.len() != each {
            return Err(format!("job {job} has {} instances, {whole} of them done, of {each}", found.len()));
        }
    }
    Ok(())
}

/// A worker that does nothing, at once.
struct Nothing {
    group: i64,
    runs: Mutex<Option<Sender<i64>>>,
    done: AtomicUsize,
    /// How often each instance was handed over.
    seen: Mutex<HashMap<i64, u32>>,
    fault: Mutex<Option<Fault>>,
}

impl Nothing {
    /// The worker, and the thread that reports for it.
    fn start(db: &Db, group: i64) -> (Arc<Self>, JoinHandle<Result<(), Fault>>) {
        let (runs, taken) = channel();
        let worker = Arc::new(Self {
            group,
            runs: Mutex::new(Some(runs)),
            done: AtomicUsize::new(0),
            seen: Mutex::default(),
            fault: Mutex::default(),
        });
        let (reporter, db) = (Arc::clone(&worker), db.clone());
        let thread = std::thread::spawn(move || {
            let outcome = reporter.report_all(&db, &taken);
            if let Err(fault) = &outcome {
                *lock(&reporter.fault) = Some(fault.clone());
            }
            outcome
        });
        (worker, thread)
    }

    fn report_all(&self, db: &Db, taken: &Receiver<i64>) -> Result<(), Fault> {
        let service = Service { zone: jiff::tz::TimeZone::UTC };
        let ended = || News::Ended { success: true, result: String::new(), progress: String::new() };
        while let Ok(first) = taken.recv() {
            let waiting = taken.try_iter().take(TOGETHER - 1);
            let reports: Vec<Said> = std::iter::once(first)
                .chain(waiting)
                .flat_map(|instance| [News::Accepted, ended()].map(|news| (instance, news)))
                .map(|(instance, news)| Said {
                    app_group: self.group,
                    worker: WORKER.to_owned(),
                    instance,
                    node: db.node(),
                    news,
                })
                .collect();
            let (runs, service) = (reports.len() / 2, service.clone());
            let changed = db.write_in_turn_blocking(move |tx| service.report(tx, &reports)).map_err(text)?;
            if changed.contains(&false) {
                return Err("the end of a run changed nothing".to_owned());
            }
            self.done.fetch_add(runs, Ordering::Release);
        }
        Ok(())
    }

    /// How long it took until the last run was done on disk.
    fn wait(&self, runs: usize, began: Instant) -> Result<Duration, Fault> {
        while self.done.load(Ordering::Acquire) < runs {
            if let Some(fault) = lock(&self.fault).clone() {
                return Err(fault);
            }
            if began.elapsed() > LONGEST {
                return Err(format!("{} of {runs} are done", self.done.load(Ordering::Acquire)));
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        Ok(began.elapsed())
    }

    fn stop(&self) {
        lock(&self.runs).take();
    }

    /// Every run was handed over, and none twice.
    fn check(&self, runs: usize) -> Result<(), Fault> {
        let seen = lock(&self.seen);
        let twice = seen.values().filter(|times| **times > 1).count();
        if seen.len() == runs && twice == 0 {
            return Ok(());
        }
        Err(format!("{} of {runs} were handed over, {twice} of them more than once", seen.len()))
    }
}

impl WorkerLink for Nothing {
    fn workers(&self, app_group: i64) -> Vec<Worker> {
        if app_group != self.group {
            return Vec::new();
        }
        vec![Worker {
            id: WORKER.to_owned(),
            host: "127.0.0.1".to_owned(),
            port: 1,
            rpc_port: Some(2),
            label: String::new(),
            version: String::new(),
            starter: "go".to_owned(),
            metrics: Metrics::default(),
            ready: true,
            connected_at: Timestamp::default(),
            beats: vec![Beat::new(Timestamp::default(), Vec::new())],
        }]
    }

    fn submit(&self, _worker: &str, run: &Run) -> Result<(), LinkFault> {
        *lock(&self.seen).entry(run.instance).or_default() += 1;
        let runs = lock(&self.runs);
        runs.as_ref().and_then(|runs| runs.send(run.instance).ok()).ok_or(LinkFault::Gone)
    }

    fn kill(&self, _worker: &str, _kill: &Kill) -> Result<(), LinkFault> {
        Ok(())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Report {
    /// As lines for people.
    pub fn text(&self) -> String {
        let mut lines = String::from("store        runs     enqueued/s     runs/s  commits/run\n");
        for round in &self.rounds {
            lines.push_str(&format!(
                "{:<11} {:>6} {:>12.0} {:>10.0} {:>12.4}\n",
                self.store,
                self.runs,
                round.enqueued_per_second,
                round.runs_per_second,
                round.commits_per_run
            ));
        }
        lines.push_str(&format!(
            "median: {:.0} runs/s; a bare flush takes {:.3} ms; every instance was handed over once and is done on disk\n",
            self.runs_per_second, self.flush_ms
        ));
        lines
    }
}
