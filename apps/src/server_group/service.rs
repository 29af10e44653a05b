//! What callers may ask about server groups.

use muster_core::{Error, Page, PageRequest, Result};
use muster_db::Tx;
use muster_identity::Caller;

use super::{MountPolicy, NewServerGroup, ServerGroup, ServerGroupFilter, ServerGroupPatch, rules, store};
use crate::names::{self, NameProblem};
use crate::sql::Owner;
use crate::{Service, app_group, tags};

const WHAT: &str = "server group";

impl Service {
    /// Makes a server group. It needs no server to exist.
    ///
    /// # Errors
    /// `Invalid` for values outside their domains; `Quota` "server groups"; `NotFound` "server group" when the
    /// primary does not exist; `Conflict` "standby differs" when it does not agree with its primary;
    /// `AlreadyExists` "server group".
    pub fn create_server_group(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        new: &NewServerGroup,
    ) -> Result<ServerGroup> {
        let owner = Owner::from(caller);
        rules::check_new(new, &self.settings.catalogue)?;
        tags::check_set(&new.tags, 0..=self.settings.limits.tags)?;
        let limit = self.settings.limits.server_groups;
        if store::count(tx, owner)? >= limit {
            return Err(Error::Quota { what: "server groups", limit });
        }
        let primary = new.primary_id.as_deref().map(|id| require(tx, owner, id)).transpose()?;
        let mut group = ServerGroup {
            id: tx.new_uuid().to_string(),
            name: new.name.clone(),
            description: new.description.clone(),
            kind: new.kind.or(primary.as_ref().map(|primary| primary.kind)).unwrap_or_default(),
            os: new.os,
            single_session: new.single_session,
            virtual_ip: new.virtual_ip,
            mount_policy: primary.as_ref().map_or(MountPolicy::default(), |primary| primary.mount_policy),
            enabled: new.enabled,
            enterprise_project_id: new.enterprise_project_id.clone(),
            primary_id: new.primary_id.clone(),
            standby_ids: Vec::new(),
            plan: new.plan.clone(),
            tags: new.tags.clone(),
            app_group_count: 0,
            created_at: tx.now(),
            updated_at: tx.now(),
        };
        if let Some(primary) = &primary {
            require_agreement(&group, primary)?;
        }
        if !store::insert(tx, owner, &group)? {
            return Err(Error::already_exists(WHAT, &group.name));
        }
        tags::store::put(tx, &group.id, &group.tags)?;
        group.tags.sort();
        Ok(group)
    }

    /// The server group with this id.
    ///
    /// # Errors
    /// `NotFound` "server group".
    pub fn get_server_group(&self, tx: &mut Tx<'_>, caller: &Caller, id: &str) -> Result<ServerGroup> {
        require(tx, caller.into(), id)
    }

    /// Server groups, newest first.
    pub fn list_server_groups(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        filter: &ServerGroupFilter,
        page: PageRequest,
    ) -> Result<Page<ServerGroup>> {
        let total = store::count_matching(tx, caller.into(), filter)?;
        Ok(Page { items: store::list(tx, caller.into(), filter, page)?, total })
    }

    /// Changes a server group. Its standby groups follow in kind and mount policy.
    ///
    /// # Errors
    /// `Invalid` for values outside their domains; `NotFound` and `AlreadyExists` "server group"; `Conflict`
    /// "server group in use" when the kind of a group with app groups is changed, "standby differs" when a
    /// standby group would leave its primary.
    pub fn update_server_group(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        id: &str,
        patch: &ServerGroupPatch,
    ) -> Result<ServerGroup> {
        let owner = Owner::from(caller);
        rules::check_patch(patch)?;
        let before = require(tx, owner, id)?;
        let mut group = before.clone();
        rules::apply(patch, &mut group)?;
        if group.name != before.name && store::name_taken(tx, owner, &group.name)? {
            return Err(Error::already_exists(WHAT, &group.name));
        }
        if let Some(primary_id) = &group.primary_id {
            require_agreement(&group, &require(tx, owner, primary_id)?)?;
        }
        if group.kind != before.kind {
            // Each app group has the kind of its server group, and the standbys change with this one.
            for id in std::iter::once(id).chain(before.standby_ids.iter().map(String::as_str)) {
                if app_group::count_on(tx, id)? > 0 {
                    return Err(in_use(format!("application groups are bound to the server group {id}")));
                }
            }
        }
        group.updated_at = tx.now();
        store::update(tx, &group)?;
        if group.kind != before.kind || group.mount_policy != before.mount_policy {
            store::update_standbys(tx, &group)?;
        }
        Ok(group)
    }

    /// Deletes a server group; whether there was one.
    ///
    /// # Errors
    /// `Conflict` "server group in use" while app groups are bound to it or other groups stand by for it.
    pub fn delete_server_group(&self, tx: &mut Tx<'_>, caller: &Caller, id: &str) -> Result<bool> {
        let Some(group) = store::get(tx, caller.into(), id)? else { return Ok(false) };
        if group.app_group_count > 0 {
            return Err(in_use(format!("application groups are bound to the server group {id}")));
        }
        if !group.standby_ids.is_empty() {
            return Err(in_use(format!("other server groups stand by for the server group {id}")));
        }
        store::delete(tx, id)?;
        Ok(true)
    }

    /// What speaks against a new server group of this name; changes nothing.
    pub fn check_server_group_name(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        name: &str,
    ) -> Result<Option<NameProblem>> {
        if !names::is_server_group_name(name) {
            return Ok(Some(NameProblem::Malformed));
        }
        Ok(store::name_taken(tx, caller.into(), name)?.then_some(NameProblem::Taken))
    }
}

/// The owner's server group with this id.
pub(crate) fn require(tx: &mut Tx<'_>, owner: Owner<'_>, id: &str) -> Result<ServerGroup> {
    store::get(tx, owner, id)?.ok_or_else(|| Error::not_found(WHAT, id))
}

fn in_use(why: String) -> Error {
    Error::conflict("server group in use", why)
}

/// Refuses a standby group that could not take over for `primary`.
fn require_agreement(standby: &ServerGroup, primary: &ServerGroup) -> Result<()> {
    let differs = |field: &str| {
        let why = format!("a standby server group has the {field} of its primary {}", primary.id);
        Err(Error::conflict("standby differs", why))
    };
    if primary.primary_id.is_some() {
        let why = format!("the server group {} is a standby itself", primary.id);
        return Err(Error::conflict("standby differs", why));
    }
    if standby.os != primary.os {
        return differs("operating system");
    }
    if standby.single_session != primary.single_session {
        return differs("session mode");
    }
    if standby.kind != primary.kind {
        return differs("application type");
    }
    if standby.virtual_ip.unwrap_or(false) != primary.virtual_ip.unwrap_or(false) {
        return differs("IP virtualization");
    }
    if standby.mount_policy != primary.mount_policy {
        return differs("mount policy");
    }
    Ok(())
}
