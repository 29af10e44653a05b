//! Every operation of the API, served or not: the coverage page is made from it.

/// The names, family by family.
pub const CATALOGUE: &[&str] = &[
    // Namespace
    "CreateNamespace",
    "ListNamespaces",
    "UpdateNamespace",
    "DeleteNamespace",
    // Application group
    "CreateAppGroup",
    "GetAppGroup",
    "UpdateAppGroup",
    "DeleteAppGroup",
    "ListGroups",
    // Job
    "CreateJob",
    "UpdateJob",
    "DeleteJob",
    "GetJobInfo",
    "ListJobs",
    "EnableJob",
    "DisableJob",
    "BatchEnableJobs",
    "BatchDisableJobs",
    "BatchDeleteJobs",
    "ExecuteJob",
    "RerunJob",
    "UpdateJobScript",
    "ListJobScriptHistory",
    "ManageSchedulerxJobSync",
    // Job instance
    "GetJobInstanceList",
    "GetJobInstance",
    "StopInstance",
    "RetryJobInstance",
    "SetJobInstanceSuccess",
    // Workflow
    "CreateWorkflow",
    "UpdateWorkflow",
    "UpdateWorkflowDag",
    "GetWorkFlow",
    "ListWorkFlows",
    "EnableWorkflow",
    "DisableWorkflow",
    "DeleteWorkflow",
    "ExecuteWorkflow",
    "ListWorkflowInstance",
    "GetWorkflowInstance",
    "SetWfInstanceSuccess",
    // Worker
    "GetWorkerList",
    "DesignateWorkers",
    "ReadSchedulerxDesignateInfo",
    "ReadSchedulerxDesignateDetail",
    // Route strategy
    "CreateRouteStrategy",
    "DeleteRouteStrategy",
    "BatchDeleteRouteStrategy",
    // Calendar
    "CreateSchedulerxCalendar",
    "ManageSchedulerxCalendar",
    "ReadSchedulerxCalendar",
    "DeleteSchedulerxCalendar",
    // Notification policy
    "CreateSchedulerxNotificationPolicy",
    "ManageSchedulerxNotificationPolicy",
    "ReadSchedulerxNotificationPolicy",
    "DeleteSchedulerxNotificationPolicy",
    // Permission
    "GrantPermission",
    "RevokePermission",
    // Log, overview, regions
    "GetLog",
    "GetOverview",
    "DescribeRegions",
];
