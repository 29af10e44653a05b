//! Lists masks. Of rules, the answer is a bare list: Terraform takes its first item.

use std::collections::HashMap;

use muster_alarms::masks::{Mask, MaskFilter};
use muster_core::PageRequest;
use muster_wire::{Access, Cx, Operation};
use serde::Deserialize;
use serde_json::{Value, json};

use super::bodies::{DimensionBody, Kept, Relation, read_dimension, status, written};
use super::{KIND, key, owner, policies_of, scope};
use crate::cloudeye::ids::MaskId;
use crate::cloudeye::{CloudEye, Refused, validate};
use crate::reply::Reply;
use crate::request::{Malformed, Object, Request, required};

pub(crate) struct ListNotificationMasks {
    /// Nothing for all but those of rules.
    relation: Option<Relation>,
    relation_ids: Vec<String>,
    metric: Option<String>,
    resource_level: Option<String>,
    keys: Vec<String>,
    name: Option<String>,
    status: Option<String>,
    resource_id: Option<String>,
    namespace: Option<String>,
    dimensions: Vec<(String, String)>,
    by_update: bool,
    oldest_first: bool,
    page: PageRequest,
}

/// Stands for all kinds but rules.
const DEFAULT: &str = "DEFAULT";

#[derive(Deserialize)]
struct Body {
    relation_type: Option<String>,
    relation_ids: Option<Vec<String>>,
    metric_name: Option<String>,
    resource_level: Option<String>,
    mask_id: Option<String>,
    mask_name: Option<String>,
    mask_status: Option<String>,
    resource_id: Option<String>,
    namespace: Option<String>,
    dimensions: Option<Vec<Object<DimensionBody>>>,
}

impl Operation<CloudEye> for ListNotificationMasks {
    const NAME: &'static str = "ListNotificationMasks/v2";
    const PERMISSION: &'static str = "ces:notificationMasks:list";
    const ACCESS: Access = Access::Read;

    fn decode(request: &Request) -> Result<Self, Refused> {
        let body: Body = request.body()?;
        let filled = |text: Option<String>| text.filter(|text| !text.is_empty());
        let word = required("relation_type", body.relation_type)?;
        let relation = if word == DEFAULT { None } else { Some(Relation::read(Some(word))?) };
        let relation_ids = body.relation_ids.unwrap_or_default();
        validate::count("relation_ids", &relation_ids, 0..=100)?;
        let resource_level = filled(body.resource_level);
        if resource_level.as_deref().is_some_and(|level| !["product", "dimension"].contains(&level)) {
            return Err(Malformed::field("resource_level", "must be product or dimension").into());
        }
        let wanted = filled(body.mask_status);
        if wanted.as_deref().is_some_and(|word| word != status(true) && word != status(false)) {
            return Err(Malformed::field("mask_status", "must be MASK_EFFECTIVE or MASK_INEFFECTIVE").into());
        }
        let keys = match filled(body.mask_id) {
            None => Vec::new(),
            Some(id) => {
                let why = || Malformed::field("mask_id", format!("must be {}", MaskId::form()));
                vec![key(MaskId::parse(&id).ok_or_else(why)?)]
            }
        };
        let dimensions = body.dimensions.unwrap_or_default();
        validate::count("dimensions", &dimensions, 0..=4)?;
        Ok(Self {
            relation,
            relation_ids,
            metric: filled(body.metric_name),
            resource_level,
            keys,
            name: filled(body.mask_name),
            status: wanted,
            resource_id: filled(body.resource_id),
            namespace: filled(body.namespace),
            dimensions: dimensions
                .into_iter()
                .map(|Object(dimension)| read_dimension("body", dimension))
                .collect::<Result<_, _>>()?,
            by_update: one_of(request, "sort_key", ["create_time", "update_time"])?,
            oldest_first: one_of(request, "sort_dir", ["DESC", "ASC"])?,
            page: PageRequest {
                offset: request.number("offset", 0..=10_000, 0)?,
                limit: request.number("limit", 1..=100, 100)?,
            },
        })
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudEye>) -> Result<Reply, Refused> {
        let (masks, now) = (&cx.services.masks, cx.tx.now());
        let filter =
            MaskFilter { keys: &self.keys, name_contains: self.name.as_deref(), ..MaskFilter::default() };
        let in_force = |mask: &Mask| masks.is_in_force(mask, now);
        let wants = |mask: &Mask| self.wants(mask, status(in_force(mask)));
        let mut found = masks.list(cx.tx, scope(cx.caller), KIND, &filter, wants)?;
        if self.by_update {
            found.sort_by_key(|mask| std::cmp::Reverse((mask.updated_at, mask.id)));
        }
        if self.oldest_first {
            found.reverse();
        }
        let count = found.len();
        let skip = usize::try_from(self.page.offset).unwrap_or(usize::MAX);
        let take = usize::try_from(self.page.limit).unwrap_or(usize::MAX);
        let shown: Vec<Mask> = found.into_iter().skip(skip).take(take).collect();
        let mut numbers: Vec<i64> =
            shown.iter().flat_map(|mask| mask.spec.covers.policies.iter().copied()).collect();
        numbers.sort_unstable();
        numbers.dedup();
        let policies: HashMap<i64, Value> = if numbers.is_empty() {
            HashMap::new()
        } else {
            let rules = cx.services.alarms.rules_with_policies(cx.tx, owner(cx.caller), &numbers)?;
            rules.iter().flat_map(policies_of).collect()
        };
        let written = shown
            .iter()
            .map(|mask| {
                let ids = &mask.spec.covers.policies;
                let named: Vec<Value> = ids.iter().filter_map(|id| policies.get(id).cloned()).collect();
                Ok(written(mask, &Kept::of(mask)?, in_force(mask), &named))
            })
            .collect::<muster_core::Result<Vec<Value>>>()?;
        if self.relation == Some(Relation::Rule) {
            return Ok(Reply::ok(Value::Array(written)));
        }
        Ok(Reply::ok(json!({"notification_masks": written, "count": count})))
    }
}

impl ListNotificationMasks {
    fn wants(&self, mask: &Mask, status: &str) -> bool {
        let Ok(kept) = Kept::of(mask) else { return false };
        let covers = &mask.spec.covers;
        let is_kind = match self.relation {
            Some(relation) => relation == kept.relation,
            None => kept.relation != Relation::Rule,
        };
        let is_related = || {
            self.relation_ids.iter().any(|id| {
                kept.rule.as_ref() == Some(id)
                    || covers.policies.iter().any(|number| number.to_string() == *id)
            })
        };
        let holds_value = |id: &String| {
            covers.resources.iter().any(|resource| {
                let values: Vec<&str> = resource.dimensions.iter().map(|(_, value)| value.as_str()).collect();
                values.contains(&id.as_str()) || values.join(",") == *id
            })
        };
        let has_dimensions = || {
            covers.resources.iter().any(|resource| {
                self.dimensions.iter().all(|dimension| resource.dimensions.contains(dimension))
            })
        };
        is_kind
            && (self.relation_ids.is_empty() || is_related())
            && self.status.as_ref().is_none_or(|wanted| wanted == status)
            && self.resource_level.as_ref().is_none_or(|level| *level == kept.resource_level)
            && self
                .metric
                .as_ref()
                .is_none_or(|name| covers.metrics.iter().any(|metric| metric.name == *name))
            && self
                .namespace
                .as_ref()
                .is_none_or(|name| covers.resources.iter().any(|resource| resource.namespace == *name))
            && self.resource_id.as_ref().is_none_or(holds_value)
            && (self.dimensions.is_empty() || has_dimensions())
    }
}

/// Whether the second of two words is asked for; the first one is meant where none is.
fn one_of(request: &Request, name: &str, words: [&str; 2]) -> Result<bool, Malformed> {
    match request.query(name)?.filter(|text| !text.is_empty()) {
        None => Ok(false),
        Some(text) if text == words[0] => Ok(false),
        Some(text) if text == words[1] => Ok(true),
        Some(_) => Err(Malformed::parameter(name, format!("must be {} or {}", words[0], words[1]))),
    }
}
