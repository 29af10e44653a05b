//! The other side of the wires: requests signed as the vendors' clients sign them, and a small HTTP client.
//!
//! `muster call`, the benches and the tests against the built program use it. It shares digests and encodings with
//! the servers' side and nothing else, so that a mistake on one side is seen by the other.

mod connection;
mod credentials;
mod family;
mod process;
mod sign;

pub use connection::{Answer, Connection, NotAnswered};
pub use credentials::{Credentials, Endpoints};
pub use family::{Family, Requests};
pub use process::Process;
pub use sign::{Signer, Target};
