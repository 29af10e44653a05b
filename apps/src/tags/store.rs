//! All SQL about tags.

use muster_core::Result;
use muster_db::{Tx, Value, params};

use super::{Tag, TagValues};
use crate::sql::{Owner, placeholders};

/// Puts tags on a server group that is known to be the owner's; a key that is there gets the new value.
pub(crate) fn put(tx: &mut Tx<'_>, server_group_id: &str, tags: &[Tag]) -> Result<()> {
    for tag in tags {
        tx.execute(
            "INSERT INTO apps_server_group_tags (server_group_id, tag_key, tag_value) VALUES ($1, $2, $3) \
             ON CONFLICT (server_group_id, tag_key) DO UPDATE SET tag_value = excluded.tag_value",
            params![server_group_id, tag.key, tag.value],
        )?;
    }
    Ok(())
}

/// Takes tags from a server group that is known to be the owner's.
pub(crate) fn remove(tx: &mut Tx<'_>, server_group_id: &str, tags: &[Tag]) -> Result<()> {
    for tag in tags {
        tx.execute(
            "DELETE FROM apps_server_group_tags WHERE server_group_id = $1 AND tag_key = $2",
            params![server_group_id, tag.key],
        )?;
    }
    Ok(())
}

pub(crate) fn count(tx: &mut Tx<'_>, server_group_id: &str) -> Result<u64> {
    tx.query_one(
        "SELECT COUNT(*) FROM apps_server_group_tags WHERE server_group_id = $1",
        params![server_group_id],
        |row| row.get(0),
    )
}

/// Hands over the tags of these server groups, each group's in order of the keys.
pub(crate) fn for_each_of(
    tx: &mut Tx<'_>,
    server_group_ids: &[Value<'_>],
    mut take: impl FnMut(&str, Tag),
) -> Result<()> {
    let sql = format!(
        "SELECT server_group_id, tag_key, tag_value FROM apps_server_group_tags \
         WHERE server_group_id IN ({}) ORDER BY server_group_id, tag_key",
        placeholders(1, server_group_ids.len())
    );
    tx.for_each(&sql, server_group_ids, |row| {
        let server_group_id: String = row.get(0)?;
        take(&server_group_id, Tag { key: row.get(1)?, value: row.get(2)? });
        Ok(())
    })
}

/// All keys with all their values in the owner's project.
pub(crate) fn all(tx: &mut Tx<'_>, owner: Owner<'_>) -> Result<Vec<TagValues>> {
    let mut keys: Vec<TagValues> = Vec::new();
    tx.for_each(
        "SELECT DISTINCT t.tag_key, t.tag_value FROM apps_server_group_tags t \
         JOIN apps_server_groups g ON g.id = t.server_group_id \
         WHERE g.account_id = $1 AND g.project_id = $2 ORDER BY t.tag_key, t.tag_value",
        params![owner.account_id, owner.project_id],
        |row| {
            let (key, value): (String, String) = (row.get(0)?, row.get(1)?);
            match keys.last_mut() {
                Some(last) if last.key == key => last.values.push(value),
                _ => keys.push(TagValues { key, values: vec![value] }),
            }
            Ok(())
        },
    )?;
    Ok(keys)
}
