//! `Resources` and `Dimensions`: JSON arrays of maps from a dimension's name to its value.

use muster_alarms::{Dimensions, Target};
use serde_json::{Map, Value};

use crate::cloudmonitor::Refusal;

/// Sets of dimensions that a rule may have.
const MOST: usize = 3_000;
/// The namespaces of custom metrics begin so; the account's number follows.
pub(super) const CUSTOM_METRIC: &str = "acs_customMetric_";

/// Reads an array of maps, or a single map; `[]` and an empty text are no sets.
pub(super) fn sets(parameter: &str, text: &str) -> Result<Vec<Dimensions>, Refusal> {
    if text.trim().is_empty() {
        return Ok(Vec::new());
    }
    let refuse = |why: &str| Refusal::illegal(parameter, why);
    let maps = match serde_json::from_str(text) {
        Ok(Value::Array(maps)) => maps,
        Ok(map @ Value::Object(_)) => vec![map],
        _ => return Err(refuse("must be a JSON array of objects")),
    };
    if maps.len() > MOST {
        return Err(refuse("names more than 3000 resources"));
    }
    let set = |map: Value| match map {
        Value::Object(map) if (1..=20).contains(&map.len()) => {
            let mut set: Dimensions = map.into_iter().map(pair).collect::<Option<_>>()?;
            set.sort_unstable();
            Some(set)
        }
        _ => None,
    };
    maps.into_iter()
        .map(|map| {
            set(map).ok_or_else(|| refuse("must be a JSON array of objects of dimensions' names and values"))
        })
        .collect()
}

fn pair((name, value): (String, Value)) -> Option<(String, String)> {
    let value = match value {
        Value::String(text) => text,
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    let fits = !name.is_empty() && name.len() <= 256 && value.len() <= 1024;
    fits.then_some((name, value))
}

/// What a rule with these `Resources` watches: no set, or the word for all, is the whole namespace.
pub(super) fn target(namespace: &str, sets: Vec<Dimensions>) -> Target {
    // Whatever is measured belongs to the account: no series has that as a dimension.
    let sets = sets.into_iter().map(|mut set| {
        set.retain(|(name, _)| name != "userId");
        set
    });
    let sets: Vec<Dimensions> = sets.collect();
    let all = |set: &Dimensions| {
        matches!(set.as_slice(), [(name, value)] if name == "resource" && value == "_ALL") || set.is_empty()
    };
    if sets.is_empty() || sets.iter().any(all) {
        return Target::All { dimension_names: None };
    }
    let is_custom = namespace.starts_with(CUSTOM_METRIC);
    Target::Containing(sets.into_iter().map(|set| if is_custom { as_pushed(set) } else { set }).collect())
}

/// A custom metric's series has the dimensions `groupId` and `dimension`, the latter with all that were pushed in one
/// text. Rules may also name those one by one.
fn as_pushed(set: Dimensions) -> Dimensions {
    let (mut pairs, mut named) = (Vec::new(), Vec::new());
    for (name, value) in set {
        match name.as_str() {
            "groupId" => named.push((name, value)),
            "dimension" => pairs.extend(value.split('&').map(str::to_owned)),
            _ => pairs.push(format!("{name}={value}")),
        }
    }
    pairs.sort_unstable();
    if !pairs.is_empty() {
        named.insert(0, ("dimension".to_owned(), pairs.join("&")));
    }
    named
}

/// The text of such sets.
pub(super) fn text(sets: &[Dimensions]) -> String {
    Value::Array(sets.iter().map(|set| Value::Object(map(set))).collect()).to_string()
}

/// One set as a JSON object.
pub(in crate::cloudmonitor) fn map(set: &Dimensions) -> Map<String, Value> {
    set.iter().map(|(name, value)| (name.clone(), Value::from(value.as_str()))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(pairs: &[(&str, &str)]) -> Dimensions {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn arrays_of_maps() {
        let read = sets("Resources", r#"[{"instanceId":"i-1","device":"/dev/vda1"},{"taskId":7}]"#).unwrap();
        assert_eq!(read, [set(&[("device", "/dev/vda1"), ("instanceId", "i-1")]), set(&[("taskId", "7")])]);
        assert_eq!(sets("Resources", r#"{"a":"b"}"#).unwrap(), [set(&[("a", "b")])]);
        assert_eq!(sets("Resources", "[]").unwrap(), Vec::<Dimensions>::new());
        let many = format!("[{}]", vec![r#"{"a":"b"}"#; 3001].join(","));
        for wrong in ["x", "[1]", "[{}]", r#"[{"a":["b"]}]"#, r#"[{"a":null}]"#, r#"[{"":"b"}]"#, "7", &many]
        {
            assert!(sets("Resources", wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn targets() {
        let all = Target::All { dimension_names: None };
        assert_eq!(target("acs_ecs_dashboard", Vec::new()), all);
        assert_eq!(target("acs_ecs_dashboard", vec![set(&[("resource", "_ALL")])]), all);
        let named = set(&[("instanceId", "i-1")]);
        assert_eq!(target("acs_ecs_dashboard", vec![named.clone()]), Target::Containing(vec![named]));
        let pushed = set(&[("dimension", "a=1&b=2")]);
        let user = set(&[("userId", "1"), ("dimension", "b=2&a=1")]);
        for given in [pushed.clone(), set(&[("a", "1"), ("b", "2")]), user] {
            assert_eq!(target("acs_customMetric_1", vec![given]), Target::Containing(vec![pushed.clone()]));
        }
        let of_group = set(&[("dimension", "a=1"), ("groupId", "7")]);
        let given = set(&[("a", "1"), ("groupId", "7")]);
        assert_eq!(target("acs_customMetric_1", vec![given]), Target::Containing(vec![of_group]));
    }

    #[test]
    fn text_comes_back() {
        let sets_of = vec![set(&[("a", "1"), ("b", "2\"")])];
        assert_eq!(sets("Resources", &text(&sets_of)).unwrap(), sets_of);
    }
}
