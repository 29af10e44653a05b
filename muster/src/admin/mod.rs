//! Administration: of a running server through `DIR/admin.sock`, of a stopped one through its data folder.
//!
//! Both ways run the same [`Admin::execute`]. Whoever can open the socket or the folder is the operator: there is no
//! other check, and every change is in the audit log under `cli`.

mod identity;
mod job_alarms;
mod ledger;
mod nodes;
mod people;
mod socket;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use muster_core::{Result, describe};
use muster_db::Db;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::config::Settings;
use crate::features::{self, World};
use crate::store;

pub use identity::{
    AccessKeyCommand, AccountCommand, AuditQuery, GroupCommand, Holder, IdentityCommand, IdentityRequest,
    Password, PolicyCommand, ProjectCommand, RoleCommand, UserCommand,
};
pub use job_alarms::{JobAlarmQuery, JobAlarmRow};
pub use ledger::{LedgerQuery, LedgerRow};
pub use nodes::NodeRow;
pub use people::{ContactCommand, MessageCommand, PeopleCommand, PeopleRequest};
pub(crate) use socket::Bound;

/// What an operator asks.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Request {
    /// A backup into this new folder; a full path, as the server has its own working folder.
    Backup(PathBuf),
    /// Whether the store is sound.
    Check,
    /// Accounts, users, groups, access keys, projects, policies, roles, audit.
    Identity(IdentityRequest),
    /// A page of the alarms of jobs.
    JobAlarms(JobAlarmQuery),
    /// A page of the ledger of due times.
    Ledger(LedgerQuery),
    /// The nodes that share the store.
    Nodes,
    /// Contacts and messages.
    People(PeopleRequest),
}

/// Does what an operator asks, over an open store.
pub(crate) struct Admin {
    pub(crate) db: Db,
    pub(crate) identity: Arc<muster_identity::Service>,
    pub(crate) settings: Settings,
    pub(crate) world: World,
}

impl Admin {
    /// Does it; blocks.
    pub(crate) fn execute(&self, request: &Request) -> Result<Value> {
        match request {
            Request::Identity(request) => identity::execute(self, request),
            Request::JobAlarms(query) => job_alarms::execute(self, query),
            Request::Ledger(query) => ledger::execute(self, query),
            Request::Nodes => nodes::execute(self),
            Request::People(request) => people::execute(self, request),
            Request::Backup(target) => {
                store::backup(&self.db, &self.settings, &*self.world.clock, target)?;
                Ok(json!({ "backup": target }))
            }
            Request::Check => {
                let checked = store::check(&self.db, &self.settings, &self.world)?;
                serde_json::to_value(checked).map_err(muster_core::Error::internal)
            }
        }
    }
}

/// Lets operators in to a server that has the folder's lock. Without the socket (its path may be too long for the
/// system) the server works all the same.
pub(crate) fn open_door(admin: Admin) -> Option<Arc<Bound>> {
    let data = admin.settings.data.clone();
    match socket::bind(&data).and_then(|bound| socket::serve(bound, admin)) {
        Ok(bound) => Some(bound),
        Err(error) => {
            tracing::warn!(%error, "no administration of the running server: {}/admin.sock", data.display());
            None
        }
    }
}

/// Asks the running server of the settings' data folder, or does it on the store itself.
///
/// # Errors
/// Why it was not done, for people.
pub fn ask(settings: &Settings, request: &Request) -> Result<Value, String> {
    if let Some(answer) = socket::ask(&settings.data, request) {
        return answer;
    }
    on_stopped_store(settings, request).map_err(|error| describe(&error))
}

/// Whether a server listens in this data folder.
pub fn is_running(data: &Path) -> bool {
    socket::connect(data).is_some()
}

fn on_stopped_store(settings: &Settings, request: &Request) -> Result<Value> {
    let world = World::system();
    let db = store::open_existing(settings, &world)?;
    let identity = features::open_identity(settings, &db, &world).map(Arc::new);
    let outcome = identity.and_then(|identity| {
        Admin { db: db.clone(), identity, settings: settings.clone(), world }.execute(request)
    });
    db.close();
    outcome
}
