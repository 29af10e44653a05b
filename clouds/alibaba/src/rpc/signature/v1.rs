//! The older signature: HMAC-SHA1 over method and parameters, itself a parameter.
//!
//! Headers and host are not covered, which is why proxies and TLS termination do not matter here.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use muster_wire::digest::{hmac_sha1, same};
use muster_wire::encoding::percent_encode;

use super::Mismatch;
use crate::rpc::Parameters;

/// Checks the `Signature` among the merged `parameters` of query and form body.
///
/// # Errors
/// [`Mismatch`] with our own string to sign.
pub fn verify(method: &str, parameters: &Parameters, secret: &str) -> Result<(), Mismatch> {
    let string_to_sign = string_to_sign(method, parameters);
    // A client that forgot to encode the signature's plus signs sent blanks.
    let received = parameters.text("Signature").unwrap_or_default().replace(' ', "+");
    if same(sign(secret, &string_to_sign).as_bytes(), received.as_bytes()) {
        Ok(())
    } else {
        Err(Mismatch { string_to_sign })
    }
}

/// The text that is signed: every parameter but the signature itself, empty ones included.
pub fn string_to_sign(method: &str, parameters: &Parameters) -> String {
    let signed = parameters.iter().filter(|(name, _)| *name != "Signature");
    let pairs: Vec<String> =
        signed.map(|(name, value)| format!("{}={}", percent_encode(name), percent_encode(value))).collect();
    format!("{method}&%2F&{}", percent_encode(&pairs.join("&")))
}

/// The signature of `string_to_sign`, in base64.
pub fn sign(secret: &str, string_to_sign: &str) -> String {
    STANDARD.encode(hmac_sha1(format!("{secret}&").as_bytes(), string_to_sign.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_parameters_at_all() {
        assert_eq!(string_to_sign("GET", &Parameters::default()), "GET&%2F&");
    }
}
