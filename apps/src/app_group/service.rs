//! What callers may ask about app groups.

use muster_core::{Error, Page, PageRequest, Result};
use muster_db::Tx;
use muster_identity::Caller;

use super::{
    AppGroup, AppGroupFilter, AppGroupPatch, AppKind, Binding, BoundServerGroup, NewAppGroup, store,
};
use crate::names::{self, NameProblem};
use crate::server_group;
use crate::sql::Owner;
use crate::{Service, ids};

const WHAT: &str = "app group";

impl Service {
    /// Makes an app group.
    ///
    /// # Errors
    /// `Invalid` for a bad name or description; `Quota` "app groups"; `NotFound` "server group";
    /// `Conflict` "app kind differs" or "shared desktop taken"; `AlreadyExists` "app group".
    pub fn create_app_group(&self, tx: &mut Tx<'_>, caller: &Caller, new: &NewAppGroup) -> Result<AppGroup> {
        let owner = Owner::from(caller);
        names::require(names::is_app_group_name(&new.name, self.settings.strict_names))?;
        names::require_length("description", &new.description, names::TEXT_CHARS)?;
        let limit = self.settings.limits.app_groups;
        if store::count(tx, owner)? >= limit {
            return Err(Error::Quota { what: "app groups", limit });
        }
        let (server_group, kind) = match &new.server_group_id {
            None => (None, new.kind.unwrap_or_default()),
            Some(id) => {
                let (bound, kind) = binding_target(tx, owner, id, new.kind)?;
                (Some(bound), kind)
            }
        };
        let group = AppGroup {
            id: ids::new_app_group_id(tx)?,
            name: new.name.clone(),
            description: new.description.clone(),
            kind,
            server_group,
            created_at: tx.now(),
        };
        if !store::insert(tx, owner, &group)? {
            return Err(Error::already_exists(WHAT, &group.name));
        }
        Ok(group)
    }

    /// The app group with this id.
    ///
    /// # Errors
    /// `NotFound` "app group".
    pub fn get_app_group(&self, tx: &mut Tx<'_>, caller: &Caller, id: &str) -> Result<AppGroup> {
        store::get(tx, caller.into(), id)?.ok_or_else(|| Error::not_found(WHAT, id))
    }

    /// App groups, newest first.
    pub fn list_app_groups(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        filter: &AppGroupFilter,
        page: PageRequest,
    ) -> Result<Page<AppGroup>> {
        let total = store::count_matching(tx, caller.into(), filter)?;
        Ok(Page { items: store::list(tx, caller.into(), filter, page)?, total })
    }

    /// Changes an app group and returns it as it is then.
    ///
    /// # Errors
    /// As for creating; also `NotFound` "app group", and `Conflict` "app group bound elsewhere" when another
    /// server group is asked for while it has one.
    pub fn update_app_group(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        id: &str,
        patch: &AppGroupPatch,
    ) -> Result<AppGroup> {
        let owner = Owner::from(caller);
        if let Some(name) = &patch.name {
            names::require(names::is_app_group_name(name, self.settings.strict_names))?;
        }
        if let Some(description) = &patch.description {
            names::require_length("description", description, names::TEXT_CHARS)?;
        }
        let mut group = self.get_app_group(tx, caller, id)?;
        match (&patch.binding, &group.server_group) {
            (Binding::Keep, _) => {}
            (Binding::Unbind, _) => group.server_group = None,
            (Binding::To(wanted), Some(bound)) if *wanted == bound.id => {}
            (Binding::To(_), Some(bound)) => {
                let why = format!("the application group is bound to the server group {} already", bound.id);
                return Err(Error::conflict("app group bound elsewhere", why));
            }
            (Binding::To(wanted), None) => {
                group.server_group = Some(binding_target(tx, owner, wanted, Some(group.kind))?.0);
            }
        }
        if let Some(name) = patch.name.as_ref().filter(|name| **name != group.name) {
            if store::name_taken(tx, owner, name)? {
                return Err(Error::already_exists(WHAT, name));
            }
            group.name.clone_from(name);
        }
        if let Some(description) = &patch.description {
            group.description.clone_from(description);
        }
        store::update(tx, &group)?;
        Ok(group)
    }

    /// Deletes app groups; those that do not exist are passed over. How many there were.
    pub fn delete_app_groups(&self, tx: &mut Tx<'_>, caller: &Caller, ids: &[String]) -> Result<u64> {
        let mut deleted = 0;
        for id in ids {
            deleted += u64::from(store::delete(tx, caller.into(), id)?);
        }
        Ok(deleted)
    }

    /// What speaks against a new app group of this name; changes nothing.
    pub fn check_app_group_name(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        name: &str,
    ) -> Result<Option<NameProblem>> {
        if !names::is_app_group_name(name, self.settings.strict_names) {
            return Ok(Some(NameProblem::Malformed));
        }
        Ok(store::name_taken(tx, caller.into(), name)?.then_some(NameProblem::Taken))
    }

    /// Frees all app groups of a server group; how many there were.
    ///
    /// # Errors
    /// `NotFound` "server group".
    pub fn unbind_app_groups(&self, tx: &mut Tx<'_>, caller: &Caller, server_group_id: &str) -> Result<u64> {
        self.get_server_group(tx, caller, server_group_id)?;
        store::unbind_all(tx, server_group_id)
    }
}

/// The server group `id`, once it is clear that an app group of `kind` may be bound to it; with the kind that the
/// app group then has.
fn binding_target(
    tx: &mut Tx<'_>,
    owner: Owner<'_>,
    id: &str,
    kind: Option<AppKind>,
) -> Result<(BoundServerGroup, AppKind)> {
    let target = server_group::require(tx, owner, id)?;
    if kind.is_some_and(|kind| kind != target.kind) {
        let why = format!("the application type differs from that of the server group {id}");
        return Err(Error::conflict("app kind differs", why));
    }
    if target.kind == AppKind::SharedDesktop && store::count_on(tx, id)? > 0 {
        let why = "In shared desktop mode, a server group can be associated with only one application group.";
        return Err(Error::conflict("shared desktop taken", why));
    }
    let bound = BoundServerGroup { id: target.id, name: target.name, description: target.description };
    Ok((bound, target.kind))
}

/// How many app groups a server group of the owner carries.
pub(crate) fn count_on(tx: &mut Tx<'_>, server_group_id: &str) -> Result<u64> {
    store::count_on(tx, server_group_id)
}
