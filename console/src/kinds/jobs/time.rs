//! When a job is due: the words of a form about time, and the due times that follow from them.

use jiff::tz::TimeZone;
use muster_core::{Result, Timestamp};
use muster_jobs::app_groups::Edition;
use muster_jobs::job::{Time, TimeKind};

use super::super::app_groups::{self, number};
use super::super::scheduled::{instant, local};
use super::form::chosen;
use crate::cx::Cx;
use crate::frame;
use crate::input::Input;
use crate::pages::render;
use crate::refusal;
use crate::reply::Reply;
use crate::view::form::Preview;
use crate::view::object::Section;
use crate::view::pages::ComingPage;
use crate::view::{Column, Row, Table, Value};
use crate::visit::Visit;

/// Due times that are shown.
const COMING: usize = 10;
/// The fields that they follow from.
const FIELDS: &str = "group time-kind time-expression zone calendar start-time end-time";

/// Reads what a form says about time.
pub(in crate::kinds) fn asked(cx: &Cx<'_, '_>, input: &Input) -> Result<Time> {
    let zone_name = input.get("zone").to_owned();
    let zone = cx.services.jobs.zone(&zone_name);
    let bound = |name: &str| input.some(name).map(|text| instant(&zone, name, &text)).transpose();
    Ok(Time {
        kind: chosen(input, "time-kind", TimeKind::from_text)?,
        expression: input.get("time-expression").to_owned(),
        calendar: input.get("calendar").to_owned(),
        data_offset_s: number(input, "data-offset")?.unwrap_or(0),
        not_before: bound("start-time")?,
        not_after: bound("end-time")?,
        zone: zone_name,
    })
}

/// The next due times that a form would lead to.
pub(in crate::kinds) fn preview(cx: &mut Cx<'_, '_>, values: &Input) -> Result<Preview> {
    let edition = match values.some("group") {
        Some(id) => app_groups::get(cx, &id).map_or(Edition::Professional, |group| group.edition),
        None => Edition::Professional,
    };
    let mut preview = Preview {
        address: "/console/coming".to_owned(),
        fields: FIELDS.to_owned(),
        title: cx.t("triggers.coming"),
        ..Preview::default()
    };
    let due = asked(cx, values).and_then(|time| {
        let due = cx.services.jobs.coming(cx.tx, cx.caller, edition, &time, COMING)?;
        Ok((time, due))
    });
    match due {
        Ok((time, due)) => {
            let zone = cx.services.jobs.zone(&time.zone);
            preview.title = cx.lang.fill("jobs.coming-in", &[&zone_name(&zone)]);
            preview.rows = due.iter().map(|at| (local(&zone, *at), cx.when(*at))).collect();
            preview.note = note(cx, &time, due.is_empty());
        }
        Err(error @ muster_core::Error::Internal { .. }) => return Err(error),
        Err(error) => {
            preview.note = match &error {
                muster_core::Error::Invalid { why, .. } => refusal::why(cx.lang, why),
                _ => refusal::sentence(cx.lang, &error),
            };
            preview.is_wrong = true;
        }
    }
    Ok(preview)
}

fn note(cx: &Cx<'_, '_>, time: &Time, is_empty: bool) -> String {
    match time.kind {
        TimeKind::Api | TimeKind::None => cx.t("jobs.never-by-itself"),
        TimeKind::FixedDelay => cx.lang.fill("jobs.after-end", &[&time.expression]),
        _ if is_empty => cx.t("triggers.over"),
        _ => String::new(),
    }
}

/// The next due times alone, for the script of a form.
pub(crate) fn coming_page(cx: &mut Cx<'_, '_>, visit: &Visit) -> Result<Reply> {
    let resource = super::super::Kind::resource_for(&super::Jobs, cx, &visit.query)?;
    cx.caller.require("edas:ReadSchedulerxJobQuery", &resource)?;
    let preview = preview(cx, &visit.query)?;
    render(&ComingPage { shell: frame::shell(visit, preview.title.clone(), Vec::new()), preview })
}

/// The next due times of a job as they stand.
pub(in crate::kinds) fn section(
    cx: &mut Cx<'_, '_>,
    time: &Time,
    edition: Edition,
    next: Option<Timestamp>,
) -> Section {
    let zone = cx.services.jobs.zone(&time.zone);
    // A fixed rate goes on from its last due time, which only the job itself knows.
    let due = match (time.kind, next) {
        (TimeKind::FixedRate, Some(next)) => {
            let step_ms = time.expression.trim().parse::<i64>().unwrap_or(0) * 1000;
            let later = (0..COMING as i64).map(|round| next.plus_ms(round * step_ms));
            later.filter(|at| time.not_after.is_none_or(|end| *at <= end)).collect()
        }
        (_, None) => Vec::new(),
        _ => {
            let coming = cx.services.jobs.coming(cx.tx, cx.caller, edition, time, COMING);
            coming.unwrap_or_else(|_| next.into_iter().collect())
        }
    };
    let rows = due.iter().map(|at| Row::from(vec![Value::Text(local(&zone, *at)), cx.time(*at)])).collect();
    let title = cx.t("triggers.coming");
    let empty = match time.kind {
        TimeKind::Api | TimeKind::None => cx.t("jobs.never-by-itself"),
        TimeKind::FixedDelay => cx.lang.fill("jobs.after-end", &[&time.expression]),
        _ => cx.t("triggers.over"),
    };
    Section {
        id: "due",
        title: title.clone(),
        table: Table {
            caption: title,
            columns: vec![
                Column::new(cx.lang.fill("triggers.local", &[&zone_name(&zone)])),
                Column::new(cx.t("triggers.when")),
            ],
            rows,
        },
        empty,
        ..Section::default()
    }
}

pub(super) fn zone_name(zone: &TimeZone) -> String {
    match zone.iana_name() {
        Some(name) => name.to_owned(),
        None => format!("UTC{}", zone.to_offset(jiff::Timestamp::UNIX_EPOCH)),
    }
}

/// When a job is due, in a line.
pub(in crate::kinds) fn rule(cx: &Cx<'_, '_>, time: &Time) -> String {
    match time.kind {
        TimeKind::Cron => time.expression.clone(),
        TimeKind::FixedRate => cx.lang.fill("triggers.every", &[time.expression.trim()]),
        TimeKind::FixedDelay => cx.lang.fill("jobs.delay", &[time.expression.trim()]),
        TimeKind::Once => cx.lang.fill("jobs.once-at", &[time.expression.trim()]),
        TimeKind::Api => cx.t("jobs.by-api"),
        TimeKind::None => cx.t("jobs.in-workflows"),
    }
}
