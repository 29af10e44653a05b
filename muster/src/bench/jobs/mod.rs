//! The benches of jobs: runs a second, bursts, steady load, many schedules.
//!
//! `ground` makes groups and jobs through the services, `workers` are worker processes as the server meets them, `ledger`
//! reads back what became of each due time. What is timed is the server as it is run: `burst`, `steady` and
//! `schedules` start a `muster serve` of their own, and their workers speak the protocol over TCP.

mod burst;
pub(super) mod ground;
mod ledger;
mod runs;
mod schedules;
mod steady;
mod workers;

pub use burst::{Burst, Report as BurstReport};
pub use runs::{Report as RunsReport, Runs};
pub use schedules::{Report as SchedulesReport, Schedules};
pub use steady::{Report as SteadyReport, Steady};
