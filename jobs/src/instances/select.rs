//! Which worker gets a run: rules over the workers that are there, without a store.

use std::fmt;

use muster_core::Random;

use crate::designations::{DesignateKind, Designation};
use crate::job::{ExecuteMode, JobKind};
use crate::link::{Family, Worker};
use crate::route_strategies::RouteStrategy;

/// From which load on a worker counts as busy.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BusyLimits {
    /// The load average of five minutes; 0 for no limit.
    pub load5: f64,
    /// The share of the heap in use.
    pub heap5: f64,
    /// The share of the disk in use.
    pub disk: f64,
}

impl Default for BusyLimits {
    fn default() -> Self {
        Self { load5: 0.0, heap5: 0.9, disk: 0.95 }
    }
}

/// Whether a worker has enough to do already, and by what one sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Busy {
    /// It has not.
    Free,
    /// By its load average.
    Load,
    /// By its heap.
    Heap,
    /// By its disk.
    Disk,
}

impl BusyLimits {
    /// What `worker` counts as. Of a Go worker only the load says anything: its heap figures look like those of a
    /// full heap on an idle process.
    pub fn judge(&self, worker: &Worker) -> Busy {
        let metrics = &worker.metrics;
        if self.load5 > 0.0 && metrics.cpu_load5 > self.load5 {
            Busy::Load
        } else if worker.family() == Family::Go {
            Busy::Free
        } else if metrics.heap5_usage > self.heap5 {
            Busy::Heap
        } else if metrics.disk_usage > self.disk {
            Busy::Disk
        } else {
            Busy::Free
        }
    }
}

/// What the choice of a worker depends on, beside the workers.
pub(super) struct Wish<'w> {
    pub(super) kind: JobKind,
    /// Whether only our own workers know it.
    pub(super) is_built_in: bool,
    pub(super) mode: ExecuteMode,
    /// Of the job, or of this one run.
    pub(super) designation: Option<&'w Designation>,
    pub(super) strategy: Option<&'w RouteStrategy>,
    /// Whether busy workers may be used.
    pub(super) even_busy: bool,
}

impl Wish<'_> {
    fn fits(&self, family: Family) -> bool {
        if self.is_built_in { family == Family::Muster } else { family.takes(self.kind) }
    }
}

/// Why there is no worker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Lack {
    /// None is connected.
    Nobody,
    /// Those that are connected do not take work yet, or no longer.
    NotReady,
    /// None of those that take work may have this run; the rule that says so.
    Unfit(String),
}

impl fmt::Display for Lack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no available worker: ")?;
        match self {
            Self::Nobody => f.write_str("none is connected"),
            Self::NotReady => f.write_str("all are starting or shutting down"),
            Self::Unfit(why) => f.write_str(why),
        }
    }
}

/// The worker to submit to, and the routes of all that may share the run.
#[derive(Debug)]
pub(super) struct Choice<'w> {
    pub(super) worker: &'w Worker,
    pub(super) routes: Vec<String>,
}

/// Chooses a worker. `load` says how much one has to do.
///
/// # Errors
/// Why there is none.
pub(super) fn choose<'w>(
    wish: &Wish<'_>,
    workers: &'w [Worker],
    limits: &BusyLimits,
    load: impl Fn(&Worker) -> usize,
    random: &mut Random,
) -> Result<Choice<'w>, Lack> {
    let mut usable = usable(wish, workers, limits)?;
    // Of Java workers only an agent runs scripts, and none says that it is one.
    if wish.designation.is_none() && usable.iter().any(|worker| worker.family() == Family::Muster) {
        usable.retain(|worker| worker.family() == Family::Muster);
    }
    let usable = designated(wish.designation, usable)?;
    let usable = by_proportion(wish.strategy, usable, random);
    if wish.mode == ExecuteMode::Standalone {
        let worker = usable[pick(usable.len(), random)];
        return Ok(Choice { worker, routes: vec![worker.route()] });
    }
    // The master of a shared run does extra work: it should be one with little to do.
    let least = usable.iter().map(|worker| load(worker)).min().unwrap_or(0);
    let idle: Vec<&Worker> = usable.iter().copied().filter(|worker| load(worker) == least).collect();
    let worker = idle[pick(idle.len(), random)];
    let routes =
        usable.iter().filter(|other| other.family() == worker.family()).map(|other| other.route()).collect();
    Ok(Choice { worker, routes })
}

/// The routes of all of a family that may share a run now.
pub(super) fn sharers(
    family: Family,
    designation: Option<&Designation>,
    even_busy: bool,
    workers: &[Worker],
    limits: &BusyLimits,
) -> Vec<String> {
    let may = |worker: &&Worker| {
        worker.family() == family && worker.ready && (even_busy || limits.judge(worker) == Busy::Free)
    };
    let usable = workers.iter().filter(may).collect();
    let chosen = designated(designation, usable).unwrap_or_default();
    chosen.into_iter().map(Worker::route).collect()
}

/// Never an empty list: else says why.
fn usable<'w>(wish: &Wish<'_>, workers: &'w [Worker], limits: &BusyLimits) -> Result<Vec<&'w Worker>, Lack> {
    let able: Vec<&Worker> = workers.iter().filter(|worker| wish.fits(worker.family())).collect();
    if able.is_empty() {
        // The server's own place among the workers of each group says nothing about others.
        let nobody = workers.iter().all(|worker| worker.family() == Family::Server);
        let unfit = || Lack::Unfit(format!("none runs {} jobs", wish.kind.as_str()));
        return Err(if nobody { Lack::Nobody } else { unfit() });
    }
    let able: Vec<&Worker> = able.into_iter().filter(|worker| worker.ready).collect();
    if able.is_empty() {
        return Err(Lack::NotReady);
    }
    if wish.even_busy {
        return Ok(able);
    }
    let free: Vec<&Worker> = able.into_iter().filter(|worker| limits.judge(worker) == Busy::Free).collect();
    if free.is_empty() {
        return Err(Lack::Unfit("all are busy".to_owned()));
    }
    Ok(free)
}

fn designated<'w>(
    designation: Option<&Designation>,
    usable: Vec<&'w Worker>,
) -> Result<Vec<&'w Worker>, Lack> {
    let Some(designation) = designation else { return Ok(usable) };
    let chosen: Vec<&Worker> = usable
        .iter()
        .copied()
        .filter(|worker| matches(worker, designation.kind, &designation.targets))
        .collect();
    if !chosen.is_empty() {
        Ok(chosen)
    } else if designation.transferable {
        Ok(usable)
    } else {
        Err(Lack::Unfit("none of the designated ones".to_owned()))
    }
}

/// Draws a share; one that has no workers falls back to all.
fn by_proportion<'w>(
    strategy: Option<&RouteStrategy>,
    usable: Vec<&'w Worker>,
    random: &mut Random,
) -> Vec<&'w Worker> {
    let Some(strategy) = strategy else { return usable };
    let mut drawn = i64::try_from(pick(100, random)).unwrap_or(0);
    for share in &strategy.shares {
        if drawn < share.percentage {
            let bucket: Vec<&Worker> =
                usable.iter().copied().filter(|worker| matches(worker, share.kind, &share.targets)).collect();
            return if bucket.is_empty() { usable } else { bucket };
        }
        drawn -= share.percentage;
    }
    usable
}

/// Whether one of the targets names the worker.
fn matches(worker: &Worker, kind: DesignateKind, targets: &[String]) -> bool {
    targets.iter().any(|target| kind.names(target, worker))
}

/// A number below `count`, each as likely as another (the bias of 64 bits is far below what anybody could see).
fn pick(count: usize, random: &mut Random) -> usize {
    let drawn = u64::from_le_bytes(random.bytes());
    usize::try_from(drawn % count.max(1) as u64).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::route_strategies::Share;
    use crate::testing::worker;

    fn wish(kind: JobKind, mode: ExecuteMode) -> Wish<'static> {
        Wish { kind, is_built_in: false, mode, designation: None, strategy: None, even_busy: true }
    }

    fn choose_from(wish: &Wish<'_>, workers: &[Worker], seed: u64) -> Result<(String, usize), String> {
        let mut random = Random::from_number(seed);
        choose(wish, workers, &BusyLimits::default(), Worker::running, &mut random)
            .map(|choice| (choice.worker.id.clone(), choice.routes.len()))
            .map_err(|lack| lack.to_string())
    }

    #[test]
    fn nobody_there_has_a_reason() {
        let go = wish(JobKind::Go, ExecuteMode::Standalone);
        let mut starting = worker("a", "go");
        starting.ready = false;
        for (workers, why) in [
            (vec![], "none is connected"),
            (vec![worker("s", "server")], "none is connected"),
            (vec![starting], "all are starting"),
            (vec![worker("a", "muster")], "none runs go jobs"),
        ] {
            let refused = choose_from(&go, &workers, 1).unwrap_err();
            assert!(refused.starts_with("no available worker") && refused.contains(why), "{refused}");
        }
    }

    #[test]
    fn scripts_and_built_in_tasks_go_to_our_own_workers() {
        let workers = [worker("a", "go"), worker("b", "springboot"), worker("c", "muster")];
        let shell = wish(JobKind::Shell, ExecuteMode::Standalone);
        let built_in = Wish { is_built_in: true, ..wish(JobKind::Go, ExecuteMode::Standalone) };
        for seed in 0..20 {
            assert_eq!(choose_from(&shell, &workers, seed).unwrap().0, "c");
            assert_eq!(choose_from(&built_in, &workers, seed).unwrap().0, "c");
        }
        assert_eq!(choose_from(&shell, &workers[..2], 1).unwrap().0, "b");
        assert!(choose_from(&built_in, &workers[..2], 1).is_err());
        let designation =
            Designation { kind: DesignateKind::Label, transferable: false, targets: vec!["b-label".into()] };
        let to_agent = Wish { designation: Some(&designation), ..shell };
        assert_eq!(choose_from(&to_agent, &workers, 1).unwrap().0, "b");
    }

    #[test]
    fn standalone_runs_are_spread_at_random() {
        let workers = [worker("a", "go"), worker("b", "go"), worker("c", "go")];
        let go = wish(JobKind::Go, ExecuteMode::Standalone);
        let mut counts = std::collections::BTreeMap::<String, usize>::new();
        for seed in 0..300 {
            *counts.entry(choose_from(&go, &workers, seed).unwrap().0).or_default() += 1;
        }
        assert!(counts.len() == 3 && counts.values().all(|count| *count > 60), "{counts:?}");
    }

    #[test]
    fn a_shared_run_has_the_idlest_master_and_one_family() {
        let mut loaded = worker("a", "go");
        loaded.beats[0] = crate::link::Beat::new(loaded.beats[0].at, vec![1, 2]);
        let workers = [loaded, worker("b", "go"), worker("c", "springboot"), worker("d", "muster")];
        let mut broadcast = wish(JobKind::Java, ExecuteMode::Broadcast);
        let (mut masters, mut sizes) = (std::collections::BTreeSet::new(), std::collections::BTreeSet::new());
        for seed in 0..50 {
            let (master, routes) = choose_from(&broadcast, &workers, seed).unwrap();
            sizes.insert((master.clone(), routes));
            masters.insert(master);
        }
        assert_eq!(masters.into_iter().collect::<String>(), "bc");
        assert_eq!(sizes.into_iter().collect::<Vec<_>>(), [("b".to_owned(), 2), ("c".to_owned(), 1)]);
        broadcast.kind = JobKind::Shell;
        assert!(choose_from(&broadcast, &workers[..2], 1).is_err());
    }

    #[test]
    fn designated_workers_come_first_and_others_only_if_allowed() {
        let workers = [worker("a", "go"), worker("b", "go")];
        let mut designation =
            Designation { kind: DesignateKind::Label, transferable: false, targets: vec!["b-label".into()] };
        for seed in 0..20 {
            let go = Wish { designation: Some(&designation), ..wish(JobKind::Go, ExecuteMode::Standalone) };
            assert_eq!(choose_from(&go, &workers, seed).unwrap().0, "b");
        }
        designation.targets = vec!["gone".into()];
        let go = Wish { designation: Some(&designation), ..wish(JobKind::Go, ExecuteMode::Standalone) };
        assert!(choose_from(&go, &workers, 1).unwrap_err().contains("designated"));
        designation.transferable = true;
        let go = Wish { designation: Some(&designation), ..wish(JobKind::Go, ExecuteMode::Standalone) };
        assert!(choose_from(&go, &workers, 1).is_ok());
    }

    #[test]
    fn shares_are_drawn_by_percentage() {
        let workers = [worker("a", "go"), worker("b", "go")];
        let share = |percentage, target: &str| Share {
            percentage,
            kind: DesignateKind::Worker,
            targets: vec![target.to_owned()],
        };
        let shares = vec![share(20, &workers[0].address()), share(80, &workers[1].address())];
        let strategy = RouteStrategy { name: String::new(), enabled: true, shares };
        let go = Wish { strategy: Some(&strategy), ..wish(JobKind::Go, ExecuteMode::Standalone) };
        let first = (0..1000).filter(|seed| choose_from(&go, &workers, *seed).unwrap().0 == "a").count();
        assert!((150..250).contains(&first), "{first}");
    }

    #[test]
    fn busy_workers_are_left_alone_if_the_group_says_so() {
        let mut java = worker("a", "springboot");
        java.metrics.heap5_usage = 0.95;
        let mut go = worker("b", "go");
        go.metrics.heap5_usage = 0.95;
        let limits = BusyLimits { load5: 4.0, ..BusyLimits::default() };
        assert_eq!((limits.judge(&java), limits.judge(&go)), (Busy::Heap, Busy::Free));
        go.metrics.cpu_load5 = 4.5;
        assert_eq!(limits.judge(&go), Busy::Load);
        let careful = Wish { even_busy: false, ..wish(JobKind::Java, ExecuteMode::Standalone) };
        assert!(choose_from(&careful, &[java.clone()], 1).unwrap_err().contains("busy"));
        assert!(choose_from(&wish(JobKind::Java, ExecuteMode::Standalone), &[java], 1).is_ok());
    }
}
