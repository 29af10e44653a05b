//! Route strategies: how the runs of a job, or of a whole group, are shared among workers by proportion.

use muster_core::{Error, Result};
use muster_db::{Row, Tx, params};
use muster_identity::Caller;
use serde::Deserialize;

use crate::designations::DesignateKind;
use crate::{app_groups, job, text};

const LONGEST_NAME: usize = 128;
/// The number under which a group's own strategy stands.
const WHOLE_GROUP: i64 = 0;

/// A share of the runs, and who gets it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Share {
    /// Of a hundred runs, how many.
    pub percentage: i64,
    /// What the workers are chosen by.
    pub kind: DesignateKind,
    /// Addresses or labels.
    pub targets: Vec<String>,
}

/// How runs are shared among workers. What the shares leave of a hundred goes to any worker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteStrategy {
    /// A name.
    pub name: String,
    /// Whether it counts.
    pub enabled: bool,
    /// The shares.
    pub shares: Vec<Share>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ShareText {
    percentage: i64,
    /// A JSON list within a text.
    target: String,
    target_type: String,
}

/// Reads the shares: `[{"percentage":20,"target":"[\"a\"]","targetType":"label"}]`.
///
/// # Errors
/// `Invalid` "strategy content".
pub fn parse_shares(text: &str) -> Result<Vec<Share>> {
    let refuse = |why: String| Error::invalid("strategy content", why);
    let texts: Vec<ShareText> =
        serde_json::from_str(text).map_err(|why| refuse(format!("it is not a list of shares: {why}")))?;
    let shares = texts
        .into_iter()
        .map(|share| {
            let kind = DesignateKind::from_text(&share.target_type).ok_or_else(|| {
                refuse(format!("targetType '{}' is neither label nor worker", share.target_type))
            })?;
            let targets = serde_json::from_str(&share.target)
                .map_err(|why| refuse(format!("target '{}' is not a list: {why}", share.target)))?;
            if !(0..=100).contains(&share.percentage) {
                return Err(refuse(format!("{} is not between 0 and 100", share.percentage)));
            }
            Ok(Share { percentage: share.percentage, kind, targets })
        })
        .collect::<Result<Vec<_>>>()?;
    let sum: i64 = shares.iter().map(|share| share.percentage).sum();
    if sum > 100 {
        return Err(refuse(format!("the percentages make {sum}")));
    }
    Ok(shares)
}

/// Sets the strategy of a job, or of the whole group, in place of the former one. `content` is read by
/// [`parse_shares`].
///
/// # Errors
/// `NotFound` "app group" or "job"; `Invalid`.
#[expect(clippy::too_many_arguments, reason = "the place of a strategy takes three of them")]
pub fn set(
    tx: &mut Tx<'_>,
    caller: &Caller,
    namespace: &str,
    group_id: &str,
    job: Option<i64>,
    name: &str,
    enabled: bool,
    content: &str,
) -> Result<()> {
    let group = check(tx, caller, namespace, group_id, job)?;
    text::name("strategy name", name, LONGEST_NAME)?;
    parse_shares(content)?;
    tx.execute(
        "INSERT INTO jobs_route_strategies (app_group_id, job_id, name, enabled, content) \
         VALUES ($1, $2, $3, $4, $5) ON CONFLICT (app_group_id, job_id) DO UPDATE SET name = excluded.name, \
         enabled = excluded.enabled, content = excluded.content",
        params![group, job.unwrap_or(WHOLE_GROUP), name, enabled, content],
    )?;
    Ok(())
}

/// Removes the strategies of jobs, or the whole group's where `jobs` is empty. Those that have none stay without.
///
/// # Errors
/// `NotFound` "app group" or "job".
pub fn delete(tx: &mut Tx<'_>, caller: &Caller, namespace: &str, group_id: &str, jobs: &[i64]) -> Result<()> {
    if jobs.is_empty() {
        let group = check(tx, caller, namespace, group_id, None)?;
        return forget(tx, group, WHOLE_GROUP);
    }
    for job in jobs {
        let group = check(tx, caller, namespace, group_id, Some(*job))?;
        forget(tx, group, *job)?;
    }
    Ok(())
}

/// The strategies of a group that count, by job.
pub(crate) fn of_group(tx: &mut Tx<'_>, group: i64) -> Result<Strategies> {
    let rows = tx.query(
        "SELECT job_id, name, enabled, content FROM jobs_route_strategies WHERE app_group_id = $1 AND enabled = 1",
        params![group],
        strategy,
    )?;
    Ok(Strategies(rows))
}

/// The strategies of a group that count.
#[derive(Clone, Debug, Default)]
pub(crate) struct Strategies(Vec<(i64, RouteStrategy)>);

impl Strategies {
    /// The job's own, else the group's.
    pub(crate) fn of(&self, job: i64) -> Option<&RouteStrategy> {
        let own = |wanted: i64| self.0.iter().find(|(id, _)| *id == wanted).map(|(_, strategy)| strategy);
        own(job).or_else(|| own(WHOLE_GROUP))
    }
}

pub(crate) fn forget(tx: &mut Tx<'_>, group: i64, job: i64) -> Result<()> {
    tx.execute(
        "DELETE FROM jobs_route_strategies WHERE app_group_id = $1 AND job_id = $2",
        params![group, job],
    )?;
    Ok(())
}

pub(crate) fn forget_group(tx: &mut Tx<'_>, group: i64) -> Result<()> {
    tx.execute("DELETE FROM jobs_route_strategies WHERE app_group_id = $1", params![group])?;
    Ok(())
}

fn check(tx: &mut Tx<'_>, caller: &Caller, namespace: &str, group_id: &str, job: Option<i64>) -> Result<i64> {
    let group = app_groups::find(tx, &caller.account_id, namespace, group_id)?.id;
    let Some(id) = job else { return Ok(group) };
    match job::find(tx, id)? {
        Some(found) if found.app_group == group => Ok(group),
        _ => Err(Error::not_found(job::JOB, id.to_string())),
    }
}

fn strategy(row: &Row<'_>) -> Result<(i64, RouteStrategy)> {
    let shares = parse_shares(&row.get::<String>(3)?)?;
    Ok((row.get(0)?, RouteStrategy { name: row.get(1)?, enabled: row.get(2)?, shares }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares() {
        let shares = parse_shares(r#"[{"percentage":20,"target":"[\"v1\"]","targetType":"label"}]"#).unwrap();
        let expected = Share { percentage: 20, kind: DesignateKind::Label, targets: vec!["v1".into()] };
        assert_eq!(shares, [expected]);
        for bad in [
            "{}",
            r#"[{"percentage":101,"target":"[]","targetType":"label"}]"#,
            r#"[{"percentage":1,"target":"v1","targetType":"label"}]"#,
            r#"[{"percentage":1,"target":"[]","targetType":"planet"}]"#,
            r#"[{"percentage":60,"target":"[]","targetType":"label"},{"percentage":60,"target":"[]","targetType":"label"}]"#,
        ] {
            assert!(matches!(parse_shares(bad), Err(Error::Invalid { .. })), "{bad}");
        }
    }
}
