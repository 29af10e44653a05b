//! B4: many jobs due every second, for minutes.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use muster_core::{Clock, SystemClock, Timestamp};
use muster_jobs::app_groups::AppGroup;
use muster_jobs::job::{Definition, ExecuteMode, JobKind, Time, TimeKind};
use serde::Serialize;

use super::ground::{Folder, Ground, Place, blocking, text};
use super::ledger::{Expected, Lateness, check_instances};
use super::workers::Crew;
use crate::bench::{Fault, api, measure};
use crate::client::Process;

/// For the server to start and the workers to connect.
const LEAD_MS: i64 = 10_000;
const WITHIN: Duration = Duration::from_secs(60);
/// Instances of a job that may be unfinished: a late end must not make its successor a skipped one.
const CONCURRENCY: i64 = 30;
const MINUTE_MS: i64 = 60_000;

/// How late runs leave under steady load and how memory goes, with a server of its own and workers over TCP
#[derive(Args, Debug)]
pub struct Steady {
    /// How many jobs are due each second
    #[arg(long, default_value_t = 1_800)]
    jobs: usize,
    /// For how many minutes; memory is compared from six on
    #[arg(long, default_value_t = 10)]
    minutes: u32,
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
    minutes: u32,
    submitted: Lateness,
    arrived: Lateness,
    /// Resident memory of the server, the mean of each minute, in MiB.
    memory_mib: Vec<f64>,
    /// That of the last two minutes as a share of that of the minutes 2 to 4.
    memory_growth: Option<f64>,
    /// Instances in the store at the end: what retention has left.
    kept: usize,
    flush_ms: f64,
}

impl Steady {
    /// Runs it against a server of `program`.
    ///
    /// # Errors
    /// When a due time is missed or double, or a run did not succeed.
    pub async fn run(&self, program: &Path, database: Option<&String>) -> Result<Report, Fault> {
        let folder = Folder::inside(&self.folder)?;
        let place = folder.place(database);
        let flush = measure::flush_time(folder.path()).map_err(text)?;
        let (jobs, groups, minutes) = (self.jobs, self.groups, self.minutes);
        let making = place.clone();
        let load = blocking(move || Steadily::make(&making, jobs, groups, minutes)).await?;

        let server = Process::start(program, &place.data, &place.arguments()).await?;
        let crew = Crew::connect(server.worker_port()?, &load.groups);
        crew.ready().await?;
        if SystemClock.now() >= load.from {
            return Err("the server and its workers were not ready when the first jobs were due".to_owned());
        }
        let memory_mib = load.watch(&server, &crew).await?;
        crew.settled(load.due().len(), WITHIN).await?;
        let arrivals = crew.leave().await?;
        server.stop().await?;

        let expected = Expected { due: load.due(), from: Timestamp::from_millis(0), to: load.to };
        let arrived = Lateness::of(expected.check_arrivals(&arrivals)?);
        let (reading, store) = (place.clone(), place.store());
        let (submitted, kept) = blocking(move || {
            let ground = Ground::open(&reading)?;
            let late = expected.check(&ground.db)?;
            let mut kept = 0;
            for group in &load.groups {
                kept += check_instances(&ground, &group.group_id)?;
            }
            ground.close();
            Ok((Lateness::of(late), kept))
        })
        .await?;
        let memory_growth = growth(&memory_mib);
        let flush_ms = measure::milliseconds(flush);
        Ok(Report { store, jobs, minutes, submitted, arrived, memory_mib, memory_growth, kept, flush_ms })
    }
}

/// The load that was made.
struct Steadily {
    from: Timestamp,
    /// The last due time.
    to: Timestamp,
    groups: Vec<AppGroup>,
    jobs: Vec<i64>,
}

impl Steadily {
    fn make(place: &Place, jobs: usize, groups: usize, minutes: u32) -> Result<Self, Fault> {
        let ground = Ground::open(place)?;
        let from = Timestamp::from_millis((ground.now().millis() + LEAD_MS) / 1_000 * 1_000 + 1_000);
        let to = from.plus_ms(i64::from(minutes) * MINUTE_MS - 1_000);
        let each = jobs.div_ceil(groups.max(1));
        let made = ground.add_groups(groups, each)?;
        let mut ids = Vec::with_capacity(jobs);
        for group in &made {
            let count = each.min(jobs - ids.len());
            ids.extend(ground.add_jobs(group, count, move |number| definition(number, from, to))?);
        }
        ground.close();
        Ok(Self { from, to, groups: made, jobs: ids })
    }

    fn due(&self) -> HashSet<(i64, i64)> {
        let seconds = (self.from.millis()..=self.to.millis()).step_by(1_000);
        seconds.flat_map(|due| self.jobs.iter().map(move |job| (*job, due))).collect()
    }

    /// Waits for the last due time; the server's resident memory, the mean of each minute.
    async fn watch(&self, server: &Process, crew: &Crew) -> Result<Vec<f64>, Fault> {
        let mut minutes: Vec<(f64, f64)> = Vec::new();
        loop {
            let now = SystemClock.now();
            if now > self.to {
                return Ok(minutes.into_iter().map(|(sum, count)| sum / count).collect());
            }
            if now >= self.from {
                let minute = usize::try_from(now.since(self.from) / MINUTE_MS).map_err(text)?;
                minutes.resize(minute + 1, (0.0, 0.0));
                let (sum, count) = &mut minutes[minute];
                *sum += measure::resident_mib(server.id())?;
                *count += 1.0;
            }
            crew.fault()?;
            api::wait(Duration::from_millis(500)).await;
        }
    }
}

/// The last two minutes compared with the minutes 2 to 4.
fn growth(minutes: &[f64]) -> Option<f64> {
    if minutes.len() < 6 {
        return None;
    }
    let last = &minutes[minutes.len() - 2..];
    Some(last.iter().sum::<f64>() / 2.0 / (minutes[1..4].iter().sum::<f64>() / 3.0))
}

fn definition(number: usize, from: Timestamp, to: Timestamp) -> Definition {
    let time = Time {
        zone: "UTC".to_owned(),
        not_before: Some(from),
        not_after: Some(to),
        ..Time::of(TimeKind::Cron, "* * * * * ?")
    };
    let content = r#"{"jobName":"Nothing"}"#.to_owned();
    let name = format!("job{number}");
    let definition = Definition::named(&name, JobKind::Go, ExecuteMode::Standalone, time);
    Definition { content, max_concurrency: CONCURRENCY, ..definition }
}

impl Report {
    /// As a table for people.
    pub fn text(&self) -> String {
        let memory: Vec<String> = self.memory_mib.iter().map(|mib| format!("{mib:.1}")).collect();
        let growth = self.memory_growth.map_or("not compared: less than six minutes".to_owned(), |growth| {
            format!("the last two minutes are {growth:.2} times the minutes 2 to 4")
        });
        format!(
            "{} jobs due each second for {} minutes, {}\n{}{}{}memory, MiB by minute: {}; {growth}\n\
             {} instances were left by retention; a bare flush takes {:.3} ms; 0 missed, 0 double\n",
            self.jobs,
            self.minutes,
            self.store,
            Lateness::HEAD,
            self.submitted.text("until the frame was written"),
            self.arrived.text("until the worker had it"),
            memory.join(" "),
            self.kept,
            self.flush_ms
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn growth_compares_the_end_with_the_minutes_after_the_first() {
        assert_eq!(growth(&[50.0, 10.0, 10.0, 10.0, 99.0, 11.0, 11.0]), Some(1.1));
        assert_eq!(growth(&[1.0; 5]), None);
    }
}
