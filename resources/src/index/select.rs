//! From a rule to the resources that it selects.

use std::collections::HashMap;

use roaring::RoaringBitmap;

use super::partition::{Entry, Partition};
use super::symbols::Symbols;
use crate::model::{Condition, Joined, Kind, NamePattern, Operator, Rule, TagCondition};
use crate::rule::{self, name_holds, value_holds};

/// Comparisons that look at every name or every value of a key, with what they found. They are kept up to date with
/// each resource, so that a group by such a rule costs its search once.
#[derive(Default)]
pub(super) struct Memo {
    names: HashMap<NamePattern, RoaringBitmap>,
    values: HashMap<TagCondition, RoaringBitmap>,
}

/// Beyond so many the oldest knowledge is not worth its upkeep, and all of it is dropped.
const MOST_REMEMBERED: usize = 4096;

impl Memo {
    pub(super) fn remember(&mut self, bit: u32, entry: &Entry, symbols: &Symbols) {
        for (pattern, found) in &mut self.names {
            if name_holds(pattern, &entry.name) {
                found.insert(bit);
            }
        }
        for (condition, found) in &mut self.values {
            let holds = entry.tags.iter().any(|&(key, value)| {
                symbols.text(key) == condition.key
                    && value_holds(condition.operator, &condition.value, symbols.text(value))
            });
            if holds {
                found.insert(bit);
            }
        }
    }

    pub(super) fn forget(&mut self, bit: u32) {
        for found in self.names.values_mut().chain(self.values.values_mut()) {
            found.remove(bit);
        }
    }
}

impl Partition {
    /// The resources that a rule of this kind selects.
    pub(crate) fn select(&mut self, kind: Kind, rule: &Rule) -> RoaringBitmap {
        let mut found = match kind {
            Kind::Manual => RoaringBitmap::new(),
            Kind::Tags => self.with_tags(&rule.tags),
            Kind::EnterpriseProjects => {
                union(rule.enterprise_projects.iter().map(|id| self.of_enterprise_project(id)))
            }
            Kind::Names | Kind::Mixed => {
                let mut all = RoaringBitmap::new();
                for names in &rule.names {
                    let product = self.of_product(&names.product);
                    let patterns = names.patterns.iter().map(|pattern| self.named(pattern)).collect();
                    all |= join(names.joined, patterns, &product) & product;
                }
                all
            }
            Kind::Combination => match &rule.combination {
                Some(combination) => {
                    let each = combination.conditions.iter().map(|one| self.that_meet(one)).collect();
                    join(combination.joined, each, &RoaringBitmap::new())
                }
                None => {
                    let mut all = RoaringBitmap::new();
                    for pair in &rule.projects_and_tags {
                        let mut of_pair = self.of_enterprise_project(&pair.enterprise_project_id);
                        if let Some(tag) = &pair.tag {
                            of_pair &= self.with_tag(tag);
                        }
                        all |= of_pair;
                    }
                    all
                }
            },
        };
        let mut products = rule::products(rule).peekable();
        if products.peek().is_some() {
            found &= union(products.map(|product| self.of_product(product)));
        }
        let mut providers = rule::providers(rule).peekable();
        if providers.peek().is_some() {
            found &= union(providers.filter_map(|name| {
                let symbol = self.symbols.find(name)?;
                self.providers.get(&symbol).cloned()
            }));
        }
        if let Some(tag) = &rule.tagged {
            found &= self.with_tag(tag);
        }
        found
    }

    /// The resources of an enterprise project.
    pub(crate) fn of_enterprise_project(&self, id: &str) -> RoaringBitmap {
        let symbol = self.symbols.find(id);
        symbol.and_then(|symbol| self.enterprise_projects.get(&symbol)).cloned().unwrap_or_default()
    }

    /// The values that resources have under a key.
    pub(crate) fn values_of(&self, key: &str) -> Vec<String> {
        let key = self.symbols.find(key).and_then(|key| self.keys.get(&key));
        key.into_iter()
            .flat_map(|key| key.values.keys())
            .map(|value| self.symbols.text(*value).to_owned())
            .collect()
    }

    /// The resources whose tags satisfy a condition.
    pub(crate) fn with_tag(&mut self, condition: &TagCondition) -> RoaringBitmap {
        let Some(key) = self.symbols.find(&condition.key).and_then(|key| self.keys.get(&key)) else {
            return RoaringBitmap::new();
        };
        match condition.operator {
            Operator::Any => key.having.clone(),
            Operator::Equal if condition.value.is_empty() => key.having.clone(),
            Operator::Equal => {
                let value = self.symbols.find(&condition.value);
                value.and_then(|value| key.values.get(&value)).cloned().unwrap_or_default()
            }
            Operator::Contains | Operator::StartsWith | Operator::EndsWith | Operator::NotContains => {
                if let Some(known) = self.memo.values.get(condition) {
                    return known.clone();
                }
                let found = union(
                    key.values
                        .iter()
                        .filter(|(value, _)| {
                            value_holds(condition.operator, &condition.value, self.symbols.text(**value))
                        })
                        .map(|(_, having)| having.clone()),
                );
                keep(&mut self.memo.values, condition.clone(), &found);
                found
            }
        }
    }

    /// The resources whose names satisfy a pattern.
    pub(crate) fn named(&mut self, pattern: &NamePattern) -> RoaringBitmap {
        if let Some(known) = self.memo.names.get(pattern) {
            return known.clone();
        }
        let mut found = RoaringBitmap::new();
        for (bit, entry) in self.entries.iter() {
            if name_holds(pattern, &entry.name) {
                found.insert(bit);
            }
        }
        keep(&mut self.memo.names, pattern.clone(), &found);
        found
    }

    fn of_product(&self, product: &str) -> RoaringBitmap {
        union(self.forms.values().filter(|form| form.product == product).map(|form| form.having.clone()))
    }

    fn with_tags(&mut self, conditions: &[TagCondition]) -> RoaringBitmap {
        let mut found: Option<RoaringBitmap> = None;
        let mut done: Vec<&str> = Vec::new();
        for condition in conditions {
            if done.contains(&condition.key.as_str()) {
                continue;
            }
            done.push(&condition.key);
            let mut alternatives = RoaringBitmap::new();
            for alternative in conditions.iter().filter(|other| other.key == condition.key) {
                alternatives |= self.with_tag(alternative);
            }
            found = Some(found.map_or_else(|| alternatives.clone(), |found| found & &alternatives));
        }
        found.unwrap_or_default()
    }

    fn that_meet(&mut self, condition: &Condition) -> RoaringBitmap {
        let mut found: Option<RoaringBitmap> = None;
        let mut and = |part: RoaringBitmap| {
            found = Some(found.take().map_or_else(|| part.clone(), |found| found & &part));
        };
        if let Some(id) = &condition.enterprise_project_id {
            and(self.of_enterprise_project(id));
        }
        if let Some(tag) = &condition.tag {
            and(self.with_tag(tag));
        }
        if let Some(pattern) = &condition.name {
            and(self.named(pattern));
        }
        found.unwrap_or_else(|| union(self.enterprise_projects.values().cloned()))
    }
}

/// All or any of `each`; all of nothing is `without_any`.
fn join(joined: Joined, each: Vec<RoaringBitmap>, without_any: &RoaringBitmap) -> RoaringBitmap {
    match joined {
        Joined::All => each.into_iter().reduce(|all, one| all & one).unwrap_or_else(|| without_any.clone()),
        Joined::Any => union(each),
    }
}

fn union(each: impl IntoIterator<Item = RoaringBitmap>) -> RoaringBitmap {
    each.into_iter().reduce(|all, one| all | one).unwrap_or_default()
}

fn keep<K: std::hash::Hash + Eq>(known: &mut HashMap<K, RoaringBitmap>, key: K, found: &RoaringBitmap) {
    if known.len() >= MOST_REMEMBERED {
        known.clear();
    }
    known.insert(key, found.clone());
}
