//! What callers may ask of the inventory.

use std::collections::{BTreeMap, HashMap};

use muster_core::{Error, Page, PageRequest, Result};
use muster_db::Tx;

use super::changes::{self, Change};
use super::model::{Facet, NewResource, Resource, ResourceFilter, ResourceRef, Sighting, Tag, TagPattern};
use super::store::{self, Known};
use crate::enterprise_projects::DEFAULT_ENTERPRISE_PROJECT;
use crate::model::{Dimension, Scope};
use crate::{Group, Service, Subject, rule};

/// A resource shows itself all the time; that is written down once an hour.
const SEEN_EXACT_TO_MS: i64 = 60 * 60 * 1000;

const WHAT: &str = "resource";

impl Service {
    /// Takes note of resources that showed themselves: who is new is entered, who is not is known to live.
    ///
    /// # Errors
    /// [`Error::Quota`] when the project is full; [`Error::Invalid`] for a facet without dimensions.
    pub fn sight(&self, tx: &mut Tx<'_>, scope: Scope<'_>, sightings: &[Sighting]) -> Result<()> {
        let mut changes = Vec::new();
        for sighting in sightings {
            let facet = &sighting.facet;
            let named = self.catalogue.resource_of(&facet.namespace, &facet.dimensions);
            let Some((kind, external_id, place)) = named else {
                return Err(Error::invalid("dimensions", "must have at least one"));
            };
            let identity = facet.as_member().identity();
            if let Some(mut known) = store::by_facet(tx, scope, &facet.namespace, &identity)? {
                if self.touch(tx, &mut known, sighting.name.as_deref())? {
                    changes.push(Change::of_resource(known.ordinal));
                }
                continue;
            }
            let one = ResourceRef { kind, external_id };
            let mut known = match store::find(tx, scope, one)? {
                Some(known) => known,
                None => self.enter(tx, scope, one)?,
            };
            self.touch(tx, &mut known, sighting.name.as_deref())?;
            // The dimension that names the resource stands first: it tells the product.
            let mut facet = facet.clone();
            facet.dimensions[..=place].rotate_right(1);
            store::insert_facet(tx, scope, known.resource.id, &facet)?;
            changes.push(Change::of_resource(known.ordinal));
        }
        record(tx, scope, changes)
    }

    /// Enters resources with all that is known of them. One that is there already gets the name, project and tags
    /// that are given, and keeps its other tags. How many were new.
    ///
    /// # Errors
    /// [`Error::Quota`]; [`Error::Invalid`] for tags; [`Error::NotFound`] of `enterprise project`.
    pub fn import(&self, tx: &mut Tx<'_>, scope: Scope<'_>, resources: &[NewResource]) -> Result<u64> {
        let (mut changes, mut entered) = (Vec::new(), 0);
        for new in resources {
            check_tags(&new.tags)?;
            let one = ResourceRef { kind: &new.kind, external_id: &new.external_id };
            let mut known = match store::find(tx, scope, one)? {
                Some(known) => known,
                None => {
                    entered += 1;
                    self.enter_with_first_facet(tx, scope, one)?
                }
            };
            let resource = &mut known.resource;
            if !new.name.is_empty() {
                resource.name.clone_from(&new.name);
            }
            if !new.enterprise_project_id.is_empty() {
                self.get_enterprise_project(tx, scope.account_id, &new.enterprise_project_id)?;
                resource.enterprise_project_id.clone_from(&new.enterprise_project_id);
            }
            resource.last_seen = tx.now();
            store::update(tx, resource)?;
            self.set_tags(tx, scope, &known, &new.tags)?;
            changes.push(Change::of_resource(known.ordinal));
        }
        record(tx, scope, changes)?;
        Ok(entered)
    }

    /// Gives a resource these tags beside those it has; one that is not known becomes known.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a key without characters, [`Error::Quota`] of `tags of a resource`,
    /// [`Error::NotFound`] for a kind that is not in the catalogue.
    pub fn tag(&self, tx: &mut Tx<'_>, scope: Scope<'_>, one: ResourceRef<'_>, tags: &[Tag]) -> Result<()> {
        check_tags(tags)?;
        let known = self.known_or_entered(tx, scope, one)?;
        if self.set_tags(tx, scope, &known, tags)? {
            changes::record(tx, scope, &[Change::of_resource(known.ordinal)])?;
        }
        Ok(())
    }

    /// Takes tags from a resource. Those that it does not have are passed over.
    ///
    /// # Errors
    /// [`Error::NotFound`] of `resource`.
    pub fn untag(
        &self,
        tx: &mut Tx<'_>,
        scope: Scope<'_>,
        one: ResourceRef<'_>,
        tags: &[TagPattern],
    ) -> Result<()> {
        let known = store::find(tx, scope, one)?.ok_or_else(|| not_found(one))?;
        let mut changed = false;
        for tag in tags {
            changed |= store::delete_tag(tx, known.resource.id, &tag.key, tag.value.as_deref())?;
        }
        if changed {
            changes::record(tx, scope, &[Change::of_resource(known.ordinal)])?;
        }
        Ok(())
    }

    /// Hands a resource over to another enterprise project of the account; one that is not known becomes known.
    ///
    /// # Errors
    /// [`Error::NotFound`] of `enterprise project`, or for a kind that is not in the catalogue; [`Error::Conflict`] of
    /// `enterprise project is disabled`.
    pub fn move_resource(
        &self,
        tx: &mut Tx<'_>,
        scope: Scope<'_>,
        one: ResourceRef<'_>,
        enterprise_project_id: &str,
    ) -> Result<()> {
        let target = self.enabled_enterprise_project(tx, scope.account_id, enterprise_project_id)?;
        let mut known = self.known_or_entered(tx, scope, one)?;
        if known.resource.enterprise_project_id == target.id {
            return Ok(());
        }
        known.resource.enterprise_project_id = target.id;
        store::update(tx, &known.resource)?;
        changes::record(tx, scope, &[Change::of_resource(known.ordinal)])
    }

    /// Names a resource; one that is not known becomes known.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a kind that is not in the catalogue.
    pub fn rename_resource(
        &self,
        tx: &mut Tx<'_>,
        scope: Scope<'_>,
        one: ResourceRef<'_>,
        name: &str,
    ) -> Result<()> {
        let mut known = self.known_or_entered(tx, scope, one)?;
        if self.touch(tx, &mut known, Some(name))? {
            changes::record(tx, scope, &[Change::of_resource(known.ordinal)])?;
        }
        Ok(())
    }

    /// One resource with its tags.
    ///
    /// # Errors
    /// [`Error::NotFound`] of `resource`.
    pub fn get_resource(&self, tx: &mut Tx<'_>, scope: Scope<'_>, one: ResourceRef<'_>) -> Result<Resource> {
        let known = store::find(tx, scope, one)?.ok_or_else(|| not_found(one))?;
        with_tags(tx, known.resource)
    }

    /// One resource of the account by its number, with its tags.
    ///
    /// # Errors
    /// [`Error::NotFound`] of `resource`.
    pub fn get_resource_by_id(&self, tx: &mut Tx<'_>, account_id: &str, id: i64) -> Result<Resource> {
        let known = store::get(tx, account_id, id)?.ok_or_else(|| Error::not_found(WHAT, id.to_string()))?;
        with_tags(tx, known.resource)
    }

    /// How a resource shows itself: its series' namespaces and dimensions.
    ///
    /// # Errors
    /// [`Error::NotFound`] of `resource`.
    pub fn facets(&self, tx: &mut Tx<'_>, scope: Scope<'_>, one: ResourceRef<'_>) -> Result<Vec<Facet>> {
        let known = store::find(tx, scope, one)?.ok_or_else(|| not_found(one))?;
        store::facets(tx, known.resource.id)
    }

    /// Resources of an account with their tags, the first entered first.
    ///
    /// # Errors
    /// Those of the store.
    pub fn list_resources(
        &self,
        tx: &mut Tx<'_>,
        account_id: &str,
        filter: &ResourceFilter,
        page: PageRequest,
    ) -> Result<Page<Resource>> {
        let found = store::list(tx, account_id, filter, page)?;
        let items = found.items.into_iter().map(|resource| with_tags(tx, resource)).collect::<Result<_>>()?;
        Ok(Page { items, total: found.total })
    }

    /// The tags that resources of the account have, each pair of key and value once, after `after` in their order.
    ///
    /// # Errors
    /// Those of the store.
    pub fn tags_in_use(
        &self,
        tx: &mut Tx<'_>,
        account_id: &str,
        key: Option<&str>,
        after: Option<(&str, &str)>,
        limit: u32,
    ) -> Result<Vec<Tag>> {
        store::tags_in_use(tx, account_id, key, after, limit)
    }

    /// The keys of these tags, after `after` in their order.
    ///
    /// # Errors
    /// Those of the store.
    pub fn tag_keys_in_use(
        &self,
        tx: &mut Tx<'_>,
        account_id: &str,
        after: &str,
        limit: u32,
    ) -> Result<Vec<String>> {
        store::keys_in_use(tx, account_id, after, limit)
    }

    /// The groups that hold a resource, by hand or by rule, in the order of their ids.
    ///
    /// # Errors
    /// [`Error::NotFound`] of `resource`.
    pub fn groups_of_resource(
        &self,
        tx: &mut Tx<'_>,
        scope: Scope<'_>,
        one: ResourceRef<'_>,
    ) -> Result<Vec<Group>> {
        let known = store::find(tx, scope, one)?.ok_or_else(|| not_found(one))?;
        let facets = store::facets(tx, known.resource.id)?;
        let resource = with_tags(tx, known.resource)?;
        let mut groups = BTreeMap::new();
        for facet in &facets {
            for group in crate::store::groups_with_member(tx, scope, &facet.as_member())? {
                groups.insert(group.id, group);
            }
        }
        if !facets.is_empty() {
            let products: Vec<String> = facets.iter().filter_map(product_of).collect();
            let products: Vec<&str> = products.iter().map(String::as_str).collect();
            let tags: Vec<(&str, &str)> =
                resource.tags.iter().map(|tag| (tag.key.as_str(), tag.value.as_str())).collect();
            let subject = Subject {
                name: &resource.name,
                enterprise_project_id: &resource.enterprise_project_id,
                provider: self.catalogue.provider(&resource.kind),
                products: &products,
                tags: &tags,
            };
            for id in self.index.candidates(tx, scope, &self.catalogue, &subject)? {
                // The index may be a moment ahead or behind; the row decides.
                let Some(group) = crate::store::get_group(tx, scope, id)? else { continue };
                if rule::selects(group.kind, &group.rule, &subject) {
                    groups.insert(group.id, group);
                }
            }
        }
        Ok(groups.into_values().collect())
    }

    /// Notes that a resource lives, and its name if it has another one now; whether rules see a difference.
    fn touch(&self, tx: &mut Tx<'_>, known: &mut Known, name: Option<&str>) -> Result<bool> {
        let resource = &mut known.resource;
        let renamed = name.is_some_and(|name| !name.is_empty() && name != resource.name);
        if let Some(name) = name.filter(|_| renamed) {
            name.clone_into(&mut resource.name);
        }
        let now = tx.now();
        if renamed || now.millis() - resource.last_seen.millis() >= SEEN_EXACT_TO_MS {
            resource.last_seen = now;
            store::update(tx, resource)?;
        }
        Ok(renamed)
    }

    fn known_or_entered(&self, tx: &mut Tx<'_>, scope: Scope<'_>, one: ResourceRef<'_>) -> Result<Known> {
        match store::find(tx, scope, one)? {
            Some(known) => Ok(known),
            None if one.kind != self.catalogue.custom && self.catalogue.kind(one.kind).is_none() => {
                Err(Error::not_found("resource kind", one.kind))
            }
            None => {
                let known = self.enter_with_first_facet(tx, scope, one)?;
                changes::record(tx, scope, &[Change::of_resource(known.ordinal)])?;
                Ok(known)
            }
        }
    }

    /// Enters a resource that was only named: it shows itself as the resources of its kind do first.
    fn enter_with_first_facet(
        &self,
        tx: &mut Tx<'_>,
        scope: Scope<'_>,
        one: ResourceRef<'_>,
    ) -> Result<Known> {
        let known = self.enter(tx, scope, one)?;
        if let Some(product) = self.catalogue.first_product(one.kind) {
            let dimension =
                Dimension { name: product.dimension.to_owned(), value: one.external_id.to_owned() };
            let facet = Facet { namespace: product.namespace.to_owned(), dimensions: vec![dimension] };
            store::insert_facet(tx, scope, known.resource.id, &facet)?;
        }
        Ok(known)
    }

    fn enter(&self, tx: &mut Tx<'_>, scope: Scope<'_>, one: ResourceRef<'_>) -> Result<Known> {
        let known = Known {
            ordinal: changes::next_ordinal(tx, scope, self.limits.resources_per_project)?,
            resource: Resource {
                id: tx.new_id()?,
                project_id: scope.project_id.to_owned(),
                kind: one.kind.to_owned(),
                external_id: one.external_id.to_owned(),
                name: one.external_id.to_owned(),
                enterprise_project_id: DEFAULT_ENTERPRISE_PROJECT.to_owned(),
                tags: Vec::new(),
                first_seen: tx.now(),
                last_seen: tx.now(),
            },
        };
        store::insert(tx, scope.account_id, &known)?;
        Ok(known)
    }

    fn set_tags(&self, tx: &mut Tx<'_>, scope: Scope<'_>, known: &Known, tags: &[Tag]) -> Result<bool> {
        let mut changed = false;
        for tag in tags {
            changed |= store::set_tag(tx, scope.account_id, known.resource.id, tag)?;
        }
        let limit = self.limits.tags_per_resource;
        if changed && store::tags(tx, known.resource.id)?.len() as u64 > limit {
            return Err(Error::Quota { what: "tags of a resource", limit });
        }
        Ok(changed)
    }
}

/// The product that a facet shows: its namespace and first dimension.
pub(crate) fn product_of(facet: &Facet) -> Option<String> {
    facet.dimensions.first().map(|first| format!("{},{}", facet.namespace, first.name))
}

fn record(tx: &mut Tx<'_>, scope: Scope<'_>, mut changes: Vec<Change>) -> Result<()> {
    changes.sort_unstable();
    changes.dedup();
    changes::record(tx, scope, &changes)
}

fn with_tags(tx: &mut Tx<'_>, resource: Resource) -> Result<Resource> {
    Ok(Resource { tags: store::tags(tx, resource.id)?, ..resource })
}

fn check_tags(tags: &[Tag]) -> Result<()> {
    let mut seen = HashMap::new();
    for tag in tags {
        if tag.key.is_empty() {
            return Err(Error::invalid("tag key", "must not be empty"));
        }
        if seen.insert(&tag.key, &tag.value).is_some_and(|other| *other != tag.value) {
            return Err(Error::invalid("tags", format!("the key {} is given twice", tag.key)));
        }
    }
    Ok(())
}

fn not_found(one: ResourceRef<'_>) -> Error {
    Error::not_found(WHAT, one.external_id)
}
