//! B7: signed creates over HTTP, each on disk with its audit and nonce rows before its answer.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use muster_core::Random;
use serde::Serialize;

use super::measure::{self, Load};
use super::{Fault, moto};
use crate::client::{Connection, Family, Process, Requests};
use crate::features::World;

const FAMILIES: [Family; 3] = [Family::AppGroups, Family::ContactGroups, Family::ResourceGroups];

/// Creates per second through the wires of three clouds, against a server of its own
#[derive(Args, Debug)]
pub struct Api {
    /// How many clients work side by side, each with one request at a time
    #[arg(long, value_delimiter = ',', default_values_t = [1, 8, 64])]
    clients: Vec<usize>,
    /// How many creates in each run
    #[arg(long, default_value_t = 20_000)]
    requests: usize,
    /// Where the data folder is made; its disk is what is measured
    #[arg(long, value_name = "DIR", default_value = ".")]
    folder: PathBuf,
    /// Measure moto at this address in the same minute, for the ratio
    #[arg(long, value_name = "HOST:PORT")]
    moto: Option<String>,
    /// How many creates in each run of moto
    #[arg(long, default_value_t = 2_000)]
    moto_requests: usize,
}

/// The result, checked.
#[derive(Debug, Serialize)]
pub struct Report {
    operations: Vec<OperationReport>,
    moto: Option<OperationReport>,
    rows_per_create: f64,
}

#[derive(Debug, Serialize)]
struct OperationReport {
    operation: &'static str,
    runs: Vec<Run>,
}

#[derive(Debug, Serialize)]
struct Run {
    #[serde(flatten)]
    load: Load,
    store: Option<StoreUse>,
}

#[derive(Debug, Serialize)]
struct StoreUse {
    /// Flushes for each create: below 1 as soon as creates share them.
    commits_per_create: f64,
    /// What a commit of the store took on average, its flush included.
    commit_ms: f64,
    /// What a bare flush takes on this disk, measured right before the run.
    flush_ms: f64,
    /// Creates per second as a share of clients × flushes per second, the ceiling of a store that waits for each.
    share_of_flush_bound: f64,
}

impl Api {
    /// Runs it against servers of `program`.
    ///
    /// # Errors
    /// When a create is refused, or what was acknowledged is not listed afterwards exactly once.
    pub async fn run(&self, program: &Path) -> Result<Report, Fault> {
        let folder = tempdir_in(&self.folder)?;
        let outcome = self.measure(program, &folder).await;
        // A folder that stays behind does no harm to the result.
        let _ = std::fs::remove_dir_all(&folder);
        outcome
    }

    async fn measure(&self, program: &Path, folder: &Path) -> Result<Report, Fault> {
        let data = folder.join("data");
        let server = Process::start(program, &data, &[]).await?;
        let mut requests = Requests::new(&server.credentials()?, server.host(), Random::from_os());
        let mut connection = connect(server.host()).await?;
        let answer = connection.send(requests.namespace()).await.map_err(|error| error.to_string())?;
        if !Family::AppGroups.accepted(&answer) {
            return Err(format!("no namespace: {} {}", answer.status, answer.text()));
        }
        let mut operations = Vec::new();
        for family in FAMILIES {
            let mut runs = Vec::new();
            for &clients in &self.clients {
                runs.push(self.run_one(&server, &mut requests, family, clients, folder).await?);
            }
            // A new connection: the server has closed the idle one long ago.
            self.check(family, &mut requests, &mut connect(server.host()).await?).await?;
            operations.push(OperationReport { operation: family.operation(), runs });
        }
        let moto = match &self.moto {
            Some(host) => Some(self.run_moto(host).await?),
            None => None,
        };
        server.stop().await?;
        let creates =
            FAMILIES.len() * self.clients.iter().map(|clients| self.each(*clients) * clients).sum::<usize>();
        #[expect(clippy::cast_precision_loss, reason = "counts of rows are far below 2^52")]
        let rows_per_create = rows(&data)? as f64 / creates as f64;
        Ok(Report { operations, moto, rows_per_create })
    }

    async fn run_one(
        &self,
        server: &Process,
        requests: &mut Requests,
        family: Family,
        clients: usize,
        folder: &Path,
    ) -> Result<Run, Fault> {
        let each = self.each(clients);
        let work = (0..clients)
            .map(|client| {
                (0..each).map(|number| requests.put(family, &name(clients, client, number), 0)).collect()
            })
            .collect();
        let flush = measure::flush_time(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        let before = metrics(server).await?;
        let load = measure::load(server.host(), work, move |answer| family.accepted(answer)).await?;
        let after = metrics(server).await?;
        #[expect(clippy::cast_precision_loss, reason = "counts of requests are far below 2^52")]
        let (count, side_by_side) = (load.requests as f64, clients as f64);
        let commits = after.commits - before.commits;
        let store = StoreUse {
            commits_per_create: commits / count,
            commit_ms: (after.seconds - before.seconds) * 1000.0 / commits,
            flush_ms: measure::milliseconds(flush),
            share_of_flush_bound: load.per_second * flush.as_secs_f64() / side_by_side,
        };
        Ok(Run { load, store: Some(store) })
    }

    async fn run_moto(&self, host: &str) -> Result<OperationReport, Fault> {
        let mut runs = Vec::new();
        for &clients in &self.clients {
            let before = moto::count(host).await?;
            let each = (self.moto_requests / clients).max(1);
            let work = (0..clients)
                .map(|client| {
                    (0..each).map(|n| moto::create(host, &name(clients, client, n + before))).collect()
                })
                .collect();
            let load = measure::load(host, work, |answer| answer.status.is_success()).await?;
            let made = moto::count(host).await? - before;
            if made != load.requests {
                return Err(format!("moto acknowledged {} and has {made}", load.requests));
            }
            runs.push(Run { load, store: None });
        }
        Ok(OperationReport { operation: "moto CreateGroup (in memory)", runs })
    }

    fn each(&self, clients: usize) -> usize {
        (self.requests / clients).max(1)
    }

    /// Each create that was acknowledged is listed, whole, and nothing else is.
    async fn check(
        &self,
        family: Family,
        requests: &mut Requests,
        connection: &mut Connection,
    ) -> Result<(), Fault> {
        let mut expected = BTreeSet::new();
        for &clients in &self.clients {
            for client in 0..clients {
                expected.extend((0..self.each(clients)).map(|number| name(clients, client, number)));
            }
        }
        let parts: BTreeSet<Option<String>> = match family.is_listed_in_parts() {
            true => expected.iter().map(|name| name.split_inclusive('n').next().map(str::to_owned)).collect(),
            false => [None].into(),
        };
        for part in parts {
            for (name, print) in requests.list(family, part.as_deref(), connection).await? {
                if !expected.remove(&name) || print != family.fingerprint(&name, 0) {
                    return Err(format!("{family:?} {name} was not asked for, or is not whole: {print}"));
                }
            }
        }
        match expected.first() {
            None => Ok(()),
            Some(name) => Err(format!("{} {family:?} are lost, such as {name}", expected.len())),
        }
    }
}

impl Report {
    /// As a table for people.
    pub fn text(&self) -> String {
        let mut text = String::from(
            "operation                          clients   creates/s   p50 ms   p99 ms  commits/create  commit ms  flush ms  of clients x flush rate\n",
        );
        for report in self.operations.iter().chain(&self.moto) {
            for run in &report.runs {
                let load = &run.load;
                let _ = write!(
                    text,
                    "{:<34} {:>7} {:>11.0} {:>8.2} {:>8.2}",
                    report.operation, load.clients, load.per_second, load.p50_ms, load.p99_ms
                );
                if let Some(store) = &run.store {
                    let _ = write!(
                        text,
                        " {:>15.3} {:>10.3} {:>9.3} {:>8.0} %",
                        store.commits_per_create,
                        store.commit_ms,
                        store.flush_ms,
                        store.share_of_flush_bound * 100.0
                    );
                }
                text.push('\n');
            }
        }
        let _ = writeln!(
            text,
            "every acknowledged create was listed once and whole; {:.2} rows in the store per create",
            self.rows_per_create
        );
        if let Some(moto) = &self.moto {
            for (place, run) in moto.runs.iter().enumerate() {
                let ours = self.operations.iter().map(|report| report.runs[place].load.per_second);
                let slowest = ours.fold(f64::INFINITY, f64::min);
                let ratio = slowest / run.load.per_second;
                let _ = writeln!(
                    text,
                    "at {} clients: {ratio:.1} times moto, by the slowest operation",
                    run.load.clients
                );
            }
        }
        text
    }
}

/// A name whose part before the `n` is shared by at most a thousand.
fn name(clients: usize, client: usize, number: usize) -> String {
    format!("b{clients}c{client}k{}n{number}", number / 1000)
}

async fn connect(host: &str) -> Result<Connection, Fault> {
    Connection::open(host).await.map_err(|error| error.to_string())
}

struct StoreCounters {
    commits: f64,
    seconds: f64,
}

async fn metrics(server: &Process) -> Result<StoreCounters, Fault> {
    let text = server.get("/metrics").await.map_err(|error| error.to_string())?.text();
    Ok(StoreCounters {
        commits: measure::metric(&text, "muster_store_commits_total")?,
        seconds: measure::metric(&text, "muster_store_commit_seconds_total")?,
    })
}

/// All rows of a stopped store.
fn rows(data: &Path) -> Result<i64, Fault> {
    let db = crate::store::open_folder(data, &World::system()).map_err(|error| error.to_string())?;
    let rows = crate::store::count_rows(&db).map_err(|error| error.to_string())?;
    db.close();
    Ok(rows.values().sum())
}

/// A new folder inside `folder`.
pub(super) fn tempdir_in(folder: &Path) -> Result<PathBuf, Fault> {
    let mark = hex::encode(Random::from_os().bytes::<6>());
    let path = folder.join(format!("muster-bench-{mark}"));
    std::fs::create_dir_all(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    // Servers are started from it by their full path.
    path.canonicalize().map_err(|error| format!("{}: {error}", path.display()))
}

/// Waits that long; a bench may, a test must not.
pub(super) async fn wait(time: Duration) {
    tokio::time::sleep(time).await;
}
