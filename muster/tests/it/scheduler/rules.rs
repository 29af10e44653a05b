//! What must hold whatever happened: ledger, instances and the workers' journals tell one story.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use muster_core::Timestamp;
use serde_json::Value;

use super::journal::{Line, What};
use super::site::{Group, JobSpec, Site, ledger};
use super::{Journal, until};

/// How long runs may take to end when nothing is made any more.
const SETTLED_WITHIN: Duration = Duration::from_secs(90);
/// How long an order may be on its way, in milliseconds: a lease begins before its run arrives.
const ON_THE_WAY_MS: i64 = 500;

/// A job with everything that must be true of it.
#[derive(Clone, Debug)]
pub(crate) struct Account {
    pub(crate) group: Group,
    pub(crate) job: i64,
    pub(crate) spec: JobSpec,
    /// When it was known to be there, and when it was known to have been disabled.
    pub(crate) from: Timestamp,
    pub(crate) to: Timestamp,
    /// Runs that the server said it would do.
    pub(crate) promised: Vec<i64>,
}

/// What was counted while checking.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counts {
    pub(crate) due_times: i64,
    pub(crate) ran: usize,
    pub(crate) skipped: i64,
    pub(crate) lost: usize,
    pub(crate) instances: usize,
    pub(crate) submits: usize,
    pub(crate) acknowledged: usize,
}

impl Account {
    /// Waits until nothing of the job is unfinished.
    pub(crate) async fn settle(&self, site: &Site) {
        let is_over = |instance: &Value| matches!(instance["Status"].as_i64(), Some(4 | 5));
        until(&format!("the end of all runs of job {}", self.job), SETTLED_WITHIN, || async {
            self.instances(site).await.values().all(is_over)
        })
        .await;
    }

    async fn instances(&self, site: &Site) -> BTreeMap<i64, Value> {
        let all = site.instances(&self.group, self.job).await;
        all.into_iter().map(|instance| (instance["InstanceId"].as_i64().unwrap(), instance)).collect()
    }

    /// Holds the job's ledger (of the server in `data`) and its instances against what workers saw, where a run is its
    /// worker's for `lease_ms` after it was last heard of.
    pub(crate) async fn check(&self, site: &Site, data: &Path, journal: &Journal, lease_ms: i64) -> Counts {
        let instances = self.instances(site).await;
        let mut counts = Counts { instances: instances.len(), ..Counts::default() };
        self.check_ledger(&ledger(data, self.job), &instances, &mut counts);
        for promised in &self.promised {
            assert!(instances.contains_key(promised), "instance {promised} was promised and is gone");
        }
        let lines = journal.lines().clone();
        for (id, instance) in &instances {
            let lines: Vec<&Line> = lines.iter().filter(|line| line.instance == *id).collect();
            self.check_run(*id, instance, &lines, lease_ms, &mut counts);
        }
        counts
    }

    /// Each due time is in one row, and rows are of instances.
    fn check_ledger(&self, rows: &[Value], instances: &BTreeMap<i64, Value>, counts: &mut Counts) {
        let job = self.job;
        if self.spec.every_s == 0 {
            return assert!(rows.is_empty(), "{rows:?}");
        }
        let step = self.spec.every_s * 1_000;
        let number = |row: &Value, name: &str| row[name].as_i64().unwrap();
        let first = number(&rows[0], "due_ms");
        assert!(first < self.from.millis() + 2 * step, "job {job}: due times before {first} are missing");
        let (mut next, mut seen) = (first, BTreeSet::new());
        for row in rows {
            let (due, to, count) = (number(row, "due_ms"), number(row, "to_ms"), number(row, "count"));
            assert_eq!(due, next, "job {job}: a due time has no row, or two: {row}");
            assert_eq!(to, due + (count - 1) * step, "{row}");
            next = to + step;
            counts.due_times += count;
            match row["outcome"].as_str().unwrap() {
                "ran" => counts.ran += 1,
                "lost" => counts.lost += 1,
                "skipped" => {
                    counts.skipped += count;
                    continue;
                }
                other => panic!("job {job}: {other} after everything ended: {row}"),
            }
            let instance = number(row, "instance_id");
            assert!(seen.insert(instance), "job {job}: {instance} stands for two due times");
            assert!(instances.contains_key(&instance), "job {job}: {instance} is gone");
        }
        assert!(next > self.to.millis() - step, "job {job}: due times since {next} are missing");
    }

    fn check_run(&self, id: i64, instance: &Value, lines: &[&Line], lease_ms: i64, counts: &mut Counts) {
        let mut attempts = BTreeSet::new();
        // The workers that have it, and when each was last heard of.
        let mut having: BTreeMap<&str, Timestamp> = BTreeMap::new();
        let (mut written_down, mut last_end) = (None, None);
        for line in lines {
            match &line.what {
                What::Submitted { attempt } => {
                    counts.submits += 1;
                    for (other, heard) in &having {
                        let alone_ms = line.at.since(*heard);
                        assert!(
                            alone_ms >= lease_ms - ON_THE_WAY_MS,
                            "instance {id} went to {} {alone_ms} ms after {other} was heard of: {lines:#?}",
                            line.worker
                        );
                    }
                    assert!(
                        attempts.insert(*attempt),
                        "instance {id}, attempt {attempt} ran twice: {lines:#?}"
                    );
                    assert!(
                        *attempt <= self.spec.max_attempt,
                        "instance {id} was tried too often: {lines:#?}"
                    );
                    having.insert(&line.worker, line.at);
                }
                What::Heard => {
                    having.entry(&line.worker).and_modify(|heard| *heard = line.at.max(*heard));
                }
                What::Ended { success, result } => {
                    having.remove(line.worker.as_str());
                    last_end = Some((*success, result.clone()));
                }
                What::Gone => {
                    having.remove(line.worker.as_str());
                }
                What::Acknowledged { result } => {
                    counts.acknowledged += 1;
                    written_down = Some(result.clone());
                }
            }
        }
        // Whoever was told that the end of the last try is on disk finds it there.
        if let (Some(result), Some((success, last))) = (written_down, last_end)
            && result == last
        {
            assert_eq!(instance["Result"], result.as_str(), "{instance}: {lines:#?}");
            assert_eq!(instance["Status"], if success { 4 } else { 5 }, "{instance}");
        }
    }
}

impl std::ops::AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.due_times += other.due_times;
        self.ran += other.ran;
        self.skipped += other.skipped;
        self.lost += other.lost;
        self.instances += other.instances;
        self.submits += other.submits;
        self.acknowledged += other.acknowledged;
    }
}
