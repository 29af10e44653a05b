//! What the worker port needs from the rest of the server.

use std::future::Future;

use muster_core::Result;
use muster_jobs::link::Report;
use muster_jobs::logs::Batch;

/// Who knows the groups' keys, and takes what workers say about their runs.
pub trait Desk: Send + Sync + 'static {
    /// Whether `app_key` is the key of the group with the number `app_group` and the name `group_id`.
    fn admit(
        &self,
        app_group: i64,
        group_id: &str,
        app_key: &str,
    ) -> impl Future<Output = Result<bool>> + Send;

    /// This server's number at the moment, among those that share a store.
    fn node(&self) -> Option<i64>;

    /// Whether this server serves the group, and a connection that was made when its number was `node` is no older than
    /// that; the workers of others go elsewhere.
    fn serves(&self, app_group: i64, node: Option<i64>) -> bool;

    /// Takes reports in their order. When this has returned well they are on disk, or nobody's.
    fn take(&self, reports: Vec<Report>) -> impl Future<Output = Result<()>> + Send;

    /// Keeps what runs of groups printed; for each batch how many lines of its run were dealt with. When this has
    /// returned well they are on disk, or nobody's.
    fn log(&self, logs: Vec<(i64, Batch)>) -> impl Future<Output = Result<Vec<i64>>> + Send;

    /// Which of the instances that a worker lists are not, or no longer, its affair.
    fn strays(
        &self,
        app_group: i64,
        worker: &str,
        listed: &[i64],
    ) -> impl Future<Output = Result<Vec<i64>>> + Send;
}
