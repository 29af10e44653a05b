//! The alarms of jobs and workflows: what happened, and who was told.

use muster_core::Result;
use muster_jobs::alarms::{self, Alarm, AlarmKind, AlarmSearch, Outcome};

use super::render;
use crate::cx::Cx;
use crate::frame;
use crate::kinds::{self, app_groups, jobs, runs, workflow_runs, workflows};
use crate::reply::Reply;
use crate::view::object::Section;
use crate::view::pages::SectionsPage;
use crate::view::{Column, Link, Row, State, Table, Tone, Value};
use crate::visit::Visit;

const PERMISSION: &str = "edas:ReadSchedulerxJobInstanceQuery";
const ROWS: usize = 50;
const COLUMNS: [&str; 5] = ["at", "what", "of", "run", "told"];

/// The page.
pub(crate) fn page(cx: &mut Cx<'_, '_>, visit: &Visit) -> Result<Reply> {
    cx.caller.require(PERMISSION, "*")?;
    let query = &visit.query;
    let number = |name: &str| query.some(name).and_then(|text| text.parse().ok());
    let search =
        AlarmSearch { group: number("group"), job: number("job"), before: number("before"), limit: ROWS + 1 };
    let mut found = alarms::newest(cx.tx, cx.caller, &search)?;
    let more = found.len() > ROWS;
    found.truncate(ROWS);
    let next = found.last().filter(|_| more).map(|alarm| alarm.id.to_string());
    let title = cx.t("job-alarms.title");
    let table = Section {
        id: "rows",
        title: title.clone(),
        table: Table {
            caption: title.clone(),
            columns: COLUMNS.map(|part| Column::new(cx.t(&format!("job-alarms.{part}")))).to_vec(),
            rows: found.iter().map(|alarm| row(cx, alarm)).collect(),
        },
        empty: cx.t("job-alarms.none"),
        more: next.map(|next| {
            let href = format!("/console/job-alarms?{}", query.query(&[("before", &next)]));
            Link::new(cx.t("list.next"), href)
        }),
        ..Section::default()
    };
    let filters = vec![app_groups::filter(cx, query)?];
    let shell = frame::shell(visit, title.clone(), vec![Link::new(cx.t("nav.jobs"), "/console")]);
    let lead = cx.t("job-alarms.lead");
    render(&SectionsPage {
        shell,
        title,
        lead,
        facts: Vec::new(),
        filters,
        sections: vec![table],
        live: false,
    })
}

fn row(cx: &Cx<'_, '_>, alarm: &Alarm) -> Row {
    let is_workflow = alarm.kind == AlarmKind::WorkflowFailed;
    let (of, pages) = if is_workflow {
        (workflows::link_to(alarm.job, &alarm.facts.job), workflow_runs::SLUG)
    } else {
        (jobs::link_to(alarm.job, &alarm.facts.job), runs::SLUG)
    };
    let run = Link::new(alarm.instance.to_string(), kinds::href(pages, &alarm.instance.to_string()));
    let tone = if alarm.kind == AlarmKind::Success { Tone::Good } else { Tone::Bad };
    let what = State::new(tone, cx.t(&format!("job-alarms.kind-{}", alarm.kind.as_str())));
    let first = alarm.facts.result.lines().next().unwrap_or_default().to_owned();
    Row::from(vec![
        cx.time(alarm.at),
        Value::Because(what, first),
        Value::Named(of, alarm.job.to_string()),
        Value::Link(run),
        Value::Because(told(cx, alarm), alarm.note.clone()),
    ])
}

fn told(cx: &Cx<'_, '_>, alarm: &Alarm) -> State {
    let tone = match alarm.outcome {
        Outcome::Pending => Tone::Waiting,
        Outcome::Told => Tone::Good,
        Outcome::Silenced => Tone::Off,
        Outcome::Nobody => Tone::Bad,
    };
    let word = match alarm.outcome {
        Outcome::Told => {
            cx.lang.fill("job-alarms.outcome-told", &[&cx.lang.number(alarm.told.unsigned_abs())])
        }
        outcome => cx.t(&format!("job-alarms.outcome-{}", outcome.as_str())),
    };
    State::new(tone, word)
}
