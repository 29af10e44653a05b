//! Patterns of events, in and out.

use muster_events::rules::{OneOf, Pattern};
use serde_json::{Value, json};

use crate::cloudmonitor::Refusal;
use crate::cloudmonitor::event::words;
use crate::rpc::Parameters;

const ANY: &str = "*";
const MOST_VALUES: usize = 100;

/// Reads one item of `EventPattern`.
pub(super) fn read(item: &Parameters) -> Result<Pattern, Refusal> {
    let text = |name| item.word(name).unwrap_or_default().to_owned();
    Ok(Pattern {
        source: Some(item.required("Product")?.to_owned()).filter(|product| product != ANY),
        categories: list(item, "EventTypeList", "StatusNotification, Exception or Maintenance", |word| {
            words::read_category(word)
        })?,
        levels: list(item, "LevelList", "CRITICAL, WARN or INFO", words::read_level)?,
        names: list(item, "NameList", "a name", |word| Some(word.to_owned()))?,
        states: list(item, "StatusList", "a status", |word| Some(word.to_owned()))?,
        keyword: text("CustomFilters"),
        condition: text("SQLFilter"),
    })
}

fn list<T>(
    item: &Parameters,
    name: &str,
    expected: &str,
    read: impl Fn(&str) -> Option<T>,
) -> Result<OneOf<T>, Refusal> {
    let words: Vec<String> = item.texts(name)?.into_iter().filter(|word| !word.is_empty()).collect();
    if words.len() > MOST_VALUES {
        return Err(Refusal::illegal(name, &format!("must have at most {MOST_VALUES} items")));
    }
    if words.iter().any(|word| word == ANY) {
        return Ok(OneOf::Any);
    }
    if words.is_empty() {
        return Ok(OneOf::Unsaid);
    }
    let why = || Refusal::illegal(name, &format!("must be {expected}, or {ANY}"));
    words.iter().map(|word| read(word).ok_or_else(why)).collect::<Result<_, _>>().map(OneOf::These)
}

/// A pattern as it is shown; `keywords` is what its keyword is called, and the list in it, which differ.
pub(super) fn write(pattern: &Pattern, (outer, inner): (&str, &str)) -> Value {
    let keywords: Vec<&str> =
        Some(pattern.keyword.as_str()).filter(|word| !word.is_empty()).into_iter().collect();
    json!({
        "Product": pattern.source.as_deref().unwrap_or(ANY),
        "EventTypeList": {"EventTypeList": shown(&pattern.categories, |category| words::category(*category))},
        "LevelList": {"LevelList": shown(&pattern.levels, |level| words::level(*level))},
        "NameList": {"NameList": shown(&pattern.names, String::as_str)},
        "StatusList": {"StatusList": shown(&pattern.states, String::as_str)},
        "SQLFilter": pattern.condition,
        "CustomFilters": pattern.keyword,
        outer: {"Keywords": {inner: keywords}, "Relation": "OR"},
    })
}

fn shown<'p, T>(wanted: &'p OneOf<T>, word: impl Fn(&'p T) -> &'p str) -> Vec<&'p str> {
    match wanted {
        OneOf::Unsaid => Vec::new(),
        OneOf::Any => vec![ANY],
        OneOf::These(these) => these.iter().map(word).collect(),
    }
}
