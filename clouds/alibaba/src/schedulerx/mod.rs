//! SchedulerX, API version 2019-04-30: the operations that the table names.
//!
//! Rules live in the features; here are the vendor's words for them. An answer has status 200 whether the
//! operation worked or not; `Success` and `Code` tell.

mod answer;
mod app_group;
mod calendar;
mod catalogue;
mod describe_regions;
mod error;
mod get_overview;
mod instance;
mod job;
mod namespace;
mod notification_policy;
mod permission;
mod route_strategy;
mod worker;
mod workflow;

use std::sync::Arc;

use jiff::tz::TimeZone;
use muster_jobs::{app_groups, instances, job as jobs, logs, workflows};
use muster_wire::{Api, Entry, operations};

use crate::rpc::envelope::Document;
use crate::rpc::{Call, Product};

pub use catalogue::CATALOGUE;
pub use error::Refusal;
pub use worker::Workers;

/// The API.
#[derive(Debug)]
pub struct SchedulerX;

/// The features that SchedulerX stands on.
#[derive(Clone, Debug)]
pub struct Services {
    /// Application groups.
    pub app_groups: Arc<app_groups::Service>,
    /// Jobs.
    pub jobs: Arc<jobs::Service>,
    /// What jobs do.
    pub instances: Arc<instances::Service>,
    /// Workflows of jobs.
    pub workflows: Arc<workflows::Service>,
    /// What their runs print.
    pub logs: logs::Service,
    /// The workers that are connected.
    pub workers: Workers,
    /// From which load on they count as busy.
    pub busy_limits: instances::BusyLimits,
    /// Who was granted which group.
    pub identity: Arc<muster_identity::Service>,
    /// In which zone times are written.
    pub zone: TimeZone,
}

impl Api for SchedulerX {
    const NAME: &'static str = "SchedulerX";
    type Request = Call;
    type Response = Document;
    type Error = Refusal;
    type Services = Services;
}

impl Product for SchedulerX {
    const VERSION: &'static str = "2019-04-30";
    const CODE: &'static str = "schedulerx2";

    fn operations() -> &'static [Entry<Self>] {
        OPERATIONS
    }
}

/// What is served.
pub const OPERATIONS: &[Entry<SchedulerX>] = operations![
    SchedulerX;
    namespace::CreateNamespace,
    namespace::ListNamespaces,
    namespace::UpdateNamespace,
    namespace::DeleteNamespace,
    app_group::CreateAppGroup,
    app_group::GetAppGroup,
    app_group::UpdateAppGroup,
    app_group::DeleteAppGroup,
    app_group::ListGroups,
    job::CreateJob,
    job::UpdateJob,
    job::GetJobInfo,
    job::ListJobs,
    job::DeleteJob,
    job::EnableJob,
    job::DisableJob,
    job::BatchEnableJobs,
    job::BatchDisableJobs,
    job::BatchDeleteJobs,
    job::ExecuteJob,
    job::RerunJob,
    job::UpdateJobScript,
    job::ListJobScriptHistory,
    job::ManageSchedulerxJobSync,
    instance::GetJobInstanceList,
    instance::GetJobInstance,
    instance::StopInstance,
    instance::RetryJobInstance,
    instance::SetJobInstanceSuccess,
    instance::GetLog,
    workflow::CreateWorkflow,
    workflow::UpdateWorkflow,
    workflow::UpdateWorkflowDag,
    workflow::GetWorkFlow,
    workflow::ListWorkFlows,
    workflow::EnableWorkflow,
    workflow::DisableWorkflow,
    workflow::DeleteWorkflow,
    workflow::ExecuteWorkflow,
    workflow::ListWorkflowInstance,
    workflow::GetWorkflowInstance,
    workflow::SetWfInstanceSuccess,
    worker::GetWorkerList,
    worker::DesignateWorkers,
    worker::ReadSchedulerxDesignateInfo,
    worker::ReadSchedulerxDesignateDetail,
    route_strategy::CreateRouteStrategy,
    route_strategy::DeleteRouteStrategy,
    route_strategy::BatchDeleteRouteStrategy,
    calendar::CreateSchedulerxCalendar,
    calendar::ManageSchedulerxCalendar,
    calendar::ReadSchedulerxCalendar,
    calendar::DeleteSchedulerxCalendar,
    notification_policy::CreateSchedulerxNotificationPolicy,
    notification_policy::ManageSchedulerxNotificationPolicy,
    notification_policy::ReadSchedulerxNotificationPolicy,
    notification_policy::DeleteSchedulerxNotificationPolicy,
    permission::GrantPermission,
    permission::RevokePermission,
    get_overview::GetOverview,
    describe_regions::DescribeRegions,
];
