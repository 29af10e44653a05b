//! What happened to units, written down: their rows, episodes, notices and messages in one transaction.

use std::collections::HashMap;

use muster_core::{Result, Timestamp};
use muster_db::Tx;
use muster_db::cluster::Shard;
use muster_metrics::{Sample, split_dimensions};

use super::write::{Changes, NewEpisode, NewNotice, Standing};
use super::{store, write};
use crate::judge::{Change, after};
use crate::masks::{Effect, Mask};
use crate::model::{Delivery, Ending, Gap, Level, NoData, NoticeKind, Origin, Policy, Rule, State};
use crate::telling::{Facts, Teller, message_key};

/// Something that happened to a unit.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Step {
    pub(crate) rule_id: i64,
    pub(crate) policy_id: i64,
    /// Of the policy, when it was judged: one that counts anew since then is another.
    pub(crate) since_id: i64,
    /// As the store has them.
    pub(crate) dimensions: String,
    /// How it stood.
    pub(crate) before: State,
    pub(crate) change: Change,
    /// The instant of the point, or the end of its window: repetitions are counted by it.
    pub(crate) at: Timestamp,
    /// The point itself.
    pub(crate) point: Option<Sample>,
    /// The points that made the alarm.
    pub(crate) points: Vec<Sample>,
    /// The event that did.
    pub(crate) event_id: Option<i64>,
    /// Groups that hold what this is about, besides the one that the rule is aimed at.
    pub(crate) groups: Vec<i64>,
}

/// How a unit stands after its step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stands {
    pub(crate) state: State,
    pub(crate) told_at: Option<Timestamp>,
    /// Whether the step was taken; else the rule has changed meanwhile, another node serves it, or a mask forbids it.
    pub(crate) taken: bool,
}

/// Takes steps of rules that this node serves, in their order; how each unit stands then.
pub(crate) fn take(tx: &mut Tx<'_>, teller: &Teller, steps: &[Step]) -> Result<Vec<Stands>> {
    take_of(tx, teller, steps, true)
}

/// Takes steps whoever serves their rules: for what other things than the engine bring about.
pub(crate) fn take_anywhere(tx: &mut Tx<'_>, teller: &Teller, steps: &[Step]) -> Result<Vec<Stands>> {
    take_of(tx, teller, steps, false)
}

fn take_of(tx: &mut Tx<'_>, teller: &Teller, steps: &[Step], only_served: bool) -> Result<Vec<Stands>> {
    let mut rule_ids: Vec<i64> = steps.iter().map(|step| step.rule_id).collect();
    rule_ids.sort_unstable();
    rule_ids.dedup();
    let rules: HashMap<i64, (Rule, i64)> =
        crate::rules::store::by_ids(tx, &rule_ids)?.into_iter().map(|found| (found.0.id, found)).collect();
    let mut served: HashMap<Shard, bool> = HashMap::new();
    for id in &rule_ids {
        let shard = Shard::of(*id);
        if let std::collections::hash_map::Entry::Vacant(entry) = served.entry(shard) {
            entry.insert(!only_served || tx.serves(shard)?);
        }
    }
    let mut changes = Changes::of(tx, steps.iter().map(|step| (step.policy_id, step.dimensions.as_str())))?;
    let mut outcomes = Vec::with_capacity(steps.len());
    for step in steps {
        let standing = changes.standing(step.policy_id, &step.dimensions);
        let found = rules.get(&step.rule_id).filter(|(rule, _)| rule.enabled).and_then(|(rule, version)| {
            let policy = rule.spec.policies.iter().find(|policy| policy.id == step.policy_id)?;
            (policy.enabled && policy.since_id == step.since_id).then_some((rule, policy, *version))
        });
        let is_served = served.get(&Shard::of(step.rule_id)).copied().unwrap_or(false);
        let taken = match found.filter(|_| is_served && standing.state == step.before) {
            Some((rule, policy, version)) => {
                let about = About { teller, rule, policy, version, step };
                about.take(tx, &mut changes, &standing)?
            }
            None => false,
        };
        let now = changes.standing(step.policy_id, &step.dimensions);
        outcomes.push(Stands { state: now.state, told_at: now.told_at, taken });
    }
    write::write(tx, changes)?;
    Ok(outcomes)
}

struct About<'a> {
    teller: &'a Teller,
    rule: &'a Rule,
    policy: &'a Policy,
    version: i64,
    step: &'a Step,
}

impl About<'_> {
    /// Takes the step; whether it was taken.
    fn take(&self, tx: &mut Tx<'_>, changes: &mut Changes, before: &Standing) -> Result<bool> {
        let (step, now) = (self.step, tx.now());
        let dimensions = split_dimensions(&step.dimensions);
        let mask = self.teller.mask(tx, self.rule, self.policy, &dimensions, &step.groups)?;
        let mut unit = Standing {
            state: after(before.state, step.change),
            last: step.point.or(before.last),
            ..before.clone()
        };
        if unit.state != before.state {
            unit.since = now;
        }
        let mut write = Write { about: self, changes, dimensions: &dimensions, mask: mask.as_ref() };
        match step.change {
            Change::Settled => {
                if let Some(lost) = before.episode.as_ref() {
                    // People were told that data had stopped.
                    write.over(tx, lost.id, lost.level, lost.began_at, before, &unit)?;
                }
                (unit.episode, unit.told_at) = (None, None);
            }
            Change::Began(level) => {
                if mask.as_ref().is_some_and(|mask| mask.spec.effect == Effect::MutesAlarm) {
                    return Ok(false);
                }
                unit.told_at = None;
                write.begin(tx, level, NoticeKind::Began, true, before, &mut unit)?;
            }
            Change::LevelChanged(level) => {
                if let Some(episode) = before.episode.as_ref() {
                    write.changes.end(episode.id, Ending::LevelChanged, now);
                }
                let is_worse = before.state.level().is_none_or(|before| level < before);
                let at_once = is_worse || self.rule.spec.telling.falls_told || self.is_due(before);
                write.begin(tx, level, NoticeKind::LevelChanged, at_once, before, &mut unit)?;
            }
            Change::GoesOn => {
                let Some(episode) = before.episode.as_ref() else { return Ok(false) };
                write.changes.go_on(episode.id, now);
                let (id, level, began_at) = (episode.id, episode.level, episode.began_at);
                if self.is_due(before) {
                    let delivery = write.tell(tx, id, level, began_at, NoticeKind::GoesOn, before, &unit)?;
                    if is_settled(&delivery) {
                        unit.told_at = Some(step.at);
                    }
                } else if self.notes_silence() {
                    let delivery = Delivery::Gap(Gap::Repeat);
                    write.note(tx, id, NoticeKind::GoesOn, before, &unit, delivery)?;
                }
            }
            Change::Recovered => {
                if let Some(episode) = before.episode.as_ref() {
                    write.changes.end(episode.id, Ending::Recovered, now);
                    write.over(tx, episode.id, episode.level, episode.began_at, before, &unit)?;
                }
                (unit.episode, unit.told_at) = (None, None);
            }
            Change::Lost => write.lose(tx, before, &mut unit)?,
        }
        changes.put(step, self.rule, unit);
        Ok(true)
    }

    /// Whether people are to be told again that the alarm goes on.
    fn is_due(&self, unit: &Standing) -> bool {
        match (unit.told_at, self.policy.repeat_ms) {
            (None, _) => true,
            (Some(told), Some(repeat)) => self.step.at.since(told) >= repeat,
            (Some(_), None) => false,
        }
    }

    /// Whether evaluations that tell nobody leave a notice all the same.
    fn notes_silence(&self) -> bool {
        self.rule.origin == Origin::CloudMonitor
    }
}

/// Whether this counts as told: what only waits for its hour is told later.
fn is_settled(delivery: &Delivery) -> bool {
    matches!(delivery, Delivery::Told | Delivery::Nobody)
}

struct Write<'w> {
    about: &'w About<'w>,
    changes: &'w mut Changes,
    dimensions: &'w crate::model::Dimensions,
    mask: Option<&'w Mask>,
}

impl Write<'_> {
    /// Opens an episode, and tells people if they are to hear at once.
    fn begin(
        &mut self,
        tx: &mut Tx<'_>,
        level: Level,
        kind: NoticeKind,
        at_once: bool,
        before: &Standing,
        unit: &mut Standing,
    ) -> Result<()> {
        let began_at = before.episode.as_ref().map_or(tx.now(), |episode| episode.began_at);
        let id = self.open(tx, level, Ending::Open)?;
        unit.episode = Some(super::write::OpenEpisode { id, level, began_at });
        if !at_once {
            let delivery = Delivery::Gap(Gap::Repeat);
            return self.note(tx, id, kind, before, unit, delivery);
        }
        let delivery = self.tell(tx, id, level, began_at, kind, before, unit)?;
        unit.told_at = is_settled(&delivery).then_some(self.about.step.at);
        Ok(())
    }

    fn open(&mut self, tx: &mut Tx<'_>, level: Level, ending: Ending) -> Result<i64> {
        let (id, step) = (tx.new_id()?, self.about.step);
        self.changes.open(NewEpisode {
            id,
            rule: self.about.rule.clone(),
            version: self.about.version,
            policy_id: self.about.policy.id,
            metric: self.about.policy.subject.name().to_owned(),
            is_event: self.about.policy.subject.is_event(),
            dimensions: step.dimensions.clone(),
            level,
            ending,
            masked: self.mask.is_some(),
            points: step.points.clone(),
            event_id: step.event_id,
        });
        Ok(id)
    }

    /// Says that it is over, to those who heard that it began.
    fn over(
        &mut self,
        tx: &mut Tx<'_>,
        id: i64,
        level: Level,
        began_at: Timestamp,
        before: &Standing,
        unit: &Standing,
    ) -> Result<()> {
        if before.told_at.is_none() {
            let delivery = match self.mask {
                Some(mask) => {
                    let (key, name) = (mask.key.clone(), mask.spec.name.clone());
                    Delivery::Masked { mask_id: mask.id, key, name }
                }
                None => Delivery::Nobody,
            };
            return self.note(tx, id, NoticeKind::Recovered, before, unit, delivery);
        }
        self.tell(tx, id, level, began_at, NoticeKind::Recovered, before, unit).map(drop)
    }

    fn lose(&mut self, tx: &mut Tx<'_>, before: &Standing, unit: &mut Standing) -> Result<()> {
        let now = tx.now();
        let told = matches!(self.about.rule.spec.no_data, NoData::Unknown { told: true, .. });
        if let Some(episode) = before.episode.as_ref() {
            self.changes.end(episode.id, Ending::NoData, now);
        }
        if !told {
            (unit.episode, unit.told_at) = (None, None);
            return Ok(());
        }
        let episode = match before.episode.clone() {
            Some(episode) => episode,
            None => {
                let level = crate::judge::rungs(&self.about.policy.condition)
                    .first()
                    .map_or(Level::Info, |rung| rung.level);
                let id = self.open(tx, level, Ending::NoData)?;
                super::write::OpenEpisode { id, level, began_at: now }
            }
        };
        let (id, level, began_at) = (episode.id, episode.level, episode.began_at);
        unit.episode = Some(episode);
        let delivery = self.tell(tx, id, level, began_at, NoticeKind::NoData, before, unit)?;
        unit.told_at = is_settled(&delivery).then_some(self.about.step.at);
        Ok(())
    }

    #[expect(clippy::too_many_arguments, reason = "all that a notice says")]
    fn tell(
        &mut self,
        tx: &mut Tx<'_>,
        episode_id: i64,
        level: Level,
        began_at: Timestamp,
        kind: NoticeKind,
        before: &Standing,
        unit: &Standing,
    ) -> Result<Delivery> {
        let notice_id = tx.new_id()?;
        let facts = Facts {
            rule: self.about.rule,
            policy: self.about.policy,
            dimensions: self.dimensions,
            episode_id,
            notice_id,
            kind,
            before: before.state,
            after: unit.state,
            level,
            point: self.about.step.point,
            began_at,
            at: tx.now(),
        };
        let delivery = self.about.teller.tell(tx, &facts, self.mask)?;
        // What goes on untold is a notice where evaluations leave some, and else nothing new.
        if kind != NoticeKind::GoesOn || delivery == Delivery::Told || self.about.notes_silence() {
            self.changes.note(self.notice(tx, notice_id, episode_id, kind, before, unit, delivery.clone()));
        }
        Ok(delivery)
    }

    fn note(
        &mut self,
        tx: &mut Tx<'_>,
        episode_id: i64,
        kind: NoticeKind,
        before: &Standing,
        unit: &Standing,
        delivery: Delivery,
    ) -> Result<()> {
        let id = tx.new_id()?;
        self.changes.note(self.notice(tx, id, episode_id, kind, before, unit, delivery));
        Ok(())
    }

    #[expect(clippy::too_many_arguments, reason = "all that a notice says")]
    fn notice(
        &self,
        tx: &Tx<'_>,
        id: i64,
        episode_id: i64,
        kind: NoticeKind,
        before: &Standing,
        unit: &Standing,
        delivery: Delivery,
    ) -> NewNotice {
        let rule = self.about.rule;
        NewNotice {
            id,
            episode_id,
            origin: rule.origin,
            account_id: rule.account_id.clone(),
            project_id: rule.project_id.clone(),
            kind,
            before: before.state,
            after: unit.state,
            value: self.about.step.point.map(|point| point.value),
            delivery,
            key: message_key(episode_id, id),
            at: tx.now(),
        }
    }
}

/// Takes units out of what is watched: their episodes are over without a word, and nothing is known of them any more.
pub(crate) fn leave(tx: &mut Tx<'_>, gone: &[(i64, String)]) -> Result<()> {
    for (policy_id, dimensions) in gone {
        store::end(tx, *policy_id, dimensions, Ending::Invalid)?;
    }
    Ok(())
}
