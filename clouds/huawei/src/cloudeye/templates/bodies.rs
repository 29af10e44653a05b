//! What templates consist of, from bodies and back.

use muster_alarms::Subject;
use muster_alarms::templates::{Kind, Template, TemplateItem};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::cloudeye::alarms::kept::KeptPolicy;
use crate::cloudeye::alarms::policies::{PolicyBody, Shape, dimension_names, write_policy};
use crate::cloudeye::alarms::words::Kind as RuleKind;
use crate::cloudeye::validate;
use crate::request::{Malformed, Object, required};

/// Policies of a template.
pub(super) const MOST_POLICIES: usize = 1000;

/// A policy of a template.
#[derive(Debug, Deserialize)]
pub(super) struct ItemBody {
    #[serde(flatten)]
    policy: PolicyBody,
    extra_info: Option<Value>,
    selected_unit: Option<String>,
}

impl ItemBody {
    pub(super) fn new(policy: PolicyBody) -> Self {
        Self { policy, extra_info: None, selected_unit: None }
    }
}

/// What clients read again of a policy.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct KeptItem {
    policy: KeptPolicy,
    /// The names in their owner's order; ours are sorted.
    dimension_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    extra_info: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    selected_unit: Option<String>,
}

impl KeptItem {
    fn of(item: &TemplateItem) -> Self {
        Self::deserialize(&item.kept_for_wire).unwrap_or_default()
    }
}

/// A template's name: as other names, but its first character is a letter.
pub(super) fn check_name(name: &str) -> Result<(), Malformed> {
    validate::name("template_name", name)?;
    if name.starts_with(|first: char| first.is_ascii_digit() || matches!(first, '_' | '-')) {
        return Err(Malformed::field("template_name", "must begin with a letter"));
    }
    Ok(())
}

pub(super) fn read_description(text: Option<String>) -> Result<Option<String>, Malformed> {
    if let Some(text) = &text {
        validate::printable("template_description", text, 0..=256)?;
    }
    Ok(text)
}

/// The number that says what a template is about.
pub(super) fn read_kind(number: i64) -> Result<Kind, Malformed> {
    match number {
        0 => Ok(Kind::Metrics),
        2 => Ok(Kind::Events),
        _ => Err(Malformed::field("template_type", "must be 0 or 2")),
    }
}

/// The word for it: answers have words where bodies have numbers.
pub(super) fn write_kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Metrics => "custom",
        Kind::Events => "custom_event",
    }
}

pub(super) fn read_items(
    kind: Kind,
    items: Vec<Object<ItemBody>>,
    most: usize,
) -> Result<Vec<TemplateItem>, Malformed> {
    validate::count("policies", &items, 1..=most)?;
    items
        .into_iter()
        .enumerate()
        .map(|(place, Object(item))| read_item(&format!("policies[{place}]"), kind, item))
        .collect()
}

fn read_item(field: &str, kind: Kind, item: ItemBody) -> Result<TemplateItem, Malformed> {
    let ItemBody { mut policy, extra_info, selected_unit } = item;
    let namespace = required("policies.namespace", policy.namespace.take())?;
    validate::namespace(&format!("{field}.namespace"), &namespace)?;
    let dimension_name = policy.dimension_name.take().filter(|names| !names.is_empty());
    let names = dimension_names(&format!("{field}.dimension_name"), dimension_name.as_deref())?;
    let rule_kind = match kind {
        Kind::Metrics => {
            required("policies.dimension_name", names.as_ref())?;
            RuleKind::Listed
        }
        Kind::Events => RuleKind::SystemEvent,
    };
    if let Some(unit) = &selected_unit {
        validate::printable(&format!("{field}.selected_unit"), unit, 0..=64)?;
    }
    let (policy, kept) = policy.read(field, Shape { kind: rule_kind, by_product: false })?;
    let kept = KeptItem { policy: kept, dimension_name, extra_info, selected_unit };
    Ok(TemplateItem {
        namespace,
        dimension_names: names,
        policy,
        rule: None,
        category: String::new(),
        kept_for_wire: serde_json::to_value(kept).unwrap_or_default(),
    })
}

/// A template as lists show it.
pub(super) fn write_head(template: &Template) -> Value {
    json!({
        "template_id": crate::cloudeye::ids::TemplateId::new(template.id).to_string(),
        "template_name": template.name,
        "template_type": write_kind(template.kind),
        "create_time": crate::cloudeye::time::text(template.created_at),
        "template_description": template.description,
    })
}

/// A policy of a template. It has neither an id nor a switch, and its level has another name.
pub(super) fn write_item(item: &TemplateItem) -> Value {
    let kept = KeptItem::of(item);
    let Value::Object(mut body) = write_policy(&item.policy, &kept.policy) else { return json!({}) };
    for name in ["alarm_policy_id", "enabled"] {
        body.remove(name);
    }
    if let Some(level) = body.remove("level") {
        body.insert("alarm_level".to_owned(), level);
    }
    body.insert("namespace".to_owned(), json!(item.namespace));
    for (name, value) in [
        ("dimension_name", kept.dimension_name.map(Value::from)),
        ("extra_info", kept.extra_info),
        ("selected_unit", kept.selected_unit.map(Value::from)),
    ] {
        if let Some(value) = value {
            body.insert(name.to_owned(), value);
        }
    }
    Value::Object(body)
}

/// A policy as V1.0 shows it.
pub(super) fn write_item_v1(item: &TemplateItem) -> Value {
    const CONDITION: [&str; 7] =
        ["period", "filter", "comparison_operator", "value", "unit", "count", "suppress_duration"];
    let body = write_item(item);
    let condition: Map<String, Value> =
        CONDITION.iter().map(|name| ((*name).to_owned(), body[*name].clone())).collect();
    let name = match &item.policy.subject {
        Subject::Metric { metric, .. } => metric,
        Subject::Event { name, .. } => name,
    };
    json!({"metric_name": name, "condition": condition, "alarm_level": body["alarm_level"]})
}

/// The dimensions of the first policy, in their owner's order.
pub(super) fn dimension_name(template: &Template) -> String {
    template.items.first().and_then(|item| KeptItem::of(item).dimension_name).unwrap_or_default()
}
