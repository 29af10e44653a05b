//! What the server reports of itself, each minute, as metrics that the same APIs give out.
//!
//! An account sees how its own application groups are doing; the first account, whose users run the server, sees the
//! server too. Nobody else can write to these namespaces.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use muster_core::{Engine, Result, Timestamp};
use muster_db::{Counters, Db, Tx};
use muster_identity::AccountName;
use muster_jobs::link::WorkerLink;
use muster_jobs::overview;
use muster_metrics::{Admission, NewSample, Sample, Scope, SeriesName, ValueKind};

/// How jobs are doing.
const JOBS: &str = "MUSTER.JOBS";
/// How the server is doing.
const SERVER: &str = "MUSTER.SERVER";
const MINUTE_MS: i64 = 60_000;
const ADMISSION: Admission =
    Admission { oldest_ms: MINUTE_MS * 10, ahead_ms: MINUTE_MS, late_ms: i64::MAX, counted: false };

/// The engine.
pub(crate) struct ReportOwn {
    db: Db,
    identity: Arc<muster_identity::Service>,
    metrics: Arc<muster_metrics::Service>,
    link: Arc<dyn WorkerLink>,
    node: String,
    before: Mutex<Option<Counters>>,
}

impl ReportOwn {
    /// The engine. The server's own figures go to the first account, under the name `node`.
    pub(crate) fn new(
        db: Db,
        identity: Arc<muster_identity::Service>,
        metrics: Arc<muster_metrics::Service>,
        link: Arc<dyn WorkerLink>,
        node: String,
    ) -> Self {
        Self { db, identity, metrics, link, node, before: Mutex::new(None) }
    }

    fn project(&self, account: &AccountName) -> Result<Option<(String, String)>> {
        let found = self.db.read_blocking(|tx| self.identity.default_project(tx, account))?;
        Ok(found.map(|(account, project)| (account.id, project.id)))
    }

    fn of_jobs(&self, at: Timestamp) -> Result<HashMap<(String, String), Vec<NewSample>>> {
        let loads = self.db.read_blocking(overview::loads)?;
        let mut projects: HashMap<String, Option<String>> = HashMap::new();
        let mut samples: HashMap<(String, String), Vec<NewSample>> = HashMap::new();
        for load in loads {
            let project = match projects.get(&load.account_id) {
                Some(known) => known.clone(),
                None => {
                    let found = self.project(&AccountName::Id(load.account_id.clone()))?;
                    let id = found.map(|(_, project)| project);
                    projects.insert(load.account_id.clone(), id.clone());
                    id
                }
            };
            let Some(project) = project else { continue };
            let mut dimensions = vec![("app_group", load.group_id.as_str())];
            if !load.namespace.is_empty() {
                dimensions.push(("namespace", &load.namespace));
            }
            let workers = self.link.workers(load.app_group).len();
            let mut figures = vec![
                ("waiting_runs", load.waiting),
                ("running_runs", load.running),
                ("triggered_runs", load.minute.triggered),
                ("succeeded_runs", load.minute.succeeded),
                ("failed_runs", load.minute.failed),
            ];
            // Of several nodes one has a group's workers; the others do not say that there are none.
            if workers > 0 || self.db.dialect() == muster_db::Dialect::Sqlite {
                figures.push(("workers", i64::try_from(workers).unwrap_or(i64::MAX)));
            }
            let list = samples.entry((load.account_id.clone(), project)).or_default();
            for (metric, figure) in figures {
                #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
                list.push(sample(JOBS, metric, &dimensions, "count", at, figure as f64)?);
            }
        }
        Ok(samples)
    }

    /// What the store did since the last report; nothing at the first one.
    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
    fn of_server(&self, at: Timestamp) -> Result<Vec<NewSample>> {
        let now = self.db.counters();
        let before = self.before.lock().unwrap_or_else(PoisonError::into_inner).replace(now);
        let (series, bytes) = self.metrics.memory_use();
        let mut figures =
            vec![("metric_series", "count", series as f64), ("sample_memory", "B", bytes as f64)];
        if let Some(before) = before {
            let commits = now.commits - before.commits;
            figures.push(("store_changes", "count", (now.works - before.works) as f64));
            figures.push(("store_commits", "count", commits as f64));
            figures.push(("store_retries", "count", (now.retries - before.retries) as f64));
            if commits > 0 {
                let each = (now.commit_us - before.commit_us) as f64 / commits as f64 / 1000.0;
                figures.push(("store_commit_time", "ms", each));
            }
        }
        let dimensions = [("node", self.node.as_str())];
        figures
            .into_iter()
            .map(|(metric, unit, figure)| sample(SERVER, metric, &dimensions, unit, at, figure))
            .collect()
    }
}

impl Engine for ReportOwn {
    fn name(&self) -> &'static str {
        "metrics.report_own"
    }

    fn period(&self) -> Duration {
        Duration::from_secs(60)
    }

    fn run(&self) -> Result<()> {
        let now = self.db.read_blocking(|tx| Ok(tx.now()))?;
        // Several nodes, and a second run in a minute, write the same samples.
        let at = Timestamp::from_millis(now.millis() / MINUTE_MS * MINUTE_MS);
        let mut samples = self.of_jobs(at)?;
        if let Some(operator) = self.project(&AccountName::First)? {
            samples.entry(operator).or_default().extend(self.of_server(at)?);
        }
        for ((account_id, project_id), samples) in samples {
            let metrics = Arc::clone(&self.metrics);
            let kept = self.db.write_blocking(move |tx: &mut Tx<'_>| {
                let scope = Scope { account_id: &account_id, project_id: &project_id };
                metrics.add(tx, scope, &samples, ADMISSION)
            });
            kept?;
        }
        Ok(())
    }
}

fn sample(
    namespace: &str,
    metric: &str,
    dimensions: &[(&str, &str)],
    unit: &str,
    at: Timestamp,
    value: f64,
) -> Result<NewSample> {
    let dimensions = dimensions.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
    Ok(NewSample {
        series: SeriesName::new(namespace, metric, dimensions)?,
        unit: unit.into(),
        kind: if matches!(unit, "count" | "B") { ValueKind::Integer } else { ValueKind::Float },
        ttl_ms: 7 * 86_400_000,
        sample: Sample { at, value },
    })
}
