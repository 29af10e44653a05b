//! An account's masks in memory: which of them cover a unit at an instant.
//!
//! A mask stands under the narrowest thing that it names, so that a unit meets few masks that do not cover it, however
//! many there are: under its rules, or else its policies, or else one dimension of each of its resources, or else its
//! groups. Only masks that name none of these are looked at for every unit.

use std::collections::HashMap;

use jiff::tz::TimeZone;
use muster_core::Timestamp;

use super::model::{CoveredMetric, CoveredResource, Covers, Effect, Mask, Subjects};
use super::when::Schedule;
use crate::{Dimensions, Origin, Policy, Rule, Subject};

/// A unit, as masks look at it.
#[derive(Clone, Copy, Debug)]
pub struct Question<'q> {
    /// Whose rule it is.
    pub origin: Origin,
    /// The rule's project.
    pub project_id: &'q str,
    /// The rule's number.
    pub rule_id: i64,
    /// The policy's number.
    pub policy_id: i64,
    /// The namespace of the metric or event.
    pub namespace: &'q str,
    /// The name of the metric or event.
    pub name: &'q str,
    /// Whether it is an event.
    pub is_event: bool,
    /// The unit's dimensions, sorted.
    pub dimensions: &'q [(String, String)],
    /// The groups that the rule belongs to, or that hold the resource.
    pub groups: &'q [i64],
}

impl<'q> Question<'q> {
    /// The question about the unit of `policy` with these dimensions; `groups` as in [`Question::groups`].
    pub fn of(rule: &'q Rule, policy: &'q Policy, dimensions: &'q Dimensions, groups: &'q [i64]) -> Self {
        let (namespace, name, is_event) = match &policy.subject {
            Subject::Metric { namespace, metric, .. } => {
                (namespace.as_deref().unwrap_or(&rule.spec.namespace), metric, false)
            }
            Subject::Event { name, .. } => (rule.spec.namespace.as_str(), name, true),
        };
        Self {
            origin: rule.origin,
            project_id: &rule.project_id,
            rule_id: rule.id,
            policy_id: policy.id,
            namespace,
            name,
            is_event,
            dimensions,
            groups,
        }
    }
}

type Places = Vec<u32>;

/// An account's masks as they were at one moment. Asking it costs a few look-ups, and needs no store.
#[derive(Debug, Default)]
pub struct Snapshot {
    /// Newest first.
    masks: Vec<(Mask, Schedule)>,
    by_rule: HashMap<i64, Places>,
    by_policy: HashMap<i64, Places>,
    by_group: HashMap<i64, Places>,
    /// By namespace, name and value of a dimension.
    by_dimension: HashMap<String, HashMap<String, HashMap<String, Places>>>,
    others: Places,
}

impl Snapshot {
    pub(super) fn new(mut masks: Vec<Mask>, server: &TimeZone) -> Self {
        masks.sort_unstable_by_key(|mask| std::cmp::Reverse(mask.id));
        let mut snapshot = Self::default();
        for (place, mask) in (0_u32..).zip(masks) {
            snapshot.enter(place, &mask.spec.covers);
            let schedule = Schedule::new(&mask.spec.when, server);
            snapshot.masks.push((mask, schedule));
        }
        snapshot
    }

    fn enter(&mut self, place: u32, covers: &Covers) {
        let by_number = [(&covers.rules, &mut self.by_rule), (&covers.policies, &mut self.by_policy)];
        for (ids, places) in by_number {
            if !ids.is_empty() {
                return add_all(ids, places, place);
            }
        }
        let narrow = |resource: &CoveredResource| !resource.dimensions.is_empty();
        if !covers.resources.is_empty() && covers.resources.iter().all(narrow) {
            for resource in &covers.resources {
                let (name, value) = &resource.dimensions[0];
                let names = self.by_dimension.entry(resource.namespace.clone()).or_default();
                let places = names.entry(name.clone()).or_default().entry(value.clone()).or_default();
                if places.last() != Some(&place) {
                    places.push(place);
                }
            }
        } else if covers.groups.is_empty() {
            self.others.push(place);
        } else {
            add_all(&covers.groups, &mut self.by_group, place);
        }
    }

    /// All masks, newest first.
    pub fn masks(&self) -> impl Iterator<Item = &Mask> {
        self.masks.iter().map(|(mask, _)| mask)
    }

    /// Whether there is none at all.
    pub fn is_empty(&self) -> bool {
        self.masks.is_empty()
    }

    /// The mask that covers the unit at `at`, if one does. One that mutes the alarm itself comes before those that only
    /// mute messages, then a newer one before an older one.
    pub fn covering(&self, unit: &Question<'_>, at: Timestamp) -> Option<&Mask> {
        let mut found: Option<(u32, &Mask)> = None;
        self.for_each_candidate(unit, |place| {
            let (mask, schedule) = &self.masks[place as usize];
            let rank = |(place, mask): (u32, &Mask)| (mask.spec.effect != Effect::MutesAlarm, place);
            if mask.enabled
                && found.is_none_or(|known| rank((place, mask)) < rank(known))
                && covers(mask, unit)
                && schedule.holds(at)
            {
                found = Some((place, mask));
            }
        });
        found.map(|(_, mask)| mask)
    }

    fn for_each_candidate(&self, unit: &Question<'_>, mut take: impl FnMut(u32)) {
        if self.masks.is_empty() {
            return;
        }
        let mut all = |places: Option<&Places>| places.into_iter().flatten().copied().for_each(&mut take);
        all(self.by_rule.get(&unit.rule_id));
        all(self.by_policy.get(&unit.policy_id));
        if !self.by_group.is_empty() {
            unit.groups.iter().for_each(|group| all(self.by_group.get(group)));
        }
        if let Some(names) = self.by_dimension.get(unit.namespace) {
            for (name, value) in unit.dimensions {
                all(names.get(name).and_then(|values| values.get(value)));
            }
        }
        all(Some(&self.others));
    }
}

fn add_all(ids: &[i64], index: &mut HashMap<i64, Places>, place: u32) {
    for id in ids {
        let places = index.entry(*id).or_default();
        if places.last() != Some(&place) {
            places.push(place);
        }
    }
}

fn covers(mask: &Mask, unit: &Question<'_>) -> bool {
    let Covers { rules, policies, groups, resources, metrics, subjects } = &mask.spec.covers;
    mask.kind.origin() == unit.origin
        && (mask.project_id.is_empty() || mask.project_id == unit.project_id)
        && (*subjects == Subjects::All || unit.is_event)
        && (rules.is_empty() || rules.contains(&unit.rule_id))
        && (policies.is_empty() || policies.contains(&unit.policy_id))
        && (groups.is_empty() || unit.groups.iter().any(|group| groups.contains(group)))
        && (resources.is_empty() || resources.iter().any(|resource| is_resource(resource, unit)))
        && (metrics.is_empty() || metrics.iter().any(|metric| is_metric(metric, unit)))
}

fn is_resource(resource: &CoveredResource, unit: &Question<'_>) -> bool {
    resource.namespace == unit.namespace && has(unit, &resource.dimensions, &resource.dimension_names)
}

fn is_metric(metric: &CoveredMetric, unit: &Question<'_>) -> bool {
    metric.name == unit.name && has(unit, &metric.dimensions, &metric.dimension_names)
}

/// Whether the unit has all these dimensions, and dimensions of all these names.
fn has(unit: &Question<'_>, dimensions: &[(String, String)], names: &[String]) -> bool {
    dimensions.iter().all(|dimension| unit.dimensions.contains(dimension))
        && names.iter().all(|name| unit.dimensions.iter().any(|(known, _)| known == name))
}
