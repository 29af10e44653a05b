//! `DescribeDynamicTagRuleList`: for which tags groups are made.

use muster_core::PageRequest;
use muster_resources::{Founder, FounderFilter, TagCondition};
use muster_wire::{Access, Cx, Operation};
use serde_json::{Value, json};

use super::input;
use super::words::{function_of, relation_of};
use crate::cloudmonitor::{CloudMonitor, Refusal, answer, paging};
use crate::rpc::Parameters;
use crate::rpc::envelope::Document;

const DEFAULT_SIZE: i64 = 30;

/// The input.
pub(in crate::cloudmonitor) struct DescribeDynamicTagRuleList {
    filter: FounderFilter,
    page: PageRequest,
}

impl Operation<CloudMonitor> for DescribeDynamicTagRuleList {
    const NAME: &'static str = "DescribeDynamicTagRuleList";
    const PERMISSION: &'static str = "cms:DescribeDynamicTagRuleList";
    const ACCESS: Access = Access::Read;

    fn decode(parameters: &Parameters) -> Result<Self, Refusal> {
        let text = |name| parameters.word(name).map(str::to_owned);
        let filter = FounderFilter {
            id: text("DynamicTagRuleId"),
            tag_key: text("TagKey"),
            value: text("TagValue"),
            region: text("TagRegionId"),
        };
        Ok(Self { filter, page: paging::read(parameters, DEFAULT_SIZE)? })
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudMonitor>) -> Result<Document, Refusal> {
        let resources = &cx.services.resources;
        let found = resources.list_founders(cx.tx, input::scope(cx.caller), &self.filter, self.page)?;
        let founders: Vec<Value> = found.items.iter().map(item).collect();
        let (number, size) = paging::numbers(self.page);
        Ok(answer::success_with(json!({
            "PageNumber": number.to_string(),
            "PageSize": size.to_string(),
            "Total": found.total,
            "TagGroupList": {"TagGroup": founders},
        })))
    }
}

fn item(founder: &Founder) -> Value {
    let spec = &founder.spec;
    let condition = |condition: &TagCondition| {
        json!({
            "TagKey": condition.key,
            "TagValue": condition.value,
            "TagValueMatchFunction": function_of(condition.operator),
        })
    };
    json!({
        "DynamicTagRuleId": founder.id,
        "TagKey": founder.tag_key,
        "RegionId": founder.region,
        "Status": if founder.settled { "FINISH" } else { "RUNNING" },
        "ContactGroupList": {"ContactGroupList": spec.contact_groups},
        "MatchExpress": {"MatchExpress": spec.conditions.iter().map(condition).collect::<Vec<_>>()},
        "MatchExpressFilterRelation": relation_of(spec.joined),
        "TagValueBlacklist": {"TagValueBlacklist": spec.declined},
        "TemplateIdList": {"TemplateIdList": []},
    })
}
