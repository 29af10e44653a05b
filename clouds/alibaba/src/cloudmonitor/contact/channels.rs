//! The vendor's words for channels and their states.

use muster_notify::{ChannelKind, ChannelState, Contact};
use serde_json::{Map, Value};

/// The member of `Channels` for a kind.
pub(super) fn word(kind: ChannelKind) -> &'static str {
    match kind {
        ChannelKind::Mail => "Mail",
        ChannelKind::Sms => "SMS",
        ChannelKind::DingTalk => "DingWebHook",
        ChannelKind::AliIm => "AliIM",
    }
}

/// The kind for a member of `Channels`.
pub(super) fn kind(word: &str) -> Option<ChannelKind> {
    ChannelKind::ALL.into_iter().find(|&kind| self::word(kind) == word)
}

/// `Channels`: every kind, with the values of usable channels only. An address that nobody has confirmed is
/// not shown: Terraform's users are told to expect that.
pub(super) fn values(contact: &Contact) -> Value {
    let value = |kind| {
        let channel = contact.channel(kind).filter(|channel| channel.state == ChannelState::Active);
        Value::from(channel.map_or("", |channel| channel.value.as_str()))
    };
    ChannelKind::ALL
        .into_iter()
        .map(|kind| (word(kind).to_owned(), value(kind)))
        .collect::<Map<_, _>>()
        .into()
}

/// `ChannelsState`: the configured channels only.
pub(super) fn states(contact: &Contact) -> Value {
    let state = |state| match state {
        ChannelState::Pending => "PENDING",
        ChannelState::Active => "OK",
    };
    let states = contact
        .channels
        .iter()
        .map(|channel| (word(channel.kind).to_owned(), Value::from(state(channel.state))));
    states.collect::<Map<_, _>>().into()
}
