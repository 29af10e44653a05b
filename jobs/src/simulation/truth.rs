//! What really happened, and the rules that hold whatever happened:
//!
//! 1. Two nodes never believe at once that they serve a group.
//! 2. A run is handed to nobody else while the lease of the worker that works on it lives.
//! 3. A try of a run is started by one worker, once; tries are as many as the policy allows.
//! 4. A report ends the try that it is about.
//! 5. Every due time of every job is in one row of the ledger, and no two rows share an instance.
//! 6. Without faults everything ends; what was reported and taken is what the instance says.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::tz::TimeZone;
use muster_core::{Result, Timestamp};
use muster_db::cluster::Shard;

use super::node::Node;
use super::process::Process;
use crate::firings::{Outcome, Owner};
use crate::instances::{Instance, InstanceFilter, Patience, State};
use crate::job::Job;
use crate::link::{News, Run};
use crate::testing::World;

/// What happened in all, so that a simulation in which nothing happens is seen.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tally {
    /// Tries that workers started.
    pub(super) started: usize,
    /// Those of them that were not an instance's first.
    pub(super) retried: usize,
    /// Ends that were reported and counted.
    pub(super) taken: usize,
    /// Due times whose runs nobody knows the end of.
    pub(super) lost: usize,
    /// Due times that were skipped.
    pub(super) skipped: i64,
    /// Times that the group changed hands.
    pub(super) takeovers: usize,
    /// Frames that were held up in a frozen node.
    pub(super) held_up: usize,
    /// Frames whose connection was gone when they were written.
    pub(super) missed: usize,
}

impl Tally {
    /// What is rare happens now and then in as many seeds as these, or the simulation proves nothing.
    pub(super) fn check(&self, seeds: u64) {
        let Self { started, retried, taken, lost, skipped, takeovers, held_up, missed } = *self;
        assert!(started > 0 && taken > 0 && skipped > 0 && takeovers > 0, "{self:?}");
        assert!(seeds < 50 || (retried > 0 && lost > 0 && held_up > 0 && missed > 0), "{self:?}");
    }
}

impl std::ops::AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.started += other.started;
        self.retried += other.retried;
        self.taken += other.taken;
        self.lost += other.lost;
        self.skipped += other.skipped;
        self.takeovers += other.takeovers;
        self.held_up += other.held_up;
        self.missed += other.missed;
    }
}

pub(super) struct Truth {
    pub(super) tally: Tally,
    /// Which node was last seen to serve.
    holder: &'static str,
    pub(super) jobs: BTreeMap<i64, Job>,
    shards: BTreeSet<Shard>,
    /// Which process last had each instance's lease, and since when it lives.
    leases: HashMap<i64, BTreeMap<String, Timestamp>>,
    /// The latest try that was handed over.
    handed: HashMap<i64, i64>,
    /// Who started each try.
    started: HashMap<(i64, i64), String>,
    /// The reports that counted as an end: which try, whether well, and the result.
    taken: HashMap<i64, (i64, bool, String)>,
    /// The results of reports of which nobody heard whether they counted.
    unheard: BTreeSet<String>,
}

impl Truth {
    pub(super) fn new(jobs: BTreeMap<i64, Job>) -> Self {
        let shards = jobs.values().map(|job| Shard::of(job.app_group)).collect();
        let (leases, handed) = (HashMap::new(), HashMap::new());
        Self {
            tally: Tally::default(),
            holder: "",
            jobs,
            shards,
            leases,
            handed,
            started: HashMap::new(),
            taken: HashMap::new(),
            unheard: BTreeSet::new(),
        }
    }

    /// Rule 1.
    pub(super) fn check_holders(&mut self, nodes: &[Node<'_>]) {
        for shard in &self.shards {
            let holders: Vec<&'static str> =
                nodes.iter().filter(|node| node.serves(*shard)).map(|node| node.name).collect();
            assert!(holders.len() < 2, "{holders:?} both serve {shard:?}");
            if let [holder] = holders[..]
                && holder != std::mem::replace(&mut self.holder, holder)
            {
                self.tally.takeovers += 1;
            }
        }
    }

    /// A node that serves the group has heard a worker list an instance.
    pub(super) fn heard(&mut self, instance: i64, process: &str, now: Timestamp) {
        if let Some(leases) = self.leases.get_mut(&instance)
            && let Some(since) = leases.get_mut(process)
        {
            *since = now;
        }
    }

    /// Rules 2 and 3. A frame that was held up between a node's last look at its lease and the connection is the one
    /// that may come too late: no server can take it back.
    pub(super) fn handed(&mut self, run: &Run, to: &str, is_held_up: bool, now: Timestamp, all: &[Process]) {
        self.tally.held_up += usize::from(is_held_up);
        let leases = self.leases.entry(run.instance).or_default();
        for process in all.iter().filter(|process| process.id != to && !is_held_up) {
            let Some(since) = leases.get(&process.id) else { continue };
            let is_on_it = process.running.contains_key(&run.instance);
            let lives = now.since(*since).abs() < Patience::default().lease_ms;
            assert!(
                !(is_on_it && lives),
                "instance {} runs on {} and goes to {to}",
                run.instance,
                process.id
            );
        }
        let job = &self.jobs[&run.job];
        assert!(run.attempt <= job.definition.max_attempt, "try {} of {}", run.attempt, run.instance);
        let latest = self.handed.entry(run.instance).or_insert(run.attempt);
        assert!(
            is_held_up || run.attempt >= *latest,
            "try {} after {latest} of {}",
            run.attempt,
            run.instance
        );
        *latest = run.attempt.max(*latest);
        leases.insert(to.to_owned(), now);
    }

    /// Rule 3.
    pub(super) fn started(&mut self, run: &Run, by: &str) {
        let before = self.started.insert((run.instance, run.attempt), by.to_owned());
        self.tally.started += 1;
        self.tally.retried += usize::from(run.attempt > 0);
        assert_eq!(before, None, "try {} of instance {} starts again, by {by}", run.attempt, run.instance);
    }

    /// Rule 4.
    pub(super) fn reported(&mut self, instance: i64, attempt: i64, news: &News, taken: Option<bool>) {
        let News::Ended { success, result, .. } = news else { return };
        if taken.is_none() {
            self.unheard.insert(result.clone());
        }
        if taken == Some(true) {
            let latest = self.handed.get(&instance);
            assert_eq!(
                latest,
                Some(&attempt),
                "a report of an earlier try of {instance} has ended a later one"
            );
            self.tally.taken += 1;
            self.taken.insert(instance, (attempt, *success, result.clone()));
        }
    }

    /// Rule 5, for due times until `before`.
    pub(super) fn check_ledger(&self, customer: &World<'_>, before: Timestamp) -> Result<()> {
        let mut due: BTreeMap<i64, Timestamp> =
            self.jobs.iter().filter_map(|(id, job)| Some((*id, job.next_due?))).collect();
        let mut instances = BTreeSet::new();
        for firing in customer.ledger()? {
            let Owner::Job(id) = firing.owner else { panic!("{firing:?}") };
            let (job, mut next) = (&self.jobs[&id], due[&id]);
            assert_eq!(firing.due, next, "a due time of job {id} has no row");
            for _ in 0..firing.count {
                assert!(next <= firing.to);
                next = job.definition.time.due_after(next, &TimeZone::UTC).unwrap();
            }
            due.insert(id, next);
            assert_eq!(firing.instance.is_some(), firing.outcome != Outcome::Skipped);
            assert!(firing.instance.is_none_or(|instance| instances.insert(instance)));
        }
        assert!(due.values().all(|next| *next > before), "due times before {before} are missing");
        Ok(())
    }

    fn instances(customer: &World<'_>) -> Result<Vec<Instance>> {
        let service = customer.instances.clone();
        customer.write(move |tx, alice| service.list(tx, alice, "ns", "g", &InstanceFilter::default()))
    }

    pub(super) fn unfinished(&self, customer: &World<'_>) -> Result<Vec<Instance>> {
        Ok(Self::instances(customer)?.into_iter().filter(|instance| !instance.state.is_final()).collect())
    }

    pub(super) fn all_is_over(&self, customer: &World<'_>) -> Result<bool> {
        Ok(self.unfinished(customer)?.is_empty())
    }

    /// Rule 6.
    pub(super) fn check_ends(&mut self, customer: &World<'_>) -> Result<()> {
        let all = Self::instances(customer)?;
        assert!(all.len() > 10, "a run without runs proves nothing");
        for instance in &all {
            let taken = self.taken.get(&instance.id);
            if instance.state == State::Success && !self.unheard.contains(&instance.result) {
                let (_, success, result) = taken.unwrap_or_else(|| panic!("nobody said this: {instance:?}"));
                assert!(*success && *result == instance.result, "{instance:?}: {result}");
            }
            // A success is the last word about an instance.
            assert!(
                taken.is_none_or(|(_, success, _)| !success || instance.state == State::Success),
                "{instance:?}"
            );
        }
        for firing in customer.ledger()? {
            match firing.outcome {
                Outcome::Ran => {}
                Outcome::Lost => self.tally.lost += 1,
                Outcome::Skipped => self.tally.skipped += firing.count,
                Outcome::Pending => panic!("{firing:?} after everything ended"),
            }
        }
        Ok(())
    }
}
