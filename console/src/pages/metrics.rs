//! Series of metrics: the list, and one of them along time.
//!
//! The address says everything about a picture: the span, where it ends, the period and the figure. So a look can be
//! sent to somebody else, and every way of moving through time is a link.

use muster_core::{Error, Result, Timestamp};
use muster_metrics::{Period, Scope, Series, SeriesFilter, SeriesId, SeriesPage, Statistic, ValueKind};

use super::{REFRESH_S, render};
use crate::calls::{self, HuaweiApi, Rest};
use crate::chart::{Line, LineColumn};
use crate::cx::Cx;
use crate::frame;
use crate::input::Input;
use crate::reply::Reply;
use crate::view::listing::{Choice, Empty, Filter, Listing, ListingPage, Search};
use crate::view::object::Section;
use crate::view::pages::SectionsPage;
use crate::view::{Column, Fact, Link, Row, Table, Value, time};
use crate::visit::Visit;

const LIST: &str = "ces:metrics:list";
const READ: &str = "ces:metricData:get";
const ROWS: u64 = 50;
const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
const DAY_MS: i64 = 24 * HOUR_MS;
/// The spans that a picture may have, from the nearest look to the widest, each with the period that suits it.
const SPANS: [(i64, u64); 11] = [
    (5 * MINUTE_MS, 1),
    (15 * MINUTE_MS, 1),
    (HOUR_MS, 1),
    (3 * HOUR_MS, 60),
    (12 * HOUR_MS, 300),
    (DAY_MS, 300),
    (3 * DAY_MS, 1200),
    (10 * DAY_MS, 3600),
    (30 * DAY_MS, 14_400),
    (180 * DAY_MS, 86_400),
    (1800 * DAY_MS, 86_400),
];
/// The span at first.
const FIRST_SPAN: usize = 2;
const PERIODS: [u64; 8] = [1, 60, 300, 900, 1200, 3600, 14_400, 86_400];
const STATISTICS: [(&str, Statistic); 5] = [
    ("average", Statistic::Average),
    ("max", Statistic::Maximum),
    ("min", Statistic::Minimum),
    ("sum", Statistic::Sum),
    ("variance", Statistic::Variance),
];
/// Into how many parts a picture is cut, each a link to a nearer look.
const COLUMNS: i64 = 12;
/// Points of one picture; a look that would show more is told to be narrower.
const MOST_POINTS: usize = 200_000;

/// The list.
pub(crate) fn list(cx: &mut Cx<'_, '_>, visit: &Visit) -> Result<Reply> {
    cx.caller.require(LIST, "*")?;
    let query = &visit.query;
    let (text, after) = (query.some("q"), query.some("after"));
    let narrowed = text.is_some() || after.is_some();
    let filter = SeriesFilter { text: text.clone(), ..SeriesFilter::default() };
    let (scope, metrics) = (scope(cx), cx.services.metrics.clone());
    let page = SeriesPage { after: after.as_deref(), descending: false, limit: ROWS + 1 };
    let mut found = metrics.list(cx.tx, scope, &filter, page)?;
    let more = found.len() as u64 > ROWS;
    found.truncate(ROWS as usize);
    let next = found
        .last()
        .filter(|_| more)
        .map(|series| format!("/console/metrics?{}", query.query(&[("after", series.name.text())])));
    let since = cx.tx.now().plus_ms(-metrics.limits().listed_ms);
    let mut rows = Vec::with_capacity(found.len());
    for series in &found {
        let last = metrics.last(cx.tx, series, since)?;
        let dimensions: Vec<String> =
            series.name.dimensions().into_iter().map(|(name, value)| format!("{name} = {value}")).collect();
        rows.push(Row::from(vec![
            Value::Link(Link::new(series.name.metric(), format!("/console/metrics/{}", series.id.0))),
            Value::text(dimensions.join(", ")),
            Value::text(series.name.namespace()),
            last.map_or(Value::None, |sample| Value::Text(with_unit(sample.value, &series.unit))),
            last.map_or(Value::None, |sample| cx.time(sample.at)),
        ]));
    }
    let empty = match (rows.is_empty(), narrowed) {
        (false, _) => None,
        (true, true) => {
            Some(Empty { title: cx.t("list.no-match"), body: cx.t("list.no-match-body"), ..Empty::default() })
        }
        (true, false) => Some(Empty {
            title: cx.t("metrics.none"),
            body: cx.t("metrics.none-body"),
            calls: first_call(cx),
            ..Empty::default()
        }),
    };
    let bare = empty.is_some() && !narrowed;
    let title = cx.t("metrics.title");
    let columns =
        ["metric", "dimensions", "namespace"].map(|key| Column::new(cx.t(&format!("metrics.{key}"))));
    let mut columns = columns.to_vec();
    columns.push(Column::numeric(cx.t("metrics.latest")));
    columns.push(Column::new(cx.t("metrics.when")));
    let list = Listing {
        title: title.clone(),
        lead: cx.t("metrics.lead"),
        search: (!bare).then(|| Search { label: cx.t("metrics.search"), value: text.unwrap_or_default() }),
        table: Table { caption: title.clone(), columns, rows },
        first: after.map(|_| format!("/console/metrics?{}", query.query(&[("after", "")]))),
        next,
        empty,
        ..Listing::default()
    };
    let crumbs = vec![Link::new(cx.t("nav.resources"), "/console")];
    render(&ListingPage { shell: frame::shell(visit, title, crumbs), list })
}

/// What a picture shows, as its address says it.
#[derive(Clone, Copy, Debug)]
struct Look {
    /// The place in [`SPANS`].
    span: usize,
    /// Where it ends; now, and moving with it, unless the address says where.
    to: Option<Timestamp>,
    period_s: u64,
    statistic: (&'static str, Statistic),
}

impl Look {
    fn read(query: &Input) -> Self {
        let number = |name: &str| query.some(name).and_then(|text| text.parse::<u64>().ok());
        let asked = number("within")
            .and_then(|seconds| SPANS.iter().position(|(span, _)| u64::try_from(span / 1000) == Ok(seconds)));
        let span = asked.unwrap_or(FIRST_SPAN);
        let period = number("period").filter(|seconds| PERIODS.contains(seconds));
        let statistic = STATISTICS.into_iter().find(|(word, _)| *word == query.get("figure"));
        // Beyond the year 2286 nobody has measured anything.
        let to = number("to").filter(|ms| *ms < 10_000_000_000_000);
        Self {
            span,
            to: to.map(|ms| Timestamp::from_millis(ms.cast_signed())),
            period_s: period.unwrap_or(SPANS[span].1),
            statistic: statistic.unwrap_or(STATISTICS[0]),
        }
    }

    fn span_ms(self) -> i64 {
        SPANS[self.span].0
    }

    /// The address of the same series with another span or end. The period follows the span, unless it stays.
    fn href(self, id: SeriesId, span: usize, to: Option<Timestamp>) -> String {
        let query = Input::default();
        let within = (SPANS[span].0 / 1000).to_string();
        let period = if span == self.span { self.period_s } else { SPANS[span].1 }.to_string();
        let to = to.map(|to| to.millis().to_string()).unwrap_or_default();
        let changes =
            [("within", within.as_str()), ("to", &to), ("period", &period), ("figure", self.statistic.0)];
        format!("/console/metrics/{}?{}", id.0, query.query(&changes))
    }
}

/// One series along time.
pub(crate) fn show(cx: &mut Cx<'_, '_>, visit: &Visit, id: i64) -> Result<Reply> {
    cx.caller.require(READ, "*")?;
    let (scope, metrics) = (scope(cx), cx.services.metrics.clone());
    let series =
        metrics.get(cx.tx, scope, SeriesId(id))?.ok_or_else(|| Error::not_found("series", id.to_string()))?;
    let look = Look::read(&visit.query);
    let (now, span) = (cx.tx.now(), look.span_ms());
    let to = look.to.unwrap_or(now);
    let from = to.plus_ms(-span);
    let points: Vec<(Timestamp, f64)> = match Period::from_seconds(look.period_s) {
        None => {
            let samples = metrics.samples(cx.tx, &series, from, to)?;
            samples.into_iter().map(|sample| (sample.at, sample.value)).collect()
        }
        Some(period) => {
            let windows = metrics.windows(cx.tx, series.id, period, from, to)?;
            let point = |window: &muster_metrics::Window| {
                Some((window.start.max(from), window.aggregate.value(look.statistic.1)?))
            };
            windows.iter().filter_map(point).collect()
        }
    };
    let skipped = points.len().saturating_sub(MOST_POINTS);
    let points = &points[skipped..];
    let title = series.name.metric().to_owned();
    let sections = vec![
        picture(cx, &series, look, (from, to), points),
        latest(cx, &series, points),
        by_api(cx, &series, look, (from, to)),
    ];
    let crumbs = vec![
        Link::new(cx.t("nav.resources"), "/console"),
        Link::new(cx.t("metrics.title"), "/console/metrics"),
    ];
    let mut shell = frame::shell(visit, title.clone(), crumbs);
    let live = look.to.is_none();
    shell.refresh = live.then_some(REFRESH_S);
    let facts = facts(cx, &series, look, now, points);
    let (lead, filters) = (series.name.namespace().to_owned(), filters(cx, look));
    render(&SectionsPage { shell, title, lead, facts, filters, sections, live })
}

fn facts(
    cx: &Cx<'_, '_>,
    series: &Series,
    look: Look,
    now: Timestamp,
    points: &[(Timestamp, f64)],
) -> Vec<Fact> {
    let mut facts: Vec<Fact> = series
        .name
        .dimensions()
        .into_iter()
        .map(|(name, value)| Fact::new(name, Value::Text(value)))
        .collect();
    let figure =
        |value: Option<f64>| value.map_or(Value::None, |value| Value::Text(with_unit(value, &series.unit)));
    let values = || points.iter().map(|point| point.1);
    facts.push(Fact::new(cx.t("metrics.lowest"), figure(values().reduce(f64::min))));
    facts.push(Fact::new(cx.t("metrics.highest"), figure(values().reduce(f64::max))));
    facts.push(Fact::new(cx.t("metrics.points"), Value::number(points.len())));
    if series.kind == ValueKind::Integer {
        facts.push(Fact::new(cx.t("metrics.kind"), Value::Text(cx.t("metrics.whole"))));
    }
    let (to, half) = (look.to.unwrap_or(now), look.span_ms() / 2);
    let mut ways =
        vec![Link::new(cx.t("metrics.earlier"), look.href(series.id, look.span, Some(to.plus_ms(-half))))];
    if look.to.is_some() {
        let later = Some(to.plus_ms(half)).filter(|later| *later < now);
        ways.push(Link::new(cx.t("metrics.later"), look.href(series.id, look.span, later)));
    }
    // The middle stays where it is, save for a look that ends now.
    let about = |span: usize| {
        look.to.map(|to| to.plus_ms((SPANS[span].0 - look.span_ms()) / 2)).filter(|to| *to < now)
    };
    if look.span > 0 {
        ways.push(Link::new(
            cx.t("metrics.nearer"),
            look.href(series.id, look.span - 1, about(look.span - 1)),
        ));
    }
    if look.span + 1 < SPANS.len() {
        ways.push(Link::new(
            cx.t("metrics.wider"),
            look.href(series.id, look.span + 1, about(look.span + 1)),
        ));
    }
    if look.to.is_some() {
        ways.push(Link::new(cx.t("metrics.to-now"), look.href(series.id, look.span, None)));
    }
    facts.push(Fact::new(cx.t("metrics.move"), Value::Links(ways)));
    facts
}

fn filters(cx: &Cx<'_, '_>, look: Look) -> Vec<Filter> {
    let spans = SPANS.iter().enumerate().map(|(place, (span, _))| {
        Choice::new((span / 1000).to_string(), length(cx, span / 1000), place == look.span)
    });
    let periods = PERIODS.iter().map(|seconds| {
        let label = match seconds {
            1 => cx.t("metrics.single"),
            _ => cx.lang.fill("metrics.each", &[&length(cx, seconds.cast_signed())]),
        };
        Choice::new(seconds.to_string(), label, *seconds == look.period_s)
    });
    let figures = STATISTICS
        .map(|(word, _)| Choice::new(word, cx.t(&format!("metrics.{word}")), word == look.statistic.0));
    vec![
        Filter { name: "within", label: cx.t("metrics.span"), choices: spans.collect() },
        Filter { name: "period", label: cx.t("metrics.period"), choices: periods.collect() },
        Filter { name: "figure", label: cx.t("metrics.figure"), choices: figures.to_vec() },
    ]
}

fn picture(
    cx: &Cx<'_, '_>,
    series: &Series,
    look: Look,
    (from, to): (Timestamp, Timestamp),
    points: &[(Timestamp, f64)],
) -> Section {
    let words = (time::exact(from), time::exact(to));
    let summary = cx.lang.fill(
        "metrics.sentence",
        &[series.name.metric(), &cx.lang.number(points.len() as u64), &words.0, &words.1],
    );
    let part = look.span_ms() / COLUMNS;
    let columns = (0..COLUMNS).filter(|_| look.span > 0).map(|place| {
        let (start, end) = (from.plus_ms(part * place), from.plus_ms(part * (place + 1)));
        // The nearest span that still holds the part.
        let nearer = SPANS.iter().position(|(span, _)| *span >= part).unwrap_or(0).min(look.span - 1);
        let middle = start.plus_ms(part / 2 + SPANS[nearer].0 / 2).min(to);
        LineColumn {
            label: cx.lang.fill("metrics.go-to", &[&time::exact(start), &time::exact(end)]),
            href: look.href(series.id, nearer, Some(middle)),
        }
    });
    let line = Line {
        summary,
        from,
        to,
        points: points.to_vec(),
        gap_ms: gap_ms(look, points),
        columns: columns.collect(),
        thresholds: Vec::new(),
        spans: Vec::new(),
    };
    let unit = series.unit.clone();
    let has_points = !points.is_empty();
    Section {
        id: "line",
        title: if look.period_s == 1 {
            cx.t("metrics.single")
        } else {
            cx.t(&format!("metrics.{}", look.statistic.0))
        },
        lead: if has_points { cx.t("metrics.picture-lead") } else { cx.t("metrics.no-points") },
        picture: has_points.then(|| line.draw(|value| with_unit(value, &unit), words.0, words.1)),
        ..Section::default()
    }
}

/// Windows that follow one another are joined; single samples, when they are not much further apart than usual.
fn gap_ms(look: Look, points: &[(Timestamp, f64)]) -> i64 {
    if look.period_s > 1 {
        return look.period_s.cast_signed() * 1000;
    }
    let mut steps: Vec<i64> = points.windows(2).map(|pair| pair[1].0.since(pair[0].0)).collect();
    steps.sort_unstable();
    steps.get(steps.len() / 2).map_or(0, |usual| usual * 3)
}

fn latest(cx: &Cx<'_, '_>, series: &Series, points: &[(Timestamp, f64)]) -> Section {
    let row = |(at, value): &(Timestamp, f64)| {
        Row::from(vec![cx.time(*at), Value::Text(with_unit(*value, &series.unit))])
    };
    let columns = vec![Column::new(cx.t("metrics.when")), Column::numeric(cx.t("metrics.value"))];
    let rows = points.iter().rev().take(20).map(row).collect();
    Section {
        id: "points",
        title: cx.t("metrics.latest-points"),
        table: Table { caption: cx.t("metrics.latest-points"), columns, rows },
        empty: cx.t("metrics.no-points"),
        ..Section::default()
    }
}

fn by_api(cx: &Cx<'_, '_>, series: &Series, look: Look, (from, to): (Timestamp, Timestamp)) -> Section {
    // The vendor lacks this one: its next shorter one holds the same.
    let period = if look.period_s == 900 { 300 } else { look.period_s };
    let mut params = vec![
        ("namespace", series.name.namespace().to_owned()),
        ("metric_name", series.name.metric().to_owned()),
        ("filter", look.statistic.0.to_owned()),
        ("period", period.to_string()),
        ("from", from.millis().to_string()),
        ("to", to.millis().to_string()),
    ];
    let dimensions = series.name.dimensions();
    for (parameter, (name, value)) in ["dim.0", "dim.1", "dim.2", "dim.3"].into_iter().zip(dimensions) {
        params.push((parameter, format!("{name},{value}")));
    }
    let call = calls::muster("cloudeye", "ShowMetricData", &params);
    Section { id: "api", title: cx.t("calls.title"), text: Some(call.code), ..Section::default() }
}

/// How the first series is made.
fn first_call(cx: &Cx<'_, '_>) -> Vec<crate::view::Call> {
    let item = format!(
        "[{{\"metric\":{{\"namespace\":\"MINE.APP\",\"metric_name\":\"load\",\"dimensions\":[{{\"name\":\"host\",\
         \"value\":\"web-01\"}}]}},\"ttl\":172800,\"collect_time\":{},\"value\":0.5,\"unit\":\"\"}}]",
        cx.tx.now().millis()
    );
    let arguments = format!(
        "body=[CreateMetricDataRequestBody(\n    metric=MetricInfo(namespace=\"MINE.APP\", metric_name=\"load\", \
         dimensions=[MetricsDimension(name=\"host\", value=\"web-01\")]),\n    ttl=172800, collect_time={}, value=0.5,\n)]",
        cx.tx.now().millis()
    );
    let path = format!("/V1.0/{}/metric-data", cx.place.project_id);
    let rest = Rest { method: "POST", path, body: item };
    calls::huawei(cx.place, HuaweiApi::CloudEye, "CreateMetricData", &[], &arguments, &rest)
}

fn scope<'c>(cx: &Cx<'c, '_>) -> Scope<'c> {
    Scope { account_id: &cx.caller.account_id, project_id: &cx.caller.project_id }
}

/// A span of so many seconds in words.
fn length(cx: &Cx<'_, '_>, seconds: i64) -> String {
    let (key, count) = match seconds {
        s if s % 86_400 == 0 => ("metrics.days", s / 86_400),
        s if s % 3600 == 0 => ("metrics.hours", s / 3600),
        s => ("metrics.minutes", s / 60),
    };
    let one = format!("{key}.one");
    let key = if count == 1 && cx.lang.has(&one) { one.as_str() } else { key };
    cx.lang.fill(key, &[&count.to_string()])
}

/// Six digits are more than a picture shows; of large numbers all digits before the point.
pub(super) fn with_unit(value: f64, unit: &str) -> String {
    let decimals = match value.abs() {
        large if large >= 1e5 => 0,
        middle if middle >= 1.0 || middle == 0.0 => 4,
        _ => 6,
    };
    let text = format!("{value:.decimals$}");
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    if unit.is_empty() { text.to_owned() } else { format!("{text} {unit}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_short() {
        for (value, expected) in [
            (0.0, "0 %"),
            (35.70, "35.7 %"),
            (1.0 / 3.0, "0.333333 %"),
            (100_000.5, "100000 %"),
            (12_345_678.0, "12345678 %"),
            (-2.5, "-2.5 %"),
        ] {
            assert_eq!(with_unit(value, "%"), expected);
        }
        assert_eq!(with_unit(1.5, ""), "1.5");
    }

    #[test]
    fn an_address_that_makes_no_sense_shows_the_last_hour() {
        for query in ["", "within=7&period=3&figure=median&to=x", "within=-1&to=99999999999999999999"] {
            let look = Look::read(&Input::parse(query.as_bytes()));
            assert_eq!(
                (look.span, look.to, look.period_s, look.statistic.0),
                (FIRST_SPAN, None, 1, "average")
            );
        }
        let look = Look::read(&Input::parse(b"within=86400&figure=max&to=1768465800000"));
        assert_eq!((look.span_ms(), look.period_s, look.statistic.0), (DAY_MS, 300, "max"));
    }
}
