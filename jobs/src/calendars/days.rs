//! Sets of days.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use muster_core::{Error, Result, Timestamp};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Month {
    month: i8,
    days: Vec<i8>,
}

/// The days of one year, as bits by month.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct YearDays(BTreeMap<i8, u32>);

impl YearDays {
    /// The years that may be spoken of, as with cron.
    pub(super) const YEARS: RangeInclusive<i64> = 1970..=2099;

    /// Monday to Friday.
    pub(super) fn weekdays(year: i64) -> Self {
        let mut bits: BTreeMap<i8, u32> = BTreeMap::new();
        let first = i16::try_from(year).ok().and_then(|year| Date::new(year, 1, 1).ok());
        let days = std::iter::successors(first, |day| day.tomorrow().ok());
        for day in days.take_while(|day| i64::from(day.year()) == year).filter(|day| !is_weekend(*day)) {
            *bits.entry(day.month()).or_default() |= 1 << day.day();
        }
        Self(bits)
    }

    pub(super) fn parse(year: i64, text: &str) -> Result<Self> {
        let refuse = |why: String| Error::invalid("days", why);
        let year =
            Some(year).filter(|year| Self::YEARS.contains(year)).and_then(|year| i16::try_from(year).ok());
        let year = year.ok_or_else(|| Error::invalid("year", "it is not between 1970 and 2099"))?;
        let months: Vec<Month> = serde_json::from_str(text)
            .map_err(|why| refuse(format!("they are not a list of months: {why}")))?;
        let mut bits = BTreeMap::new();
        for Month { month, days } in months {
            let of_month: &mut u32 = bits.entry(month).or_default();
            if Date::new(year, month, 1).is_err() {
                return Err(refuse(format!("{month} is no month")));
            }
            for day in days {
                Date::new(year, month, day)
                    .map_err(|_| refuse(format!("{year}-{month} has no day {day}")))?;
                *of_month |= 1 << day;
            }
        }
        Ok(Self(bits))
    }

    /// These days, with those of `other` in the months of which it speaks.
    pub(super) fn with(mut self, other: &Self) -> Self {
        self.0.extend(&other.0);
        self
    }

    pub(super) fn to_json(&self) -> String {
        let months: Vec<Month> = self
            .0
            .iter()
            .map(|(month, bits)| Month {
                month: *month,
                days: (1..=31).filter(|day| bits & (1 << day) != 0).collect(),
            })
            .collect();
        serde_json::json!(months).to_string()
    }

    fn holds(&self, day: Date) -> bool {
        self.0.get(&day.month()).is_some_and(|bits| bits & (1 << day.day()) != 0)
    }
}

/// The days of all years of a calendar.
#[derive(Clone, Debug)]
pub(crate) struct Days {
    years: BTreeMap<i64, YearDays>,
    weekdays_elsewhere: bool,
}

impl Days {
    /// `weekdays_elsewhere`: in a year of which it says nothing, Monday to Friday count; else no day.
    pub(super) fn new(years: Vec<(i64, String)>, weekdays_elsewhere: bool) -> Result<Self> {
        let years = years
            .into_iter()
            .map(|(year, months)| Ok((year, YearDays::parse(year, &months)?)))
            .collect::<Result<_>>()?;
        Ok(Self { years, weekdays_elsewhere })
    }

    /// Whether the day on which `at` falls in `zone` is one of them.
    pub(crate) fn hold(&self, at: Timestamp, zone: &TimeZone) -> bool {
        let Ok(at) = jiff::Timestamp::from_millisecond(at.millis()) else { return false };
        let day = zone.to_datetime(at).date();
        match self.years.get(&i64::from(day.year())) {
            Some(year) => year.holds(day),
            None => self.weekdays_elsewhere && !is_weekend(day),
        }
    }
}

fn is_weekend(day: Date) -> bool {
    matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday)
}
