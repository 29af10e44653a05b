//! The parts that bodies of groups are made of, in both directions.

use muster_resources::{
    Combination, Condition, Dimension, Member, NamePattern, NameRule, ProjectAndTag, TagCondition,
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::words::{JOINED, OPERATORS, Words};
use crate::cloudeye::validate;
use crate::request::{Malformed, Object, required};

/// The longest tag value of v2; V1.0 takes 43.
pub(super) const TAG_VALUE: usize = 255;

#[derive(Debug, Deserialize)]
pub(super) struct TagBody {
    key: Option<String>,
    operator: Option<String>,
    value: Option<String>,
}

impl TagBody {
    pub(super) fn read(self, field: &str, longest_value: usize) -> Result<TagCondition, Malformed> {
        let key = required("tags.key", self.key)?;
        let value = self.value.unwrap_or_default();
        validate::printable(&format!("{field}.key"), &key, 1..=128)?;
        validate::printable(&format!("{field}.value"), &value, 0..=longest_value)?;
        let operator = word_or_default(&format!("{field}.operator"), &OPERATORS, self.operator.as_deref())?;
        Ok(TagCondition { key, operator, value })
    }
}

pub(super) fn read_tags(
    tags: Vec<Object<TagBody>>,
    longest_value: usize,
) -> Result<Vec<TagCondition>, Malformed> {
    validate::count("tags", &tags, 0..=50)?;
    tags.into_iter()
        .enumerate()
        .map(|(place, tag)| tag.0.read(&format!("tags[{place}]"), longest_value))
        .collect()
}

pub(super) fn write_tag(tag: &TagCondition) -> Value {
    json!({"key": tag.key, "operator": OPERATORS.write(tag.operator), "value": tag.value})
}

pub(super) fn read_enterprise_projects(field: &str, ids: Vec<String>) -> Result<Vec<String>, Malformed> {
    validate::count(field, &ids, 0..=50)?;
    for (place, id) in ids.iter().enumerate() {
        validate::enterprise_project(&format!("{field}[{place}]"), id)?;
    }
    Ok(ids)
}

#[derive(Debug, Deserialize)]
pub(super) struct NameBody {
    resource_name: Option<String>,
    operator: Option<String>,
    resource_name_is_ignore_case: Option<bool>,
}

impl NameBody {
    fn read(self, field: &str, shortest: usize) -> Result<NamePattern, Malformed> {
        let text = self.resource_name.unwrap_or_default();
        validate::printable(&format!("{field}.resource_name"), &text, shortest..=128)?;
        Ok(NamePattern {
            text,
            operator: word_or_default(&format!("{field}.operator"), &OPERATORS, self.operator.as_deref())?,
            ignore_case: self.resource_name_is_ignore_case.unwrap_or(false),
        })
    }
}

fn write_name(name: &NamePattern) -> Value {
    json!({
        "resource_name": name.text,
        "operator": OPERATORS.write(name.operator),
        "resource_name_is_ignore_case": name.ignore_case,
    })
}

#[derive(Debug, Deserialize)]
pub(super) struct InstanceBody {
    product_name: Option<String>,
    logical_operator: Option<String>,
    instance_names: Option<Vec<Object<NameBody>>>,
}

pub(super) fn read_instances(instances: Vec<Object<InstanceBody>>) -> Result<Vec<NameRule>, Malformed> {
    validate::count("instances", &instances, 0..=50)?;
    instances
        .into_iter()
        .enumerate()
        .map(|(place, Object(body))| {
            let field = format!("instances[{place}]");
            let product = required("instances.product_name", body.product_name)?;
            validate::printable(&format!("{field}.product_name"), &product, 1..=128)?;
            let names = required("instances.instance_names", body.instance_names)?;
            validate::count(&format!("{field}.instance_names"), &names, 1..=10)?;
            Ok(NameRule {
                product,
                joined: word(
                    &format!("{field}.logical_operator"),
                    &JOINED,
                    body.logical_operator.as_deref(),
                )?,
                patterns: names
                    .into_iter()
                    .enumerate()
                    .map(|(place, name)| name.0.read(&format!("{field}.instance_names[{place}]"), 0))
                    .collect::<Result<_, _>>()?,
            })
        })
        .collect()
}

pub(super) fn write_instance(rule: &NameRule) -> Value {
    json!({
        "product_name": rule.product,
        "logical_operator": JOINED.write(rule.joined),
        "instance_names": rule.patterns.iter().map(write_name).collect::<Vec<_>>(),
    })
}

#[derive(Debug, Deserialize)]
pub(super) struct CombinationBody {
    logical_operator: Option<String>,
    conditions: Option<Vec<Object<ConditionBody>>>,
}

#[derive(Debug, Deserialize)]
struct ConditionBody {
    enterprise_project_id: Option<String>,
    instance_name: Option<Object<NameBody>>,
    tag: Option<Object<TagBody>>,
}

impl CombinationBody {
    pub(super) fn read(self) -> Result<Combination, Malformed> {
        let conditions = required("comb_relation.conditions", self.conditions)?;
        validate::count("comb_relation.conditions", &conditions, 0..=50)?;
        Ok(Combination {
            joined: word("comb_relation.logical_operator", &JOINED, self.logical_operator.as_deref())?,
            conditions: conditions
                .into_iter()
                .enumerate()
                .map(|(place, condition)| condition.0.read(&format!("comb_relation.conditions[{place}]")))
                .collect::<Result<_, _>>()?,
        })
    }
}

impl ConditionBody {
    fn read(self, field: &str) -> Result<Condition, Malformed> {
        if let Some(id) = &self.enterprise_project_id {
            validate::enterprise_project(&format!("{field}.enterprise_project_id"), id)?;
        }
        let condition = Condition {
            enterprise_project_id: self.enterprise_project_id,
            name: self
                .instance_name
                .map(|name| name.0.read(&format!("{field}.instance_name"), 1))
                .transpose()?,
            tag: self.tag.map(|tag| tag.0.read(&format!("{field}.tag"), TAG_VALUE)).transpose()?,
        };
        // It would take every resource there is.
        if condition == Condition::default() {
            return Err(Malformed::field(field, "must name a project, a name or a tag"));
        }
        Ok(condition)
    }
}

pub(super) fn write_combination(combination: &Combination) -> Value {
    let conditions: Vec<Value> = combination
        .conditions
        .iter()
        .map(|condition| {
            let mut body = serde_json::Map::new();
            if let Some(id) = &condition.enterprise_project_id {
                body.insert("enterprise_project_id".to_owned(), json!(id));
            }
            if let Some(name) = &condition.name {
                body.insert("instance_name".to_owned(), write_name(name));
            }
            if let Some(tag) = &condition.tag {
                body.insert("tag".to_owned(), write_tag(tag));
            }
            Value::Object(body)
        })
        .collect();
    json!({"logical_operator": JOINED.write(combination.joined), "conditions": conditions})
}

#[derive(Debug, Deserialize)]
pub(super) struct ProjectAndTagBody {
    enterprise_project_id: Option<String>,
    tag: Option<Object<TagBody>>,
}

pub(super) fn read_projects_and_tags(
    pairs: Vec<Object<ProjectAndTagBody>>,
) -> Result<Vec<ProjectAndTag>, Malformed> {
    const FIELD: &str = "enterprise_project_id_and_tags";
    validate::count(FIELD, &pairs, 0..=50)?;
    pairs
        .into_iter()
        .enumerate()
        .map(|(place, Object(pair))| {
            let id =
                required("enterprise_project_id_and_tags.enterprise_project_id", pair.enterprise_project_id)?;
            validate::enterprise_project(&format!("{FIELD}[{place}].enterprise_project_id"), &id)?;
            let tag =
                pair.tag.map(|tag| tag.0.read(&format!("{FIELD}[{place}].tag"), TAG_VALUE)).transpose()?;
            Ok(ProjectAndTag { enterprise_project_id: id, tag })
        })
        .collect()
}

pub(super) fn write_project_and_tag(pair: &ProjectAndTag) -> Value {
    let mut body = json!({"enterprise_project_id": pair.enterprise_project_id});
    if let Some(tag) = &pair.tag {
        body["tag"] = write_tag(tag);
    }
    body
}

#[derive(Debug, Deserialize)]
pub(super) struct DimensionBody {
    name: Option<String>,
    value: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct ResourceBody {
    namespace: Option<String>,
    dimensions: Option<Vec<Object<DimensionBody>>>,
}

pub(super) fn read_resources(resources: Vec<Object<ResourceBody>>) -> Result<Vec<Member>, Malformed> {
    resources
        .into_iter()
        .enumerate()
        .map(|(place, Object(resource))| {
            let field = format!("resources[{place}]");
            let namespace = required("resources.namespace", resource.namespace)?;
            validate::namespace(&format!("{field}.namespace"), &namespace)?;
            let dimensions = required("resources.dimensions", resource.dimensions)?;
            validate::count(&format!("{field}.dimensions"), &dimensions, 1..=4)?;
            let mut read: Vec<Dimension> = Vec::with_capacity(dimensions.len());
            for Object(dimension) in dimensions {
                let name = required("resources.dimensions.name", dimension.name)?;
                let value = required("resources.dimensions.value", dimension.value)?;
                validate::dimension_name(&format!("{field}.dimensions.name"), &name)?;
                validate::printable(&format!("{field}.dimensions.value"), &value, 1..=256)?;
                if read.iter().any(|known| known.name == name) {
                    return Err(Malformed::field(format!("{field}.dimensions"), "names a dimension twice"));
                }
                read.push(Dimension { name, value });
            }
            Ok(Member { namespace, dimensions: read, ..Member::default() })
        })
        .collect()
}

#[derive(Debug, Deserialize)]
pub(super) struct ProductBody {
    product_name: Option<String>,
    namespace: Option<String>,
    product_instances: Option<Vec<Object<ProductInstanceBody>>>,
}

#[derive(Debug, Deserialize)]
struct ProductInstanceBody {
    first_dimension_name: Option<String>,
    first_dimension_value: Option<String>,
    resource_name: Option<String>,
}

pub(super) fn read_products(products: Vec<Object<ProductBody>>) -> Result<Vec<Member>, Malformed> {
    let mut members = Vec::new();
    for (place, Object(product)) in products.into_iter().enumerate() {
        let field = format!("product_resources[{place}]");
        let name = required("product_resources.product_name", product.product_name)?;
        validate::printable(&format!("{field}.product_name"), &name, 1..=128)?;
        let namespace = required("product_resources.namespace", product.namespace)?;
        validate::namespace(&format!("{field}.namespace"), &namespace)?;
        let instances = required("product_resources.product_instances", product.product_instances)?;
        validate::count(&format!("{field}.product_instances"), &instances, 1..=1000)?;
        for Object(instance) in instances {
            let dimension = required(
                "product_resources.product_instances.first_dimension_name",
                instance.first_dimension_name,
            )?;
            let value = required(
                "product_resources.product_instances.first_dimension_value",
                instance.first_dimension_value,
            )?;
            validate::dimension_name(&format!("{field}.first_dimension_name"), &dimension)?;
            validate::printable(&format!("{field}.first_dimension_value"), &value, 1..=256)?;
            if let Some(name) = &instance.resource_name {
                validate::printable(&format!("{field}.resource_name"), name, 1..=128)?;
            }
            members.push(Member {
                namespace: namespace.clone(),
                dimensions: vec![Dimension { name: dimension, value }],
                product: Some(name.clone()),
                resource_name: instance.resource_name,
                region: None,
            });
        }
    }
    Ok(members)
}

pub(super) fn write_dimensions(member: &Member) -> Value {
    member
        .dimensions
        .iter()
        .map(|dimension| json!({"name": dimension.name, "value": dimension.value}))
        .collect()
}

pub(super) fn word_or_default<T: Copy + PartialEq + Default>(
    field: &str,
    words: &Words<T>,
    text: Option<&str>,
) -> Result<T, Malformed> {
    if text.is_none() { Ok(T::default()) } else { word(field, words, text) }
}

fn word<T: Copy + PartialEq>(field: &str, words: &Words<T>, text: Option<&str>) -> Result<T, Malformed> {
    text.and_then(|text| words.read(text))
        .ok_or_else(|| Malformed::field(field, format!("must be one of {}", words.list())))
}
