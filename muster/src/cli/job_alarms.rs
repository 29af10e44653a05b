//! `muster job-alarms`.

use clap::Args;
use muster_core::Timestamp;

use super::{Context, Outcome};
use crate::admin::{self, JobAlarmQuery, JobAlarmRow, Request};

/// Which alarms to show.
#[derive(Args)]
pub(super) struct Arguments {
    /// Of this job or workflow only
    #[arg(long)]
    job: Option<i64>,
    /// Older than the one with this number
    #[arg(long, value_name = "ID")]
    before: Option<i64>,
    /// How many at most, up to 1000
    #[arg(long, default_value_t = 100)]
    limit: usize,
}

/// Prints one a line, the newest first.
pub(super) fn run(context: &Context, arguments: &Arguments) -> Outcome {
    let Arguments { job, before, limit } = *arguments;
    let query = JobAlarmQuery { job, before, limit: Some(limit) };
    let rows: Vec<JobAlarmRow> =
        serde_json::from_value(admin::ask(&context.settings, &Request::JobAlarms(query))?)?;
    for row in &rows {
        println!("{}", if context.json { serde_json::to_string(row)? } else { line(row) });
    }
    Ok(())
}

/// A row for people.
fn line(row: &JobAlarmRow) -> String {
    let at = Timestamp::from_millis(row.at_ms);
    let mut text = format!("{at}  {} \"{}\" {}  run {}", row.kind, row.job_name, row.job_id, row.instance_id);
    if let Some(first) = row.result.lines().next().filter(|first| !first.is_empty()) {
        text.push_str(&format!(": {first}"));
    }
    text.push_str(&match row.outcome.as_str() {
        "told" => format!("  told by {} messages", row.told),
        outcome => format!("  {outcome}"),
    });
    if !row.note.is_empty() {
        text.push_str(&format!(" ({})", row.note));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_read_as_sentences() {
        let row = JobAlarmRow {
            id: 1,
            at_ms: 1_768_465_800_000,
            kind: "failed".to_owned(),
            job_id: 7,
            job_name: "night".to_owned(),
            instance_id: 9,
            result: "exit code 3\nmore".to_owned(),
            outcome: "nobody".to_owned(),
            told: 0,
            silenced: 0,
            note: "unknown: Rita".to_owned(),
        };
        assert_eq!(
            line(&row),
            "2026-01-15T08:30:00.000Z  failed \"night\" 7  run 9: exit code 3  nobody (unknown: Rita)"
        );
    }
}
