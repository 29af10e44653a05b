//! Which series a policy watches.

use std::collections::{HashMap, HashSet};

use muster_core::{PageRequest, Result};
use muster_db::Tx;
use muster_resources::{MemberFilter, Scope};

use crate::model::{Dimensions, Policy, Rule, Subject, Target};

/// What a series' dimensions must be like.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Aim {
    /// One of these sets.
    Exactly(Vec<Dimensions>),
    /// Containing one of these sets.
    Containing { sets: Vec<Dimensions>, names: Option<Vec<String>> },
    /// Any.
    All { names: Option<Vec<String>> },
    /// Those of a group's members.
    Group { id: i64, names: Option<Vec<String>>, besides: Dimensions },
}

impl Aim {
    pub(super) fn of(rule: &Rule, policy: &Policy) -> Self {
        let own = match &policy.subject {
            Subject::Metric { dimension_names, .. } => dimension_names.clone(),
            Subject::Event { .. } => None,
        };
        match &rule.spec.target {
            Target::Exactly(sets) => Self::Exactly(sets.clone()),
            Target::Containing(sets) => Self::Containing { sets: sets.clone(), names: own },
            Target::All { dimension_names } => Self::All { names: own.or_else(|| dimension_names.clone()) },
            Target::Group { group_id, dimension_names, besides } => Self::Group {
                id: *group_id,
                names: own.or_else(|| dimension_names.clone()),
                besides: besides.clone(),
            },
        }
    }

    /// Whether a series with these dimensions is meant; `members` are those of the group.
    pub(super) fn fits(&self, dimensions: &Dimensions, members: Option<&Members>) -> bool {
        let has = |set: &Dimensions| set.iter().all(|one| dimensions.contains(one));
        match self {
            Self::Exactly(sets) => sets.contains(dimensions),
            Self::Containing { sets, names } => {
                is_named(dimensions, names.as_deref()) && sets.iter().any(has)
            }
            Self::All { names } => is_named(dimensions, names.as_deref()),
            Self::Group { names, besides, .. } => {
                is_named(dimensions, names.as_deref())
                    && has(besides)
                    && members.is_some_and(|members| members.hold(dimensions))
            }
        }
    }
}

fn is_named(dimensions: &Dimensions, names: Option<&[String]>) -> bool {
    let Some(names) = names else { return true };
    names.len() == dimensions.len() && dimensions.iter().all(|(name, _)| names.contains(name))
}

/// What stands for every resource of a dimension.
const EVERY: &str = "*";

/// The members of a group that are of one namespace, to be asked for series.
#[derive(Debug, Default)]
pub(super) struct Members {
    /// By the names of their dimensions: the values.
    by_names: HashMap<Vec<String>, HashSet<Vec<String>>>,
}

impl Members {
    fn add(&mut self, mut dimensions: Dimensions) {
        dimensions.retain(|(_, value)| value != EVERY);
        dimensions.sort_unstable();
        let (names, values) = dimensions.into_iter().unzip();
        self.by_names.entry(names).or_default().insert(values);
    }

    /// Whether a series is a member's: it has the member's dimensions, and perhaps others.
    fn hold(&self, dimensions: &Dimensions) -> bool {
        self.by_names.iter().any(|(names, values)| {
            let value_of = |name: &String| {
                dimensions.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
            };
            let own: Option<Vec<String>> = names.iter().map(value_of).collect();
            own.is_some_and(|own| values.contains(&own))
        })
    }
}

/// A group's members, by their namespaces, as they were at one moment.
#[derive(Debug, Default)]
pub(super) struct Group {
    /// Grows when members may have changed.
    pub(super) revision: Option<[i64; 3]>,
    by_namespace: HashMap<String, Members>,
}

impl Group {
    pub(super) fn read(
        tx: &mut Tx<'_>,
        resources: &muster_resources::Service,
        scope: Scope<'_>,
        id: i64,
        revision: Option<[i64; 3]>,
    ) -> Result<Self> {
        let mut group = Self { revision, ..Self::default() };
        if revision.is_none() {
            return Ok(group);
        }
        let members = resources.list_members(tx, scope, id, &MemberFilter::default(), PageRequest::ALL)?;
        for listed in members.items {
            let member = listed.member;
            let dimensions = member.dimensions.into_iter().map(|one| (one.name, one.value)).collect();
            group.by_namespace.entry(member.namespace).or_default().add(dimensions);
        }
        Ok(group)
    }

    pub(super) fn of(&self, namespace: &str) -> Option<&Members> {
        self.by_namespace.get(namespace)
    }
}
