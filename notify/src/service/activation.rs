//! Asking the owner of an address whether it may be used.

use std::net::IpAddr;

use muster_core::{Result, Timestamp, Uuid};
use muster_db::Tx;
use muster_identity::audit::{Author, NewEntry, record_by};
use sha2::{Digest, Sha256};

use super::Service;
use crate::model::{ChannelKind, Content, Lang, Medium, NewMessage};
use crate::store::{activations, contacts, messages};
use crate::{engine, texts};

/// A link is good for this long.
const LIFETIME_MS: i64 = 24 * 3_600_000;
/// Putting the same unconfirmed address again asks again, but not more often than this.
const ASK_AGAIN_MS: i64 = 60_000;

/// What an activation link would confirm, for the page that asks for the last click.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confirmation {
    /// The contact's name.
    pub contact: String,
    /// The channel.
    pub kind: ChannelKind,
    /// The address or number.
    pub value: String,
    /// The contact's language.
    pub lang: Lang,
}

/// Where a link was opened, for the audit log.
#[derive(Clone, Debug)]
pub struct Opened {
    /// The address of whoever opened it.
    pub source_ip: IpAddr,
    /// The id under which the request is known.
    pub request_id: Uuid,
}

impl Service {
    /// Sends a new link to a waiting channel.
    pub(super) fn ask_to_confirm(
        &self,
        tx: &mut Tx<'_>,
        account: &str,
        contact: i64,
        name: &str,
        kind: ChannelKind,
        value: &str,
    ) -> Result<()> {
        let token = hex::encode(tx.random().bytes::<24>());
        let hash = hash(&token);
        let expires_at = tx.now().plus_ms(LIFETIME_MS);
        activations::insert(tx, &hash, contact, kind, value, expires_at)?;
        contacts::set_activation_sent(tx, contact, kind)?;
        let lang = contacts::find(tx, account, name)?.map_or(self.settings.lang, |contact| contact.lang);
        let link = format!("{}{}{token}", self.public_url, crate::public::ACTIVATIONS);
        let (medium, text) = match kind {
            ChannelKind::Mail => (Medium::Mail, texts::activation_text(lang, name, &link)),
            ChannelKind::Sms => (Medium::Sms, texts::activation_sms(lang, name, &link)),
            ChannelKind::DingTalk | ChannelKind::AliIm => return Ok(()),
        };
        let subject = texts::activation_subject(lang).to_owned();
        let content = Content { subject, text, ..Content::default() };
        let key = format!("activation/{contact}/{}/{}", kind.as_str(), hex::encode(&hash[..8]));
        let message = NewMessage {
            key,
            purpose: "activation",
            contact: Some(name.to_owned()),
            medium,
            target: value.to_owned(),
            content,
        };
        messages::insert(tx, account, &message, None)?;
        tx.signal(engine::DELIVER);
        Ok(())
    }

    #[expect(clippy::too_many_arguments, reason = "the same as asking, and when it was done last")]
    pub(super) fn ask_again(
        &self,
        tx: &mut Tx<'_>,
        account: &str,
        contact: i64,
        name: &str,
        kind: ChannelKind,
        value: &str,
        sent_at: Option<Timestamp>,
    ) -> Result<()> {
        if sent_at.is_some_and(|sent| tx.now().since(sent) < ASK_AGAIN_MS) {
            return Ok(());
        }
        self.ask_to_confirm(tx, account, contact, name, kind, value)
    }

    /// What the link with `token` would confirm; `None` when it is wrong, used, expired, or its address is
    /// no longer wanted.
    pub fn activation(tx: &mut Tx<'_>, token: &str) -> Result<Option<Confirmation>> {
        let found = activations::find_live(tx, &hash(token))?;
        Ok(found.map(|found| Confirmation {
            contact: found.contact,
            kind: found.kind,
            value: found.value,
            lang: found.lang,
        }))
    }

    /// Confirms: the channel is usable, and neither this link nor another one for it works again. `None` as
    /// in [`Service::activation`].
    pub fn confirm_activation(tx: &mut Tx<'_>, token: &str, opened: &Opened) -> Result<Option<Confirmation>> {
        let Some(found) = activations::find_live(tx, &hash(token))? else { return Ok(None) };
        contacts::activate_channel(tx, found.contact_id, found.kind)?;
        activations::delete_of_channel(tx, found.contact_id, found.kind)?;
        let author = Author {
            account_id: &found.account_id,
            principal: "the owner of the address, by an activation link",
            source_ip: opened.source_ip,
            request_id: opened.request_id,
        };
        let subject = Some(("contact", found.contact.as_str()));
        let entry = NewEntry { api: "public", operation: "ActivateChannel", subject, refusal: None };
        record_by(tx, &author, &entry)?;
        Ok(Some(Confirmation {
            contact: found.contact,
            kind: found.kind,
            value: found.value,
            lang: found.lang,
        }))
    }
}

/// Tokens are random and long, so a plain hash is enough to compare by.
fn hash(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}
