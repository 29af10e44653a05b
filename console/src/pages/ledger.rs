//! The ledger: what became of every due time, drawn along time and told row by row.

use std::collections::HashMap;

use muster_core::{Result, Timestamp};
use muster_jobs::firings::{self, Counts, Firing, LedgerFilter, Outcome, Owner};

use super::{REFRESH_S, render};
use crate::chart::{Fate, Lane, Mark, Picture, Timeline};
use crate::cx::Cx;
use crate::frame;
use crate::input::Input;
use crate::kinds::{self, app_groups, jobs, runs, workflow_runs, workflows};
use crate::reply::Reply;
use crate::view::listing::{Choice, Filter};
use crate::view::object::Section;
use crate::view::pages::SectionsPage;
use crate::view::{Column, Fact, Link, Row, State, Table, Tone, Value};
use crate::visit::Visit;

const PERMISSION: &str = "edas:ReadSchedulerxJobInstanceQuery";
const ROWS: u32 = 50;
/// Rows that the picture of several jobs shows, and jobs that have a lane.
const DRAWN: u32 = 400;
const LANES: usize = 12;
const HOUR_MS: i64 = 3_600_000;
const PERIODS: [(&str, i64); 3] = [("1h", 1), ("24h", 24), ("7d", 7 * 24)];
const OUTCOMES: [Outcome; 4] = [Outcome::Ran, Outcome::Pending, Outcome::Skipped, Outcome::Lost];
const REASONS: [&str; 5] = ["misfire", "calendar", "concurrency", "second taken", "stopped"];

/// The page.
pub(crate) fn page(cx: &mut Cx<'_, '_>, visit: &Visit) -> Result<Reply> {
    cx.caller.require(PERMISSION, "*")?;
    let query = &visit.query;
    let after = query
        .get("after")
        .split_once('.')
        .and_then(|(due, job)| Some((due.parse().ok()?, job.parse().ok()?)));
    let hours = PERIODS.iter().find(|(word, _)| *word == query.get("within")).map_or(1, |(_, hours)| *hours);
    let since = cx.tx.now().plus_ms(-hours * HOUR_MS);
    let filter = LedgerFilter {
        group: query.some("group").and_then(|id| id.parse().ok()),
        job: query.some("job").and_then(|id| id.parse().ok()),
        outcomes: OUTCOMES.into_iter().filter(|known| known.as_str() == query.get("outcome")).collect(),
        reason: query.get("reason").to_owned(),
        since: Some(since),
        until: None,
    };
    let mut found = firings::newest(cx.tx, cx.caller, &filter, after, DRAWN)?;
    let counts = firings::counts(cx.tx, cx.caller, &filter)?;
    let ids: Vec<i64> = found.iter().map(|row| row.owner.id()).collect();
    let mut names = cx.services.jobs.names(cx.tx, cx.caller, &ids)?;
    names.extend(cx.services.workflows.names(cx.tx, cx.caller, &ids)?);
    let picture = (!found.is_empty() && after.is_none()).then(|| {
        let until = cx.tx.now();
        picture(cx, &found, &names, since, until)
    });
    let more = found.len() > ROWS as usize;
    found.truncate(ROWS as usize);
    let next = found.last().filter(|_| more).map(|row| format!("{}.{}", row.due.millis(), row.owner.id()));
    let title = cx.t("ledger.title");
    let due_times = Section {
        id: "line",
        title: cx.t("ledger.line"),
        lead: if picture.is_some() { cx.t("ledger.line-lead") } else { String::new() },
        picture,
        ..Section::default()
    };
    let rows = found.iter().map(|row| self::row(cx, row, &names)).collect();
    let keys = ["work.scheduled", "work.job", "ledger.outcome", "ledger.count", "runs.late", "runs.one"];
    let column = |key: &str| {
        let label = cx.t(key);
        if matches!(key, "ledger.count" | "runs.late") { Column::numeric(label) } else { Column::new(label) }
    };
    let table = Section {
        id: "rows",
        title: cx.t("ledger.rows"),
        table: Table { caption: title.clone(), columns: keys.map(column).to_vec(), rows },
        empty: cx.t("ledger.none"),
        more: next.map(|next| {
            Link::new(cx.t("list.next"), format!("/console/ledger?{}", query.query(&[("after", &next)])))
        }),
        ..Section::default()
    };
    let mut sections = vec![table];
    if due_times.picture.is_some() {
        sections.insert(0, due_times);
    }
    let mut shell = frame::shell(visit, title.clone(), vec![Link::new(cx.t("nav.jobs"), "/console")]);
    let live = after.is_none();
    shell.refresh = live.then_some(REFRESH_S);
    let (facts, filters) = (facts(cx, &counts), filters(cx, query)?);
    render(&SectionsPage { shell, title, lead: cx.t("ledger.lead"), facts, filters, sections, live })
}

fn filters(cx: &mut Cx<'_, '_>, query: &Input) -> Result<Vec<Filter>> {
    let chosen = |name: &str, value: &str| query.get(name) == value;
    let any = |key: &str, name: &str| Choice::new("", cx.t(key), chosen(name, ""));
    let within = if query.get("within").is_empty() { "1h" } else { query.get("within") };
    let periods = PERIODS.map(|(word, _)| Choice::new(word, cx.t(&format!("within.{word}")), word == within));
    let mut outcomes = vec![any("ledger.any-outcome", "outcome")];
    outcomes.extend(OUTCOMES.map(|each| {
        Choice::new(
            each.as_str(),
            cx.t(&format!("outcome.{}", each.as_str())),
            chosen("outcome", each.as_str()),
        )
    }));
    let mut reasons = vec![any("ledger.any-reason", "reason")];
    reasons.extend(REASONS.map(|word| Choice::new(word, reason(cx, word), chosen("reason", word))));
    let mut filters = vec![
        Filter { name: "within", label: cx.t("work.scheduled"), choices: periods.to_vec() },
        app_groups::filter(cx, query)?,
        Filter { name: "outcome", label: cx.t("ledger.outcome"), choices: outcomes },
        Filter { name: "reason", label: cx.t("ledger.reason"), choices: reasons },
    ];
    if let Some(id) = query.some("job") {
        let number = id.parse().unwrap_or(0);
        let name = cx.services.jobs.names(cx.tx, cx.caller, &[number])?.remove(&number);
        let name = name.unwrap_or_else(|| id.clone());
        let choices = vec![Choice::new("", cx.t("ledger.any-job"), false), Choice::new(id, name, true)];
        filters.push(Filter { name: "job", label: cx.t("work.job"), choices });
    }
    Ok(filters)
}

/// How many of each fate there were.
fn facts(cx: &Cx<'_, '_>, counts: &[Counts]) -> Vec<Fact> {
    OUTCOMES
        .iter()
        .map(|outcome| {
            let of = || counts.iter().filter(|count| count.outcome == *outcome);
            let sum: u64 = of().map(|count| count.count).sum();
            let reasons: Vec<String> = of()
                .filter_map(|count| {
                    let word = reason(cx, count.reason.as_deref()?);
                    Some(format!("{word} {}", cx.lang.number(count.count)))
                })
                .collect();
            let state = State { word: cx.lang.number(sum), ..self::state(cx, *outcome) };
            let state = if sum == 0 { State { tone: Tone::Off, ..state } } else { state };
            Fact::new(
                cx.t(&format!("outcome.{}", outcome.as_str())),
                Value::Because(state, reasons.join(" · ")),
            )
        })
        .collect()
}

fn row(cx: &Cx<'_, '_>, row: &Firing, names: &HashMap<i64, String>) -> Row {
    let number = row.owner.id().to_string();
    let job = match names.get(&row.owner.id()) {
        Some(name) => Value::Named(owner(row, name), number),
        None => Value::Text(number),
    };
    let why = row.reason.as_deref().map(|word| reason(cx, word)).unwrap_or_default();
    let run = row.instance.map(|id| Link::new(id.to_string(), run_of(row, id)));
    Row::from(vec![
        cx.time(row.due),
        job,
        Value::Because(state(cx, row.outcome), why),
        Value::number(row.count),
        row.late_ms.map_or(Value::None, |ms| Value::Text(runs::duration(cx, ms))),
        run.map_or(Value::None, Value::Link),
    ])
}

/// A link to the job or the workflow whose due time it was.
fn owner(row: &Firing, name: &str) -> Link {
    match row.owner {
        Owner::Job(id) => jobs::link_to(id, name),
        Owner::Workflow(id) => workflows::link_to(id, name),
    }
}

/// Where the page of what was made is.
fn run_of(row: &Firing, id: i64) -> String {
    let slug = match row.owner {
        Owner::Job(_) => runs::SLUG,
        Owner::Workflow(_) => workflow_runs::SLUG,
    };
    kinds::href(slug, &id.to_string())
}

fn state(cx: &Cx<'_, '_>, outcome: Outcome) -> State {
    let tone = match outcome {
        Outcome::Pending => Tone::Waiting,
        Outcome::Ran => Tone::Good,
        Outcome::Skipped => Tone::Off,
        Outcome::Lost => Tone::Bad,
    };
    State::new(tone, cx.t(&format!("outcome.{}", outcome.as_str())))
}

/// A reason in the reader's language; one that has no word of ours is shown as it stands.
fn reason(cx: &Cx<'_, '_>, word: &str) -> String {
    let key = format!("reason.{}", word.replace(' ', "-"));
    if cx.lang.has(&key) { cx.t(&key) } else { word.to_owned() }
}

fn fate(outcome: Outcome) -> Fate {
    match outcome {
        Outcome::Ran => Fate::Ran,
        Outcome::Pending => Fate::Pending,
        Outcome::Skipped => Fate::Skipped,
        Outcome::Lost => Fate::Lost,
    }
}

fn mark(cx: &Cx<'_, '_>, row: &Firing, lane: usize) -> Mark {
    let mut label = format!("{} · {}", cx.when(row.due).exact, state(cx, row.outcome).word);
    if let Some(ms) = row.late_ms {
        label = format!("{label} · {}", cx.lang.fill("ledger.late-by", &[&runs::duration(cx, ms)]));
    }
    if let Some(word) = &row.reason {
        label = format!("{label} · {}", reason(cx, word));
    }
    if row.count > 1 {
        label = format!("{label} · ×{}", row.count);
    }
    Mark {
        lane,
        fate: fate(row.outcome),
        from: row.due,
        to: row.to,
        late_ms: row.late_ms,
        label,
        href: row.instance.map(|id| run_of(row, id)),
    }
}

fn words(cx: &Cx<'_, '_>) -> [String; 4] {
    OUTCOMES.map(|outcome| cx.t(&format!("outcome.{}", outcome.as_str())))
}

/// Several jobs: those that have most to tell, each in a lane.
fn picture(
    cx: &Cx<'_, '_>,
    rows: &[Firing],
    names: &HashMap<i64, String>,
    since: Timestamp,
    until: Timestamp,
) -> Picture {
    let mut lanes: Vec<(i64, usize)> = Vec::new();
    for row in rows {
        let weight = if matches!(row.outcome, Outcome::Skipped | Outcome::Lost) { 1_000 } else { 1 };
        match lanes.iter_mut().find(|(job, _)| *job == row.owner.id()) {
            Some((_, seen)) => *seen += weight,
            None => lanes.push((row.owner.id(), weight)),
        }
    }
    lanes.sort_by_key(|(job, weight)| (std::cmp::Reverse(*weight), *job));
    lanes.truncate(LANES);
    let lane_of = |job: i64| lanes.iter().position(|(lane, _)| *lane == job);
    let marks = rows.iter().filter_map(|row| Some(mark(cx, row, lane_of(row.owner.id())?))).collect();
    // An hour with a minute of news would hide it at its edge: the picture begins where the rows do.
    let from = rows.iter().map(|row| row.due).min().unwrap_or(since);
    let name = |job: &i64| names.get(job).cloned().unwrap_or_else(|| job.to_string());
    let timeline = Timeline {
        summary: sentence(cx, rows),
        from,
        to: until.max(from.plus_ms(1)),
        lanes: lanes.iter().map(|(job, _)| Lane { name: name(job) }).collect(),
        marks,
    };
    timeline.draw(words(cx), cx.when(from).ago, cx.t("time.now"))
}

/// One job: by how late it was.
pub(crate) fn picture_of_one(cx: &Cx<'_, '_>, rows: &[Firing]) -> Picture {
    let from = rows.iter().map(|row| row.due).min().unwrap_or_else(|| cx.tx.now());
    let to = rows.iter().map(|row| row.to).max().unwrap_or(from).max(cx.tx.now());
    let timeline = Timeline {
        summary: sentence(cx, rows),
        from,
        to,
        lanes: Vec::new(),
        marks: rows.iter().map(|row| mark(cx, row, 0)).collect(),
    };
    timeline.draw(words(cx), cx.when(from).ago, cx.t("time.now"))
}

/// What rows of the ledger say, in a sentence.
pub(crate) fn sentence(cx: &Cx<'_, '_>, rows: &[Firing]) -> String {
    let count = |wanted: Outcome| {
        let sum: i64 = rows.iter().filter(|row| row.outcome == wanted).map(|row| row.count).sum();
        cx.lang.number(sum.unsigned_abs())
    };
    let latest = rows.iter().filter_map(|row| row.late_ms).max();
    let counted = [Outcome::Ran, Outcome::Skipped, Outcome::Lost].map(count);
    let said = cx.lang.fill("ledger.sentence", &[&counted[0], &counted[1], &counted[2]]);
    match latest {
        Some(ms) => format!("{said} {}", cx.lang.fill("ledger.latest", &[&runs::duration(cx, ms)])),
        None => said,
    }
}
