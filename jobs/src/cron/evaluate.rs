//! When an expression fires next.
//!
//! Local times are walked in order and each is turned into an instant. A local time that the zone skips in
//! spring does not fire; one that it passes twice in autumn fires at the later instant. That is what Quartz
//! does, and since every local time has at most one instant, the instants come in order too.

use jiff::civil::{Date, DateTime, Weekday};
use jiff::tz::{AmbiguousOffset, TimeZone};
use muster_core::Timestamp;

use super::{Cron, Days};

impl Cron {
    /// The first instant after `after` at which the expression fires in `zone`; `None` if it never does
    /// again.
    pub fn next_after(&self, after: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let instant = jiff::Timestamp::from_second(after.seconds()).ok()?;
        let local = zone.to_datetime(instant);
        let start = local.date();
        for year in self.years.from(u32::try_from(start.year()).ok()?) {
            for month in self.months.from(1) {
                let mut day = Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, 1).ok()?;
                let end = day.last_of_month();
                while day <= end {
                    if day >= start && self.days.contain(day) {
                        let earliest = if day == start { Some(local) } else { None };
                        if let Some(found) = self.first_of_day(day, earliest, after, zone) {
                            return Some(found);
                        }
                    }
                    day = day.tomorrow().ok()?;
                }
            }
        }
        None
    }

    /// The first firing on `day`, later than the local time `past` if there is one.
    fn first_of_day(
        &self,
        day: Date,
        past: Option<DateTime>,
        after: Timestamp,
        zone: &TimeZone,
    ) -> Option<Timestamp> {
        let from_hour = past.map_or(0, |past| past.hour() as u32);
        for hour in self.hours.from(from_hour) {
            for minute in self.minutes.from(0) {
                for second in self.seconds.from(0) {
                    let local = day.at(hour as i8, minute as i8, second as i8, 0);
                    if past.is_some_and(|past| local <= past) {
                        continue;
                    }
                    match instant_of(local, zone) {
                        Some(instant) if instant > after => return Some(instant),
                        _ => {}
                    }
                }
            }
        }
        None
    }
}

fn instant_of(local: DateTime, zone: &TimeZone) -> Option<Timestamp> {
    let offset = match zone.to_ambiguous_timestamp(local).offset() {
        AmbiguousOffset::Unambiguous { offset } => offset,
        AmbiguousOffset::Fold { after, .. } => after,
        AmbiguousOffset::Gap { .. } => return None,
    };
    let instant = offset.to_timestamp(local).ok()?;
    Some(Timestamp::from_millis(instant.as_millisecond()))
}

impl Days {
    fn contain(&self, date: Date) -> bool {
        let day = date.day() as u32;
        let last = date.days_in_month() as u32;
        match self {
            Self::OfMonth(days) => days.contains(day),
            Self::FromMonthEnd { days_before, on_weekday } => match last.checked_sub(*days_before) {
                None | Some(0) => false,
                Some(wanted) if *on_weekday => day == nearest_weekday(date, wanted, last),
                Some(wanted) => day == wanted,
            },
            // As in Quartz: where the day after the month's last is wanted and is a Saturday, the Friday before it.
            Self::NearestWeekday(wanted) if *wanted == last + 1 => {
                day == last && date.weekday() == Weekday::Friday
            }
            Self::NearestWeekday(wanted) => *wanted <= last && day == nearest_weekday(date, *wanted, last),
            Self::OfWeek(weekdays) => weekdays.contains(weekday_number(date.weekday())),
            Self::LastOfWeekday(weekday) => weekday_number(date.weekday()) == *weekday && day + 7 > last,
            Self::NthOfWeekday { weekday, nth } => {
                weekday_number(date.weekday()) == *weekday && day.div_ceil(7) == *nth
            }
        }
    }
}

/// The weekday nearest to the `wanted` day of `month`, without leaving the month.
fn nearest_weekday(month: Date, wanted: u32, last: u32) -> u32 {
    let Ok(date) = Date::new(month.year(), month.month(), wanted as i8) else { return wanted };
    match date.weekday() {
        Weekday::Saturday if wanted == 1 => wanted + 2,
        Weekday::Saturday => wanted - 1,
        Weekday::Sunday if wanted == last => wanted - 2,
        Weekday::Sunday => wanted + 1,
        _ => wanted,
    }
}

/// Quartz counts weekdays from Sunday = 1.
fn weekday_number(weekday: Weekday) -> u32 {
    weekday.to_sunday_one_offset() as u32
}
