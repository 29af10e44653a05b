//! From a set of resources to members of a group: counted, and found by their place in the list.

use roaring::RoaringBitmap;

use super::partition::{Form, Partition};
use crate::inventory::{Facet, product_of};
use crate::{Level, NamePattern, rule};

/// Which series count as members.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Forms<'f> {
    /// Of this namespace.
    pub(crate) namespace: Option<&'f str>,
    /// Of this product (`namespace,first dimension`).
    pub(crate) product: Option<&'f str>,
    /// With exactly these dimension names, sorted and joined by commas.
    pub(crate) dimension_names: Option<&'f str>,
}

impl Forms<'_> {
    fn take(&self, form: &Form) -> bool {
        self.namespace.is_none_or(|namespace| namespace == form.namespace)
            && self.product.is_none_or(|product| product == form.product)
            && self.dimension_names.is_none_or(|names| names == form.dimension_names)
    }

    /// Whether a facet is of such a form.
    pub(crate) fn take_facet(&self, facet: &Facet) -> bool {
        self.namespace.is_none_or(|namespace| namespace == facet.namespace)
            && self.product.is_none_or(|product| product_of(facet).is_some_and(|own| own == product))
            && self.dimension_names.is_none_or(|names| names == facet.as_member().dimension_names())
    }
}

/// Members of one resource: which part of those that it contributes is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) ordinal: i64,
    pub(crate) skip: u64,
    pub(crate) take: u64,
}

impl Partition {
    /// How many members a set of resources makes.
    pub(crate) fn count(&self, resources: &RoaringBitmap, level: Level, wanted: Forms<'_>) -> u64 {
        match level {
            Level::Dimension => {
                let forms = self.forms.iter().filter(|(_, form)| wanted.take(form));
                forms
                    .map(|(symbol, form)| {
                        let more: u64 = (&form.having_several & resources)
                            .iter()
                            .map(|bit| self.series_of(bit, *symbol).saturating_sub(1))
                            .sum();
                        form.having.intersection_len(resources) + more
                    })
                    .sum()
            }
            Level::Product => self
                .by_product(wanted)
                .into_iter()
                .map(|(_, having)| having.intersection_len(resources))
                .sum(),
        }
    }

    /// How many members a set of resources makes in each namespace, by name.
    pub(crate) fn count_by_namespace(&self, resources: &RoaringBitmap, level: Level) -> Vec<(String, u64)> {
        let mut namespaces: Vec<&str> = self.forms.values().map(|form| form.namespace.as_str()).collect();
        namespaces.sort_unstable();
        namespaces.dedup();
        let counted = namespaces.into_iter().map(|namespace| {
            let wanted = Forms { namespace: Some(namespace), ..Forms::default() };
            (namespace.to_owned(), self.count(resources, level, wanted))
        });
        counted.filter(|(_, members)| *members > 0).collect()
    }

    /// The namespaces in which a set of resources shows itself.
    pub(crate) fn namespaces(&self, resources: &RoaringBitmap) -> u64 {
        let mut found: Vec<&str> = self
            .forms
            .values()
            .filter(|form| !form.having.is_disjoint(resources))
            .map(|form| form.namespace.as_str())
            .collect();
        found.sort_unstable();
        found.dedup();
        found.len() as u64
    }

    /// Where the members from `offset` on are found, at most `limit`, by resources in the order of their entering.
    pub(crate) fn places(
        &self,
        resources: &RoaringBitmap,
        level: Level,
        wanted: Forms<'_>,
        (offset, limit): (u64, u64),
    ) -> Vec<Place> {
        let mut showing = RoaringBitmap::new();
        for form in self.forms.values().filter(|form| wanted.take(form)) {
            showing |= &form.having & resources;
        }
        let total = self.count(resources, level, wanted);
        let (mut pass, mut left) = (offset, limit);
        let mut found = Vec::new();
        // Where each resource is one member, the place in the list is the place in the set.
        let mut from = 0;
        if total == showing.len() {
            let Some(first) = u32::try_from(offset).ok().and_then(|place| showing.select(place)) else {
                return found;
            };
            (from, pass) = (first, 0);
        }
        for bit in showing.range(from..) {
            if left == 0 {
                break;
            }
            let own = self.members_of(bit, level, wanted);
            let skip = pass.min(own);
            let take = left.min(own - skip);
            pass -= skip;
            left -= take;
            if take > 0 {
                found.push(Place { ordinal: i64::from(bit), skip, take });
            }
        }
        found
    }

    /// Those of a set that have series with more than one dimension.
    pub(crate) fn with_deep_forms(&self, resources: &RoaringBitmap, wanted: Forms<'_>) -> RoaringBitmap {
        let mut found = RoaringBitmap::new();
        for form in self.forms.values() {
            if wanted.take(form) && form.dimension_names.contains(',') {
                found |= &form.having & resources;
            }
        }
        found
    }

    /// Those of a set whose names satisfy a pattern; nothing is remembered of it, as a search is seldom repeated.
    pub(crate) fn named_among(&self, resources: &RoaringBitmap, pattern: &NamePattern) -> RoaringBitmap {
        let named =
            |bit: &u32| self.entries.get(*bit).is_some_and(|entry| rule::name_holds(pattern, &entry.name));
        resources.iter().filter(named).collect()
    }

    /// Whether a resource is in a set.
    pub(crate) fn holds(resources: &RoaringBitmap, ordinal: i64) -> bool {
        u32::try_from(ordinal).is_ok_and(|bit| resources.contains(bit))
    }

    fn members_of(&self, bit: u32, level: Level, wanted: Forms<'_>) -> u64 {
        let Some(entry) = self.entries.get(bit) else { return 0 };
        let forms = entry.forms.iter().filter_map(|(symbol, count)| Some((self.forms.get(symbol)?, *count)));
        let wanted_forms = forms.filter(|(form, _)| wanted.take(form));
        match level {
            Level::Dimension => wanted_forms.map(|(_, count)| u64::from(count)).sum(),
            Level::Product => {
                let mut products: Vec<&str> = wanted_forms.map(|(form, _)| form.product.as_str()).collect();
                products.sort_unstable();
                products.dedup();
                products.len() as u64
            }
        }
    }

    fn series_of(&self, bit: u32, form: u32) -> u64 {
        let Some(entry) = self.entries.get(bit) else { return 0 };
        entry.forms.iter().find(|(known, _)| *known == form).map_or(0, |(_, count)| u64::from(*count))
    }

    fn by_product(&self, wanted: Forms<'_>) -> Vec<(&str, RoaringBitmap)> {
        let mut products: Vec<(&str, RoaringBitmap)> = Vec::new();
        for form in self.forms.values().filter(|form| wanted.take(form)) {
            match products.iter_mut().find(|(product, _)| *product == form.product) {
                Some((_, having)) => *having |= &form.having,
                None => products.push((&form.product, form.having.clone())),
            }
        }
        products
    }
}
