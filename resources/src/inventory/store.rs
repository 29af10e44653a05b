//! The SQL of the inventory.

use muster_core::{Error, Page, PageRequest, Result, Timestamp};
use muster_db::{Conditions, Row, ToValue, Tx, params};

use super::model::{Facet, Resource, ResourceFilter, ResourceRef, Tag};
use crate::model::{Dimension, Member, Scope};

/// A row of the inventory without its tags.
pub(crate) struct Known {
    pub(crate) resource: Resource,
    pub(crate) ordinal: i64,
}

const COLUMNS: &str =
    "id, project_id, ordinal, kind, external_id, name, enterprise_project_id, first_seen, last_seen";

fn read(row: &Row<'_>) -> Result<Known> {
    Ok(Known {
        ordinal: row.get("ordinal")?,
        resource: Resource {
            id: row.get("id")?,
            project_id: row.get("project_id")?,
            kind: row.get("kind")?,
            external_id: row.get("external_id")?,
            name: row.get("name")?,
            enterprise_project_id: row.get("enterprise_project_id")?,
            tags: Vec::new(),
            first_seen: row.get("first_seen")?,
            last_seen: row.get("last_seen")?,
        },
    })
}

pub(crate) fn find(tx: &mut Tx<'_>, scope: Scope<'_>, one: ResourceRef<'_>) -> Result<Option<Known>> {
    tx.query_optional(
        &format!(
            "SELECT {COLUMNS} FROM resources
             WHERE account_id = $1 AND project_id = $2 AND kind = $3 AND external_id = $4"
        ),
        params![scope.account_id, scope.project_id, one.kind, one.external_id],
        read,
    )
}

pub(crate) fn get(tx: &mut Tx<'_>, account_id: &str, id: i64) -> Result<Option<Known>> {
    tx.query_optional(
        &format!("SELECT {COLUMNS} FROM resources WHERE id = $1 AND account_id = $2"),
        params![id, account_id],
        read,
    )
}

pub(crate) fn by_ordinal(tx: &mut Tx<'_>, scope: Scope<'_>, ordinal: i64) -> Result<Option<Known>> {
    tx.query_optional(
        &format!(
            "SELECT {COLUMNS} FROM resources WHERE account_id = $1 AND project_id = $2 AND ordinal = $3"
        ),
        params![scope.account_id, scope.project_id, ordinal],
        read,
    )
}

/// The resource that shows itself so.
pub(crate) fn by_facet(
    tx: &mut Tx<'_>,
    scope: Scope<'_>,
    namespace: &str,
    identity: &str,
) -> Result<Option<Known>> {
    let columns = COLUMNS.replace("id, project_id", "resources.id, resources.project_id");
    tx.query_optional(
        &format!(
            "SELECT {columns} FROM resource_facets f JOIN resources ON resources.id = f.resource_id
             WHERE f.account_id = $1 AND f.project_id = $2 AND f.namespace = $3 AND f.identity = $4"
        ),
        params![scope.account_id, scope.project_id, namespace, identity],
        read,
    )
}

pub(crate) fn insert(tx: &mut Tx<'_>, account_id: &str, known: &Known) -> Result<()> {
    let resource = &known.resource;
    tx.execute(
        "INSERT INTO resources (id, account_id, project_id, ordinal, kind, external_id, name, enterprise_project_id,
                                first_seen, last_seen)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        params![
            resource.id,
            account_id,
            resource.project_id,
            known.ordinal,
            resource.kind,
            resource.external_id,
            resource.name,
            resource.enterprise_project_id,
            resource.first_seen,
            resource.last_seen
        ],
    )?;
    Ok(())
}

pub(crate) fn update(tx: &mut Tx<'_>, resource: &Resource) -> Result<()> {
    tx.execute(
        "UPDATE resources SET name = $2, enterprise_project_id = $3, last_seen = $4 WHERE id = $1",
        params![resource.id, resource.name, resource.enterprise_project_id, resource.last_seen],
    )?;
    Ok(())
}

pub(crate) fn delete(tx: &mut Tx<'_>, id: i64) -> Result<()> {
    tx.execute("DELETE FROM resource_facets WHERE resource_id = $1", params![id])?;
    tx.execute("DELETE FROM resource_tags WHERE resource_id = $1", params![id])?;
    tx.execute("DELETE FROM resources WHERE id = $1", params![id])?;
    Ok(())
}

/// Enters a facet; whether it was new.
pub(crate) fn insert_facet(
    tx: &mut Tx<'_>,
    scope: Scope<'_>,
    resource_id: i64,
    facet: &Facet,
) -> Result<bool> {
    let member = facet.as_member();
    let dimensions = serde_json::to_string(&facet.dimensions).map_err(Error::internal)?;
    let inserted = tx.execute(
        "INSERT INTO resource_facets (account_id, project_id, namespace, identity, resource_id, dimension_names, dimensions,
                                      first_value)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING",
        params![
            scope.account_id,
            scope.project_id,
            facet.namespace,
            member.identity(),
            resource_id,
            member.dimension_names(),
            dimensions,
            facet.dimensions.first().map_or("", |first| first.value.as_str())
        ],
    )?;
    Ok(inserted > 0)
}

pub(crate) fn facets(tx: &mut Tx<'_>, resource_id: i64) -> Result<Vec<Facet>> {
    tx.query(
        "SELECT namespace, dimensions FROM resource_facets WHERE resource_id = $1 ORDER BY namespace, identity",
        params![resource_id],
        |row| read_facet(row.get(0)?, &row.get::<String>(1)?),
    )
}

/// A facet of these two columns.
pub(crate) fn read_facet(namespace: String, dimensions: &str) -> Result<Facet> {
    let dimensions: Vec<Dimension> = serde_json::from_str(dimensions).map_err(Error::internal)?;
    Ok(Facet { namespace, dimensions })
}

/// The ordinals of the resources that have a series whose first dimension has this value.
pub(crate) fn ordinals_with_value(tx: &mut Tx<'_>, scope: Scope<'_>, value: &str) -> Result<Vec<i64>> {
    tx.query(
        "SELECT DISTINCT r.ordinal FROM resource_facets f JOIN resources r ON r.id = f.resource_id
         WHERE f.account_id = $1 AND f.project_id = $2 AND f.first_value = $3 ORDER BY r.ordinal",
        params![scope.account_id, scope.project_id, value],
        |row| row.get(0),
    )
}

pub(crate) fn tags(tx: &mut Tx<'_>, resource_id: i64) -> Result<Vec<Tag>> {
    tx.query(
        "SELECT key, value FROM resource_tags WHERE resource_id = $1 ORDER BY key",
        params![resource_id],
        |row| Ok(Tag { key: row.get(0)?, value: row.get(1)? }),
    )
}

/// Sets a tag; whether anything changed.
pub(crate) fn set_tag(tx: &mut Tx<'_>, account_id: &str, resource_id: i64, tag: &Tag) -> Result<bool> {
    let changed = tx.execute(
        "INSERT INTO resource_tags (resource_id, key, value, account_id) VALUES ($1, $2, $3, $4)
         ON CONFLICT (resource_id, key) DO UPDATE SET value = $3 WHERE resource_tags.value <> $3",
        params![resource_id, tag.key, tag.value, account_id],
    )?;
    Ok(changed > 0)
}

/// Takes a tag away; whether it was there.
pub(crate) fn delete_tag(tx: &mut Tx<'_>, resource_id: i64, key: &str, value: Option<&str>) -> Result<bool> {
    let deleted = match value {
        None => tx.execute(
            "DELETE FROM resource_tags WHERE resource_id = $1 AND key = $2",
            params![resource_id, key],
        )?,
        Some(value) => tx.execute(
            "DELETE FROM resource_tags WHERE resource_id = $1 AND key = $2 AND value = $3",
            params![resource_id, key, value],
        )?,
    };
    Ok(deleted > 0)
}

/// Resources of an account, the oldest first, without their tags.
pub(crate) fn list(
    tx: &mut Tx<'_>,
    account_id: &str,
    filter: &ResourceFilter,
    page: PageRequest,
) -> Result<Page<Resource>> {
    let mut wanted = Conditions::new("account_id = ?", [account_id.to_value()]);
    wanted.and_one_of("project_id", &filter.projects);
    wanted.and_one_of("kind", &filter.kinds);
    wanted.and_equals("external_id", filter.external_id.as_ref());
    wanted.and_equals("enterprise_project_id", filter.enterprise_project_id.as_ref());
    wanted.and_contains("name", filter.name_contains.as_deref());
    for (key, values) in &filter.tags {
        let places = vec!["?"; values.len()].join(", ");
        let one_of = if values.is_empty() { String::new() } else { format!(" AND t.value IN ({places})") };
        wanted.and(
            &format!(
                "id IN (SELECT t.resource_id FROM resource_tags t WHERE t.account_id = ? AND t.key = ?{one_of})"
            ),
            [account_id.to_value(), key.to_value()].into_iter().chain(values.iter().map(ToValue::to_value)),
        );
    }
    if filter.untagged {
        wanted.and("NOT EXISTS (SELECT 1 FROM resource_tags t WHERE t.resource_id = resources.id)", []);
    }
    let total =
        tx.query_one(&format!("SELECT COUNT(*) FROM resources {}", wanted.sql()), wanted.values(), |row| {
            row.get(0)
        })?;
    let (rest, values) = wanted.paged("id", page);
    let items = tx.query(&format!("SELECT {COLUMNS} FROM resources {rest}"), &values, |row| {
        read(row).map(|known| known.resource)
    })?;
    Ok(Page { items, total })
}

/// The tags in use, with the values of one key or of all; in their order, after `after`.
pub(crate) fn tags_in_use(
    tx: &mut Tx<'_>,
    account_id: &str,
    key: Option<&str>,
    after: Option<(&str, &str)>,
    limit: u32,
) -> Result<Vec<Tag>> {
    let mut wanted = Conditions::new("account_id = ?", [account_id.to_value()]);
    wanted.and_equals("key", key);
    if let Some((key, value)) = &after {
        wanted.and("(key, value) > (?, ?)", [key.to_value(), value.to_value()]);
    }
    let page = PageRequest { offset: 0, limit: u64::from(limit) };
    let (rest, values) = wanted.paged("key, value", page);
    tx.query(&format!("SELECT DISTINCT key, value FROM resource_tags {rest}"), &values, |row| {
        Ok(Tag { key: row.get(0)?, value: row.get(1)? })
    })
}

/// The keys in use, in their order, after `after`.
pub(crate) fn keys_in_use(tx: &mut Tx<'_>, account_id: &str, after: &str, limit: u32) -> Result<Vec<String>> {
    tx.query(
        "SELECT DISTINCT key FROM resource_tags WHERE account_id = $1 AND key > $2 ORDER BY key LIMIT $3",
        params![account_id, after, limit],
        |row| row.get(0),
    )
}

/// Resources that nobody holds on to and that were last seen before `before`: without tags, in the default enterprise
/// project, in no group by hand.
pub(crate) fn stale(tx: &mut Tx<'_>, before: Timestamp, limit: u32) -> Result<Vec<(String, Known)>> {
    let sql = format!(
        "SELECT account_id, {COLUMNS} FROM resources WHERE last_seen < $1 AND enterprise_project_id = $2
           AND NOT EXISTS (SELECT 1 FROM resource_tags t WHERE t.resource_id = resources.id)
           AND NOT EXISTS (SELECT 1 FROM resource_facets f
                           JOIN resource_group_members m ON m.namespace = f.namespace AND m.identity = f.identity
                           JOIN resource_groups g ON g.id = m.group_id
                           WHERE f.resource_id = resources.id AND g.account_id = resources.account_id
                             AND g.project_id = resources.project_id)
         ORDER BY last_seen LIMIT $3"
    );
    tx.query(&sql, params![before, crate::DEFAULT_ENTERPRISE_PROJECT, limit], |row| {
        Ok((row.get("account_id")?, read(row)?))
    })
}

impl Facet {
    /// The facet as a member of a group.
    pub(crate) fn as_member(&self) -> Member {
        Member { namespace: self.namespace.clone(), dimensions: self.dimensions.clone(), ..Member::default() }
    }
}
