//! Keeping the book: rules that are made, changed or served elsewhere, series that appear, members that come and go.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use muster_core::{Result, Timestamp};
use muster_db::Tx;
use muster_db::cluster::Shard;
use muster_metrics::{Scope, Series, SeriesName};

use super::book::{Book, Watching, metric_key};
use super::target::{Aim, Group};
use super::{Judge, look};
use crate::model::{Rule, Watch};
use crate::rules::store;
use crate::units::{self, KeptUnit};

/// Rules that one statement reads.
const RULES: i64 = 1_000;
/// How often groups are asked whether their members are others.
const MEMBERS_MS: i64 = 2_000;
/// Changes that one pass takes.
const CHANGES: i64 = 5_000;

impl Judge {
    /// Brings the book up to what `tx` sees.
    pub(super) fn follow(&self, book: &mut Book, tx: &mut Tx<'_>) -> Result<()> {
        let served = tx.served()?;
        // The series first: rules then find all that there are.
        let (news, mark) = self.metrics.news(tx, book.mark)?;
        let is_first = book.served.is_none();
        if book.served.as_ref() != Some(&served) {
            // The number first: what changes meanwhile is read again.
            let change = if is_first { store::last_change(tx)? } else { book.change };
            let left: Vec<i64> = book.all_rules().filter(|id| !served.has(Shard::of(*id))).collect();
            left.into_iter().for_each(|id| book.remove(id));
            let known: HashSet<i64> = book.all_rules().collect();
            let (mut after, mut open) = (0, HashSet::new());
            loop {
                let rules = store::enabled_after(tx, &served, after, RULES)?;
                let Some(last) = rules.last() else { break };
                after = last.id;
                let rules: Vec<Rule> = rules.into_iter().filter(|rule| !known.contains(&rule.id)).collect();
                self.enter(book, tx, &rules, &mut open)?;
            }
            self.match_all(book, Some(&open));
            (book.served, book.change) = (Some(served.clone()), change);
        }
        self.follow_changes(book, tx, &served)?;
        book.mark = mark;
        self.follow_groups(book, tx)?;
        if !news.is_complete && !is_first {
            self.match_all(book, None);
            for place in book.places() {
                if let Some(unit) = book.unit_mut(place) {
                    unit.warm = false;
                    if unit.watching.watch == Watch::Each {
                        book.wake(place);
                    }
                }
            }
            return Ok(());
        }
        let mut appeared = Vec::new();
        self.metrics.each_of(&news.appeared, |scope, series| appeared.push((owned(scope), series.clone())));
        for (scope, series) in &appeared {
            match_series(
                book,
                Scope { account_id: &scope.0, project_id: &scope.1 },
                series,
                None,
                self.clock.now(),
            );
        }
        for (series, at) in news.arrived {
            for place in book.of_series(series).to_vec() {
                let Some(unit) = book.unit(place) else { continue };
                if look::is_judged(unit, at) {
                    book.late.insert(place);
                } else if unit.watching.watch == Watch::Each {
                    book.wake(place);
                }
            }
        }
        Ok(())
    }

    fn follow_changes(
        &self,
        book: &mut Book,
        tx: &mut Tx<'_>,
        served: &muster_db::cluster::Served,
    ) -> Result<()> {
        let mut open = HashSet::new();
        loop {
            let changes = store::changes_after(tx, book.change, CHANGES)?;
            let Some((last, _)) = changes.last() else { break };
            let last = *last;
            let mut ids: Vec<i64> = changes.into_iter().map(|(_, rule)| rule).collect();
            ids.sort_unstable();
            ids.dedup();
            ids.retain(|id| served.has(Shard::of(*id)));
            ids.iter().for_each(|id| book.remove(*id));
            let rules: Vec<Rule> = store::by_ids(tx, &ids)?
                .into_iter()
                .map(|(rule, _)| rule)
                .filter(|rule| rule.enabled)
                .collect();
            self.enter(book, tx, &rules, &mut open)?;
            book.change = last;
        }
        self.match_all(book, Some(&open));
        Ok(())
    }

    /// Takes rules in, with the units that the store has of them and those that the series make which they name. The
    /// policies whose series are still to be found go to `open`.
    fn enter(&self, book: &mut Book, tx: &mut Tx<'_>, rules: &[Rule], open: &mut HashSet<i64>) -> Result<()> {
        if rules.is_empty() {
            return Ok(());
        }
        let now = self.clock.now();
        let mut kept: HashMap<i64, Vec<KeptUnit>> = HashMap::new();
        let ids: Vec<i64> = rules.iter().map(|rule| rule.id).collect();
        units::of_rules(tx, &ids, |rule, unit| kept.entry(rule).or_default().push(unit))?;
        for rule in rules {
            for watching in book.enter(rule) {
                match &watching.aim {
                    Aim::Exactly(sets) => {
                        let scope =
                            Scope { account_id: &watching.account_id, project_id: &watching.project_id };
                        for set in sets {
                            let parts =
                                set.iter().map(|(name, value)| (name.as_str().into(), value.as_str().into()));
                            // A name that no series can have has none.
                            let Ok(name) =
                                SeriesName::new(&watching.namespace, &watching.metric, parts.collect())
                            else {
                                continue;
                            };
                            if let Some(series) = self.metrics.find_reported(scope, &name) {
                                let (place, _) = book.watch(&watching, name.dimensions_text(), Some(series));
                                look::arrange(book, place, now);
                            }
                        }
                    }
                    _ => drop(open.insert(watching.policy_id)),
                }
            }
        }
        self.follow_groups(book, tx)?;
        for rule in rules {
            for unit in kept.remove(&rule.id).unwrap_or_default() {
                let watching =
                    book.policies_of(rule.id).iter().find(|one| one.policy_id == unit.policy_id).cloned();
                match watching {
                    Some(watching) if book.fits(&watching, &unit.dimensions) => {
                        let (place, _) = book.watch(&watching, &unit.dimensions, None);
                        book.restore(place, &unit);
                        look::arrange(book, place, now);
                    }
                    Some(_) => book.gone.push((unit.policy_id, unit.dimensions)),
                    // Not judged from samples: events are the affair of whoever receives them.
                    None => {}
                }
            }
        }
        Ok(())
    }

    /// Finds the series of policies that do not name them: of these, or of all.
    fn match_all(&self, book: &mut Book, only: Option<&HashSet<i64>>) {
        if only.is_some_and(HashSet::is_empty) {
            return;
        }
        let now = self.clock.now();
        self.metrics.each_series(|scope, series| match_series(book, scope, series, only, now));
    }

    /// Reads the members of groups anew that may have changed.
    fn follow_groups(&self, book: &mut Book, tx: &mut Tx<'_>) -> Result<()> {
        let now = self.clock.now();
        let is_time = now.since(book.groups_read_at) >= MEMBERS_MS;
        if is_time {
            book.groups_read_at = now;
        }
        let used: Vec<(i64, String, String)> = book
            .groups_in_use
            .iter()
            .filter(|(id, _)| is_time || !book.groups.contains_key(id))
            .map(|(id, (account, project, _))| (*id, account.clone(), project.clone()))
            .collect();
        let mut changed = HashSet::new();
        for (id, account_id, project_id) in used {
            let scope = muster_resources::Scope { account_id: &account_id, project_id: &project_id };
            let revision = self.resources.members_revision(tx, scope, id)?;
            if book.groups.get(&id).is_some_and(|known| known.revision == revision) {
                continue;
            }
            let group = Group::read(tx, &self.resources, scope, id, revision)?;
            if book.groups.insert(id, group).is_some() {
                changed.insert(id);
            }
        }
        if changed.is_empty() {
            return Ok(());
        }
        let of_changed =
            |watching: &Arc<Watching>| matches!(&watching.aim, Aim::Group { id, .. } if changed.contains(id));
        let rules: Vec<i64> = book.all_rules().collect();
        let mut policies = HashSet::new();
        for rule in rules {
            policies
                .extend(book.policies_of(rule).iter().filter(|one| of_changed(one)).map(|one| one.policy_id));
            for place in book.units_of(rule).to_vec() {
                let Some(unit) = book.unit(place) else { continue };
                if of_changed(&unit.watching) && !book.fits(&unit.watching, &unit.dimensions) {
                    book.leave(place);
                }
            }
        }
        self.match_all(book, Some(&policies));
        Ok(())
    }
}

/// Makes the units of a series: for all policies that watch it, or only for these.
fn match_series(
    book: &mut Book,
    scope: Scope<'_>,
    series: &Series,
    only: Option<&HashSet<i64>>,
    now: Timestamp,
) {
    let name = &series.name;
    let key = metric_key(scope.account_id, scope.project_id, name.namespace(), name.metric());
    let mut found: Vec<Arc<Watching>> = Vec::new();
    found.extend(
        book.naming(&key, name.dimensions_text())
            .iter()
            .chain(book.on_metric(&key))
            .filter(|watching| only.is_none_or(|only| only.contains(&watching.policy_id)))
            .filter(|watching| book.fits(watching, name.dimensions_text()))
            .cloned(),
    );
    for watching in found {
        let (place, is_new) = book.watch(&watching, name.dimensions_text(), Some(series.id));
        if is_new {
            look::arrange(book, place, now);
        }
    }
}

fn owned(scope: Scope<'_>) -> (String, String) {
    (scope.account_id.to_owned(), scope.project_id.to_owned())
}
