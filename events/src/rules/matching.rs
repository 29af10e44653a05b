//! Which events fit which rules.

use muster_alarms::Level;
use muster_core::Result;
use muster_db::Tx;
use serde_json::Value;

use super::filter::{Filter, mentions};
use super::model::{OneOf, Pattern, Rule, Wording};
use super::{TELL, store};
use crate::model::Event;

/// Writes down which of an account's enabled rules these events fit.
pub(crate) fn match_all(
    tx: &mut Tx<'_>,
    wording: &dyn Wording,
    account_id: &str,
    events: &[Event],
) -> Result<()> {
    if events.is_empty() {
        return Ok(());
    }
    let rules = store::enabled(tx, account_id)?;
    let mut matches = Vec::new();
    for event in events {
        for rule in &rules {
            if fits(rule, event, &|| wording.document(rule, event)) {
                matches.push((rule, event));
            }
        }
    }
    if !matches.is_empty() {
        store::insert_matches(tx, account_id, &matches)?;
        tx.signal(TELL);
    }
    Ok(())
}

/// Whether an event fits a rule, whatever the rule's state. `document` is asked for only where a pattern looks into it.
pub(super) fn fits(rule: &Rule, event: &Event, document: &dyn Fn() -> Value) -> bool {
    let (spec, facts) = (&rule.spec, &event.facts);
    spec.kind == facts.kind
        && spec.group_id.is_none_or(|group| facts.group_id == Some(group))
        && spec.patterns.iter().any(|pattern| fits_pattern(pattern, event, document))
}

fn fits_pattern(pattern: &Pattern, event: &Event, document: &dyn Fn() -> Value) -> bool {
    let facts = &event.facts;
    pattern.source.as_ref().is_none_or(|source| *source == facts.source)
        && holds(&pattern.categories, facts.category.as_ref())
        && holds(&pattern.levels, facts.level.map(coarse).as_ref())
        && holds(&pattern.names, Some(&facts.name))
        && holds(&pattern.states, Some(&facts.state).filter(|state| !state.is_empty()))
        && (pattern.keyword.is_empty() || mentions(&Value::from(facts.content.as_str()), &pattern.keyword))
        && (pattern.condition.is_empty()
            || Filter::parse(&pattern.condition).is_ok_and(|filter| filter.holds(&document())))
}

fn coarse(level: Level) -> Level {
    if level == Level::Minor { Level::Major } else { level }
}

/// What an event does not have is not asked for.
fn holds<T: PartialEq>(wanted: &OneOf<T>, found: Option<&T>) -> bool {
    match (wanted, found) {
        (OneOf::These(these), Some(found)) => these.contains(found),
        (OneOf::Unsaid | OneOf::Any, _) | (OneOf::These(_), None) => true,
    }
}
