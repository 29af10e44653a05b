//! What follows from the end of a node, in the transaction of that end.

use std::collections::HashMap;

use muster_core::{Error, Result, Timestamp};
use muster_db::Tx;

use super::dag::Graph;
use super::model::WorkflowInstance;
use super::store;
use crate::alarms::{self, AlarmKind, Facts, Happened};
use crate::instances::{self, State, Trigger};
use crate::link::Upstream;
use crate::{firings, job};

/// When the engine looks at a run of which it expects nothing.
const SAFETY_MS: i64 = 60_000;
/// When it looks at a run with a node that waits for other instances of its job.
const LIMIT_MS: i64 = 1_000;
/// As much of a result reaches those that come after it.
const MOST_DATA_BYTES: usize = 1_000;
/// What the result of a node says whose job is disabled.
const SKIPPED: &str = "skipped: the job is disabled";
/// What the result of a node says whose job is gone.
const GONE: &str = "its job does not exist any more";

/// Moves runs on as far as their nodes let them. Running it again changes nothing.
pub(crate) fn advance(tx: &mut Tx<'_>, ids: &[i64]) -> Result<()> {
    let mut ids = ids.to_vec();
    ids.sort_unstable();
    ids.dedup();
    for id in ids {
        if let Some(run) = store::find_instance(tx, id)?.filter(|run| !run.state.is_final()) {
            advance_one(tx, &run)?;
        }
    }
    Ok(())
}

fn advance_one(tx: &mut Tx<'_>, run: &WorkflowInstance) -> Result<()> {
    let mut states = instances::states_of_nodes(tx, run.id)?;
    loop {
        let plan = run.graph.plan(&states);
        instances::block(tx, &plan.blocked)?;
        states.extend(plan.blocked.iter().map(|id| (*id, State::Blocked)));
        if let Some(end) = plan.end {
            if end == State::Failed {
                alarm(tx, run, &states)?;
            }
            return finish(tx, run, end);
        }
        let ready = Ready::judge(tx, &run.graph, &plan.ready)?;
        instances::release_nodes(tx, &ready.go)?;
        instances::settle_nodes(tx, &ready.skipped, State::Skipped, SKIPPED)?;
        instances::settle_nodes(tx, &ready.gone, State::Failed, GONE)?;
        states.extend(ready.go.iter().map(|id| (*id, State::Waiting)));
        states.extend(ready.skipped.iter().map(|id| (*id, State::Skipped)));
        states.extend(ready.gone.iter().map(|id| (*id, State::Failed)));
        // What was passed over lets others go on, or blocks them, at once.
        if ready.skipped.is_empty() && ready.gone.is_empty() {
            let wait_ms = if ready.waits { LIMIT_MS } else { SAFETY_MS };
            return store::check_again(tx, run.id, tx.now().plus_ms(wait_ms));
        }
    }
}

/// What becomes of nodes that wait for no other node.
#[derive(Default)]
struct Ready {
    go: Vec<i64>,
    skipped: Vec<i64>,
    gone: Vec<i64>,
    /// Whether one waits until its job may have another instance under way.
    waits: bool,
}

impl Ready {
    fn judge(tx: &mut Tx<'_>, graph: &Graph, ids: &[i64]) -> Result<Self> {
        let nodes: Vec<_> = graph.nodes.iter().filter(|node| ids.contains(&node.instance)).collect();
        let jobs = job::find_all(tx, &nodes.iter().map(|node| node.job).collect::<Vec<_>>())?;
        let mut ready = Self::default();
        for node in nodes {
            match jobs.get(&node.job) {
                None => ready.gone.push(node.instance),
                Some(job) if !job.enabled => ready.skipped.push(node.instance),
                Some(job) => {
                    let others = instances::count_begun(tx, job)?;
                    if others < job.definition.max_concurrency {
                        ready.go.push(node.instance);
                    } else {
                        ready.waits = true;
                    }
                }
            }
        }
        Ok(ready)
    }
}

/// Has people told that a run failed, and at which of its nodes.
fn alarm(tx: &mut Tx<'_>, run: &WorkflowInstance, states: &HashMap<i64, State>) -> Result<()> {
    let Some((account, app_group, name)) = store::owner(tx, run.workflow)? else { return Ok(()) };
    let in_state = |wanted: State| {
        let nodes = run.graph.nodes.iter().filter(|node| states.get(&node.instance) == Some(&wanted));
        nodes.map(|node| node.name.as_str()).collect::<Vec<_>>()
    };
    let (failed, blocked) = (in_state(State::Failed), in_state(State::Blocked));
    let mut result = format!("failed: {}", failed.join(", "));
    if !blocked.is_empty() {
        result.push_str(&format!("; not run because of that: {}", blocked.join(", ")));
    }
    let facts = Facts {
        job: name,
        scheduled_ms: run.scheduled_at.millis(),
        started_ms: run.started_at.map(Timestamp::millis),
        result: cut(&result).to_owned(),
        ..Facts::default()
    };
    let kind = AlarmKind::WorkflowFailed;
    alarms::raise(tx, &account, &Happened { kind, app_group, job: run.workflow, instance: run.id, facts })
}

fn finish(tx: &mut Tx<'_>, run: &WorkflowInstance, end: State) -> Result<()> {
    store::end(tx, run.id, end)?;
    if run.state != State::Waiting || run.trigger != Trigger::Schedule {
        return Ok(());
    }
    // No worker ever got one of its nodes.
    let (workflow, due) = (run.workflow, run.scheduled_at);
    if end == State::Stopped {
        return firings::skip_pending(tx, &[(workflow, due)]);
    }
    firings::ran(tx, &[(workflow, due, tx.now().since(due))])
}

/// Notes when nodes of runs were handed over, or found no worker: the first of a run is its start.
pub(crate) fn started(tx: &mut Tx<'_>, nodes: &[(i64, Timestamp)]) -> Result<()> {
    let mut first: HashMap<i64, Timestamp> = HashMap::new();
    for (id, at) in nodes {
        first.entry(*id).and_modify(|earlier| *earlier = (*earlier).min(*at)).or_insert(*at);
    }
    let mut fired = Vec::new();
    for (id, at) in first {
        fired.extend(store::start(tx, id, at)?);
    }
    firings::ran(tx, &fired)
}

/// Lets a run go on after one of its nodes was run again or set to success, even when it had ended.
pub(crate) fn resume(tx: &mut Tx<'_>, id: i64) -> Result<()> {
    let Some(run) = store::find_instance(tx, id)? else { return Ok(()) };
    if run.state.is_final() {
        store::reopen(tx, id)?;
    }
    instances::unblock(tx, id)?;
    // What had been let go on waits again for one that succeeded and now runs once more.
    let states = instances::states_of_nodes(tx, id)?;
    let is_early = |(node, state): &(&i64, &State)| {
        matches!(state, State::Waiting | State::Queued | State::Retrying)
            && !run.graph.may_run(**node, &states)
    };
    let early: Vec<i64> = states.iter().filter(is_early).map(|(node, _)| *node).collect();
    instances::hold(tx, &early)?;
    advance(tx, &[id])?;
    // Somebody had said that the run is as good as done, and nothing of it goes on: that still holds.
    let is_over = store::find_instance(tx, id)?.is_some_and(|run| run.state.is_final());
    if is_over && run.state == State::Success { store::set_success(tx, id) } else { Ok(()) }
}

/// Refuses to run a node again before those ahead of it have succeeded (again).
///
/// # Errors
/// `Conflict` "node must wait".
pub(crate) fn may_run_again(tx: &mut Tx<'_>, workflow_instance: i64, instance: i64) -> Result<()> {
    let Some(run) = store::find_instance(tx, workflow_instance)? else { return Ok(()) };
    let states = instances::states_of_nodes(tx, workflow_instance)?;
    if run.graph.may_run(instance, &states) {
        return Ok(());
    }
    let why = format!("job instance {instance} waits for others in workflow instance {workflow_instance}");
    Err(Error::conflict("node must wait", why))
}

/// What the nodes before each of these resulted in: node and workflow instance in, node and data out.
pub(crate) fn upstream(tx: &mut Tx<'_>, nodes: &[(i64, i64)]) -> Result<HashMap<i64, Vec<Upstream>>> {
    let mut runs: HashMap<i64, (Graph, HashMap<i64, String>)> = HashMap::new();
    let mut data = HashMap::with_capacity(nodes.len());
    for (node, run) in nodes {
        if !runs.contains_key(run) {
            let Some(found) = store::find_instance(tx, *run)? else { continue };
            runs.insert(*run, (found.graph, instances::results_of_nodes(tx, *run)?));
        }
        let Some((graph, results)) = runs.get(run) else { continue };
        let from = |before: i64| {
            let job_name = graph.nodes.iter().find(|node| node.instance == before)?.name.clone();
            let result = results.get(&before).map(String::as_str).unwrap_or_default();
            Some(Upstream { job_name, data: cut(result).to_owned() })
        };
        data.insert(*node, graph.before(*node).filter_map(from).collect());
    }
    Ok(data)
}

fn cut(text: &str) -> &str {
    let mut end = text.len().min(MOST_DATA_BYTES);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_is_cut_between_characters() {
        assert_eq!(cut("short"), "short");
        assert_eq!(cut(&"组".repeat(400)).len(), 999);
    }
}
