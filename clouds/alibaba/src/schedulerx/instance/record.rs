//! An instance in the vendor's words and numbers.

use jiff::tz::TimeZone;
use muster_core::Timestamp;
use muster_jobs::instances::{Instance, State, Trigger};
use muster_jobs::job::TimeKind;
use serde_json::{Map, Value};

use crate::schedulerx::answer;

/// Who is said to have started what was due.
const TIMER: &str = "timer";

/// The members that both the list and the detail have. What is not known yet is absent.
pub(super) fn members(instance: &Instance, time: TimeKind, zone: &TimeZone) -> Map<String, Value> {
    let executor = if instance.executor.is_empty() { TIMER } else { &instance.executor };
    let mut members = Map::from_iter([
        ("InstanceId".to_owned(), instance.id.into()),
        ("JobId".to_owned(), instance.job.into()),
        ("Status".to_owned(), status(instance.state).into()),
        ("TimeType".to_owned(), time_type(time).into()),
        ("TriggerType".to_owned(), trigger_type(instance.trigger).into()),
        ("Executor".to_owned(), executor.into()),
        ("WorkAddr".to_owned(), instance.worker_address.as_str().into()),
        ("Progress".to_owned(), instance.progress.as_str().into()),
        ("Result".to_owned(), instance.result.as_str().into()),
    ]);
    let times: [(&str, Option<Timestamp>); 4] = [
        ("ScheduleTime", Some(instance.scheduled_at)),
        ("DataTime", Some(instance.data_at)),
        ("StartTime", instance.started_at),
        ("EndTime", instance.ended_at),
    ];
    for (name, at) in times {
        if let Some(at) = at {
            members.insert(name.to_owned(), answer::local_time(at, zone).into());
        }
    }
    members
}

/// The number of a state. What a worker has not answered to still waits, as far as clients are told; so does what
/// will be tried again, and a node that those before it keep from running. A node that is passed over counts as done.
pub(in crate::schedulerx) fn status(state: State) -> i64 {
    match state {
        State::Waiting | State::Submitted | State::Retrying | State::Held | State::Blocked => 1,
        State::Queued => 2,
        State::Running => 3,
        State::Success | State::Skipped => 4,
        State::Failed | State::Stopped => 5,
    }
}

/// The states that a number stands for: none for those that the vendor defines and that do not occur here, `None`
/// for those that it does not define.
pub(super) fn states(status: i64) -> Option<&'static [State]> {
    match status {
        1 => Some(&[State::Waiting, State::Submitted, State::Retrying, State::Held, State::Blocked]),
        2 => Some(&[State::Queued]),
        3 => Some(&[State::Running]),
        4 => Some(&[State::Success, State::Skipped]),
        5 => Some(&[State::Failed, State::Stopped]),
        0 | 6..=12 | 99 => Some(&[]),
        _ => None,
    }
}

fn time_type(time: TimeKind) -> i64 {
    match time {
        TimeKind::Cron => 1,
        TimeKind::FixedRate => 3,
        TimeKind::FixedDelay => 4,
        TimeKind::Once => 5,
        TimeKind::Api => 100,
        TimeKind::None => -1,
    }
}

fn trigger_type(trigger: Trigger) -> i64 {
    match trigger {
        Trigger::Schedule => 1,
        Trigger::Backfill => 2,
        Trigger::Api => 3,
        Trigger::Retry => 4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_finds_what_shows_its_number() {
        let found: Vec<State> = (0..=99).filter_map(states).flatten().copied().collect();
        assert_eq!(found.len(), 11);
        for number in 0..=99 {
            for state in states(number).unwrap_or_default() {
                assert_eq!(status(*state), number, "{state:?}");
            }
        }
        assert_eq!((states(13), states(-1)), (None, None));
    }
}
