//! What a group's rule says about one resource, as plain functions.
//!
//! The index answers the same question for all resources at once; a test holds the two against each other.

use crate::model::{
    Combination, Condition, Joined, Kind, NamePattern, NameRule, Operator, ProjectAndTag, Rule, TagCondition,
};

/// A resource as rules look at it.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'s> {
    /// What people call it.
    pub name: &'s str,
    /// The enterprise project it belongs to.
    pub enterprise_project_id: &'s str,
    /// The service that keeps it.
    pub provider: &'s str,
    /// The products under which it has series (`SYS.ECS,instance_id`).
    pub products: &'s [&'s str],
    /// Its tags.
    pub tags: &'s [(&'s str, &'s str)],
}

/// Whether a rule of this kind selects the resource. A group by hand selects nothing by rule.
pub fn selects(kind: Kind, rule: &Rule, resource: &Subject<'_>) -> bool {
    let by_kind = match kind {
        Kind::Manual => false,
        Kind::Tags => tags_select(&rule.tags, resource),
        Kind::EnterpriseProjects => {
            rule.enterprise_projects.iter().any(|id| id == resource.enterprise_project_id)
        }
        Kind::Names | Kind::Mixed => rule.names.iter().any(|names| names_select(names, resource)),
        Kind::Combination => match &rule.combination {
            Some(combination) => combination_selects(combination, resource),
            None => rule.projects_and_tags.iter().any(|pair| pair_selects(pair, resource)),
        },
    };
    by_kind && is_narrowed_to(rule, resource)
}

/// Conditions on one key are alternatives, and every key must have one that holds.
fn tags_select(conditions: &[TagCondition], resource: &Subject<'_>) -> bool {
    !conditions.is_empty()
        && conditions.iter().all(|condition| {
            conditions
                .iter()
                .filter(|other| other.key == condition.key)
                .any(|alternative| tag_holds(alternative, resource))
        })
}

fn tag_holds(condition: &TagCondition, resource: &Subject<'_>) -> bool {
    resource
        .tags
        .iter()
        .any(|(key, value)| *key == condition.key && value_holds(condition.operator, &condition.value, value))
}

/// Whether the value of a tag that is there satisfies a condition.
pub(crate) fn value_holds(operator: Operator, wanted: &str, value: &str) -> bool {
    match operator {
        Operator::Equal => wanted.is_empty() || value == wanted,
        Operator::Contains => value.contains(wanted),
        Operator::StartsWith => value.starts_with(wanted),
        Operator::EndsWith => value.ends_with(wanted),
        Operator::NotContains => !value.contains(wanted),
        Operator::Any => true,
    }
}

/// Whether a name satisfies a pattern.
pub(crate) fn name_holds(pattern: &NamePattern, name: &str) -> bool {
    if pattern.operator == Operator::Any {
        return true;
    }
    let compare = |text: &str, name: &str| match pattern.operator {
        Operator::Equal => name == text,
        Operator::Contains => name.contains(text),
        Operator::StartsWith => name.starts_with(text),
        Operator::EndsWith => name.ends_with(text),
        Operator::NotContains => !name.contains(text),
        Operator::Any => true,
    };
    if pattern.ignore_case {
        compare(&pattern.text.to_lowercase(), &name.to_lowercase())
    } else {
        compare(&pattern.text, name)
    }
}

fn names_select(names: &NameRule, resource: &Subject<'_>) -> bool {
    let mut patterns = names.patterns.iter().map(|pattern| name_holds(pattern, resource.name));
    resource.products.contains(&names.product.as_str())
        && match names.joined {
            Joined::All => patterns.all(|holds| holds),
            Joined::Any => patterns.any(|holds| holds),
        }
}

fn combination_selects(combination: &Combination, resource: &Subject<'_>) -> bool {
    let mut conditions = combination.conditions.iter().map(|condition| condition_holds(condition, resource));
    match combination.joined {
        Joined::All => conditions.len() > 0 && conditions.all(|holds| holds),
        Joined::Any => conditions.any(|holds| holds),
    }
}

fn condition_holds(condition: &Condition, resource: &Subject<'_>) -> bool {
    condition.enterprise_project_id.as_ref().is_none_or(|id| id == resource.enterprise_project_id)
        && condition.name.as_ref().is_none_or(|pattern| name_holds(pattern, resource.name))
        && condition.tag.as_ref().is_none_or(|tag| tag_holds(tag, resource))
}

fn pair_selects(pair: &ProjectAndTag, resource: &Subject<'_>) -> bool {
    pair.enterprise_project_id == resource.enterprise_project_id
        && pair.tag.as_ref().is_none_or(|tag| tag_holds(tag, resource))
}

/// The products to which a rule is narrowed; empty for all.
pub(crate) fn products(rule: &Rule) -> impl Iterator<Item = &str> {
    rule.products.split(';').map(str::trim).filter(|product| !product.is_empty())
}

/// The providers to which a rule is narrowed; empty for all.
pub(crate) fn providers(rule: &Rule) -> impl Iterator<Item = &str> {
    rule.providers.split([',', ';']).map(str::trim).filter(|provider| !provider.is_empty())
}

fn is_narrowed_to(rule: &Rule, resource: &Subject<'_>) -> bool {
    let (mut wanted, mut served_by) = (products(rule).peekable(), providers(rule).peekable());
    (wanted.peek().is_none() || wanted.any(|product| resource.products.contains(&product)))
        && (served_by.peek().is_none() || served_by.any(|provider| provider == resource.provider))
        && rule.tagged.as_ref().is_none_or(|tag| tag_holds(tag, resource))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tag(key: &str, operator: Operator, value: &str) -> TagCondition {
        TagCondition { key: key.to_owned(), operator, value: value.to_owned() }
    }

    const WEB: Subject<'_> = Subject {
        name: "Web-01",
        enterprise_project_id: "0",
        provider: "ecs",
        products: &["SYS.ECS,instance_id", "AGT.ECS,instance_id"],
        tags: &[("env", "prod"), ("team", "shop")],
    };

    #[test]
    fn one_key_offers_alternatives_and_different_keys_must_all_hold() {
        let select = |conditions: &[TagCondition]| {
            selects(Kind::Tags, &Rule { tags: conditions.to_vec(), ..Rule::default() }, &WEB)
        };
        let (prod, test) = (tag("env", Operator::Equal, "prod"), tag("env", Operator::Equal, "test"));
        let (shop, bank) = (tag("team", Operator::Equal, "shop"), tag("team", Operator::Equal, "bank"));
        assert!(select(&[prod.clone(), test.clone()]));
        assert!(select(&[test.clone(), prod.clone(), shop]));
        assert!(!select(std::slice::from_ref(&test)));
        assert!(!select(&[prod, bank]));
        assert!(!select(&[]));
    }

    #[test]
    fn a_value_is_compared_as_the_operator_says() {
        let table = [
            (Operator::Equal, "prod", true),
            (Operator::Equal, "", true),
            (Operator::Equal, "Prod", false),
            (Operator::Contains, "ro", true),
            (Operator::StartsWith, "pr", true),
            (Operator::StartsWith, "od", false),
            (Operator::EndsWith, "od", true),
            (Operator::NotContains, "test", true),
            (Operator::NotContains, "ro", false),
            (Operator::Any, "whatever", true),
        ];
        for (operator, wanted, holds) in table {
            let rule = Rule { tags: vec![tag("env", operator, wanted)], ..Rule::default() };
            assert_eq!(selects(Kind::Tags, &rule, &WEB), holds, "{operator:?} {wanted}");
        }
        // Even what must not be contained needs the key.
        let rule = Rule { tags: vec![tag("zone", Operator::NotContains, "a")], ..Rule::default() };
        assert!(!selects(Kind::Tags, &rule, &WEB));
    }

    #[test]
    fn names_are_compared_within_their_product() {
        let pattern = |text: &str, ignore_case| NamePattern {
            text: text.to_owned(),
            operator: Operator::StartsWith,
            ignore_case,
        };
        let names = |product: &str, joined, patterns: &[NamePattern]| Rule {
            names: vec![NameRule { product: product.to_owned(), joined, patterns: patterns.to_vec() }],
            ..Rule::default()
        };
        let select = |rule: Rule| selects(Kind::Names, &rule, &WEB);
        assert!(select(names("SYS.ECS,instance_id", Joined::All, &[pattern("web", true)])));
        assert!(!select(names("SYS.ECS,instance_id", Joined::All, &[pattern("web", false)])));
        assert!(select(names(
            "SYS.ECS,instance_id",
            Joined::Any,
            &[pattern("db", true), pattern("Web", false)]
        )));
        assert!(!select(names("SYS.RDS,rds_cluster_id", Joined::All, &[pattern("web", true)])));
    }

    #[test]
    fn every_part_of_a_condition_must_hold() {
        let condition = Condition {
            enterprise_project_id: Some("0".to_owned()),
            tag: Some(tag("env", Operator::Equal, "prod")),
            name: None,
        };
        let other = Condition { enterprise_project_id: Some("p".to_owned()), ..condition.clone() };
        let rule = |joined, conditions: &[Condition]| Rule {
            combination: Some(Combination { joined, conditions: conditions.to_vec() }),
            ..Rule::default()
        };
        let select = |rule: Rule| selects(Kind::Combination, &rule, &WEB);
        assert!(select(rule(Joined::Any, &[other.clone(), condition.clone()])));
        assert!(!select(rule(Joined::All, &[other.clone(), condition.clone()])));
        assert!(select(rule(Joined::All, &[condition])));
        assert!(!select(rule(Joined::Any, &[other])));
    }

    #[test]
    fn a_rule_can_be_narrowed_to_a_tag() {
        let narrowed = |value| Rule {
            enterprise_projects: vec!["0".to_owned()],
            tagged: Some(tag("env", Operator::Equal, value)),
            ..Rule::default()
        };
        assert!(selects(Kind::EnterpriseProjects, &narrowed("prod"), &WEB));
        assert!(!selects(Kind::EnterpriseProjects, &narrowed("test"), &WEB));
    }

    #[test]
    fn a_rule_can_be_narrowed_to_products_and_providers() {
        let narrowed = |products: &str, providers: &str| Rule {
            enterprise_projects: vec!["0".to_owned()],
            products: products.to_owned(),
            providers: providers.to_owned(),
            ..Rule::default()
        };
        let select = |rule: Rule| selects(Kind::EnterpriseProjects, &rule, &WEB);
        assert!(select(narrowed("", "")));
        assert!(select(narrowed("SYS.RDS,rds_cluster_id;AGT.ECS,instance_id", "rds, ecs")));
        assert!(!select(narrowed("SYS.RDS,rds_cluster_id", "")));
        assert!(!select(narrowed("", "rds")));
    }
}
