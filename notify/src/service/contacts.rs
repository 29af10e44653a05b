//! Contacts.

use muster_core::{Browse, Error, Page, PageRequest, Result};
use muster_db::Tx;
use muster_identity::Caller;

use super::Service;
use crate::model::{Channel, ChannelKind, ChannelState, Contact, ContactFilter, Lang, PutContact};
use crate::store::contacts::StoredChannel;
use crate::store::{activations, contacts, messages};
use crate::{address, names};

/// What `Error::NotFound` calls a contact.
pub(crate) const CONTACT: &str = "contact";
/// What `Error::NotFound` calls a channel.
const CHANNEL: &str = "channel";
const LONGEST_DESCRIPTION: usize = 1024;

pub(crate) fn check_description(description: &str) -> Result<()> {
    if description.chars().count() > LONGEST_DESCRIPTION
        || description.chars().any(|c| c.is_control() && c != '\n' && c != '\t')
    {
        return Err(Error::invalid(
            "description",
            format!("must have at most {LONGEST_DESCRIPTION} characters, none of them control characters"),
        ));
    }
    Ok(())
}

impl Service {
    /// Makes a contact, or changes the one of this name; its id. The given channels take the place of the
    /// former ones: one whose value is the same keeps its state, a new mail address or phone number waits
    /// for its owner's confirmation and gets a message that asks for it.
    ///
    /// # Errors
    /// `Invalid` on a bad name, description or channel, or when no channel is given.
    pub fn put_contact(&self, tx: &mut Tx<'_>, caller: &Caller, put: &PutContact) -> Result<i64> {
        names::check("contact name", &put.name)?;
        check_description(&put.description)?;
        if put.channels.is_empty() {
            return Err(Error::invalid("channels", "at least one channel is needed"));
        }
        for (place, (kind, value)) in put.channels.iter().enumerate() {
            address::check(*kind, value)?;
            if put.channels[..place].iter().any(|(other, _)| other == kind) {
                return Err(Error::invalid(kind.as_str(), "is given twice"));
            }
        }
        let account = &caller.account_id;
        let id = contacts::upsert(tx, account, &put.name, &put.description, put.lang, self.settings.lang)?;
        let before = contacts::channels(tx, id)?;
        for kind in ChannelKind::ALL {
            let old = before.iter().find(|stored| stored.channel.kind == kind);
            match (old, put.channels.iter().find(|(wanted, _)| *wanted == kind)) {
                (None, None) => {}
                (Some(old), None) => {
                    self.forget_channel(tx, account, id, &put.name, &old.channel)?;
                    contacts::delete_channel(tx, id, kind)?;
                }
                (old, Some((_, value))) => self.put_channel(tx, account, id, &put.name, old, kind, value)?,
            }
        }
        Ok(id)
    }

    #[expect(clippy::too_many_arguments, reason = "the steps of one put, which share nothing but these")]
    fn put_channel(
        &self,
        tx: &mut Tx<'_>,
        account: &str,
        id: i64,
        name: &str,
        old: Option<&StoredChannel>,
        kind: ChannelKind,
        value: &str,
    ) -> Result<()> {
        let must_confirm = self.settings.activation && kind.needs_activation();
        match old {
            Some(old) if old.channel.value == value => match old.channel.state {
                ChannelState::Active => Ok(()),
                ChannelState::Pending if must_confirm => {
                    self.ask_again(tx, account, id, name, kind, value, old.activation_sent_at)
                }
                ChannelState::Pending => contacts::activate_channel(tx, id, kind),
            },
            _ => {
                if let Some(old) = old {
                    self.forget_channel(tx, account, id, name, &old.channel)?;
                }
                let state = if must_confirm { ChannelState::Pending } else { ChannelState::Active };
                contacts::put_channel(tx, account, id, &Channel { kind, value: value.to_owned(), state })?;
                if must_confirm { self.ask_to_confirm(tx, account, id, name, kind, value) } else { Ok(()) }
            }
        }
    }

    /// Nothing more goes to a channel that was replaced or removed, and links sent to it are dead.
    fn forget_channel(
        &self,
        tx: &mut Tx<'_>,
        account: &str,
        id: i64,
        name: &str,
        channel: &Channel,
    ) -> Result<()> {
        activations::delete_of_channel(tx, id, channel.kind)?;
        messages::cancel(tx, account, name, Some(&channel.value), "the channel was removed")
    }

    /// Makes an empty contact unless there is one of this name: for features that are given names of people
    /// before their addresses. Whether it was made.
    ///
    /// # Errors
    /// `Invalid` on a bad name.
    pub fn ensure_contact(&self, tx: &mut Tx<'_>, caller: &Caller, name: &str) -> Result<bool> {
        names::check("contact name", name)?;
        contacts::insert_if_missing(tx, &caller.account_id, name, self.settings.lang)
    }

    /// The contact of this name.
    ///
    /// # Errors
    /// `NotFound` "contact".
    pub fn get_contact(&self, tx: &mut Tx<'_>, caller: &Caller, name: &str) -> Result<Contact> {
        contacts::find(tx, &caller.account_id, name)?.ok_or_else(|| Error::not_found(CONTACT, name))
    }

    /// Contacts that fit `filter`, newest first.
    pub fn list_contacts(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        filter: &ContactFilter,
        page: PageRequest,
    ) -> Result<Page<Contact>> {
        contacts::list(tx, &caller.account_id, filter, page)
    }

    /// Contacts, newest first, without a count; the key is the name.
    ///
    /// # Errors
    /// Those of the store.
    pub fn browse_contacts(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        browse: &Browse<'_>,
    ) -> Result<Vec<Contact>> {
        contacts::browse(tx, &caller.account_id, browse)
    }

    /// Contacts whose name begins with `text`, by name, and those with exactly this address or number; at most
    /// `limit` of either. Each answers from an index.
    ///
    /// # Errors
    /// Those of the store.
    pub fn search_contacts(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        text: &str,
        limit: u32,
    ) -> Result<Vec<Contact>> {
        contacts::search(tx, &caller.account_id, text, limit)
    }

    /// How many contacts there are, counted up to `most`.
    ///
    /// # Errors
    /// Those of the store.
    pub fn count_contacts(&self, tx: &mut Tx<'_>, caller: &Caller, most: i64) -> Result<u64> {
        contacts::count(tx, &caller.account_id, most)
    }

    /// Removes a contact from the directory and from every group; nothing that is still queued goes to it.
    ///
    /// # Errors
    /// `NotFound` "contact".
    pub fn delete_contact(&self, tx: &mut Tx<'_>, caller: &Caller, name: &str) -> Result<()> {
        let account = &caller.account_id;
        let id = contacts::delete(tx, account, name)?.ok_or_else(|| Error::not_found(CONTACT, name))?;
        activations::delete_of_contact(tx, id)?;
        messages::cancel(tx, account, name, None, "the contact was deleted")
    }

    /// Marks a waiting channel as usable without its owner's confirmation: an administrator vouches for it.
    ///
    /// # Errors
    /// `NotFound` "contact" or "channel".
    pub fn activate_channel(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        name: &str,
        kind: ChannelKind,
    ) -> Result<()> {
        let contact = self.get_contact(tx, caller, name)?;
        if contact.channel(kind).is_none() {
            return Err(Error::not_found(CHANNEL, kind.as_str()));
        }
        contacts::activate_channel(tx, contact.id, kind)?;
        activations::delete_of_channel(tx, contact.id, kind)
    }

    /// How many channels wait for their owner's confirmation; counted up to 1,000.
    ///
    /// # Errors
    /// Those of the store.
    pub fn count_pending_channels(&self, tx: &mut Tx<'_>, caller: &Caller) -> Result<u64> {
        contacts::count_pending(tx, &caller.account_id, 1_000)
    }

    /// The language of contacts that name none.
    pub fn default_lang(&self) -> Lang {
        self.settings.lang
    }
}
