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
mod manage_schedulerx_job_sync;
mod rerun_job;
mod script;
mod target;
mod update_job;
mod words;

pub(super) use batch::{BatchDeleteJobs, BatchDisableJobs, BatchEnableJobs};
pub(super) use create_job::CreateJob;
pub(super) use delete_job::DeleteJob;
pub(super) use enable_job::{DisableJob, EnableJob};
pub(super) use execute_job::ExecuteJob;
pub(super) use get_job_info::GetJobInfo;
pub(super) use list_jobs::{ListJobs, positive};
pub(super) use manage_schedulerx_job_sync::ManageSchedulerxJobSync;
pub(super) use rerun_job::RerunJob;
pub(super) use script::{ListJobScriptHistory, UpdateJobScript};
use target::Target;
pub(super) use update_job::UpdateJob;
