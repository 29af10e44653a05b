//! Workflows and their instances.

mod create_workflow;
mod delete_workflow;
mod enable_workflow;
mod execute_workflow;
mod get_work_flow;
mod get_workflow_instance;
mod list_work_flows;
mod list_workflow_instance;
mod record;
mod set_wf_instance_success;
mod target;
mod update_workflow;
mod update_workflow_dag;
mod words;

pub(super) use create_workflow::CreateWorkflow;
pub(super) use delete_workflow::DeleteWorkflow;
pub(super) use enable_workflow::{DisableWorkflow, EnableWorkflow};
pub(super) use execute_workflow::ExecuteWorkflow;
pub(super) use get_work_flow::GetWorkFlow;
pub(super) use get_workflow_instance::GetWorkflowInstance;
pub(super) use list_work_flows::ListWorkFlows;
pub(super) use list_workflow_instance::ListWorkflowInstance;
pub(super) use set_wf_instance_success::SetWfInstanceSuccess;
pub(super) use update_workflow::UpdateWorkflow;
pub(super) use update_workflow_dag::UpdateWorkflowDag;
