//! B9: alarm rules: how much of a core it takes to judge them all each minute.
//!
//! The clock is moved by hand, so that minutes pass as fast as they are judged; what is measured is the processor time of
//! the engine alone. One host in a hundred is too hot for two minutes: its alarm, and the end of it, are what is checked.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::Args;
use muster_alarms::engine::Judge;
use muster_alarms::{
    Comparison, Condition, Ending, EpisodeFilter, Level, LevelCondition, Order, Origin, Owner, Policy,
    Quantity, RuleSpec, Subject, Target, Watch,
};
use muster_core::{Clock, Engine, ManualClock, PageRequest, SystemClock};
use muster_db::Db;
use muster_metrics::{Admission, NewSample, Period, Sample, Scope, SeriesName, Statistic, ValueKind};
use serde::Serialize;

use super::jobs::ground::{Folder, Place, blocking, text};
use super::{Fault, measure};
use crate::features::{self, Features, World};

/// What is made in one transaction.
const TOGETHER: usize = 1_000;
/// One host in so many is too hot.
const HOT: usize = 100;
/// The minutes in which it is.
const HOT_MINUTES: [usize; 2] = [2, 3];
/// Units that the engine looks at in one pass.
const PASS: usize = 12_000;
const MINUTE_MS: i64 = 60_000;
const SETTLE_MS: i64 = 10_000;
const NAMESPACE: &str = "bench";

/// How much of a core it takes to judge rules each minute
#[derive(Args, Debug)]
pub struct Rules {
    /// How many rules there are, each on a series of its own
    #[arg(long, default_value_t = 300_000)]
    rules: usize,
    /// How many minutes pass, at least 6
    #[arg(long, default_value_t = 10)]
    minutes: usize,
    /// Where the data folder is made
    #[arg(long, value_name = "DIR", default_value = ".")]
    folder: PathBuf,
}

/// The result, checked.
#[derive(Debug, Serialize)]
pub struct Report {
    store: &'static str,
    rules: usize,
    minutes: usize,
    /// Of the minutes in which nothing happens.
    quiet_share_of_core: f64,
    /// Of the minute in which alarms begin.
    storm_share_of_core: f64,
    worst_pass_ms: f64,
    alarms: u64,
    loaded_ms: f64,
    resident_mib: f64,
}

impl Rules {
    /// Runs it, in this process.
    ///
    /// # Errors
    /// When an alarm is missing, or one is there that should not be.
    pub async fn run(&self, database: Option<&String>) -> Result<Report, Fault> {
        let (rules, minutes) = (self.rules, self.minutes);
        if rules < HOT || minutes < 6 {
            return Err(format!("there must be at least {HOT} rules and 6 minutes"));
        }
        let folder = Folder::inside(&self.folder)?;
        let place = folder.place(database);
        let store = place.store();
        blocking(move || Site::open(&place, rules)?.pass(store, minutes)).await
    }
}

struct Site {
    db: Db,
    clock: Arc<ManualClock>,
    features: Features,
    account_id: String,
    project_id: String,
    rules: usize,
}

/// What the engine took for one minute.
struct Taken {
    processor: Duration,
    worst_pass: Duration,
}

impl Site {
    fn open(place: &Place, rules: usize) -> Result<Self, Fault> {
        let settings = place.settings()?;
        let now = SystemClock.now().millis();
        let start = now - now.rem_euclid(MINUTE_MS) + SETTLE_MS;
        let clock = Arc::new(ManualClock::new(muster_core::Timestamp::from_millis(start)));
        let world = World { clock: clock.clone(), ..World::system() };
        crate::files::make_folder(&settings.data).map_err(text)?;
        let db = features::open_store(&settings, &world).map_err(text)?;
        let identity = Arc::new(features::open_identity(&settings, &db, &world).map_err(text)?);
        let features = Features::new(&settings, identity, "http://127.0.0.1").map_err(text)?;
        let (account_id, project_id) = ("bench".to_owned(), "bench".to_owned());
        Ok(Self { db, clock, features, account_id, project_id, rules })
    }

    fn pass(&self, store: &'static str, minutes: usize) -> Result<Report, Fault> {
        self.make_rules()?;
        self.report(0)?;
        let judge = Judge::new(
            self.db.clone(),
            self.clock.clone(),
            Arc::clone(&self.features.metrics),
            Arc::clone(&self.features.resources),
            self.features.teller.clone(),
            SETTLE_MS,
        );
        let began = Instant::now();
        judge.run().map_err(text)?;
        let loaded_ms = measure::milliseconds(began.elapsed());
        if judge.units() != self.rules {
            return Err(format!("{} units are watched, not {}", judge.units(), self.rules));
        }
        let (mut quiet, mut storm, mut worst) = (Vec::new(), Duration::ZERO, Duration::ZERO);
        for minute in 1..=minutes {
            self.clock.advance(MINUTE_MS);
            let taken = self.judge_all(&judge)?;
            // The window of the minute before has been judged now.
            let judged = minute - 1;
            if judged == HOT_MINUTES[1] {
                storm = taken.processor;
                self.check(Ending::Open)?;
            } else if judged > HOT_MINUTES[1] + 1 {
                quiet.push(taken.processor);
            }
            worst = worst.max(taken.worst_pass);
            self.report(minute)?;
        }
        let alarms = self.check(Ending::Recovered)?;
        quiet.sort_unstable();
        let share = |time: Duration| time.as_secs_f64() / 60.0;
        let resident_mib = measure::resident_mib(std::process::id())?;
        self.db.close();
        Ok(Report {
            store,
            rules: self.rules,
            minutes,
            quiet_share_of_core: share(measure::at(&quiet, 50)),
            storm_share_of_core: share(storm),
            worst_pass_ms: measure::milliseconds(worst),
            alarms,
            loaded_ms,
            resident_mib,
        })
    }

    fn judge_all(&self, judge: &Judge) -> Result<Taken, Fault> {
        let before = processor_time()?;
        let mut worst_pass = Duration::ZERO;
        for _ in 0..self.rules / PASS + 2 {
            let began = Instant::now();
            judge.run().map_err(text)?;
            worst_pass = worst_pass.max(began.elapsed());
        }
        Ok(Taken { processor: processor_time()?.saturating_sub(before), worst_pass })
    }

    fn make_rules(&self) -> Result<(), Fault> {
        for first in (0..self.rules).step_by(TOGETHER) {
            let last = self.rules.min(first + TOGETHER);
            let alarms = Arc::clone(&self.features.alarms);
            let (account_id, project_id) = (self.account_id.clone(), self.project_id.clone());
            let made = self.db.write_blocking(move |tx| {
                let owner =
                    Owner { origin: Origin::CloudMonitor, account_id: &account_id, project_id: &project_id };
                (first..last).try_for_each(|number| {
                    let key = format!("rule-{number}");
                    alarms.create(tx, owner, &key, true, spec(number)).map(drop)
                })
            });
            made.map_err(text)?;
        }
        Ok(())
    }

    /// Each host reports once in this minute.
    fn report(&self, minute: usize) -> Result<(), Fault> {
        let at = self.clock.now();
        for first in (0..self.rules).step_by(TOGETHER) {
            let last = self.rules.min(first + TOGETHER);
            let metrics = Arc::clone(&self.features.metrics);
            let (account_id, project_id) = (self.account_id.clone(), self.project_id.clone());
            let added = self.db.write_blocking(move |tx| {
                let samples = (first..last)
                    .map(|number| {
                        let host = format!("host-{number}");
                        let series = SeriesName::new(NAMESPACE, "cpu", vec![("host".into(), host.into())])?;
                        let is_hot = number % HOT == 0 && HOT_MINUTES.contains(&minute);
                        let value = if is_hot { 95.0 } else { 20.0 };
                        let sample = Sample { at, value };
                        Ok(NewSample {
                            series,
                            unit: "%".into(),
                            kind: ValueKind::Float,
                            ttl_ms: 86_400_000,
                            sample,
                        })
                    })
                    .collect::<muster_core::Result<Vec<NewSample>>>()?;
                let scope = Scope { account_id: &account_id, project_id: &project_id };
                let admission =
                    Admission { oldest_ms: 86_400_000, ahead_ms: 600_000, late_ms: i64::MAX, counted: false };
                metrics.add(tx, scope, &samples, admission)
            });
            added.map_err(text)?;
        }
        Ok(())
    }

    /// Each hot host, and no other, has had one alarm, which ended so.
    fn check(&self, ending: Ending) -> Result<u64, Fault> {
        let owner = Owner {
            origin: Origin::CloudMonitor,
            account_id: &self.account_id,
            project_id: &self.project_id,
        };
        let count = |filter: &EpisodeFilter| {
            let page = PageRequest { offset: 0, limit: 1 };
            let found = self
                .db
                .read_blocking(|tx| self.features.alarms.episodes(tx, owner, filter, Order::default(), page));
            found.map(|found| found.total).map_err(text)
        };
        let (all, so) = (
            count(&EpisodeFilter::default())?,
            count(&EpisodeFilter { endings: vec![ending], ..EpisodeFilter::default() })?,
        );
        let wanted = self.rules.div_ceil(HOT) as u64;
        if (all, so) == (wanted, wanted) {
            Ok(all)
        } else {
            Err(format!("{all} alarms, {so} of them {}, where {wanted} were wanted", ending.as_str()))
        }
    }
}

fn spec(number: usize) -> RuleSpec {
    let condition = LevelCondition {
        level: Level::Critical,
        quantity: Quantity::Statistic(Statistic::Average),
        comparison: Comparison::AtLeast,
        threshold: 90.0,
        times: 2,
    };
    let subject = Subject::Metric { namespace: None, metric: "cpu".to_owned(), dimension_names: None };
    let watch = Period::of_rule(60).map_or(Watch::Each, Watch::Windows);
    RuleSpec {
        name: format!("rule {number}"),
        namespace: NAMESPACE.to_owned(),
        target: Target::Containing(vec![vec![("host".to_owned(), format!("host-{number}"))]]),
        policies: vec![Policy::new(subject, watch, Condition::Levels(vec![condition]))],
        ..RuleSpec::default()
    }
}

/// What this process has had of the processor, by the hundredth of a second.
fn processor_time() -> Result<Duration, Fault> {
    let stat = std::fs::read_to_string("/proc/self/stat").map_err(text)?;
    // The name of the program, which may hold anything, stands in brackets before the rest.
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |place: usize| fields.get(place).and_then(|field| field.parse::<u64>().ok());
    let (user, system) = ticks(11).zip(ticks(12)).ok_or("/proc/self/stat is not what it was")?;
    Ok(Duration::from_millis((user + system) * 10))
}

impl Report {
    /// The report for people.
    pub fn text(&self) -> String {
        format!(
            "{} rules on {}, {} minutes, {} alarms began and ended\n\
             processor in a quiet minute: {:.2} % of a core; when the alarms began: {:.2} %\n\
             longest pass: {:.0} ms; rules read in {:.0} ms; {:.0} MiB\n",
            self.rules,
            self.store,
            self.minutes,
            self.alarms,
            self.quiet_share_of_core * 100.0,
            self.storm_share_of_core * 100.0,
            self.worst_pass_ms,
            self.loaded_ms,
            self.resident_mib,
        )
    }
}
