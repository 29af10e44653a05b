//! Lists the tags of all rules.

use std::collections::{BTreeMap, BTreeSet};

use muster_alarms::RuleFilter;
use muster_core::PageRequest;
use muster_wire::{Access, Cx, Operation};
use serde_json::{Value, json};

use super::owner;
use crate::cloudeye::{CloudEye, Refused};
use crate::reply::Reply;
use crate::request::Request;

pub(crate) struct ListCesTargetProjectTags;

impl Operation<CloudEye> for ListCesTargetProjectTags {
    const NAME: &'static str = "ListCesTargetProjectTags/v2";
    const PERMISSION: &'static str = "ces:tags:list";
    const ACCESS: Access = Access::Read;

    fn decode(_: &Request) -> Result<Self, Refused> {
        Ok(Self)
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudEye>) -> Result<Reply, Refused> {
        let filter = RuleFilter::default();
        let rules = cx.services.alarms.list(cx.tx, owner(cx.caller), &filter, PageRequest::ALL)?;
        let mut tags: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for (key, value) in rules.items.iter().flat_map(|rule| &rule.spec.tags) {
            tags.entry(key).or_default().insert(value);
        }
        let tags: Vec<Value> =
            tags.iter().map(|(key, values)| json!({"key": key, "values": values})).collect();
        Ok(Reply::ok(json!({"tags": tags})))
    }
}
