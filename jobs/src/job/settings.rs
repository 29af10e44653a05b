//! XAttrs and the single settings of map modes: two views of one thing.
//!
//! A given text is kept byte for byte, because clients compare it as text. Single settings that come later
//! rewrite the keys they speak of, in place. With neither, map modes get a text of defaults, other modes none.

use muster_core::{Error, Result};
use serde_json::{Map, Value, json};

use super::model::{Definition, JobKind, MapPatch, MapSettings};

const XATTRS: &str = "xattrs";

/// Brings `definition.map` and `definition.xattrs` in line with what was said: `text` if a new text came with
/// this call, `patch` for single settings.
pub(super) fn settle(definition: &mut Definition, text: Option<&str>, patch: MapPatch) -> Result<()> {
    if let Some(text) = text {
        text.clone_into(&mut definition.xattrs);
        if !text.trim().is_empty() {
            read(&mut definition.map, &parse(text)?);
        }
    } else if !definition.mode.has_tasks() && definition.kind != JobKind::Kubernetes {
        // What was generated for a former mode means nothing in this one.
        definition.xattrs.clear();
    }
    apply(&mut definition.map, patch);
    check(&definition.map)?;
    if !definition.mode.has_tasks() {
        return Ok(());
    }
    if definition.xattrs.trim().is_empty() {
        definition.xattrs = Value::Object(write(Map::new(), &definition.map, None)).to_string();
    } else if patch != MapPatch::default() {
        let keys = parse(&definition.xattrs)?;
        definition.xattrs = Value::Object(write(keys, &definition.map, Some(patch))).to_string();
    }
    Ok(())
}

fn parse(text: &str) -> Result<Map<String, Value>> {
    match serde_json::from_str(text) {
        Ok(Value::Object(keys)) => Ok(keys),
        Ok(_) => Err(Error::invalid(XATTRS, "it is not a JSON object")),
        Err(why) => Err(Error::invalid(XATTRS, format!("it is not JSON: {why}"))),
    }
}

fn read(map: &mut MapSettings, keys: &Map<String, Value>) {
    let number = |key: &str| keys.get(key).and_then(Value::as_i64);
    let pull = keys.get("taskDispatchMode").and_then(Value::as_str).map(|mode| mode == "pull");
    let patch = MapPatch {
        page_size: number("pageSize"),
        queue_size: number("queueSize"),
        consumer_size: number("consumerSize"),
        dispatcher_size: number("dispatcherSize"),
        task_max_attempt: number("taskMaxAttempt"),
        task_attempt_interval_s: number("taskAttemptInterval"),
        pull,
    };
    apply(map, patch);
}

fn apply(map: &mut MapSettings, patch: MapPatch) {
    let set = |field: &mut i64, value: Option<i64>| *field = value.unwrap_or(*field);
    set(&mut map.page_size, patch.page_size);
    set(&mut map.queue_size, patch.queue_size);
    set(&mut map.consumer_size, patch.consumer_size);
    set(&mut map.dispatcher_size, patch.dispatcher_size);
    set(&mut map.task_max_attempt, patch.task_max_attempt);
    set(&mut map.task_attempt_interval_s, patch.task_attempt_interval_s);
    map.pull = patch.pull.unwrap_or(map.pull);
}

fn check(map: &MapSettings) -> Result<()> {
    for (field, value, least) in [
        ("page size", map.page_size, 1),
        ("queue size", map.queue_size, 1),
        ("consumer size", map.consumer_size, 1),
        ("dispatcher size", map.dispatcher_size, 1),
        ("task max attempt", map.task_max_attempt, 0),
        ("task attempt interval", map.task_attempt_interval_s, 0),
    ] {
        if !(least..=i64::from(i32::MAX)).contains(&value) {
            return Err(Error::invalid(field, format!("{value} is not between {least} and 2147483647")));
        }
    }
    Ok(())
}

/// Writes the settings into `keys`: all of them, or only those that `spoken_of` names.
fn write(mut keys: Map<String, Value>, map: &MapSettings, spoken_of: Option<MapPatch>) -> Map<String, Value> {
    let all = spoken_of.is_none();
    let patch = spoken_of.unwrap_or_default();
    let mut put = |key: &str, value: Value, wanted: bool| {
        if all || wanted {
            keys.insert(key.to_owned(), value);
        }
    };
    put("consumerSize", json!(map.consumer_size), patch.consumer_size.is_some());
    put("dispatcherSize", json!(map.dispatcher_size), patch.dispatcher_size.is_some());
    put("taskMaxAttempt", json!(map.task_max_attempt), patch.task_max_attempt.is_some());
    put("taskAttemptInterval", json!(map.task_attempt_interval_s), patch.task_attempt_interval_s.is_some());
    put("taskDispatchMode", json!(if map.pull { "pull" } else { "push" }), patch.pull.is_some());
    put("failover", json!(true), false);
    put("execOnMaster", json!(true), false);
    put("produceInterval", json!(3), false);
    put("pageSize", json!(map.page_size), patch.page_size.is_some());
    put("queueSize", json!(map.queue_size), patch.queue_size.is_some());
    put("globalConsumerSize", json!(1000), false);
    keys
}

#[cfg(test)]
mod tests {
    use super::super::model::{ExecuteMode, Time};
    use super::*;

    fn job(mode: ExecuteMode) -> Definition {
        Definition::named("j", JobKind::Java, mode, Time::api())
    }

    #[test]
    fn defaults_are_written_out_for_map_modes_only() {
        let mut grid = job(ExecuteMode::Grid);
        settle(&mut grid, None, MapPatch::default()).unwrap();
        assert_eq!(
            grid.xattrs,
            r#"{"consumerSize":5,"dispatcherSize":5,"taskMaxAttempt":0,"taskAttemptInterval":0,"taskDispatchMode":"push","failover":true,"execOnMaster":true,"produceInterval":3,"pageSize":100,"queueSize":10000,"globalConsumerSize":1000}"#
        );
        grid.mode = ExecuteMode::Standalone;
        settle(&mut grid, None, MapPatch::default()).unwrap();
        assert_eq!(grid.xattrs, "");
    }

    #[test]
    fn a_text_is_kept_until_a_single_setting_rewrites_its_key() {
        let mut batch = job(ExecuteMode::Batch);
        let text = r#"{ "pageSize": 7, "mine": [1], "consumerSize": 2 }"#;
        settle(&mut batch, Some(text), MapPatch::default()).unwrap();
        assert_eq!((batch.xattrs.as_str(), batch.map.page_size, batch.map.consumer_size), (text, 7, 2));
        settle(&mut batch, None, MapPatch { page_size: Some(9), ..MapPatch::default() }).unwrap();
        assert_eq!(batch.xattrs, r#"{"pageSize":9,"mine":[1],"consumerSize":2}"#);
    }

    #[test]
    fn what_is_refused() {
        for text in ["[]", "{", "7"] {
            assert!(settle(&mut job(ExecuteMode::Grid), Some(text), MapPatch::default()).is_err(), "{text}");
        }
        let none = MapPatch { consumer_size: Some(0), ..MapPatch::default() };
        assert!(settle(&mut job(ExecuteMode::Standalone), None, none).is_err());
    }
}
