//! The SQL of resource groups.

use muster_core::{Browse, Error, Page, PageRequest, Result};
use muster_db::{Conditions, Row, ToValue, Tx, params};

use crate::Statistics;
use crate::model::{
    Dimension, Group, GroupFilter, Kind, Level, Member, MemberFilter, Origin, OwnedGroupFilter, Scope,
    joined_names,
};

pub(crate) const GROUP: &str =
    "id, origin, name, enterprise_project_id, kind, level, rule, created_at, updated_at";

/// Counts one more group that an API has in the project, unless it has `limit` already. A counter, because counting the rows on each
/// create would make the last of 10,000 groups the dearest.
pub(crate) fn count_one_more(tx: &mut Tx<'_>, scope: Scope<'_>, origin: Origin, limit: u64) -> Result<bool> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    if limit == 0 {
        return Ok(false);
    }
    let changed = tx.execute(
        "INSERT INTO resource_groups_used (account_id, project_id, origin, used) VALUES ($1, $2, $3, 1)
         ON CONFLICT (account_id, project_id, origin) DO UPDATE SET used = resource_groups_used.used + 1
         WHERE resource_groups_used.used < $4",
        params![scope.account_id, scope.project_id, origin.word(), limit],
    )?;
    Ok(changed == 1)
}

/// How many groups an API has in the project, by the same counter.
pub(crate) fn count_groups(tx: &mut Tx<'_>, scope: Scope<'_>, origin: Origin) -> Result<u64> {
    let used = tx.query_optional(
        "SELECT used FROM resource_groups_used WHERE account_id = $1 AND project_id = $2 AND origin = $3",
        params![scope.account_id, scope.project_id, origin.word()],
        |row| row.get::<u64>(0),
    )?;
    Ok(used.unwrap_or(0))
}

pub(crate) fn insert_group(tx: &mut Tx<'_>, scope: Scope<'_>, group: &Group) -> Result<()> {
    let rule = serde_json::to_string(&group.rule).map_err(Error::internal)?;
    tx.execute(
        "INSERT INTO resource_groups (id, account_id, project_id, name, folded_name, enterprise_project_id, kind, level,
                                      rule, created_at, updated_at, origin)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        params![
            group.id,
            scope.account_id,
            scope.project_id,
            group.name,
            group.name.to_lowercase(),
            group.enterprise_project_id,
            group.kind.word(),
            group.level.word(),
            rule,
            group.created_at,
            group.updated_at,
            group.origin.word()
        ],
    )?;
    Ok(())
}

pub(crate) fn get_group(tx: &mut Tx<'_>, scope: Scope<'_>, id: i64) -> Result<Option<Group>> {
    tx.query_optional(
        &format!("SELECT {GROUP} FROM resource_groups WHERE id = $1 AND account_id = $2 AND project_id = $3"),
        params![id, scope.account_id, scope.project_id],
        read_group,
    )
}

pub(crate) const NEWEST_FIRST: &str = "created_at DESC, id DESC";

pub(crate) fn list_groups(
    tx: &mut Tx<'_>,
    scope: Scope<'_>,
    filter: &GroupFilter,
    page: PageRequest,
) -> Result<Page<Group>> {
    let mut wanted = Conditions::new("account_id = ?", [scope.account_id.to_value()]);
    wanted.and_equals("project_id", Some(scope.project_id));
    wanted.and_equals("origin", Some(filter.origin.word()));
    wanted.and_equals("enterprise_project_id", filter.enterprise_project_id.as_ref());
    wanted.and_equals("kind", filter.kind.map(Kind::word));
    wanted.and_equals("id", filter.id.as_ref());
    wanted.and_contains(
        "folded_name",
        filter.name_contains.as_ref().map(|text| text.to_lowercase()).as_deref(),
    );
    let total = count_groups_where(tx, &wanted)?;
    let (rest, values) = wanted.paged(NEWEST_FIRST, page);
    let items = tx.query(&format!("SELECT {GROUP} FROM resource_groups {rest}"), &values, read_group)?;
    Ok(Page { items, total })
}

/// Newest first, of one kind if one is named, without a count.
pub(crate) fn browse_groups(
    tx: &mut Tx<'_>,
    scope: Scope<'_>,
    origin: Origin,
    kind: Option<Kind>,
    browse: &Browse<'_>,
) -> Result<Vec<Group>> {
    let (at, id) =
        browse.after.map_or((i64::MAX, i64::MAX), |(at, id)| (at.millis(), id.parse().unwrap_or(i64::MAX)));
    let sql = format!(
        "SELECT {GROUP} FROM (SELECT * FROM resource_groups WHERE account_id = $1 AND project_id = $2 \
         AND origin = $9 AND (created_at, id) < ($3, $4) AND ($5 = '' OR kind = $5) \
         ORDER BY created_at DESC, id DESC LIMIT $6) g \
         WHERE folded_name LIKE $7 ESCAPE '\\' ORDER BY created_at DESC, id DESC LIMIT $8"
    );
    tx.query(
        &sql,
        params![
            scope.account_id,
            scope.project_id,
            at,
            id,
            kind.map(Kind::word).unwrap_or_default(),
            browse.read_limit(),
            muster_db::containing(browse.text).to_lowercase(),
            browse.limit,
            origin.word()
        ],
        read_group,
    )
}

/// Groups of an account with their projects, whichever enterprise project and project they belong to.
pub(crate) fn list_owned_groups(
    tx: &mut Tx<'_>,
    account_id: &str,
    filter: &OwnedGroupFilter,
    page: PageRequest,
) -> Result<Page<(String, Group)>> {
    let mut wanted = Conditions::new("account_id = ?", [account_id.to_value()]);
    wanted.and_equals("origin", Some(Origin::CloudEye.word()));
    wanted.and_equals("enterprise_project_id", filter.enterprise_project_id.as_ref());
    wanted.and_one_of("project_id", &filter.projects);
    wanted.and_contains(
        "folded_name",
        filter.name_contains.as_ref().map(|text| text.to_lowercase()).as_deref(),
    );
    let total = count_groups_where(tx, &wanted)?;
    let (rest, values) = wanted.paged(NEWEST_FIRST, page);
    let items =
        tx.query(&format!("SELECT project_id, {GROUP} FROM resource_groups {rest}"), &values, |row| {
            Ok((row.get("project_id")?, read_group(row)?))
        })?;
    Ok(Page { items, total })
}

fn count_groups_where(tx: &mut Tx<'_>, wanted: &Conditions<'_>) -> Result<u64> {
    let sql = format!("SELECT COUNT(*) FROM resource_groups {}", wanted.sql());
    tx.query_one(&sql, wanted.values(), |row| row.get(0))
}

/// The groups that select their members by rule.
pub(crate) fn groups_by_rule(tx: &mut Tx<'_>, scope: Scope<'_>) -> Result<Vec<Group>> {
    tx.query(
        &format!(
            "SELECT {GROUP} FROM resource_groups WHERE account_id = $1 AND project_id = $2 AND kind <> $3"
        ),
        params![scope.account_id, scope.project_id, Kind::Manual.word()],
        read_group,
    )
}

/// The groups by hand that hold this member.
pub(crate) fn groups_with_member(tx: &mut Tx<'_>, scope: Scope<'_>, member: &Member) -> Result<Vec<Group>> {
    let columns = of_groups();
    tx.query(
        &format!(
            "SELECT {columns} FROM resource_group_members m JOIN resource_groups g ON g.id = m.group_id
             WHERE m.namespace = $1 AND m.identity = $2 AND g.account_id = $3 AND g.project_id = $4"
        ),
        params![member.namespace, member.identity(), scope.account_id, scope.project_id],
        read_group,
    )
}

/// The columns of a group in a query in which groups are `g`.
pub(crate) fn of_groups() -> String {
    GROUP.split(", ").map(|column| format!("g.{column}")).collect::<Vec<_>>().join(", ")
}

/// The members of a group by hand, counted: how many there are, and in how many namespaces.
pub(crate) fn statistics(tx: &mut Tx<'_>, group_id: i64) -> Result<Statistics> {
    tx.query_one(
        "SELECT COUNT(*), COUNT(DISTINCT namespace) FROM resource_group_members WHERE group_id = $1",
        params![group_id],
        |row| Ok(Statistics { total: row.get(0)?, namespaces: row.get(1)?, ..Statistics::default() }),
    )
}

pub(crate) fn update_group(tx: &mut Tx<'_>, group: &Group) -> Result<()> {
    let rule = serde_json::to_string(&group.rule).map_err(Error::internal)?;
    tx.execute(
        "UPDATE resource_groups SET name = $2, folded_name = $3, enterprise_project_id = $4, rule = $5, updated_at = $6
         WHERE id = $1",
        params![
            group.id,
            group.name,
            group.name.to_lowercase(),
            group.enterprise_project_id,
            rule,
            group.updated_at
        ],
    )?;
    Ok(())
}

pub(crate) fn touch_group(tx: &mut Tx<'_>, id: i64) -> Result<()> {
    let now = tx.now();
    tx.execute("UPDATE resource_groups SET updated_at = $2 WHERE id = $1", params![id, now])?;
    Ok(())
}

pub(crate) fn delete_group(tx: &mut Tx<'_>, scope: Scope<'_>, origin: Origin, id: i64) -> Result<bool> {
    let deleted = tx.execute(
        "DELETE FROM resource_groups WHERE id = $1 AND account_id = $2 AND project_id = $3 AND origin = $4",
        params![id, scope.account_id, scope.project_id, origin.word()],
    )?;
    if deleted == 0 {
        return Ok(false);
    }
    delete_all_members(tx, id)?;
    tx.execute(
        "UPDATE resource_groups_used SET used = used - 1 WHERE account_id = $1 AND project_id = $2 AND origin = $3",
        params![scope.account_id, scope.project_id, origin.word()],
    )?;
    Ok(true)
}

pub(crate) fn delete_all_members(tx: &mut Tx<'_>, group_id: i64) -> Result<()> {
    tx.execute("DELETE FROM resource_group_members WHERE group_id = $1", params![group_id])?;
    Ok(())
}

pub(crate) fn count_members(tx: &mut Tx<'_>, group_id: i64) -> Result<u64> {
    tx.query_one(
        "SELECT COUNT(*) FROM resource_group_members WHERE group_id = $1",
        params![group_id],
        |row| row.get(0),
    )
}

pub(crate) fn insert_member(tx: &mut Tx<'_>, group_id: i64, member: &Member) -> Result<u64> {
    let dimensions = serde_json::to_string(&member.dimensions).map_err(Error::internal)?;
    let now = tx.now();
    tx.execute(
        "INSERT INTO resource_group_members (group_id, namespace, identity, dimension_names, dimensions, product,
                                             resource_name, added_at, region)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (group_id, namespace, identity) DO NOTHING",
        params![
            group_id,
            member.namespace,
            member.identity(),
            member.dimension_names(),
            dimensions,
            member.product,
            member.resource_name,
            now,
            member.region
        ],
    )
}

pub(crate) fn delete_member(tx: &mut Tx<'_>, group_id: i64, member: &Member) -> Result<u64> {
    tx.execute(
        "DELETE FROM resource_group_members WHERE group_id = $1 AND namespace = $2 AND identity = $3",
        params![group_id, member.namespace, member.identity()],
    )
}

pub(crate) fn has_member(tx: &mut Tx<'_>, group_id: i64, member: &Member) -> Result<bool> {
    let found = tx.query_optional(
        "SELECT 1 FROM resource_group_members WHERE group_id = $1 AND namespace = $2 AND identity = $3",
        params![group_id, member.namespace, member.identity()],
        |row| row.get::<i64>(0),
    )?;
    Ok(found.is_some())
}

pub(crate) fn members(tx: &mut Tx<'_>, group_id: i64, filter: &MemberFilter) -> Result<Vec<Member>> {
    let names = filter.dimension_names.as_ref().map(|names| joined_names(names.iter().map(String::as_str)));
    let mut wanted = Conditions::new("group_id = ?", [group_id.to_value()]);
    wanted.and_equals("namespace", filter.namespace.as_ref());
    wanted.and_equals("product", filter.product.as_ref());
    wanted.and_equals("dimension_names", names.as_ref());
    wanted.and_contains("resource_name", filter.resource_name_contains.as_deref());
    let mut members = tx.query(
        &format!(
            "SELECT namespace, dimensions, product, resource_name, region FROM resource_group_members {}
             ORDER BY namespace, identity",
            wanted.sql()
        ),
        wanted.values(),
        read_member,
    )?;
    if let Some(value) = &filter.dimension_value {
        members.retain(|member| member.dimensions.iter().any(|dimension| dimension.value == *value));
    }
    Ok(members)
}

pub(crate) fn read_group(row: &Row<'_>) -> Result<Group> {
    let origin: String = row.get("origin")?;
    let kind: String = row.get("kind")?;
    let level: String = row.get("level")?;
    let rule: String = row.get("rule")?;
    Ok(Group {
        id: row.get("id")?,
        origin: by_word(Origin::ALL, Origin::word, &origin)?,
        name: row.get("name")?,
        enterprise_project_id: row.get("enterprise_project_id")?,
        kind: by_word(Kind::ALL, Kind::word, &kind)?,
        level: by_word(Level::ALL, Level::word, &level)?,
        rule: serde_json::from_str(&rule).map_err(Error::internal)?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    })
}

fn read_member(row: &Row<'_>) -> Result<Member> {
    let dimensions: String = row.get("dimensions")?;
    let dimensions: Vec<Dimension> = serde_json::from_str(&dimensions).map_err(Error::internal)?;
    Ok(Member {
        namespace: row.get("namespace")?,
        dimensions,
        product: row.get("product")?,
        resource_name: row.get("resource_name")?,
        region: row.get("region")?,
    })
}

pub(crate) fn by_word<T: Copy, const N: usize>(
    all: [T; N],
    word_of: fn(T) -> &'static str,
    word: &str,
) -> Result<T> {
    all.into_iter()
        .find(|&one| word_of(one) == word)
        .ok_or_else(|| Error::internal(format!("the store holds the unknown word {word}")))
}
