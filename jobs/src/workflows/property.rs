//! Random graphs, whose nodes fail, are run again, set to success and stopped at random. Whatever happens, the rules
//! below must hold; the seed of a run that breaks one is in its message.

use std::collections::{BTreeMap, BTreeSet};

use muster_core::{Random, Result, Timestamp};
use muster_db::testing::TestStore;

use super::{Dag, Edge, NewWorkflow, WorkflowRun};
use crate::firings::{Outcome, Owner};
use crate::instances::State;
use crate::job::{Time, TimeKind};
use crate::link::News;
use crate::testing::{World, migrations};

const STEPS: usize = 150;
const RATE_S: i64 = 10;

struct Trial<'s> {
    world: World<'s>,
    random: Random,
    jobs: Vec<i64>,
    workflow: i64,
    enabled_at: Timestamp,
    /// What the worker runs: instance and job.
    live: BTreeMap<i64, i64>,
    /// Runs that somebody set to success.
    marked: BTreeSet<i64>,
    /// How often what was asked for was refused, and was not.
    refused: usize,
    taken: usize,
}

impl Trial<'_> {
    fn below(&mut self, bound: usize) -> usize {
        usize::from(u16::from_le_bytes(self.random.bytes())) % bound
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> Option<T> {
        if from.is_empty() { None } else { Some(from[self.below(from.len())]) }
    }

    /// Makes jobs, a graph over them, and lets the workflow's due times count.
    fn set_up(&mut self) -> Result<()> {
        for _ in 0..=self.below(7) {
            let (attempts, limit) = (self.below(3) as i64, 1 + self.below(2) as i64);
            let job = self.world.job(Time::of(TimeKind::None, ""), move |definition| {
                definition.max_attempt = attempts;
                definition.attempt_interval_s = 1;
                definition.max_concurrency = limit;
            })?;
            self.jobs.push(job.id);
        }
        let mut edges = Vec::new();
        for to in 0..self.jobs.len() {
            for from in 0..to {
                if self.chance(40) {
                    edges.push(Edge { from: self.jobs[from], to: self.jobs[to] });
                }
            }
        }
        let dag = Dag::new(self.jobs.clone(), edges)?;
        let workflows = self.world.workflows.clone();
        self.workflow = self.world.write(move |tx, alice| {
            let new = NewWorkflow {
                name: "w".into(),
                description: String::new(),
                time: Time::of(TimeKind::FixedRate, &RATE_S.to_string()),
                max_concurrency: 2,
            };
            let id = workflows.create(tx, alice, "ns", "g", new)?.id;
            workflows.set_dag(tx, alice, "ns", "g", id, dag.clone())?;
            workflows.set_enabled(tx, alice, "ns", Some("g"), id, true)?;
            Ok(id)
        })?;
        self.enabled_at = self.world.now();
        Ok(())
    }

    fn runs(&self) -> Result<Vec<WorkflowRun>> {
        let (workflows, workflow) = (self.world.workflows.clone(), self.workflow);
        self.world.write(move |tx, alice| {
            let instances = workflows.instances(tx, alice, "ns", "g", workflow, (1_000, 0))?;
            let run = |instance: super::WorkflowInstance| {
                workflows.run(tx, alice, "ns", "g", workflow, instance.id)
            };
            instances.into_iter().map(run).collect()
        })
    }

    /// Lets the engines work. What they hand over must be allowed to run, and run nowhere yet.
    fn pass(&mut self, ms: i64) -> Result<()> {
        self.world.connect("w", &self.live.keys().copied().collect::<Vec<_>>());
        self.world.pass(ms)?;
        for (_, kill) in self.world.killed() {
            self.live.remove(&kill.instance);
        }
        let runs = self.runs()?;
        for (_, handed) in self.world.handed_over() {
            let run = runs.iter().find(|run| Some(run.instance.id) == handed.workflow_instance);
            let run = run.expect("only nodes run here");
            let state =
                |id| run.nodes.iter().find(|node| node.instance.id == id).map(|node| node.instance.state);
            for before in run.instance.graph.before(handed.instance) {
                // Who had begun when somebody ran one before it again goes on with its tries.
                let may_run = handed.attempt > 0 || state(before).is_some_and(State::lets_go_on);
                assert!(may_run, "{} ran before {before}", handed.instance);
            }
            assert_eq!(handed.upstream.len(), run.instance.graph.before(handed.instance).count());
            assert_eq!(self.live.insert(handed.instance, handed.job), None, "{} runs twice", handed.instance);
            self.world.report("w", handed.instance, News::Accepted)?;
        }
        Ok(())
    }

    fn end_one(&mut self, success: bool) -> Result<()> {
        let live: Vec<i64> = self.live.keys().copied().collect();
        if let Some(id) = self.pick(&live) {
            // Somebody may have stopped it before the worker heard of it: then nobody listens.
            self.world.end("w", id, success)?;
            self.live.remove(&id);
        }
        Ok(())
    }

    fn note<T>(&mut self, outcome: Result<T>) -> Result<()> {
        match outcome {
            Ok(_) => self.taken += 1,
            Err(muster_core::Error::Conflict { .. }) => self.refused += 1,
            Err(other) => return Err(other),
        }
        Ok(())
    }

    fn meddle(&mut self) -> Result<()> {
        let runs = self.runs()?;
        let nodes: Vec<(i64, i64)> = runs
            .iter()
            .flat_map(|run| &run.nodes)
            .map(|node| (node.instance.job, node.instance.id))
            .collect();
        let Some((job, node)) = self.pick(&nodes) else { return Ok(()) };
        let ids: Vec<i64> = runs.iter().map(|run| run.instance.id).collect();
        let Some(run) = self.pick(&ids) else { return Ok(()) };
        let (instances, workflows) = (self.world.instances.clone(), self.world.workflows.clone());
        let (jobs, workflow, on) = (self.world.jobs.clone(), self.workflow, self.chance(70));
        let world = &self.world;
        let outcome = match self.random.bytes::<1>()[0] % 6 {
            0 => world.write(move |tx, alice| instances.retry(tx, alice, "ns", "g", job, node)),
            1 => world.write(move |tx, alice| instances.set_success(tx, alice, "ns", "g", job, node)),
            2 => world.write(move |tx, alice| instances.stop(tx, alice, "ns", "g", job, node)),
            3 => world.write(move |tx, alice| workflows.stop(tx, alice, "ns", "g", workflow, run)),
            4 => {
                let done =
                    world.write(move |tx, alice| workflows.set_success(tx, alice, "ns", "g", workflow, run));
                self.marked.extend(done.is_ok().then_some(run));
                done
            }
            _ => world.write(move |tx, alice| jobs.set_enabled(tx, alice, "ns", Some("g"), &[job], on)),
        };
        self.note(outcome)
    }

    fn check(&mut self) -> Result<()> {
        for run in self.runs()? {
            let id = run.instance.id;
            let states: BTreeMap<i64, State> =
                run.nodes.iter().map(|node| (node.instance.id, node.instance.state)).collect();
            assert_eq!(states.len(), self.jobs.len());
            let all_ended = states.values().all(|state| state.is_final());
            assert_eq!(run.instance.state.is_final(), all_ended, "run {id}: {states:?}");
            assert_eq!(run.instance.ended_at.is_some(), all_ended);
            if !all_ended {
                self.marked.remove(&id);
            }
            for (node, state) in &states {
                let mut before = run.instance.graph.before(*node).map(|before| states[&before]);
                let stands_in_the_way = |state: State| state.is_final() && !state.lets_go_on();
                match state {
                    State::Blocked => assert!(before.any(stands_in_the_way), "{node} of {states:?}"),
                    State::Held => assert!(!before.any(stands_in_the_way), "{node} of {states:?}"),
                    _ => {}
                }
            }
            let all_fine = states.values().all(|state| state.lets_go_on());
            let is_success = run.instance.state == State::Success;
            assert_eq!(is_success, all_ended && (all_fine || self.marked.contains(&id)), "{states:?}");
        }
        Ok(())
    }

    fn step(&mut self) -> Result<()> {
        match self.below(10) {
            0..=3 => {
                let ms = self.below(3_000) as i64;
                self.pass(ms)?;
            }
            4..=7 => {
                let success = self.chance(75);
                self.end_one(success)?;
            }
            _ => self.meddle()?,
        }
        self.check()
    }

    /// Without failures everything ends soon, and every due time has one row.
    fn settle(&mut self) -> Result<()> {
        let (workflows, workflow) = (self.world.workflows.clone(), self.workflow);
        self.pass(0)?;
        let disabled_at = self.world.now();
        self.world
            .write(move |tx, alice| workflows.set_enabled(tx, alice, "ns", Some("g"), workflow, false))?;
        for _ in 0..100 {
            self.pass(1_000)?;
            while !self.live.is_empty() {
                self.end_one(true)?;
            }
            self.check()?;
        }
        let runs = self.runs()?;
        assert!(runs.iter().all(|run| run.instance.state.is_final()), "{runs:?}");
        let mut instances: BTreeSet<i64> = runs.iter().map(|run| run.instance.id).collect();
        let (mut due, mut count) = (self.enabled_at, 0);
        for row in self.world.ledger()? {
            assert_eq!(row.owner, Owner::Workflow(workflow));
            assert_ne!(row.outcome, Outcome::Pending);
            assert_eq!(row.due, due.plus_ms(RATE_S * 1_000), "a due time has no row");
            (due, count) = (row.to, count + row.count);
            if let Some(instance) = row.instance {
                assert!(instances.remove(&instance), "two rows for one run");
            }
        }
        assert_eq!(count, disabled_at.since(self.enabled_at) / (RATE_S * 1_000));
        assert_eq!(instances, BTreeSet::new(), "runs without a row");
        Ok(())
    }
}

fn run(store: &TestStore, seed: u64) -> Result<(usize, usize)> {
    let world = World::new(store)?;
    let mut trial = Trial {
        enabled_at: world.now(),
        world,
        random: Random::from_number(seed),
        jobs: Vec::new(),
        workflow: 0,
        live: BTreeMap::new(),
        marked: BTreeSet::new(),
        refused: 0,
        taken: 0,
    };
    trial.set_up()?;
    for _ in 0..STEPS {
        trial.step()?;
    }
    trial.settle()?;
    Ok((trial.taken, trial.refused))
}

#[test]
fn random_graphs_break_no_rule() {
    let (mut taken, mut refused) = (0, 0);
    for seed in 1..=12 {
        let outcome =
            std::panic::catch_unwind(|| run(&TestStore::sqlite(&migrations()).unwrap(), seed).unwrap());
        let counts = outcome.unwrap_or_else(|_| panic!("seed {seed}"));
        (taken, refused) = (taken + counts.0, refused + counts.1);
    }
    assert!(taken > 50 && refused > 20, "{taken} and {refused} prove little");
}

#[test]
fn a_random_graph_on_each_store() {
    TestStore::on_each(&migrations(), |store| run(store, 100).map(drop)).unwrap();
}
