//! The typed form of the settings. A feature's section is a struct that stands beside the feature.

use std::net::SocketAddr;
use std::path::PathBuf;

use muster_notify::{ContactSettings, OutboundSettings, SmtpSettings, TextGatewaySettings};
use serde::Deserialize;

/// All settings of a server, checked.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The data folder.
    pub data: PathBuf,
    /// The file that was read.
    pub config: Option<PathBuf>,
    /// Where HTTP is served.
    pub listen: SocketAddr,
    /// Where workers connect.
    pub worker_listen: SocketAddr,
    /// What workers are told to dial: `HOST` or `HOST:PORT`.
    pub advertise: Option<String>,
    /// How people and clients reach this server, without a slash at the end.
    pub public_url: Option<String>,
    /// A PostgreSQL URL; `None` means SQLite.
    pub database: Option<String>,
    /// Where the key for secrets lies, when it is not in the data folder.
    pub key_file: Option<PathBuf>,
    /// Whether the server runs scripts itself.
    pub local_worker: LocalWorker,
    /// Certificate chain.
    pub tls_cert: Option<PathBuf>,
    /// The certificate's key; there is one exactly when there is a certificate.
    pub tls_key: Option<PathBuf>,
    /// Whether plain HTTP is refused.
    pub tls_only: bool,
    /// How log lines are written.
    pub log_format: LogFormat,
    /// The least important kind of line: `error`, `warn`, `info`, `debug` or `trace`.
    pub log_level: String,
    /// The zone of times that name none; `None` means the host's.
    pub timezone: Option<String>,
    /// The region, for the first start.
    pub region: String,
    /// First start: the root access key's id.
    pub root_access_key_id: Option<String>,
    /// First start: the root access key's secret.
    pub root_access_key_secret: Option<String>,
    /// First start: the root user's password.
    pub admin_password: Option<String>,
    /// `[http]`
    pub http: Http,
    /// `[zstack]`
    pub zstack: Zstack,
    /// `[workspace]`
    pub workspace: Workspace,
    /// `[smtp]`
    pub smtp: SmtpSettings,
    /// `[sms]`
    #[serde(default)]
    pub sms: TextGatewaySettings,
    /// `[phone]`
    #[serde(default)]
    pub phone: TextGatewaySettings,
    /// `[outbound]`
    #[serde(default)]
    pub outbound: OutboundSettings,
    /// `[contacts]`
    pub contacts: ContactSettings,
    /// `[quota]`
    pub quota: Quota,
    /// `[jobs]`
    pub jobs: Jobs,
    /// `[workers]`
    pub workers: Workers,
    /// `[cluster]`
    pub cluster: Cluster,
    /// `[metrics]`
    #[serde(default)]
    pub metrics: Metrics,
    /// `[alarms]`
    pub alarms: Alarms,
    /// `[events]`
    pub events: Events,
    /// `[retention]`
    pub retention: Retention,
    /// `[worker]`
    pub worker: Worker,
}

/// `[quota]`: how much there may be.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quota {
    /// Access keys of a user.
    pub access_keys: u64,
    /// ZStack sessions of a user.
    pub sessions: u64,
    /// Cloud Eye resource groups in a project.
    pub resource_groups: u64,
    /// Members of a resource group, by dimension.
    pub resource_group_members: u64,
    /// Members of a resource group, by product.
    pub resource_group_product_members: u64,
    /// Huawei enterprise projects of an account.
    pub enterprise_projects: u64,
    /// Series of an account that are being reported.
    pub metric_series: u64,
    /// Alarm rules of an account.
    pub alarm_rules: u64,
    /// Masks, blacklists and pauses of an account.
    pub alarm_masks: u64,
    /// Alarm templates of an account.
    pub alarm_templates: u64,
    /// Events that an account may report in an hour.
    pub events_per_hour: u64,
    /// CloudMonitor event rules in an account.
    pub event_rules: u64,
    /// Resources in a project.
    pub resources: u64,
    /// Tags of a resource.
    pub tags_per_resource: u64,
    /// ZStack scheduler jobs, and job groups, in an account.
    pub scheduler_jobs: u64,
    /// ZStack scheduler triggers in an account.
    pub scheduler_triggers: u64,
    /// Jobs in a scheduler job group.
    pub scheduler_jobs_per_group: u64,
    /// Triggers on a scheduler job, and on a job group.
    pub scheduler_triggers_per_owner: u64,
    /// Workspace app groups in a project.
    pub workspace_app_groups: u64,
    /// Workspace server groups in a project.
    pub workspace_server_groups: u64,
}

/// `[workspace]`: how Workspace's rules are read.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Workspace {
    /// What the names of app groups may hold.
    pub names: WorkspaceNames,
}

/// What the names of app groups may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WorkspaceNames {
    /// Spaces inside, as the vendor's example has.
    Lenient,
    /// No spaces, as the vendor's rule says.
    Strict,
}

/// `[jobs]`: how patient the scheduler is.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Jobs {
    /// From which age on a due time was missed, in seconds.
    pub misfire_s: i64,
    /// How long a run belongs to a worker that nothing is heard of, in seconds.
    pub lease_s: i64,
    /// How long workers have to come back after a start, in seconds.
    pub grace_s: i64,
    /// How long a worker may take to say that it takes a run, in seconds.
    pub submit_s: i64,
    /// From which load average on a worker is busy; 0 for never.
    pub busy_load: u16,
    /// From which share of its heap on a worker is busy, in percent.
    pub busy_heap: u8,
    /// From which share of its disk on a worker is busy, in percent.
    pub busy_disk: u8,
}

/// `[workers]`: what the worker port may cost.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Workers {
    /// Connections at once.
    pub connections: usize,
    /// The largest frame of a worker, in bytes.
    pub frame_limit: usize,
    /// What all of them together may have sent that is not dealt with yet, in bytes.
    pub memory: usize,
}

/// `[cluster]`: several nodes on one PostgreSQL.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cluster {
    /// After so many seconds without a sign of life others take a node's work over.
    pub lease_s: i64,
}

/// `[alarms]`: how rules are judged.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Alarms {
    /// How long after its end a window is judged, in seconds.
    pub settle_s: i64,
    /// By which ways people are told.
    pub media: AlarmMedia,
    /// What stands for the vendor's services: `PREFIX=URL`.
    #[serde(default)]
    pub bridges: Vec<String>,
    /// What callbacks of rules are signed with.
    pub callback_secret: Option<String>,
}

/// By which ways people are told of alarms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlarmMedia {
    /// The worse it is, the more ways.
    ByLevel,
    /// Mail and robot, whatever the level.
    Mail,
}

/// `[metrics]`: who is believed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Metrics {
    /// Who may report for the namespaces of the cloud's services: `ACCOUNT/USER`, or `*`.
    #[serde(default)]
    pub trusted_reporter: Vec<String>,
}

/// `[events]`: what follows from events.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Events {
    /// For how many hours trouble counts that no event declares over.
    pub active_hours: i64,
}

/// `[retention]`: how long history is kept.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Retention {
    /// Audit rows, in days; 0 keeps them for ever.
    pub audit_days: i64,
    /// Days after which a resource is forgotten that nobody has seen, tagged, moved or put into a group.
    pub resources_days: i64,
    /// Events, and what became of their matches, in days.
    pub events_days: i64,
    /// Messages that were sent or given up, in days.
    pub outbox_days: i64,
    /// Alarms that are over, in days; 0 for ever.
    pub alarms_days: i64,
    /// Looks at alarms that went on without a message, in days; 0 as long as their alarms.
    pub alarms_silent_days: i64,
    /// Ended instances of a job; 0 keeps all.
    pub job_instances: i64,
    /// Rows of the ledger of due times, in days; 0 keeps them for ever.
    pub ledger_days: i64,
    /// Logs of runs, in days; 0 keeps them as long as their instances.
    pub log_days: i64,
    /// Single samples, in days.
    pub samples_raw_days: i64,
    /// Windows of five minutes, in days.
    pub samples_minute_days: i64,
    /// Windows of an hour, in days.
    pub samples_hour_days: i64,
    /// Windows of a day, in days.
    pub samples_day_days: i64,
    /// The size of stored samples from which on the log warns, in MiB; 0 for never.
    pub samples_disk_mb: i64,
}

/// `[worker]`: what `muster worker` is.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Worker {
    /// The server's HTTP address.
    pub server: String,
    /// The namespace's uid, if the group's name is not enough.
    #[serde(default)]
    pub namespace: String,
    /// The application group.
    #[serde(default)]
    pub group_id: String,
    /// The group's key.
    #[serde(default)]
    pub app_key: String,
    /// The label by which jobs ask for it.
    #[serde(default)]
    pub label: String,
    /// Runs at once.
    pub concurrency: usize,
    /// Address space of each process of a run, in MiB; 0 for no limit.
    pub memory_mb: u64,
    /// What a run may print, in KiB.
    pub output_kb: u64,
    /// How long a run may take, in seconds; 0 for no limit of the worker's own.
    pub time_limit_s: u64,
    /// How long a run may take to end when it is asked to, in seconds.
    pub kill_grace_s: u64,
    /// How long running runs may go on after the word to stop, in seconds.
    pub drain_timeout_s: u64,
    /// Where the runs' files lie; `None` for the host's folder for temporary files.
    pub folder: Option<PathBuf>,
}

/// Whether the server runs the scripts of jobs itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LocalWorker {
    /// Only while it listens on loopback alone.
    Auto,
    /// Yes.
    On,
    /// No.
    Off,
}

/// How log lines are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// `[http]`: the listener.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Http {
    /// The largest body in bytes, where a contract sets no other.
    pub body_limit: usize,
    /// Proxies whose forwarding headers are believed: addresses or networks.
    #[serde(default)]
    pub trusted_proxies: Vec<String>,
}

/// `[zstack]`: how ZStack's dialect is spoken.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Zstack {
    /// `auto`, `async` or `sync`.
    pub api_mode: String,
    /// The zone of its dates, `+08:00`.
    pub wire_timezone: String,
}

impl std::fmt::Debug for Settings {
    // By hand, because secrets must not reach a log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Settings")
            .field("data", &self.data)
            .field("listen", &self.listen)
            .finish_non_exhaustive()
    }
}

impl Settings {
    /// The typed form of a tree whose values are of their kinds.
    pub(super) fn try_from_tree(tree: toml::Table) -> Result<Self, String> {
        let mut settings: Self = tree.try_into().map_err(|error: toml::de::Error| error.to_string())?;
        if settings.tls_cert.is_some() != settings.tls_key.is_some() {
            return Err("tls_cert and tls_key: TLS needs both".to_owned());
        }
        if settings.tls_only && settings.tls_cert.is_none() {
            return Err("tls_only: needs tls_cert and tls_key".to_owned());
        }
        if let Some(url) = &mut settings.public_url {
            url.truncate(url.trim_end_matches('/').len());
        }
        Ok(settings)
    }

    /// Where the key for secrets lies.
    pub fn key_file(&self) -> PathBuf {
        self.key_file.clone().unwrap_or_else(|| self.data.join("master.key"))
    }

    /// Whether both listeners are reachable from this host only.
    pub fn loopback_only(&self) -> bool {
        self.listen.ip().is_loopback() && self.worker_listen.ip().is_loopback()
    }
}
