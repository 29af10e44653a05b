//! What a rule watches, as bodies and answers have it.

use muster_alarms::{Dimensions, RuleSpec, Target};
use muster_core::{Error, Result};
use serde::Deserialize;
use serde_json::{Value, json};

use super::kept::Kept;
use super::words::Kind;
use crate::cloudeye::validate;
use crate::request::{Malformed, Object, required};

/// How many resources a rule may list.
const MOST: usize = 1000;

/// A dimension; without a value, whatever it is.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct DimensionBody {
    name: Option<String>,
    value: Option<String>,
}

/// A resource in its owner's order; an empty value is any.
pub(crate) type Resource = Vec<(String, String)>;

/// Lists of dimensions.
pub(crate) type ResourcesBody = Vec<Vec<Object<DimensionBody>>>;

/// Reads a list of resources.
pub(crate) fn read_resources(field: &str, resources: ResourcesBody) -> Result<Vec<Resource>, Malformed> {
    validate::count(field, &resources, 0..=MOST)?;
    let mut read = Vec::with_capacity(resources.len());
    for (place, dimensions) in resources.into_iter().enumerate() {
        let one = read_dimensions(&format!("{field}[{place}]"), dimensions)?;
        if !one.is_empty() {
            read.push(one);
        }
    }
    Ok(read)
}

/// Reads the dimensions of one resource.
pub(crate) fn read_dimensions(
    field: &str,
    dimensions: Vec<Object<DimensionBody>>,
) -> Result<Resource, Malformed> {
    validate::count(field, &dimensions, 0..=4)?;
    let mut read: Resource = Vec::with_capacity(dimensions.len());
    for Object(dimension) in dimensions {
        let name = required("resources.name", dimension.name)?;
        let value = dimension.value.unwrap_or_default();
        validate::dimension_name(&format!("{field}.name"), &name)?;
        validate::printable(&format!("{field}.value"), &value, 0..=256)?;
        if read.iter().any(|(known, _)| *known == name) {
            return Err(Malformed::field(format!("{field}.name"), "stands there twice"));
        }
        read.push((name, value));
    }
    Ok(read)
}

/// Aims a rule of a kind at these resources, or at those of a group.
pub(crate) fn aim(spec: &mut RuleSpec, kept: &mut Kept, kind: Kind, group_id: Option<i64>, all: &[Resource]) {
    kept.names = all.first().map(names).unwrap_or_default();
    let mut sorted = kept.names.clone();
    sorted.sort_unstable();
    let dimension_names = (!sorted.is_empty()).then_some(sorted);
    spec.target = match (kind, group_id) {
        (_, Some(group_id)) => Target::Group { group_id, dimension_names, besides: Vec::new() },
        (Kind::All, None) => Target::All { dimension_names },
        // Events of whatever is not named are all events.
        (kind, None) if kind.is_event() && all.is_empty() => Target::All { dimension_names: None },
        (_, None) => listed(all, dimension_names),
    };
}

fn listed(all: &[Resource], dimension_names: Option<Vec<String>>) -> Target {
    let is_any = |(_, value): &(String, String)| value.is_empty();
    let sets = all.iter().map(|one| sorted(one.iter().filter(|part| !is_any(part))));
    if all.iter().flatten().any(is_any) {
        let sets: Vec<Dimensions> = sets.collect();
        if sets.iter().any(Vec::is_empty) {
            return Target::All { dimension_names };
        }
        return Target::Containing(sets);
    }
    Target::Exactly(sets.collect())
}

fn sorted<'p>(parts: impl Iterator<Item = &'p (String, String)>) -> Dimensions {
    let mut parts: Dimensions = parts.cloned().collect();
    parts.sort_unstable();
    parts
}

fn names(one: &Resource) -> Vec<String> {
    one.iter().map(|(name, _)| name.clone()).collect()
}

/// What a rule watches, in its owner's order. Where any value will do it is empty.
pub(crate) fn resources_of(spec: &RuleSpec, kept: &Kept) -> Vec<Resource> {
    let any = |names: &[String]| names.iter().map(|name| (name.clone(), String::new())).collect::<Resource>();
    match &spec.target {
        Target::Exactly(sets) => sets.iter().map(|set| in_order(set, &kept.names)).collect(),
        Target::Containing(sets) => sets
            .iter()
            .map(|set| {
                let mut all = set.clone();
                let missing = |name: &&String| !set.iter().any(|(known, _)| known == *name);
                all.extend(kept.names.iter().filter(missing).map(|name| (name.clone(), String::new())));
                in_order(&all, &kept.names)
            })
            .collect(),
        Target::All { dimension_names } | Target::Group { dimension_names, .. } => match dimension_names {
            None => Vec::new(),
            Some(names) => vec![in_order(&any(names), &kept.names)],
        },
    }
}

fn in_order(set: &[(String, String)], names: &[String]) -> Resource {
    let mut one = set.to_vec();
    one.sort_by_key(|(name, _)| names.iter().position(|known| known == name).unwrap_or(names.len()));
    one
}

/// Adds resources to those that a rule watches.
///
/// # Errors
/// [`Error::Quota`] when they become too many.
pub(crate) fn add(spec: &mut RuleSpec, more: &[Resource]) -> Result<()> {
    change(spec, |all| {
        for one in more {
            if !all.iter().any(|known| same(known, one)) {
                all.push(one.clone());
            }
        }
    })
}

/// Takes resources out of those that a rule watches.
///
/// # Errors
/// None of its own.
pub(crate) fn remove(spec: &mut RuleSpec, less: &[Resource]) -> Result<()> {
    change(spec, |all| all.retain(|known| !less.iter().any(|one| same(known, one))))
}

fn change(spec: &mut RuleSpec, change: impl FnOnce(&mut Vec<Resource>)) -> Result<()> {
    let mut kept = Kept::of(spec);
    let (kind, group_id) = (kept.kind(spec), spec.target.group_id());
    let mut all = resources_of(spec, &kept);
    change(&mut all);
    if all.len() > MOST {
        return Err(Error::Quota { what: "resources of an alarm rule", limit: MOST as u64 });
    }
    aim(spec, &mut kept, kind, group_id, &all);
    kept.put(spec);
    Ok(())
}

fn same(one: &Resource, other: &Resource) -> bool {
    one.len() == other.len() && one.iter().all(|part| other.contains(part))
}

/// Dimensions with their values, where they have any.
pub(crate) fn write_dimensions(dimensions: &[(String, String)]) -> Vec<Value> {
    let write = |(name, value): &(String, String)| {
        if value.is_empty() { json!({"name": name}) } else { json!({"name": name, "value": value}) }
    };
    dimensions.iter().map(write).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(parts: &[(&str, &str)]) -> Resource {
        parts.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    fn aimed(kind: Kind, group_id: Option<i64>, all: &[Resource]) -> RuleSpec {
        let (mut spec, mut kept) = (RuleSpec::default(), Kept { kind: Some(kind), ..Kept::default() });
        aim(&mut spec, &mut kept, kind, group_id, all);
        kept.put(&mut spec);
        spec
    }

    #[test]
    fn what_is_watched_is_read_again_in_its_order() {
        let disk = one(&[("instance_id", "i-1"), ("disk", "sda")]);
        let any_disk = one(&[("instance_id", "i-1"), ("disk", "")]);
        let names = one(&[("instance_id", ""), ("disk", "")]);
        for (kind, group, all) in [
            (Kind::Listed, None, vec![disk.clone(), one(&[("instance_id", "i-2"), ("disk", "sdb")])]),
            (Kind::Listed, None, vec![any_disk, disk]),
            (Kind::Listed, None, vec![]),
            (Kind::All, None, vec![names.clone()]),
            (Kind::Group, Some(7), vec![names]),
            (Kind::CustomEvent, None, vec![]),
        ] {
            let spec = aimed(kind, group, &all);
            assert_eq!(resources_of(&spec, &Kept::of(&spec)), all, "{kind:?}");
            assert_eq!(spec.target.group_id(), group);
        }
    }

    #[test]
    fn resources_are_added_once_and_taken_away_whatever_the_order() {
        let mut spec = aimed(Kind::Listed, None, &[one(&[("a", "1"), ("b", "2")])]);
        add(&mut spec, &[one(&[("b", "2"), ("a", "1")]), one(&[("a", "3"), ("b", "4")])]).unwrap();
        assert_eq!(spec.target.named().len(), 2);
        remove(&mut spec, &[one(&[("b", "2"), ("a", "1")]), one(&[("a", "9"), ("b", "9")])]).unwrap();
        assert_eq!(resources_of(&spec, &Kept::of(&spec)), [one(&[("a", "3"), ("b", "4")])]);
        let many: Vec<Resource> = (0..MOST).map(|n| one(&[("a", &n.to_string()), ("b", "x")])).collect();
        assert!(add(&mut spec, &many).is_err());
    }

    #[test]
    fn a_value_left_open_is_any() {
        let spec = aimed(Kind::Listed, None, &[one(&[("instance_id", "")])]);
        assert_eq!(spec.target, Target::All { dimension_names: Some(vec!["instance_id".to_owned()]) });
        let spec = aimed(Kind::Listed, None, &[one(&[("instance_id", "i-1"), ("disk", "")])]);
        assert_eq!(spec.target, Target::Containing(vec![one(&[("instance_id", "i-1")])]));
    }
}
