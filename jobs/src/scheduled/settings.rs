//! Which settings a kind of job understands, and what they may say.
//!
//! The names are those of the API that these jobs came with, because unknown ones stand beside them and all
//! are shown as they were given. Unknown ones are kept and mean nothing.

use muster_core::{Error, Result};

use super::{JobKind, Settings};

/// The least bandwidth that may be asked for, in bytes a second.
const MIN_BANDWIDTH: i64 = 1024;

const BANDWIDTHS: [&str; 4] =
    ["networkWriteBandwidth", "networkReadBandwidth", "volumeReadBandwidth", "volumeWriteBandwidth"];

/// Puts `changes` over `settings`; an empty text removes the setting.
pub(super) fn merge(settings: &mut Settings, changes: &Settings) {
    for (name, value) in changes {
        if value.is_empty() {
            settings.remove(name);
        } else {
            settings.insert(name.clone(), value.clone());
        }
    }
}

/// What a new record keeps: an empty text is the same as none.
pub(super) fn given(settings: Settings) -> Settings {
    settings.into_iter().filter(|(_, value)| !value.is_empty()).collect()
}

/// Whether jobs of `kind` can work with `settings`.
pub(super) fn check(kind: JobKind, settings: &Settings) -> Result<()> {
    match kind {
        JobKind::VolumeSnapshot => positive(settings, "snapshotMaxNumber"),
        JobKind::VolumeSnapshotGroup => positive(settings, "snapshotGroupMaxNumber"),
        kind if kind.is_backup() => check_backup(kind, settings),
        _ => Ok(()),
    }
}

fn check_backup(kind: JobKind, settings: &Settings) -> Result<()> {
    match settings.get("backupStorageUuids") {
        // Other kinds fall back on the default storage.
        None if kind == JobKind::DatabaseBackup => {
            return Err(refused("backupStorageUuids", "needed: a database backup must be told its storage"));
        }
        None => {}
        Some(list) => {
            for id in list.split(',') {
                storage_id("backupStorageUuids", id)?;
            }
        }
    }
    retention(settings, "retentionType", "retentionValue")?;
    retention(settings, "remoteRetentionType", "remoteRetentionValue")?;
    match settings.get("remoteBackupStorageUuid") {
        Some(id) => storage_id("remoteBackupStorageUuid", id)?,
        None if settings.contains_key("remoteRetentionType") => {
            return Err(refused("remoteBackupStorageUuid", "needed where a remote retention is given"));
        }
        None => {}
    }
    if let Some(id) = settings.get("fullBackupTriggerUuid") {
        storage_id("fullBackupTriggerUuid", id)?;
    }
    for name in ["fullBackupRetentionValue", "remoteFullBackupRetentionValue", "bandWidth"] {
        positive(settings, name)?;
    }
    for name in BANDWIDTHS {
        if number(settings, name)?.is_some_and(|bandwidth| bandwidth < MIN_BANDWIDTH) {
            return Err(refused(name, format!("must be at least {MIN_BANDWIDTH} bytes a second")));
        }
    }
    Ok(())
}

/// Both or none: how to keep, and how many or how long.
fn retention(settings: &Settings, kind: &str, value: &str) -> Result<()> {
    match (settings.get(kind), settings.contains_key(value)) {
        (None, false) => Ok(()),
        (None, true) => Err(refused(kind, format!("needed where {value} is given"))),
        (Some(_), false) => Err(refused(value, format!("needed where {kind} is given"))),
        (Some(text), true) if matches!(text.as_str(), "Count" | "Days") => positive(settings, value),
        (Some(text), true) => Err(refused(kind, format!("'{text}' is neither Count nor Days"))),
    }
}

fn storage_id(name: &str, id: &str) -> Result<()> {
    if super::store::is_id(id) { Ok(()) } else { Err(refused(name, format!("'{id}' is not a uuid"))) }
}

fn positive(settings: &Settings, name: &str) -> Result<()> {
    match number(settings, name)? {
        Some(number) if number <= 0 => Err(refused(name, format!("{number} is not above 0"))),
        _ => Ok(()),
    }
}

fn number(settings: &Settings, name: &str) -> Result<Option<i64>> {
    let Some(text) = settings.get(name) else { return Ok(None) };
    match text.parse() {
        Ok(number) => Ok(Some(number)),
        Err(_) => Err(refused(name, format!("'{text}' is not a whole number"))),
    }
}

fn refused(name: &str, why: impl Into<String>) -> Error {
    Error::invalid(format!("settings.{name}"), why)
}

#[cfg(test)]
mod tests {
    use super::*;

    const STORAGE: &str = "0123456789abcdef0123456789abcdef";

    fn settings(pairs: &[(&str, &str)]) -> Settings {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    fn refused_field(kind: JobKind, pairs: &[(&str, &str)]) -> Option<String> {
        match check(kind, &settings(pairs)) {
            Ok(()) => None,
            Err(Error::Invalid { field, .. }) => field.strip_prefix("settings.").map(str::to_owned),
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn what_each_kind_refuses() {
        let storages = format!("{STORAGE},{STORAGE}");
        let remote = [("backupStorageUuids", STORAGE), ("remoteBackupStorageUuid", STORAGE)];
        type Pairs<'a> = &'a [(&'a str, &'a str)];
        let rows: &[(JobKind, Pairs<'_>, Option<&str>)] = &[
            (JobKind::StartVm, &[("retentionType", "odd")], None),
            (JobKind::VolumeSnapshot, &[("snapshotMaxNumber", "3"), ("colour", "blue")], None),
            (JobKind::VolumeSnapshot, &[("snapshotMaxNumber", "0")], Some("snapshotMaxNumber")),
            (JobKind::VolumeSnapshot, &[("snapshotMaxNumber", "three")], Some("snapshotMaxNumber")),
            (
                JobKind::VolumeSnapshotGroup,
                &[("snapshotGroupMaxNumber", "1.5")],
                Some("snapshotGroupMaxNumber"),
            ),
            (JobKind::VolumeBackup, &[], None),
            (JobKind::DatabaseBackup, &[], Some("backupStorageUuids")),
            (JobKind::DatabaseBackup, &[("backupStorageUuids", &storages)], None),
            (JobKind::VmBackup, &[("backupStorageUuids", "a,b")], Some("backupStorageUuids")),
            (JobKind::VmBackup, &[("retentionType", "Count")], Some("retentionValue")),
            (JobKind::VmBackup, &[("retentionValue", "3")], Some("retentionType")),
            (
                JobKind::VmBackup,
                &[("retentionType", "Weeks"), ("retentionValue", "3")],
                Some("retentionType"),
            ),
            (
                JobKind::VmBackup,
                &[("retentionType", "Days"), ("retentionValue", "0")],
                Some("retentionValue"),
            ),
            (JobKind::VmBackup, &[("retentionType", "Days"), ("retentionValue", "30")], None),
            (JobKind::VmBackup, &remote, None),
            (
                JobKind::VmBackup,
                &[("remoteRetentionType", "Count"), ("remoteRetentionValue", "3")],
                Some("remoteBackupStorageUuid"),
            ),
            (JobKind::VmBackup, &[("networkWriteBandwidth", "1023")], Some("networkWriteBandwidth")),
            (JobKind::VmBackup, &[("networkWriteBandwidth", "1024")], None),
        ];
        for (kind, pairs, expected) in rows {
            assert_eq!(refused_field(*kind, pairs).as_deref(), *expected, "{kind:?} {pairs:?}");
        }
    }

    #[test]
    fn an_empty_text_clears() {
        let mut held = settings(&[("a", "1"), ("b", "2")]);
        merge(&mut held, &settings(&[("a", ""), ("c", "3")]));
        assert_eq!(held, settings(&[("b", "2"), ("c", "3")]));
    }
}
