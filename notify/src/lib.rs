//! People and what they are told: contacts, contact groups, channels with their activation, the outbox and
//! its delivery.
//!
//! Whoever wants somebody told calls [`Service::tell`] in the transaction of what happened; the message
//! exists if and only if that happened. The [`engine`] sends it afterwards, at least once, and writes down
//! every attempt. Nothing here knows a cloud: vendors' words for channels and states live with their wires.

mod address;
mod bridges;
mod config;
pub mod engine;
mod html;
mod migrations;
mod model;
pub mod names;
pub mod outbound;
pub mod public;
mod retry;
mod send;
mod service;
mod store;
#[cfg(test)]
mod tests;
mod texts;
pub mod topic;

pub use bridges::Bridges;
pub use config::{ContactSettings, OutboundSettings, SmtpSecurity, SmtpSettings, TextGatewaySettings};
pub use migrations::MIGRATIONS;
pub use model::{
    Attempt, Channel, ChannelKind, ChannelState, Contact, ContactFilter, ContactGroup, Content, Lang, Medium,
    Message, MessageFilter, MessageState, NewMessage, PutContact, PutContactGroup,
};
pub use retry::Backoff;
pub use send::{GatewaySettings, Gateways};
pub use service::{Confirmation, Notice, Opened, Recipients, Service, Told};
