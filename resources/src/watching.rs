//! How groups and their members stand, as whoever watches them says.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::Arc;

use muster_core::Result;
use muster_db::Tx;
use roaring::RoaringBitmap;

use crate::index::{Forms, Partition};
use crate::inventory::store as inventory;
use crate::inventory::{Facet, product_of};
use crate::model::{Dimension, Group, Level, Member, MemberFilter, Scope, joined_names};
use crate::{Health, ListedMember, Service, Statistics, store};

/// Whoever watches resources. Its rules aim at them; it is asked in the transaction of the answer.
pub trait Watch: fmt::Debug + Send + Sync {
    /// What the rules of a project that are switched on cover, and which series are in alarm.
    ///
    /// # Errors
    /// Those of the store.
    fn watching(&self, tx: &mut Tx<'_>, scope: Scope<'_>) -> Result<Watching>;
}

/// What is covered, and what of it is in alarm.
#[derive(Clone, Debug, Default)]
pub struct Watching {
    /// What rules cover.
    pub covers: Arc<Vec<Cover>>,
    /// Series in alarm.
    pub in_alarm: Vec<InAlarm>,
}

/// A part of what rules cover.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cover {
    /// Whether it is about events; else it is about metrics.
    pub is_event: bool,
    /// Of this namespace; nothing for any.
    pub namespace: Option<String>,
    /// Only with dimensions of exactly these names, sorted.
    pub dimension_names: Option<Vec<String>>,
    /// Which of them.
    pub what: Covered,
}

/// Which resources of a namespace are covered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Covered {
    /// All.
    All,
    /// The members of a group, by its number.
    Group(i64),
    /// Those with one of these sets of dimensions.
    Exactly(Vec<Vec<Dimension>>),
}

/// A series in alarm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InAlarm {
    /// Whether an event was the cause.
    pub is_event: bool,
    /// The series.
    pub facet: Facet,
}

/// Who is in a group: a set of resources, or members one by one.
enum Selected {
    Resources(RoaringBitmap),
    Members(Vec<Member>),
}

/// What one answer needs to know, read once.
struct Picture<'s> {
    service: &'s Service,
    scope: Scope<'s>,
    covers: Arc<Vec<Cover>>,
    /// Each with the ordinal of its resource.
    alarms: Vec<(InAlarm, Option<i64>)>,
    /// Groups that were looked up, by number.
    groups: HashMap<i64, Option<Arc<Selected>>>,
}

impl Service {
    /// Says of each group how it stands.
    pub(crate) fn look_at_groups(
        &self,
        tx: &mut Tx<'_>,
        scope: Scope<'_>,
        groups: &[Group],
        counted: &mut [Statistics],
    ) -> Result<()> {
        let Some(mut picture) = Picture::of(self, tx, scope)? else { return Ok(()) };
        for (group, statistics) in groups.iter().zip(counted) {
            if statistics.total > 0 {
                let selected = picture.selected(tx, group)?;
                picture.fill(tx, group, &selected, statistics)?;
            }
        }
        Ok(())
    }

    /// Says of the resources that a group has from one place how they stand.
    pub(crate) fn look_at_part(
        &self,
        tx: &mut Tx<'_>,
        scope: Scope<'_>,
        group: &Group,
        part: RoaringBitmap,
        statistics: &mut Statistics,
    ) -> Result<()> {
        match Picture::of(self, tx, scope)? {
            Some(mut picture) => picture.fill(tx, group, &Selected::Resources(part), statistics),
            None => Ok(()),
        }
    }

    /// How members of a group stand, by metric rules and by event rules, in their order.
    ///
    /// # Errors
    /// Those of the store.
    pub fn health_of_members(
        &self,
        tx: &mut Tx<'_>,
        scope: Scope<'_>,
        group: &Group,
        members: &[ListedMember],
    ) -> Result<Vec<(Health, Health)>> {
        let Some(mut picture) = Picture::of(self, tx, scope)? else {
            return Ok(vec![(Health::NotWatched, Health::NotWatched); members.len()]);
        };
        let mut found = Vec::with_capacity(members.len());
        for listed in members {
            let mut of = |is_event| picture.of_member(tx, group, &listed.member, is_event);
            found.push((of(false)?, of(true)?));
        }
        Ok(found)
    }

    /// The ordinals of the resources that have series in alarm.
    pub(crate) fn ordinals_in_alarm(&self, tx: &mut Tx<'_>, scope: Scope<'_>) -> Result<RoaringBitmap> {
        let Some(picture) = Picture::of(self, tx, scope)? else { return Ok(RoaringBitmap::new()) };
        let ordinals = picture.alarms.iter().filter_map(|(_, ordinal)| u32::try_from((*ordinal)?).ok());
        Ok(ordinals.collect())
    }
}

impl<'s> Picture<'s> {
    /// Nothing when nobody watches anything.
    fn of(service: &'s Service, tx: &mut Tx<'_>, scope: Scope<'s>) -> Result<Option<Self>> {
        let Some(watch) = &service.watch else { return Ok(None) };
        let Watching { covers, in_alarm } = watch.watching(tx, scope)?;
        if covers.is_empty() {
            return Ok(None);
        }
        let mut alarms = Vec::with_capacity(in_alarm.len());
        for alarm in in_alarm {
            let ordinal = ordinal_of(tx, scope, &alarm.facet)?;
            alarms.push((alarm, ordinal));
        }
        Ok(Some(Self { service, scope, covers, alarms, groups: HashMap::new() }))
    }

    fn selected(&self, tx: &mut Tx<'_>, group: &Group) -> Result<Selected> {
        let service = self.service;
        if group.kind.takes_members() {
            let all = service.members_by_hand_and_rule(tx, self.scope, group, &MemberFilter::default())?;
            return Ok(Selected::Members(all.into_iter().map(|listed| listed.member).collect()));
        }
        let select = |index: &mut Partition| index.select(group.kind, &group.rule);
        Ok(Selected::Resources(service.index.ask(tx, self.scope, &service.catalogue, select)?))
    }

    /// Another group; nothing when there is none.
    fn other(&mut self, tx: &mut Tx<'_>, id: i64) -> Result<Option<Arc<Selected>>> {
        if let Some(known) = self.groups.get(&id) {
            return Ok(known.clone());
        }
        let found = match store::get_group(tx, self.scope, id)? {
            Some(group) => Some(Arc::new(self.selected(tx, &group)?)),
            None => None,
        };
        self.groups.insert(id, found.clone());
        Ok(found)
    }

    fn fill(
        &mut self,
        tx: &mut Tx<'_>,
        group: &Group,
        selected: &Selected,
        statistics: &mut Statistics,
    ) -> Result<()> {
        statistics.unhealthy = self.count_in_alarm(group, selected, false);
        statistics.event_unhealthy = self.count_in_alarm(group, selected, true);
        statistics.watched = statistics.unhealthy > 0 || self.is_watched(tx, group, selected, false)?;
        statistics.event_watched =
            statistics.event_unhealthy > 0 || self.is_watched(tx, group, selected, true)?;
        Ok(())
    }

    /// Members in alarm: a product with several series in alarm is one.
    fn count_in_alarm(&self, group: &Group, selected: &Selected, is_event: bool) -> u64 {
        let mut members = HashSet::new();
        for (alarm, ordinal) in self.alarms.iter().filter(|(alarm, _)| alarm.is_event == is_event) {
            match selected {
                Selected::Resources(set) => {
                    if let Some(ordinal) = ordinal.filter(|ordinal| Partition::holds(set, *ordinal)) {
                        let facet = &alarm.facet;
                        members.insert(match group.level {
                            Level::Dimension => {
                                format!("{}\u{1}{}", facet.namespace, facet.as_member().identity())
                            }
                            Level::Product => {
                                format!("{ordinal}\u{1}{}", product_of(facet).unwrap_or_default())
                            }
                        });
                    }
                }
                Selected::Members(all) => {
                    let own = all.iter().enumerate().filter(|(_, member)| is_of(member, &alarm.facet));
                    members.extend(own.map(|(place, _)| place.to_string()));
                }
            }
        }
        members.len() as u64
    }

    fn is_watched(
        &mut self,
        tx: &mut Tx<'_>,
        group: &Group,
        selected: &Selected,
        is_event: bool,
    ) -> Result<bool> {
        let covers = Arc::clone(&self.covers);
        // What needs no other group first.
        let about = |cover: &&Cover| cover.is_event == is_event;
        let is_other = |cover: &Cover| matches!(cover.what, Covered::Group(id) if id != group.id);
        for cover in covers.iter().filter(about).filter(|cover| !is_other(cover)) {
            let touches = match &cover.what {
                Covered::All | Covered::Group(_) => self.has_form(tx, selected, cover)?,
                Covered::Exactly(sets) => self.has_one_of(tx, selected, cover, sets)?,
            };
            if touches {
                return Ok(true);
            }
        }
        for cover in covers.iter().filter(about).filter(|cover| is_other(cover)) {
            let Covered::Group(id) = cover.what else { continue };
            let Some(other) = self.other(tx, id)? else { continue };
            if self.share(tx, selected, &other, cover)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether there is a member of the form that is covered.
    fn has_form(&self, tx: &mut Tx<'_>, selected: &Selected, cover: &Cover) -> Result<bool> {
        match selected {
            Selected::Members(all) => Ok(all.iter().any(|member| fits(member, cover))),
            Selected::Resources(set) => {
                let names = cover.dimension_names.as_ref();
                let names = names.map(|names| joined_names(names.iter().map(String::as_str)));
                let forms = Forms {
                    namespace: cover.namespace.as_deref(),
                    dimension_names: names.as_deref(),
                    ..Forms::default()
                };
                let (index, catalogue) = (&self.service.index, &self.service.catalogue);
                index.ask(tx, self.scope, catalogue, |index| index.count(set, Level::Dimension, forms) > 0)
            }
        }
    }

    fn has_one_of(
        &self,
        tx: &mut Tx<'_>,
        selected: &Selected,
        cover: &Cover,
        sets: &[Vec<Dimension>],
    ) -> Result<bool> {
        for set in sets {
            let namespace = cover.namespace.clone().unwrap_or_default();
            let facet = Facet { namespace, dimensions: set.clone() };
            let is_in = match selected {
                Selected::Members(all) => all.iter().any(|member| is_of(member, &facet)),
                Selected::Resources(own) => {
                    let ordinal = ordinal_of(tx, self.scope, &facet)?;
                    ordinal.is_some_and(|ordinal| Partition::holds(own, ordinal))
                }
            };
            if is_in {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether a member of one group that is of the form is in another, too.
    fn share(&self, tx: &mut Tx<'_>, one: &Selected, other: &Selected, cover: &Cover) -> Result<bool> {
        let (set, members) = match (one, other) {
            (Selected::Resources(one), Selected::Resources(other)) => {
                return self.has_form(tx, &Selected::Resources(one & other), cover);
            }
            (Selected::Members(one), Selected::Members(other)) => {
                let shared = |member: &&Member| fits(member, cover);
                let also = |member: &Member| other.iter().any(|also| is_of(also, &facet_of(member)));
                return Ok(one.iter().filter(shared).any(also));
            }
            (Selected::Resources(set), Selected::Members(members))
            | (Selected::Members(members), Selected::Resources(set)) => (set, members),
        };
        for member in members.iter().filter(|member| fits(member, cover)) {
            let ordinal = ordinal_of(tx, self.scope, &facet_of(member))?;
            if ordinal.is_some_and(|ordinal| Partition::holds(set, ordinal)) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn of_member(
        &mut self,
        tx: &mut Tx<'_>,
        group: &Group,
        member: &Member,
        is_event: bool,
    ) -> Result<Health> {
        let mut alarms = self.alarms.iter().filter(|(alarm, _)| alarm.is_event == is_event);
        if alarms.any(|(alarm, _)| is_of(member, &alarm.facet)) {
            return Ok(Health::Unhealthy);
        }
        let own = Selected::Members(vec![member.clone()]);
        let watched = self.is_watched(tx, group, &own, is_event)?;
        Ok(if watched { Health::Healthy } else { Health::NotWatched })
    }
}

fn ordinal_of(tx: &mut Tx<'_>, scope: Scope<'_>, facet: &Facet) -> Result<Option<i64>> {
    let known = inventory::by_facet(tx, scope, &facet.namespace, &facet.as_member().identity())?;
    Ok(known.map(|known| known.ordinal))
}

fn facet_of(member: &Member) -> Facet {
    Facet { namespace: member.namespace.clone(), dimensions: member.dimensions.clone() }
}

/// Whether a series is a member's: exactly, or for a member at product level, whatever lies below it.
fn is_of(member: &Member, facet: &Facet) -> bool {
    let has = |wanted: &Dimension| {
        let same = |own: &&Dimension| own.name == wanted.name;
        facet.dimensions.iter().find(same).is_some_and(|own| wanted.value == "*" || own.value == wanted.value)
    };
    member.namespace == facet.namespace
        && (member.product.is_some() || member.dimensions.len() == facet.dimensions.len())
        && member.dimensions.iter().all(has)
}

/// Whether a member is of the form that is covered.
fn fits(member: &Member, cover: &Cover) -> bool {
    let named = |names: &Vec<String>| {
        let own = member.dimensions.iter().all(|dimension| names.contains(&dimension.name));
        own && (member.product.is_some() || names.len() == member.dimensions.len())
    };
    cover.namespace.as_ref().is_none_or(|namespace| *namespace == member.namespace)
        && cover.dimension_names.as_ref().is_none_or(named)
}
