//! Workers, and which of them a job may use.

mod designate_workers;
mod get_worker_list;
mod read_designation;

use muster_jobs::designations::DesignateKind;

use crate::schedulerx::Refusal;

pub use muster_jobs::link::Workers;

pub(super) use designate_workers::DesignateWorkers;
pub(super) use get_worker_list::GetWorkerList;
pub(super) use read_designation::{ReadSchedulerxDesignateDetail, ReadSchedulerxDesignateInfo};

fn kind(number: i64) -> Result<DesignateKind, Refusal> {
    match number {
        1 => Ok(DesignateKind::Worker),
        2 => Ok(DesignateKind::Label),
        _ => Err(Refusal::out_of_domain("DesignateType", "1 (workers) and 2 (labels) are allowed")),
    }
}
