//! Contacts and messages, as an operator looks after them.
//!
//! The same types are what can be typed and what travels over the socket.

use clap::{Subcommand, ValueEnum};
use muster_core::{PageRequest, Random, Result};
use muster_db::Tx;
use muster_identity::{Caller, audit};
use muster_notify::{
    Attempt, ChannelKind, ChannelState, Contact, ContactFilter, Message, MessageFilter, MessageState, Service,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Admin, identity};

/// So many contacts are listed at most.
const MOST_CONTACTS: u64 = 10_000;

/// What is to be done, in which account.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PeopleRequest {
    /// Name or id of the account; the first one unless told.
    pub account: Option<String>,
    /// What is to be done.
    pub command: PeopleCommand,
}

/// What is looked after.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each names its own type")]
pub enum PeopleCommand {
    Contact(ContactCommand),
    Message(MessageCommand),
}

/// `muster contact`
#[derive(Clone, Debug, Subcommand, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(
    missing_docs,
    reason = "what fields mean follows from the variants' texts, which are the command's help"
)]
pub enum ContactCommand {
    /// All alert contacts with the state of their channels
    List,
    /// Let a channel be used without its owner's confirmation
    Activate {
        name: String,
        #[arg(value_enum)]
        channel: Confirmed,
    },
    /// Send a test message to every usable channel of a contact
    Test { name: String },
}

/// A channel whose owner is asked to confirm it.
#[derive(Clone, Copy, Debug, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Confirmed {
    /// The mail address
    Mail,
    /// The phone number
    Sms,
}

/// `muster message`
#[derive(Clone, Debug, Subcommand, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(
    missing_docs,
    reason = "what fields mean follows from the variants' texts, which are the command's help"
)]
pub enum MessageCommand {
    /// The newest messages and what has become of them
    List {
        /// Only those for this contact
        #[arg(long)]
        contact: Option<String>,
        /// Only those in this state: queued, sending, delivered, written, failed, cancelled, silenced
        #[arg(long, value_parser = state_of)]
        state: Option<String>,
        #[arg(long, default_value_t = 50)]
        limit: u32,
    },
    /// One message with every attempt to send it
    Show { id: i64 },
}

fn state_of(text: &str) -> std::result::Result<String, String> {
    let state = MessageState::parse(text).ok_or_else(|| "no such state".to_owned())?;
    Ok(state.as_str().to_owned())
}

pub(super) fn execute(admin: &Admin, request: &PeopleRequest) -> Result<Value> {
    let mut random = Random::from_seed(&admin.world.random.seed());
    let caller = identity::caller(admin, request.account.as_deref(), &mut random)?;
    // Neither of these makes an activation link, so the service needs no address.
    let service = Service::new(admin.settings.contacts.clone(), "");
    match request.command.clone() {
        PeopleCommand::Contact(ContactCommand::List) => {
            admin.db.read_blocking(|tx| contacts(&service, tx, &caller))
        }
        PeopleCommand::Contact(ContactCommand::Activate { name, channel }) => {
            let kind = match channel {
                Confirmed::Mail => ChannelKind::Mail,
                Confirmed::Sms => ChannelKind::Sms,
            };
            change(admin, caller, "ActivateChannel", name, move |tx, caller, name| {
                service.activate_channel(tx, caller, name, kind)?;
                Ok(contact_row(&service.get_contact(tx, caller, name)?))
            })
        }
        PeopleCommand::Contact(ContactCommand::Test { name }) => {
            change(admin, caller, "TestContact", name, move |tx, caller, name| {
                let told = service.test_contact(tx, caller, name)?;
                Ok(json!({ "contact": name, "messages": told.messages }))
            })
        }
        PeopleCommand::Message(MessageCommand::List { contact, state, limit }) => {
            let state = state.as_deref().and_then(MessageState::parse);
            let filter = MessageFilter { state, contact, before: None };
            let messages = admin.db.read_blocking(|tx| service.list_messages(tx, &caller, &filter, limit))?;
            Ok(messages.iter().map(message_row).collect())
        }
        PeopleCommand::Message(MessageCommand::Show { id }) => {
            let (message, attempts) = admin.db.read_blocking(|tx| service.get_message(tx, &caller, id))?;
            let mut shown = message_row(&message);
            shown["subject"] = json!(message.content.subject);
            shown["text"] = json!(message.content.text);
            shown["attempts"] = attempts.iter().map(attempt_row).collect();
            Ok(shown)
        }
    }
}

/// Does `part` about the contact `name`, with its row in the audit log.
fn change(
    admin: &Admin,
    caller: Caller,
    operation: &'static str,
    name: String,
    part: impl Fn(&mut Tx<'_>, &Caller, &str) -> Result<Value> + Send + 'static,
) -> Result<Value> {
    admin.db.write_blocking(move |tx| {
        let subject = Some(("contact", name.as_str()));
        audit::recorded(tx, &caller, ("cli", operation), subject, |tx| part(tx, &caller, &name))
    })?
}

fn contacts(service: &Service, tx: &mut Tx<'_>, caller: &Caller) -> Result<Value> {
    let page = PageRequest { offset: 0, limit: MOST_CONTACTS };
    let contacts = service.list_contacts(tx, caller, &ContactFilter::default(), page)?;
    Ok(contacts.items.iter().map(contact_row).collect())
}

fn contact_row(contact: &Contact) -> Value {
    let state = |kind| {
        contact.channel(kind).map(|channel| match channel.state {
            ChannelState::Active => channel.value.clone(),
            ChannelState::Pending => format!("{} (not confirmed)", channel.value),
        })
    };
    json!({
        "name": contact.name,
        "mail": state(ChannelKind::Mail),
        "sms": state(ChannelKind::Sms),
        "dingtalk": state(ChannelKind::DingTalk),
        "groups": contact.groups.join(", "),
    })
}

fn message_row(message: &Message) -> Value {
    json!({
        "id": message.id,
        "at": message.created_at.to_string(),
        "purpose": message.purpose,
        "contact": message.contact,
        "medium": message.medium.as_str(),
        "target": message.target,
        "state": message.state.as_str(),
        "attempts": message.attempts,
        "detail": message.detail,
    })
}

fn attempt_row(attempt: &Attempt) -> Value {
    json!({
        "number": attempt.number,
        "started": attempt.started_at.to_string(),
        "finished": attempt.finished_at.map(|at| at.to_string()),
        "outcome": attempt.outcome,
        "detail": attempt.detail,
    })
}
