//! The worker as a process of its own: it finds its server over HTTP, connects to it over TCP, and comes back whenever
//! the connection is lost.

mod discovery;
mod host;
mod session;

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::MissedTickBehavior;

use crate::Limits;
use crate::core::Core;
use discovery::{Discovered, Failure};
use session::{Closed, Identity};

/// The pause before the server is looked for again, at first and at most.
const PAUSES: [Duration; 2] = [Duration::from_millis(200), Duration::from_secs(10)];
/// How long the last reports may take once everything has ended.
const LAST_REPORTS: Duration = Duration::from_secs(10);
/// How often it is looked whether everything has ended.
const LOOK: Duration = Duration::from_millis(100);
/// How often it is looked whose time is up.
const TICK: Duration = Duration::from_millis(250);

/// Whose worker it is, where its server is, and what its runs may use.
#[derive(Clone)]
pub struct Settings {
    /// The server's HTTP address: `http://HOST:PORT`.
    pub server: String,
    /// The namespace's uid; empty where the group's name and key say enough.
    pub namespace: String,
    /// The application group.
    pub group_id: String,
    /// The group's key.
    pub app_key: String,
    /// The label by which jobs may ask for it; empty for none.
    pub label: String,
    /// What a run may use.
    pub limits: Limits,
    /// How long running runs may go on after the word to stop.
    pub drain: Duration,
    /// Where the runs' files lie, in a folder of this process.
    pub folder: PathBuf,
    /// Milliseconds since the epoch when the process started: part of its name.
    pub started_ms: i64,
}

impl fmt::Debug for Settings {
    // By hand, because the key must not reach a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("server", &self.server)
            .field("group_id", &self.group_id)
            .finish_non_exhaustive()
    }
}

/// Why a worker does not work at all.
#[derive(Debug)]
pub struct Refused(String);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Refused {}

/// What a worker is told from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Go on.
    Work,
    /// Take nothing new, and end when everything has ended.
    Drain,
    /// End what runs, and end.
    Stop,
}

/// Works until it is told to end.
///
/// # Errors
/// When the server knows no such group with this key, or there is no safe place for the runs' files. A server that is
/// away is waited for.
pub async fn work(settings: Settings, orders: watch::Receiver<Order>) -> Result<(), Refused> {
    let id = host::worker_id(settings.started_ms);
    let folder = settings.folder.join(format!("muster-worker-{id}"));
    crate::runner::own(&folder).map_err(|error| Refused(format!("no folder for the runs: {error}")))?;
    let core = Core::new(&id, settings.limits.clone(), folder.clone());
    tracing::info!(worker.id = %id, "the worker looks for its server at {}", settings.server);
    let mut orders = orders;
    let outcome = tokio::select! {
        outcome = stay_connected(&core, &settings, orders.clone()) => outcome,
        () = ended(&core, &mut orders, settings.drain) => Ok(()),
        // Leases end whether the server is there or not.
        () = keep_time(&core) => Ok(()),
    };
    // Empty by now, unless a run would not end.
    let _ = std::fs::remove_dir(folder);
    outcome
}

async fn keep_time(core: &Core) {
    let mut ticks = tokio::time::interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        core.tick();
    }
}

/// Returns when the worker has been told to end, and has done what there was to do.
async fn ended(core: &Core, orders: &mut watch::Receiver<Order>, drain: Duration) {
    // A sender that is gone can say nothing more: that is as good as a word.
    let _ = orders.wait_for(|order| *order != Order::Work).await;
    core.drain();
    tracing::info!("the worker takes nothing new and waits for what runs");
    let is_idle = async {
        while !core.is_idle() {
            tokio::time::sleep(LOOK).await;
        }
    };
    tokio::select! {
        () = is_idle => {}
        () = tokio::time::sleep(drain) => {}
        _ = orders.wait_for(|order| *order == Order::Stop) => {}
    }
    core.stop_all();
    let is_done = async {
        while !core.is_idle() {
            tokio::time::sleep(LOOK).await;
        }
        let all_known = async {
            while !core.is_done() {
                tokio::time::sleep(LOOK).await;
            }
        };
        if tokio::time::timeout(LAST_REPORTS, all_known).await.is_err() {
            tracing::warn!("the worker ends before the server knows all of what it did");
        }
    };
    is_done.await;
}

/// Finds the server and talks to it, again and again.
async fn stay_connected(
    core: &Core,
    settings: &Settings,
    orders: watch::Receiver<Order>,
) -> Result<(), Refused> {
    let mut pause = PAUSES[0];
    let mut was_admitted = false;
    loop {
        match tokio::task::spawn_blocking({
            let settings = settings.clone();
            move || discovery::find(&settings)
        })
        .await
        {
            Ok(Ok(Discovered { address, app_group })) => {
                let identity = Identity { app_group, settings };
                match session::talk(core, &identity, &address, &orders).await {
                    Closed::AfterHeartbeat => {
                        was_admitted = true;
                        pause = PAUSES[0];
                    }
                    Closed::Unheard(why) => tracing::warn!("the server at {address} does not answer: {why}"),
                }
            }
            // A key may be changed on both sides; whoever worked before waits for that.
            Ok(Err(Failure::Refused(why))) if !was_admitted => return Err(Refused(why)),
            Ok(Err(Failure::Refused(why) | Failure::Away(why))) => {
                tracing::warn!("the server is not to be had: {why}");
            }
            Err(error) => tracing::warn!("the server could not be looked for: {error}"),
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(PAUSES[1]);
    }
}
