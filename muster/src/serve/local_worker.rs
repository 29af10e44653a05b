//! The worker inside the server, if the settings want it.

use std::sync::Arc;
use std::time::Duration;

use muster_db::Db;
use muster_jobs::link::WorkerLink;
use muster_worker::Limits;
use muster_worker::local::{Inside, LocalWorker};

use crate::config::{self, Settings};
use crate::features::{Features, World};

/// How long a run may take to end when it is asked to: less than the server has itself.
const GRACE: Duration = Duration::from_secs(3);

/// Beside the workers that connect.
pub(super) fn beside(
    others: &Arc<dyn WorkerLink>,
    settings: &Settings,
    db: &Db,
    features: &Features,
    world: &World,
) -> Option<Arc<LocalWorker>> {
    let is_wanted = match settings.local_worker {
        config::LocalWorker::Auto => settings.loopback_only(),
        config::LocalWorker::On => true,
        config::LocalWorker::Off => false,
    };
    let inside = || Inside {
        db: db.clone(),
        instances: Arc::clone(&features.instances),
        logs: features.logs,
        clock: Arc::clone(&world.clock),
        folder: settings.data.join("runs"),
        limits: Limits { grace: GRACE, ..Limits::default() },
        // Where others can connect there may be some that were here before the start.
        settle_ms: if settings.loopback_only() { 0 } else { settings.jobs.grace_s * 1000 },
    };
    is_wanted.then(|| Arc::new(LocalWorker::new(inside(), &world.random, Arc::clone(others))))
}
