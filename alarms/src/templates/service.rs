//! What callers may ask about templates.

use muster_core::{Error, Page, PageRequest, Result, Timestamp};
use muster_db::Tx;

use super::associate::ASSOCIATE;
use super::model::{Association, NewTemplate, Template, TemplateFilter, TemplatePatch, fitting, names_of};
use super::store;
use crate::{Origin, Owner, Policy, Rule, RuleFilter};

/// How the audit log and errors call it.
const TEMPLATE: &str = "alarm template";

/// How much there may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Templates of an account, of whatever API.
    pub templates_per_account: u64,
    /// Groups of an account that have not yet the rules of their templates.
    pub pending_associations: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { templates_per_account: 10_000, pending_associations: 100 }
    }
}

/// Templates of all accounts.
#[derive(Clone, Debug, Default)]
pub struct Service {
    limits: Limits,
    pub(super) rules: crate::Service,
}

impl Service {
    /// Templates within these limits, over these rules.
    pub fn new(limits: Limits, rules: crate::Service) -> Self {
        Self { limits, rules }
    }

    /// Makes a template.
    ///
    /// # Errors
    /// [`Error::AlreadyExists`] of `alarm template` when the name is taken, and [`Error::Quota`].
    pub fn create(&self, tx: &mut Tx<'_>, owner: Owner<'_>, new: NewTemplate) -> Result<Template> {
        let limit = self.limits.templates_per_account;
        if !store::count_one_more(tx, owner.account_id, limit)? {
            return Err(Error::Quota { what: "alarm templates", limit });
        }
        let (id, now) = (tx.new_id()?, tx.now());
        let template = Template {
            id,
            name: new.name,
            description: new.description,
            kind: new.kind,
            version: 1,
            items: new.items,
            created_at: now,
            updated_at: now,
        };
        if store::insert(tx, owner, &template)? {
            Ok(template)
        } else {
            Err(Error::already_exists(TEMPLATE, template.name))
        }
    }

    /// A template.
    ///
    /// # Errors
    /// [`Error::NotFound`] of `alarm template`.
    pub fn get(&self, tx: &mut Tx<'_>, owner: Owner<'_>, id: i64) -> Result<Template> {
        store::get(tx, owner, id)?.ok_or_else(|| Error::not_found(TEMPLATE, id.to_string()))
    }

    /// The template of this name, if there is one.
    ///
    /// # Errors
    /// Those of the store.
    pub fn named(&self, tx: &mut Tx<'_>, owner: Owner<'_>, name: &str) -> Result<Option<Template>> {
        store::named(tx, owner, name)
    }

    /// Templates, newest first unless the filter says otherwise.
    ///
    /// # Errors
    /// Those of the store.
    pub fn list(
        &self,
        tx: &mut Tx<'_>,
        owner: Owner<'_>,
        filter: &TemplateFilter,
        page: PageRequest,
    ) -> Result<Page<Template>> {
        store::list(tx, owner, filter, page)
    }

    /// Changes a template. Cloud Eye's rules that follow it change with it: a policy that is other than before counts
    /// anew.
    ///
    /// # Errors
    /// [`Error::NotFound`] and [`Error::AlreadyExists`] of `alarm template`; [`Error::Conflict`] of `template version`
    /// when it is no longer the one that the patch names.
    pub fn update(
        &self,
        tx: &mut Tx<'_>,
        owner: Owner<'_>,
        id: i64,
        patch: TemplatePatch,
    ) -> Result<Template> {
        let mut template = self.get(tx, owner, id)?;
        if patch.version.is_some_and(|version| version != template.version) {
            let why = format!("the template is at version {} by now", template.version);
            return Err(Error::conflict("template version", why));
        }
        if let Some(name) = patch.name.filter(|name| *name != template.name) {
            if store::named(tx, owner, &name)?.is_some() {
                return Err(Error::already_exists(TEMPLATE, name));
            }
            template.name = name;
        }
        if let Some(description) = patch.description {
            template.description = description;
        }
        let has_items = patch.items.is_some();
        if let Some(items) = patch.items {
            template.items = items;
        }
        (template.version, template.updated_at) = (template.version + 1, tx.now());
        store::update(tx, &template)?;
        if has_items && owner.origin == Origin::CloudEye {
            self.propagate(tx, owner, &template)?;
        }
        Ok(template)
    }

    fn propagate(&self, tx: &mut Tx<'_>, owner: Owner<'_>, template: &Template) -> Result<()> {
        for rule in self.followers(tx, owner, template.id, PageRequest::ALL)?.items {
            let names = names_of(&rule.spec.target);
            let policies = fitting(&template.items, &rule.spec.namespace, names.as_deref());
            self.rules.update(tx, owner, &rule.key, |spec| {
                spec.policies = policies;
                Ok(())
            })?;
        }
        if store::look_again(tx, template.id)? > 0 {
            tx.signal(ASSOCIATE);
        }
        Ok(())
    }

    /// Deletes a template; the rules that follow it are deleted with it, or stay as they are and follow nothing.
    ///
    /// # Errors
    /// [`Error::NotFound`] of `alarm template`.
    pub fn delete(&self, tx: &mut Tx<'_>, owner: Owner<'_>, id: i64, with_rules: bool) -> Result<()> {
        let template = self.get(tx, owner, id)?;
        let rules = self.followers(tx, owner, id, PageRequest::ALL)?.items;
        if with_rules {
            let keys: Vec<String> = rules.into_iter().map(|rule| rule.key).collect();
            self.rules.delete(tx, owner, &keys)?;
        } else {
            for rule in rules {
                self.rules.update(tx, owner, &rule.key, |spec| {
                    spec.template_id = None;
                    Ok(())
                })?;
            }
        }
        for group_id in store::groups_with(tx, id)? {
            if let Some((mut wanted, is_pending)) = store::association(tx, owner, group_id)? {
                wanted.templates.retain(|known| *known != id);
                store::put_association(tx, owner, group_id, &wanted)?;
                if !is_pending {
                    store::is_done(tx, group_id)?;
                }
            }
        }
        store::delete(tx, owner, template.id)
    }

    /// The rules that follow a template, newest first.
    ///
    /// # Errors
    /// Those of the store.
    pub fn followers(
        &self,
        tx: &mut Tx<'_>,
        owner: Owner<'_>,
        id: i64,
        page: PageRequest,
    ) -> Result<Page<Rule>> {
        self.rules.list(tx, owner, &RuleFilter { template_id: Some(id), ..RuleFilter::default() }, page)
    }

    /// The policies that a rule on this namespace and dimensions of these names gets from a template.
    ///
    /// # Errors
    /// [`Error::NotFound`] of `alarm template`; [`Error::Invalid`] when none of its policies fits.
    pub fn policies_for(
        &self,
        tx: &mut Tx<'_>,
        owner: Owner<'_>,
        id: i64,
        namespace: &str,
        dimension_names: Option<&[String]>,
    ) -> Result<Vec<Policy>> {
        let policies = fitting(&self.get(tx, owner, id)?.items, namespace, dimension_names);
        if policies.is_empty() {
            return Err(Error::invalid(
                TEMPLATE,
                format!("has no policy for {namespace} and these dimensions"),
            ));
        }
        Ok(policies)
    }

    /// Gives a resource group of the owner's these templates in place of those that it has. The rules are made, changed
    /// and deleted soon afterwards.
    ///
    /// # Errors
    /// [`Error::NotFound`] of `alarm template`; [`Error::Conflict`] of `template association` while the group has not
    /// yet the rules of the last one, and [`Error::Quota`] when there are too many such groups.
    pub fn associate(
        &self,
        tx: &mut Tx<'_>,
        owner: Owner<'_>,
        group_id: i64,
        wanted: &Association,
    ) -> Result<()> {
        for id in &wanted.templates {
            self.get(tx, owner, *id)?;
        }
        if store::association(tx, owner, group_id)?.is_some_and(|(_, is_pending)| is_pending) {
            let why = "the group's last change of templates is not finished yet";
            return Err(Error::conflict("template association", why));
        }
        let limit = self.limits.pending_associations;
        if store::count_pending(tx, owner.account_id)? >= limit {
            return Err(Error::Quota { what: "unfinished template associations", limit });
        }
        store::put_association(tx, owner, group_id, wanted)?;
        tx.signal(ASSOCIATE);
        Ok(())
    }

    /// Takes all templates from a group that is no more, with the rules that they made, whether or not its last change
    /// of templates is finished.
    ///
    /// # Errors
    /// Those of the store.
    pub fn dissociate(&self, tx: &mut Tx<'_>, owner: Owner<'_>, group_id: i64) -> Result<()> {
        if store::association(tx, owner, group_id)?.is_some() {
            store::put_association(tx, owner, group_id, &Association::default())?;
            tx.signal(ASSOCIATE);
        }
        Ok(())
    }

    /// The templates that a group is to have, in its owner's order.
    ///
    /// # Errors
    /// Those of the store.
    pub fn of_group(&self, tx: &mut Tx<'_>, owner: Owner<'_>, group_id: i64) -> Result<Vec<Template>> {
        let wanted = store::association(tx, owner, group_id)?.map(|(wanted, _)| wanted).unwrap_or_default();
        let mut templates = Vec::with_capacity(wanted.templates.len());
        for id in wanted.templates {
            templates.extend(store::get(tx, owner, id)?);
        }
        Ok(templates)
    }

    /// Notes that a template was applied to a group of this number and name.
    ///
    /// # Errors
    /// [`Error::NotFound`] of `alarm template`.
    pub fn note_applied(&self, tx: &mut Tx<'_>, owner: Owner<'_>, id: i64, group: (i64, &str)) -> Result<()> {
        self.get(tx, owner, id)?;
        store::note_applied(tx, id, group)
    }

    /// To which groups a template was applied, the latest first: number, name and when.
    ///
    /// # Errors
    /// [`Error::NotFound`] of `alarm template`.
    pub fn applications(
        &self,
        tx: &mut Tx<'_>,
        owner: Owner<'_>,
        id: i64,
    ) -> Result<Vec<(i64, String, Timestamp)>> {
        self.get(tx, owner, id)?;
        store::applications(tx, id)
    }
}
