//! The SQL of notices.

use muster_core::{Error, Page, PageRequest, Result, Timestamp};
use muster_db::{Conditions, Row, ToValue, Tx, Value, params};

use super::episodes;
use super::store::state;
use crate::model::{Delivery, Episode, Gap, Notice, NoticeFilter, NoticeKind, Owner, Tally};

const COLUMNS: &str = "n.id, n.episode_id, n.kind, n.state_before, n.state_after, n.value, n.delivery, n.mask_id, \
                       n.mask_key, n.mask_name, n.message_key, n.at";
const FROM: &str = "FROM alarms_notices n JOIN alarms_episodes e ON e.id = n.episode_id";

/// The word in the store.
pub(super) fn word(delivery: &Delivery) -> &'static str {
    match delivery {
        Delivery::Told => "told",
        Delivery::Gap(Gap::Hours) => "hours",
        Delivery::Gap(Gap::Repeat) => "repeat",
        Delivery::Masked { .. } => "masked",
        Delivery::Nobody => "nobody",
    }
}

fn notice(row: &Row<'_>) -> Result<Notice> {
    let (kind, before, after): (String, String, String) = (row.get(2)?, row.get(3)?, row.get(4)?);
    let delivery = match row.get::<String>(6)?.as_str() {
        "told" => Delivery::Told,
        "hours" => Delivery::Gap(Gap::Hours),
        "repeat" => Delivery::Gap(Gap::Repeat),
        "masked" => Delivery::Masked {
            mask_id: row.get::<Option<i64>>(7)?.unwrap_or_default(),
            key: row.get(8)?,
            name: row.get(9)?,
        },
        _ => Delivery::Nobody,
    };
    Ok(Notice {
        id: row.get(0)?,
        episode_id: row.get(1)?,
        kind: NoticeKind::from_text(&kind)
            .ok_or_else(|| Error::internal(format!("unknown kind {kind:?} of a notice in the store")))?,
        before: state(&before)?,
        after: state(&after)?,
        value: row.get(5)?,
        delivery,
        key: row.get(10)?,
        at: row.get(11)?,
    })
}

fn wanted<'f>(owner: Owner<'f>, filter: &'f NoticeFilter, deliveries: &'f [&'static str]) -> Conditions<'f> {
    let mut conditions = Conditions::new(
        "n.account_id = ? AND n.origin = ? AND n.project_id = ?",
        [owner.account_id.to_value(), Value::Text(owner.origin.as_str().into()), owner.project_id.to_value()],
    );
    if let Some(from) = filter.from {
        conditions.and("n.at >= ?", [Value::Integer(from.millis())]);
    }
    if let Some(to) = filter.to {
        conditions.and("n.at < ?", [Value::Integer(to.millis())]);
    }
    conditions.and_one_of("e.rule_key", &filter.keys);
    conditions.and_one_of("n.episode_id", &filter.episodes);
    conditions.and_contains("e.name", filter.name_contains.as_deref());
    conditions.and_equals("e.namespace", filter.namespace.as_deref());
    if let Some(product) = &filter.product {
        let more = muster_db::beginning_with(&format!("{product}_"));
        conditions.and(
            "(e.namespace = ? OR e.namespace LIKE ? ESCAPE '\\')",
            [Value::Text(product.into()), Value::Text(more.into())],
        );
    }
    conditions.and_equals("e.metric", filter.metric.as_deref());
    conditions.and_equals("e.group_id", filter.group_id.as_ref());
    let group = filter.contact_group.as_ref().map(|group| format!(",{group},"));
    conditions.and_contains("e.contact_groups", group.as_deref());
    conditions.and_one_of("n.state_after", &filter.after);
    conditions.and_one_of("n.kind", &filter.kinds);
    conditions.and_one_of("n.delivery", deliveries);
    if let Some(text) = &filter.text {
        let pattern = muster_db::containing(text);
        conditions.and(
            "(e.name LIKE ? ESCAPE '\\' OR e.dimension_values LIKE ? ESCAPE '\\' OR e.contact_groups LIKE ? ESCAPE '\\')",
            [pattern.clone(), pattern.clone(), pattern].map(|pattern| Value::Text(pattern.into())),
        );
    }
    conditions
}

fn words(filter: &NoticeFilter) -> Vec<&'static str> {
    filter.deliveries.iter().map(word).collect()
}

pub(crate) fn list(
    tx: &mut Tx<'_>,
    owner: Owner<'_>,
    filter: &NoticeFilter,
    page: PageRequest,
) -> Result<Page<(Notice, Episode)>> {
    let deliveries = words(filter);
    let conditions = wanted(owner, filter, &deliveries);
    let sql = format!("SELECT COUNT(*) {FROM} {}", conditions.sql());
    let total = tx.query_one(&sql, conditions.values(), |row| row.get(0))?;
    let order = if filter.oldest_first { "n.at, n.id" } else { "n.at DESC, n.id DESC" };
    let (clause, values) = conditions.paged(order, page);
    let notices = tx.query(&format!("SELECT {COLUMNS} {FROM} {clause}"), &values, notice)?;
    let mut ids: Vec<i64> = notices.iter().map(|notice| notice.episode_id).collect();
    ids.sort_unstable();
    ids.dedup();
    let episodes = episodes::by_ids(tx, &ids)?;
    let with_episode = |notice: Notice| {
        let episode = episodes.get(&notice.episode_id)?.clone();
        Some((notice, episode))
    };
    Ok(Page { items: notices.into_iter().filter_map(with_episode).collect(), total })
}

pub(crate) fn tally(
    tx: &mut Tx<'_>,
    owner: Owner<'_>,
    filter: &NoticeFilter,
    by: Tally,
) -> Result<Vec<(Vec<String>, u64)>> {
    let columns: &[&str] = match by {
        Tally::Namespace => &["e.namespace"],
        Tally::Metric => &["e.namespace", "e.metric"],
        Tally::State => &["n.state_after"],
        Tally::Group => &["COALESCE(CAST(e.group_id AS TEXT), '')"],
        Tally::ContactGroups => &["e.contact_groups"],
    };
    let deliveries = words(filter);
    let conditions = wanted(owner, filter, &deliveries);
    let places: Vec<String> = (1..=columns.len()).map(|place| place.to_string()).collect();
    let (columns, places) = (columns.join(", "), places.join(", "));
    let sql =
        format!("SELECT {columns}, COUNT(*) {FROM} {} GROUP BY {places} ORDER BY {places}", conditions.sql());
    tx.query(&sql, conditions.values(), |row| {
        let last = row.len() - 1;
        let values = (0..last).map(|place| row.get::<String>(place)).collect::<Result<_>>()?;
        Ok((values, row.get(last)?))
    })
}

pub(crate) fn histogram(
    tx: &mut Tx<'_>,
    owner: Owner<'_>,
    filter: &NoticeFilter,
    width_ms: i64,
) -> Result<Vec<(i64, u64)>> {
    let deliveries = words(filter);
    let conditions = wanted(owner, filter, &deliveries);
    let sql = format!("SELECT n.at / {width_ms}, COUNT(*) {FROM} {} GROUP BY 1 ORDER BY 1", conditions.sql());
    tx.query(&sql, conditions.values(), |row| Ok((row.get(0)?, row.get(1)?)))
}

/// Removes some notices from before of evaluations that came too soon after a message; how many.
pub(crate) fn forget_silent(tx: &mut Tx<'_>, before: Timestamp, limit: i64) -> Result<u64> {
    tx.execute(
        "DELETE FROM alarms_notices WHERE id IN (SELECT id FROM alarms_notices
             WHERE at < $1 AND delivery = 'repeat' AND kind = 'goes_on' ORDER BY at LIMIT $2)",
        params![before, limit],
    )
}
