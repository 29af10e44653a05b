//! Scheduled jobs: what shall be done to a target, the triggers that say when, and the groups that let one
//! trigger run many jobs of a kind.
//!
//! This part keeps the records and their rules. It does not fire anything yet: due times come out of
//! [`crate::trigger`], and whoever runs them will read these tables.
//!
//! A job fires by its own triggers and by those of its group; it runs only while both it and its group are
//! enabled. The group's state is never copied into its jobs, so switching a group off and on again changes
//! nothing else.

mod counts;
mod groups;
mod jobs;
mod links;
mod migrations;
mod model;
pub mod query;
mod settings;
mod store;
mod tag_patterns;
mod tags;
#[cfg(test)]
mod tests;
mod triggers;

use jiff::tz::TimeZone;
use muster_core::{Error, Result};
use muster_db::{Tx, params};

pub use migrations::MIGRATIONS;
pub use model::{
    Group, GroupPatch, GroupTrigger, Job, JobKind, JobPatch, JobTrigger, Member, NewGroup, NewJob, NewTag,
    NewTagPattern, NewTrigger, RuleKind, Settings, Tag, TagPattern, TagSource, TaggedKind, Trigger,
    TriggerPatch,
};
pub use store::Record;

/// How much there may be of everything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Jobs and groups, each, in an account.
    pub jobs: u64,
    /// Triggers in an account.
    pub triggers: u64,
    /// Jobs in one group.
    pub jobs_per_group: u64,
    /// Triggers on one job, and on one group.
    pub triggers_per_owner: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { jobs: 10_000, triggers: 10_000, jobs_per_group: 1_000, triggers_per_owner: 100 }
    }
}

/// What callers may ask.
#[derive(Clone, Debug)]
pub struct Service {
    /// How much there may be of everything.
    pub limits: Limits,
    /// In which zone cron expressions are read.
    pub zone: TimeZone,
    /// Whether the jobs of a group go with it; otherwise they stay, without that group's triggers.
    pub delete_jobs_with_group: bool,
}

impl Default for Service {
    fn default() -> Self {
        Self { limits: Limits::default(), zone: TimeZone::UTC, delete_jobs_with_group: false }
    }
}

/// Whose records a caller may see and change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope<'a> {
    /// Those of one account; all others do not exist for it.
    Account(&'a str),
    /// Those of every account: for an operator of the whole server.
    Everything,
}

impl Scope<'_> {
    fn covers(&self, account_id: &str) -> bool {
        match self {
            Self::Account(own) => *own == account_id,
            Self::Everything => true,
        }
    }
}

/// A new record's id: the caller's own choice if it is free, else a random one.
fn choose_id(tx: &mut Tx<'_>, wanted: Option<&str>) -> Result<String> {
    let Some(wanted) = wanted else { return Ok(tx.new_uuid().simple().to_string()) };
    let taken = tx.query_optional(
        "SELECT 1 FROM scheduled_jobs WHERE id = $1 \
         UNION ALL SELECT 1 FROM scheduled_groups WHERE id = $1 \
         UNION ALL SELECT 1 FROM scheduled_triggers WHERE id = $1 \
         UNION ALL SELECT 1 FROM scheduled_tag_patterns WHERE id = $1",
        params![wanted],
        |_| Ok(()),
    )?;
    match taken {
        None => Ok(wanted.to_owned()),
        Some(()) => Err(Error::already_exists("id", wanted)),
    }
}
