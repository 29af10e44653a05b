//! Calendars: the days on which jobs run, of the whole account.

mod create;
mod delete;
mod manage;
mod read;

use crate::rpc::Parameters;
use crate::schedulerx::Refusal;

pub(super) use create::CreateSchedulerxCalendar;
pub(super) use delete::DeleteSchedulerxCalendar;
pub(super) use manage::ManageSchedulerxCalendar;
pub(super) use read::ReadSchedulerxCalendar;

/// The year of a calendar, as requests name it.
struct Target {
    name: String,
    year: i64,
}

impl Target {
    /// Reads both, and that a region is named.
    fn decode(parameters: &Parameters) -> Result<Self, Refusal> {
        let name = parameters.required("CalendarName")?.to_owned();
        parameters.required("Year")?;
        parameters.required("RegionId")?;
        Ok(Self { name, year: parameters.integer("Year")?.unwrap_or_default() })
    }
}
