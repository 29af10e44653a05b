//! The engine that hands runs to workers.
//!
//! A run is claimed on disk before its frame is written: a crash in between leaves a claim that is looked at again,
//! never a run that nobody knows of. Claims go in batches, one flush each.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use muster_core::{Clock, Engine, Result, Timestamp};
use muster_db::cluster::Shard;
use muster_db::{Db, Tx};

use super::end::{self, Ending, Outcome};
use super::judge::Patience;
use super::model::Trigger;
use super::select::{self, BusyLimits, Lack, Wish};
use super::steady::Steady;
use super::store::{self, Claim, Waiting};
use crate::app_groups::{self, AppGroup};
use crate::designations::{self, Designation};
use crate::firings;
use crate::job::{self, ExecuteMode, Job};
use crate::link::{self, LinkFault, Run, Upstream, Worker, WorkerLink};
use crate::route_strategies::{self, Strategies};
use crate::workflows;

/// Runs in one transaction: large enough to share a flush, small enough for the first to leave soon.
const BATCH: usize = 500;
/// Runs that were handed over and are not yet written down as such.
const MOST_UNSETTLED: usize = 10_000;
const PERIOD: Duration = Duration::from_secs(1);
/// How long an instance waits for the next look at workers that have gone or are coming.
const GONE_MS: i64 = 500;
/// How long an instance waits that a worker still lists from an earlier try.
const LISTED_MS: i64 = 5_000;

/// Hands waiting instances to workers, and tells workers what to stop.
pub struct Dispatch(Arc<Hands>);

/// What it takes to hand runs over.
pub(crate) struct Hands {
    db: Db,
    clock: Arc<dyn Clock>,
    link: Arc<dyn WorkerLink>,
    patience: Patience,
    limits: BusyLimits,
    steady: Steady,
}

impl Dispatch {
    /// An engine that reaches workers through `link`. It starts counting now: workers have the grace to come back.
    pub fn new(
        db: Db,
        clock: Arc<dyn Clock>,
        link: Arc<dyn WorkerLink>,
        patience: Patience,
        limits: BusyLimits,
    ) -> Self {
        let steady = Steady::new(Arc::clone(&clock));
        Self(Arc::new(Hands { db, clock, link, patience, limits, steady }))
    }

    /// For the engine that fires, so that what is due is claimed where its row in the ledger is written.
    pub(crate) fn hands(&self) -> Arc<Hands> {
        Arc::clone(&self.0)
    }
}

impl Hands {
    fn send_kills(&self) -> Result<()> {
        loop {
            let kills = self.db.read_blocking(|tx| store::kills(tx, BATCH))?;
            for (_, worker, kill) in &kills {
                // A worker that is gone runs nothing, and one that is only cut off is told by its own lease.
                if let Err(fault) = self.link.kill(worker, kill) {
                    tracing::debug!(instance.id = kill.instance, %fault, "nobody was told to stop a run");
                }
            }
            let ids: Vec<i64> = kills.iter().map(|(id, _, _)| *id).collect();
            if !ids.is_empty() {
                self.db.write_blocking(move |tx| store::forget_kills(tx, &ids))?;
            }
            if kills.len() < BATCH {
                return Ok(());
            }
        }
    }

    /// Hands a batch of the group's runs over; whether more may be waiting.
    fn dispatch(self: &Arc<Self>, group: i64) -> Result<bool> {
        let hands = Arc::clone(self);
        let mut batch = self.db.claim_blocking(move |tx| hands.claim(tx, group))?;
        let more = batch.more;
        let (shard, refused) = (batch.shard, std::mem::take(&mut batch.refused));
        if !refused.is_empty() {
            // The end of a run may decide about others, so it is written where others' changes are watched.
            self.db.write_in_turn_blocking(move |tx| fail(tx, shard, &refused))?;
        }
        let mut sent = Sent::default();
        self.send(batch, &mut sent);
        self.settle(sent)?;
        Ok(more)
    }

    /// Claims the next waiting instances of a group, as many as go in one batch.
    fn claim(&self, tx: &mut Tx<'_>, group: i64) -> Result<Batch> {
        let shard = Shard::of(group);
        let Some(rules) = self.rules(shard) else { return Ok(Batch::nothing(shard)) };
        let workers = self.link.workers(group);
        claim(tx, group, &workers, rules)
    }

    /// Chooses workers for instances of a group that are about to be made. Those of which there are claims may be made as
    /// claimed, and their runs be handed over when they are on disk. There are none where a limit of the group or others
    /// that wait have to be minded: the engine does that.
    pub(super) fn offer(
        &self,
        tx: &mut Tx<'_>,
        group: i64,
        new: Vec<Waiting>,
    ) -> Result<(Batch, Vec<Claim>)> {
        let shard = Shard::of(group);
        let nothing = (Batch::nothing(shard), Vec::new());
        let Some(rules) = self.rules(shard).filter(|_| !new.is_empty()) else { return Ok(nothing) };
        let workers = self.link.workers(group);
        if workers.is_empty() || !tx.serves(shard)? || store::any_waiting(tx, group)? {
            return Ok(nothing);
        }
        let group = app_groups::by_number(tx, group)?.filter(|group| group.max_concurrency.is_none());
        let Some(group) = group else { return Ok(nothing) };
        let chosen = Claimer::load(tx, group, &workers, rules, &new)?.choose(tx, new);
        Ok((Batch { runs: chosen.runs, ..Batch::nothing(shard) }, chosen.claims))
    }

    /// What claims depend on, while the shard is served here.
    fn rules(&self, shard: Shard) -> Option<Rules> {
        let started = self.steady.look().since.max(self.db.serving_since(shard)?);
        Some(Rules { patience: self.patience, limits: self.limits, started })
    }

    /// Hands over what was claimed, as it comes. That it ran is written down when no more comes, or after many: who is
    /// due goes first, and the end of a run says so too should this process end before.
    pub(crate) fn hand_over(&self, claimed: impl Iterator<Item = Vec<Batch>>) -> Result<()> {
        let mut sent = Sent::default();
        for batch in claimed.flatten() {
            self.send(batch, &mut sent);
            if sent.fired.len() >= MOST_UNSETTLED {
                self.settle(std::mem::take(&mut sent))?;
            }
        }
        self.settle(sent)
    }

    fn send(&self, batch: Batch, sent: &mut Sent) {
        for claimed in batch.runs {
            let instance = claimed.run.instance;
            // A node that was frozen since the claim may wake when the run is another one's.
            if self.db.serving_since(batch.shard).is_none() {
                sent.gone.push((batch.shard, instance));
                continue;
            }
            match self.link.submit(&claimed.worker, &claimed.run) {
                Ok(()) => sent.note(batch.shard, &claimed.run, claimed.at, self.clock.now()),
                Err(LinkFault::Gone) => sent.gone.push((batch.shard, instance)),
                Err(LinkFault::Unfit { why }) => sent.unfit.push((batch.shard, instance, why)),
            }
        }
    }

    fn settle(&self, sent: Sent) -> Result<()> {
        if sent.is_empty() {
            return Ok(());
        }
        self.db.write_in_turn_blocking(move |tx| sent.settle(tx))
    }
}

impl Engine for Dispatch {
    fn name(&self) -> &'static str {
        super::DISPATCH
    }

    fn period(&self) -> Duration {
        PERIOD
    }

    fn run(&self) -> Result<()> {
        self.0.send_kills()?;
        let mut groups = self.0.db.read_blocking(store::waiting_groups)?;
        // In turns, so that a group with much to do does not keep the others.
        while !groups.is_empty() {
            let mut busy = Vec::new();
            for group in groups {
                if self.0.dispatch(group)? {
                    busy.push(group);
                }
            }
            groups = busy;
        }
        Ok(())
    }
}

/// What became of frames, each in its shard.
#[derive(Default)]
struct Sent {
    fired: Vec<(Shard, firings::HandedOver)>,
    /// Workflow instances whose nodes were handed over.
    nodes: Vec<(Shard, (i64, Timestamp))>,
    gone: Vec<(Shard, i64)>,
    unfit: Vec<(Shard, i64, String)>,
}

impl Sent {
    fn note(&mut self, shard: Shard, run: &Run, claimed: Timestamp, at: Timestamp) {
        let due = run.scheduled_at;
        if let Some(workflow) = run.workflow_instance {
            self.nodes.push((shard, (workflow, at)));
        } else if run.trigger == Trigger::Schedule {
            let (late_ms, claimed_ms) = (at.since(due), claimed.since(due));
            self.fired.push((shard, firings::HandedOver { owner: run.job, due, late_ms, claimed_ms }));
        }
    }

    fn is_empty(&self) -> bool {
        self.fired.is_empty() && self.nodes.is_empty() && self.gone.is_empty() && self.unfit.is_empty()
    }

    /// Writes it down, as far as the groups are still served here.
    fn settle(&self, tx: &mut Tx<'_>) -> Result<()> {
        let served = tx.served()?;
        let here = |shard: Shard| served.has(shard);
        let fired: Vec<_> = self.fired.iter().filter(|(shard, _)| here(*shard)).map(|(_, of)| *of).collect();
        firings::handed_over(tx, &fired)?;
        let nodes: Vec<_> = self.nodes.iter().filter(|(shard, _)| here(*shard)).map(|(_, of)| *of).collect();
        workflows::started(tx, &nodes)?;
        let gone: Vec<_> = self.gone.iter().filter(|(shard, _)| here(*shard)).map(|(_, id)| *id).collect();
        store::park(tx, &gone, tx.now().plus_ms(GONE_MS))?;
        let unfit: Vec<_> = self.unfit.iter().filter(|(shard, ..)| here(*shard)).collect();
        let ids: Vec<i64> = unfit.iter().map(|(_, id, _)| *id).collect();
        let mut open = store::open(tx, &ids)?;
        let unfit = unfit.into_iter().filter_map(|(_, id, why)| Some(Ending::failed(open.remove(id)?, why)));
        let unfit: Vec<Ending> = unfit.collect();
        note_refused(tx, &unfit)?;
        end::end(tx, &unfit)
    }
}

/// What claims depend on, beside the store and the workers.
#[derive(Clone, Copy)]
struct Rules {
    patience: Patience,
    limits: BusyLimits,
    started: Timestamp,
}

impl Rules {
    /// Whether workers may be there in a moment, so that a run that was due lately waits for them: when a server begins
    /// to serve their group they all have to come back, and each needs two heartbeats before it takes work.
    fn may_pass(&self, lack: &Lack, due: Timestamp, now: Timestamp) -> bool {
        let all_come_back = now < self.started.plus_ms(self.patience.grace_ms);
        match lack {
            Lack::Nobody => all_come_back,
            Lack::NotReady => all_come_back || now.since(due) < self.patience.submit_ms,
            Lack::Unfit(_) => false,
        }
    }
}

/// A batch of claims, all in groups of one shard.
pub(crate) struct Batch {
    shard: Shard,
    runs: Vec<Claimed>,
    /// Those for which there is no worker, and why.
    refused: Vec<(i64, String)>,
    /// Whether more instances may be waiting that could go at once.
    more: bool,
}

impl Batch {
    fn nothing(shard: Shard) -> Self {
        Self { shard, runs: Vec::new(), refused: Vec::new(), more: false }
    }

    /// Leaves out the runs of these instances.
    pub(super) fn without(&mut self, instances: &BTreeSet<i64>) {
        self.runs.retain(|claimed| !instances.contains(&claimed.run.instance));
    }
}

struct Claimed {
    worker: String,
    /// When it was claimed.
    at: Timestamp,
    run: Run,
}

/// Claims the next instances of a group for workers, and names those for which there is none. Right on a snapshot
/// ([`Db::claim_blocking`]): it changes only rows of instances that it saw waiting, and holds what says that they are ours.
fn claim(tx: &mut Tx<'_>, group: i64, workers: &[Worker], rules: Rules) -> Result<Batch> {
    let shard = Shard::of(group);
    if !tx.serves(shard)? {
        return Ok(Batch::nothing(shard));
    }
    let Some(group) = app_groups::by_number(tx, group)? else { return Ok(Batch::nothing(shard)) };
    let free = match group.max_concurrency {
        None => BATCH,
        Some(most) => usize::try_from(most - store::count_under_way(tx, group.id)?).unwrap_or(0),
    };
    let waiting = store::waiting(tx, group.id, BATCH.min(free))?;
    let more = waiting.len() == BATCH;
    let batch = Claimer::load(tx, group, workers, rules, &waiting)?.claim(tx, waiting)?;
    if free <= BATCH && batch.group.max_concurrency.is_some() && batch.taken >= free {
        store::queue(tx, batch.group.id)?;
    }
    Ok(Batch { shard, runs: batch.runs, refused: batch.refused, more })
}

struct Claimer<'c> {
    group: AppGroup,
    workers: &'c [Worker],
    rules: Rules,
    jobs: HashMap<i64, Job>,
    designations: HashMap<i64, Designation>,
    strategies: Strategies,
    /// What the nodes among them hear of those before them.
    upstream: HashMap<i64, Vec<Upstream>>,
}

struct Taken {
    group: AppGroup,
    runs: Vec<Claimed>,
    refused: Vec<(i64, String)>,
    taken: usize,
}

/// What becomes of instances that wait.
struct Chosen {
    claims: Vec<Claim>,
    runs: Vec<Claimed>,
    /// Those that a worker still lists from an earlier try.
    listed: Vec<i64>,
    /// Those whose workers may be there in a moment.
    unready: Vec<i64>,
    /// Those for which there is no worker, and why.
    refused: Vec<(i64, String)>,
}

impl<'c> Claimer<'c> {
    fn load(
        tx: &mut Tx<'_>,
        group: AppGroup,
        workers: &'c [Worker],
        rules: Rules,
        waiting: &[Waiting],
    ) -> Result<Self> {
        let mut ids: Vec<i64> = waiting.iter().map(|waiting| waiting.job).collect();
        ids.sort_unstable();
        ids.dedup();
        let nodes: Vec<(i64, i64)> =
            waiting.iter().filter_map(|waiting| Some((waiting.id, waiting.workflow_instance?))).collect();
        Ok(Self {
            upstream: workflows::upstream(tx, &nodes)?,
            jobs: job::find_all(tx, &ids)?,
            designations: designations::of_group(tx, group.id)?.into_iter().collect(),
            strategies: route_strategies::of_group(tx, group.id)?,
            group,
            workers,
            rules,
        })
    }

    fn claim(mut self, tx: &mut Tx<'_>, waiting: Vec<Waiting>) -> Result<Taken> {
        let now = tx.now();
        let chosen = self.choose(tx, waiting);
        store::claim(tx, &chosen.claims)?;
        store::park(tx, &chosen.listed, now.plus_ms(LISTED_MS))?;
        store::park(tx, &chosen.unready, now.plus_ms(GONE_MS))?;
        let taken = chosen.runs.len() + chosen.listed.len();
        Ok(Taken { group: self.group, runs: chosen.runs, refused: chosen.refused, taken })
    }

    fn choose(&mut self, tx: &mut Tx<'_>, waiting: Vec<Waiting>) -> Chosen {
        let now = tx.now();
        let mut handed_out: HashMap<String, usize> = HashMap::new();
        let (mut claims, mut runs) = (Vec::with_capacity(waiting.len()), Vec::with_capacity(waiting.len()));
        let (mut listed, mut unready, mut refused) = (Vec::new(), Vec::new(), Vec::new());
        for waiting in waiting {
            // A worker that still lists it from an earlier try would take the new one for the same run. What nobody was
            // given yet, nobody can have: whoever lists it lies.
            if waiting.was_handed_out && self.workers.iter().any(|worker| worker.lists(waiting.id)) {
                listed.push(waiting.id);
                continue;
            }
            let Some(job) = self.jobs.get(&waiting.job) else {
                refused.push((waiting.id, "its job does not exist any more".to_owned()));
                continue;
            };
            let wish = Wish {
                kind: job.definition.kind,
                is_built_in: link::is_built_in(
                    job.definition.kind,
                    &job.definition.class_name,
                    &job.definition.content,
                ),
                mode: job.definition.mode,
                designation: waiting.designation.as_ref().or_else(|| self.designations.get(&job.id)),
                strategy: self.strategies.of(job.id),
                even_busy: self.group.schedule_busy_workers,
            };
            let load = |worker: &Worker| worker.running() + handed_out.get(&worker.id).copied().unwrap_or(0);
            match select::choose(&wish, self.workers, &self.rules.limits, load, tx.random()) {
                Ok(choice) => {
                    *handed_out.entry(choice.worker.id.clone()).or_default() += 1;
                    let claim = self.claim_of(&waiting, job, choice.worker, now);
                    let upstream = self.upstream.remove(&waiting.id).unwrap_or_default();
                    let run = Run { upstream, ..self.run_of(waiting, job, choice.routes, claim.timeout_at) };
                    runs.push(Claimed { worker: choice.worker.id.clone(), at: now, run });
                    claims.push(claim);
                }
                Err(lack) if self.rules.may_pass(&lack, waiting.scheduled_at, now) => {
                    unready.push(waiting.id);
                }
                Err(lack) => refused.push((waiting.id, lack.to_string())),
            }
        }
        Chosen { claims, runs, listed, unready, refused }
    }

    fn claim_of(&self, waiting: &Waiting, job: &Job, worker: &Worker, now: Timestamp) -> Claim {
        let monitor = job.definition.monitor.as_ref();
        let limit = monitor.map(|monitor| now.plus_ms(monitor.timeout_s.saturating_mul(1000)));
        let timeout_at = limit.filter(|_| monitor.is_some_and(|monitor| monitor.timeout_kill));
        let too_long_at = limit.filter(|_| monitor.is_some_and(|monitor| monitor.timeout));
        let answer_by = now.plus_ms(self.rules.patience.submit_ms);
        Claim {
            instance: waiting.id,
            worker: worker.id.clone(),
            address: format!("{}:{}", worker.host, worker.port),
            lease_until: now.plus_ms(self.rules.patience.lease_ms),
            timeout_at,
            too_long_at,
            check_at: timeout_at.or(too_long_at).map_or(answer_by, |at| at.min(answer_by)),
        }
    }

    fn run_of(&self, waiting: Waiting, job: &Job, routes: Vec<String>, killed_at: Option<Timestamp>) -> Run {
        let definition = &job.definition;
        // Broadcast tasks would be retried by workers themselves, but not on all of them: that is the server's task.
        let retries = if definition.mode == ExecuteMode::Broadcast { 0 } else { definition.max_attempt };
        Run {
            job: job.id,
            instance: waiting.id,
            app_group: self.group.id,
            group_id: self.group.group_id.clone(),
            namespace: self.group.namespace.clone(),
            job_name: definition.name.clone(),
            kind: definition.kind,
            mode: definition.mode,
            time_kind: definition.time.kind,
            time_expression: definition.time.expression.clone(),
            class_name: definition.class_name.clone(),
            content: definition.content.clone(),
            parameters: definition.parameters.clone(),
            instance_parameters: waiting.parameters,
            map: definition.map,
            xattrs: definition.xattrs.clone(),
            template: definition.template.clone(),
            scheduled_at: waiting.scheduled_at,
            data_at: waiting.data_at,
            trigger: waiting.trigger,
            is_designated: waiting.designation.is_some(),
            max_concurrency: definition.max_concurrency,
            max_attempt: retries,
            attempt: waiting.attempt,
            workflow_instance: waiting.workflow_instance,
            upstream: Vec::new(),
            workers: routes,
            killed_at,
            lease_ms: self.rules.patience.lease_ms,
        }
    }
}

/// Ends those for which there is no worker, as far as they still wait and are ours.
fn fail(tx: &mut Tx<'_>, shard: Shard, refused: &[(i64, String)]) -> Result<()> {
    if !tx.serves(shard)? {
        return Ok(());
    }
    let ids: Vec<i64> = refused.iter().map(|(id, _)| *id).collect();
    let mut open = store::open(tx, &ids)?;
    let ending = |(id, result): &(i64, String)| {
        let of = open.remove(id).filter(|open| open.state.waits())?;
        Some(Ending { of, outcome: Outcome::NoWorker, result: result.clone(), progress: None })
    };
    let endings: Vec<Ending> = refused.iter().filter_map(ending).collect();
    note_refused(tx, &endings)?;
    end::end(tx, &endings)
}

/// A due time that found no worker has had its run: a failed instance says why.
fn note_refused(tx: &mut Tx<'_>, endings: &[Ending]) -> Result<()> {
    let now = tx.now();
    let nodes = endings.iter().filter_map(|ending| Some((ending.of.workflow_instance?, now)));
    workflows::started(tx, &nodes.collect::<Vec<_>>())?;
    let fired: Vec<(i64, Timestamp, i64)> = endings
        .iter()
        .map(|ending| &ending.of)
        .filter(|open| open.is_firing())
        .map(|open| (open.job, open.scheduled_at, now.since(open.scheduled_at)))
        .collect();
    firings::ran(tx, &fired)
}
