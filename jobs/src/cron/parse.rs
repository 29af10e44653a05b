//! From text to [`Cron`], as strict as Quartz.

use super::field::{DAY_OF_MONTH, DAY_OF_WEEK, Domain, HOUR, MINUTE, MONTH, SECOND, Values, YEAR, digits};
use super::{Cron, CronError, Days};

/// Far longer than any sensible expression; keeps hostile text from being walked at all.
const MAX_LENGTH: usize = 512;

impl Cron {
    /// Checks `text`. Letters may have any case, blanks any width.
    ///
    /// # Errors
    /// When Quartz would refuse it, or when it has more than seven fields (which Quartz would ignore).
    pub fn parse(text: &str) -> Result<Self, CronError> {
        let whole = |why: &str| CronError { field: "expression", why: why.to_owned() };
        if text.len() > MAX_LENGTH {
            return Err(whole("is too long"));
        }
        let upper = text.to_ascii_uppercase();
        let fields: Vec<&str> = upper.split_ascii_whitespace().collect();
        if !(6..=7).contains(&fields.len()) {
            return Err(whole(&format!("has {} fields, wanted are 6 or 7", fields.len())));
        }
        Ok(Self {
            seconds: Values::parse(fields[0], &SECOND)?,
            minutes: Values::parse(fields[1], &MINUTE)?,
            hours: Values::parse(fields[2], &HOUR)?,
            days: parse_days(fields[3], fields[5])?,
            months: Values::parse(fields[4], &MONTH)?,
            years: match fields.get(6) {
                Some(years) => Values::parse(years, &YEAR)?,
                None => Values::all(&YEAR),
            },
        })
    }
}

fn parse_days(of_month: &str, of_week: &str) -> Result<Days, CronError> {
    match (of_month, of_week) {
        ("?", "?") => Err(DAY_OF_WEEK.error("only one of the two day fields may be '?'")),
        ("?", of_week) => parse_days_of_week(of_week),
        (of_month, "?") => parse_days_of_month(of_month),
        _ => Err(DAY_OF_WEEK.error("one of the two day fields must be '?'")),
    }
}

fn parse_days_of_month(text: &str) -> Result<Days, CronError> {
    let domain = &DAY_OF_MONTH;
    if let Some(rest) = text.strip_prefix('L') {
        let (rest, on_weekday) = strip_weekday(rest);
        let days_before = match rest.strip_prefix('-') {
            None if rest.is_empty() => 0,
            Some(days) => digits(days)
                .filter(|days| *days <= 30)
                .ok_or_else(|| domain.error(format!("'{days}' is not a number of days from 0 to 30")))?,
            None => return Err(domain.error(format!("'{text}' is not understood after L"))),
        };
        return Ok(Days::FromMonthEnd { days_before, on_weekday });
    }
    refuse_in_list(text, &['L', 'W'], domain)?;
    match strip_weekday(text) {
        (day, true) => Ok(Days::NearestWeekday(domain.value(day)?)),
        (_, false) => Ok(Days::OfMonth(Values::parse(text, domain)?)),
    }
}

fn strip_weekday(text: &str) -> (&str, bool) {
    match text.strip_suffix('W') {
        Some(rest) => (rest, true),
        None => (text, false),
    }
}

fn parse_days_of_week(text: &str) -> Result<Days, CronError> {
    let domain = &DAY_OF_WEEK;
    if text == "L" {
        return Ok(Days::OfWeek(Values::parse("SAT", domain)?));
    }
    refuse_in_list(text, &['#'], domain)?;
    if let Some((weekday, nth)) = text.split_once('#') {
        let nth = digits(nth)
            .filter(|nth| (1..=5).contains(nth))
            .ok_or_else(|| domain.error(format!("'{nth}' is not a week from 1 to 5")))?;
        return Ok(Days::NthOfWeekday { weekday: domain.value(weekday)?, nth });
    }
    if text.split(',').any(|part| part.ends_with('L')) {
        let weekday = text.strip_suffix('L').filter(|rest| !rest.contains(','));
        let weekday = weekday.ok_or_else(|| domain.error("L cannot stand in a list"))?;
        return Ok(Days::LastOfWeekday(domain.value(weekday)?));
    }
    Ok(Days::OfWeek(Values::parse(text, domain)?))
}

/// Quartz keeps one flag for the whole field, so in a list these letters would mean something else than
/// they say.
fn refuse_in_list(text: &str, letters: &[char], domain: &Domain) -> Result<(), CronError> {
    if text.contains(',') && text.contains(letters) {
        return Err(domain.error("L, W and # cannot stand in a list"));
    }
    Ok(())
}
