//! Bytes, frames, letters, messages: everything that is said on a worker's connection, without a connection.
//!
//! Workers speak Akka's classic remoting: frames that hold protobuf, which hold envelopes, which hold the
//! messages of the scheduler. Nothing in here reads, writes or waits, so all of it is tested with byte strings.
//! Whatever bytes arrive, the answer is a value or a [`Malformed`].

pub mod address;
pub mod frame;
pub mod letter;
pub mod messages;
pub mod protobuf;
pub mod transport;

#[cfg(test)]
mod properties;
#[cfg(test)]
mod vectors;

pub use address::Address;
pub use frame::Frames;
pub use letter::Letter;
pub use protobuf::{Malformed, Message};
