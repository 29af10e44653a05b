//! How workers prove that they belong to a group: by its key, and nothing else.
//!
//! Workers name no account. Groups of different accounts may have the same names; their keys tell them apart.

use muster_core::Result;
use muster_db::Tx;
use subtle::ConstantTimeEq;

use super::model::AppGroup;
use super::store;

/// The group of this name, in this namespace if one is named, whose key is one of `keys`.
///
/// # Errors
/// Those of the store.
pub fn find(
    tx: &mut Tx<'_>,
    namespace: Option<&str>,
    group_id: &str,
    keys: &[&str],
) -> Result<Option<AppGroup>> {
    let named = store::named(tx, group_id)?;
    let fits = |group: &AppGroup| {
        namespace.is_none_or(|namespace| group.namespace == namespace)
            && keys.iter().any(|key| is_key(group, key))
    };
    Ok(named.into_iter().find(fits))
}

/// The group with this number, if this is its key.
///
/// # Errors
/// Those of the store.
pub fn numbered(tx: &mut Tx<'_>, id: i64, key: &str) -> Result<Option<AppGroup>> {
    Ok(store::by_number(tx, id)?.filter(|group| is_key(group, key)))
}

/// Whether the group with this number has this name and this key.
///
/// # Errors
/// Those of the store.
pub fn admits(tx: &mut Tx<'_>, id: i64, group_id: &str, key: &str) -> Result<bool> {
    let group = store::by_number(tx, id)?;
    Ok(group.is_some_and(|group| group.group_id == group_id && is_key(&group, key)))
}

fn is_key(group: &AppGroup, key: &str) -> bool {
    group.app_key.as_bytes().ct_eq(key.as_bytes()).into()
}
