//! One field of an expression: the set of values at which it matches.

use super::CronError;

/// What a field may hold, and how Quartz counts in it.
#[derive(Debug)]
pub(super) struct Domain {
    pub(super) name: &'static str,
    pub(super) min: u32,
    pub(super) max: u32,
    /// How far a range that wraps (`22-2`) goes round; `None` where that makes no sense.
    wrap: Option<u32>,
    /// The largest step that Quartz takes.
    max_step: u32,
    /// In full; the first three letters will do.
    names: &'static [&'static str],
}

pub(super) const SECOND: Domain =
    Domain { name: "second", min: 0, max: 59, wrap: Some(60), max_step: 59, names: &[] };
pub(super) const MINUTE: Domain =
    Domain { name: "minute", min: 0, max: 59, wrap: Some(60), max_step: 59, names: &[] };
pub(super) const HOUR: Domain =
    Domain { name: "hour", min: 0, max: 23, wrap: Some(24), max_step: 23, names: &[] };
pub(super) const DAY_OF_MONTH: Domain =
    Domain { name: "day of month", min: 1, max: 31, wrap: Some(31), max_step: 31, names: &[] };
pub(super) const MONTH: Domain = Domain {
    name: "month",
    min: 1,
    max: 12,
    wrap: Some(12),
    max_step: 12,
    names: &[
        "JANUARY",
        "FEBRUARY",
        "MARCH",
        "APRIL",
        "MAY",
        "JUNE",
        "JULY",
        "AUGUST",
        "SEPTEMBER",
        "OCTOBER",
        "NOVEMBER",
        "DECEMBER",
    ],
};
pub(super) const DAY_OF_WEEK: Domain = Domain {
    name: "day of week",
    min: 1,
    max: 7,
    wrap: Some(7),
    max_step: 7,
    names: &["SUNDAY", "MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY"],
};
pub(super) const YEAR: Domain =
    Domain { name: "year", min: 1970, max: 2099, wrap: None, max_step: 129, names: &[] };

impl Domain {
    pub(super) fn error(&self, why: impl Into<String>) -> CronError {
        CronError { field: self.name, why: why.into() }
    }

    /// A name in full, which stands alone: in ranges names have three letters.
    fn full_name(&self, text: &str) -> Option<u32> {
        self.names.iter().position(|name| *name == text).map(|index| self.min + index as u32)
    }

    /// One value: a number in range or, where the field has names, a name of three letters.
    pub(super) fn value(&self, text: &str) -> Result<u32, CronError> {
        if let Some(index) = self.names.iter().position(|name| name[..3] == *text) {
            return Ok(self.min + index as u32);
        }
        let number = digits(text).ok_or_else(|| self.error(format!("'{text}' is not a value")))?;
        if (self.min..=self.max).contains(&number) {
            Ok(number)
        } else {
            Err(self.error(format!("{number} is not between {} and {}", self.min, self.max)))
        }
    }
}

/// A number written with digits only: `parse` alone would also take a sign.
pub(super) fn digits(text: &str) -> Option<u32> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

/// The values of one field, ascending and without repetition. A sorted list rather than a bit set,
/// because years need 130 places and the lists are short.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Values(Vec<u32>);

impl Values {
    /// Reads a list such as `1,5-9/2,20/10`.
    pub(super) fn parse(text: &str, domain: &Domain) -> Result<Self, CronError> {
        let mut values = Vec::new();
        for part in text.split(',') {
            add_part(&mut values, part, domain)?;
        }
        values.sort_unstable();
        values.dedup();
        Ok(Self(values))
    }

    /// Every value of the field.
    pub(super) fn all(domain: &Domain) -> Self {
        Self((domain.min..=domain.max).collect())
    }

    pub(super) fn contains(&self, value: u32) -> bool {
        self.0.binary_search(&value).is_ok()
    }

    /// The values from `value` on.
    pub(super) fn from(&self, value: u32) -> impl Iterator<Item = u32> + '_ {
        let start = self.0.partition_point(|held| *held < value);
        self.0[start..].iter().copied()
    }
}

fn add_part(values: &mut Vec<u32>, part: &str, domain: &Domain) -> Result<(), CronError> {
    if let Some(value) = domain.full_name(part) {
        values.push(value);
        return Ok(());
    }
    let (range, step) = match part.split_once('/') {
        // After names Quartz overlooks a step.
        Some((range, step)) => (range, Some(parse_step(step, domain)?).filter(|_| !is_name(range))),
        None => (part, None),
    };
    // `/5` means `*/5`, and without an end a step of nothing is none.
    if range == "*" || (range.is_empty() && step.is_some()) {
        let step = step.filter(|step| *step > 0);
        return add_range(values, domain.min, domain.max, step.unwrap_or(1), domain);
    }
    let (start, end) = match range.split_once('-') {
        Some((from, to)) if is_name(from) == is_name(to) => (domain.value(from)?, Some(domain.value(to)?)),
        Some(_) => return Err(domain.error(format!("'{range}' mixes a name and a number"))),
        None => (domain.value(range)?, None),
    };
    match (end, step) {
        // A step of nothing never leaves its start.
        (None, None) | (_, Some(0)) => values.push(start),
        (None, Some(step)) => values.extend((start..=domain.max).step_by(step as usize)),
        (Some(end), step) => add_range(values, start, end, step.unwrap_or(1), domain)?,
    }
    Ok(())
}

fn is_name(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic())
}

fn add_range(
    values: &mut Vec<u32>,
    start: u32,
    end: u32,
    step: u32,
    domain: &Domain,
) -> Result<(), CronError> {
    if start <= end {
        values.extend((start..=end).step_by(step as usize));
        return Ok(());
    }
    let Some(wrap) = domain.wrap else {
        return Err(domain.error(format!("the range {start}-{end} runs backwards")));
    };
    for value in (start..=end + wrap).step_by(step as usize) {
        let turned = value % wrap;
        // Fields that count from 1 have no 0: a whole turn is their last value.
        values.push(if turned == 0 && domain.min == 1 { wrap } else { turned });
    }
    Ok(())
}

fn parse_step(text: &str, domain: &Domain) -> Result<u32, CronError> {
    let step = digits(text).ok_or_else(|| domain.error(format!("'{text}' is not a step")))?;
    if step > domain.max_step {
        return Err(domain.error(format!("a step of {step} is larger than the field")));
    }
    Ok(step)
}
