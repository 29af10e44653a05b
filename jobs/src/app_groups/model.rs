//! The records of application groups.

use muster_core::{PageRequest, Timestamp};
use muster_db::{ToValue, Value};

/// What an edition is allowed to use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edition {
    /// Jobs with minute granularity.
    Basic,
    /// Also workflows, re-runs, seconds and overviews.
    Professional,
}

impl Edition {
    /// The number in the store, which is the vendor's as well.
    pub fn number(self) -> i64 {
        match self {
            Self::Basic => 1,
            Self::Professional => 2,
        }
    }

    /// The edition with this number.
    pub fn from_number(number: i64) -> Option<Self> {
        [Self::Basic, Self::Professional].into_iter().find(|edition| edition.number() == number)
    }
}

/// Where a group's workers live. It restricts nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Platform {
    /// Anywhere.
    General,
    /// In Kubernetes.
    Kubernetes,
}

impl Platform {
    /// The number in the store, which is the vendor's as well.
    pub fn number(self) -> i64 {
        match self {
            Self::General => 1,
            Self::Kubernetes => 2,
        }
    }

    /// The platform with this number.
    pub fn from_number(number: i64) -> Option<Self> {
        [Self::General, Self::Kubernetes].into_iter().find(|platform| platform.number() == number)
    }
}

impl ToValue for Edition {
    fn to_value(&self) -> Value<'_> {
        Value::Integer(self.number())
    }
}

impl ToValue for Platform {
    fn to_value(&self) -> Value<'_> {
        Value::Integer(self.number())
    }
}

/// An application group: the workers that share an AppKey, and the jobs that run on them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppGroup {
    /// Our number for it.
    pub id: i64,
    /// The uid of its namespace.
    pub namespace: String,
    /// The caller's name for it, unique in the namespace.
    pub group_id: String,
    /// A name for people.
    pub name: String,
    /// What its workers must present.
    pub app_key: String,
    /// Free text.
    pub description: String,
    /// What it may use.
    pub edition: Edition,
    /// Where its workers live.
    pub platform: Platform,
    /// How many jobs it may have.
    pub max_jobs: i64,
    /// How many jobs it has.
    pub job_count: i64,
    /// How many instances may run at once; no limit when absent.
    pub max_concurrency: Option<i64>,
    /// Whether the runs' output is kept.
    pub log_enabled: bool,
    /// Whether busy workers are given more to do.
    pub schedule_busy_workers: bool,
    /// How alarms are sent: the JSON text as given, since Terraform compares it as text; empty when never given.
    pub monitor_config: String,
    /// Who is told: the JSON text as given.
    pub monitor_contacts: String,
    /// The notification policy that filters channels by time; empty for none.
    pub notification_policy: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// An application group that shall be.
#[derive(Clone, Debug)]
pub struct NewAppGroup {
    /// The uid of its namespace.
    pub namespace: String,
    /// The caller's name for it.
    pub group_id: String,
    /// A name for people.
    pub name: String,
    /// A key that the caller has fixed; else a random one.
    pub app_key: Option<String>,
    /// Free text.
    pub description: String,
    /// What it may use.
    pub edition: Edition,
    /// Where its workers live.
    pub platform: Platform,
    /// How many jobs it may have.
    pub max_jobs: i64,
    /// Whether the runs' output is kept.
    pub log_enabled: bool,
    /// Whether busy workers are given more to do.
    pub schedule_busy_workers: bool,
    /// How alarms are sent.
    pub monitor_config: String,
    /// Who is told.
    pub monitor_contacts: String,
    /// A notification policy, or nothing.
    pub notification_policy: String,
}

impl NewAppGroup {
    /// How many jobs a group may have when nobody says.
    pub const DEFAULT_MAX_JOBS: i64 = 1000;

    /// A group with all defaults.
    pub fn named(namespace: &str, group_id: &str, name: &str) -> Self {
        Self {
            namespace: namespace.to_owned(),
            group_id: group_id.to_owned(),
            name: name.to_owned(),
            app_key: None,
            description: String::new(),
            edition: Edition::Professional,
            platform: Platform::General,
            max_jobs: Self::DEFAULT_MAX_JOBS,
            log_enabled: false,
            schedule_busy_workers: false,
            monitor_config: String::new(),
            monitor_contacts: String::new(),
            notification_policy: String::new(),
        }
    }
}

/// Changes; what is absent stays, an empty text clears.
#[derive(Clone, Debug, Default)]
pub struct AppGroupPatch {
    /// Free text.
    pub description: Option<String>,
    /// What it may use.
    pub edition: Option<Edition>,
    /// Whether the runs' output is kept.
    pub log_enabled: Option<bool>,
    /// How many instances may run at once.
    pub max_concurrency: Option<i64>,
    /// How alarms are sent.
    pub monitor_config: Option<String>,
    /// Who is told.
    pub monitor_contacts: Option<String>,
    /// A notification policy, or nothing.
    pub notification_policy: Option<String>,
}

/// Which groups are wanted, oldest first; every given field must fit.
#[derive(Clone, Debug)]
pub struct AppGroupFilter {
    /// In this namespace.
    pub namespace: Option<String>,
    /// The name contains this.
    pub name_contains: Option<String>,
    /// Which part of the list.
    pub page: PageRequest,
}

impl Default for AppGroupFilter {
    fn default() -> Self {
        Self { namespace: None, name_contains: None, page: PageRequest::ALL }
    }
}
