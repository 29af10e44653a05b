//! Designations: which workers a job may run on, by address or by label.

use muster_core::{Error, Result};
use muster_db::{Row, Tx, params};
use muster_identity::Caller;

use crate::app_groups;
use crate::job;
use crate::job::words::words;
use crate::link::Worker;

words! {
    /// What a job's workers are chosen by.
    DesignateKind {
        /// By address.
        Worker = "worker",
        /// By label.
        Label = "label",
    }
}

impl DesignateKind {
    /// Whether `target` names the worker: its label, or its host, `host:port` or `id@host:port`.
    pub fn names(self, target: &str, worker: &Worker) -> bool {
        match self {
            Self::Label => target == worker.label,
            Self::Worker => {
                target == worker.host
                    || target == format!("{}:{}", worker.host, worker.port)
                    || target == worker.address()
                    || target == worker.route()
            }
        }
    }
}

/// Which workers a job may run on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Designation {
    /// What they are chosen by.
    pub kind: DesignateKind,
    /// Whether others may be used while none of them is there.
    pub transferable: bool,
    /// Addresses (a host, `host:port`, or `id@host:port`), or labels.
    pub targets: Vec<String>,
}

/// Chooses a job's workers, in place of what was chosen before; no targets let it run anywhere again.
///
/// # Errors
/// `NotFound` "app group" or "job"; `Invalid` "targets".
pub fn set(
    tx: &mut Tx<'_>,
    caller: &Caller,
    namespace: &str,
    group_id: &str,
    job: i64,
    designation: &Designation,
) -> Result<()> {
    const MOST_TARGETS: usize = 1000;
    let group = check(tx, caller, namespace, group_id, job)?;
    if designation.targets.len() > MOST_TARGETS {
        return Err(Error::invalid("targets", format!("there are more than {MOST_TARGETS}")));
    }
    forget(tx, job)?;
    if designation.targets.is_empty() {
        return Ok(());
    }
    let targets = serde_json::to_string(&designation.targets).map_err(Error::internal)?;
    tx.execute(
        "INSERT INTO jobs_designations (job_id, app_group_id, kind, transferable, targets) \
         VALUES ($1, $2, $3, $4, $5)",
        params![job, group, designation.kind, designation.transferable, targets],
    )?;
    Ok(())
}

/// The workers that were chosen for a job, if any were.
///
/// # Errors
/// `NotFound` "app group" or "job".
pub fn get(
    tx: &mut Tx<'_>,
    caller: &Caller,
    namespace: &str,
    group_id: &str,
    job: i64,
) -> Result<Option<Designation>> {
    check(tx, caller, namespace, group_id, job)?;
    tx.query_optional(
        "SELECT job_id, kind, transferable, targets FROM jobs_designations WHERE job_id = $1",
        params![job],
        |row| Ok(designation(row)?.1),
    )
}

/// The designations of a group's jobs.
pub(crate) fn of_group(tx: &mut Tx<'_>, group: i64) -> Result<Vec<(i64, Designation)>> {
    tx.query(
        "SELECT job_id, kind, transferable, targets FROM jobs_designations WHERE app_group_id = $1",
        params![group],
        designation,
    )
}

pub(crate) fn forget(tx: &mut Tx<'_>, job: i64) -> Result<()> {
    tx.execute("DELETE FROM jobs_designations WHERE job_id = $1", params![job])?;
    Ok(())
}

pub(crate) fn forget_group(tx: &mut Tx<'_>, group: i64) -> Result<()> {
    tx.execute("DELETE FROM jobs_designations WHERE app_group_id = $1", params![group])?;
    Ok(())
}

/// The group's number, if the job belongs to it.
fn check(tx: &mut Tx<'_>, caller: &Caller, namespace: &str, group_id: &str, job: i64) -> Result<i64> {
    let group = app_groups::find(tx, &caller.account_id, namespace, group_id)?.id;
    match job::find(tx, job)? {
        Some(found) if found.app_group == group => Ok(group),
        _ => Err(Error::not_found(job::JOB, job.to_string())),
    }
}

fn designation(row: &Row<'_>) -> Result<(i64, Designation)> {
    let unknown = || Error::internal("unknown kind of a designation in the store");
    let kind = DesignateKind::from_text(&row.get::<String>(1)?).ok_or_else(unknown)?;
    let targets = serde_json::from_str(&row.get::<String>(3)?).map_err(Error::internal)?;
    Ok((row.get(0)?, Designation { kind, transferable: row.get(2)?, targets }))
}
