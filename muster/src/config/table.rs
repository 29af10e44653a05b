//! The table of all settings.

use std::fmt::Write as _;

/// One setting.
#[derive(Debug)]
pub struct Setting {
    /// Its place in the file: `listen`, or `smtp.host` for `host` in the section `[smtp]`.
    pub key: &'static str,
    /// Whether the command line has a flag of this name. Secrets have none: other users can see command lines.
    pub flag: bool,
    /// What values it takes.
    pub kind: Kind,
    /// The default, as one would write it; empty when there is none.
    pub default: &'static str,
    /// What it does, in a sentence or two.
    pub help: &'static str,
}

/// What values a setting takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Any text; the word names it in the help.
    Text(&'static str),
    /// `IP:PORT`.
    Address,
    /// `true` or `false`; a flag without a value.
    Switch,
    /// A whole number between the two, inclusive.
    Number(i64, i64),
    /// One of these words.
    Choice(&'static [&'static str]),
    /// A list of texts; separated by commas in the environment.
    List(&'static str),
}

impl Setting {
    /// The environment variable: `MUSTER_LISTEN`, `MUSTER_SMTP__HOST`.
    pub fn variable(&self) -> String {
        format!("MUSTER_{}", self.key.replace('.', "__").to_uppercase())
    }

    /// The largest value, of a number.
    pub fn largest(&self) -> Option<i64> {
        match self.kind {
            Kind::Number(_, largest) => Some(largest),
            _ => None,
        }
    }

    /// The flag's name without its dashes: `worker-listen`.
    pub fn flag_name(&self) -> String {
        self.key.replace(['_', '.'], "-")
    }
}

impl Kind {
    /// How a value is called in the help.
    pub fn value_name(self) -> &'static str {
        match self {
            Self::Text(name) => name,
            Self::Address => "ADDR",
            Self::Switch => "BOOL",
            Self::Number(..) => "N",
            Self::Choice(_) => "WORD",
            Self::List(name) => name,
        }
    }

    fn describe(self) -> String {
        match self {
            Self::Text(name) => name.to_lowercase(),
            Self::Address => "`IP:PORT`".to_owned(),
            Self::Switch => "`true`, `false`".to_owned(),
            Self::Number(low, i64::MAX) => format!("number from {low}"),
            Self::Number(low, high) => format!("number, {low} to {high}"),
            Self::Choice(words) => {
                words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
            }
            Self::List(name) => format!("list of {}", name.to_lowercase()),
        }
    }
}

const fn flag(key: &'static str, kind: Kind, default: &'static str, help: &'static str) -> Setting {
    Setting { key, flag: true, kind, default, help }
}

const fn file(key: &'static str, kind: Kind, default: &'static str, help: &'static str) -> Setting {
    Setting { key, flag: false, kind, default, help }
}

/// All settings, sections together.
pub static TABLE: &[Setting] = &[
    flag(
        "data",
        Kind::Text("DIR"),
        "./muster-data",
        "The data folder: store, key file, credentials, outbox. It belongs to one server at a time.",
    ),
    flag("config", Kind::Text("FILE"), "", "A TOML file with these settings. It cannot name another one."),
    flag(
        "listen",
        Kind::Address,
        "127.0.0.1:8080",
        "Where HTTP is served, for all clouds and the console. Port 0 takes a free one; `DIR/endpoints.json` says which.",
    ),
    flag("worker_listen", Kind::Address, "127.0.0.1:52014", "Where job workers connect."),
    flag(
        "advertise",
        Kind::Text("HOST[:PORT]"),
        "",
        "The address that workers are told to dial, when it is not the one listened on.",
    ),
    flag(
        "public_url",
        Kind::Text("URL"),
        "",
        "How people and clients reach this server: stands in mail links and in service catalogues. By default the address listened on.",
    ),
    flag(
        "database",
        Kind::Text("URL"),
        "",
        "`postgres://user:password@host/database`. By default SQLite inside the data folder.",
    ),
    flag(
        "key_file",
        Kind::Text("FILE"),
        "",
        "The key under which secrets are stored. By default `master.key` inside the data folder. Without it the stored secrets cannot be read.",
    ),
    flag(
        "local_worker",
        Kind::Choice(&["auto", "on", "off"]),
        "auto",
        "Whether this server also runs scripts of jobs itself; `auto` means only while it listens on loopback alone.",
    ),
    flag(
        "tls_cert",
        Kind::Text("FILE"),
        "",
        "Certificate chain (PEM). With it the HTTP port speaks TLS as well as plain HTTP.",
    ),
    flag("tls_key", Kind::Text("FILE"), "", "The certificate's private key (PEM)."),
    flag("tls_only", Kind::Switch, "false", "Refuse plain HTTP. Some vendors' SDKs know no TLS."),
    flag(
        "log_format",
        Kind::Choice(&["text", "json"]),
        "text",
        "Logs for people, or one JSON object a line.",
    ),
    flag(
        "log_level",
        Kind::Choice(&["error", "warn", "info", "debug", "trace"]),
        "info",
        "The least important kind of line that is logged.",
    ),
    flag(
        "timezone",
        Kind::Text("ZONE"),
        "",
        "What \"09:00\" means, in all clouds, where a request names no zone: a name such as `Asia/Shanghai`. By default the host's zone.",
    ),
    flag(
        "region",
        Kind::Text("NAME"),
        "cn-hangzhou",
        "The region that this server says it is, and the name of the first project. Read at the first start.",
    ),
    file(
        "root_access_key_id",
        Kind::Text("ID"),
        "",
        "First start only: the root user's access key id, 20 of `A-Z0-9`. By default drawn at random.",
    ),
    file(
        "root_access_key_secret",
        Kind::Text("SECRET"),
        "",
        "First start only: the secret of that key, 40 letters and digits. By default drawn at random.",
    ),
    file(
        "admin_password",
        Kind::Text("PASSWORD"),
        "",
        "First start only: the root user's password. By default drawn at random.",
    ),
    file(
        "http.body_limit",
        Kind::Number(1024, 1 << 30),
        "4194304",
        "The largest request body in bytes, where a contract sets no other.",
    ),
    file(
        "http.trusted_proxies",
        Kind::List("NETWORKS"),
        "",
        "Proxies whose `X-Forwarded-For` is believed: `10.0.0.0/8`, `192.0.2.7`.",
    ),
    file(
        "zstack.api_mode",
        Kind::Choice(&["auto", "async", "sync"]),
        "auto",
        "How ZStack's asynchronous calls are answered: `async` always with 202 and a place to poll; `sync` with the result; `auto` with the result unless the client asked for 202.",
    ),
    file(
        "zstack.wire_timezone",
        Kind::Text("OFFSET"),
        "+08:00",
        "The zone of ZStack's dates, which carry none.",
    ),
    file(
        "smtp.host",
        Kind::Text("HOST"),
        "",
        "The mail gateway. Without one, mails are written to `DIR/outbox/` as `.eml` files.",
    ),
    file(
        "smtp.port",
        Kind::Number(1, 65535),
        "",
        "Its port. By default 587 with STARTTLS, 465 with TLS, 25 without either.",
    ),
    file(
        "smtp.security",
        Kind::Choice(&["starttls", "tls", "none"]),
        "starttls",
        "How the connection is protected.",
    ),
    file(
        "smtp.ca_file",
        Kind::Text("FILE"),
        "",
        "Certificates (PEM) that are trusted beside the public ones, for a gateway with a certificate of its own.",
    ),
    file("smtp.username", Kind::Text("NAME"), "", "The user to sign in as, if the gateway wants one."),
    file("smtp.password", Kind::Text("PASSWORD"), "", "That user's password."),
    file(
        "smtp.from",
        Kind::Text("ADDRESS"),
        "",
        "The sender, `Muster <muster@example.com>` or a bare address. By default `muster@` and the host's name.",
    ),
    file(
        "smtp.timeout_s",
        Kind::Number(1, 60),
        "10",
        "How long each step of the conversation may take, in seconds.",
    ),
    file(
        "sms.url",
        Kind::Text("URL"),
        "",
        "An HTTP gateway for text messages: gets a POST of `{\"to\",\"text\",\"key\"}`, answers 2xx.",
    ),
    file("sms.authorization", Kind::Text("TEXT"), "", "Sent to it as `Authorization`, as it stands."),
    file(
        "phone.url",
        Kind::Text("URL"),
        "",
        "An HTTP gateway that reads a text out by telephone; as `sms.url`.",
    ),
    file("phone.authorization", Kind::Text("TEXT"), "", "Sent to it as `Authorization`, as it stands."),
    file(
        "outbound.allow",
        Kind::List("TARGETS"),
        "",
        "Private targets that robots and webhooks may reach all the same: addresses, networks (`10.1.0.0/16`), host names, `*.corp.example`.",
    ),
    file(
        "outbound.bridges",
        Kind::List("BRIDGES"),
        "",
        "Addresses that stand in for queues, functions and logs of a vendor's cloud which rules name as targets: `BEGINNING=URL`, such as `acs:mns:=https://hooks.corp.example/mns`. The longest beginning of the target's name counts; without a bridge the target is not told, and the log says so.",
    ),
    file(
        "contacts.activation",
        Kind::Switch,
        "true",
        "Whether mail and SMS channels must be confirmed by their owner before anything but the confirmation is sent to them.",
    ),
    file(
        "contacts.strict",
        Kind::Switch,
        "false",
        "Whether a contact group that names an unknown contact is refused; else the name waits until such a contact is made.",
    ),
    file("contacts.lang", Kind::Choice(&["en", "zh-cn"]), "en", "The language of contacts that name none."),
    file(
        "contacts.robot_keyword",
        Kind::Text("WORD"),
        "CloudMonitor",
        "A word that every text to a robot holds, because robots can be set to refuse texts without it.",
    ),
    file("quota.access_keys", Kind::Number(1, i64::MAX), "100", "Access keys of a user."),
    file("quota.sessions", Kind::Number(1, i64::MAX), "500", "ZStack sessions of a user."),
    file(
        "quota.resource_groups",
        Kind::Number(1, i64::MAX),
        "10000",
        "Cloud Eye resource groups in a project, and as many application groups of CloudMonitor.",
    ),
    file(
        "quota.resource_group_members",
        Kind::Number(1, i64::MAX),
        "1000",
        "Members of a resource group that are named by their dimensions.",
    ),
    file(
        "quota.resource_group_product_members",
        Kind::Number(1, i64::MAX),
        "50000",
        "Members of a resource group at product level.",
    ),
    file(
        "quota.enterprise_projects",
        Kind::Number(1, i64::MAX),
        "1000",
        "Huawei enterprise projects of an account, besides the default one.",
    ),
    file(
        "quota.events_per_hour",
        Kind::Number(1, i64::MAX),
        "100000",
        "Events that an account may report within an hour by the clock, through all APIs; more are refused until the next one.",
    ),
    file("quota.event_rules", Kind::Number(1, i64::MAX), "1000", "CloudMonitor event rules in an account."),
    file("quota.resources", Kind::Number(1, 4_000_000_000), "2000000", "Resources in a project."),
    file("quota.tags_per_resource", Kind::Number(1, 1000), "20", "Tags of a resource."),
    file(
        "quota.metric_series",
        Kind::Number(1, i64::MAX),
        "200000",
        "Series of metrics in an account that were reported within two days. Each takes about a kilobyte of memory.",
    ),
    file(
        "quota.alarm_rules",
        Kind::Number(1, i64::MAX),
        "400000",
        "Alarm rules in an account, whichever API made them.",
    ),
    file(
        "quota.alarm_masks",
        Kind::Number(1, i64::MAX),
        "10000",
        "Notification masks, blacklists and pauses of alarms in an account.",
    ),
    file(
        "quota.alarm_templates",
        Kind::Number(1, i64::MAX),
        "10000",
        "Alarm templates in an account, whichever API made them.",
    ),
    file(
        "quota.scheduler_jobs",
        Kind::Number(1, i64::MAX),
        "10000",
        "ZStack scheduler jobs in an account; the same again for job groups.",
    ),
    file(
        "quota.scheduler_triggers",
        Kind::Number(1, i64::MAX),
        "10000",
        "ZStack scheduler triggers in an account.",
    ),
    file(
        "quota.scheduler_jobs_per_group",
        Kind::Number(1, i64::MAX),
        "1000",
        "Jobs in one scheduler job group.",
    ),
    file(
        "quota.scheduler_triggers_per_owner",
        Kind::Number(1, i64::MAX),
        "100",
        "Triggers on one scheduler job, and on one job group.",
    ),
    file(
        "quota.workspace_app_groups",
        Kind::Number(1, i64::MAX),
        "500",
        "Workspace app groups in a project.",
    ),
    file(
        "quota.workspace_server_groups",
        Kind::Number(1, i64::MAX),
        "50",
        "Workspace server groups in a project.",
    ),
    file(
        "workspace.names",
        Kind::Choice(&["lenient", "strict"]),
        "lenient",
        "Whether names of Workspace app groups may hold spaces inside: the vendor's example does, its rule forbids it.",
    ),
    file(
        "jobs.misfire_s",
        Kind::Number(1, 86_400),
        "30",
        "A due time that is this many seconds old when the server comes to fire it was missed: it is noted and not run.",
    ),
    file(
        "jobs.lease_s",
        Kind::Number(2, 86_400),
        "30",
        "How long a run belongs to a worker that nothing is heard of, in seconds; after that it may be run again.",
    ),
    file(
        "jobs.grace_s",
        Kind::Number(0, 86_400),
        "30",
        "How long workers have to come back after the server started, in seconds, before their runs are lost.",
    ),
    file(
        "jobs.submit_s",
        Kind::Number(1, 3_600),
        "15",
        "How long a worker may take to say that it takes a run, in seconds.",
    ),
    file(
        "jobs.busy_load",
        Kind::Number(0, 10_000),
        "0",
        "The five-minute load average above which a worker counts as busy; 0 means that load makes nobody busy.",
    ),
    file(
        "jobs.busy_heap",
        Kind::Number(1, 100),
        "90",
        "The share of its heap, in percent, above which a Java worker counts as busy.",
    ),
    file(
        "jobs.busy_disk",
        Kind::Number(1, 100),
        "95",
        "The share of its disk, in percent, above which a Java worker counts as busy.",
    ),
    file(
        "workers.connections",
        Kind::Number(16, 1_000_000),
        "4096",
        "Connections of workers at once; more wait. A quarter of it may be there without having presented a key: who waits longest is cut when more come.",
    ),
    file(
        "workers.frame_limit",
        Kind::Number(65_536, 268_435_456),
        "16777216",
        "The largest frame of a worker in bytes; before it has presented a key, 1 MiB. A larger one ends its connection.",
    ),
    file(
        "workers.memory",
        Kind::Number(16_777_216, 4_294_967_295),
        "268435456",
        "What all workers together may have sent that is not dealt with yet, in bytes; who sends more waits.",
    ),
    file(
        "cluster.lease_s",
        Kind::Number(1, 60),
        "5",
        "Nodes that share a PostgreSQL: after so many seconds without a sign of life the others take over what a node served. The same on all nodes.",
    ),
    file(
        "alarms.settle_s",
        Kind::Number(0, 3600),
        "10",
        "How long after the end of a window of samples it is judged, in seconds: samples that come later are late, and change what was judged.",
    ),
    file(
        "alarms.media",
        Kind::Choice(&["by_level", "mail"]),
        "by_level",
        "How people are told of alarms: `by_level` by phone, text message, mail and robot of what is critical, without phone of what is major, by mail and robot of the rest; `mail` by mail and robot always.",
    ),
    file(
        "alarms.bridges",
        Kind::List("PREFIX=URL"),
        "",
        "What is called in the place of services that only a vendor's cloud has, for targets of rules: `acs:mns:=http://127.0.0.1:9000/mns` posts as JSON what is for names that begin so. The longest prefix counts.",
    ),
    file(
        "alarms.callback_secret",
        Kind::Text("SECRET"),
        "",
        "Callbacks of CloudMonitor's rules are signed with HMAC-SHA256 of the account's id under this secret, in hex; without it their signature is `null`.",
    ),
    file(
        "metrics.trusted_reporter",
        Kind::List("ACCOUNT/USER"),
        "",
        "Who may add metrics to the namespaces of the cloud's services, such as `SYS.ECS`; `*` is everybody.",
    ),
    file(
        "events.active_hours",
        Kind::Number(1, 8_760),
        "24",
        "For how many hours a resource or a group counts as in trouble after an event with the state `warning` or `incident`, if no event of the same name with the state `normal` ends it.",
    ),
    file(
        "retention.audit_days",
        Kind::Number(0, 36_500),
        "365",
        "How many days audit rows are kept; 0 means for ever.",
    ),
    file(
        "retention.resources_days",
        Kind::Number(0, 36_500),
        "30",
        "After how many days a resource is forgotten that nobody has seen, tagged, moved to an enterprise project or \
         put into a group by hand; 0 means never.",
    ),
    file(
        "retention.events_days",
        Kind::Number(1, 36_500),
        "90",
        "How many days events are kept after they were reported, with what became of them for each rule.",
    ),
    file(
        "retention.outbox_days",
        Kind::Number(1, 36_500),
        "90",
        "How many days messages are kept after they were sent or given up.",
    ),
    file(
        "retention.alarms_days",
        Kind::Number(0, 36_500),
        "365",
        "How many days alarms are kept after they were over, with all that was told of them; 0 means for ever.",
    ),
    file(
        "retention.alarms_silent_days",
        Kind::Number(0, 36_500),
        "7",
        "How many days it is kept that an alarm went on and nobody was told, as that would have been too soon after a message; 0 means as long as the alarm.",
    ),
    file(
        "retention.job_instances",
        Kind::Number(0, 1_000_000),
        "300",
        "How many ended instances are kept of each job and of each workflow; 0 keeps all.",
    ),
    file(
        "retention.ledger_days",
        Kind::Number(0, 36_500),
        "30",
        "How many days the ledger of due times is kept; 0 means for ever.",
    ),
    file(
        "retention.log_days",
        Kind::Number(0, 36_500),
        "7",
        "How many days the logs of runs are kept; 0 means as long as their instances.",
    ),
    file(
        "retention.samples_raw_days",
        Kind::Number(7, 36_500),
        "7",
        "How many days single samples of metrics are kept at least. Whole days in UTC are rolled up at once.",
    ),
    file(
        "retention.samples_minute_days",
        Kind::Number(1, 36_500),
        "91",
        "How many days windows of 5 minutes are kept, and with them those of 15 and 20.",
    ),
    file(
        "retention.samples_hour_days",
        Kind::Number(1, 36_500),
        "300",
        "How many days windows of an hour are kept, and with them those of 4 hours.",
    ),
    file(
        "retention.samples_day_days",
        Kind::Number(1, 36_500),
        "1825",
        "How many days windows of a day are kept.",
    ),
    file(
        "retention.samples_disk_mb",
        Kind::Number(0, 1_000_000_000),
        "0",
        "The size of stored samples, in MiB, from which on the log warns; 0 means never.",
    ),
    file(
        "worker.server",
        Kind::Text("URL"),
        "http://127.0.0.1:8080",
        "`muster worker`: the server's HTTP address; also `--server`.",
    ),
    file(
        "worker.namespace",
        Kind::Text("UID"),
        "",
        "`muster worker`: the namespace of its group; also `--namespace`.",
    ),
    file(
        "worker.group_id",
        Kind::Text("ID"),
        "",
        "`muster worker`: the application group that it works for; also `--group-id`.",
    ),
    file("worker.app_key", Kind::Text("KEY"), "", "`muster worker`: the group's key; also `--app-key`."),
    file(
        "worker.label",
        Kind::Text("WORD"),
        "",
        "`muster worker`: the label by which jobs ask for it; also `--label`.",
    ),
    file(
        "worker.concurrency",
        Kind::Number(1, 10_000),
        "32",
        "`muster worker`: runs at once, the rest wait their turn; also `--concurrency`.",
    ),
    file(
        "worker.memory_mb",
        Kind::Number(0, 1 << 30),
        "0",
        "`muster worker`: the address space of each process of a run, in MiB; 0 means no limit; also `--memory-mb`.",
    ),
    file(
        "worker.output_kb",
        Kind::Number(1, 1 << 20),
        "1024",
        "`muster worker`: how much of what a run prints is sent, in KiB; also `--output-kb`.",
    ),
    file(
        "worker.time_limit_s",
        Kind::Number(0, 31_536_000),
        "0",
        "`muster worker`: how long a run may take whatever its job says, in seconds; 0 means no limit; also `--time-limit-s`.",
    ),
    file(
        "worker.kill_grace_s",
        Kind::Number(0, 3_600),
        "5",
        "`muster worker`: how long a run may take to end when it is asked to, in seconds, before it is killed; also `--kill-grace-s`.",
    ),
    file(
        "worker.drain_timeout_s",
        Kind::Number(0, 86_400),
        "60",
        "`muster worker`: how long what runs may go on after SIGTERM, in seconds; also `--drain-timeout-s`.",
    ),
    file(
        "worker.folder",
        Kind::Text("DIR"),
        "",
        "`muster worker`: where the files of its runs lie; empty means the host's folder for temporary files; also `--folder`.",
    ),
];

/// The text of `docs/configuration.md`.
pub fn documentation() -> String {
    let mut text = String::from(
        "# Configuration\n\n\
         <!-- Written by `muster config document` from the table in muster/src/config/table.rs; a test compares. -->\n\n\
         A flag wins over the environment, the environment over the file (`--config FILE`), the file over the default.\n\
         A key that does not exist is an error that names the file, the line and the column.\n\n\
         ```toml\n\
         listen = \"0.0.0.0:8080\"\n\
         public_url = \"https://muster.example.com\"\n\n\
         [smtp]\n\
         host = \"mail.example.com\"\n\
         ```\n\n\
         The same by the environment: `MUSTER_LISTEN=0.0.0.0:8080`, `MUSTER_SMTP__HOST=mail.example.com`. Lists are separated by commas there.\n\n",
    );
    let mut section = None;
    for setting in TABLE {
        let (its_section, name) = setting.key.split_once('.').unwrap_or(("", setting.key));
        if section != Some(its_section) {
            section = Some(its_section);
            let title =
                if its_section.is_empty() { "Top level".to_owned() } else { format!("`[{its_section}]`") };
            let _ = write!(
                text,
                "## {title}\n\n| key | flag | environment | values | default | meaning |\n|---|---|---|---|---|---|\n"
            );
        }
        let flag = if setting.flag { format!("`--{}`", setting.flag_name()) } else { String::new() };
        let default =
            if setting.default.is_empty() { String::new() } else { format!("`{}`", setting.default) };
        let _ = writeln!(
            text,
            "| `{name}` | {flag} | `{}` | {} | {default} | {} |",
            setting.variable(),
            setting.kind.describe(),
            setting.help.replace('|', "\\|"),
        );
        if TABLE
            .iter()
            .rfind(|other| other.key.split_once('.').map_or("", |(s, _)| s) == its_section)
            .map(|last| last.key)
            == Some(setting.key)
        {
            text.push('\n');
        }
    }
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_unique_and_sections_stand_together() {
        let mut seen: Vec<&str> = Vec::new();
        for setting in TABLE {
            let section = setting.key.split_once('.').map_or("", |(section, _)| section);
            if seen.last() != Some(&section) {
                assert!(!seen.contains(&section), "section {section:?} stands in two places");
                seen.push(section);
            }
            assert_eq!(TABLE.iter().filter(|other| other.key == setting.key).count(), 1, "{}", setting.key);
        }
    }

    #[test]
    fn names_follow_from_keys() {
        let find = |key| TABLE.iter().find(|setting| setting.key == key).unwrap();
        assert_eq!(find("worker_listen").variable(), "MUSTER_WORKER_LISTEN");
        assert_eq!(find("worker_listen").flag_name(), "worker-listen");
        assert_eq!(find("http.body_limit").variable(), "MUSTER_HTTP__BODY_LIMIT");
    }

    #[test]
    fn the_documentation_is_not_stale() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/configuration.md");
        let written = std::fs::read_to_string(path).unwrap_or_default();
        assert_eq!(written, documentation(), "run `cargo run -- config document > docs/configuration.md`");
    }
}
