//! For which values of its tag a founder makes applications, and what each of them holds.

use super::model::Founder;
use crate::index::Partition;
use crate::model::{Combination, Condition, Joined, Kind, Operator, Rule, TagCondition};
use crate::rule::value_holds;

/// The rule of the application for one value, or nothing when the founder makes none for it.
///
/// Conditions on the founder's own key are judged here, for they look at the value; the others are left to the
/// resources. When any is enough and one on the value holds, nothing more is asked of the resources.
pub(super) fn rule_for(founder: &Founder, value: &str) -> Option<(Kind, Rule)> {
    if value.is_empty() || founder.spec.declined.iter().any(|declined| declined == value) {
        return None;
    }
    let own =
        TagCondition { key: founder.tag_key.clone(), operator: Operator::Equal, value: value.to_owned() };
    let (on_value, on_others): (Vec<_>, Vec<_>) =
        founder.spec.conditions.iter().partition(|condition| condition.key == founder.tag_key);
    let mut on_value = on_value.iter().map(|one| value_holds(one.operator, &one.value, value));
    let any_holds = match founder.spec.joined {
        Joined::All if on_value.any(|holds| !holds) => return None,
        Joined::All => on_others.is_empty(),
        Joined::Any => founder.spec.conditions.is_empty() || on_value.any(|holds| holds),
    };
    if any_holds {
        return Some((Kind::Tags, Rule { tags: vec![own], ..Rule::default() }));
    }
    if on_others.is_empty() {
        return None;
    }
    let conditions =
        on_others.into_iter().map(|one| Condition { tag: Some(one.clone()), ..Condition::default() });
    let combination = Combination { joined: founder.spec.joined, conditions: conditions.collect() };
    Some((Kind::Combination, Rule { combination: Some(combination), tagged: Some(own), ..Rule::default() }))
}

/// The values for which there shall be an application now, sorted. `of_applications` are the values that applications
/// themselves have under the key.
pub(super) fn wanted(
    founder: &Founder,
    index: &mut Partition,
    of_applications: Vec<String>,
) -> Vec<(String, (Kind, Rule))> {
    let mut values = index.values_of(&founder.tag_key);
    let of_resources = values.len();
    values.extend(of_applications);
    let mut wanted = Vec::new();
    for (nth, value) in values.into_iter().enumerate() {
        let Some((kind, rule)) = rule_for(founder, &value) else { continue };
        // Every resource with the value is a member, unless more is asked of it.
        let by_value_alone = kind == Kind::Tags || nth >= of_resources;
        if by_value_alone || !index.select(kind, &rule).is_empty() {
            wanted.push((value, (kind, rule)));
        }
    }
    wanted.sort_by(|one, other| one.0.cmp(&other.0));
    wanted.dedup_by(|one, other| one.0 == other.0);
    wanted
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::FounderSpec;
    use muster_core::Timestamp;

    fn condition(key: &str, operator: Operator, value: &str) -> TagCondition {
        TagCondition { key: key.to_owned(), operator, value: value.to_owned() }
    }

    fn founder(joined: Joined, conditions: Vec<TagCondition>) -> Founder {
        Founder {
            id: "f".to_owned(),
            tag_key: "env".to_owned(),
            region: String::new(),
            spec: FounderSpec {
                contact_groups: Vec::new(),
                conditions,
                joined,
                declined: vec!["old".to_owned()],
            },
            settled: false,
            created_at: Timestamp::from_millis(0),
        }
    }

    #[test]
    fn conditions_on_the_founders_key_choose_values_and_others_choose_resources() {
        use Operator::{Contains, Equal, StartsWith};
        let starts = condition("env", StartsWith, "pr");
        let ends = condition("env", Contains, "od");
        let team = condition("team", Equal, "shop");
        let table = [
            (Joined::All, vec![], "prod", Some(Kind::Tags)),
            (Joined::Any, vec![], "prod", Some(Kind::Tags)),
            (Joined::All, vec![], "old", None),
            (Joined::All, vec![], "", None),
            (Joined::All, vec![starts.clone(), ends.clone()], "prod", Some(Kind::Tags)),
            (Joined::All, vec![starts.clone(), ends.clone()], "pre", None),
            (Joined::Any, vec![starts.clone(), ends.clone()], "pre", Some(Kind::Tags)),
            (Joined::Any, vec![starts.clone(), ends], "test", None),
            (Joined::All, vec![starts.clone(), team.clone()], "prod", Some(Kind::Combination)),
            (Joined::All, vec![starts.clone(), team.clone()], "test", None),
            (Joined::Any, vec![starts.clone(), team.clone()], "prod", Some(Kind::Tags)),
            (Joined::Any, vec![starts, team], "test", Some(Kind::Combination)),
        ];
        for (joined, conditions, value, expected) in table {
            let founder = founder(joined, conditions.clone());
            let found = rule_for(&founder, value);
            assert_eq!(found.map(|(kind, _)| kind), expected, "{joined:?} {conditions:?} {value}");
        }
    }
}
