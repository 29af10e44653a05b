//! Tokens that carry a place in an answer, or a whole query, from one call to the next.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::cloudmonitor::Refusal;
use crate::rpc::Parameters;

/// Bytes of the longest token.
const LONGEST: usize = 65_536;

/// The token for something. It is opaque to clients, and no secret.
pub(super) fn write(thing: &impl Serialize) -> String {
    // Texts and numbers always become JSON.
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(thing).unwrap_or_default())
}

/// What the token in this parameter carries.
pub(super) fn read<T: DeserializeOwned>(parameters: &Parameters, name: &str) -> Result<Option<T>, Refusal> {
    let Some(text) = parameters.word(name) else { return Ok(None) };
    let thing = Some(text).filter(|text| text.len() <= LONGEST);
    let thing = thing.and_then(|text| URL_SAFE_NO_PAD.decode(text).ok());
    let thing = thing.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    thing.map(Some).ok_or_else(|| Refusal::illegal(name, "is not one that this server has given"))
}
