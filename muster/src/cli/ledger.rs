//! `muster ledger`.

use std::io::{BufWriter, Write};

use clap::Args;
use muster_core::Timestamp;

use super::{Context, Outcome};
use crate::admin::{self, LedgerQuery, LedgerRow, Request};

/// Which due times to show.
#[derive(Args)]
pub(super) struct Arguments {
    /// Of this job only
    #[arg(long, conflicts_with = "workflow")]
    job: Option<i64>,
    /// Of this workflow only
    #[arg(long)]
    workflow: Option<i64>,
    /// Due at this time or later, in milliseconds since 1970
    #[arg(long, value_name = "MS")]
    since: Option<i64>,
    /// Due at this time or earlier, in milliseconds since 1970
    #[arg(long, value_name = "MS")]
    until: Option<i64>,
}

/// Prints page after page, so that a ledger of any length fits.
pub(super) fn run(context: &Context, arguments: &Arguments) -> Outcome {
    let Arguments { job, workflow, since, until } = *arguments;
    let mut query = LedgerQuery { job, workflow, since, until, after: None };
    let mut out = BufWriter::new(std::io::stdout().lock());
    loop {
        let answer = admin::ask(&context.settings, &Request::Ledger(query))?;
        let rows: Vec<LedgerRow> = serde_json::from_value(answer)?;
        for row in &rows {
            if context.json {
                writeln!(out, "{}", serde_json::to_string(row)?)?;
            } else {
                writeln!(out, "{}", line(row))?;
            }
        }
        let Some(last) = rows.last() else { break };
        query.after = Some((last.due_ms, last.owner_id()));
    }
    out.flush()?;
    Ok(())
}

/// A row for people.
fn line(row: &LedgerRow) -> String {
    let owner = if row.workflow_id.is_some() { "workflow" } else { "job" };
    let due = Timestamp::from_millis(row.due_ms);
    let mut text = format!("{due}  {owner} {}  {}", row.owner_id(), row.outcome);
    if let Some(reason) = &row.reason {
        text.push_str(&format!(": {reason}"));
    }
    if row.count > 1 {
        text.push_str(&format!(", {} times until {}", row.count, Timestamp::from_millis(row.to_ms)));
    }
    if let Some(instance) = row.instance_id {
        text.push_str(&format!("  instance {instance}"));
    }
    if let Some(late) = row.late_ms {
        text.push_str(&format!("  {late} ms late"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_read_as_sentences() {
        let ran = LedgerRow {
            job_id: Some(7),
            workflow_id: None,
            due_ms: 1_768_465_800_000,
            outcome: "ran".to_owned(),
            reason: None,
            instance_id: Some(9),
            late_ms: Some(3),
            count: 1,
            to_ms: 1_768_465_800_000,
        };
        assert_eq!(line(&ran), "2026-01-15T08:30:00.000Z  job 7  ran  instance 9  3 ms late");
        let skipped = LedgerRow {
            outcome: "skipped".to_owned(),
            reason: Some("misfire".to_owned()),
            instance_id: None,
            late_ms: None,
            job_id: None,
            workflow_id: Some(8),
            count: 12,
            to_ms: 1_768_465_855_000,
            ..ran
        };
        assert_eq!(
            line(&skipped),
            "2026-01-15T08:30:00.000Z  workflow 8  skipped: misfire, 12 times until 2026-01-15T08:30:55.000Z"
        );
    }
}
