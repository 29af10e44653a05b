//! `PutCustomEventRule`: makes or replaces a rule that counts the events of a name in an application group.

use std::collections::BTreeMap;

use muster_alarms::{Comparison, Condition, LevelCondition, Quantity, Subject, Target};
use muster_wire::{Access, Cx, Operation};

use super::input::{self, RuleInput};
use super::kept::{Kept, Kind, LevelTexts};
use super::put_custom_metric_rule::level;
use super::{escalations, words};
use crate::cloudmonitor::{CloudMonitor, Refusal, answer};
use crate::rpc::Parameters;
use crate::rpc::envelope::Document;

/// Without a period, in seconds.
const PERIOD: u64 = 300;

/// The input.
pub(in crate::cloudmonitor) struct PutCustomEventRule(RuleInput);

impl Operation<CloudMonitor> for PutCustomEventRule {
    const NAME: &'static str = "PutCustomEventRule";
    const PERMISSION: &'static str = "cms:PutCustomEventRule";
    const ACCESS: Access = Access::Write;

    fn decode(parameters: &Parameters) -> Result<Self, Refusal> {
        parameters.required("RuleName")?;
        RuleInput::require_contact_groups(parameters)?;
        let event = input::name(parameters, "EventName")?;
        parameters.required("GroupId")?;
        let group_id = parameters
            .integer("GroupId")?
            .filter(|id| *id >= 0)
            .ok_or_else(|| Refusal::illegal("GroupId", "must be the number of a group"))?;
        let level = level(parameters.required("Level")?)?;
        let text = parameters.required("Threshold")?;
        let threshold = escalations::number(text)
            .filter(|count| (1.0..=1e9).contains(count) && count.fract() == 0.0)
            .ok_or_else(|| Refusal::illegal("Threshold", "must be a number of events"))?;
        let period = input::period(parameters, PERIOD)?;
        if period.seconds() < 60 {
            return Err(Refusal::illegal("Period", "must be a multiple of 60"));
        }
        let condition = LevelCondition {
            level,
            quantity: Quantity::Events,
            comparison: Comparison::AtLeast,
            threshold,
            times: 1,
        };
        let subject = Subject::Event { source: Some(group_id.to_string()), name: event };
        let policy = input::policy(subject, period, Condition::Levels(vec![condition]));
        let mut rule = input::read(parameters, CUSTOM_EVENT.to_owned(), policy)?;
        rule.spec.target = Target::All { dimension_names: None };
        let texts = LevelTexts {
            statistics: "SampleCount".to_owned(),
            threshold: text.to_owned(),
            ..LevelTexts::default()
        };
        rule.kept = Kept {
            kind: Kind::CustomEvent,
            group_id: Some(group_id).filter(|id| *id > 0),
            levels: BTreeMap::from([(words::level_member(level).to_owned(), texts)]),
            ..rule.kept
        };
        Ok(Self(rule))
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudMonitor>) -> Result<Document, Refusal> {
        let mut rule = self.0.clone();
        rule.spec.namespace = format!("{CUSTOM_EVENT}{}", cx.caller.account_id);
        rule.put(cx)?;
        Ok(answer::success())
    }
}

/// The namespaces of custom events begin so; the account's number follows.
const CUSTOM_EVENT: &str = "acs_customEvent_";
