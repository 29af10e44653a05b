//! The SQL of templates and of their associations with groups.

use muster_core::{Error, Page, PageRequest, Result, Timestamp};
use muster_db::{Conditions, Row, ToValue, Tx, bulk, params};

use super::model::{Association, Kind, Template, TemplateFilter, TemplateItem};
use crate::Owner;

const TEMPLATE: &str = "id, name, description, kind, version, items, created_at, updated_at";

/// Counts one more template of the account unless it has `limit` already.
pub(super) fn count_one_more(tx: &mut Tx<'_>, account_id: &str, limit: u64) -> Result<bool> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let changed = tx.execute(
        "INSERT INTO alarm_template_counts (account_id, used) VALUES ($1, 1)
         ON CONFLICT (account_id) DO UPDATE SET used = alarm_template_counts.used + 1
         WHERE alarm_template_counts.used < $2",
        params![account_id, limit],
    )?;
    Ok(changed == 1)
}

/// Whether it went in: not where its name is taken.
pub(super) fn insert(tx: &mut Tx<'_>, owner: Owner<'_>, template: &Template) -> Result<bool> {
    let items = serde_json::to_string(&template.items).map_err(Error::internal)?;
    let inserted = tx.execute(
        "INSERT INTO alarm_templates (id, origin, account_id, project_id, name, folded_name, description, kind, version,
                                      items, parts, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
         ON CONFLICT (account_id, origin, project_id, name) DO NOTHING",
        params![
            template.id,
            owner.origin,
            owner.account_id,
            owner.project_id,
            template.name,
            template.name.to_lowercase(),
            template.description,
            template.kind.word(),
            template.version,
            items,
            parts_of(&template.items),
            template.created_at,
            template.updated_at
        ],
    )?;
    Ok(inserted == 1)
}

/// Changes a template whose new name, if it has one, is free.
pub(super) fn update(tx: &mut Tx<'_>, template: &Template) -> Result<()> {
    let items = serde_json::to_string(&template.items).map_err(Error::internal)?;
    tx.execute(
        "UPDATE alarm_templates
         SET name = $2, folded_name = $3, description = $4, version = $5, items = $6, parts = $7, updated_at = $8
         WHERE id = $1",
        params![
            template.id,
            template.name,
            template.name.to_lowercase(),
            template.description,
            template.version,
            items,
            parts_of(&template.items),
            template.updated_at
        ],
    )?;
    Ok(())
}

pub(super) fn delete(tx: &mut Tx<'_>, owner: Owner<'_>, id: i64) -> Result<()> {
    tx.execute("DELETE FROM alarm_templates WHERE id = $1", params![id])?;
    tx.execute("DELETE FROM alarm_template_applications WHERE template_id = $1", params![id])?;
    tx.execute("DELETE FROM alarm_association_templates WHERE template_id = $1", params![id])?;
    tx.execute("DELETE FROM alarm_association_rules WHERE template_id = $1", params![id])?;
    tx.execute(
        "UPDATE alarm_template_counts SET used = used - 1 WHERE account_id = $1",
        params![owner.account_id],
    )?;
    Ok(())
}

pub(super) fn get(tx: &mut Tx<'_>, owner: Owner<'_>, id: i64) -> Result<Option<Template>> {
    tx.query_optional(
        &format!(
            "SELECT {TEMPLATE} FROM alarm_templates
             WHERE id = $1 AND account_id = $2 AND origin = $3 AND project_id = $4"
        ),
        params![id, owner.account_id, owner.origin, owner.project_id],
        read_template,
    )
}

pub(super) fn named(tx: &mut Tx<'_>, owner: Owner<'_>, name: &str) -> Result<Option<Template>> {
    tx.query_optional(
        &format!(
            "SELECT {TEMPLATE} FROM alarm_templates
             WHERE account_id = $1 AND origin = $2 AND project_id = $3 AND name = $4"
        ),
        params![owner.account_id, owner.origin, owner.project_id, name],
        read_template,
    )
}

pub(super) fn list(
    tx: &mut Tx<'_>,
    owner: Owner<'_>,
    filter: &TemplateFilter,
    page: PageRequest,
) -> Result<Page<Template>> {
    let mut wanted = Conditions::new("account_id = ?", [owner.account_id.to_value()]);
    wanted.and("origin = ?", [owner.origin.to_value()]);
    wanted.and_equals("project_id", Some(owner.project_id));
    wanted.and_equals("id", filter.id.as_ref());
    wanted.and_equals("kind", filter.kind.map(Kind::word));
    wanted.and_equals("name", filter.name.as_ref());
    wanted.and_contains(
        "folded_name",
        filter.name_contains.as_ref().map(|text| text.to_lowercase()).as_deref(),
    );
    let names = filter.dimension_names.as_ref().map(|names| names.join(","));
    let part = match (&filter.namespace, &names) {
        (None, None) => None,
        (Some(namespace), None) => Some(format!("\n{namespace}|")),
        (None, Some(names)) => Some(format!("|{names}\n")),
        (Some(namespace), Some(names)) => Some(format!("\n{namespace}|{names}\n")),
    };
    wanted.and_contains("parts", part.as_deref());
    let count = format!("SELECT COUNT(*) FROM alarm_templates {}", wanted.sql());
    let total = tx.query_one(&count, wanted.values(), |row| row.get(0))?;
    let (by, way) = (
        if filter.by_update { "updated_at" } else { "created_at" },
        if filter.oldest_first { "ASC" } else { "DESC" },
    );
    let (rest, values) = wanted.paged(&format!("{by} {way}, id {way}"), page);
    let items =
        tx.query(&format!("SELECT {TEMPLATE} FROM alarm_templates {rest}"), &values, read_template)?;
    Ok(Page { items, total })
}

/// Each namespace with its dimensions, between line feeds.
fn parts_of(items: &[TemplateItem]) -> String {
    let mut parts: Vec<String> = items.iter().map(part_of).collect();
    parts.sort_unstable();
    parts.dedup();
    format!("\n{}\n", parts.join("\n"))
}

/// The rule on a group that an item belongs to: all of one namespace and one set of dimensions are one rule.
pub(super) fn part_of(item: &TemplateItem) -> String {
    format!("{}|{}", item.namespace, item.dimension_names.as_deref().unwrap_or_default().join(","))
}

fn read_template(row: &Row<'_>) -> Result<Template> {
    let (kind, items): (String, String) = (row.get("kind")?, row.get("items")?);
    let kind = Kind::ALL
        .into_iter()
        .find(|known| known.word() == kind)
        .ok_or_else(|| Error::internal(format!("the store holds the unknown kind {kind} of a template")))?;
    Ok(Template {
        id: row.get("id")?,
        name: row.get("name")?,
        description: row.get("description")?,
        kind,
        version: row.get("version")?,
        items: serde_json::from_str(&items).map_err(Error::internal)?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    })
}

/// Writes what a group is to have; it is for the engine to make it so.
pub(super) fn put_association(
    tx: &mut Tx<'_>,
    owner: Owner<'_>,
    group_id: i64,
    wanted: &Association,
) -> Result<()> {
    let (text, now) = (serde_json::to_string(wanted).map_err(Error::internal)?, tx.now());
    tx.execute(
        "INSERT INTO alarm_associations (group_id, origin, account_id, project_id, pending, wanted, updated_at)
         VALUES ($1, $2, $3, $4, 1, $5, $6)
         ON CONFLICT (group_id) DO UPDATE SET pending = 1, wanted = $5, updated_at = $6",
        params![group_id, owner.origin, owner.account_id, owner.project_id, text, now],
    )?;
    tx.execute("DELETE FROM alarm_association_templates WHERE group_id = $1", params![group_id])?;
    for id in &wanted.templates {
        tx.execute(
            "INSERT INTO alarm_association_templates (template_id, group_id) VALUES ($1, $2) ON CONFLICT DO NOTHING",
            params![id, group_id],
        )?;
    }
    Ok(())
}

/// What a group is to have, and whether it has yet to be made so.
pub(super) fn association(
    tx: &mut Tx<'_>,
    owner: Owner<'_>,
    group_id: i64,
) -> Result<Option<(Association, bool)>> {
    let found = tx.query_optional(
        "SELECT wanted, pending FROM alarm_associations
         WHERE group_id = $1 AND account_id = $2 AND origin = $3 AND project_id = $4",
        params![group_id, owner.account_id, owner.origin, owner.project_id],
        |row| Ok((row.get::<String>(0)?, row.get(1)?)),
    )?;
    found
        .map(|(text, pending)| Ok((serde_json::from_str(&text).map_err(Error::internal)?, pending)))
        .transpose()
}

/// How many of the account's groups have not yet what they are to have.
pub(super) fn count_pending(tx: &mut Tx<'_>, account_id: &str) -> Result<u64> {
    tx.query_one(
        "SELECT COUNT(*) FROM alarm_associations WHERE pending = 1 AND account_id = $1",
        params![account_id],
        |row| row.get(0),
    )
}

/// A group that has not yet what it is to have, and whose it is.
pub(super) struct Pending {
    pub(super) group_id: i64,
    pub(super) origin: crate::Origin,
    pub(super) account_id: String,
    pub(super) project_id: String,
}

pub(super) fn next_pending(tx: &mut Tx<'_>) -> Result<Option<Pending>> {
    tx.query_optional(
        "SELECT group_id, origin, account_id, project_id FROM alarm_associations WHERE pending = 1
         ORDER BY updated_at, group_id LIMIT 1",
        params![],
        |row| {
            let origin: String = row.get(1)?;
            Ok(Pending {
                group_id: row.get(0)?,
                origin: crate::Origin::from_text(&origin)
                    .ok_or_else(|| Error::internal(format!("the store holds the unknown origin {origin}")))?,
                account_id: row.get(2)?,
                project_id: row.get(3)?,
            })
        },
    )
}

pub(super) fn is_done(tx: &mut Tx<'_>, group_id: i64) -> Result<()> {
    tx.execute("UPDATE alarm_associations SET pending = 0 WHERE group_id = $1", params![group_id])?;
    Ok(())
}

/// Lets the engine look again at all groups that have this template; how many there are.
pub(super) fn look_again(tx: &mut Tx<'_>, template_id: i64) -> Result<u64> {
    tx.execute(
        "UPDATE alarm_associations SET pending = 1 WHERE group_id IN
             (SELECT group_id FROM alarm_association_templates WHERE template_id = $1)",
        params![template_id],
    )
}

/// The groups that have this template.
pub(super) fn groups_with(tx: &mut Tx<'_>, template_id: i64) -> Result<Vec<i64>> {
    tx.query(
        "SELECT group_id FROM alarm_association_templates WHERE template_id = $1 ORDER BY group_id",
        params![template_id],
        |row| row.get(0),
    )
}

/// A rule that an association made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct MadeRule {
    pub(super) template_id: i64,
    pub(super) part: String,
    pub(super) rule_key: String,
}

pub(super) fn made_rules(tx: &mut Tx<'_>, group_id: i64) -> Result<Vec<MadeRule>> {
    tx.query(
        "SELECT template_id, part, rule_key FROM alarm_association_rules WHERE group_id = $1
         ORDER BY template_id, part",
        params![group_id],
        |row| Ok(MadeRule { template_id: row.get(0)?, part: row.get(1)?, rule_key: row.get(2)? }),
    )
}

pub(super) fn note_made(tx: &mut Tx<'_>, group_id: i64, made: &[MadeRule]) -> Result<()> {
    tx.execute("DELETE FROM alarm_association_rules WHERE group_id = $1", params![group_id])?;
    let rows = made.iter().map(|rule| {
        [group_id.to_value(), rule.template_id.to_value(), rule.part.to_value(), rule.rule_key.to_value()]
    });
    let head = "INSERT INTO alarm_association_rules (group_id, template_id, part, rule_key)";
    bulk::insert(tx, head, "", rows, |_| Ok(()))
}

/// Notes that a template was applied to a group.
pub(super) fn note_applied(tx: &mut Tx<'_>, template_id: i64, group: (i64, &str)) -> Result<()> {
    let now = tx.now();
    tx.execute(
        "INSERT INTO alarm_template_applications (template_id, group_id, group_name, applied_at)
         VALUES ($1, $2, $3, $4)
         ON CONFLICT (template_id, group_id) DO UPDATE SET group_name = $3, applied_at = $4",
        params![template_id, group.0, group.1, now],
    )?;
    Ok(())
}

/// To which groups a template was applied, the latest first: number, name and when.
pub(super) fn applications(tx: &mut Tx<'_>, template_id: i64) -> Result<Vec<(i64, String, Timestamp)>> {
    tx.query(
        "SELECT group_id, group_name, applied_at FROM alarm_template_applications WHERE template_id = $1
         ORDER BY applied_at DESC, group_id DESC",
        params![template_id],
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
    )
}
