//! Making, changing and deleting triggers.

use muster_core::{Error, Result};
use muster_db::{Tx, Value, params};

use super::store::{Record as _, fold, fold_optional};
use super::{
    NewTrigger, RuleKind, Scope, Service, TaggedKind, Trigger, TriggerPatch, choose_id, counts, tags,
};
use crate::trigger::{Rule, Timing};

impl Service {
    /// Makes a trigger that nothing is attached to yet.
    ///
    /// # Errors
    /// `Invalid` for `schedule.…` (see [`Timing::check`]), `AlreadyExists` for a taken id, `Quota`.
    pub fn create_trigger(&self, tx: &mut Tx<'_>, account_id: &str, new: NewTrigger) -> Result<Trigger> {
        new.timing.check(tx.now(), &self.zone)?;
        let id = choose_id(tx, new.id.as_deref())?;
        counts::add(tx, account_id, TaggedKind::Trigger, self.limits.triggers)?;
        let now = tx.now();
        let trigger = Trigger {
            id,
            account_id: account_id.to_owned(),
            name: new.name,
            description: new.description,
            timing: new.timing,
            created_at: now,
            updated_at: now,
            job_ids: Vec::new(),
            group_ids: Vec::new(),
        };
        tx.execute(
            "INSERT INTO scheduled_triggers (id, name, name_folded, description, description_folded, rule, \
             cron, interval_s, repeats, not_before, not_after, ends_at, updated_at, account_id, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
            &[&columns(&trigger)[..], params![trigger.account_id, now]].concat(),
        )?;
        Ok(trigger)
    }

    /// One trigger.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn get_trigger(&self, tx: &mut Tx<'_>, scope: Scope<'_>, id: &str) -> Result<Trigger> {
        let found =
            tx.query_optional("SELECT * FROM scheduled_triggers WHERE id = $1", params![id], Trigger::read)?;
        match found.filter(|trigger| scope.covers(&trigger.account_id)) {
            None => Err(Error::not_found(TaggedKind::Trigger.what(), id)),
            Some(trigger) => {
                let mut found = [trigger];
                Trigger::complete(tx, &mut found)?;
                let [trigger] = found;
                Ok(trigger)
            }
        }
    }

    /// Changes what `patch` names and checks the whole anew.
    ///
    /// # Errors
    /// `NotFound`; `Invalid` for `schedule.…` when the trigger would never fire, or when a change belongs to
    /// the other kind of rule.
    pub fn update_trigger(
        &self,
        tx: &mut Tx<'_>,
        scope: Scope<'_>,
        id: &str,
        patch: TriggerPatch,
    ) -> Result<Trigger> {
        let mut trigger = self.get_trigger(tx, scope, id)?;
        let timing = patched(trigger.timing.clone(), &patch)?;
        if timing != trigger.timing {
            timing.check(tx.now(), &self.zone)?;
            trigger.timing = timing;
        }
        trigger.name = patch.name.unwrap_or(trigger.name);
        trigger.description = patch.description.or(trigger.description);
        trigger.updated_at = tx.now();
        tx.execute(
            "UPDATE scheduled_triggers SET name = $2, name_folded = $3, description = $4, \
             description_folded = $5, rule = $6, cron = $7, interval_s = $8, repeats = $9, not_before = $10, \
             not_after = $11, ends_at = $12, updated_at = $13 WHERE id = $1",
            &columns(&trigger),
        )?;
        Ok(trigger)
    }

    /// Detaches a trigger from everything and deletes it.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn delete_trigger(&self, tx: &mut Tx<'_>, scope: Scope<'_>, id: &str) -> Result<()> {
        let trigger = self.get_trigger(tx, scope, id)?;
        tx.execute("DELETE FROM scheduled_job_triggers WHERE trigger_id = $1", params![trigger.id])?;
        tx.execute("DELETE FROM scheduled_group_triggers WHERE trigger_id = $1", params![trigger.id])?;
        tags::delete_of(tx, &trigger.id)?;
        counts::delete(tx, TaggedKind::Trigger, &trigger.id)
    }
}

/// The columns that both statements write, from `id` to `updated_at`.
fn columns(trigger: &Trigger) -> Vec<Value<'static>> {
    let (rule, cron, interval_s, repeats) = match &trigger.timing.rule {
        Rule::Cron { expression } => (RuleKind::Cron, Some(expression), None, None),
        Rule::Simple { interval_s, repeat } => (RuleKind::Simple, None, *interval_s, Some(*repeat)),
    };
    let text = |text: Option<String>| text.map_or(Value::Null, |text| Value::Text(text.into()));
    let number = |number: Option<i64>| number.map_or(Value::Null, Value::Integer);
    let instant = |at: Option<muster_core::Timestamp>| number(at.map(muster_core::Timestamp::millis));
    vec![
        text(Some(trigger.id.clone())),
        text(Some(trigger.name.clone())),
        text(Some(fold(&trigger.name))),
        text(trigger.description.clone()),
        text(fold_optional(trigger.description.as_deref())),
        text(Some(rule.as_str().to_owned())),
        text(cron.cloned()),
        number(interval_s),
        number(repeats),
        instant(trigger.timing.window.not_before),
        instant(trigger.timing.window.not_after),
        instant(trigger.timing.ends_at()),
        instant(Some(trigger.updated_at)),
    ]
}

fn patched(timing: Timing, patch: &TriggerPatch) -> Result<Timing> {
    let Timing { mut rule, mut window } = timing;
    let kind = match rule {
        Rule::Cron { .. } => RuleKind::Cron,
        Rule::Simple { .. } => RuleKind::Simple,
    };
    if let Some(wanted) = patch.rule.filter(|wanted| *wanted != kind) {
        // What belonged to the old kind goes: its window was part of it.
        window = crate::trigger::Window::default();
        rule = match wanted {
            RuleKind::Cron => Rule::Cron { expression: String::new() },
            RuleKind::Simple => Rule::Simple { interval_s: None, repeat: 0 },
        };
    }
    window.not_before = patch.not_before.or(window.not_before);
    window.not_after = patch.not_after.or(window.not_after);
    match &mut rule {
        Rule::Cron { expression } => {
            if patch.interval_s.is_some() {
                return Err(Error::invalid("schedule.interval", "does not belong to a cron rule"));
            }
            if patch.repeat.is_some_and(|repeat| repeat != 0) {
                return Err(Error::invalid("schedule.repeat", "does not belong to a cron rule"));
            }
            if let Some(wanted) = &patch.cron {
                wanted.clone_into(expression);
            }
        }
        Rule::Simple { interval_s, repeat } => {
            if patch.cron.is_some() {
                return Err(Error::invalid("schedule.cron", "does not belong to a simple rule"));
            }
            *interval_s = patch.interval_s.or(*interval_s);
            *repeat = patch.repeat.unwrap_or(*repeat);
        }
    }
    Ok(Timing { rule, window })
}
