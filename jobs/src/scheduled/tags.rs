//! Tags on jobs, groups and triggers.

use muster_core::{Error, Result};
use muster_db::{Tx, params};

use super::store::{Record as _, fold};
use super::{NewTag, Scope, Service, Tag};

impl Service {
    /// Ties a tag to a record.
    ///
    /// # Errors
    /// `NotFound` for the record; `AlreadyExists` for `tag` when it carries it already.
    pub fn create_tag(&self, tx: &mut Tx<'_>, scope: Scope<'_>, new: NewTag) -> Result<Tag> {
        let sql = format!("SELECT account_id FROM {} WHERE id = $1", new.kind.table());
        let owner: Option<String> = tx.query_optional(&sql, params![new.resource_id], |row| row.get(0))?;
        let Some(owner) = owner.filter(|owner| scope.covers(owner)) else {
            return Err(Error::not_found(new.kind.what(), new.resource_id));
        };
        put(tx, &owner, new, None)
    }

    /// Removes a tag.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn delete_tag(&self, tx: &mut Tx<'_>, scope: Scope<'_>, id: &str) -> Result<()> {
        let owner: Option<String> =
            tx.query_optional("SELECT account_id FROM scheduled_tags WHERE id = $1", params![id], |row| {
                row.get(0)
            })?;
        if !owner.is_some_and(|owner| scope.covers(&owner)) {
            return Err(Error::not_found("tag", id));
        }
        tx.execute("DELETE FROM scheduled_tags WHERE id = $1", params![id])?;
        Ok(())
    }

    /// One tag.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn get_tag(&self, tx: &mut Tx<'_>, scope: Scope<'_>, id: &str) -> Result<Tag> {
        let found = tx.query_optional("SELECT * FROM scheduled_tags WHERE id = $1", params![id], |row| {
            Ok((Tag::read(row)?, row.get::<String>("account_id")?))
        })?;
        match found {
            Some((tag, owner)) if scope.covers(&owner) => Ok(tag),
            _ => Err(Error::not_found("tag", id)),
        }
    }
}

/// Writes a tag of a record that `owner` has.
pub(super) fn put(tx: &mut Tx<'_>, owner: &str, new: NewTag, pattern_id: Option<&str>) -> Result<Tag> {
    let now = tx.now();
    let id = tx.new_uuid().simple().to_string();
    let written = tx.execute(
        "INSERT INTO scheduled_tags (id, account_id, source, kind, resource_id, tag, tag_folded, \
         created_at, updated_at, pattern_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, $9) \
         ON CONFLICT (resource_id, source, tag) DO NOTHING",
        params![
            id,
            owner,
            new.source.as_str(),
            new.kind.as_str(),
            new.resource_id,
            new.tag,
            fold(&new.tag),
            now,
            pattern_id
        ],
    )?;
    if written == 0 {
        return Err(Error::already_exists("tag", new.tag));
    }
    Ok(Tag {
        id,
        source: new.source,
        kind: new.kind,
        resource_id: new.resource_id,
        tag: new.tag,
        pattern_id: pattern_id.map(str::to_owned),
        created_at: now,
        updated_at: now,
    })
}

pub(super) fn delete_of(tx: &mut Tx<'_>, resource_id: &str) -> Result<()> {
    tx.execute("DELETE FROM scheduled_tags WHERE resource_id = $1", params![resource_id])?;
    Ok(())
}
