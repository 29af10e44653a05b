//! What a transaction changes about units, gathered and written in few statements.

use std::collections::{HashMap, HashSet};

use muster_core::{Result, Timestamp};
use muster_db::{ToValue, Tx, Value, bulk};
use muster_metrics::{Sample, split_dimensions};

use super::notices::word;
use super::step::Step;
use super::store::state;
use crate::model::{Delivery, Ending, Level, NoticeKind, Origin, Recipient, Rule, State};
use crate::rules::store::joined_values;

/// The episode that a unit is in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OpenEpisode {
    pub(crate) id: i64,
    pub(crate) level: Level,
    /// When the alarm began, through all changes of its level.
    pub(crate) began_at: Timestamp,
}

/// How a unit stands.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Standing {
    pub(crate) state: State,
    pub(crate) since: Timestamp,
    pub(crate) episode: Option<OpenEpisode>,
    pub(crate) told_at: Option<Timestamp>,
    pub(crate) last: Option<Sample>,
}

impl Default for Standing {
    fn default() -> Self {
        Self { state: State::Unknown, since: Timestamp::default(), episode: None, told_at: None, last: None }
    }
}

/// An episode to be written.
pub(crate) struct NewEpisode {
    pub(crate) id: i64,
    pub(crate) rule: Rule,
    pub(crate) version: i64,
    pub(crate) policy_id: i64,
    pub(crate) metric: String,
    pub(crate) is_event: bool,
    pub(crate) dimensions: String,
    pub(crate) level: Level,
    pub(crate) ending: Ending,
    pub(crate) masked: bool,
    pub(crate) points: Vec<Sample>,
    pub(crate) event_id: Option<i64>,
}

/// A notice to be written.
pub(crate) struct NewNotice {
    pub(crate) id: i64,
    pub(crate) episode_id: i64,
    pub(crate) origin: Origin,
    pub(crate) account_id: String,
    pub(crate) project_id: String,
    pub(crate) kind: NoticeKind,
    pub(crate) before: State,
    pub(crate) after: State,
    pub(crate) value: Option<f64>,
    pub(crate) delivery: Delivery,
    pub(crate) key: String,
    pub(crate) at: Timestamp,
}

type UnitKey = (i64, String);

/// All that changes.
#[derive(Default)]
pub(crate) struct Changes {
    known: HashMap<UnitKey, Standing>,
    /// Units to be written: of which rule, account and project.
    touched: HashMap<UnitKey, (i64, String, String)>,
    opened: Vec<NewEpisode>,
    ended: HashMap<i64, (Ending, Timestamp)>,
    going: HashMap<i64, Timestamp>,
    notices: Vec<NewNotice>,
}

impl Changes {
    /// No changes yet to these units, as they stand.
    pub(crate) fn of<'u>(tx: &mut Tx<'_>, units: impl Iterator<Item = (i64, &'u str)>) -> Result<Self> {
        let mut changes = Self::default();
        let units: HashSet<(i64, &str)> = units.collect();
        let sql = "SELECT u.policy_id, u.dimensions, u.state, u.since, u.told_at, u.last_at, u.last_value, \
                   e.id, e.level, u.began_at FROM v CROSS JOIN alarms_units u \
                   LEFT JOIN alarms_episodes e ON e.id = u.episode_id \
                   WHERE u.policy_id = v.policy AND u.dimensions = v.dims";
        let rows = units.into_iter().map(|(policy, dims)| [Value::Integer(policy), Value::Text(dims.into())]);
        bulk::query(tx, sql, &["policy", "dims:text"], rows, |row| {
            let (at, value): (Option<_>, Option<_>) = (row.get(5)?, row.get(6)?);
            let (id, level, began_at): (Option<i64>, Option<String>, Option<Timestamp>) =
                (row.get(7)?, row.get(8)?, row.get(9)?);
            let since: Timestamp = row.get(3)?;
            let level = level.as_deref().and_then(Level::from_text);
            let standing = Standing {
                state: state(&row.get::<String>(2)?)?,
                since,
                episode: id.zip(level).map(|(id, level)| OpenEpisode {
                    id,
                    level,
                    began_at: began_at.unwrap_or(since),
                }),
                told_at: row.get(4)?,
                last: at.zip(value).map(|(at, value)| Sample { at, value }),
            };
            changes.known.insert((row.get(0)?, row.get(1)?), standing);
            Ok(())
        })?;
        Ok(changes)
    }

    /// How a unit stands, with all changes so far.
    pub(crate) fn standing(&self, policy_id: i64, dimensions: &str) -> Standing {
        self.known.get(&(policy_id, dimensions.to_owned())).cloned().unwrap_or_default()
    }

    pub(crate) fn put(&mut self, step: &Step, rule: &Rule, standing: Standing) {
        let key = (step.policy_id, step.dimensions.clone());
        self.touched.insert(key.clone(), (rule.id, rule.account_id.clone(), rule.project_id.clone()));
        self.known.insert(key, standing);
    }

    pub(crate) fn open(&mut self, episode: NewEpisode) {
        self.opened.push(episode);
    }

    pub(crate) fn end(&mut self, id: i64, ending: Ending, at: Timestamp) {
        self.ended.insert(id, (ending, at));
    }

    pub(crate) fn go_on(&mut self, id: i64, at: Timestamp) {
        self.going.insert(id, at);
    }

    pub(crate) fn note(&mut self, notice: NewNotice) {
        self.notices.push(notice);
    }
}

/// How a unit stands.
pub(crate) fn standing(tx: &mut Tx<'_>, policy_id: i64, dimensions: &str) -> Result<Standing> {
    let changes = Changes::of(tx, std::iter::once((policy_id, dimensions)))?;
    Ok(changes.standing(policy_id, dimensions))
}

/// Writes all changes.
pub(crate) fn write(tx: &mut Tx<'_>, changes: Changes) -> Result<()> {
    let Changes { known, touched, opened, ended, going, notices } = changes;
    write_units(tx, &known, touched)?;
    write_episodes(tx, &opened)?;
    let going = going.iter().map(|(id, at)| [Value::Integer(*id), Value::Integer(at.millis())]);
    let sql =
        "UPDATE alarms_episodes SET last_at = v.at, updated_at = v.at FROM v WHERE alarms_episodes.id = v.id";
    bulk::update(tx, sql, &["id", "at"], going)?;
    let ended = ended.iter().map(|(id, (ending, at))| {
        [Value::Integer(*id), Value::Text(ending.as_str().into()), Value::Integer(at.millis())]
    });
    let sql = "UPDATE alarms_episodes SET ending = v.ending, ended_at = v.at, updated_at = v.at FROM v \
               WHERE alarms_episodes.id = v.id";
    bulk::update(tx, sql, &["id", "ending:text", "at"], ended)?;
    write_notices(tx, &notices)
}

fn write_units(
    tx: &mut Tx<'_>,
    known: &HashMap<UnitKey, Standing>,
    touched: HashMap<UnitKey, (i64, String, String)>,
) -> Result<()> {
    let head = "INSERT INTO alarms_units (policy_id, dimensions, rule_id, account_id, project_id, state, since, \
                episode_id, began_at, told_at, last_at, last_value)";
    let tail = "ON CONFLICT (policy_id, dimensions) DO UPDATE SET state = excluded.state, since = excluded.since, \
                episode_id = excluded.episode_id, began_at = excluded.began_at, told_at = excluded.told_at, \
                last_at = excluded.last_at, last_value = excluded.last_value";
    let number = |number: Option<i64>| number.map_or(Value::Null, Value::Integer);
    let rows = touched.into_iter().filter_map(|((policy, dimensions), (rule, account, project))| {
        let unit = known.get(&(policy, dimensions.clone()))?;
        Some([
            Value::Integer(policy),
            Value::Text(dimensions.into()),
            Value::Integer(rule),
            Value::Text(account.into()),
            Value::Text(project.into()),
            unit.state.to_value(),
            Value::Integer(unit.since.millis()),
            number(unit.episode.as_ref().map(|episode| episode.id)),
            number(unit.episode.as_ref().map(|episode| episode.began_at.millis())),
            number(unit.told_at.map(Timestamp::millis)),
            number(unit.last.map(|last| last.at.millis())),
            unit.last.map_or(Value::Null, |last| Value::Real(last.value)),
        ])
    });
    bulk::insert(tx, head, tail, rows, |_| Ok(()))
}

fn write_episodes(tx: &mut Tx<'_>, opened: &[NewEpisode]) -> Result<()> {
    let head = "INSERT INTO alarms_episodes (id, origin, account_id, project_id, rule_id, rule_key, rule_made_at, \
                version_id, policy_id, name, namespace, metric, is_event, group_id, contact_groups, dimensions, \
                dimension_values, level, ending, masked, began_at, last_at, ended_at, updated_at, points, event_id)";
    let now = tx.now();
    let number = |number: Option<i64>| number.map_or(Value::Null, Value::Integer);
    let rows = opened.iter().map(|episode| {
        let (rule, spec) = (&episode.rule, &episode.rule.spec);
        [
            Value::Integer(episode.id),
            Value::Text(rule.origin.as_str().into()),
            rule.account_id.to_value(),
            rule.project_id.to_value(),
            Value::Integer(rule.id),
            rule.key.to_value(),
            Value::Integer(rule.created_at.millis()),
            Value::Integer(episode.version),
            Value::Integer(episode.policy_id),
            spec.name.to_value(),
            spec.namespace.to_value(),
            episode.metric.to_value(),
            Value::Integer(episode.is_event.into()),
            number(spec.target.group_id()),
            Value::Text(contact_groups(rule).into()),
            episode.dimensions.to_value(),
            Value::Text(joined_values(&split_dimensions(&episode.dimensions)).into()),
            Value::Text(episode.level.as_str().into()),
            Value::Text(episode.ending.as_str().into()),
            Value::Integer(episode.masked.into()),
            Value::Integer(now.millis()),
            Value::Integer(now.millis()),
            number((episode.ending != Ending::Open).then_some(now.millis())),
            Value::Integer(now.millis()),
            Value::Text(points_text(&episode.points).into()),
            number(episode.event_id),
        ]
    });
    bulk::insert(tx, head, "", rows, |_| Ok(()))
}

/// The contact groups that a rule tells, each between commas.
fn contact_groups(rule: &Rule) -> String {
    let names = rule.spec.telling.alarm.iter().filter_map(|recipient| match recipient {
        Recipient::ContactGroup(name) => Some(name.as_str()),
        _ => None,
    });
    let names: Vec<&str> = names.collect();
    if names.is_empty() { String::new() } else { format!(",{},", names.join(",")) }
}

/// Points as they are kept: pairs of milliseconds and an exact number.
fn points_text(points: &[Sample]) -> String {
    let pairs: Vec<String> =
        points.iter().map(|point| format!("{}={}", point.at.millis(), point.value)).collect();
    pairs.join(" ")
}

fn write_notices(tx: &mut Tx<'_>, notices: &[NewNotice]) -> Result<()> {
    let head = "INSERT INTO alarms_notices (id, episode_id, origin, account_id, project_id, kind, state_before, \
                state_after, value, delivery, mask_id, mask_key, mask_name, message_key, at)";
    let rows = notices.iter().map(|notice| {
        let (mask_id, mask_key, mask_name) = match &notice.delivery {
            Delivery::Masked { mask_id, key, name } => {
                (Value::Integer(*mask_id), key.as_str(), name.as_str())
            }
            _ => (Value::Null, "", ""),
        };
        [
            Value::Integer(notice.id),
            Value::Integer(notice.episode_id),
            Value::Text(notice.origin.as_str().into()),
            notice.account_id.to_value(),
            notice.project_id.to_value(),
            Value::Text(notice.kind.as_str().into()),
            notice.before.to_value(),
            notice.after.to_value(),
            notice.value.map_or(Value::Null, Value::Real),
            Value::Text(word(&notice.delivery).into()),
            mask_id,
            Value::Text(mask_key.into()),
            Value::Text(mask_name.into()),
            notice.key.to_value(),
            Value::Integer(notice.at.millis()),
        ]
    });
    bulk::insert(tx, head, "", rows, |_| Ok(()))
}
