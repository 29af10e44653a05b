//! Which kinds of resources there are, and by which series each shows itself. The words are a cloud's, and so the
//! table comes from that cloud's crate.

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
}

impl Catalogue {
    /// The kind of this name.
    pub fn kind(&self, name: &str) -> Option<&'static ResourceKind> {
        self.kinds.iter().find(|kind| kind.name == name)
    }

    /// The kind and the id of the resource whose series has this first dimension.
    pub(crate) fn resource_of<'v>(
        &self,
        namespace: &str,
        dimension: &str,
        value: &'v str,
    ) -> (&'static str, &'v str) {
        let known =
            self.products.iter().find(|known| known.namespace == namespace && known.dimension == dimension);
        let Some(product) = known else { return (self.custom, value) };
        let id = product.id_follows.and_then(|mark| value.split_once(mark)).map_or(value, |(_, id)| id);
        (product.kind, id)
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
    };

    #[test]
    fn a_series_names_its_resource() {
        assert_eq!(CATALOGUE.resource_of("SYS.ECS", "instance_id", "h1"), ("ecs", "h1"));
        assert_eq!(CATALOGUE.resource_of("SYS.EVS", "disk_name", "h1-volume-v7"), ("disk", "v7"));
        assert_eq!(CATALOGUE.resource_of("SYS.EVS", "disk_name", "h1-sda"), ("disk", "h1-sda"));
        assert_eq!(CATALOGUE.resource_of("SHOP.APP", "app", "till"), ("custom", "till"));
    }
}
