//! What masks consist of, from bodies and back.

use jiff::tz::TimeZone;
use muster_alarms::masks::{CoveredMetric, CoveredResource, Covers, Effect, Mask, MaskSpec, Subjects};
use muster_alarms::{Owner, Rule};
use muster_core::Error;
use muster_wire::Cx;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::times::{Meant, Times};
use crate::cloudeye::groups::words::Words;
use crate::cloudeye::ids::{AlarmId, MaskId};
use crate::cloudeye::{CloudEye, Refused, validate};
use crate::request::{Malformed, Object, required};

/// What a mask hangs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Relation {
    /// A rule.
    Rule,
    /// Resources.
    Resource,
    /// Policies on resources, of which nobody is told.
    PolicyMessages,
    /// Policies on resources, which raise no alarm.
    PolicyAlarms,
    /// Events.
    Event,
}

pub(super) const RELATIONS: Words<Relation> = Words(&[
    ("ALARM_RULE", Relation::Rule),
    ("RESOURCE", Relation::Resource),
    ("RESOURCE_POLICY_NOTIFICATION", Relation::PolicyMessages),
    ("RESOURCE_POLICY_ALARM", Relation::PolicyAlarms),
    ("EVENT.SYS", Relation::Event),
]);

impl Relation {
    pub(super) fn read(word: Option<String>) -> Result<Self, Malformed> {
        let word = required("relation_type", word)?;
        RELATIONS
            .read(&word)
            .ok_or_else(|| Malformed::field("relation_type", format!("must be one of {}", RELATIONS.list())))
    }

    fn is_of_policies(self) -> bool {
        matches!(self, Self::PolicyMessages | Self::PolicyAlarms)
    }
}

/// What clients read again, beside what the mask itself says.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Kept {
    pub(super) relation: Relation,
    /// The rule's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) rule: Option<String>,
    #[serde(default)]
    pub(super) resource_level: String,
    #[serde(default)]
    product_name: String,
    times: Times,
}

impl Kept {
    pub(super) fn of(mask: &Mask) -> muster_core::Result<Self> {
        Self::deserialize(&mask.spec.kept_for_wire).map_err(Error::internal)
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct DimensionBody {
    pub(super) name: Option<String>,
    pub(super) value: Option<String>,
}

#[derive(Debug, Deserialize)]
struct ResourceBody {
    namespace: Option<String>,
    dimensions: Option<Vec<Object<DimensionBody>>>,
}

#[derive(Debug, Deserialize)]
struct ProductMetricBody {
    dimension_name: Option<String>,
    metric_name: Option<String>,
}

/// A mask as it is sent, new or changed.
#[derive(Debug, Deserialize)]
pub(super) struct MaskBody {
    mask_name: Option<String>,
    pub(super) relation_type: Option<String>,
    relation_ids: Option<Vec<String>>,
    resources: Option<Vec<Object<ResourceBody>>>,
    metric_names: Option<Vec<String>>,
    product_metrics: Option<Vec<Object<ProductMetricBody>>>,
    resource_level: Option<String>,
    product_name: Option<String>,
    #[serde(flatten)]
    times: Times,
}

/// The same after reading. What is `None` was not sent.
#[derive(Clone, Debug, Default)]
pub(super) struct MaskPatch {
    name: Option<String>,
    pub(super) relation_ids: Option<Vec<String>>,
    resources: Option<Vec<CoveredResource>>,
    metrics: Option<Vec<CoveredMetric>>,
    resource_level: Option<String>,
    product_name: Option<String>,
    when: Option<Meant>,
}

impl MaskBody {
    pub(super) fn read(self) -> Result<MaskPatch, Malformed> {
        let name = self.mask_name.filter(|name| !name.is_empty());
        if let Some(name) = &name {
            validate::name("mask_name", name)?;
            validate::length("mask_name", name, 1..=64)?;
        }
        if let Some(ids) = &self.relation_ids {
            validate::count("relation_ids", ids, 0..=100)?;
        }
        let resource_level = self.resource_level.filter(|level| !level.is_empty());
        if resource_level.as_deref().is_some_and(|level| !["product", "dimension"].contains(&level)) {
            return Err(Malformed::field("resource_level", "must be product or dimension"));
        }
        if let Some(name) = &self.product_name {
            validate::printable("product_name", name, 0..=128)?;
        }
        Ok(MaskPatch {
            name,
            relation_ids: self.relation_ids,
            resources: self.resources.map(read_resources).transpose()?,
            metrics: read_metrics(self.metric_names, self.product_metrics)?,
            resource_level,
            product_name: self.product_name,
            when: if self.times.is_given() { Some(self.times.read()?) } else { None },
        })
    }
}

impl MaskPatch {
    /// Only what says when.
    pub(super) fn only_times(self) -> Self {
        Self { when: self.when, ..Self::default() }
    }

    /// A new mask of this kind, still without rules and policies.
    pub(super) fn spec(&self, relation: Relation, server: &TimeZone) -> Result<MaskSpec, Malformed> {
        required("mask_type", self.when.as_ref())?;
        let needs_resources = relation == Relation::Resource || relation.is_of_policies();
        if needs_resources {
            let resources = required("resources", self.resources.as_ref())?;
            validate::count("resources", resources, 1..=100)?;
        }
        let subjects = if relation == Relation::Event { Subjects::Events } else { Subjects::All };
        let effect =
            if relation == Relation::PolicyAlarms { Effect::MutesAlarm } else { Effect::MutesMessages };
        let kept = Kept {
            relation,
            rule: None,
            resource_level: String::new(),
            product_name: String::new(),
            times: Times::default(),
        };
        let mut spec = MaskSpec {
            covers: Covers { subjects, ..Covers::default() },
            effect,
            kept_for_wire: serde_json::to_value(kept).unwrap_or_default(),
            ..MaskSpec::default()
        };
        self.apply(&mut spec, relation, server);
        Ok(spec)
    }

    /// Puts what was sent in the place of what is there.
    pub(super) fn apply(&self, spec: &mut MaskSpec, relation: Relation, server: &TimeZone) {
        if let Some(name) = &self.name {
            spec.name.clone_from(name);
        }
        if relation != Relation::Rule {
            if let Some(resources) = &self.resources {
                spec.covers.resources.clone_from(resources);
            }
            if let Some(metrics) = &self.metrics {
                spec.covers.metrics.clone_from(metrics);
            }
        }
        let Ok(mut kept) = Kept::deserialize(&spec.kept_for_wire) else { return };
        if let Some(level) = &self.resource_level {
            kept.resource_level.clone_from(level);
        }
        if let Some(name) = &self.product_name {
            kept.product_name.clone_from(name);
        }
        if let Some(when) = &self.when {
            spec.when = when.when(server);
            kept.times = when.texts.clone();
        }
        spec.kept_for_wire = serde_json::to_value(kept).unwrap_or_default();
    }

    /// Looks the rules or policies up that `relation_ids` names, and puts them in the place of those that are there.
    pub(super) fn relate(
        &self,
        cx: &mut Cx<'_, '_, CloudEye>,
        owner: Owner<'_>,
        spec: &mut MaskSpec,
        relation: Relation,
    ) -> Result<(), Refused> {
        let Some(ids) = self.relation_ids.as_ref().filter(|ids| !ids.is_empty()) else {
            if relation.is_of_policies() && spec.covers.policies.is_empty() {
                return Err(Malformed::MissingField("relation_ids").into());
            }
            return Ok(());
        };
        match relation {
            Relation::Rule => {
                let [id] = &ids[..] else {
                    return Err(Malformed::field("relation_ids", "must name one rule").into());
                };
                let rule = cx.services.alarms.get(cx.tx, owner, rule_id(id)?)?;
                aim_at(spec, &rule);
            }
            Relation::PolicyMessages | Relation::PolicyAlarms => {
                let numbers: Vec<i64> = ids.iter().map(|id| id.parse().unwrap_or(0)).collect();
                let known = cx.services.alarms.existing_policies(cx.tx, owner, &numbers)?;
                if let Some(place) = numbers.iter().position(|number| !known.contains(number)) {
                    return Err(Error::not_found("alarm policy", &ids[place]).into());
                }
                spec.covers.policies = known;
            }
            // Clients must send the list, whatever it is.
            Relation::Resource | Relation::Event => {}
        }
        Ok(())
    }
}

/// Makes the mask one of this rule.
pub(super) fn aim_at(spec: &mut MaskSpec, rule: &Rule) {
    spec.covers.rules = vec![rule.id];
    spec.kept_for_wire["rule"] = json!(rule.key);
}

/// The id of a rule in `relation_ids`.
pub(super) fn rule_id(id: &str) -> Result<&str, Malformed> {
    match AlarmId::parse(id) {
        Some(_) => Ok(id),
        None => Err(Malformed::field("relation_ids", format!("must be {}", AlarmId::form()))),
    }
}

fn read_resources(resources: Vec<Object<ResourceBody>>) -> Result<Vec<CoveredResource>, Malformed> {
    validate::count("resources", &resources, 0..=100)?;
    let read = |(place, Object(body)): (usize, Object<ResourceBody>)| {
        let field = format!("resources[{place}]");
        let namespace = required("resources.namespace", body.namespace)?;
        validate::namespace(&format!("{field}.namespace"), &namespace)?;
        let dimensions = required("resources.dimensions", body.dimensions)?;
        validate::count(&format!("{field}.dimensions"), &dimensions, 1..=4)?;
        let mut resource = CoveredResource { namespace, ..CoveredResource::default() };
        for Object(dimension) in dimensions {
            let (name, value) = read_dimension(&field, dimension)?;
            if value.is_empty() {
                resource.dimension_names.push(name);
            } else {
                resource.dimensions.push((name, value));
            }
        }
        resource.dimensions.sort_unstable();
        resource.dimension_names.sort_unstable();
        Ok(resource)
    };
    resources.into_iter().enumerate().map(read).collect()
}

/// A dimension's name and value; an empty value is any.
pub(super) fn read_dimension(field: &str, dimension: DimensionBody) -> Result<(String, String), Malformed> {
    let name = required("dimensions.name", dimension.name)?;
    let value = dimension.value.unwrap_or_default();
    validate::dimension_name(&format!("{field}.dimensions.name"), &name)?;
    validate::printable(&format!("{field}.dimensions.value"), &value, 0..=256)?;
    Ok((name, value))
}

fn read_metrics(
    names: Option<Vec<String>>,
    products: Option<Vec<Object<ProductMetricBody>>>,
) -> Result<Option<Vec<CoveredMetric>>, Malformed> {
    if names.is_none() && products.is_none() {
        return Ok(None);
    }
    let (names, products) = (names.unwrap_or_default(), products.unwrap_or_default());
    validate::count("metric_names", &names, 0..=50)?;
    validate::count("product_metrics", &products, 0..=50)?;
    let mut metrics = Vec::with_capacity(names.len() + products.len());
    for name in names {
        validate::metric_name("metric_names", &name)?;
        metrics.push(CoveredMetric { name, ..CoveredMetric::default() });
    }
    for Object(product) in products {
        let name = required("product_metrics.metric_name", product.metric_name)?;
        validate::metric_name("product_metrics.metric_name", &name)?;
        let text = required("product_metrics.dimension_name", product.dimension_name)?;
        let mut dimension_names: Vec<String> = text.split(',').map(str::to_owned).collect();
        validate::count("product_metrics.dimension_name", &dimension_names, 1..=4)?;
        for name in &dimension_names {
            validate::dimension_name("product_metrics.dimension_name", name)?;
        }
        dimension_names.sort_unstable();
        metrics.push(CoveredMetric { name, dimension_names, ..CoveredMetric::default() });
    }
    Ok(Some(metrics))
}

/// A mask as lists show it; `policies` are those that it names.
pub(super) fn written(mask: &Mask, kept: &Kept, is_in_force: bool, policies: &[Value]) -> Value {
    let covers = &mask.spec.covers;
    let is_any = |resource: &CoveredResource| resource.dimensions.is_empty();
    let of_all = covers.resources.is_empty() || covers.resources.iter().all(is_any);
    let (plain, products): (Vec<&CoveredMetric>, Vec<&CoveredMetric>) =
        covers.metrics.iter().partition(|metric| metric.dimension_names.is_empty());
    let products: Vec<Value> = products
        .iter()
        .map(|metric| json!({"dimension_name": metric.dimension_names.join(","), "metric_name": metric.name}))
        .collect();
    let mut categories: Vec<Value> = Vec::new();
    for resource in &covers.resources {
        let category = json!({"namespace": resource.namespace, "dimension_names": names(resource)});
        if !categories.contains(&category) {
            categories.push(category);
        }
    }
    let mut body = json!({
        "notification_mask_id": MaskId::new(mask.id).to_string(),
        "mask_name": mask.spec.name,
        "relation_type": RELATIONS.write(kept.relation),
        "resource_type": if of_all { "ALL_INSTANCE" } else { "MULTI_INSTANCE" },
        "metric_names": plain.iter().map(|metric| &metric.name).collect::<Vec<_>>(),
        "product_metrics": products,
        "product_name": kept.product_name,
        "resources": categories,
        "mask_status": status(is_in_force),
        "create_time": mask.created_at.millis(),
        "update_time": mask.updated_at.millis(),
        "policies": policies,
    });
    if let Value::Object(body) = &mut body {
        if let Some(rule) = &kept.rule {
            body.insert("relation_id".to_owned(), json!(rule));
        }
        if !kept.resource_level.is_empty() {
            body.insert("resource_level".to_owned(), json!(kept.resource_level));
        }
        kept.times.write(body);
    }
    body
}

/// The word for whether a mask is in force.
pub(super) fn status(is_in_force: bool) -> &'static str {
    if is_in_force { "MASK_EFFECTIVE" } else { "MASK_INEFFECTIVE" }
}

fn names(resource: &CoveredResource) -> Vec<&str> {
    let valued = resource.dimensions.iter().map(|(name, _)| name.as_str());
    let mut names: Vec<&str> = valued.chain(resource.dimension_names.iter().map(String::as_str)).collect();
    names.sort_unstable();
    names
}

/// A resource with its dimensions.
pub(super) fn write_resource(resource: &CoveredResource) -> Value {
    let valued = resource.dimensions.iter().map(|(name, value)| json!({"name": name, "value": value}));
    let any = resource.dimension_names.iter().map(|name| json!({"name": name, "value": ""}));
    json!({"namespace": resource.namespace, "dimensions": valued.chain(any).collect::<Vec<_>>()})
}
