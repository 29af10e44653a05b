//! The members of a group, whether put in by hand or selected by its rule: counted, listed, and asked for one by one.

use std::collections::{BTreeMap, HashSet};

use muster_core::{Error, Page, PageRequest, Result};
use muster_db::Tx;
use roaring::RoaringBitmap;

use crate::index::{Forms, Partition, Place};
use crate::inventory::store as inventory;
use crate::inventory::{Facet, Resource, Tag, changes, product_of};
use crate::model::{
    Group, Kind, Level, Member, MemberFilter, NamePattern, Operator, Scope, TagCondition, joined_names,
};
use crate::{DEFAULT_ENTERPRISE_PROJECT, Health, Service, Statistics, store};

/// A member with what the inventory knows of its resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedMember {
    /// The number of its resource; nothing for one that stands for several, or that nobody knows.
    pub resource_id: Option<i64>,
    /// The member.
    pub member: Member,
    /// The tags of its resource, sorted by key.
    pub tags: Vec<Tag>,
    /// The enterprise project of its resource.
    pub enterprise_project_id: String,
}

impl Service {
    /// The members of each of these groups, counted; in their order.
    ///
    /// # Errors
    /// Those of the store.
    pub fn statistics(&self, tx: &mut Tx<'_>, scope: Scope<'_>, groups: &[Group]) -> Result<Vec<Statistics>> {
        let mut counted = groups
            .iter()
            .map(|group| match group.kind {
                Kind::Manual => store::statistics(tx, group.id),
                Kind::Mixed if group.rule.names.is_empty() => store::statistics(tx, group.id),
                Kind::Mixed => {
                    let members =
                        self.members_by_hand_and_rule(tx, scope, group, &MemberFilter::default())?;
                    Ok(Statistics {
                        total: members.len() as u64,
                        namespaces: by_namespace(&members).len() as u64,
                        ..Statistics::default()
                    })
                }
                _ => self.index.ask(tx, scope, &self.catalogue, |index| {
                    let selected = index.select(group.kind, &group.rule);
                    count(index, &selected, group.level)
                }),
            })
            .collect::<Result<Vec<Statistics>>>()?;
        self.look_at_groups(tx, scope, groups, &mut counted)?;
        Ok(counted)
    }

    /// For a group that follows enterprise projects: the members that come from each of them, counted.
    ///
    /// # Errors
    /// Those of the store.
    pub fn statistics_by_enterprise_project(
        &self,
        tx: &mut Tx<'_>,
        scope: Scope<'_>,
        group: &Group,
    ) -> Result<Vec<(String, Statistics)>> {
        if group.kind != Kind::EnterpriseProjects {
            return Ok(Vec::new());
        }
        let mut parts = self.index.ask(tx, scope, &self.catalogue, |index| {
            let selected = index.select(group.kind, &group.rule);
            let part = |id: &String| {
                let own = &selected & index.of_enterprise_project(id);
                let counted = count(index, &own, group.level);
                (id.clone(), own, counted)
            };
            group.rule.enterprise_projects.iter().map(part).collect::<Vec<_>>()
        })?;
        for (_, own, counted) in &mut parts {
            self.look_at_part(tx, scope, group, std::mem::take(own), counted)?;
        }
        Ok(parts.into_iter().map(|(id, _, counted)| (id, counted)).collect())
    }

    /// Members of one of Cloud Eye's groups. Those put in by hand are sorted by namespace and dimensions; those selected by a rule come
    /// in the order in which their resources were first heard of, which pages keep while others join.
    ///
    /// # Errors
    /// [`Error::NotFound`] of `resource group`.
    pub fn list_members(
        &self,
        tx: &mut Tx<'_>,
        scope: Scope<'_>,
        id: i64,
        filter: &MemberFilter,
        page: PageRequest,
    ) -> Result<Page<ListedMember>> {
        let group = self.get_group(tx, scope, id)?;
        self.members_of_group(tx, scope, &group, filter, page)
    }

    /// Members of a group, in the order of [`Service::list_members`]; of both sorts, those put in by hand come first.
    ///
    /// # Errors
    /// Those of the store.
    pub fn members_of_group(
        &self,
        tx: &mut Tx<'_>,
        scope: Scope<'_>,
        group: &Group,
        filter: &MemberFilter,
        page: PageRequest,
    ) -> Result<Page<ListedMember>> {
        if filter.health.is_some() || filter.event_health.is_some() {
            return Ok(cut(self.members_that_stand_so(tx, scope, group, filter)?, page));
        }
        match (group.kind, &filter.dimension_value) {
            (Kind::Manual, _) => Ok(cut(manual_members(tx, scope, group.id, filter)?, page)),
            (Kind::Mixed, _) => Ok(cut(self.members_by_hand_and_rule(tx, scope, group, filter)?, page)),
            (_, Some(value)) => Ok(cut(self.members_with_value(tx, scope, group, filter, value)?, page)),
            (_, None) => self.selected_members(tx, scope, group, filter, page),
        }
    }

    /// Those whose health is wanted. Whoever is in alarm is found without a look at the others.
    fn members_that_stand_so(
        &self,
        tx: &mut Tx<'_>,
        scope: Scope<'_>,
        group: &Group,
        filter: &MemberFilter,
    ) -> Result<Vec<ListedMember>> {
        let any = MemberFilter { health: None, event_health: None, ..filter.clone() };
        let in_alarm = [filter.health, filter.event_health].contains(&Some(Health::Unhealthy));
        let members = if in_alarm && !group.kind.takes_members() && filter.dimension_value.is_none() {
            let names = dimension_names(filter);
            let forms = forms(filter, names.as_deref());
            let mut found = self.ordinals_in_alarm(tx, scope)?;
            self.index.ask(tx, scope, &self.catalogue, |index| found &= select(index, group, &any))?;
            let mut members = Vec::new();
            for ordinal in found {
                members.extend(members_of(tx, scope, group.level, i64::from(ordinal), forms)?);
            }
            members
        } else {
            self.members_of_group(tx, scope, group, &any, PageRequest::ALL)?.items
        };
        let health = self.health_of_members(tx, scope, group, &members)?;
        let wanted = |health: (Health, Health)| {
            filter.health.is_none_or(|wanted| wanted == health.0)
                && filter.event_health.is_none_or(|wanted| wanted == health.1)
        };
        Ok(members
            .into_iter()
            .zip(health)
            .filter(|(_, health)| wanted(*health))
            .map(|(one, _)| one)
            .collect())
    }

    /// The members of a group, counted by namespace.
    ///
    /// # Errors
    /// Those of the store.
    pub fn members_by_namespace(
        &self,
        tx: &mut Tx<'_>,
        scope: Scope<'_>,
        group: &Group,
    ) -> Result<Vec<(String, u64)>> {
        if group.kind.takes_members() {
            let members = self.members_by_hand_and_rule(tx, scope, group, &MemberFilter::default())?;
            return Ok(by_namespace(&members).into_iter().collect());
        }
        self.index.ask(tx, scope, &self.catalogue, |index| {
            let selected = index.select(group.kind, &group.rule);
            index.count_by_namespace(&selected, group.level)
        })
    }

    /// Numbers that are others when the members of a group may be others; nothing when there is no such group. For
    /// whoever follows many groups.
    ///
    /// # Errors
    /// Those of the store.
    pub fn members_revision(&self, tx: &mut Tx<'_>, scope: Scope<'_>, id: i64) -> Result<Option<[i64; 3]>> {
        let Some(group) = store::get_group(tx, scope, id)? else { return Ok(None) };
        let members = match group.kind.takes_members() {
            true => i64::try_from(store::count_members(tx, id)?).map_err(Error::internal)?,
            false => 0,
        };
        Ok(Some([group.updated_at.millis(), members, changes::counters(tx, scope)?.changes]))
    }

    /// Whether a group holds the resource that shows itself so.
    ///
    /// # Errors
    /// Those of the store.
    pub fn holds(&self, tx: &mut Tx<'_>, scope: Scope<'_>, group: &Group, facet: &Facet) -> Result<bool> {
        let member = facet.as_member();
        if group.kind.takes_members() && store::has_member(tx, group.id, &member)? {
            return Ok(true);
        }
        if group.kind == Kind::Manual {
            return Ok(false);
        }
        let Some(known) = inventory::by_facet(tx, scope, &facet.namespace, &member.identity())? else {
            return Ok(false);
        };
        self.index.ask(tx, scope, &self.catalogue, |index| {
            Partition::holds(&index.select(group.kind, &group.rule), known.ordinal)
        })
    }

    /// Those put in by hand, and those that the rule selects besides.
    pub(crate) fn members_by_hand_and_rule(
        &self,
        tx: &mut Tx<'_>,
        scope: Scope<'_>,
        group: &Group,
        filter: &MemberFilter,
    ) -> Result<Vec<ListedMember>> {
        let mut members = manual_members(tx, scope, group.id, filter)?;
        if group.rule.names.is_empty() {
            return Ok(members);
        }
        let selected = match &filter.dimension_value {
            Some(value) => self.members_with_value(tx, scope, group, filter, value)?,
            None => self.selected_members(tx, scope, group, filter, PageRequest::ALL)?.items,
        };
        let identity = |one: &ListedMember| (one.member.namespace.clone(), one.member.identity());
        let by_hand: HashSet<_> = members.iter().map(identity).collect();
        members.extend(selected.into_iter().filter(|one| !by_hand.contains(&identity(one))));
        Ok(members)
    }

    /// What the resource that shows itself so is called, where it is known.
    ///
    /// # Errors
    /// Those of the store.
    pub fn name_of(&self, tx: &mut Tx<'_>, scope: Scope<'_>, facet: &Facet) -> Result<Option<String>> {
        let known = inventory::by_facet(tx, scope, &facet.namespace, &facet.as_member().identity())?;
        Ok(known.map(|known| known.resource.name))
    }

    fn selected_members(
        &self,
        tx: &mut Tx<'_>,
        scope: Scope<'_>,
        group: &Group,
        filter: &MemberFilter,
        page: PageRequest,
    ) -> Result<Page<ListedMember>> {
        let names = dimension_names(filter);
        let forms = forms(filter, names.as_deref());
        let (total, places) = self.index.ask(tx, scope, &self.catalogue, |index| {
            let found = select(index, group, filter);
            let places = index.places(&found, group.level, forms, (page.offset, page.limit));
            (index.count(&found, group.level, forms), places)
        })?;
        let mut items = Vec::new();
        for Place { ordinal, skip, take } in places {
            let own = members_of(tx, scope, group.level, ordinal, forms)?;
            let (skip, take) = (usize::try_from(skip), usize::try_from(take));
            let (skip, take) = (skip.map_err(Error::internal)?, take.map_err(Error::internal)?);
            items.extend(own.into_iter().skip(skip).take(take));
        }
        Ok(Page { items, total })
    }

    /// Few resources have a dimension of one value, so all of them are looked at.
    fn members_with_value(
        &self,
        tx: &mut Tx<'_>,
        scope: Scope<'_>,
        group: &Group,
        filter: &MemberFilter,
        value: &str,
    ) -> Result<Vec<ListedMember>> {
        let names = dimension_names(filter);
        let forms = forms(filter, names.as_deref());
        let mut ordinals = inventory::ordinals_with_value(tx, scope, value)?;
        self.index.ask(tx, scope, &self.catalogue, |index| {
            let found = select(index, group, filter);
            ordinals.retain(|ordinal| Partition::holds(&found, *ordinal));
            // A value of a deeper dimension, such as a mount point, is in no index of the store.
            let deep = index.with_deep_forms(&found, forms);
            ordinals.extend(deep.iter().map(i64::from));
        })?;
        ordinals.sort_unstable();
        ordinals.dedup();
        let mut members = Vec::new();
        for ordinal in ordinals {
            let own = members_of(tx, scope, group.level, ordinal, forms)?;
            members.extend(
                own.into_iter().filter(|one| one.member.dimensions.iter().any(|part| part.value == value)),
            );
        }
        Ok(members)
    }
}

fn by_namespace(members: &[ListedMember]) -> BTreeMap<String, u64> {
    let mut counted = BTreeMap::new();
    for one in members {
        *counted.entry(one.member.namespace.clone()).or_default() += 1;
    }
    counted
}

fn count(index: &Partition, resources: &RoaringBitmap, level: Level) -> Statistics {
    Statistics {
        total: index.count(resources, level, Forms::default()),
        namespaces: index.namespaces(resources),
        ..Statistics::default()
    }
}

fn select(index: &mut Partition, group: &Group, filter: &MemberFilter) -> RoaringBitmap {
    let mut found = index.select(group.kind, &group.rule);
    if let Some(id) = &filter.enterprise_project_id {
        found &= index.of_enterprise_project(id);
    }
    if let Some((key, value)) = &filter.tag {
        let operator = if value.is_empty() { Operator::Any } else { Operator::Equal };
        found &= index.with_tag(&TagCondition { key: key.clone(), operator, value: value.clone() });
    }
    if let Some(text) = &filter.resource_name_contains {
        let pattern = NamePattern { text: text.clone(), operator: Operator::Contains, ignore_case: false };
        found = index.named_among(&found, &pattern);
    }
    found
}

fn dimension_names(filter: &MemberFilter) -> Option<String> {
    filter.dimension_names.as_ref().map(|names| joined_names(names.iter().map(String::as_str)))
}

fn forms<'f>(filter: &'f MemberFilter, dimension_names: Option<&'f str>) -> Forms<'f> {
    Forms { namespace: filter.namespace.as_deref(), product: filter.product.as_deref(), dimension_names }
}

/// The members that one resource contributes, in their order.
fn members_of(
    tx: &mut Tx<'_>,
    scope: Scope<'_>,
    level: Level,
    ordinal: i64,
    forms: Forms<'_>,
) -> Result<Vec<ListedMember>> {
    // A resource that went away since the index was asked.
    let Some(known) = inventory::by_ordinal(tx, scope, ordinal)? else { return Ok(Vec::new()) };
    let resource = Resource { tags: inventory::tags(tx, known.resource.id)?, ..known.resource };
    let facets = inventory::facets(tx, resource.id)?;
    let mut wanted: Vec<Facet> = facets.into_iter().filter(|facet| forms.take_facet(facet)).collect();
    if level == Level::Product {
        wanted.dedup_by_key(|facet| product_of(facet));
        for facet in &mut wanted {
            facet.dimensions.truncate(1);
        }
    }
    let listed = wanted.into_iter().map(|facet| ListedMember {
        resource_id: Some(resource.id),
        member: Member {
            product: product_of(&facet).filter(|_| level == Level::Product),
            resource_name: Some(resource.name.clone()),
            ..facet.as_member()
        },
        tags: resource.tags.clone(),
        enterprise_project_id: resource.enterprise_project_id.clone(),
    });
    Ok(listed.collect())
}

fn manual_members(
    tx: &mut Tx<'_>,
    scope: Scope<'_>,
    group_id: i64,
    filter: &MemberFilter,
) -> Result<Vec<ListedMember>> {
    let mut listed = Vec::new();
    for member in store::members(tx, group_id, filter)? {
        let known = inventory::by_facet(tx, scope, &member.namespace, &member.identity())?;
        let one = match known {
            Some(known) => ListedMember {
                resource_id: Some(known.resource.id),
                tags: inventory::tags(tx, known.resource.id)?,
                enterprise_project_id: known.resource.enterprise_project_id,
                member,
            },
            None => ListedMember {
                resource_id: None,
                member,
                tags: Vec::new(),
                enterprise_project_id: DEFAULT_ENTERPRISE_PROJECT.to_owned(),
            },
        };
        let of_project = filter.enterprise_project_id.as_ref();
        let tagged = filter.tag.as_ref();
        if of_project.is_none_or(|id| *id == one.enterprise_project_id)
            && tagged.is_none_or(|(key, value)| {
                one.tags.iter().any(|tag| tag.key == *key && (value.is_empty() || tag.value == *value))
            })
        {
            listed.push(one);
        }
    }
    Ok(listed)
}

pub(crate) fn cut<T>(all: Vec<T>, page: PageRequest) -> Page<T> {
    let total = all.len() as u64;
    let skip = usize::try_from(page.offset).unwrap_or(usize::MAX);
    let take = usize::try_from(page.limit).unwrap_or(usize::MAX);
    Page { items: all.into_iter().skip(skip).take(take).collect(), total }
}
