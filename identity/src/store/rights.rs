//! What a principal may do, gathered from attachments and grants.

use std::collections::HashSet;
use std::sync::Arc;

use muster_core::{Error, Result};
use muster_db::{Row, Tx, params};

use crate::model::User;
use crate::policy::{Document, system_policy};

type Documents = Vec<Arc<Document>>;

/// The documents attached to a user and to its groups.
pub(crate) fn of_user(tx: &mut Tx<'_>, user: &User) -> Result<Documents> {
    let rows = tx.query(
        "SELECT a.policy, a.is_system, p.document FROM identity_attachments a \
         LEFT JOIN identity_policies p ON p.account_id = a.account_id AND p.name = a.policy \
         WHERE a.account_id = $1 AND (a.target_id = $2 OR a.target_id IN \
         (SELECT group_id FROM identity_user_group_members WHERE user_id = $2))",
        params![user.account_id, user.id],
        attached,
    )?;
    compile(rows)
}

/// The documents attached to a role.
pub(crate) fn of_role(tx: &mut Tx<'_>, account_id: &str, role_id: &str) -> Result<Documents> {
    let rows = tx.query(
        "SELECT a.policy, a.is_system, p.document FROM identity_attachments a \
         LEFT JOIN identity_policies p ON p.account_id = a.account_id AND p.name = a.policy \
         WHERE a.account_id = $1 AND a.target_id = $2",
        params![account_id, role_id],
        attached,
    )?;
    compile(rows)
}

/// The resources granted to a user, by whichever of its ids the grant names.
pub(crate) fn grants_of(tx: &mut Tx<'_>, user: &User) -> Result<HashSet<String>> {
    let resources = tx.query(
        "SELECT resource FROM identity_grants WHERE account_id = $1 AND user_id IN ($2, $3)",
        params![user.account_id, user.number, user.id],
        |row| row.get(0),
    )?;
    Ok(resources.into_iter().collect())
}

type Attached = (String, bool, Option<String>);

fn attached(row: &Row<'_>) -> Result<Attached> {
    Ok((row.get(0)?, row.get(1)?, row.get(2)?))
}

fn compile(rows: Vec<Attached>) -> Result<Documents> {
    rows.into_iter()
        .map(|(name, is_system, document)| match (is_system, document) {
            (true, _) => system_policy(&name).ok_or_else(|| missing(&name)),
            (false, Some(text)) => Ok(Arc::new(Document::parse(&text)?)),
            (false, None) => Err(missing(&name)),
        })
        .collect()
}

/// A policy that cannot be read might deny something, so nothing is decided without it.
fn missing(name: &str) -> Error {
    Error::internal(format!("the attached policy {name} does not exist"))
}
