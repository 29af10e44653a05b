//! What callers may ask about rules.

use std::collections::BTreeMap;

use muster_core::{Error, Page, PageRequest, Result};
use muster_db::Tx;

use super::filter::Filter;
use super::model::{Match, MatchFilter, Rule, RuleFilter, RuleSpec, Target};
use super::store;
use crate::Service;

const RULE: &str = "event rule";
const LONGEST_NAME: usize = 128;
const LONGEST_TEXT: usize = 1_024;
const MOST_PATTERNS: usize = 50;
/// A year.
const LONGEST_SILENCE_MS: i64 = 366 * 86_400_000;
/// Targets in one list of a rule.
const MOST_TARGETS: usize = 5;

impl Service {
    /// Makes a rule, or replaces all of it but its targets.
    ///
    /// # Errors
    /// `Invalid` for a name, a description, patterns or a condition that cannot be; `Quota` of `event rules`.
    pub fn put_rule(&self, tx: &mut Tx<'_>, account_id: &str, name: &str, spec: &RuleSpec) -> Result<()> {
        check(name, spec)?;
        if store::find(tx, account_id, name)?.is_none() {
            let limit = self.limits().rules_per_account;
            if store::count(tx, account_id)? >= limit {
                return Err(Error::Quota { what: "event rules", limit });
            }
        }
        store::put(tx, account_id, name, spec).map(drop)
    }

    /// One rule.
    ///
    /// # Errors
    /// `NotFound` "event rule".
    pub fn get_rule(&self, tx: &mut Tx<'_>, account_id: &str, name: &str) -> Result<Rule> {
        store::find(tx, account_id, name)?.ok_or_else(|| Error::not_found(RULE, name))
    }

    /// Rules that fit, the newest first.
    ///
    /// # Errors
    /// Those of the store.
    pub fn list_rules(
        &self,
        tx: &mut Tx<'_>,
        account_id: &str,
        filter: &RuleFilter,
        page: PageRequest,
    ) -> Result<Page<Rule>> {
        store::list(tx, account_id, filter, page)
    }

    /// Enables or disables rules. Names without a rule are passed over as long as there is one with.
    ///
    /// # Errors
    /// `NotFound` "event rule" when none exists.
    pub fn switch_rules(
        &self,
        tx: &mut Tx<'_>,
        account_id: &str,
        names: &[String],
        enabled: bool,
    ) -> Result<()> {
        one_at_least(names, |name| store::switch(tx, account_id, name, enabled))
    }

    /// Deletes rules with their targets; what became of their matches stays. Names without a rule are passed over as
    /// long as there is one with.
    ///
    /// # Errors
    /// `NotFound` "event rule" when none exists.
    pub fn delete_rules(&self, tx: &mut Tx<'_>, account_id: &str, names: &[String]) -> Result<()> {
        one_at_least(names, |name| store::delete(tx, account_id, name))
    }

    /// Puts targets into the lists of a rule, in place of those with the same key.
    ///
    /// # Errors
    /// `NotFound` "event rule"; `Quota` of `targets in a list of an event rule`.
    pub fn put_targets(
        &self,
        tx: &mut Tx<'_>,
        account_id: &str,
        name: &str,
        targets: &[Target],
    ) -> Result<()> {
        let rule = self.get_rule(tx, account_id, name)?;
        let mut position = store::targets(tx, rule.id)?.len();
        for target in targets {
            position += 1;
            store::put_target(tx, rule.id, target, i64::try_from(position).map_err(Error::internal)?)?;
        }
        let mut lists: BTreeMap<String, usize> = BTreeMap::new();
        for target in store::targets(tx, rule.id)? {
            *lists.entry(target.list).or_default() += 1;
        }
        if lists.values().any(|&count| count > MOST_TARGETS) {
            let (what, limit) = ("targets in a list of an event rule", MOST_TARGETS as u64);
            return Err(Error::Quota { what, limit });
        }
        Ok(())
    }

    /// The targets of a rule, list by list.
    ///
    /// # Errors
    /// `NotFound` "event rule".
    pub fn list_targets(&self, tx: &mut Tx<'_>, account_id: &str, name: &str) -> Result<Vec<Target>> {
        let rule = self.get_rule(tx, account_id, name)?;
        store::targets(tx, rule.id)
    }

    /// Deletes targets by their keys, whatever list they stand in. Keys without a target are passed over.
    ///
    /// # Errors
    /// `NotFound` "event rule".
    pub fn delete_targets(
        &self,
        tx: &mut Tx<'_>,
        account_id: &str,
        name: &str,
        ids: &[String],
    ) -> Result<()> {
        let rule = self.get_rule(tx, account_id, name)?;
        for id in ids {
            store::delete_target(tx, rule.id, id)?;
        }
        Ok(())
    }

    /// Which events fitted which rules, and what became of each.
    ///
    /// # Errors
    /// Those of the store.
    pub fn list_matches(
        &self,
        tx: &mut Tx<'_>,
        account_id: &str,
        filter: &MatchFilter,
    ) -> Result<Vec<Match>> {
        store::matches(tx, account_id, filter)
    }
}

fn one_at_least(names: &[String], mut act: impl FnMut(&str) -> Result<bool>) -> Result<()> {
    let mut found = false;
    for name in names {
        found |= act(name)?;
    }
    if found { Ok(()) } else { Err(Error::not_found(RULE, names.join(", "))) }
}

fn check(name: &str, spec: &RuleSpec) -> Result<()> {
    let short =
        |text: &str, longest: usize| text.chars().count() <= longest && !text.chars().any(char::is_control);
    if name.trim().is_empty() || !short(name, LONGEST_NAME) {
        return Err(Error::invalid(
            "event rule name",
            format!("must have 1 to {LONGEST_NAME} printable characters"),
        ));
    }
    if spec.description.chars().count() > LONGEST_TEXT {
        return Err(Error::invalid("description", format!("must have at most {LONGEST_TEXT} characters")));
    }
    if !(0..=LONGEST_SILENCE_MS).contains(&spec.silence_ms) {
        return Err(Error::invalid("silence", "must be from 0 seconds to a year"));
    }
    if !(1..=MOST_PATTERNS).contains(&spec.patterns.len()) {
        return Err(Error::invalid("patterns", format!("must have 1 to {MOST_PATTERNS} items")));
    }
    for pattern in &spec.patterns {
        for (field, text) in [("condition", &pattern.condition), ("keyword", &pattern.keyword)] {
            if !short(text, LONGEST_TEXT) {
                let why = format!("must have at most {LONGEST_TEXT} printable characters");
                return Err(Error::invalid(field, why));
            }
        }
        if !pattern.condition.trim().is_empty() {
            Filter::parse(&pattern.condition).map_err(|why| Error::invalid("condition", why))?;
        }
    }
    Ok(())
}
