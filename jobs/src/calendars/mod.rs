//! Calendars: the days on which jobs may run, year by year.
//!
//! A calendar belongs to the account and is known by its name; each year is a row of its own. The working-day and
//! trading-day calendars exist from the start: they mean Monday to Friday in every year of which nobody has said more.

mod days;
mod store;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use muster_core::{Error, Page, PageRequest, Result};
use muster_db::Tx;
use muster_identity::Caller;

pub(crate) use days::Days;
use days::YearDays;

use crate::text;

/// What errors call a calendar.
pub const CALENDAR: &str = "calendar";
/// What errors call a calendar that a job names and that does not exist.
pub const REFERENCED_CALENDAR: &str = "calendar of a job";
/// The calendars that exist from the start: working days, and days of trade.
const SYSTEM: [&str; 2] = ["workday", "finance"];
/// By which other names clients know them.
const ALIASES: [(&str, &str); 1] = [("工作日", "workday")];
/// Who made what exists from the start.
const NOBODY: &str = "system";
const LONGEST_NAME: usize = 45;

/// One year of a calendar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calendar {
    /// Its name.
    pub name: String,
    /// The year.
    pub year: i64,
    /// The days on which jobs run, as JSON: `[{"month":1,"days":[2,3]}]`.
    pub months: String,
    /// Whether it exists from the start.
    pub is_system: bool,
    /// Who made it, or was the first to say which days it has.
    pub creator: String,
}

/// Which years of which calendars are wanted, by name and year; every given field must fit.
#[derive(Clone, Debug)]
pub struct CalendarFilter {
    /// The name.
    pub name: Option<String>,
    /// The year.
    pub year: Option<i64>,
    /// Those that exist from the start as well: in this year and the next, unless a year is asked for, and in the
    /// years of which somebody has said more.
    pub with_system: bool,
    /// Which part of the list.
    pub page: PageRequest,
}

/// Makes a year of a calendar.
///
/// # Errors
/// `Invalid` "calendar name", "year" or "days"; `AlreadyExists` "calendar".
pub fn create(tx: &mut Tx<'_>, caller: &Caller, name: &str, year: i64, months: &str) -> Result<()> {
    text::name("calendar name", name, LONGEST_NAME)?;
    if is_system(canonical(name)) {
        return Err(Error::already_exists(CALENDAR, name));
    }
    let days = YearDays::parse(year, months)?;
    if store::insert(tx, &caller.account_id, name, year, &days.to_json(), caller.name())? {
        return Ok(());
    }
    Err(Error::already_exists(CALENDAR, format!("{name} of {year}")))
}

/// Sets the days of the given months; those of the others are emptied unless `only_these` says otherwise. This is also
/// how an account says which days the calendars have that exist from the start: its country's holidays.
///
/// # Errors
/// `NotFound` "calendar"; `Invalid`.
pub fn change(
    tx: &mut Tx<'_>,
    caller: &Caller,
    name: &str,
    year: i64,
    months: &str,
    only_these: bool,
) -> Result<()> {
    let (account, name) = (&caller.account_id, canonical(name));
    let given = YearDays::parse(year, months)?;
    let present = match store::find(tx, account, name, year)? {
        Some(present) => YearDays::parse(year, &present)?,
        None if is_system(name) => YearDays::weekdays(year),
        None => return Err(missing(name, year)),
    };
    let days = if only_these { present.with(&given) } else { given }.to_json();
    if !store::insert(tx, account, name, year, &days, caller.name())? {
        store::update(tx, account, name, year, &days)?;
    }
    Ok(())
}

/// The years that fit: first of those that exist from the start, then of the account's own, by name and year.
///
/// # Errors
/// Those of the store.
pub fn list(tx: &mut Tx<'_>, caller: &Caller, filter: &CalendarFilter) -> Result<Page<Calendar>> {
    let account = &caller.account_id;
    let system = if filter.with_system { of_system(tx, account, filter)? } else { Vec::new() };
    let count = system.len() as u64;
    let PageRequest { offset, limit } = filter.page;
    let mut items: Vec<Calendar> =
        system.into_iter().skip(offset.min(count) as usize).take(limit.min(count) as usize).collect();
    let rest =
        PageRequest { offset: offset.saturating_sub(count), limit: limit.saturating_sub(items.len() as u64) };
    let own = store::list(tx, account, filter, rest)?;
    items.extend(own.items);
    Ok(Page { items, total: own.total + count })
}

fn of_system(tx: &mut Tx<'_>, account: &str, filter: &CalendarFilter) -> Result<Vec<Calendar>> {
    let wanted = filter.name.as_deref().map(canonical);
    let this_year = jiff::Timestamp::from_millisecond(tx.now().millis())
        .map_or(1970, |now| i64::from(TimeZone::UTC.to_datetime(now).year()));
    let mut calendars = Vec::new();
    for name in SYSTEM.into_iter().filter(|name| wanted.is_none_or(|wanted| wanted == *name)) {
        let mut years = match filter.year {
            Some(year) if !YearDays::YEARS.contains(&year) => BTreeMap::new(),
            Some(year) => BTreeMap::from([(year, None)]),
            None => BTreeMap::from([(this_year, None), (this_year + 1, None)]),
        };
        for said in store::of_name(tx, account, name)? {
            if filter.year.is_none_or(|year| year == said.year) {
                years.insert(said.year, Some(said));
            }
        }
        calendars.extend(years.into_iter().map(|(year, said)| {
            said.unwrap_or_else(|| Calendar {
                name: name.to_owned(),
                year,
                months: YearDays::weekdays(year).to_json(),
                is_system: true,
                creator: NOBODY.to_owned(),
            })
        }));
    }
    Ok(calendars)
}

/// Removes a year of a calendar. One that exists from the start means Monday to Friday in that year again.
///
/// # Errors
/// `NotFound` "calendar"; `Conflict` "calendar in use" when a job names it.
pub fn delete(tx: &mut Tx<'_>, caller: &Caller, name: &str, year: i64) -> Result<()> {
    let (account, name) = (&caller.account_id, canonical(name));
    if store::find(tx, account, name, year)?.is_none() {
        return Err(missing(name, year));
    }
    if !is_system(name) && store::in_use(tx, account, name)? {
        return Err(Error::conflict("calendar in use", format!("a job runs by calendar {name}")));
    }
    store::delete(tx, account, name, year)
}

/// Whether a job may name it.
pub(crate) fn exists(tx: &mut Tx<'_>, account: &str, name: &str) -> Result<bool> {
    Ok(is_system(canonical(name)) || store::any(tx, account, name)?)
}

/// The days of all its years.
pub(crate) fn days(tx: &mut Tx<'_>, account: &str, name: &str) -> Result<Days> {
    let name = canonical(name);
    let years = store::years(tx, account, name)?;
    Days::new(years, is_system(name))
}

fn is_system(name: &str) -> bool {
    SYSTEM.contains(&name)
}

fn canonical(name: &str) -> &str {
    ALIASES.into_iter().find(|(alias, _)| *alias == name).map_or(name, |(_, canonical)| canonical)
}

fn missing(name: &str, year: i64) -> Error {
    Error::not_found(CALENDAR, format!("{name} of {year}"))
}
