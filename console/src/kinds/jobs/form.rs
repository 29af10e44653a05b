//! The questions about a job, and what is made of the answers.

use muster_core::{Error, PageRequest, Result};
use muster_jobs::app_groups::AppGroup;
use muster_jobs::calendars::{self, CalendarFilter};
use muster_jobs::job::{
    Contact, Definition, ExecuteMode, Job, JobKind, JobPatch, MapPatch, MonitorPatch, Time, TimeKind,
};
use serde_json::{Map, Value as Json};

use super::super::app_groups::{self, number};
use super::super::scheduled::local;
use super::time;
use crate::cx::Cx;
use crate::input::Input;
use crate::view::form::{Field, Group};
use crate::view::listing::Choice;

/// Kinds whose content is written by hand.
const BY_HAND: [JobKind; 4] =
    [JobKind::XxlJob, JobKind::DataWorks, JobKind::Kubernetes, JobKind::SpringSchedule];
const TIMED: [TimeKind; 4] = [TimeKind::Cron, TimeKind::FixedRate, TimeKind::FixedDelay, TimeKind::Once];
const PRIORITIES: [(i64, &str); 4] =
    [(15, "jobs.urgent"), (10, "jobs.high"), (5, "jobs.medium"), (1, "jobs.low")];
const CHANNELS: [&str; 4] = ["mail", "sms", "phone", "webhook"];

/// One of the words that a field offers.
pub(super) fn chosen<T>(input: &Input, name: &str, read: impl Fn(&str) -> Option<T>) -> Result<T> {
    read(input.get(name)).ok_or_else(|| Error::invalid(name, "it is none of the choices"))
}

/// What a new form holds.
pub(super) fn blank(query: &Input) -> Input {
    let plain = Definition::named("", JobKind::Shell, ExecuteMode::Standalone, Time::api());
    let values = Input::default()
        .with("group", query.get("group"))
        .with("kind", "shell")
        .with("mode", "standalone")
        .with("method", "GET")
        .with("time-kind", "cron")
        .with("time-expression", "0 0/5 * * * ?")
        .with("enabled", "true");
    limits(values, &plain)
}

fn limits(values: Input, job: &Definition) -> Input {
    let monitor = job.monitor.clone().unwrap_or_default();
    let values = values
        .with("max-concurrency", job.max_concurrency.to_string())
        .with("max-attempt", job.max_attempt.to_string())
        .with("attempt-interval", job.attempt_interval_s.to_string())
        .with("priority", job.priority.to_string())
        .with("page-size", job.map.page_size.to_string())
        .with("queue-size", job.map.queue_size.to_string())
        .with("consumer-size", job.map.consumer_size.to_string())
        .with("dispatcher-size", job.map.dispatcher_size.to_string())
        .with("task-max-attempt", job.map.task_max_attempt.to_string())
        .with("task-attempt-interval", job.map.task_attempt_interval_s.to_string())
        .with("pull", job.map.pull.to_string())
        .with("tell-failure", monitor.failure.to_string())
        .with("fail-times", monitor.failures.to_string())
        .with("tell-timeout", monitor.timeout.to_string())
        .with("timeout", monitor.timeout_s.to_string())
        .with("kill", monitor.timeout_kill.to_string())
        .with("tell-no-worker", monitor.no_worker.to_string())
        .with("tell-success", monitor.success.to_string())
        .with("contacts", monitor.contacts.iter().map(contact_line).collect::<Vec<_>>().join("\n"));
    let channels = monitor.channels.split(',').map(|word| if word == "ding" { "webhook" } else { word });
    channels.fold(values, |values, channel| values.with("send-channel", channel))
}

fn contact_line(contact: &Contact) -> String {
    [&contact.name, &contact.phone, &contact.mail, &contact.webhook]
        .map(String::as_str)
        .join(", ")
        .trim_end_matches([',', ' '])
        .to_owned()
}

/// What the form of a job holds.
pub(super) fn filled(cx: &Cx<'_, '_>, job: &Job, group: &AppGroup) -> Input {
    let definition = &job.definition;
    let zone = cx.services.jobs.zone(&definition.time.zone);
    let bound = |at: Option<muster_core::Timestamp>| at.map(|at| local(&zone, at)).unwrap_or_default();
    let content: Json = serde_json::from_str(&definition.content).unwrap_or_default();
    let part = |name: &str| match &content[name] {
        Json::String(text) => text.clone(),
        Json::Null => String::new(),
        other => other.to_string(),
    };
    let values = Input::default()
        .with("group", group.id.to_string())
        .with("name", definition.name.clone())
        .with("description", definition.description.clone())
        .with("kind", definition.kind.as_str())
        .with("mode", definition.mode.as_str())
        .with("class-name", definition.class_name.clone())
        .with("task", part("jobName"))
        .with("script", definition.content.clone())
        .with("content", definition.content.clone())
        .with("template", definition.template.clone())
        .with("url", part("url"))
        .with("method", part("method"))
        .with("cookie", part("cookie"))
        .with("resp-key", part("respKey"))
        .with("resp-value", part("respValue"))
        .with("http-timeout", part("timeout"))
        .with("parameters", definition.parameters.clone())
        .with("time-kind", definition.time.kind.as_str())
        .with("time-expression", definition.time.expression.clone())
        .with("zone", definition.time.zone.clone())
        .with("calendar", definition.time.calendar.clone())
        .with("data-offset", definition.time.data_offset_s.to_string())
        .with("start-time", bound(definition.time.not_before))
        .with("end-time", bound(definition.time.not_after));
    limits(values, definition)
}

/// The questions.
pub(super) fn groups(
    cx: &mut Cx<'_, '_>,
    job: Option<&(Job, AppGroup)>,
    values: &Input,
) -> Result<Vec<Group>> {
    let mut first = Vec::new();
    match job {
        Some((job, group)) => {
            let kind = cx.t(&format!("job-type.{}", job.definition.kind.as_str()));
            first.push(Field::fixed("group", cx.t("app-groups.one"), group.name.clone()));
            first.push(Field::fixed("kind", cx.t("jobs.kind"), kind));
        }
        None => {
            let groups = app_groups::choices(cx, values.get("group"))?;
            first.push(Field::select("group", cx.t("app-groups.one"), groups).required());
            first.push(words(cx, "kind", "jobs.kind", "job-type", JobKind::ALL, JobKind::as_str, values));
        }
    }
    let text =
        |cx: &Cx<'_, '_>, name: &'static str, key: &str| Field::line(name, cx.t(key), values.get(name));
    first.push(text(cx, "name", "object.name").required().max(256));
    first.push(text(cx, "description", "object.description").max(1024));
    let mut all = vec![Group { fields: first, ..Group::default() }];
    let kind = job.map(|(job, _)| job.definition.kind);
    all.extend(work(cx, kind, values));
    all.push(when(cx, values)?);
    all.push(limit_group(cx, values));
    all.push(task_group(cx, values));
    all.push(telling(cx, values));
    if job.is_none() {
        let enabled = Field::switch("enabled", cx.t("jobs.start-enabled"), values.on("enabled"));
        all.push(Group { fields: vec![enabled], ..Group::default() });
    }
    Ok(all)
}

fn words<T: Copy>(
    cx: &Cx<'_, '_>,
    name: &'static str,
    label: &str,
    prefix: &str,
    all: &[T],
    word: fn(T) -> &'static str,
    values: &Input,
) -> Field {
    let choices = all.iter().map(|each| {
        let word = word(*each);
        Choice::new(word, cx.t(&format!("{prefix}.{word}")), values.get(name) == word)
    });
    Field::select(name, cx.t(label), choices.collect()).required()
}

/// What runs: one group of questions for each kind of job, of which one counts.
fn work(cx: &Cx<'_, '_>, kind: Option<JobKind>, values: &Input) -> Vec<Group> {
    let line = |name: &'static str, key: &str| Field::line(name, cx.t(key), values.get(name));
    let of = |kinds: &[JobKind], title: &str, fields: Vec<Field>| Group {
        title: cx.t(title),
        fields,
        when: Some(("kind", kinds.iter().map(|kind| kind.as_str()).collect::<Vec<_>>().join(" "))),
        ..Group::default()
    };
    let script = Field::area("script", cx.t("jobs.script"), values.exact("script")).rows(12);
    let methods = ["GET", "POST"].map(|method| Choice::new(method, method, values.get("method") == method));
    let groups = vec![
        (
            vec![JobKind::Java],
            of(
                &[JobKind::Java],
                "jobs.what-java",
                vec![line("class-name", "jobs.class-name").max(1024).hint(cx.t("jobs.class-name-hint"))],
            ),
        ),
        (
            vec![JobKind::Go],
            of(&[JobKind::Go], "jobs.what-go", vec![line("task", "jobs.task").hint(cx.t("jobs.task-hint"))]),
        ),
        (
            vec![JobKind::Shell, JobKind::Python],
            of(&[JobKind::Shell, JobKind::Python], "jobs.what-script", vec![script]),
        ),
        (
            vec![JobKind::Http],
            of(
                &[JobKind::Http],
                "jobs.what-http",
                vec![
                    line("url", "jobs.url").max(2048).hint(cx.t("jobs.url-hint")),
                    Field::select("method", cx.t("jobs.method"), methods.to_vec()),
                    line("cookie", "jobs.cookie").max(4096),
                    line("resp-key", "jobs.resp-key").hint(cx.t("jobs.resp-hint")),
                    line("resp-value", "jobs.resp-value"),
                    Field::number("http-timeout", cx.t("jobs.http-timeout"), values.get("http-timeout"))
                        .hint(cx.t("jobs.http-timeout-hint")),
                ],
            ),
        ),
        (
            BY_HAND.to_vec(),
            of(
                &BY_HAND,
                "jobs.what-other",
                vec![
                    Field::area("content", cx.t("jobs.content"), values.exact("content")).rows(8),
                    Field::area("template", cx.t("jobs.template"), values.exact("template"))
                        .hint(cx.t("jobs.template-hint")),
                ],
            ),
        ),
    ];
    let fits = |kinds: &[JobKind]| kind.is_none_or(|kind| kinds.contains(&kind));
    let mut chosen: Vec<Group> =
        groups.into_iter().filter(|(kinds, _)| fits(kinds)).map(|(_, group)| group).collect();
    // A job that is there has one kind, and nothing to choose from.
    if kind.is_some() {
        chosen.iter_mut().for_each(|group| group.when = None);
    }
    let mode = words(cx, "mode", "jobs.mode", "job-mode", ExecuteMode::ALL, ExecuteMode::as_str, values);
    let parameters = Field::area("parameters", cx.t("jobs.parameters"), values.exact("parameters"))
        .hint(cx.t("jobs.parameters-hint"));
    chosen.push(Group { fields: vec![mode, parameters], ..Group::default() });
    chosen
}

fn when(cx: &mut Cx<'_, '_>, values: &Input) -> Result<Group> {
    let filter = CalendarFilter {
        name: None,
        year: None,
        with_system: true,
        page: PageRequest { offset: 0, limit: 200 },
    };
    let mut names: Vec<String> =
        calendars::list(cx.tx, cx.caller, &filter)?.items.into_iter().map(|year| year.name).collect();
    names.dedup();
    let of = values.get("calendar");
    if !of.is_empty() && names.iter().all(|name| name != of) {
        names.push(of.to_owned());
    }
    let mut days = vec![Choice::new("", cx.t("jobs.every-day"), of.is_empty())];
    days.extend(names.into_iter().map(|name| {
        let is_chosen = name == of;
        Choice::new(name.clone(), name, is_chosen)
    }));
    let zone = time::zone_name(&cx.services.jobs.zone);
    let line = |name: &'static str, key: &str| Field::line(name, cx.t(key), values.get(name));
    let expression =
        line("time-expression", "triggers.expression").max(255).hint(cx.t("jobs.expression-hint"));
    Ok(Group {
        title: cx.t("jobs.when"),
        has_preview: true,
        fields: vec![
            words(cx, "time-kind", "jobs.time-kind", "time-kind", TimeKind::ALL, TimeKind::as_str, values),
            expression,
            line("zone", "triggers.zone").max(64).hint(cx.lang.fill("jobs.zone-hint", &[&zone])),
            Field::select("calendar", cx.t("calendars.one"), days).hint(cx.t("jobs.calendar-hint")),
            line("start-time", "jobs.not-before").max(32).hint(cx.t("jobs.bound-hint")),
            line("end-time", "jobs.not-after").max(32),
            Field::number("data-offset", cx.t("jobs.data-offset"), values.get("data-offset"))
                .hint(cx.t("jobs.data-offset-hint")),
        ],
        ..Group::default()
    })
}

fn limit_group(cx: &Cx<'_, '_>, values: &Input) -> Group {
    let count = |name: &'static str, key: &str| Field::number(name, cx.t(key), values.get(name));
    let priorities = PRIORITIES.map(|(number, key)| {
        let number = number.to_string();
        let is_chosen = values.get("priority") == number;
        Choice::new(number, cx.t(key), is_chosen)
    });
    Group {
        title: cx.t("jobs.limits"),
        is_folded: true,
        fields: vec![
            count("max-concurrency", "jobs.max-concurrency"),
            count("max-attempt", "jobs.max-attempt"),
            count("attempt-interval", "jobs.attempt-interval"),
            Field::select("priority", cx.t("jobs.priority"), priorities.to_vec())
                .hint(cx.t("jobs.priority-hint")),
        ],
        ..Group::default()
    }
}

fn task_group(cx: &Cx<'_, '_>, values: &Input) -> Group {
    let count = |name: &'static str, key: &str| Field::number(name, cx.t(key), values.get(name));
    Group {
        title: cx.t("jobs.tasks"),
        hint: cx.t("jobs.tasks-hint"),
        is_folded: true,
        fields: vec![
            count("page-size", "jobs.page-size"),
            count("queue-size", "jobs.queue-size"),
            count("consumer-size", "jobs.consumer-size"),
            count("dispatcher-size", "jobs.dispatcher-size"),
            count("task-max-attempt", "jobs.task-max-attempt"),
            count("task-attempt-interval", "jobs.task-attempt-interval"),
            Field::switch("pull", cx.t("jobs.pull"), values.on("pull")),
        ],
        ..Group::default()
    }
}

fn telling(cx: &Cx<'_, '_>, values: &Input) -> Group {
    let switch = |name: &'static str, key: &str| Field::switch(name, cx.t(key), values.on(name));
    let channels = CHANNELS.map(|word| {
        let key = if word == "webhook" { "alarm.ding".to_owned() } else { format!("alarm.{word}") };
        Choice::new(word, cx.t(&key), values.all("send-channel").any(|channel| channel == word))
    });
    Group {
        title: cx.t("jobs.telling"),
        hint: cx.t("jobs.telling-hint"),
        is_folded: true,
        fields: vec![
            switch("tell-failure", "jobs.tell-failure"),
            Field::number("fail-times", cx.t("jobs.fail-times"), values.get("fail-times")),
            switch("tell-timeout", "jobs.tell-timeout"),
            Field::number("timeout", cx.t("jobs.timeout"), values.get("timeout")),
            switch("kill", "jobs.kill"),
            switch("tell-no-worker", "jobs.tell-no-worker"),
            switch("tell-success", "jobs.tell-success"),
            Field::checks("send-channel", cx.t("alarm.channels"), channels.to_vec())
                .hint(cx.t("jobs.channels-hint")),
            Field::area("contacts", cx.t("jobs.contacts"), values.get("contacts"))
                .hint(cx.t("jobs.contacts-hint")),
        ],
        ..Group::default()
    }
}

/// What the answers say runs, as the content of a job. Members of `before` that no question is about stay.
fn content(kind: JobKind, input: &Input, before: &str) -> Result<String> {
    let members = || serde_json::from_str::<Map<String, Json>>(before).unwrap_or_default();
    Ok(match kind {
        JobKind::Java => before.to_owned(),
        JobKind::Go => {
            let mut order = members();
            order.insert("jobName".to_owned(), input.get("task").into());
            Json::Object(order).to_string()
        }
        JobKind::Shell | JobKind::Python => input.exact("script").to_owned(),
        JobKind::Http => {
            let mut order = members();
            let texts = [
                ("url", "url"),
                ("method", "method"),
                ("cookie", "cookie"),
                ("resp-key", "respKey"),
                ("resp-value", "respValue"),
            ];
            for (field, member) in texts {
                match input.some(field) {
                    Some(text) => order.insert(member.to_owned(), text.into()),
                    None => order.remove(member),
                };
            }
            match number(input, "http-timeout")? {
                Some(seconds) => order.insert("timeout".to_owned(), seconds.into()),
                None => order.remove("timeout"),
            };
            Json::Object(order).to_string()
        }
        _ => input.exact("content").to_owned(),
    })
}

/// What must be said depends on what runs.
fn need(kind: JobKind, input: &Input) -> Result<()> {
    let field = match kind {
        JobKind::Java => "class-name",
        JobKind::Go => "task",
        JobKind::Shell | JobKind::Python => "script",
        JobKind::Http => "url",
        _ => return Ok(()),
    };
    match input.some(field) {
        Some(_) => Ok(()),
        None => Err(Error::invalid(field, "it is empty")),
    }
}

/// The expression, unless none is needed.
fn expression(time: Time) -> Time {
    if TIMED.contains(&time.kind) { time } else { Time { expression: String::new(), ..time } }
}

/// The job that the answers describe, apart from its tasks and from who is told.
pub(super) fn definition(cx: &Cx<'_, '_>, input: &Input, before: &str) -> Result<Definition> {
    let kind = chosen(input, "kind", JobKind::from_text)?;
    let mode = chosen(input, "mode", ExecuteMode::from_text)?;
    need(kind, input)?;
    let plain = Definition::named(input.get("name"), kind, mode, expression(time::asked(cx, input)?));
    Ok(Definition {
        description: input.get("description").to_owned(),
        class_name: if kind == JobKind::Java { input.get("class-name").to_owned() } else { String::new() },
        content: content(kind, input, before)?,
        parameters: input.exact("parameters").to_owned(),
        template: if BY_HAND.contains(&kind) { input.exact("template").to_owned() } else { String::new() },
        max_concurrency: number(input, "max-concurrency")?.unwrap_or(plain.max_concurrency),
        max_attempt: number(input, "max-attempt")?.unwrap_or(plain.max_attempt),
        attempt_interval_s: number(input, "attempt-interval")?.unwrap_or(plain.attempt_interval_s),
        priority: number(input, "priority")?.unwrap_or(plain.priority),
        ..plain
    })
}

/// What the answers say of tasks.
pub(super) fn map(input: &Input) -> Result<MapPatch> {
    // Only modes that cut runs into tasks have anything to say of them.
    if !chosen(input, "mode", ExecuteMode::from_text)?.has_tasks() {
        return Ok(MapPatch::default());
    }
    Ok(MapPatch {
        page_size: number(input, "page-size")?,
        queue_size: number(input, "queue-size")?,
        consumer_size: number(input, "consumer-size")?,
        dispatcher_size: number(input, "dispatcher-size")?,
        task_max_attempt: number(input, "task-max-attempt")?,
        task_attempt_interval_s: number(input, "task-attempt-interval")?,
        pull: Some(input.on("pull")),
    })
}

/// What the answers say of who is told.
pub(super) fn monitor(input: &Input) -> Result<MonitorPatch> {
    let channels: Vec<&str> =
        CHANNELS.into_iter().filter(|word| input.all("send-channel").any(|sent| sent == *word)).collect();
    let contacts = input.lines("contacts").map(|line| {
        let mut parts = line.split(',').map(|part| part.trim().to_owned());
        let mut next = || parts.next().unwrap_or_default();
        Contact { name: next(), phone: next(), mail: next(), webhook: next() }
    });
    Ok(MonitorPatch {
        timeout: Some(input.on("tell-timeout")),
        timeout_s: number(input, "timeout")?,
        timeout_kill: Some(input.on("kill")),
        failure: Some(input.on("tell-failure")),
        failures: number(input, "fail-times")?,
        no_worker: Some(input.on("tell-no-worker")),
        success: Some(input.on("tell-success")),
        channels: Some(channels.join(",")),
        contacts: Some(contacts.collect()),
    })
}

/// What the answers change in a job.
pub(super) fn patch(cx: &Cx<'_, '_>, job: &Job, input: &Input) -> Result<JobPatch> {
    let kind = job.definition.kind.as_str();
    let asked = definition(cx, &input.clone().with("kind", kind), &job.definition.content)?;
    let before = job.definition.monitor.clone().unwrap_or_default();
    let said = monitor(input)?;
    let channels = said.channels.clone().unwrap_or_default();
    let same = said.contacts.as_ref() == Some(&before.contacts)
        && channels == before.channels.replace("ding", "webhook").replace("default", "")
        && said.timeout == Some(before.timeout)
        && said.timeout_s.is_none_or(|seconds| seconds == before.timeout_s)
        && said.timeout_kill == Some(before.timeout_kill)
        && said.failure == Some(before.failure)
        && said.failures.is_none_or(|times| times == before.failures)
        && said.no_worker == Some(before.no_worker)
        && said.success == Some(before.success);
    Ok(JobPatch {
        name: Some(asked.name),
        description: Some(asked.description),
        mode: Some(asked.mode),
        time_kind: Some(asked.time.kind),
        time_expression: Some(asked.time.expression),
        zone: Some(asked.time.zone),
        calendar: Some(asked.time.calendar),
        data_offset_s: Some(asked.time.data_offset_s),
        not_before: Some(asked.time.not_before),
        not_after: Some(asked.time.not_after),
        class_name: Some(asked.class_name),
        content: Some(asked.content),
        parameters: Some(asked.parameters),
        max_concurrency: Some(asked.max_concurrency),
        max_attempt: Some(asked.max_attempt),
        attempt_interval_s: Some(asked.attempt_interval_s),
        priority: Some(asked.priority),
        map: map(input)?,
        xattrs: None,
        template: Some(asked.template),
        // What the API sent is answered as it was sent, unless its meaning changes here.
        monitor: if same { MonitorPatch::default() } else { said },
        echo: None,
    })
}
