//! What callers may ask of rules.

use std::collections::HashMap;

use muster_core::{Error, Page, PageRequest, Result};
use muster_db::Tx;

use super::{list, store};
use crate::masks::{self, Target};
use crate::model::{
    Ending, Episode, EpisodeFilter, Notice, NoticeFilter, Order, Owner, Policy, Rule, RuleFilter, RuleSpec,
    State, StateCounts, Tally, Unit, UnitFilter,
};
use crate::units;

/// How much there may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Rules of an account, of whatever API.
    pub rules_per_account: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { rules_per_account: 400_000 }
    }
}

/// Alarm rules, and what became of them.
#[derive(Clone, Debug, Default)]
pub struct Service {
    limits: Limits,
}

impl Service {
    /// Rules within these limits.
    pub fn new(limits: Limits) -> Self {
        Self { limits }
    }

    /// How much there may be.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Makes a rule.
    ///
    /// # Errors
    /// `AlreadyExists` of "alarm rule" when the account has one with this key, [`Error::Quota`] of "alarm rules".
    pub fn create(
        &self,
        tx: &mut Tx<'_>,
        owner: Owner<'_>,
        key: &str,
        enabled: bool,
        spec: RuleSpec,
    ) -> Result<Rule> {
        if store::is_taken(tx, owner, key)? {
            return Err(Error::already_exists("alarm rule", key));
        }
        let limit = self.limits.rules_per_account;
        if !store::count_more(tx, owner.account_id, 1, limit)? {
            return Err(Error::Quota { what: "alarm rules", limit });
        }
        let now = tx.now();
        let mut rule = Rule {
            id: tx.new_id()?,
            origin: owner.origin,
            account_id: owner.account_id.to_owned(),
            project_id: owner.project_id.to_owned(),
            key: key.to_owned(),
            enabled,
            spec,
            created_at: now,
            updated_at: now,
        };
        number_policies(tx, &mut rule.spec.policies, &[])?;
        store::insert(tx, &rule)?;
        Ok(rule)
    }

    /// Makes a rule, switched on, or gives the one with this key this spec; and whether it is new.
    ///
    /// # Errors
    /// [`Error::Quota`] of "alarm rules"; `AlreadyExists` when the key is another project's.
    pub fn put(&self, tx: &mut Tx<'_>, owner: Owner<'_>, key: &str, spec: RuleSpec) -> Result<(Rule, bool)> {
        match self.find(tx, owner, key)? {
            Some(rule) => Ok((change(tx, &rule, spec)?, false)),
            None => Ok((self.create(tx, owner, key, true, spec)?, true)),
        }
    }

    /// One rule.
    ///
    /// # Errors
    /// `NotFound` of "alarm rule".
    pub fn get(&self, tx: &mut Tx<'_>, owner: Owner<'_>, key: &str) -> Result<Rule> {
        self.find(tx, owner, key)?.ok_or_else(|| Error::not_found("alarm rule", key))
    }

    /// One rule, if it exists.
    ///
    /// # Errors
    /// Those of the store.
    pub fn find(&self, tx: &mut Tx<'_>, owner: Owner<'_>, key: &str) -> Result<Option<Rule>> {
        Ok(store::by_keys(tx, owner, &[key])?.pop())
    }

    /// Those of these rules that exist, in the order asked, each once.
    ///
    /// # Errors
    /// Those of the store.
    pub fn get_many<K: AsRef<str>>(
        &self,
        tx: &mut Tx<'_>,
        owner: Owner<'_>,
        keys: &[K],
    ) -> Result<Vec<Rule>> {
        let keys: Vec<&str> = keys.iter().map(AsRef::as_ref).collect();
        let found = store::by_keys(tx, owner, &keys)?;
        let mut found: HashMap<String, Rule> =
            found.into_iter().map(|rule| (rule.key.clone(), rule)).collect();
        Ok(keys.into_iter().filter_map(|key| found.remove(key)).collect())
    }

    /// Rules, the newest first unless the filter says otherwise.
    ///
    /// # Errors
    /// Those of the store.
    pub fn list(
        &self,
        tx: &mut Tx<'_>,
        owner: Owner<'_>,
        filter: &RuleFilter,
        page: PageRequest,
    ) -> Result<Page<Rule>> {
        list::page(tx, owner, filter, page)
    }

    /// Those of these policies that there are, by number, in ascending order.
    ///
    /// # Errors
    /// Those of the store.
    pub fn existing_policies(&self, tx: &mut Tx<'_>, owner: Owner<'_>, ids: &[i64]) -> Result<Vec<i64>> {
        let rules = self.rules_with_policies(tx, owner, ids)?;
        let policies = rules.iter().flat_map(|rule| &rule.spec.policies).map(|policy| policy.id);
        let mut known: Vec<i64> = policies.filter(|id| ids.contains(id)).collect();
        known.sort_unstable();
        Ok(known)
    }

    /// The rules that have one of these policies, by number.
    ///
    /// # Errors
    /// Those of the store.
    pub fn rules_with_policies(
        &self,
        tx: &mut Tx<'_>,
        owner: Owner<'_>,
        policies: &[i64],
    ) -> Result<Vec<Rule>> {
        let ids = store::rules_of_policies(tx, owner.account_id, policies)?;
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let filter = RuleFilter { ids, ..RuleFilter::default() };
        Ok(self.list(tx, owner, &filter, PageRequest::ALL)?.items)
    }

    /// How many rules stand how.
    ///
    /// # Errors
    /// Those of the store.
    pub fn count_by_state(
        &self,
        tx: &mut Tx<'_>,
        owner: Owner<'_>,
        filter: &RuleFilter,
    ) -> Result<StateCounts> {
        list::count_by_state(tx, owner, filter)
    }

    /// How many rules the account has, of whatever API.
    ///
    /// # Errors
    /// Those of the store.
    pub fn count(&self, tx: &mut Tx<'_>, account_id: &str) -> Result<u64> {
        store::counted(tx, account_id)
    }

    /// Gives a rule a new spec. A policy that is in both, whatever its place, keeps its number and its
    /// counters; one that is changed but looks at the same keeps its number, and counts anew.
    ///
    /// # Errors
    /// `NotFound` of "alarm rule".
    pub fn replace(&self, tx: &mut Tx<'_>, owner: Owner<'_>, key: &str, spec: RuleSpec) -> Result<Rule> {
        let rule = self.get(tx, owner, key)?;
        change(tx, &rule, spec)
    }

    /// Changes a rule's spec by `patch`, which may refuse.
    ///
    /// # Errors
    /// `NotFound` of "alarm rule", and those of `patch`.
    pub fn update(
        &self,
        tx: &mut Tx<'_>,
        owner: Owner<'_>,
        key: &str,
        patch: impl FnOnce(&mut RuleSpec) -> Result<()>,
    ) -> Result<Rule> {
        let rule = self.get(tx, owner, key)?;
        let mut spec = rule.spec.clone();
        patch(&mut spec)?;
        change(tx, &rule, spec)
    }

    /// Switches rules on or off; the ids of those that exist, in the order asked. A rule that is switched on counts
    /// anew; the episodes of one that is switched off are over.
    ///
    /// # Errors
    /// Those of the store.
    pub fn set_enabled<K: AsRef<str>>(
        &self,
        tx: &mut Tx<'_>,
        owner: Owner<'_>,
        keys: &[K],
        enabled: bool,
    ) -> Result<Vec<String>> {
        let rules = self.get_many(tx, owner, keys)?;
        for rule in rules.iter().filter(|rule| rule.enabled != enabled) {
            let mut changed = Rule { enabled, updated_at: tx.now(), ..rule.clone() };
            if enabled {
                let (now, mark) = (tx.now(), tx.new_id()?);
                for policy in &mut changed.spec.policies {
                    (policy.since, policy.since_id) = (now, mark);
                }
            } else {
                units::close_rule(tx, rule.id)?;
            }
            store::update(tx, &changed, rule)?;
        }
        Ok(rules.into_iter().map(|rule| rule.key).collect())
    }

    /// Deletes rules; the ids of those that existed, in the order asked. Their episodes are over, and remain.
    ///
    /// # Errors
    /// Those of the store.
    pub fn delete<K: AsRef<str>>(
        &self,
        tx: &mut Tx<'_>,
        owner: Owner<'_>,
        keys: &[K],
    ) -> Result<Vec<String>> {
        let rules = self.get_many(tx, owner, keys)?;
        for rule in &rules {
            units::close_rule(tx, rule.id)?;
            store::delete(tx, rule.id)?;
            let policies = rule.spec.policies.iter().map(|policy| Target::Policy(policy.id));
            let gone: Vec<Target> = policies.chain([Target::Rule(rule.id)]).collect();
            masks::forget(tx, owner.account_id, &gone)?;
        }
        store::count_less(tx, owner.account_id, i64::try_from(rules.len()).map_err(Error::internal)?)?;
        Ok(rules.into_iter().map(|rule| rule.key).collect())
    }

    /// Units, those that stand so longest first.
    ///
    /// # Errors
    /// Those of the store.
    pub fn units(
        &self,
        tx: &mut Tx<'_>,
        owner: Owner<'_>,
        filter: &UnitFilter,
        page: PageRequest,
    ) -> Result<Page<Unit>> {
        units::list(tx, owner, filter, page)
    }

    /// How each of these rules stands, taken over all of its units: the worst counts, and a rule that has none is
    /// unknown. The rules must be the caller's.
    ///
    /// # Errors
    /// Those of the store.
    pub fn worst_states(&self, tx: &mut Tx<'_>, rules: &[i64]) -> Result<HashMap<i64, State>> {
        units::worst(tx, rules)
    }

    /// Episodes.
    ///
    /// # Errors
    /// Those of the store.
    pub fn episodes(
        &self,
        tx: &mut Tx<'_>,
        owner: Owner<'_>,
        filter: &EpisodeFilter,
        order: Order,
        page: PageRequest,
    ) -> Result<Page<Episode>> {
        units::episodes(tx, owner, filter, order, page)
    }

    /// Notices with their episodes, the newest first unless the filter says otherwise.
    ///
    /// # Errors
    /// Those of the store.
    pub fn notices(
        &self,
        tx: &mut Tx<'_>,
        owner: Owner<'_>,
        filter: &NoticeFilter,
        page: PageRequest,
    ) -> Result<Page<(Notice, Episode)>> {
        units::notices(tx, owner, filter, page)
    }

    /// Notices counted by something; for each of its values, how many.
    ///
    /// # Errors
    /// Those of the store.
    pub fn tally_notices(
        &self,
        tx: &mut Tx<'_>,
        owner: Owner<'_>,
        filter: &NoticeFilter,
        by: Tally,
    ) -> Result<Vec<(Vec<String>, u64)>> {
        units::tally(tx, owner, filter, by)
    }

    /// Notices counted by spans of `width_ms`, counted from the epoch: the number of each span that has any, and how
    /// many are in it.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a span without a width.
    pub fn histogram(
        &self,
        tx: &mut Tx<'_>,
        owner: Owner<'_>,
        filter: &NoticeFilter,
        width_ms: i64,
    ) -> Result<Vec<(i64, u64)>> {
        if width_ms < 1 {
            return Err(Error::invalid("width", "must be at least one millisecond"));
        }
        units::histogram(tx, owner, filter, width_ms)
    }
}

/// Gives a rule a new spec.
fn change(tx: &mut Tx<'_>, before: &Rule, spec: RuleSpec) -> Result<Rule> {
    let mut rule = Rule { spec, updated_at: tx.now(), ..before.clone() };
    number_policies(tx, &mut rule.spec.policies, &before.spec.policies)?;
    let gone: Vec<i64> = before
        .spec
        .policies
        .iter()
        .filter(|old| !rule.spec.policies.iter().any(|new| new.id == old.id && (new.enabled || !old.enabled)))
        .map(|old| old.id)
        .collect();
    units::close_policies(tx, &gone, Ending::Invalid)?;
    let is_kept = |id: i64| rule.spec.policies.iter().any(|policy| policy.id == id);
    let gone: Vec<Target> = gone.into_iter().filter(|id| !is_kept(*id)).map(Target::Policy).collect();
    masks::forget(tx, &rule.account_id, &gone)?;
    store::update(tx, &rule, before)?;
    Ok(rule)
}

/// Policies that were there already keep their numbers and counters. One that is changed but looks at the same keeps its
/// number and how it stands, and counts from now on, as new ones do.
fn number_policies(tx: &mut Tx<'_>, policies: &mut [Policy], before: &[Policy]) -> Result<()> {
    let mut left: Vec<&Policy> = before.iter().collect();
    let mut unchanged = vec![false; policies.len()];
    let now = tx.now();
    for (policy, unchanged) in policies.iter_mut().zip(&mut unchanged) {
        // The one that it says it is, if it is not another now; else any of the same content.
        let place = left
            .iter()
            .position(|old| old.id == policy.id && old.is_same(policy))
            .or_else(|| left.iter().position(|old| old.is_same(policy)));
        let Some(old) = place.map(|place| left.remove(place)) else { continue };
        *unchanged = true;
        (policy.id, policy.since, policy.since_id) = (old.id, old.since, old.since_id);
        if policy.enabled && !old.enabled {
            (policy.since, policy.since_id) = (now, tx.new_id()?);
        }
    }
    for (policy, _) in policies.iter_mut().zip(unchanged).filter(|(_, unchanged)| !unchanged) {
        let place = left.iter().position(|old| old.subject == policy.subject);
        let mark = tx.new_id()?;
        policy.id = place.map_or(mark, |place| left.remove(place).id);
        (policy.since, policy.since_id) = (now, mark);
    }
    Ok(())
}
