//! Calendars: the days on which jobs may run, a page for each year.

use jiff::civil::{Date, Weekday};
use muster_core::{Error, Result};
use muster_jobs::calendars::{self, CALENDAR, Calendar, CalendarFilter};
use serde_json::{Value as Json, json};

use super::{Doing, Found, Going, Hit, Kind, Made, Verb, Wanted, link};
use crate::calls::{self, AlibabaApi};
use crate::chart::Year;
use crate::cx::Cx;
use crate::frame::Heading;
use crate::input::Input;
use crate::view::form::{Field, Group};
use crate::view::listing::Choice;
use crate::view::object::{Object, Section};
use crate::view::{Call, Cloud, Column, Fact, Link, Row, Value};

pub(crate) struct Calendars;

pub(crate) const SLUG: &str = "calendars";
/// The months' fields.
const MONTHS: [&str; 12] = [
    "month-1", "month-2", "month-3", "month-4", "month-5", "month-6", "month-7", "month-8", "month-9",
    "month-10", "month-11", "month-12",
];
/// Years of a calendar that its page links.
const YEARS: u64 = 20;

impl Kind for Calendars {
    fn slug(&self) -> &'static str {
        SLUG
    }

    fn heading(&self) -> Heading {
        Heading::Jobs
    }

    fn cloud(&self) -> Cloud {
        Cloud::SchedulerX
    }

    fn doing(&self, verb: Verb) -> Option<Doing> {
        let (operation, permission) = match verb {
            Verb::List | Verb::Show => ("ReadSchedulerxCalendar", "edas:ReadSchedulerxCalendar"),
            Verb::Create => ("CreateSchedulerxCalendar", "edas:ManageSchedulerxCalendar"),
            Verb::Update => ("ManageSchedulerxCalendar", "edas:ManageSchedulerxCalendar"),
            Verb::Delete => ("DeleteSchedulerxCalendar", "edas:ManageSchedulerxCalendar"),
            Verb::Act(_) => return None,
        };
        Some(Doing { operation, permission })
    }

    fn subject(&self, id: &str) -> (&'static str, String) {
        (CALENDAR, parts(id).1.to_owned())
    }

    fn columns(&self, cx: &Cx<'_, '_>) -> Vec<Column> {
        vec![
            Column::new(cx.t("object.name")),
            Column::numeric(cx.t("calendars.year")),
            Column::numeric(cx.t("calendars.days")),
            Column::new(cx.t("calendars.creator")),
        ]
    }

    fn rows(&self, cx: &mut Cx<'_, '_>, wanted: &Wanted<'_>) -> Result<Found> {
        let name =
            wanted.filter("name").or_else(|| Some(wanted.text.to_owned()).filter(|text| !text.is_empty()));
        let filter = CalendarFilter { name, year: None, with_system: true, page: wanted.page() };
        let found = calendars::list(cx.tx, cx.caller, &filter)?.items;
        Found::counted(wanted, found, |calendar| {
            let days = days_of(&calendar.months).len();
            let made = if calendar.is_system { cx.t("calendars.system") } else { calendar.creator.clone() };
            Ok(Row::from(vec![
                Value::Named(link(SLUG, &id_of(&calendar), calendar.name), String::new()),
                Value::Text(calendar.year.to_string()),
                Value::number(days),
                Value::text(made),
            ]))
        })
    }

    fn looks_at_newest(&self, _wanted: &Wanted<'_>) -> bool {
        false
    }

    fn count(&self, cx: &mut Cx<'_, '_>) -> Result<u64> {
        Ok(years(cx, None, 1)?.1)
    }

    fn search(&self, cx: &mut Cx<'_, '_>, text: &str, limit: u32) -> Result<Vec<Hit>> {
        let found = years(cx, Some(text), u64::from(limit))?.0.into_iter();
        let hit = |year: Calendar| Hit { id: id_of(&year), below: year.year.to_string(), name: year.name };
        Ok(found.map(hit).collect())
    }

    fn show(&self, cx: &mut Cx<'_, '_>, id: &str) -> Result<Object> {
        let calendar = get(cx, id)?;
        let days = days_of(&calendar.months);
        let zone = &cx.services.jobs.zone;
        let today =
            jiff::Timestamp::from_millisecond(cx.tx.now().millis()).map(|now| zone.to_datetime(now).date());
        let today = today.ok().filter(|day| i64::from(day.year()) == calendar.year);
        let count = cx.lang.count("calendars.count-days", days.len() as u64);
        let year = Year {
            summary: format!("{} {}: {count}", calendar.name, calendar.year),
            year: i16::try_from(calendar.year).unwrap_or(1970),
            days,
            today: today.map(|day| (day.month(), day.day())),
            months: MONTHS.map(|month| cx.t(&format!("calendars.{month}"))),
        };
        let other = years(cx, Some(&calendar.name), YEARS)?.0;
        let links = other.iter().map(|year| link(SLUG, &id_of(year), year.year.to_string())).collect();
        let made = if calendar.is_system { cx.t("calendars.system") } else { calendar.creator.clone() };
        Ok(Object {
            name: format!("{} · {}", calendar.name, calendar.year),
            id: calendar.name.clone(),
            facts: vec![
                Fact::new(cx.t("calendars.days"), Value::Text(count.clone())),
                Fact::new(cx.t("calendars.years"), Value::Links(links)),
                Fact::new(cx.t("calendars.creator"), Value::text(made)),
            ],
            sections: vec![Section {
                id: "year",
                title: cx.t("calendars.picture"),
                lead: count,
                picture: Some(year.draw()),
                more: Some(Link::new(
                    cx.t("calendars.add-year"),
                    format!("/console/new/{SLUG}?name={}&year={}", calendar.name, calendar.year + 1),
                )),
                ..Section::default()
            }],
            ..Object::default()
        })
    }

    fn blank(&self, query: &Input) -> Input {
        Input::default().with("name", query.get("name")).with("year", query.get("year"))
    }

    fn filled(&self, cx: &mut Cx<'_, '_>, id: &str) -> Result<Input> {
        let calendar = get(cx, id)?;
        let values = Input::default().with("name", calendar.name).with("year", calendar.year.to_string());
        let values = values.with("chosen", "true");
        Ok(days_of(&calendar.months)
            .into_iter()
            .fold(values, |values, (month, day)| values.with(&format!("month-{month}"), day.to_string())))
    }

    fn form(&self, cx: &mut Cx<'_, '_>, id: Option<&str>, values: &Input) -> Result<Vec<Group>> {
        let this_year = jiff::Timestamp::from_millisecond(cx.tx.now().millis())
            .map_or(1970, |now| cx.services.jobs.zone.to_datetime(now).year());
        let year: i16 = values.get("year").parse().unwrap_or(this_year);
        let first = match id {
            Some(_) => vec![Field::fixed("year", cx.t("calendars.year"), year.to_string())],
            None => vec![
                Field::line(
                    "calendar-name",
                    cx.t("object.name"),
                    values.some("calendar-name").unwrap_or_else(|| values.get("name").to_owned()),
                )
                .required()
                .max(45),
                Field::number("year", cx.t("calendars.year"), year.to_string())
                    .required()
                    .hint(cx.t("calendars.year-hint")),
            ],
        };
        // Until somebody has chosen, working days are a better beginning than none.
        let has_chosen = MONTHS.iter().any(|month| values.some(month).is_some()) || values.on("chosen");
        let months = MONTHS.iter().zip(1_i8..).filter_map(|(field, month)| {
            let first = Date::new(year, month, 1).ok()?;
            let before = u8::try_from(first.weekday().since(Weekday::Monday)).unwrap_or(0);
            let days = (1..=first.days_in_month()).map(|day| {
                let number = day.to_string();
                let weekday = Date::new(year, month, day).map(Date::weekday);
                let works = !matches!(weekday, Ok(Weekday::Saturday | Weekday::Sunday));
                let ticked = if has_chosen { values.all(field).any(|sent| sent == number) } else { works };
                Choice::new(number.clone(), number, ticked)
            });
            Some(Field::days(field, cx.t(&format!("calendars.{field}")), before, days.collect()))
        });
        let days = Group {
            title: cx.t("calendars.days"),
            hint: cx.t("calendars.days-hint"),
            fields: months.collect(),
            ..Group::default()
        };
        Ok(vec![Group { fields: first, ..Group::default() }, days])
    }

    fn create(&self, cx: &mut Cx<'_, '_>, input: &Input) -> Result<Made> {
        let name = input.get("calendar-name").to_owned();
        let year = super::app_groups::number(input, "year")?.unwrap_or(0);
        calendars::create(cx.tx, cx.caller, &name, year, &asked(input))?;
        Ok(Made { id: format!("{year}.{name}"), name })
    }

    fn update(&self, cx: &mut Cx<'_, '_>, id: &str, input: &Input) -> Result<()> {
        let calendar = get(cx, id)?;
        calendars::change(cx.tx, cx.caller, &calendar.name, calendar.year, &asked(input), false)
    }

    fn going(&self, cx: &mut Cx<'_, '_>, id: &str) -> Result<Going> {
        let calendar = get(cx, id)?;
        let consequence = if calendar.is_system { "calendars.delete-back" } else { "calendars.delete-none" };
        Ok(Going {
            name: format!("{} · {}", calendar.name, calendar.year),
            consequences: vec![cx.lang.fill(consequence, &[&calendar.year.to_string()])],
            fields: Vec::new(),
        })
    }

    fn delete(&self, cx: &mut Cx<'_, '_>, id: &str, _input: &Input) -> Result<()> {
        let calendar = get(cx, id)?;
        calendars::delete(cx.tx, cx.caller, &calendar.name, calendar.year)
    }

    fn calls(&self, cx: &mut Cx<'_, '_>, verb: Verb, id: Option<&str>) -> Result<Vec<Call>> {
        let mut params = vec![("RegionId", cx.place.region.clone())];
        let calendar = id.map(|id| get(cx, id)).transpose()?;
        let (name, year, months) = match calendar {
            Some(calendar) => (calendar.name, calendar.year, calendar.months),
            None => ("shop".to_owned(), 2026, r#"[{"month":1,"days":[15,16]}]"#.to_owned()),
        };
        params.extend([("CalendarName", name), ("Year", year.to_string())]);
        let operation = match verb {
            Verb::Create => "CreateSchedulerxCalendar",
            Verb::Update => "ManageSchedulerxCalendar",
            Verb::Delete => "DeleteSchedulerxCalendar",
            Verb::List | Verb::Show | Verb::Act(_) => "ReadSchedulerxCalendar",
        };
        if matches!(verb, Verb::Create | Verb::Update) {
            params.push(("MonthDaysContent", months));
        }
        Ok(calls::alibaba(cx.place, AlibabaApi::SchedulerX, operation, &params))
    }
}

/// Year and name of a calendar's id in a path; whoever names no year means the last one.
fn parts(id: &str) -> (Option<i64>, &str) {
    match id.split_once('.') {
        Some((year, name)) => match year.parse() {
            Ok(year) => (Some(year), name),
            Err(_) => (None, id),
        },
        None => (None, id),
    }
}

fn id_of(calendar: &Calendar) -> String {
    format!("{}.{}", calendar.year, calendar.name)
}

fn years(cx: &mut Cx<'_, '_>, name: Option<&str>, limit: u64) -> Result<(Vec<Calendar>, u64)> {
    let page = muster_core::PageRequest { offset: 0, limit };
    let filter = CalendarFilter { name: name.map(str::to_owned), year: None, with_system: true, page };
    let found = calendars::list(cx.tx, cx.caller, &filter)?;
    Ok((found.items, found.total))
}

fn get(cx: &mut Cx<'_, '_>, id: &str) -> Result<Calendar> {
    let (year, name) = parts(id);
    let page = muster_core::PageRequest { offset: 0, limit: YEARS };
    let filter = CalendarFilter { name: Some(name.to_owned()), year, with_system: true, page };
    let found = calendars::list(cx.tx, cx.caller, &filter)?.items.pop();
    found.ok_or_else(|| Error::not_found(CALENDAR, id))
}

/// Month and day of each day.
fn days_of(months: &str) -> Vec<(i8, i8)> {
    let months: Vec<Json> = serde_json::from_str(months).unwrap_or_default();
    let number = |value: &Json| value.as_i64().and_then(|number| i8::try_from(number).ok());
    let mut days = Vec::new();
    for month in &months {
        let Some(number_of_month) = number(&month["month"]) else { continue };
        let listed = month["days"].as_array().into_iter().flatten();
        days.extend(listed.filter_map(|day| Some((number_of_month, number(day)?))));
    }
    days
}

/// The ticked days as the API writes them.
fn asked(input: &Input) -> String {
    let months = MONTHS.iter().zip(1_i8..).map(|(field, month)| {
        let days: Vec<i8> = input.all(field).filter_map(|day| day.parse().ok()).collect();
        json!({"month": month, "days": days})
    });
    Json::Array(months.collect()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticked_days_are_read_back() {
        let input = Input::parse(b"month-1=15&month-1=16&month-12=31");
        assert_eq!(days_of(&asked(&input)), [(1, 15), (1, 16), (12, 31)]);
        assert_eq!(days_of("no json"), []);
    }

    #[test]
    fn an_id_names_a_year_or_the_last_one() {
        assert_eq!(parts("2026.shop.eu"), (Some(2026), "shop.eu"));
        assert_eq!(parts("shop.eu"), (None, "shop.eu"));
    }
}
