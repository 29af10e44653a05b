//! Graphs without cycles: of jobs, and of the instances that run for them. Rules as plain functions.

use std::collections::{HashMap, HashSet, VecDeque};

use muster_core::{Error, Result};
use serde::{Deserialize, Serialize};

use crate::instances::State;

/// What errors call a graph that cannot be.
pub const DAG: &str = "dag";
const MOST_NODES: usize = 500;
const MOST_EDGES: usize = 5_000;

/// The jobs of a workflow, each once, and which goes before which.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dag {
    /// The jobs' numbers.
    pub nodes: Vec<i64>,
    /// Job to job.
    pub edges: Vec<Edge>,
}

/// One goes before another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Edge {
    /// Which goes first.
    pub from: i64,
    /// Which waits for it.
    pub to: i64,
}

impl Dag {
    /// Whether it can be; an edge that is named twice counts once.
    ///
    /// # Errors
    /// `Invalid` [`DAG`]: an edge to what is no node or from a node to itself, a node that is named twice, a cycle,
    /// more than 500 nodes or 5,000 edges.
    pub fn new(nodes: Vec<i64>, edges: Vec<Edge>) -> Result<Self> {
        let refuse = |why: String| Err(Error::invalid(DAG, why));
        if nodes.len() > MOST_NODES {
            return refuse(format!("it has more than {MOST_NODES} nodes"));
        }
        let mut known = HashSet::with_capacity(nodes.len());
        if let Some(twice) = nodes.iter().find(|node| !known.insert(**node)) {
            return refuse(format!("job {twice} is named twice"));
        }
        let mut seen = HashSet::with_capacity(edges.len());
        let edges: Vec<Edge> = edges.into_iter().filter(|edge| seen.insert(*edge)).collect();
        if edges.len() > MOST_EDGES {
            return refuse(format!("it has more than {MOST_EDGES} edges"));
        }
        for edge in &edges {
            if let Some(stranger) = [edge.from, edge.to].iter().find(|end| !known.contains(end)) {
                return refuse(format!("an edge names job {stranger}, which is no node"));
            }
            if edge.from == edge.to {
                return refuse(format!("job {} waits for itself", edge.from));
            }
        }
        let dag = Self { nodes, edges };
        match dag.on_a_cycle() {
            Some(node) => refuse(format!("there is a cycle through job {node}")),
            None => Ok(dag),
        }
    }

    /// A node on a cycle, if there is one.
    fn on_a_cycle(&self) -> Option<i64> {
        let order = in_order(&self.nodes, &self.edges);
        if order.len() == self.nodes.len() {
            return None;
        }
        // What is left may also hang below a cycle; from any of it, going back for as long as there is somebody
        // left to wait for leads onto one.
        let done: HashSet<i64> = order.into_iter().collect();
        let mut at = *self.nodes.iter().find(|node| !done.contains(node))?;
        for _ in 0..self.nodes.len() {
            at = self.edges.iter().find(|edge| edge.to == at && !done.contains(&edge.from))?.from;
        }
        Some(at)
    }
}

/// The nodes that lie on no cycle and below none, each after all that go before it.
fn in_order(nodes: &[i64], edges: &[Edge]) -> Vec<i64> {
    let mut open: HashMap<i64, usize> = nodes.iter().map(|node| (*node, 0)).collect();
    let mut after: HashMap<i64, Vec<i64>> = HashMap::new();
    for edge in edges {
        *open.entry(edge.to).or_default() += 1;
        after.entry(edge.from).or_default().push(edge.to);
    }
    let mut free: VecDeque<i64> = nodes.iter().copied().filter(|node| open[node] == 0).collect();
    let mut order = Vec::with_capacity(nodes.len());
    while let Some(node) = free.pop_front() {
        order.push(node);
        for next in after.get(&node).into_iter().flatten() {
            if let Some(left) = open.get_mut(next) {
                *left -= 1;
                if *left == 0 {
                    free.push_back(*next);
                }
            }
        }
    }
    order
}

/// The graph of one run: the job instances that were made for a [`Dag`]'s jobs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Graph {
    /// Its nodes, in the order of the workflow's.
    pub nodes: Vec<Node>,
    /// Job instance to job instance.
    pub edges: Vec<Edge>,
}

/// A node of one run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Node {
    /// The job.
    pub job: i64,
    /// The job's name when the run began.
    pub name: String,
    /// The job instance.
    pub instance: i64,
}

/// What is to be done with the nodes of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Plan {
    /// They wait for nobody any more.
    pub(super) ready: Vec<i64>,
    /// They cannot run, since one before them did not succeed.
    pub(super) blocked: Vec<i64>,
    /// How the run has ended, if it has.
    pub(super) end: Option<State>,
}

impl Graph {
    /// Which job instances go before this one.
    pub fn before(&self, instance: i64) -> impl Iterator<Item = i64> + '_ {
        self.edges.iter().filter(move |edge| edge.to == instance).map(|edge| edge.from)
    }

    /// Whether all that go before `instance` let it go on.
    pub(super) fn may_run(&self, instance: i64, states: &HashMap<i64, State>) -> bool {
        self.before(instance).all(|before| states.get(&before).is_some_and(|state| state.lets_go_on()))
    }

    /// What follows from where the nodes stand. A node whose instance is missing counts as failed.
    pub(super) fn plan(&self, states: &HashMap<i64, State>) -> Plan {
        let mut plan = Plan::default();
        let ids: Vec<i64> = self.nodes.iter().map(|node| node.instance).collect();
        let mut before: HashMap<i64, Vec<i64>> = HashMap::new();
        for edge in &self.edges {
            before.entry(edge.to).or_default().push(edge.from);
        }
        let mut now: HashMap<i64, State> =
            ids.iter().map(|id| (*id, states.get(id).copied().unwrap_or(State::Failed))).collect();
        for id in in_order(&ids, &self.edges) {
            if now[&id] != State::Held {
                continue;
            }
            let mut ahead = before.get(&id).into_iter().flatten().map(|from| now[from]);
            if ahead.clone().any(|state| state.is_final() && !state.lets_go_on()) {
                plan.blocked.push(id);
                now.insert(id, State::Blocked);
            } else if ahead.all(State::lets_go_on) {
                plan.ready.push(id);
            }
        }
        plan.end = end(now.values().copied());
        plan
    }
}

/// How a run has ended whose nodes stand like this; `None` while one of them is unfinished.
fn end(mut states: impl Iterator<Item = State> + Clone) -> Option<State> {
    if !states.clone().all(State::is_final) {
        return None;
    }
    if states.clone().any(|state| state == State::Failed) {
        return Some(State::Failed);
    }
    let is_stopped = states.any(|state| matches!(state, State::Stopped | State::Blocked));
    Some(if is_stopped { State::Stopped } else { State::Success })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edges(pairs: &[(i64, i64)]) -> Vec<Edge> {
        pairs.iter().map(|(from, to)| Edge { from: *from, to: *to }).collect()
    }

    fn refusal(nodes: &[i64], pairs: &[(i64, i64)]) -> String {
        Dag::new(nodes.to_vec(), edges(pairs)).map_or_else(|error| error.to_string(), |_| "fine".to_owned())
    }

    #[test]
    fn graphs_that_can_be_and_that_cannot() {
        for (nodes, pairs, expected) in [
            (&[][..], &[][..], "fine"),
            (&[1], &[], "fine"),
            (&[1, 2, 3, 4], &[(1, 2), (1, 3), (2, 4), (3, 4)], "fine"),
            (&[1, 2], &[(1, 2), (1, 2)], "fine"),
            (&[1, 1], &[], "named twice"),
            (&[1, 2], &[(1, 3)], "job 3, which is no node"),
            (&[1, 2], &[(0, 1)], "job 0, which is no node"),
            (&[1, 2], &[(2, 2)], "waits for itself"),
            (&[1, 2], &[(1, 2), (2, 1)], "cycle"),
            (&[1, 2, 3, 4], &[(1, 2), (2, 3), (3, 2), (3, 4)], "cycle"),
        ] {
            let said = refusal(nodes, pairs);
            assert!(said.contains(expected), "{nodes:?} {pairs:?}: {said}");
        }
        let many: Vec<i64> = (1..=501).collect();
        assert_eq!(refusal(&many[..500], &[]), "fine");
        assert!(refusal(&many, &[]).contains("500 nodes"));
    }

    #[test]
    fn a_cycle_is_named_by_a_job_that_lies_on_it() {
        // 5 hangs below the cycle, 1 lies before it.
        let said = refusal(&[5, 1, 2, 3], &[(1, 2), (2, 3), (3, 2), (3, 5)]);
        assert!(said.contains("job 2") || said.contains("job 3"), "{said}");
    }

    /// 1 before 2 and 3, both before 4; 5 alone.
    fn diamond() -> Graph {
        let node = |instance| Node { job: instance * 10, name: format!("n{instance}"), instance };
        Graph { nodes: (1..=5).map(node).collect(), edges: edges(&[(1, 2), (1, 3), (2, 4), (3, 4)]) }
    }

    fn plan(states: [State; 5]) -> (Vec<i64>, Vec<i64>, Option<State>) {
        let states = (1..).zip(states).collect();
        let Plan { ready, blocked, end } = diamond().plan(&states);
        (ready, blocked, end)
    }

    #[test]
    fn what_follows_from_where_nodes_stand() {
        use State::{Blocked, Failed, Held, Retrying, Running, Skipped, Stopped, Success};
        for (states, ready, blocked, end) in [
            ([Held, Held, Held, Held, Held], &[1, 5][..], &[][..], None),
            ([Running, Held, Held, Held, Success], &[], &[], None),
            ([Success, Held, Held, Held, Success], &[2, 3], &[], None),
            ([Skipped, Held, Running, Held, Success], &[2], &[], None),
            ([Success, Success, Running, Held, Success], &[], &[], None),
            ([Success, Success, Success, Held, Success], &[4], &[], None),
            ([Success, Failed, Running, Held, Success], &[], &[4], None),
            ([Success, Retrying, Success, Held, Success], &[], &[], None),
            ([Success, Failed, Success, Held, Success], &[], &[4], Some(Failed)),
            ([Failed, Held, Held, Held, Success], &[], &[2, 3, 4], Some(Failed)),
            ([Failed, Held, Held, Held, Running], &[], &[2, 3, 4], None),
            ([Stopped, Blocked, Blocked, Held, Success], &[], &[4], Some(Stopped)),
            ([Success, Success, Skipped, Success, Success], &[], &[], Some(Success)),
        ] {
            assert_eq!(plan(states), (ready.to_vec(), blocked.to_vec(), end), "{states:?}");
        }
    }

    #[test]
    fn a_node_that_is_gone_blocks_what_follows_it() {
        let states = [(2, State::Held), (3, State::Held), (4, State::Held), (5, State::Success)].into();
        let plan = diamond().plan(&states);
        assert_eq!((plan.blocked, plan.end), (vec![2, 3, 4], Some(State::Failed)));
        assert!(!diamond().may_run(2, &HashMap::new()) && diamond().may_run(5, &HashMap::new()));
    }
}
