//! All operations of the API.

use muster_wire::{Coverage, Entry, Served, operations};

use crate::access_keys::{ChangeAccessKeyState, CreateAccessKey, DeleteAccessKey, QueryAccessKey};
use crate::api::ZStack;
use crate::platform::{
    GetPlatformTimeZone, QueryAccount, QueryBackupStorage, QueryHost, QueryImageStoreBackupStorage,
    QueryVmInstance, QueryVolume, QueryVolumeSnapshot, QueryZone,
};
use crate::route::OPEN_CALLS;
use crate::scheduler::group::create::CreateSchedulerJobGroup;
use crate::scheduler::group::delete::DeleteSchedulerJobGroup;
use crate::scheduler::group::members::{
    AddSchedulerJobsToSchedulerJobGroup, RemoveSchedulerJobsFromSchedulerJobGroup,
};
use crate::scheduler::group::query::QuerySchedulerJobGroup;
use crate::scheduler::group::update::UpdateSchedulerJobGroup;
use crate::scheduler::history::{GetSchedulerExecutionReport, QuerySchedulerJobHistory};
use crate::scheduler::job::candidates::GetNoTriggerSchedulerJobs;
use crate::scheduler::job::change_state::ChangeSchedulerState;
use crate::scheduler::job::create::CreateSchedulerJob;
use crate::scheduler::job::delete::DeleteSchedulerJob;
use crate::scheduler::job::query::QuerySchedulerJob;
use crate::scheduler::job::update::UpdateSchedulerJob;
use crate::scheduler::link::group_trigger::{
    AddSchedulerJobGroupToSchedulerTrigger, RemoveSchedulerJobGroupFromSchedulerTrigger,
};
use crate::scheduler::link::job_trigger::{
    AddSchedulerJobToSchedulerTrigger, RemoveSchedulerJobFromSchedulerTrigger,
};
use crate::scheduler::trigger::available::GetAvailableTriggers;
use crate::scheduler::trigger::create::CreateSchedulerTrigger;
use crate::scheduler::trigger::delete::DeleteSchedulerTrigger;
use crate::scheduler::trigger::query::QuerySchedulerTrigger;
use crate::scheduler::trigger::run::RunSchedulerTrigger;
use crate::scheduler::trigger::update::UpdateSchedulerTrigger;
use crate::sessions::RenewSession;
use crate::tags::{
    AttachTagToResources, CreateSystemTag, CreateTag, CreateUserTag, DeleteTag, DetachTagFromResources,
    QuerySystemTag, QueryTag, QueryUserTag,
};

/// What is served with a session or an access key.
pub static OPERATIONS: &[Entry<ZStack>] = operations![
    ZStack;
    CreateSchedulerJobGroup,
    UpdateSchedulerJobGroup,
    DeleteSchedulerJobGroup,
    QuerySchedulerJobGroup,
    AddSchedulerJobsToSchedulerJobGroup,
    RemoveSchedulerJobsFromSchedulerJobGroup,
    AddSchedulerJobGroupToSchedulerTrigger,
    RemoveSchedulerJobGroupFromSchedulerTrigger,
    CreateSchedulerJob,
    UpdateSchedulerJob,
    DeleteSchedulerJob,
    QuerySchedulerJob,
    ChangeSchedulerState,
    GetNoTriggerSchedulerJobs,
    CreateSchedulerTrigger,
    UpdateSchedulerTrigger,
    DeleteSchedulerTrigger,
    QuerySchedulerTrigger,
    RunSchedulerTrigger,
    GetAvailableTriggers,
    AddSchedulerJobToSchedulerTrigger,
    RemoveSchedulerJobFromSchedulerTrigger,
    QuerySchedulerJobHistory,
    GetSchedulerExecutionReport,
    RenewSession,
    CreateAccessKey,
    QueryAccessKey,
    DeleteAccessKey,
    ChangeAccessKeyState,
    CreateUserTag,
    CreateSystemTag,
    QueryUserTag,
    QuerySystemTag,
    DeleteTag,
    CreateTag,
    QueryTag,
    AttachTagToResources,
    DetachTagFromResources,
    GetPlatformTimeZone,
    QueryAccount,
    QueryZone,
    QueryHost,
    QueryVmInstance,
    QueryVolume,
    QueryVolumeSnapshot,
    QueryBackupStorage,
    QueryImageStoreBackupStorage,
];

/// The operations that the contract lists: the scheduler's, then those of other parts that its clients need,
/// served or not.
const CONTRACT: [&str; 70] = [
    "CreateSchedulerJobGroup",
    "UpdateSchedulerJobGroup",
    "DeleteSchedulerJobGroup",
    "QuerySchedulerJobGroup",
    "AddSchedulerJobsToSchedulerJobGroup",
    "RemoveSchedulerJobsFromSchedulerJobGroup",
    "AddSchedulerJobGroupToSchedulerTrigger",
    "RemoveSchedulerJobGroupFromSchedulerTrigger",
    "CreateSchedulerJob",
    "UpdateSchedulerJob",
    "DeleteSchedulerJob",
    "QuerySchedulerJob",
    "ChangeSchedulerState",
    "GetNoTriggerSchedulerJobs",
    "CreateSchedulerTrigger",
    "UpdateSchedulerTrigger",
    "DeleteSchedulerTrigger",
    "QuerySchedulerTrigger",
    "RunSchedulerTrigger",
    "GetAvailableTriggers",
    "AddSchedulerJobToSchedulerTrigger",
    "RemoveSchedulerJobFromSchedulerTrigger",
    "QuerySchedulerJobHistory",
    "GetSchedulerExecutionReport",
    "RenewSession",
    "CreateAccessKey",
    "QueryAccessKey",
    "DeleteAccessKey",
    "ChangeAccessKeyState",
    "CreateUserTag",
    "CreateSystemTag",
    "QueryUserTag",
    "QuerySystemTag",
    "DeleteTag",
    "CreateTag",
    "QueryTag",
    "AttachTagToResources",
    "DetachTagFromResources",
    "GetPlatformTimeZone",
    "QueryAccount",
    "QueryZone",
    "QueryHost",
    "QueryVmInstance",
    "QueryVolume",
    "QueryVolumeSnapshot",
    "QueryBackupStorage",
    "QueryImageStoreBackupStorage",
    "CreateVolumeBackup",
    "CreateVmBackup",
    "QueryVolumeBackup",
    "DeleteVolumeBackup",
    "DeleteVmBackup",
    "RevertVolumeFromVolumeBackup",
    "RevertVmFromVmBackup",
    "CreateDataVolumeFromVolumeBackup",
    "CreateVmFromVmBackup",
    "SyncVolumeBackup",
    "SyncVmBackup",
    "CreateDatabaseBackup",
    "QueryDatabaseBackup",
    "DeleteDatabaseBackup",
    "RecoverDatabaseFromBackup",
    "ExportDatabaseBackupFromBackupStorage",
    "AddImageStoreBackupStorage",
    "CreateVolumeSnapshot",
    "CreateVolumeSnapshotGroup",
    "QueryVolumeSnapshotGroup",
    "DeleteVolumeSnapshot",
    "RevertVolumeFromSnapshot",
    "RevertVmFromSnapshotGroup",
];

/// How far the API is served.
pub fn coverage() -> Coverage {
    let mut coverage = Coverage::of(&CONTRACT, OPERATIONS);
    // Calls without a session are answered outside of the table.
    coverage.operations.extend(OPEN_CALLS.map(|name| (name, Some(Served::Yes))));
    coverage
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_served_stands_in_the_contract_once() {
        let coverage = coverage();
        assert_eq!(coverage.operations.len(), CONTRACT.len() + OPEN_CALLS.len());
        assert_eq!(coverage.count().0, OPERATIONS.len() + OPEN_CALLS.len());
    }

    #[test]
    fn permissions_are_named_after_their_operations() {
        for entry in OPERATIONS {
            assert_eq!(entry.permission, format!("zstack:{}", entry.name));
        }
    }
}
