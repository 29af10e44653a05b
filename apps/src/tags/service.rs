//! What callers may ask about tags.

use muster_core::{Error, Result};
use muster_db::Tx;
use muster_identity::Caller;

use super::{TagChange, TagValues, check_keys, check_set, store};
use crate::{Service, server_group};

impl Service {
    /// Puts tags on server groups; a key that is there gets the new value. All of it happens, or nothing.
    ///
    /// # Errors
    /// `Invalid` for tags that cannot be, or that stand twice; `NotFound` "server group"; `Quota` "tags".
    pub fn tag_server_groups(&self, tx: &mut Tx<'_>, caller: &Caller, changes: &[TagChange]) -> Result<()> {
        let limit = self.settings.limits.tags;
        for change in changes {
            check_set(&change.tags, 1..=limit)?;
        }
        for change in changes {
            server_group::require(tx, caller.into(), &change.server_group_id)?;
            store::put(tx, &change.server_group_id, &change.tags)?;
            if store::count(tx, &change.server_group_id)? > limit {
                return Err(Error::Quota { what: "tags", limit });
            }
        }
        Ok(())
    }

    /// Takes tags from server groups, by their keys; those that are not there are passed over. All of it
    /// happens, or nothing.
    ///
    /// # Errors
    /// `Invalid` for empty keys, or keys that stand twice; `NotFound` "server group".
    pub fn untag_server_groups(&self, tx: &mut Tx<'_>, caller: &Caller, changes: &[TagChange]) -> Result<()> {
        for change in changes {
            check_keys(change.tags.iter().map(|tag| tag.key.as_str()), 1..=self.settings.limits.tags)?;
        }
        for change in changes {
            server_group::require(tx, caller.into(), &change.server_group_id)?;
            store::remove(tx, &change.server_group_id, &change.tags)?;
        }
        Ok(())
    }

    /// All tags of the project's server groups, by key.
    pub fn list_server_group_tags(&self, tx: &mut Tx<'_>, caller: &Caller) -> Result<Vec<TagValues>> {
        store::all(tx, caller.into())
    }
}
