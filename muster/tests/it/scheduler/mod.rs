//! What tests of the whole scheduler share: a site with groups and jobs, workers that keep a journal, a proxy in front of
//! the servers, and the rules that ledger, instances and journals are held to.

mod journal;
mod proxy;
mod rules;
mod site;
mod worker;

pub(crate) use journal::Journal;
pub(crate) use proxy::Proxy;
pub(crate) use rules::{Account, Counts};
pub(crate) use site::{Group, JobSpec, Site, configuration, impatient, tell};
pub(crate) use worker::{Crew, Pace};

use std::future::Future;
use std::path::Path;
use std::time::{Duration, Instant};

/// How often it is looked whether something has come true.
const LOOK: Duration = Duration::from_millis(20);

/// Waits until it is so; how long that took.
pub(crate) async fn until<F: Future<Output = bool>>(
    what: &str,
    within: Duration,
    mut is_so: impl FnMut() -> F,
) -> Duration {
    let began = Instant::now();
    while !is_so().await {
        assert!(began.elapsed() < within, "{what}: not within {within:?}");
        tokio::time::sleep(LOOK).await;
    }
    began.elapsed()
}

pub(crate) fn program() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_muster"))
}

pub(crate) fn run(test: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(test);
}
