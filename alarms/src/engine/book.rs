//! What this node watches: rules, the units of each, and when they are looked at next.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, HashSet, VecDeque};
use std::sync::Arc;

use muster_core::Timestamp;
use muster_db::cluster::Served;
use muster_metrics::{NewsMark, Sample, SeriesId, join_dimensions, split_dimensions};

use super::target::{Aim, Group};
use crate::judge::{Rung, Streaks, rungs};
use crate::model::{Condition, NoData, Origin, Policy, Rule, State, Subject, Watch};
use crate::units::{KeptUnit, Step};

/// How often a policy of single samples is taken to be reported, in milliseconds, where it does not say so.
const USUAL_STEP_MS: i64 = 60_000;

/// A policy, made ready for judging.
#[derive(Debug)]
pub(super) struct Watching {
    pub(super) rule_id: i64,
    pub(super) policy_id: i64,
    pub(super) since: Timestamp,
    pub(super) since_id: i64,
    pub(super) origin: Origin,
    pub(super) account_id: String,
    pub(super) project_id: String,
    pub(super) namespace: String,
    pub(super) metric: String,
    pub(super) aim: Aim,
    pub(super) watch: Watch,
    /// From one look to the next.
    pub(super) step_ms: i64,
    pub(super) condition: Condition,
    pub(super) rungs: Vec<Rung>,
    pub(super) no_data: NoData,
    pub(super) repeat_ms: Option<i64>,
}

impl Watching {
    /// Nothing for what is not judged from samples.
    fn of(rule: &Rule, policy: &Policy) -> Option<Self> {
        let Subject::Metric { namespace, metric, .. } = &policy.subject else { return None };
        if !policy.enabled || !matches!(policy.condition, Condition::Levels(_)) {
            return None;
        }
        let step_ms = match policy.watch {
            Watch::Each => policy.every_ms.unwrap_or(USUAL_STEP_MS),
            // What is looked at oftener than it changes is looked at when it does.
            Watch::Windows(period) => policy.every_ms.unwrap_or(0).max(period.millis()),
        };
        Some(Self {
            rule_id: rule.id,
            policy_id: policy.id,
            since: policy.since,
            since_id: policy.since_id,
            origin: rule.origin,
            account_id: rule.account_id.clone(),
            project_id: rule.project_id.clone(),
            namespace: namespace.clone().unwrap_or_else(|| rule.spec.namespace.clone()),
            metric: metric.clone(),
            aim: Aim::of(rule, policy),
            watch: policy.watch,
            step_ms: step_ms.max(1000),
            condition: policy.condition.clone(),
            rungs: rungs(&policy.condition),
            no_data: rule.spec.no_data,
            repeat_ms: policy.repeat_ms,
        })
    }

    /// Whether a point counts: it is younger than the policy, or of a series that is.
    pub(super) fn counts(&self, series: SeriesId, ends_at: Timestamp) -> bool {
        ends_at > self.since || series.0 > self.since_id
    }

    pub(super) fn metric_key(&self) -> String {
        metric_key(&self.account_id, &self.project_id, &self.namespace, &self.metric)
    }
}

/// The texts under which a policy stands that names dimensions: each of its sets whole, or one dimension of each. Nothing
/// for one that does not.
fn texts(aim: &Aim) -> Option<HashSet<String>> {
    match aim {
        Aim::Exactly(sets) => Some(sets.iter().map(|set| join_dimensions(set)).collect()),
        Aim::Containing { sets, .. } if sets.iter().all(|set| !set.is_empty()) => {
            Some(sets.iter().map(|set| join_dimensions(&set[..1])).collect())
        }
        _ => None,
    }
}

/// By what policies on a metric are found.
pub(super) fn metric_key(account_id: &str, project_id: &str, namespace: &str, metric: &str) -> String {
    format!("{account_id}\n{project_id}\n{namespace}.{metric}")
}

/// A policy on a series.
#[derive(Debug)]
pub(super) struct Unit {
    pub(super) watching: Arc<Watching>,
    pub(super) dimensions: Arc<str>,
    /// Nothing while it is not reported.
    pub(super) series: Option<SeriesId>,
    pub(super) state: State,
    pub(super) told_at: Option<Timestamp>,
    pub(super) streaks: Streaks,
    /// Whether the streaks hold all points before the cursor.
    pub(super) warm: bool,
    /// The last sample, or the start of the last window, that was judged.
    pub(super) cursor: Option<Timestamp>,
    /// The last point that there was.
    pub(super) last: Option<Sample>,
    /// When it was last written that the alarm goes on.
    pub(super) noted_at: Timestamp,
    pub(super) awake: bool,
    pub(super) scheduled: bool,
    generation: u32,
}

/// The rules that this node serves, and all that it knows of them.
#[derive(Default)]
pub(super) struct Book {
    pub(super) served: Option<Served>,
    pub(super) change: i64,
    pub(super) mark: NewsMark,
    rules: HashMap<i64, Vec<Arc<Watching>>>,
    of_rule: HashMap<i64, Vec<u32>>,
    units: Vec<Option<Unit>>,
    free: Vec<u32>,
    generations: u32,
    by_key: HashMap<i64, HashMap<Arc<str>, u32>>,
    by_series: HashMap<SeriesId, Vec<u32>>,
    /// Policies that name dimensions, by the metric and a text: all dimensions of their series, or one of those that
    /// their series must have.
    named: HashMap<String, HashMap<String, Vec<Arc<Watching>>>>,
    /// The others, by the metric.
    by_metric: HashMap<String, Vec<Arc<Watching>>>,
    pub(super) groups: HashMap<i64, Group>,
    pub(super) groups_read_at: Timestamp,
    /// Groups in use: whose account and project, and how many policies.
    pub(super) groups_in_use: HashMap<i64, (String, String, usize)>,
    due: BinaryHeap<Reverse<(Timestamp, u32, u32)>>,
    /// Units with new samples, and units with late ones.
    pub(super) awake: VecDeque<u32>,
    pub(super) late: HashSet<u32>,
    /// What happened and is not written yet.
    pub(super) pending: VecDeque<Step>,
    /// Units that are no more.
    pub(super) gone: Vec<(i64, String)>,
}

impl Book {
    /// Forgets a rule with its units, as it is deleted, changed or another node's.
    pub(super) fn remove(&mut self, rule_id: i64) {
        for place in self.of_rule.remove(&rule_id).unwrap_or_default() {
            self.drop_unit(place);
        }
        for watching in self.rules.remove(&rule_id).unwrap_or_default() {
            let key = watching.metric_key();
            let is_other = |known: &Arc<Watching>| known.policy_id != watching.policy_id;
            if let Some(texts) = texts(&watching.aim) {
                let Some(by_text) = self.named.get_mut(&key) else { continue };
                for text in texts {
                    if let Some(all) = by_text.get_mut(&text) {
                        all.retain(is_other);
                        if all.is_empty() {
                            by_text.remove(&text);
                        }
                    }
                }
                if by_text.is_empty() {
                    self.named.remove(&key);
                }
                continue;
            }
            if let Some(all) = self.by_metric.get_mut(&key) {
                all.retain(is_other);
                if all.is_empty() {
                    self.by_metric.remove(&key);
                }
            }
            if let Aim::Group { id, .. } = &watching.aim {
                self.leave_group(*id);
            }
        }
        self.pending.retain(|step| step.rule_id != rule_id);
    }

    fn leave_group(&mut self, id: i64) {
        if let Some((_, _, users)) = self.groups_in_use.get_mut(&id) {
            *users -= 1;
            if *users == 0 {
                self.groups_in_use.remove(&id);
                self.groups.remove(&id);
            }
        }
    }

    /// Takes a rule in. Gives its policies, whose series are still to be found.
    pub(super) fn enter(&mut self, rule: &Rule) -> Vec<Arc<Watching>> {
        self.remove(rule.id);
        let policies = rule.spec.policies.iter().filter_map(|policy| Watching::of(rule, policy));
        let watched: Vec<Arc<Watching>> = policies.map(Arc::new).collect();
        for watching in &watched {
            let key = watching.metric_key();
            if let Some(texts) = texts(&watching.aim) {
                let by_text = self.named.entry(key).or_default();
                for text in texts {
                    by_text.entry(text).or_default().push(Arc::clone(watching));
                }
                continue;
            }
            self.by_metric.entry(key).or_default().push(Arc::clone(watching));
            if let Aim::Group { id, .. } = &watching.aim {
                let ids = (watching.account_id.clone(), watching.project_id.clone(), 0);
                self.groups_in_use.entry(*id).or_insert(ids).2 += 1;
            }
        }
        self.rules.insert(rule.id, watched.clone());
        watched
    }

    /// Policies whose series may be any of a metric's.
    pub(super) fn on_metric(&self, key: &str) -> &[Arc<Watching>] {
        self.by_metric.get(key).map_or(&[], Vec::as_slice)
    }

    /// Policies that name all of a series' dimensions, or one of them.
    pub(super) fn naming(&self, key: &str, dimensions: &str) -> Vec<Arc<Watching>> {
        let Some(by_text) = self.named.get(key) else { return Vec::new() };
        let mut found: Vec<Arc<Watching>> = Vec::new();
        let mut take = |text: &str| {
            for watching in by_text.get(text).into_iter().flatten() {
                if !found.iter().any(|known| known.policy_id == watching.policy_id) {
                    found.push(Arc::clone(watching));
                }
            }
        };
        take(dimensions);
        let pairs = split_dimensions(dimensions);
        if pairs.len() > 1 {
            pairs.chunks(1).for_each(|pair| take(&join_dimensions(pair)));
        }
        found
    }

    /// Whether a policy watches series with these dimensions.
    pub(super) fn fits(&self, watching: &Watching, dimensions: &str) -> bool {
        let members = match &watching.aim {
            Aim::Group { id, .. } => self.groups.get(id).and_then(|group| group.of(&watching.namespace)),
            _ => None,
        };
        watching.aim.fits(&split_dimensions(dimensions), members)
    }

    pub(super) fn all_rules(&self) -> impl Iterator<Item = i64> + use<'_> {
        self.rules.keys().copied()
    }

    pub(super) fn units_of(&self, rule_id: i64) -> &[u32] {
        self.of_rule.get(&rule_id).map_or(&[], Vec::as_slice)
    }

    pub(super) fn policies_of(&self, rule_id: i64) -> &[Arc<Watching>] {
        self.rules.get(&rule_id).map_or(&[], Vec::as_slice)
    }

    pub(super) fn unit(&self, place: u32) -> Option<&Unit> {
        self.units.get(place as usize)?.as_ref()
    }

    pub(super) fn unit_mut(&mut self, place: u32) -> Option<&mut Unit> {
        self.units.get_mut(place as usize)?.as_mut()
    }

    pub(super) fn find(&self, policy_id: i64, dimensions: &str) -> Option<u32> {
        self.by_key.get(&policy_id)?.get(dimensions).copied()
    }

    pub(super) fn of_series(&self, series: SeriesId) -> &[u32] {
        self.by_series.get(&series).map_or(&[], Vec::as_slice)
    }

    pub(super) fn places(&self) -> impl Iterator<Item = u32> + use<> {
        0..u32::try_from(self.units.len()).unwrap_or(u32::MAX)
    }

    /// How many units are watched.
    pub(super) fn len(&self) -> usize {
        self.units.len() - self.free.len()
    }

    /// Watches a policy on a series; the unit's place, and whether it is new.
    pub(super) fn watch(
        &mut self,
        watching: &Arc<Watching>,
        dimensions: &str,
        series: Option<SeriesId>,
    ) -> (u32, bool) {
        if let Some(place) = self.find(watching.policy_id, dimensions) {
            let known = self.unit(place).and_then(|unit| unit.series);
            if let Some(series) = series.filter(|series| known != Some(*series)) {
                if let Some(known) = known {
                    self.forget_series(known, place);
                }
                self.by_series.entry(series).or_default().push(place);
                if let Some(unit) = self.unit_mut(place) {
                    unit.series = Some(series);
                }
            }
            return (place, false);
        }
        let place = self.free.pop().unwrap_or_else(|| {
            self.units.push(None);
            u32::try_from(self.units.len() - 1).unwrap_or(u32::MAX)
        });
        self.generations = self.generations.wrapping_add(1);
        let dimensions: Arc<str> = dimensions.into();
        self.units[place as usize] = Some(Unit {
            watching: Arc::clone(watching),
            dimensions: Arc::clone(&dimensions),
            series,
            state: State::Unknown,
            told_at: None,
            streaks: Streaks::default(),
            warm: false,
            cursor: None,
            last: None,
            noted_at: Timestamp::default(),
            awake: false,
            scheduled: false,
            generation: self.generations,
        });
        self.by_key.entry(watching.policy_id).or_default().insert(dimensions, place);
        self.of_rule.entry(watching.rule_id).or_default().push(place);
        if let Some(series) = series {
            self.by_series.entry(series).or_default().push(place);
        }
        (place, true)
    }

    /// A unit as the store has it.
    pub(super) fn restore(&mut self, place: u32, kept: &KeptUnit) {
        if let Some(unit) = self.unit_mut(place) {
            (unit.state, unit.told_at, unit.last) = (kept.state, kept.told_at, kept.last);
            unit.cursor = kept.last.map(|last| last.at);
        }
    }

    /// Takes a unit out of what is watched, of whose rule others may stay.
    pub(super) fn leave(&mut self, place: u32) {
        let Some(unit) = self.unit(place) else { return };
        let (rule_id, policy_id, dimensions) =
            (unit.watching.rule_id, unit.watching.policy_id, unit.dimensions.to_string());
        if let Some(places) = self.of_rule.get_mut(&rule_id) {
            places.retain(|known| *known != place);
        }
        self.drop_unit(place);
        self.gone.push((policy_id, dimensions));
    }

    fn drop_unit(&mut self, place: u32) {
        let Some(unit) = self.units[place as usize].take() else { return };
        if let Some(by_dimensions) = self.by_key.get_mut(&unit.watching.policy_id) {
            by_dimensions.remove(&unit.dimensions);
            if by_dimensions.is_empty() {
                self.by_key.remove(&unit.watching.policy_id);
            }
        }
        if let Some(series) = unit.series {
            self.forget_series(series, place);
        }
        self.free.push(place);
    }

    fn forget_series(&mut self, series: SeriesId, place: u32) {
        if let Some(places) = self.by_series.get_mut(&series) {
            places.retain(|known| *known != place);
            if places.is_empty() {
                self.by_series.remove(&series);
            }
        }
    }

    /// Looks at a unit again at this instant, unless that is arranged already.
    pub(super) fn schedule(&mut self, place: u32, at: Timestamp) {
        if let Some(unit) = self.unit_mut(place).filter(|unit| !unit.scheduled) {
            unit.scheduled = true;
            let generation = unit.generation;
            self.due.push(Reverse((at, place, generation)));
        }
    }

    /// The next unit that is due.
    pub(super) fn next_due(&mut self, now: Timestamp) -> Option<u32> {
        loop {
            let Reverse((at, place, generation)) = *self.due.peek()?;
            if at > now {
                return None;
            }
            self.due.pop();
            if let Some(unit) = self.unit_mut(place).filter(|unit| unit.generation == generation) {
                unit.scheduled = false;
                return Some(place);
            }
        }
    }

    /// Looks at a unit's new samples soon.
    pub(super) fn wake(&mut self, place: u32) {
        if let Some(unit) = self.unit_mut(place).filter(|unit| !unit.awake) {
            unit.awake = true;
            self.awake.push_back(place);
        }
    }
}
