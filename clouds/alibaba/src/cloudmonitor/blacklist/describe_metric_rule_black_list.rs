//! `DescribeMetricRuleBlackList`: blacklists, the newest first.

use muster_alarms::masks::{Mask, MaskFilter};
use muster_core::PageRequest;
use muster_wire::{Access, Cx, Operation};
use serde_json::{Value, json};

use super::body::{facts, written};
use super::{KIND, scope};
use crate::cloudmonitor::{CloudMonitor, Refusal, answer, paging};
use crate::rpc::Parameters;
use crate::rpc::envelope::Document;

const DEFAULT_SIZE: i64 = 10;

/// The input.
pub(in crate::cloudmonitor) struct DescribeMetricRuleBlackList {
    ids: Vec<String>,
    name: Option<String>,
    category: Option<String>,
    namespace: Option<String>,
    instances: Vec<String>,
    enabled: Option<bool>,
    by_group: Option<bool>,
    oldest_first: bool,
    page: PageRequest,
}

impl Operation<CloudMonitor> for DescribeMetricRuleBlackList {
    const NAME: &'static str = "DescribeMetricRuleBlackList";
    const PERMISSION: &'static str = "cms:DescribeMetricRuleBlackList";
    const ACCESS: Access = Access::Read;

    fn decode(parameters: &Parameters) -> Result<Self, Refusal> {
        let word = |name: &str| parameters.word(name).map(str::to_owned);
        let by_group = match parameters.word("ScopeType") {
            None => None,
            Some("USER") => Some(false),
            Some("GROUP") => Some(true),
            Some(_) => return Err(Refusal::illegal("ScopeType", "must be USER or GROUP")),
        };
        // The documents name words where the SDK has a number.
        let oldest_first = match parameters.word("Order") {
            None | Some("DESC" | "desc" | "0") => false,
            Some("ASC" | "asc" | "1") => true,
            Some(_) => return Err(Refusal::illegal("Order", "must be DESC or ASC")),
        };
        Ok(Self {
            ids: parameters.texts("Ids")?,
            name: word("Name"),
            category: word("Category"),
            namespace: word("Namespace"),
            instances: parameters.texts("InstanceIds")?,
            enabled: parameters.boolean("IsEnable")?,
            by_group,
            oldest_first,
            page: paging::read(parameters, DEFAULT_SIZE)?,
        })
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudMonitor>) -> Result<Document, Refusal> {
        let filter =
            MaskFilter { keys: &self.ids, name_contains: self.name.as_deref(), ..MaskFilter::default() };
        let wanted = |mask: &Mask| self.wants(mask);
        let mut found = cx.services.masks.list(cx.tx, scope(cx.caller), KIND, &filter, wanted)?;
        if self.oldest_first {
            found.reverse();
        }
        let skip = usize::try_from(self.page.offset).unwrap_or(usize::MAX);
        let take = usize::try_from(self.page.limit).unwrap_or(usize::MAX);
        let shown: Vec<Value> = found.iter().skip(skip).take(take).map(written).collect();
        Ok(answer::success_with(json!({"Total": found.len(), "DescribeMetricRuleBlackList": shown})))
    }
}

impl DescribeMetricRuleBlackList {
    fn wants(&self, mask: &Mask) -> bool {
        let facts = facts(mask);
        let resources = &mask.spec.covers.resources;
        let names =
            |id: &String| resources.iter().any(|one| one.dimensions.iter().any(|(_, value)| value == id));
        self.category.as_ref().is_none_or(|category| *category == facts.category)
            && self.namespace.as_ref().is_none_or(|namespace| *namespace == facts.namespace)
            && self.enabled.is_none_or(|enabled| enabled == mask.enabled)
            && self.by_group.is_none_or(|by_group| by_group == facts.by_group)
            && (self.instances.is_empty() || self.instances.iter().any(names))
    }
}
