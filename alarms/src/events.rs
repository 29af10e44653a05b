//! Rules over events: each one that a rule waits for is an alarm, or so many of them within a time.
//!
//! Nothing is judged later: an event is matched in the transaction that keeps it. What an event says has no end of its
//! own, so its alarm is over when an event says that all is well, or after a while.

use std::collections::HashSet;
use std::time::Duration;

use muster_core::{Engine, Result, Timestamp};
use muster_db::{Db, Tx, params};
use muster_metrics::{Sample, join_dimensions};
use muster_resources::{Dimension, Facet, Scope};

use crate::judge::{Change, Figure, holds};
use crate::model::{
    Condition, Dimensions, Ending, LevelCondition, Origin, Policy, Rule, State, Subject, Target, Watch,
};
use crate::rules::store::by_ids;
use crate::telling::Teller;
use crate::units::{self, Step};

/// Units that one transaction ends.
const UNITS: i64 = 200;

/// An event, as rules look at it.
#[derive(Clone, Copy, Debug)]
pub struct Happening<'h> {
    /// Its number.
    pub id: i64,
    /// Whose it is.
    pub account_id: &'h str,
    /// In which project.
    pub project_id: &'h str,
    /// Where it comes from: a rule that names a source names one of these.
    pub sources: &'h [String],
    /// What happened, in a word.
    pub name: &'h str,
    /// Of the resource that it happened to, sorted.
    pub dimensions: &'h Dimensions,
    /// The groups that its reporter puts it in.
    pub groups: &'h [i64],
    /// When it happened.
    pub at: Timestamp,
    /// Whether it says that all is well again.
    pub is_all_clear: bool,
}

/// Matches an event with the rules that wait for it, tells people of it, and gives how many rules it met. Part of the
/// transaction that keeps the event.
///
/// # Errors
/// Those of the store.
pub fn happened(
    tx: &mut Tx<'_>,
    teller: &Teller,
    resources: &muster_resources::Service,
    event: &Happening<'_>,
) -> Result<usize> {
    let rules: Vec<i64> = tx.query(
        "SELECT DISTINCT r.id FROM alarms_policies p JOIN alarms_rules r ON r.id = p.rule_id
         WHERE p.account_id = $1 AND p.project_id = $2 AND p.metric = $3 AND p.is_event = 1 AND r.enabled = 1
         ORDER BY r.id",
        params![event.account_id, event.project_id, event.name],
        |row| row.get(0),
    )?;
    let mut met = 0;
    for (rule, _) in by_ids(tx, &rules)? {
        if !is_meant(tx, resources, &rule, event)? {
            continue;
        }
        for policy in rule.spec.policies.iter().filter(|policy| policy.enabled && waits_for(policy, event)) {
            // Another node may have the same event's neighbour in hand.
            tx.exclusive(&format!("alarms.policy.{}", policy.id))?;
            meet(tx, teller, &rule, policy, event)?;
            met += 1;
        }
    }
    Ok(met)
}

fn waits_for(policy: &Policy, event: &Happening<'_>) -> bool {
    match &policy.subject {
        Subject::Event { source, name } => {
            name == event.name && source.as_ref().is_none_or(|source| event.sources.contains(source))
        }
        Subject::Metric { .. } => false,
    }
}

/// Whether the rule is aimed at what the event happened to.
fn is_meant(
    tx: &mut Tx<'_>,
    resources: &muster_resources::Service,
    rule: &Rule,
    event: &Happening<'_>,
) -> Result<bool> {
    let has = |set: &Dimensions| set.iter().all(|one| event.dimensions.contains(one));
    match &rule.spec.target {
        Target::Exactly(sets) | Target::Containing(sets) => Ok(sets.is_empty() || sets.iter().any(has)),
        Target::All { .. } => Ok(true),
        Target::Group { group_id, .. } if event.groups.contains(group_id) => Ok(true),
        Target::Group { group_id, .. } => {
            let scope = Scope { account_id: event.account_id, project_id: event.project_id };
            let Some(source) = event.sources.first().filter(|_| !event.dimensions.is_empty()) else {
                return Ok(false);
            };
            let dimension =
                |(name, value): &(String, String)| Dimension { name: name.clone(), value: value.clone() };
            let dimensions = event.dimensions.iter().map(dimension).collect();
            let facet = Facet { namespace: source.clone(), dimensions };
            match resources.get_group(tx, scope, *group_id) {
                Ok(group) => resources.holds(tx, scope, &group, &facet),
                Err(muster_core::Error::NotFound { .. }) => Ok(false),
                Err(error) => Err(error),
            }
        }
    }
}

fn meet(tx: &mut Tx<'_>, teller: &Teller, rule: &Rule, policy: &Policy, event: &Happening<'_>) -> Result<()> {
    let Condition::Levels(levels) = &policy.condition else { return Ok(()) };
    // CloudMonitor counts over all resources.
    let dimensions = match rule.origin {
        Origin::CloudEye => join_dimensions(event.dimensions),
        Origin::CloudMonitor => String::new(),
    };
    let standing = units::standing(tx, policy.id, &dimensions)?;
    let (change, value) = if event.is_all_clear {
        (standing.state.level().map(|_| Change::Recovered), 0.0)
    } else {
        let count = match policy.watch {
            Watch::Each => 1,
            Watch::Windows(period) => count(tx, policy.id, &dimensions, event, period.millis())?,
        };
        (change_of(policy, levels, count, &standing, event), f64::from(count))
    };
    let Some(change) = change else { return Ok(()) };
    let mut before = standing.state;
    if let Change::Began(_) = change
        && before.level().is_some()
    {
        // Each event is an alarm of its own: the one before is over without a word.
        units::end(tx, policy.id, &dimensions, Ending::Recovered)?;
        before = State::Unknown;
    }
    let point = Sample { at: event.at, value };
    let step = Step {
        rule_id: rule.id,
        policy_id: policy.id,
        since_id: policy.since_id,
        dimensions,
        before,
        change,
        at: event.at,
        point: Some(point),
        points: vec![point],
        event_id: Some(event.id),
        groups: event.groups.to_vec(),
    };
    units::take_anywhere(tx, teller, &[step]).map(drop)
}

/// What so many events make of a unit.
fn change_of(
    policy: &Policy,
    levels: &[LevelCondition],
    count: u32,
    standing: &units::Standing,
    event: &Happening<'_>,
) -> Option<Change> {
    let rested = |ms: i64| standing.told_at.is_none_or(|told| event.at.since(told) >= ms);
    match policy.watch {
        Watch::Each => {
            let level = levels.first()?.level;
            policy.repeat_ms.is_none_or(rested).then_some(Change::Began(level))
        }
        Watch::Windows(_) => {
            let figure = Figure { now: f64::from(count), earlier: None };
            let level = levels.iter().find(|each| holds(each, figure))?.level;
            match standing.state {
                State::Alarm(now) if now == level => Some(Change::GoesOn),
                State::Alarm(_) => Some(Change::LevelChanged(level)),
                _ => Some(Change::Began(level)),
            }
        }
    }
}

/// Counts this event, and gives how many there were within the time before it.
fn count(
    tx: &mut Tx<'_>,
    policy_id: i64,
    dimensions: &str,
    event: &Happening<'_>,
    span_ms: i64,
) -> Result<u32> {
    tx.execute(
        "INSERT INTO alarms_event_hits (policy_id, dimensions, event_id, at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (policy_id, dimensions, event_id) DO NOTHING",
        params![policy_id, dimensions, event.id, event.at],
    )?;
    let from = event.at.plus_ms(-span_ms);
    hits(tx, policy_id, dimensions, (from, event.at))
}

/// Events after the first instant, up to the second one.
fn hits(
    tx: &mut Tx<'_>,
    policy_id: i64,
    dimensions: &str,
    (after, until): (Timestamp, Timestamp),
) -> Result<u32> {
    let count: i64 = tx.query_one(
        "SELECT COUNT(*) FROM alarms_event_hits
         WHERE policy_id = $1 AND dimensions = $2 AND at > $3 AND at <= $4",
        params![policy_id, dimensions, after, until],
        |row| row.get(0),
    )?;
    Ok(u32::try_from(count).unwrap_or(u32::MAX))
}

/// The engine that ends alarms of events: of single ones after a while, of many when there are fewer.
pub struct Expire {
    db: Db,
    teller: Teller,
    lasts_ms: i64,
}

impl Expire {
    /// Ends the alarm of a single event after `lasts_ms`.
    pub fn new(db: Db, teller: Teller, lasts_ms: i64) -> Self {
        Self { db, teller, lasts_ms }
    }
}

impl Engine for Expire {
    fn name(&self) -> &'static str {
        "alarms.expire"
    }

    fn period(&self) -> Duration {
        Duration::from_secs(10)
    }

    fn run(&self) -> Result<()> {
        let (mut after, teller, lasts_ms) = ((0, String::new()), &self.teller, self.lasts_ms);
        loop {
            let from = after.clone();
            let page = self.db.read_blocking(|tx| in_alarm(tx, &from))?;
            let Some(last) = page.last() else { break };
            after = (last.1, last.2.clone());
            let (teller, page) = (teller.clone(), std::sync::Arc::new(page));
            self.db.write_blocking(move |tx| {
                let rules: HashSet<i64> = page.iter().map(|(rule, ..)| *rule).collect();
                let rules: Vec<i64> = rules.into_iter().collect();
                let rules = by_ids(tx, &rules)?;
                for (rule_id, policy_id, dimensions) in page.iter() {
                    let policy =
                        rules.iter().filter(|(rule, _)| rule.id == *rule_id).find_map(|(rule, _)| {
                            rule.spec.policies.iter().find(|policy| policy.id == *policy_id)
                        });
                    if let Some(policy) = policy {
                        expire(tx, &teller, *rule_id, policy, dimensions, lasts_ms)?;
                    }
                }
                Ok(())
            })?;
        }
        // No rule looks back for more than a day.
        self.db.write_blocking(|tx| {
            let before = tx.now().plus_ms(-2 * 86_400_000);
            tx.execute("DELETE FROM alarms_event_hits WHERE at < $1", params![before]).map(drop)
        })
    }
}

/// Units in alarm by events: rule, policy and dimensions, after these.
fn in_alarm(tx: &mut Tx<'_>, after: &(i64, String)) -> Result<Vec<(i64, i64, String)>> {
    tx.query(
        "SELECT u.rule_id, u.policy_id, u.dimensions FROM alarms_policies p
             JOIN alarms_units u ON u.policy_id = p.id
         WHERE p.is_event = 1 AND u.state NOT IN ('ok', 'unknown')
             AND (u.policy_id > $1 OR (u.policy_id = $1 AND u.dimensions > $2))
         ORDER BY u.policy_id, u.dimensions LIMIT $3",
        params![after.0, after.1, UNITS],
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
    )
}

fn expire(
    tx: &mut Tx<'_>,
    teller: &Teller,
    rule_id: i64,
    policy: &Policy,
    dimensions: &str,
    lasts_ms: i64,
) -> Result<()> {
    let (now, standing) = (tx.now(), units::standing(tx, policy.id, dimensions)?);
    match (policy.watch, &policy.condition) {
        (Watch::Windows(period), Condition::Levels(levels)) => {
            let span = (now.plus_ms(-period.millis()), now);
            let count = hits(tx, policy.id, dimensions, span)?;
            let figure = Figure { now: f64::from(count), earlier: None };
            if levels.iter().any(|level| holds(level, figure)) {
                return Ok(());
            }
            let step = Step {
                rule_id,
                policy_id: policy.id,
                since_id: policy.since_id,
                dimensions: dimensions.to_owned(),
                before: standing.state,
                change: Change::Recovered,
                at: now,
                point: Some(Sample { at: now, value: f64::from(count) }),
                points: Vec::new(),
                event_id: None,
                groups: Vec::new(),
            };
            units::take_anywhere(tx, teller, &[step]).map(drop)
        }
        _ if now.since(standing.since) >= lasts_ms => {
            units::end(tx, policy.id, dimensions, Ending::Recovered)
        }
        _ => Ok(()),
    }
}
