//! Topics and their subscriptions.

use muster_core::{Error, Page, PageRequest, Result};
use muster_db::{Conditions, Row, ToValue, Tx, params};

use crate::model::stored;
use crate::topic::{NewTopic, Protocol, Standing, Subscription, SubscriptionFilter, Topic, TopicFilter};

const TOPIC: &str = "t.id, t.uid, t.key, t.name, t.title, t.enterprise_project_id, t.contact_group, t.created_at, t.updated_at, \
     t.introduction, t.access_policy, t.tags";

/// A subscription with how it stands: a person's address counts while the contact has it and is in the group.
const SUBSCRIPTION: &str = "s.id, s.uid, t.key, s.protocol, s.endpoint, s.remark, s.contact, \
     CASE WHEN s.contact IS NULL THEN 'active' WHEN m.contact IS NULL THEN NULL ELSE h.state END";
const SUBSCRIBERS: &str = "notify_subscriptions s JOIN notify_topics t ON t.id = s.topic_id \
     LEFT JOIN notify_groups g ON g.account_id = t.account_id AND g.name = t.contact_group \
     LEFT JOIN notify_contacts c ON c.account_id = s.account_id AND c.name = s.contact \
     LEFT JOIN notify_members m ON m.group_id = g.id AND m.contact = c.name \
     LEFT JOIN notify_channels h ON h.contact_id = c.id AND h.kind = s.protocol AND h.value = s.endpoint";

pub(crate) fn insert(
    tx: &mut Tx<'_>,
    (account, project): (&str, &str),
    new: &NewTopic,
    made_group: bool,
) -> Result<i64> {
    let (id, now, uid) = (tx.new_id()?, tx.now(), tx.new_uuid().simple().to_string());
    tx.execute(
        "INSERT INTO notify_topics (id, account_id, project_id, uid, key, name, title, enterprise_project_id, \
         contact_group, made_group, created_at, updated_at, introduction, access_policy, tags) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $6, $9, $10, $10, '', '', '{}')",
        params![
            id,
            account,
            project,
            uid,
            new.key,
            new.name,
            new.title,
            new.enterprise_project_id,
            made_group,
            now
        ],
    )?;
    Ok(id)
}

pub(crate) fn find(tx: &mut Tx<'_>, account: &str, key: &str) -> Result<Option<Topic>> {
    let sql = format!("SELECT {TOPIC} FROM notify_topics t WHERE t.account_id = $1 AND t.key = $2");
    tx.query_optional(&sql, params![account, key], topic)
}

pub(crate) fn list(
    tx: &mut Tx<'_>,
    (account, project): (&str, &str),
    filter: &TopicFilter,
    page: PageRequest,
) -> Result<Page<Topic>> {
    let mut conditions =
        Conditions::new("t.account_id = ? AND t.project_id = ?", [account.to_value(), project.to_value()]);
    conditions.and_equals("t.name", filter.name.as_ref());
    conditions.and_equals("t.uid", filter.uid.as_ref());
    conditions.and_equals("t.enterprise_project_id", filter.enterprise_project_id.as_ref());
    conditions.and_contains("t.name", filter.name_contains.as_deref());
    conditions.and_contains("t.title", filter.title_contains.as_deref());
    let count = format!("SELECT COUNT(*) FROM notify_topics t {}", conditions.sql());
    let total = tx.query_one(&count, conditions.values(), |row| row.get(0usize))?;
    let (clause, values) = conditions.paged("t.created_at DESC, t.id DESC", page);
    let items = tx.query(&format!("SELECT {TOPIC} FROM notify_topics t {clause}"), &values, topic)?;
    Ok(Page { items, total })
}

pub(crate) fn count(tx: &mut Tx<'_>, (account, project): (&str, &str)) -> Result<u64> {
    let sql = "SELECT COUNT(*) FROM notify_topics WHERE account_id = $1 AND project_id = $2";
    tx.query_one(sql, params![account, project], |row| row.get(0usize))
}

pub(crate) fn update(tx: &mut Tx<'_>, topic: &Topic) -> Result<()> {
    let (now, tags) = (tx.now(), serde_json::to_string(&topic.tags).map_err(Error::internal)?);
    tx.execute(
        "UPDATE notify_topics SET title = $2, introduction = $3, access_policy = $4, tags = $5, updated_at = $6 \
         WHERE id = $1",
        params![topic.id, topic.title, topic.introduction, topic.access_policy, tags, now],
    )?;
    Ok(())
}

/// Removes a topic; whether its contact group was made for it.
pub(crate) fn delete(tx: &mut Tx<'_>, id: i64) -> Result<bool> {
    tx.execute("DELETE FROM notify_subscriptions WHERE topic_id = $1", params![id])?;
    tx.query_one("DELETE FROM notify_topics WHERE id = $1 RETURNING made_group", params![id], |row| {
        row.get(0usize)
    })
}

/// Whether another topic of the account publishes to the group.
pub(crate) fn any_with_group(tx: &mut Tx<'_>, account: &str, group: &str) -> Result<bool> {
    let sql = "SELECT 1 FROM notify_topics WHERE account_id = $1 AND contact_group = $2 LIMIT 1";
    Ok(tx.query_optional(sql, params![account, group], |_| Ok(()))?.is_some())
}

pub(crate) fn subscribe(
    tx: &mut Tx<'_>,
    (account, project): (&str, &str),
    topic: i64,
    (protocol, endpoint): (Protocol, &str),
    remark: &str,
    contact: Option<(&str, bool)>,
) -> Result<String> {
    let (id, now, uid) = (tx.new_id()?, tx.now(), tx.new_uuid().simple().to_string());
    let (contact, made) = contact.map_or((None, false), |(name, made)| (Some(name), made));
    tx.execute(
        "INSERT INTO notify_subscriptions (id, account_id, project_id, topic_id, uid, protocol, endpoint, remark, \
         contact, made_contact, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        params![id, account, project, topic, uid, protocol.as_str(), endpoint, remark, contact, made, now],
    )?;
    Ok(uid)
}

pub(crate) fn subscription(tx: &mut Tx<'_>, account: &str, uid: &str) -> Result<Option<Subscription>> {
    let sql = format!("SELECT {SUBSCRIPTION} FROM {SUBSCRIBERS} WHERE s.account_id = $1 AND s.uid = $2");
    tx.query_optional(&sql, params![account, uid], subscriber)
}

/// Oldest first.
pub(crate) fn subscriptions(
    tx: &mut Tx<'_>,
    (account, project): (&str, &str),
    filter: &SubscriptionFilter,
    page: PageRequest,
) -> Result<Page<Subscription>> {
    let mut conditions =
        Conditions::new("s.account_id = ? AND s.project_id = ?", [account.to_value(), project.to_value()]);
    conditions.and_equals("s.topic_id", filter.topic_id.as_ref());
    let protocol = filter.protocol.map(Protocol::as_str);
    conditions.and_equals("s.protocol", protocol.as_ref());
    conditions.and_equals("s.endpoint", filter.endpoint.as_ref());
    conditions.and_contains("s.remark", filter.remark_contains.as_deref());
    if let Some(scheme) = filter.scheme {
        let pattern = muster_db::beginning_with(scheme);
        conditions.and("s.endpoint LIKE ? ESCAPE '\\'", [muster_db::Value::Text(pattern.into())]);
    }
    match filter.standing {
        None => {}
        Some(Standing::Confirmed) => {
            conditions.and("(s.contact IS NULL OR (m.contact IS NOT NULL AND h.state = 'active'))", []);
        }
        Some(Standing::Unconfirmed) => {
            conditions.and("s.contact IS NOT NULL AND m.contact IS NOT NULL AND h.state = 'pending'", []);
        }
        Some(Standing::Cancelled) => {
            conditions.and("s.contact IS NOT NULL AND (m.contact IS NULL OR h.state IS NULL)", []);
        }
    }
    let count = format!("SELECT COUNT(*) FROM {SUBSCRIBERS} {}", conditions.sql());
    let total = tx.query_one(&count, conditions.values(), |row| row.get(0usize))?;
    let (clause, values) = conditions.paged("s.id", page);
    let sql = format!("SELECT {SUBSCRIPTION} FROM {SUBSCRIBERS} {clause}");
    let items = tx.query(&sql, &values, subscriber)?;
    Ok(Page { items, total })
}

/// The callbacks that subscribe to a topic: number and address.
pub(crate) fn callbacks(tx: &mut Tx<'_>, topic: i64) -> Result<Vec<(i64, String)>> {
    let sql =
        "SELECT id, endpoint FROM notify_subscriptions WHERE topic_id = $1 AND contact IS NULL ORDER BY id";
    tx.query(sql, params![topic], |row| Ok((row.get(0usize)?, row.get(1usize)?)))
}

pub(crate) fn set_remark(tx: &mut Tx<'_>, id: i64, remark: &str) -> Result<()> {
    tx.execute("UPDATE notify_subscriptions SET remark = $2 WHERE id = $1", params![id, remark])?;
    Ok(())
}

/// Removes a subscription; whether its contact was made for it.
pub(crate) fn unsubscribe(tx: &mut Tx<'_>, id: i64) -> Result<bool> {
    let sql = "DELETE FROM notify_subscriptions WHERE id = $1 RETURNING made_contact";
    tx.query_one(sql, params![id], |row| row.get(0usize))
}

/// Says that a contact that a subscription has made belongs to another one too, which may remove it in its turn.
pub(crate) fn inherit_contact(tx: &mut Tx<'_>, account: &str, contact: &str) -> Result<bool> {
    let sql = "UPDATE notify_subscriptions SET made_contact = 1 WHERE account_id = $1 AND contact = $2";
    Ok(tx.execute(sql, params![account, contact])? > 0)
}

fn topic(row: &Row<'_>) -> Result<Topic> {
    Ok(Topic {
        id: row.get(0usize)?,
        uid: row.get(1usize)?,
        key: row.get(2usize)?,
        name: row.get(3usize)?,
        title: row.get(4usize)?,
        enterprise_project_id: row.get(5usize)?,
        group: row.get(6usize)?,
        created_at: row.get(7usize)?,
        updated_at: row.get(8usize)?,
        introduction: row.get(9usize)?,
        access_policy: row.get(10usize)?,
        tags: serde_json::from_str(&row.get::<String>(11usize)?).map_err(Error::internal)?,
    })
}

fn subscriber(row: &Row<'_>) -> Result<Subscription> {
    let protocol: String = row.get(3usize)?;
    let state: Option<String> = row.get(7usize)?;
    Ok(Subscription {
        id: row.get(0usize)?,
        uid: row.get(1usize)?,
        topic: row.get(2usize)?,
        protocol: stored(Protocol::parse(&protocol), "protocol", &protocol)?,
        endpoint: row.get(4usize)?,
        remark: row.get(5usize)?,
        contact: row.get(6usize)?,
        standing: match state.as_deref() {
            Some("active") => Standing::Confirmed,
            Some(_) => Standing::Unconfirmed,
            None => Standing::Cancelled,
        },
    })
}
