//! What callers may ask of applications.

use muster_core::{Error, Page, PageRequest, Result};
use muster_db::Tx;

use super::model::{
    Application, ApplicationFilter, ApplicationPatch, Founded, Founder, FounderFilter, FounderSpec,
    NewApplication, Source,
};
use super::{FOUND_GROUPS, store};
use crate::inventory::{Change, Tag, changes, store as inventory};
use crate::model::{GroupPatch, Kind, Level, Member, NameRule, NewGroup, Origin, Rule, Scope};
use crate::service::require_manual;
use crate::{DEFAULT_ENTERPRISE_PROJECT, Group, ResourceRef, Service};

const APPLICATION: &str = "application";
const FOUNDER: &str = "founder of groups";

impl Service {
    /// Makes an application: one that follows an enterprise project, or an empty one.
    ///
    /// # Errors
    /// [`Error::Quota`] when the project is full; [`Error::AlreadyExists`] when another one follows the same enterprise
    /// project.
    pub fn create_application(
        &self,
        tx: &mut Tx<'_>,
        scope: Scope<'_>,
        new: NewApplication,
    ) -> Result<Application> {
        let mut rule = Rule::default();
        let (mut kind, mut source) = (Kind::Mixed, Source::Hand);
        if let Some(id) = &new.enterprise_project_id {
            if store::follows_enterprise_project(tx, scope, id)? {
                return Err(Error::already_exists(APPLICATION, id));
            }
            rule.enterprise_projects.push(id.clone());
            (kind, source) = (Kind::EnterpriseProjects, Source::EnterpriseProject);
        }
        let group = self.create_group(tx, scope, group_of(new.name, kind, rule))?;
        let made = Application {
            group,
            source,
            contact_groups: new.contact_groups,
            tags: Vec::new(),
            founded: None,
        };
        store::insert(tx, scope, &made)?;
        Ok(made)
    }

    /// Makes the application of a founder for one value.
    pub(super) fn found_application(
        &self,
        tx: &mut Tx<'_>,
        scope: Scope<'_>,
        founder: &Founder,
        value: &str,
        (kind, rule): (Kind, Rule),
    ) -> Result<()> {
        let name = format!("{}:{value}", founder.tag_key);
        let group = self.create_group(tx, scope, group_of(name, kind, rule))?;
        let made = Application {
            group,
            source: Source::Founder,
            contact_groups: founder.spec.contact_groups.clone(),
            tags: Vec::new(),
            founded: Some(Founded {
                founder_id: founder.id.clone(),
                key: founder.tag_key.clone(),
                value: value.to_owned(),
            }),
        };
        store::insert(tx, scope, &made)
    }

    /// One application.
    ///
    /// # Errors
    /// [`Error::NotFound`] of `application`.
    pub fn get_application(&self, tx: &mut Tx<'_>, scope: Scope<'_>, id: i64) -> Result<Application> {
        store::get(tx, scope, id)?.ok_or_else(|| Error::not_found(APPLICATION, id.to_string()))
    }

    /// Applications, the newest first.
    ///
    /// # Errors
    /// Those of the store.
    pub fn list_applications(
        &self,
        tx: &mut Tx<'_>,
        scope: Scope<'_>,
        filter: &ApplicationFilter,
        page: PageRequest,
    ) -> Result<Page<Application>> {
        let Some(value) = &filter.holding else { return store::list(tx, scope, filter, page) };
        let mut ids = self.groups_with_value(tx, scope, value)?;
        ids.retain(|id| filter.ids.is_empty() || filter.ids.contains(id));
        if ids.is_empty() {
            return Ok(Page { items: Vec::new(), total: 0 });
        }
        let narrowed = ApplicationFilter { ids, ..filter.clone() };
        store::list(tx, scope, &narrowed, page)
    }

    /// The groups that hold the resources of which a series begins with this value.
    fn groups_with_value(&self, tx: &mut Tx<'_>, scope: Scope<'_>, value: &str) -> Result<Vec<i64>> {
        let mut ids = Vec::new();
        for ordinal in inventory::ordinals_with_value(tx, scope, value)? {
            let Some(known) = inventory::by_ordinal(tx, scope, ordinal)? else { continue };
            let resource = known.resource;
            let one = ResourceRef { kind: &resource.kind, external_id: &resource.external_id };
            ids.extend(self.groups_of_resource(tx, scope, one)?.into_iter().map(|group| group.id));
        }
        ids.sort_unstable();
        ids.dedup();
        Ok(ids)
    }

    /// Changes an application.
    ///
    /// # Errors
    /// [`Error::NotFound`] of `application`.
    pub fn update_application(
        &self,
        tx: &mut Tx<'_>,
        scope: Scope<'_>,
        id: i64,
        patch: ApplicationPatch,
    ) -> Result<Application> {
        let mut application = self.get_application(tx, scope, id)?;
        if let Some(contact_groups) = patch.contact_groups {
            store::set_contact_groups(tx, id, &contact_groups)?;
            application.contact_groups = contact_groups;
        }
        let patch = GroupPatch { name: patch.name, ..GroupPatch::default() };
        application.group = self.change_group(tx, scope, application.group, patch)?;
        Ok(application)
    }

    /// Deletes an application; what it was. A founder does not make it again.
    ///
    /// # Errors
    /// [`Error::NotFound`] of `application`.
    pub fn delete_application(&self, tx: &mut Tx<'_>, scope: Scope<'_>, id: i64) -> Result<Application> {
        let application = self.get_application(tx, scope, id)?;
        if let Some(founded) = &application.founded {
            let mut founder = self.get_founder(tx, scope, &founded.founder_id)?;
            founder.spec.declined.push(founded.value.clone());
            store::update_founder(tx, &founder)?;
        }
        self.remove_applications(tx, scope, &[id])?;
        Ok(application)
    }

    pub(super) fn remove_applications(&self, tx: &mut Tx<'_>, scope: Scope<'_>, ids: &[i64]) -> Result<()> {
        self.delete_groups_of(tx, scope, Origin::CloudMonitor, ids)?;
        for id in ids {
            store::delete(tx, *id)?;
        }
        Ok(())
    }

    /// Puts members into an application. One that is there already gets the name and the region that are given now.
    ///
    /// # Errors
    /// [`Error::NotFound`] of `application`, [`Error::Conflict`] of `resource group is not manual`, [`Error::Quota`] when
    /// they are too many.
    pub fn add_to_application(
        &self,
        tx: &mut Tx<'_>,
        scope: Scope<'_>,
        id: i64,
        members: &[Member],
    ) -> Result<()> {
        let group = self.application_by_hand(tx, scope, id)?;
        for member in members {
            crate::store::delete_member(tx, id, member)?;
        }
        self.insert_members(tx, scope, &group, members)?;
        crate::store::touch_group(tx, id)
    }

    /// Makes these the members of an application, besides those that follow names.
    ///
    /// # Errors
    /// As [`Service::add_to_application`].
    pub fn set_members_of_application(
        &self,
        tx: &mut Tx<'_>,
        scope: Scope<'_>,
        id: i64,
        members: &[Member],
    ) -> Result<()> {
        let group = self.application_by_hand(tx, scope, id)?;
        crate::store::delete_all_members(tx, id)?;
        self.insert_members(tx, scope, &group, members)?;
        crate::store::touch_group(tx, id)
    }

    /// Takes members out of an application; how many were put into it.
    ///
    /// # Errors
    /// As [`Service::add_to_application`], without the quota.
    pub fn remove_from_application(
        &self,
        tx: &mut Tx<'_>,
        scope: Scope<'_>,
        id: i64,
        members: &[Member],
    ) -> Result<u64> {
        self.application_by_hand(tx, scope, id)?;
        let mut removed = 0;
        for member in members {
            removed += crate::store::delete_member(tx, id, member)?;
        }
        crate::store::touch_group(tx, id)?;
        Ok(removed)
    }

    /// Lets an application follow names: each rule replaces the one of its product.
    ///
    /// # Errors
    /// [`Error::NotFound`] of `application`, [`Error::Conflict`] of `resource group is not manual`.
    pub fn follow_names(
        &self,
        tx: &mut Tx<'_>,
        scope: Scope<'_>,
        id: i64,
        rules: Vec<NameRule>,
    ) -> Result<()> {
        let group = self.application_by_hand(tx, scope, id)?;
        let mut names = group.rule.names.clone();
        for rule in rules {
            match names.iter_mut().find(|known| known.product == rule.product) {
                Some(known) => *known = rule,
                None => names.push(rule),
            }
        }
        self.replace_names(tx, scope, group, names)
    }

    /// Ends that an application follows the names of a product.
    ///
    /// # Errors
    /// [`Error::NotFound`] of `application`, or of `name rule` when there is none of this product.
    pub fn unfollow_names(&self, tx: &mut Tx<'_>, scope: Scope<'_>, id: i64, product: &str) -> Result<()> {
        let group = self.get_application(tx, scope, id)?.group;
        let mut names = group.rule.names.clone();
        names.retain(|known| known.product != product);
        if names.len() == group.rule.names.len() {
            return Err(Error::not_found("name rule", product));
        }
        self.replace_names(tx, scope, group, names)
    }

    fn replace_names(
        &self,
        tx: &mut Tx<'_>,
        scope: Scope<'_>,
        group: Group,
        names: Vec<NameRule>,
    ) -> Result<()> {
        let patch = GroupPatch { names: Some(names), ..GroupPatch::default() };
        self.change_group(tx, scope, group, patch).map(drop)
    }

    fn application_by_hand(&self, tx: &mut Tx<'_>, scope: Scope<'_>, id: i64) -> Result<Group> {
        let group = self.get_application(tx, scope, id)?.group;
        require_manual(&group)?;
        Ok(group)
    }

    /// Gives applications these tags beside those they have.
    ///
    /// # Errors
    /// [`Error::NotFound`] of `application`, [`Error::Quota`] of `tags of an application`.
    pub fn tag_applications(
        &self,
        tx: &mut Tx<'_>,
        scope: Scope<'_>,
        ids: &[i64],
        tags: &[Tag],
    ) -> Result<()> {
        let limit = self.limits.tags_per_resource;
        for &id in ids {
            self.get_application(tx, scope, id)?;
            for tag in tags {
                store::set_tag(tx, scope, id, tag)?;
            }
            if store::tags(tx, id)?.len() as u64 > limit {
                return Err(Error::Quota { what: "tags of an application", limit });
            }
        }
        // Founders look at these tags as well.
        changes::record(tx, scope, &ids.iter().map(|id| Change::of_group(*id)).collect::<Vec<_>>())
    }

    /// Takes tags from applications: those of a key, or only where it has the value. The keys of those that were there.
    ///
    /// # Errors
    /// [`Error::NotFound`] of `application`.
    pub fn untag_applications(
        &self,
        tx: &mut Tx<'_>,
        scope: Scope<'_>,
        ids: &[i64],
        tags: &[(String, Option<String>)],
    ) -> Result<Vec<String>> {
        let mut gone = Vec::new();
        for &id in ids {
            self.get_application(tx, scope, id)?;
            for (key, value) in tags {
                if store::delete_tag(tx, id, key, value.as_deref())? && !gone.contains(key) {
                    gone.push(key.clone());
                }
            }
        }
        changes::record(tx, scope, &ids.iter().map(|id| Change::of_group(*id)).collect::<Vec<_>>())?;
        Ok(gone)
    }

    /// The keys of the tags that resources and applications of the account have, in their order.
    ///
    /// # Errors
    /// Those of the store.
    pub fn list_tag_keys(&self, tx: &mut Tx<'_>, account_id: &str, page: PageRequest) -> Result<Vec<String>> {
        store::tag_keys(tx, account_id, page)
    }

    /// The values that resources and applications of the account have under a key, in their order.
    ///
    /// # Errors
    /// Those of the store.
    pub fn list_tag_values(
        &self,
        tx: &mut Tx<'_>,
        account_id: &str,
        key: &str,
        page: PageRequest,
    ) -> Result<Vec<String>> {
        store::tag_values(tx, account_id, key, page)
    }

    /// Makes a founder, which does its work as soon as this is committed.
    ///
    /// # Errors
    /// [`Error::AlreadyExists`] when the project has one of this key.
    pub fn create_founder(
        &self,
        tx: &mut Tx<'_>,
        scope: Scope<'_>,
        tag_key: &str,
        region: &str,
        spec: FounderSpec,
    ) -> Result<Founder> {
        let founder = Founder {
            id: tx.new_uuid().to_string(),
            tag_key: tag_key.to_owned(),
            region: region.to_owned(),
            spec,
            settled: false,
            created_at: tx.now(),
        };
        if !store::insert_founder(tx, scope, &founder)? {
            return Err(Error::already_exists(FOUNDER, tag_key));
        }
        tx.signal(FOUND_GROUPS);
        Ok(founder)
    }

    /// One founder.
    ///
    /// # Errors
    /// [`Error::NotFound`] of `founder of groups`.
    pub fn get_founder(&self, tx: &mut Tx<'_>, scope: Scope<'_>, id: &str) -> Result<Founder> {
        store::get_founder(tx, scope, id)?.ok_or_else(|| Error::not_found(FOUNDER, id))
    }

    /// Founders, the newest first.
    ///
    /// # Errors
    /// Those of the store.
    pub fn list_founders(
        &self,
        tx: &mut Tx<'_>,
        scope: Scope<'_>,
        filter: &FounderFilter,
        page: PageRequest,
    ) -> Result<Page<Founder>> {
        store::list_founders(tx, scope, filter, page)
    }

    /// Deletes a founder together with the applications that it made.
    ///
    /// # Errors
    /// [`Error::NotFound`] of `founder of groups`.
    pub fn delete_founder(&self, tx: &mut Tx<'_>, scope: Scope<'_>, id: &str) -> Result<()> {
        self.get_founder(tx, scope, id)?;
        let made: Vec<i64> = store::made_by(tx, id)?.into_iter().map(|(_, group_id)| group_id).collect();
        self.remove_applications(tx, scope, &made)?;
        store::delete_founder(tx, id)
    }
}

/// Members are instances with everything below them.
fn group_of(name: String, kind: Kind, rule: Rule) -> NewGroup {
    NewGroup {
        origin: Origin::CloudMonitor,
        name,
        enterprise_project_id: DEFAULT_ENTERPRISE_PROJECT.to_owned(),
        kind,
        level: Level::Product,
        rule,
        members: Vec::new(),
    }
}
