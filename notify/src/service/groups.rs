//! Contact groups.

use std::collections::HashSet;

use muster_core::{Browse, Error, Page, PageRequest, Result};
use muster_db::Tx;
use muster_identity::Caller;

use super::Service;
use super::contacts::{CONTACT, check_description};
use crate::model::{Contact, ContactGroup, PutContactGroup};
use crate::names;
use crate::store::{contacts, groups};

/// What `Error::NotFound` calls a contact group.
pub(crate) const CONTACT_GROUP: &str = "contact group";

/// The longest member list.
const MOST_MEMBERS: usize = 100;

impl Service {
    /// Makes a group, or changes what is given of the one of this name; its id. Members that are no
    /// contacts yet are kept by name and count from the moment when such a contact is made.
    ///
    /// # Errors
    /// `Invalid` on a bad name or description or on more than 100 members; `NotFound` "contact" when the
    /// directory is set to be strict and a member is unknown.
    pub fn put_contact_group(&self, tx: &mut Tx<'_>, caller: &Caller, put: &PutContactGroup) -> Result<i64> {
        names::check("contact group name", &put.name)?;
        if let Some(description) = &put.description {
            check_description(description)?;
        }
        let account = &caller.account_id;
        let members = put.members.as_deref().map(checked_members).transpose()?;
        if self.settings.strict {
            for name in members.iter().flatten() {
                if !contacts::exists(tx, account, name)? {
                    return Err(Error::not_found(CONTACT, name));
                }
            }
        }
        let id = groups::upsert(tx, account, put)?;
        if let Some(members) = &members {
            groups::set_members(tx, account, id, members)?;
        }
        Ok(id)
    }

    /// Makes an empty group unless there is one of this name. Whether it was made.
    ///
    /// # Errors
    /// `Invalid` on a bad name.
    pub fn ensure_contact_group(&self, tx: &mut Tx<'_>, caller: &Caller, name: &str) -> Result<bool> {
        names::check("contact group name", name)?;
        groups::insert_if_missing(tx, &caller.account_id, name)
    }

    /// The group of this name.
    ///
    /// # Errors
    /// `NotFound` "contact group".
    pub fn get_contact_group(&self, tx: &mut Tx<'_>, caller: &Caller, name: &str) -> Result<ContactGroup> {
        groups::find(tx, &caller.account_id, name)?.ok_or_else(|| Error::not_found(CONTACT_GROUP, name))
    }

    /// Groups, newest first; those whose name begins with `name_prefix` if one is given.
    pub fn list_contact_groups(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        name_prefix: Option<&str>,
        page: PageRequest,
    ) -> Result<Page<ContactGroup>> {
        groups::list(tx, &caller.account_id, name_prefix, page)
    }

    /// Groups, newest first, without a count; the key is the name.
    ///
    /// # Errors
    /// Those of the store.
    pub fn browse_contact_groups(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        browse: &Browse<'_>,
    ) -> Result<Vec<ContactGroup>> {
        groups::browse(tx, &caller.account_id, browse)
    }

    /// Groups whose name begins with `text`, by name, at most `limit`.
    ///
    /// # Errors
    /// Those of the store.
    pub fn search_contact_groups(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        text: &str,
        limit: u32,
    ) -> Result<Vec<ContactGroup>> {
        groups::search(tx, &caller.account_id, text, limit)
    }

    /// How many groups there are, counted up to `most`.
    ///
    /// # Errors
    /// Those of the store.
    pub fn count_contact_groups(&self, tx: &mut Tx<'_>, caller: &Caller, most: i64) -> Result<u64> {
        groups::count(tx, &caller.account_id, most)
    }

    /// The contacts that a group holds, in the group's order. Members that are no contacts yet are left out.
    ///
    /// # Errors
    /// `NotFound` "contact group".
    pub fn contacts_of_group(&self, tx: &mut Tx<'_>, caller: &Caller, name: &str) -> Result<Vec<Contact>> {
        let account = &caller.account_id;
        let id = groups::id(tx, account, name)?.ok_or_else(|| Error::not_found(CONTACT_GROUP, name))?;
        contacts::of_group(tx, account, id)
    }

    /// Removes a group; its contacts stay, and whoever names the group goes on naming it in vain.
    ///
    /// # Errors
    /// `NotFound` "contact group".
    pub fn delete_contact_group(&self, tx: &mut Tx<'_>, caller: &Caller, name: &str) -> Result<()> {
        if groups::delete(tx, &caller.account_id, name)? {
            Ok(())
        } else {
            Err(Error::not_found(CONTACT_GROUP, name))
        }
    }
}

/// The names in their order, each once.
fn checked_members(members: &[String]) -> Result<Vec<String>> {
    if members.len() > MOST_MEMBERS {
        return Err(Error::invalid("members", format!("must be at most {MOST_MEMBERS}")));
    }
    let mut seen = HashSet::new();
    let mut distinct = Vec::with_capacity(members.len());
    for name in members {
        names::check("members", name)?;
        if seen.insert(name) {
            distinct.push(name.clone());
        }
    }
    Ok(distinct)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeated_members_collapse_in_order() {
        let given = ["b", "a", "b", "c", "a"].map(str::to_owned);
        assert_eq!(checked_members(&given).unwrap(), ["b", "a", "c"]);
    }

    #[test]
    fn a_hundred_members_and_no_more() {
        let names = |count: usize| (0..count).map(|n| format!("n{n}")).collect::<Vec<_>>();
        assert_eq!(checked_members(&names(100)).unwrap().len(), 100);
        assert!(checked_members(&names(101)).is_err());
        assert!(checked_members(&["a,b".to_owned()]).is_err());
    }
}
