//! What ZStack's jobs, their groups and triggers share on their pages.

use std::collections::BTreeMap;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use muster_core::{Error, Result, Timestamp};
use muster_identity::Caller;
use muster_jobs::scheduled::query::Query;
use muster_jobs::scheduled::{Job, JobKind, Scope, Settings, Trigger};
use muster_jobs::trigger::{Rule, Timing};
use serde_json::json;

use super::{Verb, action, link};
use crate::calls::{self, Param, Place, Rest, quoted};
use crate::cx::Cx;
use crate::input::Input;
use crate::view::form::Field;
use crate::view::listing::Choice;
use crate::view::object::{InlineForm, Section};
use crate::view::{Button, Call, Column, Row, State, Table, Tone, Value};

pub(super) const JOBS: &str = "scheduled-jobs";
pub(super) const GROUPS: &str = "job-groups";
pub(super) const TRIGGERS: &str = "triggers";
/// Things that a form offers to tie to this one.
const CHOICES: u64 = 200;

/// A kind of thing as ZStack's scheduler API names it.
pub(super) struct Resource {
    /// As the operations end: `SchedulerJob`.
    pub(super) name: &'static str,
    /// The last piece of its path.
    pub(super) path: &'static str,
    /// What a new one is made of.
    pub(super) example: &'static [(&'static str, &'static str)],
}

/// A verb as calls; `uuid` names an object for those that have one, `name` is what an update sets.
pub(super) fn calls(place: &Place, of: &Resource, verb: Verb, uuid: &str, name: &str) -> Vec<Call> {
    let base = format!("/zstack/v1/scheduler/{}", of.path);
    let path = format!("{base}/{uuid}");
    let id = || vec![("uuid", uuid.to_owned())];
    let (word, params, rest): (_, Vec<Param<'_>>, Rest<'_>) = match verb {
        Verb::Create => {
            let params = of.example.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
            let members = of.example.iter().map(|(name, value)| (*name, *value)).collect::<BTreeMap<_, _>>();
            let body = json!({"params": members}).to_string();
            ("Create", params, Rest { method: "POST", path: base, body })
        }
        Verb::Update => {
            let mut params = id();
            params.push(("name", name.to_owned()));
            let body = format!(r#"{{"update{}":{{"name":{}}}}}"#, of.name, quoted(name));
            ("Update", params, Rest { method: "PUT", path: format!("{path}/actions"), body })
        }
        Verb::Delete => ("Delete", id(), Rest { method: "DELETE", path, body: String::new() }),
        Verb::List | Verb::Show | Verb::Act(_) => {
            ("Query", id(), Rest { method: "GET", path, body: String::new() })
        }
    };
    calls::zstack(place, &format!("{word}{}", of.name), &params, &rest)
}

/// Everything of one account: the console has no view over all accounts.
pub(super) fn scope(caller: &Caller) -> Scope<'_> {
    Scope::Account(&caller.account_id)
}

/// The newest, as many as a form offers.
pub(super) fn newest() -> Query {
    let page = muster_core::PageRequest { offset: 0, limit: CHOICES };
    Query { order: Some(("created", true)), page, ..Query::default() }
}

/// Whether a text is a whole id, which is looked up and not searched for.
pub(super) fn is_id(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// What was found by its id, or nothing.
pub(super) fn if_found<T>(found: Result<T>) -> Result<Vec<T>> {
    match found {
        Ok(one) => Ok(vec![one]),
        Err(Error::NotFound { .. }) => Ok(Vec::new()),
        Err(failure) => Err(failure),
    }
}

pub(super) fn kind_word(cx: &Cx<'_, '_>, kind: JobKind) -> String {
    cx.t(&format!("job-kind.{}", kind.as_str()))
}

/// The question which kind of job.
pub(super) fn kind_field(cx: &Cx<'_, '_>, chosen: &str) -> Field {
    let choices =
        JobKind::ALL.map(|kind| Choice::new(kind.as_str(), kind_word(cx, kind), kind.as_str() == chosen));
    Field::select("kind", cx.t("scheduled-jobs.kind"), choices.to_vec()).required()
}

pub(super) fn asked_kind(input: &Input) -> Result<JobKind> {
    JobKind::from_name(input.get("kind")).ok_or_else(|| Error::invalid("kind", "it is none of the choices"))
}

pub(super) fn settings_field(cx: &Cx<'_, '_>, values: &Input) -> Field {
    Field::area("settings", cx.t("scheduled-jobs.settings"), values.get("settings"))
        .rows(5)
        .hint(cx.t("scheduled-jobs.settings-hint"))
}

/// `name=value`, one a line.
pub(super) fn settings_text(settings: &Settings) -> String {
    settings.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("\n")
}

pub(super) fn asked_settings(input: &Input) -> Result<Settings> {
    input
        .lines("settings")
        .map(|line| match line.split_once('=') {
            Some((name, value)) if !name.trim().is_empty() => {
                Ok((name.trim().to_owned(), value.trim().to_owned()))
            }
            _ => Err(Error::invalid("settings", format!("'{line}' is not name=value"))),
        })
        .collect()
}

/// Settings that are no longer named are put to nothing, which removes them.
pub(super) fn settings_patch(before: &Settings, wanted: Settings) -> Settings {
    let gone = before.keys().filter(|name| !wanted.contains_key(*name));
    let mut patch: Settings = gone.map(|name| (name.clone(), String::new())).collect();
    patch.extend(wanted);
    patch
}

pub(super) fn switched(cx: &Cx<'_, '_>, enabled: bool) -> State {
    if enabled {
        State::new(Tone::Good, cx.t("scheduled-jobs.enabled"))
    } else {
        State::new(Tone::Off, cx.t("scheduled-jobs.disabled"))
    }
}

/// The button that switches a job or a group off or on.
pub(super) fn switch(cx: &Cx<'_, '_>, slug: &str, id: &str, enabled: bool) -> Button {
    let (key, wanted) =
        if enabled { ("scheduled-jobs.disable", "disable") } else { ("scheduled-jobs.enable", "enable") };
    Button { text: cx.t(key), action: action(slug, id, wanted), hidden: Vec::new(), about: String::new() }
}

/// When a trigger fires, in a line.
pub(super) fn rule_text(cx: &Cx<'_, '_>, timing: &Timing) -> String {
    match &timing.rule {
        Rule::Cron { expression } => expression.clone(),
        Rule::Simple { repeat: 1, .. } => cx.t("triggers.once"),
        Rule::Simple { interval_s, repeat } => {
            let seconds = cx.lang.number(interval_s.unwrap_or(0).unsigned_abs());
            match repeat {
                0 => cx.lang.fill("triggers.every", &[&seconds]),
                times => {
                    cx.lang.fill("triggers.every-times", &[&seconds, &cx.lang.number(times.unsigned_abs())])
                }
            }
        }
    }
}

/// Whether a trigger has a due time left, and which.
pub(super) fn next(cx: &Cx<'_, '_>, timing: &Timing) -> State {
    match timing.next_after(cx.tx.now(), &cx.services.scheduled.zone) {
        Some(due) => State::new(Tone::Good, cx.lang.fill("triggers.next", &[&cx.when(due).ago])),
        None => State::new(Tone::Off, cx.t("triggers.over")),
    }
}

pub(super) fn trigger_row(cx: &Cx<'_, '_>, trigger: &Trigger) -> Row {
    let next = next(cx, &trigger.timing);
    Row::from(vec![
        Value::Named(link(TRIGGERS, &trigger.id, trigger.name.clone()), rule_text(cx, &trigger.timing)),
        Value::State(next),
    ])
}

pub(super) fn trigger_columns(cx: &Cx<'_, '_>) -> Vec<Column> {
    vec![Column::new(cx.t("object.name")), Column::new(cx.t("triggers.due"))]
}

pub(super) fn job_row(cx: &Cx<'_, '_>, job: &Job) -> Row {
    let state = switched(cx, job.enabled);
    Row::from(vec![
        Value::Named(link(JOBS, &job.id, job.name.clone()), job.target.clone()),
        Value::State(state),
    ])
}

pub(super) fn job_columns(cx: &Cx<'_, '_>) -> Vec<Column> {
    vec![Column::new(cx.t("object.name")), Column::new(cx.t("scheduled-jobs.state"))]
}

/// The triggers of a job or a group, with ways to take one off and to add one.
pub(super) fn triggers_of(cx: &mut Cx<'_, '_>, slug: &str, id: &str, attached: &[String]) -> Result<Section> {
    let service = &cx.services.scheduled;
    let scope = scope(cx.caller);
    let mut rows = Vec::new();
    for trigger_id in attached {
        let trigger = service.get_trigger(cx.tx, scope, trigger_id)?;
        let mut row = trigger_row(cx, &trigger);
        row.buttons.push(Button {
            text: cx.t("triggers.detach"),
            action: action(slug, id, "detach"),
            hidden: vec![("trigger", trigger.id)],
            about: trigger.name,
        });
        rows.push(row);
    }
    let now = cx.tx.now();
    let free = service.find::<Trigger>(cx.tx, scope, &newest())?.into_iter();
    let choices: Vec<Choice> = free
        .filter(|trigger| !attached.contains(&trigger.id) && !trigger.timing.is_over(now))
        .map(|trigger| {
            let rule = rule_text(cx, &trigger.timing);
            Choice::new(trigger.id, format!("{} · {rule}", trigger.name), false)
        })
        .collect();
    let title = cx.t("triggers.title");
    Ok(Section {
        id: "triggers",
        title: title.clone(),
        count: Some(rows.len() as u64),
        table: Table { caption: title, columns: trigger_columns(cx), rows },
        empty: cx.t("triggers.none-here"),
        form: (!choices.is_empty()).then(|| InlineForm {
            action: action(slug, id, "attach"),
            fields: vec![Field::select("trigger", cx.t("triggers.one"), choices)],
            submit: cx.t("triggers.attach"),
        }),
        more: Some(crate::view::Link::new(cx.t("triggers.new"), "/console/new/triggers")),
        ..Section::default()
    })
}

/// A local time of the schedule's zone, as a form shows it.
pub(super) fn local(zone: &TimeZone, instant: Timestamp) -> String {
    match jiff::Timestamp::from_millisecond(instant.millis()) {
        Ok(instant) => instant.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M:%S").to_string(),
        Err(_) => String::new(),
    }
}

/// Reads what [`local`] writes, and what a browser's own field for times sends.
pub(super) fn instant(zone: &TimeZone, field: &str, text: &str) -> Result<Timestamp> {
    let wrong = || Error::invalid(field, "it is not a time such as 2026-01-15 08:30");
    let civil: DateTime = text.replacen(' ', "T", 1).parse().map_err(|_| wrong())?;
    let zoned = civil.to_zoned(zone.clone()).map_err(|_| wrong())?;
    Ok(Timestamp::from_millis(zoned.timestamp().as_millisecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_they_are_written() {
        let zone = TimeZone::get("Asia/Shanghai").unwrap();
        let start = Timestamp::from_millis(1_768_465_800_000);
        assert_eq!(local(&zone, start), "2026-01-15 16:30:00");
        assert_eq!(instant(&zone, "start", "2026-01-15 16:30").unwrap(), start);
        assert_eq!(instant(&zone, "start", "2026-01-15T16:30").unwrap(), start);
        assert!(instant(&zone, "start", "soon").is_err());
    }

    #[test]
    fn a_setting_that_is_no_longer_named_is_removed() {
        let settings = |text: &str| asked_settings(&Input::default().with("settings", text)).unwrap();
        let patch = settings_patch(&settings("a=1\nb=2"), settings("b=3\nc = x=y"));
        assert_eq!(settings_text(&patch), "a=\nb=3\nc=x=y");
        assert!(asked_settings(&Input::default().with("settings", "=1")).is_err());
    }
}
