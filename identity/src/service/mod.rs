//! What callers may ask of identity.
//!
//! What must be quick (whose key is this?) goes through a cache and needs no transaction; what changes
//! something is a plain function over the caller's transaction, like in every feature.

mod access_keys;
mod accounts;
mod credential;
mod grants;
mod policies;
mod roles;
mod sessions;
mod sign_in;
mod start;
mod user_groups;
mod users;

use std::path::PathBuf;
use std::sync::Arc;

use muster_core::{Clock, Random, SharedRandom};
use muster_db::Db;

use crate::cache::Cache;
use crate::nonce::Nonces;
use crate::password::Passwords;
use crate::secret::Secret;
use crate::throttle::Throttle;
use crate::vault::Vault;

pub use access_keys::NewAccessKey;
pub use accounts::{NewAccount, NewProject};
pub use credential::{Credential, TokenFault};
pub use policies::{NewPolicy, PolicyName, Target};
pub use roles::{AssumeRole, AssumedRole, NewRole};
pub use sessions::{LiveSession, OpenedSession, SessionState};
pub use sign_in::{AccountName, SignInName, SignedIn};
pub use start::{FirstCredentials, Started};
pub use users::NewUser;

/// What the first start should make instead of random values: for CI and Terraform.
#[derive(Clone, Debug, Default)]
pub struct FirstRoot {
    /// The root user's access key: id and secret.
    pub access_key: Option<(String, Secret)>,
    /// The root user's password; any text, also a short one, as the operator takes the responsibility.
    pub password: Option<Secret>,
}

/// How identity is set up.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The region's name, which is also the default project's.
    pub region: String,
    /// The file with the key that secrets are encrypted under; made by the first start.
    pub key_file: PathBuf,
    /// Given values for the first start.
    pub first: FirstRoot,
    /// Access keys a user may have.
    pub max_access_keys: u64,
    /// ZStack sessions a user may have.
    pub max_sessions: u64,
    /// How long audit rows are kept, in milliseconds; forever when absent.
    pub audit_retention_ms: Option<i64>,
}

impl Settings {
    /// The usual limits, for a region and a key file.
    pub fn new(region: impl Into<String>, key_file: impl Into<PathBuf>) -> Self {
        Self {
            region: region.into(),
            key_file: key_file.into(),
            first: FirstRoot::default(),
            max_access_keys: 100,
            max_sessions: 500,
            audit_retention_ms: None,
        }
    }
}

/// Accounts, users, keys, policies, sessions.
#[derive(Debug)]
pub struct Service {
    db: Db,
    settings: Settings,
    clock: SharedClock,
    random: Arc<SharedRandom>,
    vault: Vault,
    passwords: Passwords,
    nonces: Nonces,
    throttle: Throttle,
    credentials: Cache<String, Credential>,
    sessions: Cache<[u8; 32], LiveSession>,
}

impl Service {
    /// The nonces of signed requests.
    pub fn nonces(&self) -> &Nonces {
        &self.nonces
    }

    /// The region's name.
    pub fn region(&self) -> &str {
        &self.settings.region
    }

    /// Whatever is cached about keys, users and policies is read again: something has changed or is about to.
    ///
    /// It may be called inside a piece of work that runs again.
    pub fn forget_cached(&self) {
        self.credentials.clear();
        self.sessions.clear();
    }

    pub(crate) fn db(&self) -> &Db {
        &self.db
    }

    pub(crate) fn audit_retention_ms(&self) -> Option<i64> {
        self.settings.audit_retention_ms
    }

    /// A generator for what is drawn outside of transactions.
    fn draw(&self) -> Random {
        Random::from_seed(&self.random.seed())
    }
}

#[derive(Clone)]
struct SharedClock(Arc<dyn Clock>);

impl std::fmt::Debug for SharedClock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Clock")
    }
}
