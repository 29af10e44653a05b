//! The pages people open: server-rendered, over the same services as the APIs, with the same permissions and the
//! same audit rows.
//!
//! A request is read in [`visit`], routed in [`route`] and answered by a page function in [`pages`] or, for the
//! objects that all look alike (list, detail, create, edit, delete), by one [`kinds::Kind`]. Page functions are
//! plain functions over one transaction; they fill the typed shapes of [`view`], and only templates write markup.
//! No page needs JavaScript, and nothing on a page is inline that a strict content security policy would refuse.

mod assets;
mod calls;
mod chart;
mod cx;
mod frame;
mod history;
mod icon;
mod input;
mod kinds;
mod pages;
mod refusal;
mod reply;
mod route;
#[cfg(test)]
mod tests;
mod text;
mod view;
mod visit;

use std::sync::{Arc, Mutex, OnceLock};

use muster_core::EngineState;
use muster_db::Db;
use muster_wire::{Problem, Request, Response, Vendor};
use tokio::sync::watch;

/// The features that the pages stand on.
#[derive(Clone, Debug)]
pub struct Services {
    /// Accounts, keys, sessions, audit.
    pub identity: Arc<muster_identity::Service>,
    /// Contacts and messages.
    pub notify: Arc<muster_notify::Service>,
    /// Application groups.
    pub app_groups: Arc<muster_jobs::app_groups::Service>,
    /// Jobs of application groups.
    pub jobs: Arc<muster_jobs::job::Service>,
    /// What these jobs do.
    pub instances: Arc<muster_jobs::instances::Service>,
    /// Who runs them.
    pub workers: muster_jobs::link::Workers,
    /// Jobs that wait for one another.
    pub workflows: Arc<muster_jobs::workflows::Service>,
    /// What runs print.
    pub logs: muster_jobs::logs::Service,
    /// Scheduled jobs, their groups and triggers.
    pub scheduled: Arc<muster_jobs::scheduled::Service>,
    /// Resource groups.
    pub resources: Arc<muster_resources::Service>,
    /// What keeps alarms from people.
    pub masks: Arc<muster_alarms::masks::Service>,
    /// Series and samples.
    pub metrics: Arc<muster_metrics::Service>,
    /// What happened to things.
    pub events: Arc<muster_events::Service>,
    /// Alarm rules, and what they found.
    pub alarms: Arc<muster_alarms::Service>,
    /// Published application groups and server groups.
    pub apps: Arc<muster_apps::Service>,
    /// How the resource groups' API writes an id, which people copy from a page into a call.
    pub resource_group_id: fn(i64) -> String,
}

type EngineStates = Arc<Mutex<Vec<EngineState>>>;

/// Answers everything under `/console`.
#[derive(Clone, Debug)]
pub struct Console {
    db: Db,
    services: Arc<Services>,
    engines: Arc<OnceLock<EngineStates>>,
    streams: pages::live::Open,
    hung_up: Arc<watch::Sender<bool>>,
}

impl Console {
    /// The console over these features.
    pub fn new(db: Db, services: Services) -> Self {
        Self {
            db,
            services: Arc::new(services),
            engines: Arc::default(),
            streams: Arc::default(),
            hung_up: Arc::default(),
        }
    }

    /// Ends all open streams: the server is about to stop and waits for what is under way.
    pub fn hang_up(&self) {
        self.hung_up.send_replace(true);
    }

    /// Shows these engines on the health page. Only the first call counts.
    pub fn watch_engines(&self, states: EngineStates) {
        // A second set of engines in one process would be a test's.
        let _ = self.engines.set(states);
    }
}

impl Vendor for Console {
    async fn handle(&self, request: Request) -> Response {
        route::answer(self, &request).await
    }

    fn refuse(&self, request: &Request, problem: Problem) -> Response {
        pages::error::refuse(request, problem)
    }
}
