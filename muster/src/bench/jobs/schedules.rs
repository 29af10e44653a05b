//! B5: a server with many schedules: how soon it is ready, what it holds in memory, and that they fire.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::Args;
use muster_core::{Clock, SystemClock, Timestamp};
use muster_jobs::app_groups::AppGroup;
use muster_jobs::job::{Definition, ExecuteMode, JobKind, Time, TimeKind};
use serde::Serialize;

use super::ground::{Folder, Ground, Place, blocking};
use super::ledger::{Expected, Lateness};
use super::workers::Crew;
use crate::bench::{Fault, api, measure};
use crate::client::Process;

const DAY_S: usize = 24 * 60 * 60;
const DAY_MS: i64 = 24 * 60 * 60 * 1000;
const GROUPS: usize = 10;

/// How soon a server with many schedules is ready, and what it holds in memory
#[derive(Args, Debug)]
pub struct Schedules {
    /// How many cron jobs there are, one run after the other
    #[arg(long, value_delimiter = ',', default_values_t = [100_000, 1_000_000])]
    jobs: Vec<usize>,
    /// How often the server is started; the median counts
    #[arg(long, default_value_t = 3)]
    starts: usize,
    /// For how many seconds the due times are watched afterwards
    #[arg(long, default_value_t = 20)]
    seconds: u32,
    /// Where the data folder is made
    #[arg(long, value_name = "DIR", default_value = ".")]
    folder: PathBuf,
}

/// The result, checked.
#[derive(Debug, Serialize)]
pub struct Report {
    store: &'static str,
    sizes: Vec<Size>,
}

#[derive(Debug, Serialize)]
struct Size {
    jobs: usize,
    made_per_second: f64,
    ready_ms: f64,
    slowest_ready_ms: f64,
    resident_mib: f64,
    submitted: Lateness,
}

impl Schedules {
    /// Runs it with servers of `program`.
    ///
    /// # Errors
    /// When a server is not ready, or a due time that was watched is missed or double.
    pub async fn run(&self, program: &Path, database: Option<&String>) -> Result<Report, Fault> {
        if database.is_some() && self.jobs.len() > 1 {
            return Err("a database is used once: give one number of jobs".to_owned());
        }
        let mut sizes = Vec::new();
        let mut store = "";
        for &jobs in &self.jobs {
            let folder = Folder::inside(&self.folder)?;
            let place = folder.place(database);
            store = place.store();
            sizes.push(self.size(program, &place, jobs).await?);
        }
        Ok(Report { store, sizes })
    }

    async fn size(&self, program: &Path, place: &Place, jobs: usize) -> Result<Size, Fault> {
        let making = place.clone();
        let began = Instant::now();
        let (groups, ids) = blocking(move || make(&making, jobs)).await?;
        #[expect(clippy::cast_precision_loss, reason = "counts of jobs are far below 2^52")]
        let made_per_second = jobs as f64 / began.elapsed().as_secs_f64();

        let mut ready = Vec::new();
        for _ in 1..self.starts {
            let server = Process::start(program, &place.data, &place.arguments()).await?;
            ready.push(server.ready_after);
            server.stop().await?;
        }
        let server = Process::start(program, &place.data, &place.arguments()).await?;
        ready.push(server.ready_after);
        ready.sort_unstable();
        let crew = Crew::connect(server.worker_port()?, &groups);
        crew.ready().await?;
        // What was due before the server came is caught up with first.
        let from = Timestamp::from_millis((SystemClock.now().millis() / 1_000 + 3) * 1_000);
        let to = from.plus_ms(i64::from(self.seconds) * 1_000 - 1_000);
        let expected = Expected { due: due_between(&ids, from, to), from, to };
        let wait = to.plus_ms(2_000).since(SystemClock.now()).unsigned_abs();
        api::wait(Duration::from_millis(wait)).await;
        let resident_mib = measure::resident_mib(server.id())?;
        let in_time = Duration::from_secs(30);
        crew.settled(crew.arrived(), in_time).await?;
        let arrivals = crew.leave().await?;
        server.stop().await?;

        expected.check_arrivals(&arrivals)?;
        let reading = place.clone();
        let late = blocking(move || {
            let ground = Ground::open(&reading)?;
            let late = expected.check(&ground.db)?;
            ground.close();
            Ok(late)
        })
        .await?;
        Ok(Size {
            jobs,
            made_per_second,
            ready_ms: measure::milliseconds(ready[ready.len() / 2]),
            slowest_ready_ms: measure::milliseconds(ready[ready.len() - 1]),
            resident_mib,
            submitted: Lateness::of(late),
        })
    }
}

/// Makes the jobs, each due once a day, spread over it; their groups, and their numbers in the order of the day.
fn make(place: &Place, jobs: usize) -> Result<(Vec<AppGroup>, Vec<i64>), Fault> {
    let ground = Ground::open(place)?;
    let each = jobs.div_ceil(GROUPS);
    let groups = ground.add_groups(GROUPS, each)?;
    let mut ids = Vec::with_capacity(jobs);
    for group in &groups {
        let (first, count) = (ids.len(), each.min(jobs - ids.len()));
        ids.extend(ground.add_jobs(group, count, move |number| {
            definition(first + number, second(first + number, jobs))
        })?);
    }
    ground.close();
    Ok((groups, ids))
}

/// The second of the day at which the job in this place is due.
fn second(place: usize, jobs: usize) -> usize {
    place * DAY_S / jobs
}

/// Jobs and their due times between two instants, both included.
fn due_between(jobs: &[i64], from: Timestamp, to: Timestamp) -> HashSet<(i64, i64)> {
    let midnight = from.millis() - from.millis().rem_euclid(DAY_MS);
    let mut due = HashSet::new();
    for (place, job) in jobs.iter().enumerate() {
        let second = i64::try_from(second(place, jobs.len())).unwrap_or_default();
        let at = [midnight, midnight + DAY_MS].map(|day| day + second * 1_000);
        due.extend(at.iter().filter(|at| (from.millis()..=to.millis()).contains(*at)).map(|at| (*job, *at)));
    }
    due
}

fn definition(number: usize, second: usize) -> Definition {
    let expression = format!("{} {} {} * * ?", second % 60, second / 60 % 60, second / 3_600);
    let time = Time { zone: "UTC".to_owned(), ..Time::of(TimeKind::Cron, &expression) };
    let content = r#"{"jobName":"Nothing"}"#.to_owned();
    let name = format!("job{number}");
    Definition { content, ..Definition::named(&name, JobKind::Go, ExecuteMode::Standalone, time) }
}

impl Report {
    /// As a table for people.
    pub fn text(&self) -> String {
        let mut text = String::from(
            "store            jobs   made/s  ready ms  slowest  resident MiB  watched  late p99  late max\n",
        );
        for size in &self.sizes {
            text.push_str(&format!(
                "{:<11} {:>9} {:>8.0} {:>9.0} {:>8.0} {:>13.1} {}\n",
                self.store,
                size.jobs,
                size.made_per_second,
                size.ready_ms,
                size.slowest_ready_ms,
                size.resident_mib,
                size.submitted.tail()
            ));
        }
        text.push_str("each due time that was watched ran once and reached a worker once\n");
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jobs_are_spread_over_the_day_and_found_again() {
        let jobs: Vec<i64> = (0..172_800).collect();
        let midnight = Timestamp::from_millis(1_768_435_200_000);
        let due = due_between(&jobs, midnight.plus_ms(-1_000), midnight.plus_ms(1_000));
        let mut found: Vec<(i64, i64)> =
            due.into_iter().map(|(job, at)| (job, (at - midnight.millis()) / 1_000)).collect();
        found.sort_unstable();
        assert_eq!(found, [(0, 0), (1, 0), (2, 1), (3, 1), (172_798, -1), (172_799, -1)]);
    }
}
