//! Jobs.

mod batch;
mod create_job;
mod decode;
mod delete_job;
mod enable_job;
mod execute_job;
mod get_job_info;
mod info;
mod list_jobs;
mod target;
mod words;

pub(super) use batch::{BatchDeleteJobs, BatchDisableJobs, BatchEnableJobs};
pub(super) use create_job::CreateJob;
pub(super) use delete_job::DeleteJob;
pub(super) use enable_job::{DisableJob, EnableJob};
pub(super) use execute_job::ExecuteJob;
pub(super) use get_job_info::GetJobInfo;
pub(super) use list_jobs::ListJobs;
use target::Target;
