//! The rows by which the index follows what rules look at: resources, and the rules themselves.

use muster_core::{Error, Result, Timestamp};
use muster_db::{Tx, params};

use crate::model::Scope;

/// What changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Subject {
    /// The resource of this ordinal.
    Resource,
    /// The group of this id.
    Group,
}

impl Subject {
    fn word(self) -> &'static str {
        match self {
            Self::Resource => "resource",
            Self::Group => "group",
        }
    }
}

/// Something changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Change {
    pub(crate) subject: Subject,
    pub(crate) id: i64,
}

impl Change {
    pub(crate) fn of_resource(ordinal: i64) -> Self {
        Self { subject: Subject::Resource, id: ordinal }
    }

    pub(crate) fn of_group(id: i64) -> Self {
        Self { subject: Subject::Group, id }
    }
}

/// Numbers of a project that only grow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counters {
    /// Resources that there are.
    pub(crate) resources: i64,
    /// The last change.
    pub(crate) changes: i64,
}

pub(crate) fn counters(tx: &mut Tx<'_>, scope: Scope<'_>) -> Result<Counters> {
    let found = tx.query_optional(
        "SELECT resources, changes FROM resource_counters WHERE account_id = $1 AND project_id = $2",
        params![scope.account_id, scope.project_id],
        |row| Ok(Counters { resources: row.get(0)?, changes: row.get(1)? }),
    )?;
    Ok(found.unwrap_or_default())
}

/// The ordinal of one more resource.
pub(crate) fn next_ordinal(tx: &mut Tx<'_>, scope: Scope<'_>, limit: u64) -> Result<i64> {
    let (used, ordinal) = tx.query_one(
        "INSERT INTO resource_counters (account_id, project_id, resources, ordinals, changes) VALUES ($1, $2, 1, 1, 0)
         ON CONFLICT (account_id, project_id) DO UPDATE
         SET resources = resource_counters.resources + 1, ordinals = resource_counters.ordinals + 1
         RETURNING resources, ordinals",
        params![scope.account_id, scope.project_id],
        |row| Ok((row.get::<u64>(0)?, row.get::<i64>(1)?)),
    )?;
    // Ordinals are bits of a 32-bit set, and are not used twice.
    if used > limit || ordinal > i64::from(u32::MAX) {
        return Err(Error::Quota { what: "resources", limit });
    }
    Ok(ordinal)
}

pub(crate) fn one_less(tx: &mut Tx<'_>, scope: Scope<'_>) -> Result<()> {
    tx.execute(
        "UPDATE resource_counters SET resources = resources - 1 WHERE account_id = $1 AND project_id = $2",
        params![scope.account_id, scope.project_id],
    )?;
    Ok(())
}

/// Leaves the rows of these changes. They are numbered without gaps: who knows all up to one number and counts the
/// rows after it knows whether some were forgotten meanwhile.
pub(crate) fn record(tx: &mut Tx<'_>, scope: Scope<'_>, changes: &[Change]) -> Result<()> {
    let number = i64::try_from(changes.len()).map_err(Error::internal)?;
    if number == 0 {
        return Ok(());
    }
    let last = tx.query_one(
        "INSERT INTO resource_counters (account_id, project_id, resources, ordinals, changes) VALUES ($1, $2, 0, 0, $3)
         ON CONFLICT (account_id, project_id) DO UPDATE SET changes = resource_counters.changes + $3
         RETURNING changes",
        params![scope.account_id, scope.project_id, number],
        |row| row.get::<i64>(0),
    )?;
    tx.signal(crate::applications::FOUND_GROUPS);
    let now = tx.now();
    for (number, change) in (last - number + 1..).zip(changes) {
        tx.execute(
            "INSERT INTO resource_changes (account_id, project_id, change, subject, subject_id, changed_at)
             VALUES ($1, $2, $3, $4, $5, $6)",
            params![scope.account_id, scope.project_id, number, change.subject.word(), change.id, now],
        )?;
    }
    Ok(())
}

/// The changes after `known`, in their order.
pub(crate) fn since(tx: &mut Tx<'_>, scope: Scope<'_>, known: i64) -> Result<Vec<Change>> {
    tx.query(
        "SELECT subject, subject_id FROM resource_changes
         WHERE account_id = $1 AND project_id = $2 AND change > $3 ORDER BY change",
        params![scope.account_id, scope.project_id, known],
        |row| {
            let subject = match row.get::<String>(0)?.as_str() {
                "group" => Subject::Group,
                _ => Subject::Resource,
            };
            Ok(Change { subject, id: row.get(1)? })
        },
    )
}

/// Forgets rows older than `before`, at most `limit` of them; how many it were. An index that still needed them reads
/// everything anew.
pub(crate) fn forget(tx: &mut Tx<'_>, before: Timestamp, limit: u32) -> Result<u64> {
    tx.execute(
        "DELETE FROM resource_changes WHERE (account_id, project_id, change) IN
             (SELECT account_id, project_id, change FROM resource_changes WHERE changed_at < $1
              ORDER BY changed_at LIMIT $2)",
        params![before, limit],
    )
}
