//! The records.

use std::collections::BTreeMap;

use muster_core::Timestamp;

use crate::trigger::Timing;

/// What a job is told beside its target: text by name, kept as given, names we do not know included.
pub type Settings = BTreeMap<String, String>;

/// What a job does to its target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum JobKind {
    /// Starts a virtual machine.
    StartVm,
    /// Stops a virtual machine.
    StopVm,
    /// Restarts a virtual machine.
    RebootVm,
    /// Takes a snapshot of a volume.
    VolumeSnapshot,
    /// Takes one snapshot of all volumes of a machine.
    VolumeSnapshotGroup,
    /// Backs up a data volume.
    VolumeBackup,
    /// Backs up a root volume.
    RootVolumeBackup,
    /// Backs up all volumes of a machine.
    VmBackup,
    /// Backs up a database.
    DatabaseBackup,
}

impl JobKind {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::StartVm,
        Self::StopVm,
        Self::RebootVm,
        Self::VolumeSnapshot,
        Self::VolumeSnapshotGroup,
        Self::VolumeBackup,
        Self::RootVolumeBackup,
        Self::VmBackup,
        Self::DatabaseBackup,
    ];

    /// The name under which it is stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::StartVm => "start_vm",
            Self::StopVm => "stop_vm",
            Self::RebootVm => "reboot_vm",
            Self::VolumeSnapshot => "volume_snapshot",
            Self::VolumeSnapshotGroup => "volume_snapshot_group",
            Self::VolumeBackup => "volume_backup",
            Self::RootVolumeBackup => "root_volume_backup",
            Self::VmBackup => "vm_backup",
            Self::DatabaseBackup => "database_backup",
        }
    }

    /// The kind stored under `name`.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }

    /// Whether it makes backups, and so has storages and retention.
    pub const fn is_backup(self) -> bool {
        matches!(self, Self::VolumeBackup | Self::RootVolumeBackup | Self::VmBackup | Self::DatabaseBackup)
    }
}

/// A job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// 32 hexadecimal digits.
    pub id: String,
    /// The owner.
    pub account_id: String,
    /// Not unique.
    pub name: String,
    /// For people.
    pub description: Option<String>,
    /// What it does.
    pub kind: JobKind,
    /// To what.
    pub target: String,
    /// How.
    pub settings: Settings,
    /// Whether it fires.
    pub enabled: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// Its own triggers, in the order in which they were attached.
    pub trigger_ids: Vec<String>,
    /// Its groups: one at most.
    pub group_ids: Vec<String>,
}

/// A job to be made.
#[derive(Clone, Debug)]
pub struct NewJob {
    /// The caller's choice of id.
    pub id: Option<String>,
    /// Not unique.
    pub name: String,
    /// For people.
    pub description: Option<String>,
    /// What it shall do.
    pub kind: JobKind,
    /// To what.
    pub target: String,
    /// How.
    pub settings: Settings,
}

/// Changes of a job; what is absent stays.
#[derive(Clone, Debug, Default)]
pub struct JobPatch {
    /// A new name.
    pub name: Option<String>,
    /// A new description.
    pub description: Option<String>,
    /// Settings to put; an empty text removes one.
    pub settings: Settings,
}

/// Jobs of one kind that triggers run together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// 32 hexadecimal digits.
    pub id: String,
    /// The owner.
    pub account_id: String,
    /// Not unique.
    pub name: String,
    /// For people.
    pub description: Option<String>,
    /// The kind of all its jobs.
    pub kind: JobKind,
    /// What its jobs are told.
    pub settings: Settings,
    /// Whether its jobs fire.
    pub enabled: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// Its jobs, in the order in which they came.
    pub job_ids: Vec<String>,
    /// Its triggers, in the order in which they were attached.
    pub trigger_ids: Vec<String>,
}

/// A group to be made.
#[derive(Clone, Debug)]
pub struct NewGroup {
    /// The caller's choice of id.
    pub id: Option<String>,
    /// Not unique.
    pub name: String,
    /// For people.
    pub description: Option<String>,
    /// The kind of its jobs.
    pub kind: JobKind,
    /// What its jobs are told.
    pub settings: Settings,
}

/// Changes of a group; what is absent stays.
#[derive(Clone, Debug, Default)]
pub struct GroupPatch {
    /// A new name.
    pub name: Option<String>,
    /// A new description.
    pub description: Option<String>,
    /// On or off.
    pub enabled: Option<bool>,
    /// Settings to put, here and in all its jobs; an empty text removes one.
    pub settings: Settings,
}

/// When something shall happen; attached to jobs and groups.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trigger {
    /// 32 hexadecimal digits.
    pub id: String,
    /// The owner.
    pub account_id: String,
    /// Not unique.
    pub name: String,
    /// For people.
    pub description: Option<String>,
    /// When it fires.
    pub timing: Timing,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// The jobs that it fires directly.
    pub job_ids: Vec<String>,
    /// The groups that it fires.
    pub group_ids: Vec<String>,
}

/// A trigger to be made.
#[derive(Clone, Debug)]
pub struct NewTrigger {
    /// The caller's choice of id.
    pub id: Option<String>,
    /// Not unique.
    pub name: String,
    /// For people.
    pub description: Option<String>,
    /// When it shall fire.
    pub timing: Timing,
}

/// Which of the two kinds of rule a trigger has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RuleKind {
    /// By a cron expression.
    Cron,
    /// At a fixed distance.
    Simple,
}

impl RuleKind {
    /// The name under which it is stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Cron => "cron",
            Self::Simple => "simple",
        }
    }
}

/// Changes of a trigger; what is absent stays, except that a change of the rule's kind drops what belongs to
/// the old kind.
#[derive(Clone, Debug, Default)]
pub struct TriggerPatch {
    /// A new name.
    pub name: Option<String>,
    /// A new description.
    pub description: Option<String>,
    /// Another kind of rule.
    pub rule: Option<RuleKind>,
    /// A new expression.
    pub cron: Option<String>,
    /// A new distance in seconds.
    pub interval_s: Option<i64>,
    /// A new number of due times; 0 is without end.
    pub repeat: Option<i64>,
    /// A new start of the window.
    pub not_before: Option<Timestamp>,
    /// A new end of the window.
    pub not_after: Option<Timestamp>,
}

/// A job fired by a trigger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobTrigger {
    /// 32 hexadecimal digits.
    pub id: String,
    /// The job.
    pub job_id: String,
    /// The trigger.
    pub trigger_id: String,
    /// When they were put together.
    pub created_at: Timestamp,
    /// As `created_at`: a link does not change.
    pub updated_at: Timestamp,
}

/// A group fired by a trigger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupTrigger {
    /// The group.
    pub group_id: String,
    /// The trigger.
    pub trigger_id: String,
    /// When they were put together.
    pub created_at: Timestamp,
    /// As `created_at`: a link does not change.
    pub updated_at: Timestamp,
}

/// A job in a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The group.
    pub group_id: String,
    /// The job.
    pub job_id: String,
    /// Higher runs earlier.
    pub priority: i64,
    /// When it came.
    pub created_at: Timestamp,
    /// When its priority was last changed.
    pub updated_at: Timestamp,
}

/// Who gives a tag its meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TagSource {
    /// People.
    User,
    /// Programs.
    System,
}

impl TagSource {
    /// The name under which it is stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::System => "system",
        }
    }
}

/// What can carry tags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaggedKind {
    /// A job.
    Job,
    /// A group of jobs.
    Group,
    /// A trigger.
    Trigger,
}

impl TaggedKind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Job, Self::Group, Self::Trigger];

    /// The name under which it is stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Job => "job",
            Self::Group => "group",
            Self::Trigger => "trigger",
        }
    }

    /// What a missing one is called in errors.
    pub const fn what(self) -> &'static str {
        match self {
            Self::Job => "scheduled job",
            Self::Group => "scheduled job group",
            Self::Trigger => "trigger",
        }
    }

    /// What several of them are called in errors.
    pub(super) const fn plural(self) -> &'static str {
        match self {
            Self::Job => "scheduled jobs",
            Self::Group => "scheduled job groups",
            Self::Trigger => "triggers",
        }
    }

    pub(super) const fn table(self) -> &'static str {
        match self {
            Self::Job => "scheduled_jobs",
            Self::Group => "scheduled_groups",
            Self::Trigger => "scheduled_triggers",
        }
    }
}

/// A text tied to a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag {
    /// 32 hexadecimal digits.
    pub id: String,
    /// Whose tag.
    pub source: TagSource,
    /// What carries it.
    pub kind: TaggedKind,
    /// Which one carries it.
    pub resource_id: String,
    /// The text.
    pub tag: String,
    /// The pattern that it was made from.
    pub pattern_id: Option<String>,
    /// When it was put.
    pub created_at: Timestamp,
    /// As `created_at`: a tag does not change.
    pub updated_at: Timestamp,
}

/// A tag to be put.
#[derive(Clone, Debug)]
pub struct NewTag {
    /// Whose tag.
    pub source: TagSource,
    /// What carries it.
    pub kind: TaggedKind,
    /// Which one.
    pub resource_id: String,
    /// The text.
    pub tag: String,
}

/// What tags are made from, so that the same tag means the same everywhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagPattern {
    /// 32 hexadecimal digits.
    pub id: String,
    /// The owner.
    pub account_id: String,
    /// Not unique.
    pub name: String,
    /// The tag's text; with tokens, `{name}` in it stands for what is given when the tag is put.
    pub value: String,
    /// For people.
    pub description: Option<String>,
    /// For people's eyes, such as `#4A9EFF`.
    pub color: Option<String>,
    /// Whether the value has tokens.
    pub takes_tokens: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// As `created_at`: a pattern does not change.
    pub updated_at: Timestamp,
}

/// A pattern to be made.
#[derive(Clone, Debug)]
pub struct NewTagPattern {
    /// The caller's choice of id.
    pub id: Option<String>,
    /// Not unique.
    pub name: String,
    /// The tag's text.
    pub value: String,
    /// For people.
    pub description: Option<String>,
    /// For people's eyes.
    pub color: Option<String>,
    /// Whether the value has tokens.
    pub takes_tokens: bool,
}
