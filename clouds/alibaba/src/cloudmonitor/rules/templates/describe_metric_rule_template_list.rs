//! `DescribeMetricRuleTemplateList`: templates, and to which groups they were applied.

use muster_alarms::templates::TemplateFilter;
use muster_core::PageRequest;
use muster_wire::{Access, Cx, Operation};
use serde_json::{Value, json};

use super::super::input::owner;
use crate::cloudmonitor::{CloudMonitor, Refusal, answer, paging};
use crate::rpc::Parameters;
use crate::rpc::envelope::Document;

const DEFAULT_SIZE: i64 = 10;

/// The input.
pub(in crate::cloudmonitor) struct DescribeMetricRuleTemplateList {
    filter: TemplateFilter,
    with_history: bool,
    page: PageRequest,
}

impl Operation<CloudMonitor> for DescribeMetricRuleTemplateList {
    const NAME: &'static str = "DescribeMetricRuleTemplateList";
    const PERMISSION: &'static str = "cms:DescribeMetricRuleTemplateList";
    const ACCESS: Access = Access::Read;

    fn decode(parameters: &Parameters) -> Result<Self, Refusal> {
        let by_update = match parameters.word("OrderBy") {
            None | Some("gmtCreate") => false,
            // The vendor's spelling.
            Some("gmtMotified" | "gmtModified") => true,
            Some(_) => return Err(Refusal::illegal("OrderBy", "must be gmtCreate or gmtMotified")),
        };
        Ok(Self {
            filter: TemplateFilter {
                id: parameters.integer("TemplateId")?,
                name: parameters.word("Name").map(str::to_owned),
                name_contains: parameters.word("Keyword").map(str::to_owned),
                by_update,
                oldest_first: parameters.boolean("Order")?.unwrap_or(true),
                ..TemplateFilter::default()
            },
            with_history: parameters.boolean("History")?.unwrap_or(false),
            page: paging::read(parameters, DEFAULT_SIZE)?,
        })
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudMonitor>) -> Result<Document, Refusal> {
        let (templates, owner) = (&cx.services.templates, owner(cx.caller));
        let found = templates.list(cx.tx, owner, &self.filter, self.page)?;
        let mut shown = Vec::with_capacity(found.items.len());
        for template in &found.items {
            let history: Vec<Value> = if self.with_history {
                let applied = templates.applications(cx.tx, owner, template.id)?;
                let one = |(id, name, at): &(i64, String, muster_core::Timestamp)| json!({"GroupId": id, "GroupName": name, "ApplyTime": at.millis()});
                applied.iter().map(one).collect()
            } else {
                Vec::new()
            };
            shown.push(json!({
                "TemplateId": template.id,
                "Name": template.name,
                "Description": template.description,
                "RestVersion": template.version,
                "GmtCreate": template.created_at.millis(),
                "GmtModified": template.updated_at.millis(),
                "ApplyHistories": {"ApplyHistory": history},
            }));
        }
        Ok(answer::numbered_success_with(json!({"Total": found.total, "Templates": {"Template": shown}})))
    }
}
