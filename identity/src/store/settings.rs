//! Facts about the installation.

use muster_core::Result;
use muster_db::{Tx, params};

/// Of the key file that secrets are encrypted under.
pub(crate) const KEY_FINGERPRINT: &str = "key fingerprint";
/// What the first start made, sealed, until it has been written for the operator.
pub(crate) const FIRST_CREDENTIALS: &str = "first credentials";

pub(crate) fn get(tx: &mut Tx<'_>, name: &str) -> Result<Option<Vec<u8>>> {
    tx.query_optional("SELECT value FROM identity_settings WHERE name = $1", params![name], |row| row.get(0))
}

pub(crate) fn set(tx: &mut Tx<'_>, name: &str, value: &[u8]) -> Result<()> {
    tx.execute(
        "INSERT INTO identity_settings (name, value) VALUES ($1, $2) \
         ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        params![name, value],
    )?;
    Ok(())
}

pub(crate) fn remove(tx: &mut Tx<'_>, name: &str) -> Result<()> {
    tx.execute("DELETE FROM identity_settings WHERE name = $1", params![name])?;
    Ok(())
}
