//! Letters: a scheduler's message with whom it is for and whom to answer.

use bytes::Bytes;

use super::address::Address;
use super::frame;
use super::messages::Named;
use super::protobuf::{Fixed64, Malformed, Message};
use super::transport::{
    ActorRefData, RemoteEnvelope, Selection, SelectionEnvelope, SerializedMessage, selection, serializer,
};

/// A message that has arrived.
#[derive(Clone, Debug, PartialEq)]
pub struct Letter {
    /// The message's name: what follows the `$` in its class.
    pub name: String,
    /// The message's bytes.
    pub body: Bytes,
    /// The path it is addressed to. Its host and port are as the sender sees them, which need not be ours.
    pub recipient: String,
    /// The path to answer to; empty when no answer is wanted.
    pub sender: String,
}

impl Letter {
    /// Opens an envelope.
    ///
    /// # Errors
    /// When it holds no message of the scheduler.
    pub fn open(envelope: RemoteEnvelope) -> Result<Self, Malformed> {
        let mut message = envelope.message;
        if message.serializer == serializer::SELECTION {
            let enclosed = SelectionEnvelope::decode(message.message)?;
            message = SerializedMessage {
                message: enclosed.enclosed,
                serializer: enclosed.serializer,
                manifest: enclosed.manifest,
            };
        }
        if message.serializer != serializer::PROTOBUF {
            return Err(Malformed("a message was made by an unknown serializer"));
        }
        let manifest = message.manifest.unwrap_or_default();
        let class = std::str::from_utf8(&manifest).map_err(|_| Malformed("a class name is no text"))?;
        // Official workers put some messages under the wrong outer class, so only what follows it counts.
        let (_, name) = class.split_once('$').ok_or(Malformed("a class name has no $"))?;
        Ok(Self {
            name: name.to_owned(),
            body: message.message,
            recipient: envelope.recipient.path,
            sender: envelope.sender.map_or_else(String::new, |sender| sender.path),
        })
    }

    /// Its message, if it is of this kind.
    ///
    /// # Errors
    /// When it is of this kind and cannot be read.
    pub fn message<M: Named>(&self) -> Result<Option<M>, Malformed> {
        if self.name != M::NAME {
            return Ok(None);
        }
        M::decode(self.body.clone()).map(Some)
    }
}

/// The frame of a request to an actor of `to`; the answer comes to the path `sender`.
pub fn request<M: Named>(to: &Address, actor: &str, sender: &str, message: &M) -> Bytes {
    let child = |name: &str| Selection { kind: selection::CHILD_NAME, matcher: Some(name.to_owned()) };
    let enclosed = SelectionEnvelope {
        enclosed: message.encode().into(),
        serializer: serializer::PROTOBUF,
        pattern: vec![child("user"), child(actor)],
        manifest: Some(manifest::<M>()),
        wildcard_fan_out: Some(false),
    };
    let message = SerializedMessage {
        message: enclosed.encode().into(),
        serializer: serializer::SELECTION,
        manifest: None,
    };
    seal(to.path(""), message, sender)
}

/// The frame of an answer to the path `recipient`.
pub fn answer<M: Named>(recipient: &str, sender: &str, message: &M) -> Bytes {
    let message = SerializedMessage {
        message: message.encode().into(),
        serializer: serializer::PROTOBUF,
        manifest: Some(manifest::<M>()),
    };
    seal(recipient.to_owned(), message, sender)
}

fn seal(recipient: String, message: SerializedMessage, sender: &str) -> Bytes {
    frame::envelope(RemoteEnvelope {
        recipient: ActorRefData { path: recipient },
        message,
        sender: Some(ActorRefData { path: sender.to_owned() }),
        seq: None::<Fixed64>,
    })
}

fn manifest<M: Named>() -> Bytes {
    format!("com.alibaba.schedulerx.protocol.{}${}", M::OUTER, M::NAME).into()
}
