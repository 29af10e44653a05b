//! CloudMonitor's words for what groups hold and where groups come from.

use muster_resources::{Catalogue, Joined, Operator, Source};

/// The dimensions that name a resource in the namespaces of Alibaba's products.
pub const NAMING_DIMENSIONS: &[&str] = &["instanceId", "BucketName"];

const INSTANCE_ID: &str = "instanceId";

/// Categories whose namespace or dimension is not as the name says.
const EXCEPTIONS: &[(&str, &str, &str)] = &[
    ("kvstore", "acs_kvstore", INSTANCE_ID),
    ("memcache", "acs_memcache", INSTANCE_ID),
    ("mongodb", "acs_mongodb", INSTANCE_ID),
    ("cdn", "acs_cdn", INSTANCE_ID),
    ("eip", "acs_vpc_eip", INSTANCE_ID),
    ("oss", "acs_oss_dashboard", "BucketName"),
];

/// The namespace and the dimension by which instances of a category show themselves. What is no abbreviation is a
/// namespace itself: groups hold resources of other clouds as well.
pub(super) fn series_of(catalogue: &Catalogue, category: &str) -> (String, String) {
    if let Some((_, namespace, dimension)) = EXCEPTIONS.iter().find(|(known, ..)| *known == category) {
        return ((*namespace).to_owned(), (*dimension).to_owned());
    }
    let is_abbreviation = !category.starts_with("acs_")
        && category
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-".contains(&byte));
    if is_abbreviation {
        return (format!("acs_{category}_dashboard"), INSTANCE_ID.to_owned());
    }
    let known = catalogue.products.iter().find(|product| product.namespace == category);
    (category.to_owned(), known.map_or(INSTANCE_ID, |product| product.dimension).to_owned())
}

/// The product of a category in the words of rules.
pub(super) fn product_of(catalogue: &Catalogue, category: &str) -> String {
    let (namespace, dimension) = series_of(catalogue, category);
    format!("{namespace},{dimension}")
}

/// The category of a namespace.
pub(super) fn category_of(namespace: &str) -> &str {
    if let Some((category, ..)) = EXCEPTIONS.iter().find(|(_, known, _)| *known == namespace) {
        return category;
    }
    let abbreviation = namespace.strip_prefix("acs_").and_then(|rest| rest.strip_suffix("_dashboard"));
    abbreviation.filter(|word| !word.is_empty()).unwrap_or(namespace)
}

/// The word for where a group comes from.
pub(super) fn type_of(source: Source) -> &'static str {
    match source {
        Source::Hand => "custom",
        Source::Founder => "tag",
        Source::EnterpriseProject => "resMgr",
    }
}

/// Where groups of a type come from; nothing for types that only the vendor's own products make.
pub(super) fn source_of(word: &str) -> Option<Source> {
    Source::ALL.into_iter().find(|source| type_of(*source) == word)
}

const FUNCTIONS: &[(&str, Operator)] = &[
    ("contains", Operator::Contains),
    ("startWith", Operator::StartsWith),
    ("endWith", Operator::EndsWith),
    ("notContains", Operator::NotContains),
    ("equals", Operator::Equal),
    ("all", Operator::Any),
];

/// How a text is compared.
pub(super) fn operator_of(word: &str) -> Option<Operator> {
    FUNCTIONS.iter().find(|(known, _)| *known == word).map(|(_, operator)| *operator)
}

/// The word for how a text is compared.
pub(super) fn function_of(operator: Operator) -> &'static str {
    FUNCTIONS.iter().find(|(_, known)| *known == operator).map_or("", |(word, _)| word)
}

/// The word for how conditions are joined.
pub(super) fn relation_of(joined: Joined) -> &'static str {
    match joined {
        Joined::All => "and",
        Joined::Any => "or",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn categories_and_namespaces_lead_to_each_other() {
        let catalogue = Catalogue {
            products: &[muster_resources::Product {
                namespace: "SYS.ECS",
                dimension: "instance_id",
                kind: "ecs",
                id_follows: None,
            }],
            ..Catalogue::default()
        };
        let table = [
            ("ecs", "acs_ecs_dashboard", "instanceId"),
            ("kvstore", "acs_kvstore", "instanceId"),
            ("oss", "acs_oss_dashboard", "BucketName"),
            ("polardb-x", "acs_polardb-x_dashboard", "instanceId"),
            ("SYS.ECS", "SYS.ECS", "instance_id"),
            ("acs_mns_new", "acs_mns_new", "instanceId"),
            ("SHOP.APP", "SHOP.APP", "instanceId"),
        ];
        for (category, namespace, dimension) in table {
            assert_eq!(series_of(&catalogue, category), (namespace.to_owned(), dimension.to_owned()));
            assert_eq!(category_of(namespace), category);
        }
    }
}
