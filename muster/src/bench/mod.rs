//! Benches that anyone can repeat. Each checks the result that it reports: a number without its rows is no number.

mod api;
mod footprint;
mod groups;
mod jobs;
mod measure;
mod metrics;
mod moto;
mod rules;

pub use api::{Api, Report as ApiReport};
pub use footprint::{Footprint, Report as FootprintReport};
pub use groups::{Groups, Report as GroupsReport};
pub use jobs::{Burst, BurstReport, Runs, RunsReport, Schedules, SchedulesReport, Steady, SteadyReport};
pub(crate) use measure::flush_time;
pub use metrics::{Metrics, Report as MetricsReport};
pub use rules::{Report as RulesReport, Rules};

/// Why a bench has no result, or one that does not hold.
pub type Fault = String;
