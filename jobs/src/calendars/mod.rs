//! Calendars: the days on which jobs may run, year by year.
//!
//! A calendar belongs to the account and is known by its name; each year is a row of its own. The working-day and
//! trading-day calendars that clients name without making them mean Monday to Friday until somebody makes them.

mod days;
mod store;
#[cfg(test)]
mod tests;

use muster_core::{Error, Page, PageRequest, Result, Timestamp};
use muster_db::Tx;
use muster_identity::Caller;

pub(crate) use days::Days;
use days::YearDays;

use crate::text;

/// What errors call a calendar.
pub const CALENDAR: &str = "calendar";
/// What errors call a calendar that a job names and that does not exist.
pub const REFERENCED_CALENDAR: &str = "calendar of a job";
const SYSTEM: [&str; 3] = ["workday", "finance", "工作日"];
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
    /// Who made it.
    pub creator: String,
    /// When it was made.
    pub created_at: Timestamp,
}

/// Which years of which calendars are wanted, by name and year; every given field must fit.
#[derive(Clone, Debug)]
pub struct CalendarFilter {
    /// The name.
    pub name: Option<String>,
    /// The year.
    pub year: Option<i64>,
    /// Which part of the list.
    pub page: PageRequest,
}

/// Makes a year of a calendar.
///
/// # Errors
/// `Invalid` "calendar name", "year" or "days"; `AlreadyExists` "calendar".
pub fn create(tx: &mut Tx<'_>, caller: &Caller, name: &str, year: i64, months: &str) -> Result<()> {
    text::name("calendar name", name, LONGEST_NAME)?;
    if SYSTEM.contains(&name) {
        return Err(Error::already_exists(CALENDAR, name));
    }
    let days = YearDays::parse(year, months)?;
    if store::insert(tx, &caller.account_id, name, year, &days.to_json(), caller.name())? {
        return Ok(());
    }
    Err(Error::already_exists(CALENDAR, format!("{name} of {year}")))
}

/// Sets the days of the given months; those of the others are emptied unless `only_these` says otherwise.
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
    let given = YearDays::parse(year, months)?;
    let present = store::find(tx, &caller.account_id, name, year)?.ok_or_else(|| missing(name, year))?;
    let days = if only_these { YearDays::parse(year, &present)?.with(&given) } else { given };
    store::update(tx, &caller.account_id, name, year, &days.to_json())
}

/// The years that fit, by name and year.
///
/// # Errors
/// Those of the store.
pub fn list(tx: &mut Tx<'_>, caller: &Caller, filter: &CalendarFilter) -> Result<Page<Calendar>> {
    store::list(tx, &caller.account_id, filter)
}

/// Removes a year of a calendar.
///
/// # Errors
/// `NotFound` "calendar"; `Conflict` "calendar in use" when a job names it.
pub fn delete(tx: &mut Tx<'_>, caller: &Caller, name: &str, year: i64) -> Result<()> {
    if store::find(tx, &caller.account_id, name, year)?.is_none() {
        return Err(missing(name, year));
    }
    if store::in_use(tx, &caller.account_id, name)? {
        return Err(Error::conflict("calendar in use", format!("a job runs by calendar {name}")));
    }
    store::delete(tx, &caller.account_id, name, year)
}

/// Whether a job may name it.
pub(crate) fn exists(tx: &mut Tx<'_>, account: &str, name: &str) -> Result<bool> {
    Ok(SYSTEM.contains(&name) || store::any(tx, account, name)?)
}

/// The days of all its years.
pub(crate) fn days(tx: &mut Tx<'_>, account: &str, name: &str) -> Result<Days> {
    let years = store::years(tx, account, name)?;
    Days::new(years, SYSTEM.contains(&name))
}

fn missing(name: &str, year: i64) -> Error {
    Error::not_found(CALENDAR, format!("{name} of {year}"))
}
