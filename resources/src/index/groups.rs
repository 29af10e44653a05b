//! From a resource to the groups whose rules select it.

use std::collections::HashMap;

use crate::model::{Combination, Condition, Joined, Kind, Operator, ProjectAndTag, Rule, TagCondition};
use crate::rule::{self, Subject};

/// Something that a resource has. A group is found under a few of these, chosen so that whatever the rule selects has
/// at least one of them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Trait {
    Tag(String, String),
    TagKey(String),
    EnterpriseProject(String),
    Product(String),
    /// Every resource has this one.
    Being,
}

/// The groups by rule of one project.
#[derive(Default)]
pub(crate) struct Groups {
    rules: HashMap<i64, (Kind, Rule)>,
    by_trait: HashMap<Trait, Vec<i64>>,
}

impl Groups {
    /// Takes a group in, or out when it is `None` (or has its members by hand).
    pub(crate) fn replace(&mut self, id: i64, group: Option<(Kind, Rule)>) {
        if let Some((kind, rule)) = self.rules.remove(&id) {
            for found_under in traits_of_rule(kind, &rule) {
                if let Some(ids) = self.by_trait.get_mut(&found_under) {
                    ids.retain(|other| *other != id);
                    if ids.is_empty() {
                        self.by_trait.remove(&found_under);
                    }
                }
            }
        }
        if let Some((kind, rule)) = group.filter(|(kind, _)| *kind != Kind::Manual) {
            for found_under in traits_of_rule(kind, &rule) {
                let ids = self.by_trait.entry(found_under).or_default();
                // One rule may name a trait twice.
                if ids.last() != Some(&id) {
                    ids.push(id);
                }
            }
            self.rules.insert(id, (kind, rule));
        }
    }

    /// The groups whose rules select the resource, in the order of their ids.
    pub(crate) fn that_select(&self, resource: &Subject<'_>) -> Vec<i64> {
        let mut found: Vec<i64> = traits_of_resource(resource)
            .filter_map(|own| self.by_trait.get(&own))
            .flatten()
            .copied()
            .filter(|id| self.rules.get(id).is_some_and(|(kind, rule)| rule::selects(*kind, rule, resource)))
            .collect();
        found.sort_unstable();
        found.dedup();
        found
    }
}

fn traits_of_resource(resource: &Subject<'_>) -> impl Iterator<Item = Trait> {
    let tags = resource.tags.iter().flat_map(|(key, value)| {
        [Trait::Tag((*key).to_owned(), (*value).to_owned()), Trait::TagKey((*key).to_owned())]
    });
    let products = resource.products.iter().map(|product| Trait::Product((*product).to_owned()));
    let others = [Trait::EnterpriseProject(resource.enterprise_project_id.to_owned()), Trait::Being];
    tags.chain(products).chain(others)
}

fn traits_of_rule(kind: Kind, rule: &Rule) -> Vec<Trait> {
    match kind {
        Kind::Manual => Vec::new(),
        // All keys must hold: it is enough to be found under one.
        Kind::Tags => {
            let first = rule.tags.first().map(|tag| tag.key.as_str());
            rule.tags.iter().filter(|tag| Some(tag.key.as_str()) == first).map(trait_of_tag).collect()
        }
        Kind::EnterpriseProjects => {
            rule.enterprise_projects.iter().cloned().map(Trait::EnterpriseProject).collect()
        }
        Kind::Names | Kind::Mixed => {
            rule.names.iter().map(|names| Trait::Product(names.product.clone())).collect()
        }
        Kind::Combination => match &rule.combination {
            Some(combination) => traits_of_combination(combination),
            None => rule.projects_and_tags.iter().map(trait_of_pair).collect(),
        },
    }
}

fn traits_of_combination(combination: &Combination) -> Vec<Trait> {
    let mut each: Vec<Trait> = combination.conditions.iter().map(trait_of_condition).collect();
    if combination.joined == Joined::All {
        // The one that fewest resources have.
        each.sort_by_key(|own| match own {
            Trait::Tag(..) => 0,
            Trait::TagKey(_) => 1,
            Trait::Product(_) | Trait::EnterpriseProject(_) => 2,
            Trait::Being => 3,
        });
        each.truncate(1);
    }
    each
}

fn trait_of_condition(condition: &Condition) -> Trait {
    match (&condition.tag, &condition.enterprise_project_id) {
        (Some(tag), _) => trait_of_tag(tag),
        (None, Some(id)) => Trait::EnterpriseProject(id.clone()),
        (None, None) => Trait::Being,
    }
}

fn trait_of_pair(pair: &ProjectAndTag) -> Trait {
    pair.tag
        .as_ref()
        .map_or_else(|| Trait::EnterpriseProject(pair.enterprise_project_id.clone()), trait_of_tag)
}

fn trait_of_tag(tag: &TagCondition) -> Trait {
    match tag.operator {
        Operator::Equal if !tag.value.is_empty() => Trait::Tag(tag.key.clone(), tag.value.clone()),
        _ => Trait::TagKey(tag.key.clone()),
    }
}
