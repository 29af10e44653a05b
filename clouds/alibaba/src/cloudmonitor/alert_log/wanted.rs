//! What all questions about the log have in common.

use muster_alarms::{Delivery, Gap, Level, NoticeFilter, NoticeKind, State};
use muster_core::Timestamp;

use crate::cloudmonitor::{Refusal, time};
use crate::rpc::Parameters;

const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 86_400_000;
/// Without times, the minutes that are looked at.
const MINUTES: i64 = 15;
/// The longest span of one question.
const LONGEST_MS: i64 = 15 * DAY_MS;
/// The log goes back so far.
const OLDEST_MS: i64 = 365 * DAY_MS;

/// A question about the log, before the present instant is known.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    filter: NoticeFilter,
    span: Option<(Timestamp, Timestamp)>,
    minutes: i64,
    nothing: bool,
}

impl Wanted {
    /// Reads the filters that the log's operations share.
    pub(super) fn read(parameters: &Parameters) -> Result<Self, Refusal> {
        let text = |name: &str| parameters.word(name).map(str::to_owned);
        let mut nothing = parameters.word("SourceType").is_some_and(|source| source != "METRIC");
        let deliveries = match parameters.word("SendStatus") {
            None => Vec::new(),
            Some("0") => vec![Delivery::Told],
            Some("1") => vec![Delivery::Gap(Gap::Hours)],
            Some("2") => vec![Delivery::Gap(Gap::Repeat)],
            // Hosts that restart are not told apart here.
            Some("3") => {
                nothing = true;
                Vec::new()
            }
            Some("4") => vec![masked(), Delivery::Nobody],
            Some(_) => return Err(Refusal::illegal("SendStatus", "must be 0, 1, 2, 3 or 4")),
        };
        let after = match parameters.word("Level") {
            None => Vec::new(),
            Some("P2" | "CRITICAL") => vec![State::Alarm(Level::Critical)],
            Some("P3" | "WARN") => vec![State::Alarm(Level::Major)],
            Some("P4" | "INFO") => vec![State::Alarm(Level::Minor), State::Alarm(Level::Info)],
            Some("OK") => vec![State::Ok],
            Some(_) => return Err(Refusal::illegal("Level", "must be P2, P3, P4 or OK")),
        };
        let kinds = match parameters.word("EventType") {
            None => Vec::new(),
            Some("TRIGGERED") => {
                vec![NoticeKind::Began, NoticeKind::GoesOn, NoticeKind::LevelChanged, NoticeKind::NoData]
            }
            Some("RESOLVED") => vec![NoticeKind::Recovered],
            Some(_) => return Err(Refusal::illegal("EventType", "must be TRIGGERED or RESOLVED")),
        };
        let minutes = parameters.integer("LastMin")?.unwrap_or(MINUTES);
        if !(1..=LONGEST_MS / MINUTE_MS).contains(&minutes) {
            return Err(Refusal::illegal("LastMin", "must be between 1 and 21600"));
        }
        Ok(Self {
            filter: NoticeFilter {
                keys: text("RuleId").into_iter().collect(),
                name_contains: text("RuleName"),
                namespace: text("Namespace"),
                product: parameters.word("Product").map(product),
                metric: text("MetricName"),
                group_id: parameters.integer("GroupId")?,
                contact_group: text("ContactGroup"),
                after,
                kinds,
                deliveries,
                text: text("SearchKey"),
                ..NoticeFilter::default()
            },
            span: span(parameters)?,
            minutes,
            nothing,
        })
    }

    /// The filter and the span as they are at `now`; none where no row can fit.
    pub(super) fn at(&self, now: Timestamp) -> Option<(NoticeFilter, Timestamp, Timestamp)> {
        let (from, to) = self.span.unwrap_or((now.plus_ms(-self.minutes * MINUTE_MS), now.plus_ms(1)));
        let from = from.max(now.plus_ms(-OLDEST_MS));
        let filter = NoticeFilter { from: Some(from), to: Some(to), ..self.filter.clone() };
        (!self.nothing && from < to).then_some((filter, from, to))
    }
}

/// Any mask: filters do not look at which it was.
fn masked() -> Delivery {
    Delivery::Masked { mask_id: 0, key: String::new(), name: String::new() }
}

/// A product is written `ECS` or `acs_ecs`.
fn product(word: &str) -> String {
    let keyword = word.strip_prefix("acs_").unwrap_or(word);
    format!("acs_{}", keyword.to_ascii_lowercase())
}

fn span(parameters: &Parameters) -> Result<Option<(Timestamp, Timestamp)>, Refusal> {
    let (from, to) = (time::instant(parameters, "StartTime")?, time::instant(parameters, "EndTime")?);
    match (from, to) {
        (None, None) => Ok(None),
        (Some(from), Some(to)) if from >= to => Err(Refusal::illegal("EndTime", "must be after StartTime")),
        (Some(from), Some(to)) if to.since(from) > LONGEST_MS => {
            Err(Refusal::illegal("EndTime", "must be within 15 days of StartTime"))
        }
        (Some(from), Some(to)) => Ok(Some((from, to))),
        (None, Some(_)) => Err(Refusal::illegal("StartTime", "is needed with EndTime")),
        (Some(_), None) => Err(Refusal::illegal("EndTime", "is needed with StartTime")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Wanted, Refusal> {
        Wanted::read(&Parameters::from_pairs(text.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
            let (name, value) = pair.split_once('=').unwrap();
            (name.to_owned(), value.to_owned())
        })))
    }

    const NOW: i64 = 1_768_465_800_000;

    fn at(text: &str) -> Option<(i64, i64)> {
        let found = read(text).unwrap().at(Timestamp::from_millis(NOW));
        found.map(|(_, from, to)| (from.millis() - NOW, to.millis() - NOW))
    }

    #[test]
    fn spans() {
        assert_eq!(at(""), Some((-900_000, 1)));
        assert_eq!(at("LastMin=60"), Some((-3_600_000, 1)));
        let span = format!("StartTime={}&EndTime={}", NOW - 1_000, NOW);
        assert_eq!(at(&span), Some((-1_000, 0)));
        // More than a year ago nothing is kept.
        assert_eq!(at("StartTime=1600000000000&EndTime=1600000001000"), None);
        assert_eq!(at("SendStatus=3"), None);
        assert_eq!(at("SourceType=EVENT"), None);
        for wrong in [
            "StartTime=1768465800000",
            "EndTime=1768465800000",
            "StartTime=1768465800000&EndTime=1768465800000",
            "StartTime=1768465800000&EndTime=1769848200000",
            "LastMin=0",
            "SendStatus=5",
            "Level=P1",
            "EventType=x",
            "GroupId=x",
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn products() {
        for word in ["ECS", "ecs", "acs_ecs"] {
            assert_eq!(product(word), "acs_ecs");
        }
    }
}
