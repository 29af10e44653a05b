//! What a frame holds: Akka's association, heartbeats and envelopes.

use bytes::Bytes;

use super::protobuf::{Fixed64, message};

message! {
    /// A frame's content: an instruction, or a payload.
    pub struct AkkaProtocolMessage {
        /// An [`AckAndEnvelopeContainer`].
        1 payload: Option<Bytes>,
        /// About the connection itself.
        2 instruction: Option<AkkaControlMessage>,
    }

    /// Something about the connection itself.
    pub struct AkkaControlMessage {
        /// One of the numbers in [`command`].
        1 command: i32,
        /// Who associates.
        2 handshake: Option<AkkaHandshakeInfo>,
    }

    /// Who associates.
    pub struct AkkaHandshakeInfo {
        /// Its address.
        1 origin: AddressData,
        /// A number that changes with each start of its process.
        2 uid: Fixed64,
    }

    /// An address.
    pub struct AddressData {
        /// The actor system: `server`, or a worker's id.
        1 system: String,
        /// A host name or an IP address.
        2 hostname: String,
        /// A TCP port.
        3 port: u32,
        /// `tcp`.
        4 protocol: Option<String>,
    }

    /// An acknowledgement, an envelope, or both.
    pub struct AckAndEnvelopeContainer {
        /// Which numbered envelopes have arrived.
        1 ack: Option<AcknowledgementInfo>,
        /// What is said.
        2 envelope: Option<RemoteEnvelope>,
    }

    /// Which numbered envelopes have arrived.
    pub struct AcknowledgementInfo {
        /// All up to this one.
        1 cumulative: Fixed64,
        /// But for these.
        2 nacks: Vec<Fixed64>,
    }

    /// A message with its addresses.
    pub struct RemoteEnvelope {
        /// Whom it is for.
        1 recipient: ActorRefData,
        /// What is said.
        2 message: SerializedMessage,
        /// Who said it, and whom to answer.
        4 sender: Option<ActorRefData>,
        /// Its number, when it must be acknowledged.
        5 seq: Option<Fixed64>,
    }

    /// An actor.
    pub struct ActorRefData {
        /// `akka.tcp://system@host:port/path`.
        1 path: String,
    }

    /// A message's bytes, and how they were made.
    pub struct SerializedMessage {
        /// The bytes.
        1 message: Bytes,
        /// One of the numbers in [`serializer`].
        2 serializer: i32,
        /// The class of the message.
        3 manifest: Option<Bytes>,
    }

    /// A message for whichever actor a pattern finds.
    pub struct SelectionEnvelope {
        /// The message's bytes.
        1 enclosed: Bytes,
        /// How they were made.
        2 serializer: i32,
        /// The path, element by element.
        3 pattern: Vec<Selection>,
        /// The class of the message.
        4 manifest: Option<Bytes>,
        /// Whether wildcards reach all that they match.
        5 wildcard_fan_out: Option<bool>,
    }

    /// One element of a path.
    pub struct Selection {
        /// One of the numbers in [`selection`].
        1 kind: i32,
        /// The name or pattern.
        2 matcher: Option<String>,
    }
}

/// What [`AkkaControlMessage::command`] says.
pub mod command {
    /// I am here; who are you?
    pub const ASSOCIATE: i32 = 1;
    /// I leave.
    pub const DISASSOCIATE: i32 = 2;
    /// I live.
    pub const HEARTBEAT: i32 = 3;
    /// I leave because I end.
    pub const DISASSOCIATE_SHUTTING_DOWN: i32 = 4;
    /// I leave because I no longer trust this association.
    pub const DISASSOCIATE_QUARANTINED: i32 = 5;
}

/// How a message's bytes were made.
pub mod serializer {
    /// Protobuf, with the class name as manifest.
    pub const PROTOBUF: i32 = 2;
    /// An actor selection around another message.
    pub const SELECTION: i32 = 6;
}

/// What [`Selection::kind`] says.
pub mod selection {
    /// The child of this name.
    pub const CHILD_NAME: i32 = 1;
}
