//! What callers may ask of resource groups.

use std::sync::Arc;

use muster_core::{Browse, Error, Page, PageRequest, Result};
use muster_db::Tx;

use crate::index::Index;
use crate::inventory::{Catalogue, Change, Facet, Sighting, changes};
use crate::model::{
    Group, GroupFilter, GroupPatch, Kind, Level, Member, MemberFilter, NewGroup, Origin, OwnedGroupFilter,
    Rule, Scope,
};
use crate::{Watch, store};

/// How much a project may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Groups in a project.
    pub groups_per_project: u64,
    /// Members that a group by hand may hold, at dimension level.
    pub members_per_group: u64,
    /// The same at product level.
    pub product_members_per_group: u64,
    /// Enterprise projects in an account, besides the default one.
    pub enterprise_projects_per_account: u64,
    /// Resources in a project.
    pub resources_per_project: u64,
    /// Tags that a resource may have.
    pub tags_per_resource: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            groups_per_project: 10_000,
            members_per_group: 1_000,
            product_members_per_group: 50_000,
            enterprise_projects_per_account: 1_000,
            resources_per_project: 2_000_000,
            tags_per_resource: 20,
        }
    }
}

/// Somebody who keeps things that belong to groups, such as alarm rules.
pub trait GroupObserver: std::fmt::Debug + Send + Sync {
    /// Groups of this API are deleted by this transaction.
    ///
    /// # Errors
    /// Those of the store; the groups stay then.
    fn gone(&self, tx: &mut Tx<'_>, scope: Scope<'_>, origin: Origin, ids: &[i64]) -> Result<()>;
}

/// Resources, and groups of them. Clones share what they know.
#[derive(Clone, Debug, Default)]
pub struct Service {
    /// How much a project may have.
    pub limits: Limits,
    pub(crate) catalogue: Catalogue,
    pub(crate) index: Index,
    observer: Option<Arc<dyn GroupObserver>>,
    pub(crate) watch: Option<Arc<dyn Watch>>,
}

impl Service {
    /// A service with these limits; `catalogue` says which kinds of resources there are.
    pub fn new(limits: Limits, catalogue: Catalogue) -> Self {
        Self { limits, catalogue, index: Index::default(), observer: None, watch: None }
    }

    /// The same, and `watch` says how groups and members stand.
    #[must_use]
    pub fn watched_by(mut self, watch: Arc<dyn Watch>) -> Self {
        self.watch = Some(watch);
        self
    }

    /// The same, and `observer` is told which groups go.
    #[must_use]
    pub fn observed_by(mut self, observer: Arc<dyn GroupObserver>) -> Self {
        self.observer = Some(observer);
        self
    }

    /// Which kinds of resources there are.
    pub fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    /// Makes a group. Members given for a group that selects its members by rule are ignored.
    ///
    /// # Errors
    /// [`Error::Invalid`] when the kind lacks the rule part that selects, [`Error::Quota`] when the project is full.
    pub fn create_group(&self, tx: &mut Tx<'_>, scope: Scope<'_>, new: NewGroup) -> Result<Group> {
        require_rule(new.kind, &new.rule)?;
        if !store::count_one_more(tx, scope, new.origin, self.limits.groups_per_project)? {
            return Err(Error::Quota { what: "resource groups", limit: self.limits.groups_per_project });
        }
        let group = Group {
            id: tx.new_id()?,
            origin: new.origin,
            name: new.name,
            enterprise_project_id: new.enterprise_project_id,
            kind: new.kind,
            level: new.level,
            rule: deduplicated(new.rule),
            created_at: tx.now(),
            updated_at: tx.now(),
        };
        store::insert_group(tx, scope, &group)?;
        if group.kind.takes_members() {
            self.insert_members(tx, scope, &group, &new.members)?;
        }
        if group.kind != Kind::Manual {
            changes::record(tx, scope, &[Change::of_group(group.id)])?;
        }
        Ok(group)
    }

    /// The group of this number, whichever API made it: for those who follow its members.
    ///
    /// # Errors
    /// Those of the store.
    pub fn find_group(&self, tx: &mut Tx<'_>, scope: Scope<'_>, id: i64) -> Result<Option<Group>> {
        store::get_group(tx, scope, id)
    }

    /// One of Cloud Eye's groups.
    ///
    /// # Errors
    /// [`Error::NotFound`] of `resource group`.
    pub fn get_group(&self, tx: &mut Tx<'_>, scope: Scope<'_>, id: i64) -> Result<Group> {
        let found = store::get_group(tx, scope, id)?.filter(|group| group.origin == Origin::CloudEye);
        found.ok_or_else(|| Error::not_found("resource group", id.to_string()))
    }

    /// Groups, the newest first.
    pub fn list_groups(
        &self,
        tx: &mut Tx<'_>,
        scope: Scope<'_>,
        filter: &GroupFilter,
        page: PageRequest,
    ) -> Result<Page<Group>> {
        if let Some(wanted) = filter.health {
            let filter = GroupFilter { health: None, ..filter.clone() };
            let all = store::list_groups(tx, scope, &filter, PageRequest::ALL)?.items;
            let statistics = self.statistics(tx, scope, &all)?;
            let standing = all.into_iter().zip(statistics);
            let found: Vec<Group> =
                standing.filter(|(_, counted)| counted.health() == wanted).map(|(group, _)| group).collect();
            return Ok(crate::members::cut(found, page));
        }
        store::list_groups(tx, scope, filter, page)
    }

    /// Cloud Eye's groups of a whole account, each with its project; the newest first.
    pub fn list_owned_groups(
        &self,
        tx: &mut Tx<'_>,
        account_id: &str,
        filter: &OwnedGroupFilter,
        page: PageRequest,
    ) -> Result<Page<(String, Group)>> {
        store::list_owned_groups(tx, account_id, filter, page)
    }

    /// Groups of an API, newest first, of one kind if one is named, without a count; the key is the id.
    ///
    /// # Errors
    /// Those of the store.
    pub fn browse_groups(
        &self,
        tx: &mut Tx<'_>,
        scope: Scope<'_>,
        origin: Origin,
        kind: Option<Kind>,
        browse: &Browse<'_>,
    ) -> Result<Vec<Group>> {
        store::browse_groups(tx, scope, origin, kind, browse)
    }

    /// How many groups an API has in the project, without counting them.
    ///
    /// # Errors
    /// Those of the store.
    pub fn count_groups(&self, tx: &mut Tx<'_>, scope: Scope<'_>, origin: Origin) -> Result<u64> {
        store::count_groups(tx, scope, origin)
    }

    /// Changes one of Cloud Eye's groups.
    ///
    /// # Errors
    /// [`Error::NotFound`] of `resource group`; [`Error::Invalid`] when the kind would be left without the rule part
    /// that selects; [`Error::Conflict`] of `resource group is not manual` for members.
    pub fn update_group(
        &self,
        tx: &mut Tx<'_>,
        scope: Scope<'_>,
        id: i64,
        patch: GroupPatch,
    ) -> Result<Group> {
        let group = self.get_group(tx, scope, id)?;
        self.change_group(tx, scope, group, patch)
    }

    pub(crate) fn change_group(
        &self,
        tx: &mut Tx<'_>,
        scope: Scope<'_>,
        mut group: Group,
        patch: GroupPatch,
    ) -> Result<Group> {
        let GroupPatch {
            name,
            tags,
            enterprise_projects,
            names,
            combination,
            projects_and_tags,
            products,
            members,
        } = patch;
        let rule = &mut group.rule;
        replace(&mut group.name, name);
        replace(&mut rule.tags, tags);
        replace(&mut rule.enterprise_projects, enterprise_projects);
        replace(&mut rule.names, names);
        replace(&mut rule.projects_and_tags, projects_and_tags);
        replace(&mut rule.products, products);
        if combination.is_some() {
            rule.combination = combination;
        }
        require_rule(group.kind, &group.rule)?;
        group.rule = deduplicated(group.rule);
        group.updated_at = tx.now();
        store::update_group(tx, &group)?;
        if group.kind != Kind::Manual {
            changes::record(tx, scope, &[Change::of_group(group.id)])?;
        }
        if let Some(members) = members {
            require_manual(&group)?;
            store::delete_all_members(tx, group.id)?;
            self.insert_members(tx, scope, &group, &members)?;
        }
        Ok(group)
    }

    /// Hands a group over to another enterprise project of the account.
    ///
    /// # Errors
    /// [`Error::NotFound`] of `resource group` or `enterprise project`; [`Error::Conflict`] of
    /// `enterprise project is disabled`.
    pub fn move_group(
        &self,
        tx: &mut Tx<'_>,
        scope: Scope<'_>,
        id: i64,
        enterprise_project_id: &str,
    ) -> Result<Group> {
        let target = self.enabled_enterprise_project(tx, scope.account_id, enterprise_project_id)?;
        let mut group = self.get_group(tx, scope, id)?;
        group.enterprise_project_id = target.id;
        store::update_group(tx, &group)?;
        Ok(group)
    }

    /// Deletes some of Cloud Eye's groups with their members; which of them there were, in the order asked. Unknown ones
    /// are passed over.
    pub fn delete_groups(&self, tx: &mut Tx<'_>, scope: Scope<'_>, ids: &[i64]) -> Result<Vec<i64>> {
        self.delete_groups_of(tx, scope, Origin::CloudEye, ids)
    }

    pub(crate) fn delete_groups_of(
        &self,
        tx: &mut Tx<'_>,
        scope: Scope<'_>,
        origin: Origin,
        ids: &[i64],
    ) -> Result<Vec<i64>> {
        let mut deleted = Vec::new();
        for &id in ids {
            if store::delete_group(tx, scope, origin, id)? {
                deleted.push(id);
            }
        }
        let gone: Vec<Change> = deleted.iter().map(|id| Change::of_group(*id)).collect();
        changes::record(tx, scope, &gone)?;
        if let Some(observer) = self.observer.as_ref().filter(|_| !deleted.is_empty()) {
            observer.gone(tx, scope, origin, &deleted)?;
        }
        Ok(deleted)
    }

    /// Puts members into a group by hand; how many were not in it before.
    ///
    /// # Errors
    /// [`Error::NotFound`] of `resource group`, [`Error::Conflict`] of `resource group is not manual` or
    /// `resource group is of another level`, [`Error::Quota`] when they are too many.
    pub fn add_members(
        &self,
        tx: &mut Tx<'_>,
        scope: Scope<'_>,
        id: i64,
        level: Level,
        members: &[Member],
    ) -> Result<u64> {
        let group = self.manual_group(tx, scope, id, level)?;
        let added = self.insert_members(tx, scope, &group, members)?;
        if added > 0 {
            store::touch_group(tx, id)?;
        }
        Ok(added)
    }

    /// Makes these the members of a group by hand, and no others; how many were not in it before.
    ///
    /// # Errors
    /// As [`Service::add_members`].
    pub fn set_members(
        &self,
        tx: &mut Tx<'_>,
        scope: Scope<'_>,
        id: i64,
        level: Level,
        members: &[Member],
    ) -> Result<u64> {
        let group = self.manual_group(tx, scope, id, level)?;
        let mut before = std::collections::HashSet::new();
        for member in store::members(tx, id, &MemberFilter::default())? {
            before.insert((member.identity(), member.namespace));
        }
        store::delete_all_members(tx, id)?;
        self.insert_members(tx, scope, &group, members)?;
        store::touch_group(tx, id)?;
        let after: std::collections::HashSet<_> =
            members.iter().map(|member| (member.identity(), member.namespace.clone())).collect();
        Ok(after.difference(&before).count() as u64)
    }

    /// Takes members out of a group by hand; how many were in it.
    ///
    /// # Errors
    /// As [`Service::add_members`], without the quota.
    pub fn remove_members(
        &self,
        tx: &mut Tx<'_>,
        scope: Scope<'_>,
        id: i64,
        level: Level,
        members: &[Member],
    ) -> Result<u64> {
        self.manual_group(tx, scope, id, level)?;
        let mut removed = 0;
        for member in members {
            removed += store::delete_member(tx, id, member)?;
        }
        if removed > 0 {
            store::touch_group(tx, id)?;
        }
        Ok(removed)
    }

    fn manual_group(&self, tx: &mut Tx<'_>, scope: Scope<'_>, id: i64, level: Level) -> Result<Group> {
        let group = self.get_group(tx, scope, id)?;
        require_manual(&group)?;
        if group.level != level {
            return Err(Error::conflict(
                "resource group is of another level",
                format!("the members of this group are given by {}", group.level.word()),
            ));
        }
        Ok(group)
    }

    pub(crate) fn insert_members(
        &self,
        tx: &mut Tx<'_>,
        scope: Scope<'_>,
        group: &Group,
        members: &[Member],
    ) -> Result<u64> {
        let limit = match group.level {
            Level::Dimension => self.limits.members_per_group,
            Level::Product => self.limits.product_members_per_group,
        };
        let mut added = 0;
        for member in members {
            added += store::insert_member(tx, group.id, member)?;
        }
        if added > 0 && store::count_members(tx, group.id)? > limit {
            return Err(Error::Quota { what: "members of a resource group", limit });
        }
        self.sight(tx, scope, &members.iter().filter_map(sighting_of).collect::<Vec<_>>())?;
        Ok(added)
    }
}

/// Whoever puts a resource into a group by hand says that there is one. What stands for all resources is none.
fn sighting_of(member: &Member) -> Option<Sighting> {
    let names_one = !member.dimensions.is_empty() && member.dimensions.iter().all(|one| one.value != "*");
    names_one.then(|| Sighting {
        facet: Facet { namespace: member.namespace.clone(), dimensions: member.dimensions.clone() },
        name: member.resource_name.clone(),
    })
}

fn replace<T>(place: &mut T, new: Option<T>) {
    if let Some(new) = new {
        *place = new;
    }
}

/// Conditions given twice count once.
fn deduplicated(mut rule: Rule) -> Rule {
    let mut kept: Vec<crate::TagCondition> = Vec::with_capacity(rule.tags.len());
    for tag in rule.tags.drain(..) {
        if !kept.contains(&tag) {
            kept.push(tag);
        }
    }
    rule.tags = kept;
    let mut seen = std::collections::HashSet::new();
    rule.enterprise_projects.retain(|id| seen.insert(id.clone()));
    rule
}

fn require_rule(kind: Kind, rule: &Rule) -> Result<()> {
    let (missing, field) = match kind {
        Kind::Manual | Kind::Mixed => (false, ""),
        Kind::Tags => (rule.tags.is_empty(), "tags"),
        Kind::EnterpriseProjects => (rule.enterprise_projects.is_empty(), "enterprise projects"),
        Kind::Names => (rule.names.is_empty(), "names"),
        Kind::Combination => {
            let empty = rule.combination.as_ref().is_none_or(|combination| combination.conditions.is_empty());
            (empty && rule.projects_and_tags.is_empty(), "combination")
        }
    };
    if missing { Err(Error::invalid(field, "a group of this kind needs at least one")) } else { Ok(()) }
}

pub(crate) fn require_manual(group: &Group) -> Result<()> {
    if group.kind.takes_members() {
        return Ok(());
    }
    Err(Error::conflict("resource group is not manual", "the members of this group are selected by its rule"))
}
