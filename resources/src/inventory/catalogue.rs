//! Which kinds of resources there are, and by which series each shows itself. The words are a cloud's, and so the
//! table comes from that cloud's crate.

use crate::model::Dimension;

/// One way in which resources of a kind show themselves: the first dimension of a namespace's series.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Product {
    /// The namespace, such as `SYS.ECS`.
    pub namespace: &'static str,
    /// The first dimension, such as `instance_id`.
    pub dimension: &'static str,
    /// The kind of the resource that its value names.
    pub kind: &'static str,
    /// When this is in the value, the resource's id is what follows it.
    pub id_follows: Option<&'static str>,
}

/// A kind of resources.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResourceKind {
    /// Its name in tag and project calls, such as `ecs`.
    pub name: &'static str,
    /// The service that keeps it, such as `ecs`.
    pub provider: &'static str,
    /// The service's word for it, such as `cloudservers`.
    pub provider_type: &'static str,
    /// What people call it.
    pub title: &'static str,
}

/// The kinds and products that are known.
#[derive(Clone, Copy, Debug, Default)]
pub struct Catalogue {
    /// Kinds. The first product of a kind is how a resource is entered that has no series yet.
    pub kinds: &'static [ResourceKind],
    /// Products, those of one namespace in the order in which they are tried.
    pub products: &'static [Product],
    /// The kind of everything that shows itself in a namespace of the users' own.
    pub custom: &'static str,
    /// Dimensions that name a resource in namespaces that are not listed.
    pub naming: &'static [&'static str],
}

impl Catalogue {
    /// The kind of this name.
    pub fn kind(&self, name: &str) -> Option<&'static ResourceKind> {
        self.kinds.iter().find(|kind| kind.name == name)
    }

    /// The kind and the id of the resource that shows itself by such a series, and which of the dimensions names it.
    /// Series come with their dimensions in any order; where nothing is listed a naming dimension counts, or the first by name.
    pub(crate) fn resource_of<'v>(
        &self,
        namespace: &str,
        dimensions: &'v [Dimension],
    ) -> Option<(&'static str, &'v str, usize)> {
        let known = self.products.iter().filter(|known| known.namespace == namespace).find_map(|known| {
            let place = dimensions.iter().position(|one| one.name == known.dimension)?;
            Some((known, place))
        });
        let Some((product, place)) = known else {
            let (place, first) = dimensions
                .iter()
                .enumerate()
                .min_by_key(|(_, one)| (!self.naming.contains(&one.name.as_str()), &one.name))?;
            return Some((self.custom, &first.value, place));
        };
        let value = dimensions[place].value.as_str();
        let id = product.id_follows.and_then(|mark| value.split_once(mark)).map_or(value, |(_, id)| id);
        Some((product.kind, id, place))
    }

    /// The product under which a resource of this kind is entered when nothing else is known of it.
    pub(crate) fn first_product(&self, kind: &str) -> Option<&'static Product> {
        self.products.iter().find(|product| product.kind == kind)
    }

    /// The service that keeps resources of this kind; nothing for those of the users' own.
    pub(crate) fn provider(&self, kind: &str) -> &'static str {
        self.kind(kind).map_or("", |kind| kind.provider)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CATALOGUE: Catalogue = Catalogue {
        kinds: &[],
        products: &[
            Product { namespace: "SYS.ECS", dimension: "instance_id", kind: "ecs", id_follows: None },
            Product {
                namespace: "SYS.EVS",
                dimension: "disk_name",
                kind: "disk",
                id_follows: Some("-volume-"),
            },
        ],
        custom: "custom",
        naming: &["instanceId"],
    };

    #[test]
    fn a_series_names_its_resource() {
        let of = |namespace: &str, pairs: &[(&str, &str)]| {
            let one = |(name, value): &(&str, &str)| Dimension {
                name: (*name).to_owned(),
                value: (*value).to_owned(),
            };
            let dimensions: Vec<Dimension> = pairs.iter().map(one).collect();
            let found = CATALOGUE.resource_of(namespace, &dimensions);
            found.map(|(kind, id, place)| format!("{kind} {id} {place}")).unwrap_or_default()
        };
        assert_eq!(of("SYS.ECS", &[("instance_id", "h1")]), "ecs h1 0");
        assert_eq!(of("SYS.ECS", &[("disk", "sda"), ("instance_id", "h1")]), "ecs h1 1");
        assert_eq!(of("SYS.EVS", &[("disk_name", "h1-volume-v7")]), "disk v7 0");
        assert_eq!(of("SYS.EVS", &[("disk_name", "h1-sda")]), "disk h1-sda 0");
        assert_eq!(of("SHOP.APP", &[("shop", "2"), ("app", "till")]), "custom till 1");
        assert_eq!(of("SHOP.APP", &[("device", "sda"), ("instanceId", "h1")]), "custom h1 1");
        assert_eq!(of("SHOP.APP", &[]), "");
    }
}
