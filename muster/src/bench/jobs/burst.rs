//! B3: many cron jobs due in one second.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use jiff::Timestamp as Instant;
use jiff::tz::TimeZone;
use muster_core::{Clock, SystemClock, Timestamp};
use muster_jobs::app_groups::AppGroup;
use muster_jobs::job::{Definition, ExecuteMode, JobKind, Time, TimeKind};
use serde::Serialize;

use super::ground::{Folder, Ground, Place, blocking, text};
use super::ledger::{Expected, Lateness, check_instances};
use super::workers::Crew;
use crate::bench::{Fault, measure};
use crate::client::Process;

/// From when everything is in the store until it is due: for the server to start and the workers to connect.
const LEAD_MS: i64 = 10_000;
/// What making a job costs at most.
const PER_JOB_MS: i64 = 2;
const WITHIN: Duration = Duration::from_secs(60);

/// How late runs leave when many are due in one second, with a server of its own and workers over TCP
#[derive(Args, Debug)]
pub struct Burst {
    /// How many cron jobs are due in the same second
    #[arg(long, default_value_t = 10_000)]
    jobs: usize,
    /// Over how many application groups they are spread, each with a worker
    #[arg(long, default_value_t = 10)]
    groups: usize,
    /// Where the data folder is made; its disk is what is measured
    #[arg(long, value_name = "DIR", default_value = ".")]
    folder: PathBuf,
}

/// The result, checked.
#[derive(Debug, Serialize)]
pub struct Report {
    store: &'static str,
    jobs: usize,
    submitted: Lateness,
    arrived: Lateness,
    /// From the due time until the last end was on disk.
    all_done_ms: i64,
    flush_ms: f64,
}

impl Burst {
    /// Runs it against a server of `program`.
    ///
    /// # Errors
    /// When a due time is missed or double, or a run did not succeed.
    pub async fn run(&self, program: &Path, database: Option<&String>) -> Result<Report, Fault> {
        let folder = Folder::inside(&self.folder)?;
        let place = folder.place(database);
        let flush = measure::flush_time(folder.path()).map_err(text)?;
        let (jobs, groups) = (self.jobs, self.groups);
        let making = place.clone();
        let (due, groups, ids) = blocking(move || make(&making, jobs, groups)).await?;

        let server = Process::start(program, &place.data, &place.arguments()).await?;
        let crew = Crew::connect(server.worker_port()?, &groups);
        crew.ready().await?;
        if SystemClock.now() >= due {
            return Err("the server and its workers were not ready when the jobs were due".to_owned());
        }
        let left = due.since(SystemClock.now()).unsigned_abs();
        crew.settled(jobs, Duration::from_millis(left) + WITHIN).await?;
        let all_done_ms = SystemClock.now().since(due);
        let arrivals = crew.leave().await?;
        server.stop().await?;

        let expected = Expected {
            due: ids.into_iter().map(|job| (job, due.millis())).collect(),
            from: Timestamp::from_millis(0),
            to: Timestamp::from_millis(i64::MAX),
        };
        let arrived = Lateness::of(expected.check_arrivals(&arrivals)?);
        let (reading, store) = (place.clone(), place.store());
        let submitted = blocking(move || {
            let ground = Ground::open(&reading)?;
            let late = expected.check(&ground.db)?;
            let mut made = 0;
            for group in &groups {
                made += check_instances(&ground, &group.group_id)?;
            }
            ground.close();
            if made == jobs { Ok(Lateness::of(late)) } else { Err(format!("{made} instances of {jobs}")) }
        })
        .await?;
        let flush_ms = measure::milliseconds(flush);
        Ok(Report { store, jobs, submitted, arrived, all_done_ms, flush_ms })
    }
}

/// Makes the jobs; when they are due, their groups, and their numbers.
fn make(place: &Place, jobs: usize, groups: usize) -> Result<(Timestamp, Vec<AppGroup>, Vec<i64>), Fault> {
    let ground = Ground::open(place)?;
    let count = i64::try_from(jobs).map_err(text)?;
    let due = Timestamp::from_millis(
        (ground.now().millis() + LEAD_MS + count * PER_JOB_MS) / 1_000 * 1_000 + 1_000,
    );
    let expression = once(due)?;
    let each = jobs.div_ceil(groups.max(1));
    let made = ground.add_groups(groups, each)?;
    let mut ids = Vec::with_capacity(jobs);
    for group in &made {
        let expression = expression.clone();
        let count = each.min(jobs - ids.len());
        ids.extend(ground.add_jobs(group, count, move |number| definition(number, &expression))?);
    }
    ground.close();
    Ok((due, made, ids))
}

/// A cron expression that fires at that second of UTC and never again.
fn once(due: Timestamp) -> Result<String, Fault> {
    let at = Instant::from_millisecond(due.millis()).map_err(text)?.to_zoned(TimeZone::UTC);
    Ok(format!("{} {} {} {} {} ? {}", at.second(), at.minute(), at.hour(), at.day(), at.month(), at.year()))
}

fn definition(number: usize, expression: &str) -> Definition {
    let time = Time { zone: "UTC".to_owned(), ..Time::of(TimeKind::Cron, expression) };
    let content = r#"{"jobName":"Nothing"}"#.to_owned();
    let name = format!("job{number}");
    Definition { content, ..Definition::named(&name, JobKind::Go, ExecuteMode::Standalone, time) }
}

impl Report {
    /// As a table for people.
    pub fn text(&self) -> String {
        format!(
            "{} jobs due in one second, {}\n{}{}{}the last end was on disk {} ms after the due time; a bare flush takes \
             {:.3} ms; 0 missed, 0 double\n",
            self.jobs,
            self.store,
            Lateness::HEAD,
            self.submitted.text("until the frame was written"),
            self.arrived.text("until the worker had it"),
            self.all_done_ms,
            self.flush_ms
        )
    }
}
