//! Alarms: what is wrong now and what was, whichever API's rule found it; and of each alarm the whole chain, from the
//! points that began it to what the gateway said of each message.

use muster_alarms::{
    Condition, Delivery, Ending, Episode, EpisodeFilter, EpisodeOrder, Gap, Level, Notice, NoticeFilter,
    NoticeKind, Order, Origin, Owner, Policy, Recipient, State as Standing, Subject, Watch,
};
use muster_core::{Error, PageRequest, Result, Timestamp};
use muster_metrics::{Period, Scope, Series, SeriesName, Statistic};
use muster_notify::Attempt;

use super::{REFRESH_S, messages, render};
use crate::chart::{Line, Picture};
use crate::cx::Cx;
use crate::reply::Reply;
use crate::view::listing::{Choice, Empty, Filter, Listing, ListingPage, Search};
use crate::view::object::{Object, ObjectPage, Section};
use crate::view::{Cloud, Column, Fact, Link, Row, State, Table, Tone, Value, time};
use crate::visit::Visit;
use crate::{frame, kinds};

const ROWS: u64 = 50;
/// As far as lists of both APIs are put together; whoever looks further narrows the list.
const DEEPEST: u64 = 2_000;
const NOTICES: u64 = 200;
const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;

/// The APIs, each with the permission that shows its alarms.
const APIS: [(Origin, &str, &str); 2] = [
    (Origin::CloudEye, "cloud-eye", "ces:alarmHistory:list"),
    (Origin::CloudMonitor, "cloudmonitor", "cms:DescribeAlertLogList"),
];
const LEVELS: [Level; 4] = [Level::Critical, Level::Major, Level::Minor, Level::Info];

fn owner<'c>(cx: &Cx<'c, '_>, origin: Origin) -> Owner<'c> {
    Owner { origin, account_id: &cx.caller.account_id, project_id: &cx.caller.project_id }
}

/// The APIs whose alarms the caller may see.
///
/// # Errors
/// `Forbidden` when there are none.
fn allowed(cx: &Cx<'_, '_>) -> Result<Vec<Origin>> {
    let may = |(_, _, permission): &&(Origin, &str, &str)| cx.caller.require(permission, "*").is_ok();
    let found: Vec<Origin> = APIS.iter().filter(may).map(|(origin, ..)| *origin).collect();
    match found.is_empty() {
        true => cx.caller.require(APIS[1].2, "*").map(|()| found),
        false => Ok(found),
    }
}

/// The list, those that go on first asked for unless the address says otherwise.
pub(crate) fn list(cx: &mut Cx<'_, '_>, visit: &Visit) -> Result<Reply> {
    let allowed = allowed(cx)?;
    let query = &visit.query;
    let (state, level, api) = (query.get("state"), query.get("level"), query.get("api"));
    let from = query.get("from").parse::<u64>().unwrap_or(0).min(DEEPEST);
    let filter = EpisodeFilter {
        name_contains: query.some("q"),
        endings: match state {
            "all" => Vec::new(),
            "over" => ENDINGS.into_iter().filter(|ending| *ending != Ending::Open).collect(),
            _ => vec![Ending::Open],
        },
        levels: Level::from_text(level).into_iter().collect(),
        ..EpisodeFilter::default()
    };
    let order = Order { by: EpisodeOrder::Began, ascending: false };
    let mut found = Vec::new();
    for (origin, word, _) in APIS {
        if allowed.contains(&origin) && (api.is_empty() || api == word) {
            let page = PageRequest { offset: 0, limit: from + ROWS + 1 };
            let owner = owner(cx, origin);
            found.extend(cx.services.alarms.episodes(cx.tx, owner, &filter, order, page)?.items);
        }
    }
    found.sort_by_key(|episode| std::cmp::Reverse((episode.began_at, episode.id)));
    let more = found.len() as u64 > from + ROWS;
    let rows: Vec<Row> = found
        .iter()
        .skip(usize::try_from(from).unwrap_or(0))
        .take(ROWS as usize)
        .map(|episode| row(cx, episode))
        .collect();
    let title = cx.t("alarms.title");
    let choice = |value: &str, key: &str, now: &str| Choice::new(value, cx.t(key), value == now);
    let states = [("", "alarms.open"), ("over", "alarms.over"), ("all", "alarms.any")];
    let mut levels = vec![choice("", "alarms.any-level", level)];
    levels.extend(LEVELS.map(|each| choice(each.as_str(), &format!("level.{}", each.as_str()), level)));
    let mut apis = vec![choice("", "alarms.any-api", api)];
    apis.extend(APIS.map(|(_, word, _)| choice(word, &format!("alarms.{word}"), api)));
    let narrowed = ["q", "level", "api"].into_iter().any(|name| query.some(name).is_some());
    let list = Listing {
        title: title.clone(),
        lead: cx.t("alarms.lead"),
        search: Some(Search { label: cx.t("alarms.search"), value: query.get("q").to_owned() }),
        filters: vec![
            Filter {
                name: "state",
                label: cx.t("alarms.state"),
                choices: states.map(|(value, key)| choice(value, key, state)).to_vec(),
            },
            Filter { name: "level", label: cx.t("alarms.level"), choices: levels },
            Filter { name: "api", label: cx.t("alarms.api"), choices: apis },
        ],
        empty: rows.is_empty().then(|| Empty {
            title: cx.t(if narrowed { "list.no-match" } else { "alarms.none" }),
            body: cx.t(if narrowed { "list.no-match-body" } else { "alarms.none-body" }),
            create: None,
            calls: Vec::new(),
        }),
        table: Table { caption: title.clone(), columns: columns(cx), rows },
        first: (from > 0).then(|| format!("/console/alarms?{}", query.query(&[("from", "")]))),
        next: (more && from + ROWS <= DEEPEST)
            .then(|| format!("/console/alarms?{}", query.query(&[("from", &(from + ROWS).to_string())]))),
        live: from == 0,
        ..Listing::default()
    };
    let mut shell = frame::shell(visit, title, vec![Link::new(cx.t("nav.resources"), "/console")]);
    shell.refresh = (from == 0).then_some(REFRESH_S);
    render(&ListingPage { shell, list })
}

const ENDINGS: [Ending; 6] =
    [Ending::Open, Ending::Recovered, Ending::LevelChanged, Ending::NoData, Ending::Invalid, Ending::ByHand];

fn columns(cx: &Cx<'_, '_>) -> Vec<Column> {
    ["rule", "thing", "level", "state", "began", "lasted"]
        .map(|part| Column::new(cx.t(&format!("alarms.{part}"))))
        .to_vec()
}

fn row(cx: &Cx<'_, '_>, episode: &Episode) -> Row {
    let policy = policy_of(episode);
    let metric = policy.map_or_else(String::new, |policy| policy.subject.name().to_owned());
    let until = episode.ended_at.unwrap_or_else(|| cx.tx.now());
    Row::from(vec![
        Value::Named(Link::new(episode.rule.spec.name.clone(), href(episode.id)), metric),
        Value::text(dimensions_text(&episode.dimensions)),
        Value::State(level_state(cx, episode.level)),
        ending(cx, episode),
        cx.time(episode.began_at),
        Value::Text(kinds::runs::duration(cx, until.since(episode.began_at))),
    ])
}

/// Where the page of an alarm is: messages link to it.
fn href(id: i64) -> String {
    format!("{}{id}", muster_alarms::telling::EPISODE_PAGES)
}

pub(super) fn level_state(cx: &Cx<'_, '_>, level: Level) -> State {
    let tone = match level {
        Level::Critical => Tone::Bad,
        Level::Major | Level::Minor => Tone::Warning,
        Level::Info => Tone::Waiting,
    };
    State::new(tone, cx.t(&format!("level.{}", level.as_str())))
}

fn ending(cx: &Cx<'_, '_>, episode: &Episode) -> Value {
    let tone = match episode.ending {
        Ending::Open => Tone::Bad,
        Ending::Recovered | Ending::ByHand => Tone::Good,
        Ending::LevelChanged | Ending::NoData => Tone::Waiting,
        Ending::Invalid => Tone::Off,
    };
    let state = State::new(tone, cx.t(&format!("ending.{}", episode.ending.as_str())));
    if episode.masked { Value::Because(state, cx.t("alarms.masked")) } else { Value::State(state) }
}

fn policy_of(episode: &Episode) -> Option<&Policy> {
    episode.rule.spec.policies.iter().find(|policy| policy.id == episode.policy_id)
}

/// A set of dimensions as people read it.
pub(super) fn dimensions_text(dimensions: &[(String, String)]) -> String {
    let pairs: Vec<String> = dimensions.iter().map(|(name, value)| format!("{name}={value}")).collect();
    pairs.join(", ")
}

/// One alarm with everything that led to it and came of it.
pub(crate) fn show(cx: &mut Cx<'_, '_>, visit: &Visit, id: i64) -> Result<Reply> {
    let episode = find(cx, id)?;
    let series = series_of(cx, &episode)?;
    let mut sections = Vec::new();
    if let Some(series) = &series {
        sections.extend(course(cx, &episode, series)?);
    }
    sections.push(points(cx, &episode, series.as_ref()));
    sections.push(notices(cx, &episode)?);
    sections.extend(sent(cx, &episode)?);
    let rule = &episode.rule;
    let until = episode.ended_at.unwrap_or_else(|| cx.tx.now());
    let policy = policy_of(&episode);
    let object = Object {
        kind: cx.t("alarms.one"),
        name: rule.spec.name.clone(),
        id: episode.id.to_string(),
        note: policy.map_or_else(String::new, |policy| condition(policy, episode.level)),
        state: Some(match episode.ending {
            Ending::Open => level_state(cx, episode.level),
            _ => match ending(cx, &episode) {
                Value::Because(state, _) | Value::State(state) => state,
                _ => level_state(cx, episode.level),
            },
        }),
        cloud: Some(match rule.origin {
            Origin::CloudEye => Cloud::CloudEye,
            Origin::CloudMonitor => Cloud::CloudMonitor,
        }),
        facts: vec![
            Fact::new(cx.t("alarms.rule"), Value::Id(rule.key.clone())),
            Fact::new(cx.t("alarms.thing"), Value::text(dimensions_text(&episode.dimensions))),
            Fact::new(cx.t("alarms.metric"), metric(cx, &episode, series.as_ref())),
            Fact::new(cx.t("alarms.level"), Value::State(level_state(cx, episode.level))),
            Fact::new(cx.t("alarms.state"), ending(cx, &episode)),
            Fact::new(cx.t("alarms.began"), cx.time(episode.began_at)),
            Fact::new(cx.t("alarms.last"), cx.time(episode.last_at)),
            Fact::new(cx.t("alarms.ended"), episode.ended_at.map_or(Value::None, |at| cx.time(at))),
            Fact::new(
                cx.t("alarms.lasted"),
                Value::Text(kinds::runs::duration(cx, until.since(episode.began_at))),
            ),
            Fact::new(cx.t("alarms.told"), told(cx, &episode)),
        ],
        sections,
        live: true,
        ..Object::default()
    };
    let crumbs = vec![
        Link::new(cx.t("nav.resources"), "/console"),
        Link::new(cx.t("alarms.title"), "/console/alarms"),
    ];
    let mut shell = frame::shell(visit, object.name.clone(), crumbs);
    shell.refresh = (episode.ending == Ending::Open).then_some(REFRESH_S);
    render(&ObjectPage { shell, object })
}

fn find(cx: &mut Cx<'_, '_>, id: i64) -> Result<Episode> {
    let filter = EpisodeFilter { ids: vec![id], ..EpisodeFilter::default() };
    for origin in allowed(cx)? {
        let (owner, page) = (owner(cx, origin), PageRequest { offset: 0, limit: 1 });
        let found = cx.services.alarms.episodes(cx.tx, owner, &filter, Order::default(), page)?;
        if let Some(episode) = found.items.into_iter().next() {
            return Ok(episode);
        }
    }
    Err(Error::not_found("alarm", id.to_string()))
}

/// The series that the alarm is about, if it is about one.
fn series_of(cx: &mut Cx<'_, '_>, episode: &Episode) -> Result<Option<Series>> {
    let Some(Policy { subject: Subject::Metric { namespace, metric, .. }, .. }) = policy_of(episode) else {
        return Ok(None);
    };
    let rule = &episode.rule;
    let namespace = namespace.as_ref().unwrap_or(&rule.spec.namespace);
    let pairs = episode.dimensions.iter().map(|(name, value)| (name.into(), value.into())).collect();
    let Ok(name) = SeriesName::new(namespace, metric, pairs) else { return Ok(None) };
    let scope = Scope { account_id: &rule.account_id, project_id: &rule.project_id };
    cx.services.metrics.find(cx.tx, scope, &name)
}

fn metric(cx: &Cx<'_, '_>, episode: &Episode, series: Option<&Series>) -> Value {
    let Some(policy) = policy_of(episode) else { return Value::None };
    let name = policy.subject.name();
    match series {
        Some(series) => {
            let to = episode.ended_at.map_or_else(String::new, |at| {
                format!("?to={}", at.plus_ms(HOUR_MS).millis().min(cx.tx.now().millis()))
            });
            Value::Link(Link::new(name, format!("/console/metrics/{}{to}", series.id.0)))
        }
        None => Value::text(name),
    }
}

/// The condition as people read it.
fn condition(policy: &Policy, level: Level) -> String {
    let text = muster_alarms::telling::condition(policy, level);
    let times = match &policy.condition {
        Condition::Levels(levels) => {
            levels.iter().find(|each| each.level == level).map_or(1, |each| each.times)
        }
        Condition::Expression { times, .. } => *times,
    };
    let times = if times > 1 { format!(" × {times}") } else { String::new() };
    format!("{}: {text}{times}", policy.subject.name())
}

/// Those whom the rule names, as it was.
fn told(cx: &Cx<'_, '_>, episode: &Episode) -> Value {
    let telling = &episode.rule.spec.telling;
    if !telling.on {
        return Value::Text(cx.t("alarms.tells-nobody"));
    }
    let link = |recipient: &Recipient| match recipient {
        Recipient::ContactGroup(name) => kinds::link("contact-groups", name, name),
        Recipient::Contact(name) => kinds::link("contacts", name, name),
        Recipient::Topic(name) => {
            let group = name.rsplit(':').next().unwrap_or(name);
            kinds::link("contact-groups", group, name)
        }
        Recipient::Bridge { name, .. } => Link::new(name, "/console/messages"),
    };
    let mut links: Vec<Link> = telling.alarm.iter().map(link).collect();
    let webhook = telling.webhook.as_ref();
    links.extend(webhook.map(|url| Link::new(messages::without_query(url), "/console/messages")));
    Value::links(links)
}

/// How the figure went, from a while before the alarm until a while after it, with the threshold.
fn course(cx: &mut Cx<'_, '_>, episode: &Episode, series: &Series) -> Result<Option<Section>> {
    let Some(policy) = policy_of(episode) else { return Ok(None) };
    let now = cx.tx.now();
    let ended = episode.ended_at.unwrap_or(now);
    let room = (ended.since(episode.began_at) / 2).clamp(15 * MINUTE_MS, 24 * HOUR_MS);
    let first = episode.points.first().map_or(episode.began_at, |point| point.at.min(episode.began_at));
    let (from, to) = (first.plus_ms(-room), ended.plus_ms(room).min(now));
    let metrics = cx.services.metrics.clone();
    let (points, gap_ms): (Vec<(Timestamp, f64)>, i64) = match policy.watch {
        Watch::Each => {
            let samples = metrics.samples(cx.tx, series, from, to)?;
            (samples.into_iter().map(|sample| (sample.at, sample.value)).collect(), room)
        }
        Watch::Windows(period) => {
            let statistic = statistic(policy, episode.level);
            (windows(cx, series, period, statistic, (from, to))?, period.millis())
        }
    };
    if points.is_empty() {
        return Ok(None);
    }
    let thresholds = match &policy.condition {
        Condition::Levels(levels) => levels.iter().map(|each| each.threshold).collect(),
        Condition::Expression { .. } => Vec::new(),
    };
    let line = Line {
        summary: cx.lang.fill("alarms.picture-summary", &[policy.subject.name()]),
        from,
        to,
        points,
        gap_ms,
        columns: Vec::new(),
        thresholds,
        spans: vec![(episode.began_at, ended)],
    };
    let words = (time::exact(from), time::exact(to));
    let unit = series.unit.clone();
    let picture: Picture = line.draw(|value| super::metrics::with_unit(value, &unit), words.0, words.1);
    Ok(Some(Section {
        id: "course",
        title: cx.t("alarms.picture"),
        lead: cx.t("alarms.picture-lead"),
        picture: Some(picture),
        ..Section::default()
    }))
}

fn windows(
    cx: &mut Cx<'_, '_>,
    series: &Series,
    period: Period,
    statistic: Statistic,
    (from, to): (Timestamp, Timestamp),
) -> Result<Vec<(Timestamp, f64)>> {
    let windows = cx.services.metrics.windows(cx.tx, series.id, period, from, to)?;
    let point =
        |window: &muster_metrics::Window| Some((window.start.max(from), window.aggregate.value(statistic)?));
    Ok(windows.iter().filter_map(point).collect())
}

fn statistic(policy: &Policy, level: Level) -> Statistic {
    let Condition::Levels(levels) = &policy.condition else { return Statistic::Average };
    let wanted = levels.iter().find(|each| each.level == level).or_else(|| levels.first());
    match wanted.map(|each| each.quantity) {
        Some(muster_alarms::Quantity::Statistic(statistic)) => statistic,
        _ => Statistic::Average,
    }
}

/// The points that began it.
fn points(cx: &Cx<'_, '_>, episode: &Episode, series: Option<&Series>) -> Section {
    let unit = series.map_or("", |series| &series.unit);
    let row = |point: &muster_metrics::Sample| {
        let value = super::metrics::with_unit(point.value, unit);
        Row::from(vec![cx.time(point.at), Value::Text(value)])
    };
    let columns = vec![Column::new(cx.t("metrics.when")), Column::numeric(cx.t("metrics.value"))];
    Section {
        id: "points",
        title: cx.t("alarms.points"),
        lead: policy_of(episode).map_or_else(String::new, |policy| condition(policy, episode.level)),
        table: Table {
            caption: cx.t("alarms.points"),
            columns,
            rows: episode.points.iter().map(row).collect(),
        },
        empty: cx.t(if episode.event_id.is_some() { "alarms.by-event" } else { "alarms.no-points" }),
        ..Section::default()
    }
}

/// What people were told at each moment, or why not.
fn notices(cx: &mut Cx<'_, '_>, episode: &Episode) -> Result<Section> {
    let filter = NoticeFilter { episodes: vec![episode.id], ..NoticeFilter::default() };
    let (owner, page) = (owner(cx, episode.rule.origin), PageRequest { offset: 0, limit: NOTICES });
    let found = cx.services.alarms.notices(cx.tx, owner, &filter, page)?;
    let columns = ["happened", "change", "value", "outcome", "when"];
    Ok(Section {
        id: "notices",
        title: cx.t("alarms.notices"),
        count: Some(found.total),
        lead: cx.t("alarms.notices-lead"),
        table: Table {
            caption: cx.t("alarms.notices"),
            columns: columns.map(|part| Column::new(cx.t(&format!("notice.{part}")))).to_vec(),
            rows: found.items.iter().map(|(notice, _)| notice_row(cx, notice)).collect(),
        },
        empty: cx.t("alarms.no-notices"),
        ..Section::default()
    })
}

fn notice_row(cx: &Cx<'_, '_>, notice: &Notice) -> Row {
    let kind = match notice.kind {
        NoticeKind::Began => "began",
        NoticeKind::GoesOn => "goes-on",
        NoticeKind::LevelChanged => "level-changed",
        NoticeKind::Recovered => "recovered",
        NoticeKind::NoData => "no-data",
    };
    let standing = |standing: Standing| match standing {
        Standing::Unknown => cx.t("standing.unknown"),
        Standing::Ok => cx.t("standing.ok"),
        Standing::Alarm(level) => cx.t(&format!("level.{}", level.as_str())),
    };
    let outcome = match &notice.delivery {
        Delivery::Told => Value::State(State::new(Tone::Good, cx.t("delivery.told"))),
        Delivery::Gap(Gap::Hours) => because(cx, Tone::Off, "delivery.hours"),
        Delivery::Gap(Gap::Repeat) => because(cx, Tone::Off, "delivery.repeat"),
        Delivery::Masked { name, key, .. } => Value::Because(
            State::new(Tone::Off, cx.t("delivery.kept-back")),
            cx.lang.fill("delivery.mask", &[if name.is_empty() { key } else { name }]),
        ),
        Delivery::Nobody => because(cx, Tone::Warning, "delivery.nobody"),
    };
    Row::from(vec![
        Value::Text(cx.t(&format!("notice.{kind}"))),
        Value::Text(format!("{} → {}", standing(notice.before), standing(notice.after))),
        notice.value.map_or(Value::None, |value| Value::Text(super::metrics::with_unit(value, ""))),
        outcome,
        cx.time(notice.at),
    ])
}

fn because(cx: &Cx<'_, '_>, tone: Tone, key: &str) -> Value {
    Value::Because(State::new(tone, cx.t("delivery.kept-back")), cx.t(key))
}

/// The messages that left, or did not.
fn sent(cx: &mut Cx<'_, '_>, episode: &Episode) -> Result<Option<Section>> {
    if cx.caller.require(messages::PERMISSION, "*").is_err() {
        return Ok(None);
    }
    let key = muster_alarms::telling::episode_key(episode.id);
    let found = cx.services.notify.messages_of_notice(cx.tx, cx.caller, &key)?;
    let mut columns = messages::columns(cx);
    columns.push(Column::new(cx.t("attempt.said")));
    let said = |attempts: &[Attempt]| attempts.last().map_or(String::new(), |last| last.detail.clone());
    let rows = found.iter().map(|(message, attempts)| {
        let mut row = messages::row(cx, message);
        row.cells.push(Value::text(said(attempts)));
        row
    });
    Ok(Some(Section {
        id: "messages",
        title: cx.t("messages.title"),
        count: Some(found.len() as u64),
        table: Table { caption: cx.t("messages.title"), columns, rows: rows.collect() },
        empty: cx.t("alarms.no-messages"),
        ..Section::default()
    }))
}
