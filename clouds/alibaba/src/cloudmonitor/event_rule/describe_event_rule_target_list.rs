//! `DescribeEventRuleTargetList`: the targets of an event rule, list by list.

use muster_events::rules::{Aim, Reach};
use muster_wire::{Access, Cx, Operation};
use serde_json::{Value, json};

use super::targets::CLOUD_LISTS;
use crate::cloudmonitor::{CloudMonitor, Refusal, answer};
use crate::rpc::Parameters;
use crate::rpc::envelope::Document;

/// The input.
pub(in crate::cloudmonitor) struct DescribeEventRuleTargetList(String);

impl Operation<CloudMonitor> for DescribeEventRuleTargetList {
    const NAME: &'static str = "DescribeEventRuleTargetList";
    const PERMISSION: &'static str = "cms:DescribeEventRuleTargetList";
    const ACCESS: Access = Access::Read;

    fn decode(parameters: &Parameters) -> Result<Self, Refusal> {
        Ok(Self(parameters.required("RuleName")?.to_owned()))
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudMonitor>) -> Result<Document, Refusal> {
        let targets = cx.services.events.list_targets(cx.tx, &cx.caller.account_id, &self.0)?;
        let (mut contacts, mut webhooks): (Vec<Value>, Vec<Value>) = (Vec::new(), Vec::new());
        let mut clouds: [Vec<Value>; CLOUD_LISTS.len()] = Default::default();
        for target in &targets {
            match &target.aim {
                Aim::ContactGroup { name, reach } => {
                    let level = match reach {
                        Reach::Call => "2",
                        Reach::Text => "3",
                        Reach::Write => "4",
                    };
                    contacts.push(json!({"Id": target.id, "ContactGroupName": name, "Level": level}));
                }
                Aim::Webhook { url, get } => {
                    let method = if *get { "GET" } else { "POST" };
                    webhooks.push(json!({"Id": target.id, "Protocol": "http", "Method": method, "Url": url}));
                }
                Aim::Bridge { address, kept_for_wire } => {
                    let mut item = kept_for_wire.clone();
                    item["Id"] = json!(target.id);
                    item["Arn"] = json!(address);
                    let list = CLOUD_LISTS.iter().position(|list| list.parameter == target.list);
                    if let Some(list) = list {
                        clouds[list].push(item);
                    }
                }
            }
        }
        let mut lists = json!({
            "ContactParameters": {"ContactParameter": contacts},
            "WebhookParameters": {"WebhookParameter": webhooks},
        });
        for (list, items) in CLOUD_LISTS.iter().zip(clouds) {
            lists[list.parameter] = json!({list.wrapper: items});
        }
        Ok(answer::unsaid_success_with(lists))
    }
}
