//! Workers, and which of them a job may use.

mod designate_workers;
mod get_worker_list;
mod read_designation;

use std::fmt;
use std::sync::Arc;

use muster_jobs::designations::DesignateKind;
use muster_jobs::link::WorkerLink;

use crate::schedulerx::Refusal;

pub(super) use designate_workers::DesignateWorkers;
pub(super) use get_worker_list::GetWorkerList;
pub(super) use read_designation::{ReadSchedulerxDesignateDetail, ReadSchedulerxDesignateInfo};

/// The workers that are connected.
#[derive(Clone)]
pub struct Workers(pub Arc<dyn WorkerLink>);

impl fmt::Debug for Workers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Workers")
    }
}

fn kind(number: i64) -> Result<DesignateKind, Refusal> {
    match number {
        1 => Ok(DesignateKind::Worker),
        2 => Ok(DesignateKind::Label),
        _ => Err(Refusal::out_of_domain("DesignateType", "1 (workers) and 2 (labels) are allowed")),
    }
}
