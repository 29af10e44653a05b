//! Namespaces: what keeps the application groups of one team or stage apart from the others'.

mod model;
mod store;
#[cfg(test)]
mod tests;

use muster_core::{Error, Result};
use muster_db::Tx;
use muster_identity::Caller;

pub use model::{Namespace, NamespaceFilter, NamespacePatch, NewNamespace, Outcome};

use crate::text;

/// What errors call a namespace.
pub const NAMESPACE: &str = "namespace";
const LONGEST_NAME: usize = 64;
const LONGEST_DESCRIPTION: usize = 256;

/// Makes a namespace. Repeating a uid changes nothing and says so: clients repeat calls.
///
/// # Errors
/// `Invalid`.
pub fn create(tx: &mut Tx<'_>, caller: &Caller, new: NewNamespace) -> Result<Outcome> {
    check_name(&new.name)?;
    check_description(&new.description)?;
    if let Some(uid) = &new.uid {
        text::id("uid", uid)?;
    }
    let uid = new.uid.unwrap_or_else(|| tx.new_uuid().to_string());
    let is_new = store::insert(tx, &caller.account_id, &uid, &new.name, &new.description)?;
    Ok(if is_new { Outcome::Created(uid) } else { Outcome::Existed(uid) })
}

/// The namespace with this uid.
///
/// # Errors
/// `NotFound` "namespace".
pub fn get(tx: &mut Tx<'_>, caller: &Caller, uid: &str) -> Result<Namespace> {
    let filter = NamespaceFilter { uid: Some(uid.to_owned()), ..NamespaceFilter::default() };
    list(tx, caller, &filter)?.pop().ok_or_else(|| Error::not_found(NAMESPACE, uid))
}

/// The namespaces that fit, oldest first.
///
/// # Errors
/// Those of the store.
pub fn list(tx: &mut Tx<'_>, caller: &Caller, filter: &NamespaceFilter) -> Result<Vec<Namespace>> {
    store::list(tx, &caller.account_id, filter)
}

/// How many namespaces the account has.
///
/// # Errors
/// Those of the store.
pub fn count(tx: &mut Tx<'_>, caller: &Caller) -> Result<u64> {
    store::count(tx, &caller.account_id)
}

/// Changes what `patch` names.
///
/// # Errors
/// `NotFound` "namespace", `Invalid`.
pub fn update(tx: &mut Tx<'_>, caller: &Caller, uid: &str, patch: &NamespacePatch) -> Result<()> {
    patch.name.as_deref().map_or(Ok(()), check_name)?;
    patch.description.as_deref().map_or(Ok(()), check_description)?;
    if store::update(tx, &caller.account_id, uid, patch)? {
        Ok(())
    } else {
        Err(Error::not_found(NAMESPACE, uid))
    }
}

/// Removes an empty namespace.
///
/// # Errors
/// `NotFound` "namespace"; `Conflict` "namespace holds app groups".
pub fn delete(tx: &mut Tx<'_>, caller: &Caller, uid: &str) -> Result<()> {
    if crate::app_groups::any_in(tx, &caller.account_id, uid)? {
        let why = format!("namespace {uid} still holds application groups");
        return Err(Error::conflict("namespace holds app groups", why));
    }
    if store::delete(tx, &caller.account_id, uid)? { Ok(()) } else { Err(Error::not_found(NAMESPACE, uid)) }
}

fn check_name(name: &str) -> Result<()> {
    text::name("name", name, LONGEST_NAME)
}

fn check_description(description: &str) -> Result<()> {
    text::at_most("description", description, LONGEST_DESCRIPTION)
}
