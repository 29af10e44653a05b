//! What callers may ask about application groups.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use muster_core::{Browse, Error, Page, Result};
use muster_db::Tx;
use muster_identity::Caller;

use super::model::{AppGroup, AppGroupFilter, AppGroupPatch, NewAppGroup};
use super::monitor::{self, Monitor};
use super::store;
use crate::namespaces::NAMESPACE;
use crate::{notification_policies, text};

/// What errors call an application group.
pub const APP_GROUP: &str = "app group";
/// What errors call a notification policy that a group names and that does not exist.
pub const REFERENCED_POLICY: &str = "notification policy of an app group";
const LONGEST_NAME: usize = 64;
const LONGEST_KEY: usize = 128;
const LONGEST_DESCRIPTION: usize = 256;

/// The rules of application groups.
#[derive(Clone, Debug)]
pub struct Service {
    contacts: Arc<muster_notify::Service>,
}

impl Service {
    /// The people whom groups name are entered into `contacts`.
    pub fn new(contacts: Arc<muster_notify::Service>) -> Self {
        Self { contacts }
    }

    /// Makes a group, and the contacts that it names and that nobody knew: empty, waiting to be filled in.
    /// The first rule that is broken, in the order below, is the one that is reported.
    ///
    /// # Errors
    /// `Invalid`; `NotFound` "namespace" or "notification policy of an app group"; `AlreadyExists` "app group";
    /// `Quota` "contacts of an app group".
    pub fn create(&self, tx: &mut Tx<'_>, caller: &Caller, new: &NewAppGroup) -> Result<AppGroup> {
        text::name("name", &new.name, LONGEST_NAME)?;
        text::id("group id", &new.group_id)?;
        text::at_most("description", &new.description, LONGEST_DESCRIPTION)?;
        if new.max_jobs < 1 {
            return Err(Error::invalid("max jobs", "it is less than 1"));
        }
        if let Some(key) = &new.app_key {
            text::name("app key", key, LONGEST_KEY)?;
        }
        let account = &caller.account_id;
        match store::presence(tx, account, &new.namespace, &new.group_id)? {
            (false, _) => return Err(Error::not_found(NAMESPACE, &new.namespace)),
            (true, true) => return Err(taken(new)),
            (true, false) => {}
        }
        let monitor = monitor::check(&new.monitor_config, &new.monitor_contacts)?;
        check_policy(tx, caller, &new.notification_policy)?;
        self.enter_people(tx, caller, &monitor)?;
        let app_key = new.app_key.clone().unwrap_or_else(|| STANDARD.encode(tx.random().bytes::<16>()));
        store::insert(tx, account, new, app_key, monitor)?.ok_or_else(|| taken(new))
    }

    /// The group `group_id` of a namespace.
    ///
    /// # Errors
    /// `NotFound` "app group".
    pub fn get(&self, tx: &mut Tx<'_>, caller: &Caller, namespace: &str, group_id: &str) -> Result<AppGroup> {
        store::find(tx, &caller.account_id, namespace, group_id)?
            .ok_or_else(|| Error::not_found(APP_GROUP, group_id))
    }

    /// The group with our number for it.
    ///
    /// # Errors
    /// `NotFound` "app group".
    pub fn get_by_id(&self, tx: &mut Tx<'_>, caller: &Caller, id: i64) -> Result<AppGroup> {
        store::by_id(tx, &caller.account_id, id)?.ok_or_else(|| Error::not_found(APP_GROUP, id.to_string()))
    }

    /// Groups, newest first, of one namespace if one is named, without a count; the key is our number.
    ///
    /// # Errors
    /// Those of the store.
    pub fn browse(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        namespace: Option<&str>,
        browse: &Browse<'_>,
    ) -> Result<Vec<AppGroup>> {
        store::browse(tx, &caller.account_id, namespace, browse)
    }

    /// How many groups there are, counted up to `most`.
    ///
    /// # Errors
    /// Those of the store.
    pub fn count(&self, tx: &mut Tx<'_>, caller: &Caller, most: i64) -> Result<u64> {
        store::count(tx, &caller.account_id, most)
    }

    /// The groups that the caller named `group_id`, in whichever namespaces; fifty at most.
    ///
    /// # Errors
    /// Those of the store.
    pub fn find_by_group_id(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        group_id: &str,
    ) -> Result<Vec<AppGroup>> {
        store::by_group_id(tx, &caller.account_id, group_id, 50)
    }

    /// The groups that fit, oldest first.
    ///
    /// # Errors
    /// `NotFound` "namespace" when the filter names one that does not exist.
    pub fn list(&self, tx: &mut Tx<'_>, caller: &Caller, filter: &AppGroupFilter) -> Result<Page<AppGroup>> {
        if let Some(namespace) = &filter.namespace {
            crate::namespaces::get(tx, caller, namespace)?;
        }
        store::list(tx, &caller.account_id, filter)
    }

    /// Changes what `patch` names.
    ///
    /// # Errors
    /// As with [`Service::create`], and `NotFound` "app group".
    pub fn update(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        namespace: &str,
        group_id: &str,
        patch: &AppGroupPatch,
    ) -> Result<AppGroup> {
        if let Some(description) = &patch.description {
            text::at_most("description", description, LONGEST_DESCRIPTION)?;
        }
        if patch.max_concurrency.is_some_and(|limit| limit < 1) {
            return Err(Error::invalid("max concurrency", "it is less than 1"));
        }
        let mut group = self.get(tx, caller, namespace, group_id)?;
        if patch.monitor_config.is_some() || patch.monitor_contacts.is_some() {
            let config = patch.monitor_config.as_ref().unwrap_or(&group.monitor_config);
            let contacts = patch.monitor_contacts.as_ref().unwrap_or(&group.monitor_contacts);
            let monitor = monitor::check(config, contacts)?;
            self.enter_people(tx, caller, &monitor)?;
            (group.monitor_config, group.monitor_contacts) = (monitor.config, monitor.contacts);
        }
        if let Some(policy) = &patch.notification_policy {
            check_policy(tx, caller, policy)?;
            group.notification_policy.clone_from(policy);
        }
        if let Some(description) = &patch.description {
            group.description.clone_from(description);
        }
        group.edition = patch.edition.unwrap_or(group.edition);
        group.log_enabled = patch.log_enabled.unwrap_or(group.log_enabled);
        group.max_concurrency = patch.max_concurrency.or(group.max_concurrency);
        store::update(tx, &group)?;
        Ok(group)
    }

    /// Removes a group with everything in it; a group with jobs only if `with_jobs` says so.
    ///
    /// # Errors
    /// `NotFound` "app group"; `Conflict` "app group holds jobs".
    pub fn delete(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        namespace: &str,
        group_id: &str,
        with_jobs: bool,
    ) -> Result<AppGroup> {
        let group = self.get(tx, caller, namespace, group_id)?;
        if group.job_count > 0 && !with_jobs {
            let why = format!("application group {group_id} still holds {} jobs", group.job_count);
            return Err(Error::conflict("app group holds jobs", why));
        }
        crate::job::delete_all_of(tx, &group, caller.name())?;
        store::delete(tx, group.id)?;
        Ok(group)
    }

    fn enter_people(&self, tx: &mut Tx<'_>, caller: &Caller, monitor: &Monitor) -> Result<()> {
        for name in &monitor.contact_names {
            self.contacts.ensure_contact(tx, caller, name)?;
        }
        for name in &monitor.group_names {
            self.contacts.ensure_contact_group(tx, caller, name)?;
        }
        Ok(())
    }
}

fn taken(new: &NewAppGroup) -> Error {
    Error::already_exists(APP_GROUP, format!("{} in namespace {}", new.group_id, new.namespace))
}

fn check_policy(tx: &mut Tx<'_>, caller: &Caller, policy: &str) -> Result<()> {
    if policy.is_empty() || notification_policies::exists(tx, caller, policy)? {
        return Ok(());
    }
    Err(Error::not_found(REFERENCED_POLICY, policy))
}
