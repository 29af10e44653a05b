//! What metrics there are: the server's own, the vendor's best known ones, and whatever the account has reported.

use std::collections::BTreeMap;

use muster_core::Result;
use muster_db::Tx;
use muster_metrics::{Scope, Service};
use serde_json::{Value, json};

use super::labels::{self, USER};
use super::statistics;
use crate::cloudmonitor::Refusal;
use crate::rpc::Parameters;

/// A metric as catalogues describe it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Described {
    pub(super) namespace: String,
    pub(super) metric: String,
    pub(super) description: String,
    pub(super) unit: String,
    pub(super) periods: &'static str,
    pub(super) statistics: &'static str,
    pub(super) dimensions: String,
}

/// A namespace: its name, its description, its product, the dimensions of its metrics.
type Namespace = (&'static str, &'static str, &'static str, &'static str, &'static [Named]);
/// A metric: its name, its description, its unit.
type Named = (&'static str, &'static str, &'static str);

const OWN: [Namespace; 2] = [
    (
        "MUSTER.JOBS",
        "Jobs of application groups",
        "muster",
        "app_group,namespace",
        &[
            ("waiting_runs", "Runs that wait", "count"),
            ("running_runs", "Runs that are running", "count"),
            ("workers", "Workers that are connected", "count"),
            ("triggered_runs", "Runs triggered in the last minute", "count"),
            ("succeeded_runs", "Runs that succeeded in the last minute", "count"),
            ("failed_runs", "Runs that failed in the last minute", "count"),
        ],
    ),
    (
        "MUSTER.SERVER",
        "The server itself",
        "muster",
        "node",
        &[
            ("metric_series", "Series of metrics in memory", "count"),
            ("sample_memory", "Memory that samples take", "B"),
            ("store_changes", "Changes of the store in the last minute", "count"),
            ("store_commits", "Commits of the store in the last minute", "count"),
            ("store_retries", "Repeated transactions in the last minute", "count"),
            ("store_commit_time", "Average time of a commit", "ms"),
        ],
    ),
];

const VENDOR: [Namespace; 4] = [
    (
        "acs_ecs_dashboard",
        "Elastic Compute Service",
        "ECS",
        "userId,instanceId",
        &[
            ("CPUUtilization", "CPU utilization", "%"),
            ("cpu_total", "CPU utilization seen by the host's agent", "%"),
            ("memory_usedutilization", "Memory utilization seen by the host's agent", "%"),
            ("diskusage_utilization", "Disk utilization seen by the host's agent", "%"),
            ("load_1m", "Load of the last minute", "-"),
            ("InternetInRate", "Traffic from the internet", "bit/s"),
            ("InternetOutRate", "Traffic to the internet", "bit/s"),
            ("IntranetInRate", "Traffic from the intranet", "bit/s"),
            ("IntranetOutRate", "Traffic to the intranet", "bit/s"),
            ("DiskReadBPS", "Bytes read from disks", "B/s"),
            ("DiskWriteBPS", "Bytes written to disks", "B/s"),
            ("DiskReadIOPS", "Reads from disks", "Count/s"),
            ("DiskWriteIOPS", "Writes to disks", "Count/s"),
        ],
    ),
    (
        "acs_rds_dashboard",
        "Relational Database Service",
        "RDS",
        "userId,instanceId",
        &[
            ("CpuUsage", "CPU utilization", "%"),
            ("MemoryUsage", "Memory utilization", "%"),
            ("DiskUsage", "Disk utilization", "%"),
            ("IOPSUsage", "Share of the I/O limit in use", "%"),
            ("ConnectionUsage", "Share of the connection limit in use", "%"),
        ],
    ),
    (
        "acs_slb_dashboard",
        "Server Load Balancer",
        "SLB",
        "userId,instanceId",
        &[
            ("TrafficRXNew", "Traffic in", "bit/s"),
            ("TrafficTXNew", "Traffic out", "bit/s"),
            ("ActiveConnection", "Active connections", "Count"),
            ("NewConnection", "New connections", "Count/s"),
            ("UnhealthyServerCount", "Servers behind it that are not healthy", "Count"),
        ],
    ),
    (
        "acs_kvstore",
        "Key-value store",
        "KVSTORE",
        "userId,instanceId",
        &[
            ("CpuUsage", "CPU utilization", "%"),
            ("MemoryUsage", "Memory utilization", "%"),
            ("ConnectionUsage", "Share of the connection limit in use", "%"),
        ],
    ),
];

/// The metrics of one namespace or of all, by namespace and name. What the account has reported counts over what is
/// known of a metric beforehand.
pub(super) fn metrics(
    tx: &mut Tx<'_>,
    service: &Service,
    scope: Scope<'_>,
    namespace: Option<&str>,
) -> Result<Vec<Described>> {
    let mut metrics = BTreeMap::new();
    let known = OWN.iter().map(|known| (known, "60,300,900,3600"));
    let known = known.chain(VENDOR.iter().map(|known| (known, "60,300")));
    for ((name, _, _, dimensions, list), periods) in known {
        if namespace.is_some_and(|wanted| wanted != *name) {
            continue;
        }
        for (metric, description, unit) in *list {
            let described = Described {
                namespace: (*name).to_owned(),
                metric: (*metric).to_owned(),
                description: (*description).to_owned(),
                unit: (*unit).to_owned(),
                periods,
                statistics: "Average,Minimum,Maximum",
                dimensions: (*dimensions).to_owned(),
            };
            metrics.insert(((*name).to_owned(), (*metric).to_owned()), described);
        }
    }
    for reported in service.metrics(tx, scope, namespace)? {
        let key = (reported.namespace.clone(), reported.name.clone());
        let mut names = reported.dimension_names;
        names.retain(|name| name != USER);
        names.insert(0, USER.to_owned());
        let before: Option<&Described> = metrics.get(&key);
        let described = Described {
            description: before.map_or_else(|| reported.name.clone(), |known| known.description.clone()),
            unit: if reported.unit.is_empty() {
                before.map(|known| known.unit.clone()).unwrap_or_default()
            } else {
                reported.unit
            },
            namespace: reported.namespace,
            metric: reported.name,
            periods: "15,60,300,900,3600",
            statistics: statistics::ALL,
            dimensions: names.join(","),
        };
        metrics.insert(key, described);
    }
    Ok(metrics.into_values().collect())
}

/// What is known of a namespace: its description and its product.
pub(super) fn about(namespace: &str) -> (&str, &str) {
    let known = OWN.iter().chain(&VENDOR).find(|(name, ..)| *name == namespace);
    match known {
        Some((_, description, product, ..)) => (description, product),
        None if labels::is_custom(namespace) => ("Custom metrics", "customMetric"),
        None => (namespace, namespace),
    }
}

/// The labels of a namespace and of its metrics.
pub(super) fn labels_of(namespace: &str) -> [(&'static str, String); 2] {
    [("alertEnable", "true".to_owned()), ("product", about(namespace).1.to_owned())]
}

/// Labels as answers hold them: a text.
pub(super) fn labels_text(namespace: &str) -> String {
    let labels = labels_of(namespace);
    let labels: Value = labels.iter().map(|(name, value)| json!({"name": name, "value": value})).collect();
    labels.to_string()
}

/// Labels that are wanted, from `[{"name":"product","value":"ECS"}]`.
pub(super) fn read_labels(parameters: &Parameters) -> Result<Vec<(String, String)>, Refusal> {
    let mut labels = Vec::new();
    for item in parameters.items("Labels")? {
        let name = item
            .word("name")
            .ok_or_else(|| Refusal::illegal("Labels", "must have a name and a value each"))?;
        labels.push((name.to_owned(), item.text("value").unwrap_or_default().to_owned()));
    }
    Ok(labels)
}

/// Whether a namespace has all of these labels.
pub(super) fn has_labels(namespace: &str, wanted: &[(String, String)]) -> bool {
    let labels = labels_of(namespace);
    wanted.iter().all(|(name, value)| labels.iter().any(|(known, is)| known == name && is == value))
}
