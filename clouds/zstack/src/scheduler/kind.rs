//! The types of jobs, as the wire names them.

use muster_jobs::scheduled::JobKind;
use muster_jobs::scheduled::query::Operand;

use crate::error::{Code, Refusal};

/// Types that exist and that nothing here could ever run.
const WITHOUT_EXECUTOR: [&str; 4] = [
    "localRaidSelfTest",
    "runAutoScalingGroup",
    "cancelIAM2ProjectLoginExpired",
    "takeIAM2ProjectLoginExpired",
];

/// The type's name.
pub(super) const fn name(kind: JobKind) -> &'static str {
    match kind {
        JobKind::StartVm => "startVm",
        JobKind::StopVm => "stopVm",
        JobKind::RebootVm => "rebootVm",
        JobKind::VolumeSnapshot => "volumeSnapshot",
        JobKind::VolumeSnapshotGroup => "volumeSnapshotGroup",
        JobKind::VolumeBackup => "volumeBackup",
        JobKind::RootVolumeBackup => "rootVolumeBackup",
        JobKind::VmBackup => "vmBackup",
        JobKind::DatabaseBackup => "databaseBackup",
    }
}

/// The `jobClassName` that clients know for it.
pub(super) const fn class_name(kind: JobKind) -> &'static str {
    match kind {
        JobKind::StartVm => "org.zstack.scheduler.vm.StartVmInstanceJob",
        JobKind::StopVm => "org.zstack.scheduler.vm.StopVmInstanceJob",
        JobKind::RebootVm => "org.zstack.scheduler.vm.RebootVmInstanceJob",
        JobKind::VolumeSnapshot => "org.zstack.scheduler.snapshot.CreateVolumeSnapshotJob",
        JobKind::VolumeSnapshotGroup => "org.zstack.scheduler.snapshot.CreateVolumeSnapshotGroupJob",
        JobKind::VolumeBackup => "org.zstack.storage.backup.CreateVolumeBackupJob",
        JobKind::RootVolumeBackup => "org.zstack.storage.backup.CreateRootVolumeBackupJob",
        JobKind::VmBackup => "org.zstack.storage.backup.CreateVmBackupJob",
        JobKind::DatabaseBackup => "org.zstack.storage.backup.CreateDatabaseBackupJob",
    }
}

/// The type called `text`, exactly.
pub(super) fn read(text: &str) -> Result<JobKind, Refusal> {
    if let Some(kind) = JobKind::ALL.into_iter().find(|kind| name(*kind) == text) {
        return Ok(kind);
    }
    if WITHOUT_EXECUTOR.contains(&text) {
        let why = format!("type: nothing in this server can run jobs of the type '{text}'");
        return Err(Refusal::failed(Code::NotImplemented, why));
    }
    Err(unknown("type", text))
}

/// Whether a type of this name exists, run here or not.
pub(super) fn known(field: &str, text: &str) -> Result<(), Refusal> {
    if JobKind::ALL.into_iter().any(|kind| name(kind) == text) || WITHOUT_EXECUTOR.contains(&text) {
        return Ok(());
    }
    Err(unknown(field, text))
}

fn unknown(field: &str, text: &str) -> Refusal {
    let known: Vec<&str> = JobKind::ALL.into_iter().map(name).collect();
    Refusal::invalid(format!("the field '{field}' has the value '{text}', valid are {}", known.join(", ")))
}

/// The types by name, for queries.
pub(super) fn names() -> Vec<(String, Operand)> {
    choices(name)
}

/// The types by class name, for queries.
pub(super) fn class_names() -> Vec<(String, Operand)> {
    choices(class_name)
}

fn choices(word: fn(JobKind) -> &'static str) -> Vec<(String, Operand)> {
    let stored = |kind: JobKind| Operand::Text(kind.as_str().to_owned());
    JobKind::ALL.into_iter().map(|kind| (word(kind).to_owned(), stored(kind))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_exact_and_honest() {
        assert_eq!(read("vmBackup"), Ok(JobKind::VmBackup));
        let code = |text: &str| match read(text) {
            Err(Refusal::Failed(error)) => error.code.as_str(),
            _ => "",
        };
        assert_eq!(code("vmbackup"), "SYS.1007");
        assert_eq!(code("localRaidSelfTest"), "SYS.1014");
    }
}
