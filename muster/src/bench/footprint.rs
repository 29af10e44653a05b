//! B12: how soon a server is ready, what it holds in memory when it idles, and how large the program is.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use serde::Serialize;

use super::{Fault, api, measure};
use crate::client::Process;

/// Time until ready, memory at rest, size of the program
#[derive(Args, Debug)]
pub struct Footprint {
    /// How often the server is started on the existing folder; the median counts
    #[arg(long, default_value_t = 11)]
    starts: usize,
    /// Seconds of idleness before memory is read
    #[arg(long, default_value_t = 30)]
    idle: u64,
    /// Where the data folder is made
    #[arg(long, value_name = "DIR", default_value = ".")]
    folder: PathBuf,
}

/// The result.
#[derive(Debug, Serialize)]
pub struct Report {
    first_start_ms: f64,
    ready_ms: f64,
    slowest_ready_ms: f64,
    resident_mib: f64,
    program_mb: f64,
}

impl Footprint {
    /// Runs it with servers of `program`.
    ///
    /// # Errors
    /// When a server does not start, or does not stop well.
    pub async fn run(&self, program: &Path) -> Result<Report, Fault> {
        let folder = api::tempdir_in(&self.folder)?;
        let outcome = self.measure(program, &folder.join("data")).await;
        let _ = std::fs::remove_dir_all(&folder);
        outcome
    }

    async fn measure(&self, program: &Path, data: &Path) -> Result<Report, Fault> {
        let first = Process::start(program, data, &[]).await?;
        let first_start = first.ready_after;
        first.stop().await?;
        let mut ready = Vec::new();
        for _ in 1..self.starts {
            let server = Process::start(program, data, &[]).await?;
            ready.push(server.ready_after);
            server.stop().await?;
        }
        let last = Process::start(program, data, &[]).await?;
        ready.push(last.ready_after);
        api::wait(Duration::from_secs(self.idle)).await;
        let resident_mib = measure::resident_mib(last.id())?;
        let alive = last.get("/readyz").await.map_err(|error| error.to_string())?;
        if !alive.status.is_success() {
            return Err(format!("not ready after idling: {}", alive.status));
        }
        last.stop().await?;
        ready.sort_unstable();
        let bytes =
            std::fs::metadata(program).map_err(|error| format!("{}: {error}", program.display()))?.len();
        #[expect(clippy::cast_precision_loss, reason = "a program is smaller than 2^52 bytes")]
        let program_mb = bytes as f64 / 1e6;
        Ok(Report {
            first_start_ms: measure::milliseconds(first_start),
            ready_ms: measure::milliseconds(ready[ready.len() / 2]),
            slowest_ready_ms: measure::milliseconds(ready[ready.len() - 1]),
            resident_mib,
            program_mb,
        })
    }
}

impl Report {
    /// As lines for people.
    pub fn text(&self) -> String {
        format!(
            "ready on an existing folder  {:>8.1} ms (median; slowest {:.1} ms)\n\
             ready on an empty folder     {:>8.1} ms (makes keys and the root account)\n\
             resident at rest             {:>8.1} MiB\n\
             program                      {:>8.1} MB\n",
            self.ready_ms, self.slowest_ready_ms, self.first_start_ms, self.resident_mib, self.program_mb
        )
    }
}
