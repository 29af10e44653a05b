//! The worker port's desk over the store.

use std::sync::Arc;

use muster_core::Result;
use muster_db::Db;
use muster_db::cluster::Shard;
use muster_jobs::app_groups::admission;
use muster_jobs::instances;
use muster_jobs::link::Report;
use muster_jobs::logs::{self, Batch};

use crate::Desk;

/// Knows groups and instances from the store.
pub struct StoreDesk {
    db: Db,
    instances: Arc<instances::Service>,
    logs: logs::Service,
}

impl StoreDesk {
    /// A desk that hands reports to `instances`, and lines to `logs`.
    pub fn new(db: Db, instances: Arc<instances::Service>, logs: logs::Service) -> Self {
        Self { db, instances, logs }
    }
}

impl Desk for StoreDesk {
    async fn admit(&self, app_group: i64, group_id: &str, app_key: &str) -> Result<bool> {
        let (group_id, app_key) = (group_id.to_owned(), app_key.to_owned());
        self.db.read(move |tx| admission::admits(tx, app_group, &group_id, &app_key)).await
    }

    fn node(&self) -> Option<i64> {
        self.db.node()
    }

    fn serves(&self, app_group: i64, node: Option<i64>) -> bool {
        node == self.db.node() && self.db.serving_since(Shard::of(app_group)).is_some()
    }

    async fn take(&self, reports: Vec<Report>) -> Result<()> {
        let instances = Arc::clone(&self.instances);
        self.db.write_in_turn(move |tx| instances.report(tx, &reports).map(drop)).await
    }

    async fn log(&self, logs: Vec<(i64, Batch)>) -> Result<Vec<i64>> {
        let service = self.logs;
        self.db
            .write(move |tx| {
                logs.iter().map(|(app_group, batch)| service.append(tx, *app_group, batch)).collect()
            })
            .await
    }

    async fn strays(&self, app_group: i64, worker: &str, listed: &[i64]) -> Result<Vec<i64>> {
        let (instances, worker, listed) = (Arc::clone(&self.instances), worker.to_owned(), listed.to_owned());
        self.db.read(move |tx| instances.strays(tx, app_group, &worker, &listed)).await
    }
}
