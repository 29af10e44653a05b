//! The ledger as people look at it: of an account, the newest first, and counted.

use muster_core::{Browse, Result, Timestamp};
use muster_db::{Tx, Value, params};
use muster_identity::Caller;

use super::model::{Firing, Outcome};
use super::store::{COLUMNS, firing};
use crate::app_groups;
use crate::merge::merge;

const MINUTE_MS: i64 = 60_000;
/// Rows of one minute that are counted.
const MOST_OF_A_MINUTE: i64 = 500;

/// Which rows of an account are wanted; every given field must fit.
#[derive(Clone, Debug, Default)]
pub struct LedgerFilter {
    /// Of the group with this number.
    pub group: Option<i64>,
    /// Of the job with this number.
    pub job: Option<i64>,
    /// With one of these outcomes; with any when empty.
    pub outcomes: Vec<Outcome>,
    /// For this reason.
    pub reason: String,
    /// Due at this instant or later.
    pub since: Option<Timestamp>,
    /// Due at this instant or earlier.
    pub until: Option<Timestamp>,
}

impl LedgerFilter {
    /// Whether an index holds exactly what did not run.
    fn is_of_the_unwell(&self) -> bool {
        let unwell = |outcome: &Outcome| matches!(outcome, Outcome::Skipped | Outcome::Lost);
        self.job.is_none() && !self.outcomes.is_empty() && self.outcomes.iter().all(unwell)
    }

    /// What is asked beside the owner, and the values for it, numbered from `first` on.
    fn conditions(&self, after: Option<Place>, first: usize) -> (String, Vec<Value<'static>>) {
        let mut sql = "1 = 1".to_owned();
        let mut values: Vec<Value<'static>> = Vec::new();
        let mut and = |condition: &str, value: Value<'static>| {
            values.push(value);
            sql.push_str(&format!(" AND {condition} ${}", first + values.len() - 1));
        };
        if let Some(since) = self.since {
            and("due_ms >=", Value::Integer(since.millis()));
        }
        if let Some(until) = self.until {
            and("due_ms <=", Value::Integer(until.millis()));
        }
        if let Some((due, job)) = after {
            and("due_ms <=", Value::Integer(due));
            and("(due_ms <", Value::Integer(due));
            // A row of the same instant counts only with a smaller job.
            values.push(Value::Integer(job));
            sql.push_str(&format!(" OR job_id < ${})", first + values.len() - 1));
        }
        (sql, values)
    }

    /// What no index knows.
    fn rest(&self, values: &mut Vec<Value<'static>>) -> String {
        let mut sql = "1 = 1".to_owned();
        if !self.outcomes.is_empty() {
            let numbers: Vec<String> =
                self.outcomes.iter().map(|outcome| outcome.number().to_string()).collect();
            sql.push_str(&format!(" AND outcome IN ({})", numbers.join(", ")));
        }
        if !self.reason.is_empty() {
            values.push(Value::Text(self.reason.clone().into()));
            sql.push_str(&format!(" AND reason = ${}", values.len()));
        }
        sql
    }
}

/// Where a row stands in a list.
type Place = (i64, i64);

fn place(firing: &Firing) -> Place {
    (firing.due.millis(), firing.owner.id())
}

/// Rows that fit, those due last first, from below the place `after` (due milliseconds and job) on. What did not run
/// is found by an index in the account's newest [`app_groups::MOST_LOOKED_AT`] groups; else the newest
/// [`Browse::LOOKED_THROUGH`] rows of the job, or of the server, are looked through.
///
/// # Errors
/// `NotFound` "app group" when the filter names one that is not there.
pub fn newest(
    tx: &mut Tx<'_>,
    caller: &Caller,
    filter: &LedgerFilter,
    after: Option<(i64, i64)>,
    limit: u32,
) -> Result<Vec<Firing>> {
    let account = &caller.account_id;
    if filter.is_of_the_unwell() {
        let groups = app_groups::looked_at(tx, account, filter.group)?;
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        return merge(&groups, limit, place, after, |group, after, limit| {
            let (conditions, more) = filter.conditions(after, 2);
            let mut values = vec![Value::Integer(group)];
            values.extend(more);
            let rest = filter.rest(&mut values);
            let sql = format!(
                "SELECT {COLUMNS} FROM jobs_firings WHERE app_group_id = $1 AND outcome > 1 AND {conditions} \
                 AND {rest} ORDER BY due_ms DESC, job_id DESC LIMIT {limit}"
            );
            tx.query(&sql, &values, firing)
        });
    }
    let (source, values) = looked_through(tx, caller, filter, after)?;
    let sql = format!("SELECT {COLUMNS} FROM {source} ORDER BY due_ms DESC, job_id DESC LIMIT {limit}");
    tx.query(&sql, &values, firing)
}

/// How many due times had which fate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counts {
    /// What became of them.
    pub outcome: Outcome,
    /// Why.
    pub reason: Option<String>,
    /// How many.
    pub count: u64,
}

/// Due times by their fate, among the newest [`Browse::LOOKED_THROUGH`] rows of the filter's time.
///
/// # Errors
/// `NotFound` "app group" when the filter names one that is not there.
pub fn counts(tx: &mut Tx<'_>, caller: &Caller, filter: &LedgerFilter) -> Result<Vec<Counts>> {
    let (source, values) = looked_through(tx, caller, filter, None)?;
    let sql = format!(
        "SELECT outcome, reason, CAST(SUM(count) AS BIGINT) FROM {source} GROUP BY outcome, reason \
         ORDER BY outcome, reason"
    );
    tx.query(&sql, &values, |row| {
        Ok(Counts { outcome: Outcome::from_number(row.get(0)?)?, reason: row.get(1)?, count: row.get(2)? })
    })
}

/// The rows that are looked through, as a table.
fn looked_through(
    tx: &mut Tx<'_>,
    caller: &Caller,
    filter: &LedgerFilter,
    after: Option<Place>,
) -> Result<(String, Vec<Value<'static>>)> {
    let mut values = vec![Value::Text(caller.account_id.clone().into())];
    let mut owner = "app_group_id IN (SELECT id FROM jobs_app_groups WHERE account_id = $1)".to_owned();
    if let Some(group) = filter.group {
        app_groups::looked_at(tx, &caller.account_id, Some(group))?;
        values.push(Value::Integer(group));
        owner.push_str(" AND app_group_id = $2");
    }
    let mut indexed = "1 = 1".to_owned();
    if let Some(job) = filter.job {
        values.push(Value::Integer(job));
        indexed = format!("job_id = ${}", values.len());
    }
    let (conditions, more) = filter.conditions(after, values.len() + 1);
    values.extend(more);
    let rest = filter.rest(&mut values);
    let read = Browse::LOOKED_THROUGH;
    let source = format!(
        "(SELECT * FROM (SELECT * FROM jobs_firings WHERE {indexed} AND {conditions} \
         ORDER BY due_ms DESC, job_id DESC LIMIT {read}) r WHERE {owner} AND {rest}) f"
    );
    Ok((source, values))
}

/// One minute of the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Minute {
    /// When it began.
    pub from: Timestamp,
    /// Due times that ran, or wait for their worker.
    pub ran: u64,
    /// Due times that were skipped or lost.
    pub unwell: u64,
    /// Whether there were more than are counted.
    pub more: bool,
}

/// The last `minutes` minutes of the account, the present one last; of each the first 500 rows of the server.
///
/// # Errors
/// Those of the store.
pub fn by_minute(tx: &mut Tx<'_>, caller: &Caller, minutes: i64) -> Result<Vec<Minute>> {
    let present = tx.now().millis().div_euclid(MINUTE_MS) * MINUTE_MS;
    let mut found = Vec::new();
    for back in (0..minutes).rev() {
        let from = present - back * MINUTE_MS;
        let minute = tx.query_one(
            "SELECT COALESCE(CAST(SUM(CASE WHEN outcome < 2 THEN count ELSE 0 END) AS BIGINT), 0), \
             COALESCE(CAST(SUM(CASE WHEN outcome > 1 THEN count ELSE 0 END) AS BIGINT), 0), COUNT(*) \
             FROM (SELECT outcome, count, app_group_id FROM jobs_firings WHERE due_ms >= $2 AND due_ms < $3 \
             ORDER BY due_ms, job_id LIMIT $4) r \
             WHERE app_group_id IN (SELECT id FROM jobs_app_groups WHERE account_id = $1)",
            params![caller.account_id, from, from + MINUTE_MS, MOST_OF_A_MINUTE],
            |row| {
                Ok(Minute {
                    from: Timestamp::from_millis(from),
                    ran: row.get(0)?,
                    unwell: row.get(1)?,
                    more: row.get::<i64>(2)? == MOST_OF_A_MINUTE,
                })
            },
        )?;
        found.push(minute);
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::job::{Time, TimeKind};
    use crate::testing::World;
    use muster_identity::testing::root_caller;

    #[test]
    fn rows_and_counts_by_outcome_and_reason() {
        World::on_each(|world| {
            // The first run does not end, so the next due times find as many open as may be.
            world.connect("w1", &[]);
            let start = world.now();
            let job = world.job(Time::of(TimeKind::Cron, "*/5 * * * * ?"), |_| {})?;
            for _ in 0..4 {
                world.pass(5_000)?;
            }
            world.write(move |tx, alice| {
                let all = newest(tx, alice, &LedgerFilter::default(), None, 9)?;
                let seen: Vec<(i64, &str, i64)> = all
                    .iter()
                    .map(|row| (row.due.since(start) / 1000, row.outcome.as_str(), row.count))
                    .collect();
                assert_eq!(seen, [(10, "skipped", 3), (5, "ran", 1)]);
                let below = newest(tx, alice, &LedgerFilter::default(), Some(place(&all[0])), 9)?;
                assert_eq!(below, all[1..]);
                let skipped = LedgerFilter {
                    outcomes: vec![Outcome::Skipped, Outcome::Lost],
                    ..LedgerFilter::default()
                };
                assert_eq!(newest(tx, alice, &skipped, None, 9)?, all[..1]);
                assert_eq!(newest(tx, alice, &skipped, Some(place(&all[0])), 9)?, []);
                let of_job =
                    LedgerFilter { job: Some(job.id), reason: "concurrency".into(), ..skipped.clone() };
                assert_eq!(newest(tx, alice, &of_job, None, 9)?, all[..1]);
                let counted = counts(tx, alice, &LedgerFilter::default())?;
                let counted: Vec<(&str, u64)> =
                    counted.iter().map(|row| (row.outcome.as_str(), row.count)).collect();
                assert_eq!(counted, [("ran", 1), ("skipped", 3)]);
                let minutes = by_minute(tx, alice, 2)?;
                assert_eq!(minutes.iter().map(|minute| minute.unwell).sum::<u64>(), 3);

                let bob = root_caller("2000000000000002");
                assert_eq!(newest(tx, &bob, &LedgerFilter::default(), None, 9)?, []);
                assert_eq!(newest(tx, &bob, &of_job, None, 9)?, []);
                assert_eq!(newest(tx, &bob, &skipped, None, 9)?, []);
                assert!(by_minute(tx, &bob, 2)?.iter().all(|minute| minute.ran + minute.unwell == 0));
                Ok(())
            })
        });
    }
}
