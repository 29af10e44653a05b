//! Rows into records, and the records' lists of links.

use std::collections::HashMap;

use muster_core::{Error, Result, Timestamp};
use muster_db::{Row, Tx, Value, params};

use super::query::Table;
use super::{
    Group, GroupTrigger, Job, JobKind, JobTrigger, Member, Settings, Tag, TagPattern, TagSource, TaggedKind,
    Trigger,
};
use crate::trigger::{Rule, Timing, Window};

/// A searchable kind of record.
pub trait Record: Sized {
    /// Where it is kept.
    #[doc(hidden)]
    const TABLE: &'static Table;

    /// Reads a row of its table.
    #[doc(hidden)]
    fn read(row: &Row<'_>) -> Result<Self>;

    /// Adds what stands in other tables.
    #[doc(hidden)]
    fn complete(_tx: &mut Tx<'_>, _found: &mut [Self]) -> Result<()> {
        Ok(())
    }
}

/// Whether `text` has the form of our ids: 32 hexadecimal digits in lower case.
pub(super) fn is_id(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// How text is kept for searches.
pub(super) fn fold(text: &str) -> String {
    text.to_lowercase()
}

pub(super) fn fold_optional(text: Option<&str>) -> Option<String> {
    text.map(fold)
}

pub(super) fn write_settings(settings: &Settings) -> Result<String> {
    serde_json::to_string(settings).map_err(Error::internal)
}

fn read_settings(row: &Row<'_>) -> Result<Settings> {
    serde_json::from_str(&row.get::<String>("settings")?).map_err(Error::internal)
}

fn read_kind(row: &Row<'_>) -> Result<JobKind> {
    let name: String = row.get("kind")?;
    JobKind::from_name(&name).ok_or_else(|| Error::internal(format!("there is no job kind {name}")))
}

impl Record for Job {
    const TABLE: &'static Table = &super::query::tables::JOBS;

    fn read(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            id: row.get("id")?,
            account_id: row.get("account_id")?,
            name: row.get("name")?,
            description: row.get("description")?,
            kind: read_kind(row)?,
            target: row.get("target")?,
            settings: read_settings(row)?,
            enabled: row.get("enabled")?,
            created_at: row.get("created_at")?,
            updated_at: row.get("updated_at")?,
            trigger_ids: Vec::new(),
            group_ids: Vec::new(),
        })
    }

    fn complete(tx: &mut Tx<'_>, found: &mut [Self]) -> Result<()> {
        let ids: Vec<&str> = found.iter().map(|job| job.id.as_str()).collect();
        let mut triggers = linked(tx, "scheduled_job_triggers", "job_id", "trigger_id", &ids)?;
        let mut groups = linked(tx, "scheduled_members", "job_id", "group_id", &ids)?;
        for job in found {
            job.trigger_ids = triggers.remove(&job.id).unwrap_or_default();
            job.group_ids = groups.remove(&job.id).unwrap_or_default();
        }
        Ok(())
    }
}

impl Record for Group {
    const TABLE: &'static Table = &super::query::tables::GROUPS;

    fn read(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            id: row.get("id")?,
            account_id: row.get("account_id")?,
            name: row.get("name")?,
            description: row.get("description")?,
            kind: read_kind(row)?,
            settings: read_settings(row)?,
            enabled: row.get("enabled")?,
            created_at: row.get("created_at")?,
            updated_at: row.get("updated_at")?,
            job_ids: Vec::new(),
            trigger_ids: Vec::new(),
        })
    }

    fn complete(tx: &mut Tx<'_>, found: &mut [Self]) -> Result<()> {
        let ids: Vec<&str> = found.iter().map(|group| group.id.as_str()).collect();
        let mut jobs = linked(tx, "scheduled_members", "group_id", "job_id", &ids)?;
        let mut triggers = linked(tx, "scheduled_group_triggers", "group_id", "trigger_id", &ids)?;
        for group in found {
            group.job_ids = jobs.remove(&group.id).unwrap_or_default();
            group.trigger_ids = triggers.remove(&group.id).unwrap_or_default();
        }
        Ok(())
    }
}

impl Record for Trigger {
    const TABLE: &'static Table = &super::query::tables::TRIGGERS;

    fn read(row: &Row<'_>) -> Result<Self> {
        let rule = match row.get::<Option<String>>("cron")? {
            Some(expression) => Rule::Cron { expression },
            None => Rule::Simple {
                interval_s: row.get("interval_s")?,
                repeat: row.get::<Option<i64>>("repeats")?.unwrap_or(0),
            },
        };
        let window = Window { not_before: row.get("not_before")?, not_after: row.get("not_after")? };
        Ok(Self {
            id: row.get("id")?,
            account_id: row.get("account_id")?,
            name: row.get("name")?,
            description: row.get("description")?,
            timing: Timing { rule, window },
            created_at: row.get("created_at")?,
            updated_at: row.get("updated_at")?,
            job_ids: Vec::new(),
            group_ids: Vec::new(),
        })
    }

    fn complete(tx: &mut Tx<'_>, found: &mut [Self]) -> Result<()> {
        let ids: Vec<&str> = found.iter().map(|trigger| trigger.id.as_str()).collect();
        let mut jobs = linked(tx, "scheduled_job_triggers", "trigger_id", "job_id", &ids)?;
        let mut groups = linked(tx, "scheduled_group_triggers", "trigger_id", "group_id", &ids)?;
        for trigger in found {
            trigger.job_ids = jobs.remove(&trigger.id).unwrap_or_default();
            trigger.group_ids = groups.remove(&trigger.id).unwrap_or_default();
        }
        Ok(())
    }
}

impl Record for JobTrigger {
    const TABLE: &'static Table = &super::query::tables::JOB_TRIGGERS;

    fn read(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            id: row.get("id")?,
            job_id: row.get("job_id")?,
            trigger_id: row.get("trigger_id")?,
            created_at: row.get("created_at")?,
            updated_at: row.get("updated_at")?,
        })
    }
}

impl Record for GroupTrigger {
    const TABLE: &'static Table = &super::query::tables::GROUP_TRIGGERS;

    fn read(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            group_id: row.get("group_id")?,
            trigger_id: row.get("trigger_id")?,
            created_at: row.get("created_at")?,
            updated_at: row.get("updated_at")?,
        })
    }
}

impl Record for Member {
    const TABLE: &'static Table = &super::query::tables::MEMBERS;

    fn read(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            group_id: row.get("group_id")?,
            job_id: row.get("job_id")?,
            priority: row.get("priority")?,
            created_at: row.get("created_at")?,
            updated_at: row.get("updated_at")?,
        })
    }
}

impl Record for Tag {
    const TABLE: &'static Table = &super::query::tables::TAGS;

    fn read(row: &Row<'_>) -> Result<Self> {
        let (source, kind): (String, String) = (row.get("source")?, row.get("kind")?);
        Ok(Self {
            id: row.get("id")?,
            source: if source == TagSource::User.as_str() { TagSource::User } else { TagSource::System },
            kind: TaggedKind::ALL
                .into_iter()
                .find(|candidate| candidate.as_str() == kind)
                .ok_or_else(|| Error::internal(format!("there is no tagged kind {kind}")))?,
            resource_id: row.get("resource_id")?,
            tag: row.get("tag")?,
            pattern_id: row.get("pattern_id")?,
            created_at: row.get("created_at")?,
            updated_at: row.get("updated_at")?,
        })
    }
}

impl Record for TagPattern {
    const TABLE: &'static Table = &super::query::tables::TAG_PATTERNS;

    fn read(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            id: row.get("id")?,
            account_id: row.get("account_id")?,
            name: row.get("name")?,
            value: row.get("value")?,
            description: row.get("description")?,
            color: row.get("color")?,
            takes_tokens: row.get("takes_tokens")?,
            created_at: row.get("created_at")?,
            updated_at: row.get("updated_at")?,
        })
    }
}

/// For each of `ids`, what the link table ties to it, oldest link first.
fn linked(
    tx: &mut Tx<'_>,
    table: &str,
    from: &str,
    to: &str,
    ids: &[&str],
) -> Result<HashMap<String, Vec<String>>> {
    let mut links: HashMap<String, Vec<String>> = HashMap::new();
    for some in ids.chunks(500) {
        let (places, values) = placeholders(some, 1);
        let sql = format!(
            "SELECT {from}, {to} FROM {table} WHERE {from} IN ({places}) ORDER BY {from}, created_at, {to}"
        );
        tx.for_each(&sql, &values, |row| {
            links.entry(row.get(0)?).or_default().push(row.get(1)?);
            Ok(())
        })?;
    }
    Ok(links)
}

/// `$1, $2, …` from `first` on, with their values.
pub(super) fn placeholders<'v>(ids: &[&'v str], first: usize) -> (String, Vec<Value<'v>>) {
    let places: Vec<String> = (first..first + ids.len()).map(|place| format!("${place}")).collect();
    let values = ids.iter().map(|id| Value::Text((*id).into())).collect();
    (places.join(", "), values)
}

/// Sets the time of the last change of one record.
pub(super) fn touch(tx: &mut Tx<'_>, table: &str, id: &str, now: Timestamp) -> Result<()> {
    tx.execute(&format!("UPDATE {table} SET updated_at = $2 WHERE id = $1"), params![id, now])?;
    Ok(())
}
