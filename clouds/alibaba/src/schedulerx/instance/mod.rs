//! Instances: single runs of jobs.

mod get_job_instance;
mod get_job_instance_list;
mod get_log;
pub(super) mod record;
mod retry_job_instance;
mod set_job_instance_success;
mod stop_instance;
mod target;

pub(super) use get_job_instance::GetJobInstance;
pub(super) use get_job_instance_list::GetJobInstanceList;
pub(super) use get_log::GetLog;
pub(super) use retry_job_instance::RetryJobInstance;
pub(super) use set_job_instance_success::SetJobInstanceSuccess;
pub(super) use stop_instance::StopInstance;
