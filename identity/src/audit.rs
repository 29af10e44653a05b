//! The audit log: who changed what, from where, and what became of it.

use muster_core::Result;
use muster_db::{Tx, params};

use crate::{Caller, Principal};

/// What is said of one change.
#[derive(Clone, Copy, Debug)]
pub struct NewEntry<'a> {
    /// The API, as its cloud names it.
    pub api: &'a str,
    /// The operation, as its API names it.
    pub operation: &'a str,
    /// The kind and the id of the thing that it was about, where there is one.
    pub subject: Option<(&'a str, &'a str)>,
    /// The code with which it was refused; nothing when it was done.
    pub refusal: Option<&'a str>,
}

/// Adds a row, in the transaction of the change itself.
pub fn record(tx: &mut Tx<'_>, caller: &Caller, entry: &NewEntry<'_>) -> Result<()> {
    let id = tx.new_id()?;
    let now = tx.now();
    let actor = match &caller.principal {
        Principal::Root => "root",
        Principal::User { name, .. } => name,
    };
    let (kind, subject) = entry.subject.unzip();
    tx.execute(
        "INSERT INTO audit (id, account_id, at, actor, source_ip, request_id, api, operation, subject_kind, \
         subject_id, refusal) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        params![
            id,
            caller.account_id,
            now,
            actor,
            caller.source_ip.to_string(),
            caller.request_id.to_string(),
            entry.api,
            entry.operation,
            kind,
            subject,
            entry.refusal,
        ],
    )?;
    Ok(())
}
