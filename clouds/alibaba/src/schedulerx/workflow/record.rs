//! An instance of a workflow in the vendor's words and numbers.

use jiff::tz::TimeZone;
use muster_core::Timestamp;
use muster_jobs::workflows::WorkflowInstance;
use serde_json::{Map, Value};

use crate::schedulerx::answer;
use crate::schedulerx::instance::record::status;

/// The members that both the list and the detail have.
pub(super) fn members(instance: &WorkflowInstance, zone: &TimeZone) -> Map<String, Value> {
    let mut members = Map::from_iter([("Status".to_owned(), status(instance.state).into())]);
    let due = Some(instance.scheduled_at);
    insert_times(&mut members, [due, due, instance.started_at, instance.ended_at], zone);
    members
}

/// Adds when something was due, the time of its data, its start and its end; what is not known yet is absent.
pub(super) fn insert_times(members: &mut Map<String, Value>, times: [Option<Timestamp>; 4], zone: &TimeZone) {
    for (name, at) in ["ScheduleTime", "DataTime", "StartTime", "EndTime"].into_iter().zip(times) {
        if let Some(at) = at {
            members.insert(name.to_owned(), answer::local_time(at, zone).into());
        }
    }
}
