//! `UpdateSchedulerTrigger`

use muster_jobs::scheduled::{RuleKind, TaggedKind, TriggerPatch};
use muster_jobs::trigger::Rule;
use muster_wire::{Access, Operation, Served};

use super::super::one;
use super::GivenTiming;
use crate::api::{Context, Outcome, ZStack, scope};
use crate::check;
use crate::error::Refusal;
use crate::input::Input;

/// Changes a trigger.
pub(crate) struct UpdateSchedulerTrigger {
    uuid: String,
    name: Option<String>,
    description: Option<String>,
    given: GivenTiming,
}

impl Operation<ZStack> for UpdateSchedulerTrigger {
    const NAME: &'static str = "UpdateSchedulerTrigger";
    const PERMISSION: &'static str = "zstack:UpdateSchedulerTrigger";
    const ACCESS: Access = Access::Write;
    const SERVED: Served = Served::RecordsOnly;

    fn decode(input: &Input) -> Result<Self, Refusal> {
        let (name, description) = (input.text("name")?, input.text("description")?);
        let given = GivenTiming::read(input)?;
        Ok(Self {
            uuid: check::uuid("uuid", input.text("uuid")?)?,
            name: check::changed_name(name)?,
            description: check::description(description)?,
            given,
        })
    }

    fn call(&self, cx: &mut Context<'_, '_>) -> Outcome {
        cx.touch(TaggedKind::Trigger.what(), &self.uuid);
        let (now, scope) = (cx.tx.now(), scope(cx.caller));
        let scheduled = &cx.services.scheduled;
        let before = scheduled.get_trigger(cx.tx, scope, &self.uuid)?;
        let is_cron = match self.given.rule {
            Some(rule) => rule == RuleKind::Cron,
            None => matches!(before.timing.rule, Rule::Cron { .. }),
        };
        let patch = TriggerPatch {
            name: self.name.clone(),
            description: self.description.clone(),
            rule: self.given.rule,
            cron: self.given.cron.clone(),
            // Terraform sends a zero for the interval that a cron trigger does not have.
            interval_s: self.given.interval_s.filter(|interval| !(is_cron && *interval == 0)),
            repeat: self.given.repeat,
            not_before: self.given.start.map(|start| start.at(now)),
            not_after: self.given.stop,
        };
        let trigger = scheduled.update_trigger(cx.tx, scope, &self.uuid, patch)?;
        one(cx, &trigger)
    }
}
