//! The SQL of applications and founders.

use muster_core::{Error, Page, PageRequest, Result};
use muster_db::{Conditions, Row, ToValue, Tx, params};

use super::model::{Application, ApplicationFilter, Founded, Founder, FounderFilter, Source};
use crate::inventory::Tag;
use crate::model::Scope;
use crate::store::{by_word, of_groups, read_group};

const FROM: &str = "FROM resource_groups g JOIN resource_applications a ON a.group_id = g.id";

fn columns() -> String {
    format!("{}, a.source, a.contact_groups, a.founder_id, a.founder_key, a.founder_value", of_groups())
}

fn read(row: &Row<'_>) -> Result<Application> {
    let source: String = row.get("source")?;
    let contact_groups: String = row.get("contact_groups")?;
    let founder_id: Option<String> = row.get("founder_id")?;
    let (key, value): (Option<String>, Option<String>) = (row.get("founder_key")?, row.get("founder_value")?);
    Ok(Application {
        group: read_group(row)?,
        source: by_word(Source::ALL, Source::word, &source)?,
        contact_groups: serde_json::from_str(&contact_groups).map_err(Error::internal)?,
        tags: Vec::new(),
        founded: founder_id.map(|founder_id| Founded {
            founder_id,
            key: key.unwrap_or_default(),
            value: value.unwrap_or_default(),
        }),
    })
}

fn with_tags(tx: &mut Tx<'_>, application: Application) -> Result<Application> {
    Ok(Application { tags: tags(tx, application.group.id)?, ..application })
}

pub(super) fn insert(tx: &mut Tx<'_>, scope: Scope<'_>, application: &Application) -> Result<()> {
    let contact_groups = serde_json::to_string(&application.contact_groups).map_err(Error::internal)?;
    let founded = application.founded.as_ref();
    let followed = application.group.rule.enterprise_projects.first();
    tx.execute(
        "INSERT INTO resource_applications (group_id, account_id, project_id, source, contact_groups, founder_id,
                                            founder_key, founder_value, resource_group_id)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        params![
            application.group.id,
            scope.account_id,
            scope.project_id,
            application.source.word(),
            contact_groups,
            founded.map(|founded| founded.founder_id.as_str()),
            founded.map(|founded| founded.key.as_str()),
            founded.map(|founded| founded.value.as_str()),
            followed.map(String::as_str)
        ],
    )?;
    Ok(())
}

pub(super) fn follows_enterprise_project(tx: &mut Tx<'_>, scope: Scope<'_>, id: &str) -> Result<bool> {
    let found = tx.query_optional(
        "SELECT 1 FROM resource_applications WHERE account_id = $1 AND project_id = $2 AND resource_group_id = $3",
        params![scope.account_id, scope.project_id, id],
        |row| row.get::<i64>(0),
    )?;
    Ok(found.is_some())
}

pub(super) fn get(tx: &mut Tx<'_>, scope: Scope<'_>, id: i64) -> Result<Option<Application>> {
    let found = tx.query_optional(
        &format!("SELECT {} {FROM} WHERE g.id = $1 AND g.account_id = $2 AND g.project_id = $3", columns()),
        params![id, scope.account_id, scope.project_id],
        read,
    )?;
    found.map(|application| with_tags(tx, application)).transpose()
}

pub(super) fn list(
    tx: &mut Tx<'_>,
    scope: Scope<'_>,
    filter: &ApplicationFilter,
    page: PageRequest,
) -> Result<Page<Application>> {
    let folded = filter.name_contains.as_ref().map(|text| text.to_lowercase());
    let sources: Option<Vec<&str>> =
        filter.sources.as_ref().map(|sources| sources.iter().map(|source| source.word()).collect());
    let mut wanted = Conditions::new("g.account_id = ?", [scope.account_id.to_value()]);
    wanted.and_equals("g.project_id", Some(scope.project_id));
    wanted.and_one_of("g.id", &filter.ids);
    wanted.and_contains("g.folded_name", folded.as_deref());
    match &sources {
        Some(none) if none.is_empty() => return Ok(Page { items: Vec::new(), total: 0 }),
        Some(sources) => wanted.and_one_of("a.source", sources),
        None => {}
    }
    wanted.and_equals("a.founder_id", filter.founder_id.as_ref());
    wanted.and_equals("a.founder_key", filter.founder_key.as_ref());
    wanted.and_equals("a.founder_value", filter.founder_value.as_ref());
    for (key, value) in &filter.tags {
        const TAG: &str = "SELECT 1 FROM resource_group_tags t WHERE t.group_id = g.id AND t.key = ?";
        match value {
            None => wanted.and(&format!("EXISTS ({TAG})"), [key.to_value()]),
            Some(value) => {
                wanted.and(&format!("EXISTS ({TAG} AND t.value = ?)"), [key.to_value(), value.to_value()]);
            }
        }
    }
    let total =
        tx.query_one(&format!("SELECT COUNT(*) {FROM} {}", wanted.sql()), wanted.values(), |row| row.get(0))?;
    let (rest, values) = wanted.paged("g.created_at DESC, g.id DESC", page);
    let items = tx.query(&format!("SELECT {} {FROM} {rest}", columns()), &values, read)?;
    let items = items.into_iter().map(|one| with_tags(tx, one)).collect::<Result<_>>()?;
    Ok(Page { items, total })
}

pub(super) fn set_contact_groups(tx: &mut Tx<'_>, id: i64, names: &[String]) -> Result<()> {
    let names = serde_json::to_string(names).map_err(Error::internal)?;
    tx.execute(
        "UPDATE resource_applications SET contact_groups = $2 WHERE group_id = $1",
        params![id, names],
    )?;
    Ok(())
}

/// Deletes what an application has besides its group.
pub(super) fn delete(tx: &mut Tx<'_>, id: i64) -> Result<()> {
    tx.execute("DELETE FROM resource_group_tags WHERE group_id = $1", params![id])?;
    tx.execute("DELETE FROM resource_applications WHERE group_id = $1", params![id])?;
    Ok(())
}

pub(super) fn tags(tx: &mut Tx<'_>, id: i64) -> Result<Vec<Tag>> {
    tx.query(
        "SELECT key, value FROM resource_group_tags WHERE group_id = $1 ORDER BY key",
        params![id],
        |row| Ok(Tag { key: row.get(0)?, value: row.get(1)? }),
    )
}

pub(super) fn set_tag(tx: &mut Tx<'_>, scope: Scope<'_>, id: i64, tag: &Tag) -> Result<()> {
    tx.execute(
        "INSERT INTO resource_group_tags (group_id, key, value, account_id) VALUES ($1, $2, $3, $4)
         ON CONFLICT (group_id, key) DO UPDATE SET value = $3",
        params![id, tag.key, tag.value, scope.account_id],
    )?;
    Ok(())
}

pub(super) fn delete_tag(tx: &mut Tx<'_>, id: i64, key: &str, value: Option<&str>) -> Result<bool> {
    let deleted = tx.execute(
        "DELETE FROM resource_group_tags WHERE group_id = $1 AND key = $2 AND value = COALESCE($3, value)",
        params![id, key, value],
    )?;
    Ok(deleted > 0)
}

pub(super) fn tag_keys(tx: &mut Tx<'_>, account_id: &str, page: PageRequest) -> Result<Vec<String>> {
    tx.query(
        "SELECT key FROM resource_tags WHERE account_id = $1
         UNION SELECT key FROM resource_group_tags WHERE account_id = $1 ORDER BY key LIMIT $2 OFFSET $3",
        params![account_id, page.sql_limit(), page.sql_offset()],
        |row| row.get(0),
    )
}

pub(super) fn tag_values(
    tx: &mut Tx<'_>,
    account_id: &str,
    key: &str,
    page: PageRequest,
) -> Result<Vec<String>> {
    tx.query(
        "SELECT value FROM resource_tags WHERE account_id = $1 AND key = $2
         UNION SELECT value FROM resource_group_tags WHERE account_id = $1 AND key = $2
         ORDER BY value LIMIT $3 OFFSET $4",
        params![account_id, key, page.sql_limit(), page.sql_offset()],
        |row| row.get(0),
    )
}

/// The values that a project's applications have under a key.
pub(super) fn values_of_applications(tx: &mut Tx<'_>, scope: Scope<'_>, key: &str) -> Result<Vec<String>> {
    tx.query(
        "SELECT DISTINCT t.value FROM resource_group_tags t JOIN resource_groups g ON g.id = t.group_id
         WHERE t.account_id = $1 AND t.key = $2 AND g.project_id = $3",
        params![scope.account_id, key, scope.project_id],
        |row| row.get(0),
    )
}

const FOUNDER: &str = "id, tag_key, region, spec, known_change, created_at";

fn read_founder(row: &Row<'_>) -> Result<Founder> {
    let spec: String = row.get("spec")?;
    Ok(Founder {
        id: row.get("id")?,
        tag_key: row.get("tag_key")?,
        region: row.get("region")?,
        spec: serde_json::from_str(&spec).map_err(Error::internal)?,
        settled: row.get::<Option<i64>>("known_change")?.is_some(),
        created_at: row.get("created_at")?,
    })
}

/// Enters a founder; whether the project had none of its key.
pub(super) fn insert_founder(tx: &mut Tx<'_>, scope: Scope<'_>, founder: &Founder) -> Result<bool> {
    let spec = serde_json::to_string(&founder.spec).map_err(Error::internal)?;
    let inserted = tx.execute(
        "INSERT INTO resource_founders (id, account_id, project_id, tag_key, region, spec, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (account_id, project_id, tag_key) DO NOTHING",
        params![
            founder.id,
            scope.account_id,
            scope.project_id,
            founder.tag_key,
            founder.region,
            spec,
            founder.created_at
        ],
    )?;
    Ok(inserted > 0)
}

pub(super) fn update_founder(tx: &mut Tx<'_>, founder: &Founder) -> Result<()> {
    let spec = serde_json::to_string(&founder.spec).map_err(Error::internal)?;
    tx.execute("UPDATE resource_founders SET spec = $2 WHERE id = $1", params![founder.id, spec])?;
    Ok(())
}

pub(super) fn get_founder(tx: &mut Tx<'_>, scope: Scope<'_>, id: &str) -> Result<Option<Founder>> {
    tx.query_optional(
        &format!(
            "SELECT {FOUNDER} FROM resource_founders WHERE id = $1 AND account_id = $2 AND project_id = $3"
        ),
        params![id, scope.account_id, scope.project_id],
        read_founder,
    )
}

pub(super) fn list_founders(
    tx: &mut Tx<'_>,
    scope: Scope<'_>,
    filter: &FounderFilter,
    page: PageRequest,
) -> Result<Page<Founder>> {
    let mut wanted = Conditions::new("account_id = ?", [scope.account_id.to_value()]);
    wanted.and_equals("project_id", Some(scope.project_id));
    wanted.and_equals("id", filter.id.as_ref());
    wanted.and_equals("tag_key", filter.tag_key.as_ref());
    wanted.and_equals("region", filter.region.as_ref());
    if let Some(value) = &filter.value {
        let made = "SELECT 1 FROM resource_applications a WHERE a.founder_id = resource_founders.id
                    AND a.founder_value = ?";
        wanted.and(&format!("EXISTS ({made})"), [value.to_value()]);
    }
    let total = tx.query_one(
        &format!("SELECT COUNT(*) FROM resource_founders {}", wanted.sql()),
        wanted.values(),
        |row| row.get(0),
    )?;
    let (rest, values) = wanted.paged("created_at DESC, id", page);
    let items =
        tx.query(&format!("SELECT {FOUNDER} FROM resource_founders {rest}"), &values, read_founder)?;
    Ok(Page { items, total })
}

pub(super) fn delete_founder(tx: &mut Tx<'_>, id: &str) -> Result<()> {
    tx.execute("DELETE FROM resource_founders WHERE id = $1", params![id])?;
    Ok(())
}

/// The values for which a founder has made applications, with their groups.
pub(super) fn made_by(tx: &mut Tx<'_>, founder_id: &str) -> Result<Vec<(String, i64)>> {
    tx.query(
        "SELECT founder_value, group_id FROM resource_applications WHERE founder_id = $1",
        params![founder_id],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )
}

/// Founders that have not seen the last change of their project: account, project and id.
pub(super) fn founders_behind(tx: &mut Tx<'_>) -> Result<Vec<(String, String, String)>> {
    tx.query(
        "SELECT f.account_id, f.project_id, f.id FROM resource_founders f
         LEFT JOIN resource_counters c ON c.account_id = f.account_id AND c.project_id = f.project_id
         WHERE f.known_change IS NULL OR f.known_change <> COALESCE(c.changes, 0) ORDER BY f.id",
        &[],
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
    )
}

pub(super) fn founder_knows(tx: &mut Tx<'_>, id: &str, change: i64) -> Result<()> {
    tx.execute("UPDATE resource_founders SET known_change = $2 WHERE id = $1", params![id, change])?;
    Ok(())
}
