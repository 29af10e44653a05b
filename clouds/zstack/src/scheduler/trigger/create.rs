//! `CreateSchedulerTrigger`

use muster_jobs::scheduled::{NewTrigger, RuleKind, TaggedKind};
use muster_jobs::trigger::{Rule, Timing, Window};
use muster_wire::{Access, Operation, Served};

use super::super::tagged::GivenTags;
use super::super::{one, put_tags};
use super::{GivenStart, GivenTiming};
use crate::api::{Context, Outcome, ZStack};
use crate::check;
use crate::error::Refusal;
use crate::input::Input;

/// Makes a trigger that nothing is attached to yet.
pub(crate) struct CreateSchedulerTrigger {
    id: Option<String>,
    name: String,
    description: Option<String>,
    rule: Rule,
    given: GivenTiming,
    tags: GivenTags,
}

impl Operation<ZStack> for CreateSchedulerTrigger {
    const NAME: &'static str = "CreateSchedulerTrigger";
    const PERMISSION: &'static str = "zstack:CreateSchedulerTrigger";
    const ACCESS: Access = Access::Write;
    const SERVED: Served = Served::RecordsOnly;

    fn decode(input: &Input) -> Result<Self, Refusal> {
        let (name, description) = (input.text("name")?, input.text("description")?);
        let given = GivenTiming::read(input)?;
        let tags = GivenTags::read(input)?;
        Ok(Self {
            name: check::new_name(name)?,
            description: check::description(description)?,
            rule: rule(&given)?,
            id: check::resource_uuid(input)?,
            given,
            tags,
        })
    }

    fn call(&self, cx: &mut Context<'_, '_>) -> Outcome {
        let now = cx.tx.now();
        let start = match (&self.rule, self.given.start) {
            // "Now" bounds nothing: a cron trigger counts from now on anyhow.
            (Rule::Cron { .. }, Some(GivenStart::Now)) => None,
            (_, start) => start.map(|start| start.at(now)),
        };
        let window = Window { not_before: start, not_after: self.given.stop };
        let new = NewTrigger {
            id: self.id.clone(),
            name: self.name.clone(),
            description: self.description.clone(),
            timing: Timing { rule: self.rule.clone(), window },
        };
        let trigger = cx.services.scheduled.create_trigger(cx.tx, &cx.caller.account_id, new)?;
        cx.touch(TaggedKind::Trigger.what(), &trigger.id);
        put_tags(cx, TaggedKind::Trigger, &trigger.id, &self.tags)?;
        one(cx, &trigger)
    }
}

fn rule(given: &GivenTiming) -> Result<Rule, Refusal> {
    match check::required("schedulerType", given.rule)? {
        RuleKind::Cron => {
            if given.interval_s.is_some_and(|interval| interval != 0) {
                return Err(Refusal::invalid("schedulerInterval: must not be given for a cron trigger"));
            }
            // The official Java client sends a repeatCount of 0 whatever the trigger's type.
            if given.repeat.is_some_and(|repeat| repeat != 0) {
                return Err(Refusal::invalid("repeatCount: must not be given for a cron trigger"));
            }
            Ok(Rule::Cron { expression: check::required("cron", given.cron.clone())? })
        }
        RuleKind::Simple => {
            if given.cron.is_some() {
                return Err(Refusal::invalid("cron: must not be given for a simple trigger"));
            }
            check::required("startTime", given.start)?;
            Ok(Rule::Simple { interval_s: given.interval_s, repeat: given.repeat.unwrap_or(0) })
        }
    }
}
