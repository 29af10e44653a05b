//! Identity: who asks, and what it may do.
//!
//! Accounts (tenants) own everything; users of an account hold access keys, sign in and carry policies.
//! Each cloud sees its own words for the same thing: AccessKeyId = AK = ZStack's access key, account =
//! domain, RAM policy = Huawei policy = ZStack statements. How a request proves its key is the wires'
//! affair; here is what they verify it against, and the [`Caller`] that they get.

mod cache;
mod caller;
mod engine;
mod migrations;
mod model;
mod names;
mod password;
mod rights;
mod secret;
mod service;
mod store;
mod throttle;
mod vault;

pub mod audit;
pub mod nonce;
pub mod policy;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
#[cfg(test)]
mod tests;

pub use caller::{Caller, Identity, Origin, Principal, app_group_resource};
pub use engine::Prune;
pub use migrations::MIGRATIONS;
pub use model::{
    AccessKey, Account, FIRST_ACCOUNT_UUID, Grant, Policy, Project, Role, Session, SessionKind,
    TemporaryCredentials, User, UserGroup,
};
pub use nonce::Nonces;
pub use password::{PasswordHash, Passwords, Proof};
pub use secret::Secret;
pub use service::{
    AccountName, AssumeRole, AssumedRole, Credential, FirstCredentials, FirstRoot, LiveSession, NewAccessKey,
    NewAccount, NewPolicy, NewProject, NewRole, NewUser, OpenedSession, PolicyName, Service, SessionState,
    Settings, SignInName, SignedIn, Started, Target, TokenFault,
};
pub use vault::Vault;
