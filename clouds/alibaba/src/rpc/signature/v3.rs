//! The newer signature: `Authorization: ACS3-HMAC-SHA256 Credential=…,SignedHeaders=…,Signature=…`.
//!
//! It covers method, query, the headers that it names and the hash of the body. The hash is always computed
//! over the body received, so a changed body fails whatever its header says.

use std::collections::HashSet;

use http::HeaderMap;
use muster_wire::digest::{hmac_sha256, hmac_sm3, same, sha256_hex, sm3_hex};
use muster_wire::encoding::percent_encode;

use super::Mismatch;
use crate::rpc::Parameters;

/// What an attacker must not be able to exchange: these headers have to be among the signed ones.
pub const ALWAYS_SIGNED: [&str; 6] =
    ["host", "x-acs-action", "x-acs-content-sha256", "x-acs-date", "x-acs-signature-nonce", "x-acs-version"];

/// The hash family of a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// `ACS3-HMAC-SHA256`
    Sha256,
    /// `ACS3-HMAC-SM3`
    Sm3,
}

impl Algorithm {
    /// The algorithm's name in the header.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sha256 => "ACS3-HMAC-SHA256",
            Self::Sm3 => "ACS3-HMAC-SM3",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        [Self::Sha256, Self::Sm3].into_iter().find(|algorithm| algorithm.name() == name)
    }

    /// The hash of `bytes` in lower-case hexadecimal digits.
    pub fn hash(self, bytes: &[u8]) -> String {
        match self {
            Self::Sha256 => sha256_hex(bytes),
            Self::Sm3 => sm3_hex(bytes),
        }
    }

    fn mac(self, secret: &str, text: &str) -> String {
        hex::encode(match self {
            Self::Sha256 => hmac_sha256(secret.as_bytes(), text.as_bytes()),
            Self::Sm3 => hmac_sm3(secret.as_bytes(), text.as_bytes()),
        })
    }
}

/// The parts of an `Authorization` header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authorization<'a> {
    /// The algorithm.
    pub algorithm: Algorithm,
    /// The access key's id.
    pub access_key_id: &'a str,
    /// The names of the signed headers, as sent.
    pub signed_headers: &'a str,
    /// The signature.
    pub signature: &'a str,
}

impl<'a> Authorization<'a> {
    /// Reads the header's value.
    ///
    /// # Errors
    /// What is wrong with it, in a sentence.
    pub fn parse(value: &'a str) -> Result<Self, &'static str> {
        let (algorithm, rest) = value.split_once(' ').ok_or("The Authorization header has no parts.")?;
        let algorithm = Algorithm::from_name(algorithm).ok_or("The signature algorithm is not supported.")?;
        let (mut access_key_id, mut signed_headers, mut signature) = ("", "", "");
        for part in rest.split(',') {
            match part.trim().split_once('=') {
                Some(("Credential", value)) => access_key_id = value,
                Some(("SignedHeaders", value)) => signed_headers = value,
                Some(("Signature", value)) => signature = value,
                _ => return Err("The Authorization header has an unknown part."),
            }
        }
        if access_key_id.is_empty() || signed_headers.is_empty() || signature.is_empty() {
            return Err("Credential, SignedHeaders and Signature are mandatory in the Authorization header.");
        }
        // Each time a header is named its value is written out again, so a few kilobytes could stand for gigabytes.
        let mut names = HashSet::new();
        if !signed_headers.split(';').all(|name| names.insert(name)) {
            return Err("SignedHeaders names a header twice.");
        }
        Ok(Self { algorithm, access_key_id, signed_headers, signature })
    }

    /// Whether the header `name` (lower case) is signed.
    pub fn signs(&self, name: &str) -> bool {
        self.signed_headers.split(';').any(|signed| signed == name)
    }

    /// The first header that should be signed and is not: one of [`ALWAYS_SIGNED`] not named, or a named
    /// one that did not arrive.
    pub fn unsigned<'h>(&'h self, headers: &HeaderMap) -> Option<&'h str> {
        let unnamed = ALWAYS_SIGNED.into_iter().find(|name| !self.signs(name));
        unnamed.or_else(|| self.signed_headers.split(';').find(|name| !headers.contains_key(*name)))
    }
}

/// Which names of query parameters are percent-encoded: the documents say all, the SDKs encode none. The two
/// differ only for names outside the unreserved characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Names {
    /// As the documents say.
    Encoded,
    /// As the SDKs do.
    Plain,
}

/// What of a request is signed.
#[derive(Clone, Copy, Debug)]
pub struct Signed<'a> {
    /// The method, in upper case.
    pub method: &'a str,
    /// The parameters of the query string only.
    pub query: &'a Parameters,
    /// All headers.
    pub headers: &'a HeaderMap,
    /// The body as received.
    pub body: &'a [u8],
}

/// Checks `authorization` over `request`.
///
/// # Errors
/// [`Mismatch`] with our own canonical request.
pub fn verify(authorization: &Authorization<'_>, request: Signed<'_>, secret: &str) -> Result<(), Mismatch> {
    let Authorization { algorithm, signed_headers, signature, .. } = *authorization;
    let encoded = canonical_request(algorithm, request, signed_headers, Names::Encoded);
    if same(sign(algorithm, secret, &encoded).as_bytes(), signature.as_bytes()) {
        return Ok(());
    }
    // A name that holds a separator could pass for several parameters, and those for it.
    let ambiguous = request.query.iter().any(|(name, _)| name.contains(['&', '=', '%', '\n']));
    let plain = canonical_request(algorithm, request, signed_headers, Names::Plain);
    if !ambiguous
        && plain != encoded
        && same(sign(algorithm, secret, &plain).as_bytes(), signature.as_bytes())
    {
        return Ok(());
    }
    Err(Mismatch { string_to_sign: encoded })
}

/// The canonical request; `signed_headers` is the list as it stands in the header.
pub fn canonical_request(
    algorithm: Algorithm,
    request: Signed<'_>,
    signed_headers: &str,
    names: Names,
) -> String {
    let mut canonical = format!("{}\n/\n", request.method);
    for (index, (name, value)) in request.query.iter().enumerate() {
        if index > 0 {
            canonical.push('&');
        }
        match names {
            Names::Encoded => canonical.push_str(&percent_encode(name)),
            Names::Plain => canonical.push_str(name),
        }
        canonical.push('=');
        canonical.push_str(&percent_encode(value));
    }
    canonical.push('\n');
    for name in signed_headers.split(';') {
        canonical.push_str(name);
        canonical.push(':');
        canonical.push_str(&header_text(request.headers, name));
        canonical.push('\n');
    }
    canonical.push('\n');
    canonical.push_str(signed_headers);
    canonical.push('\n');
    canonical.push_str(&algorithm.hash(request.body));
    canonical
}

/// The values of one header: trimmed, sorted, joined by commas.
fn header_text(headers: &HeaderMap, name: &str) -> String {
    let values = headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes()));
    let mut values: Vec<String> = values.map(|value| value.trim().to_owned()).collect();
    values.sort();
    values.join(",")
}

/// The signature of a canonical request.
pub fn sign(algorithm: Algorithm, secret: &str, canonical_request: &str) -> String {
    let string_to_sign = format!("{}\n{}", algorithm.name(), algorithm.hash(canonical_request.as_bytes()));
    algorithm.mac(secret, &string_to_sign)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_is_read_with_and_without_blanks() {
        for header in [
            "ACS3-HMAC-SHA256 Credential=AK,SignedHeaders=host;x-acs-date,Signature=00ff",
            "ACS3-HMAC-SHA256 Credential=AK, SignedHeaders=host;x-acs-date, Signature=00ff",
        ] {
            let parsed = Authorization::parse(header).expect("well formed");
            assert_eq!((parsed.access_key_id, parsed.signature), ("AK", "00ff"));
            assert!(parsed.signs("host") && !parsed.signs("x-acs-action"));
        }
    }

    #[test]
    fn malformed_headers() {
        for header in [
            "ACS3-HMAC-SHA256",
            "ACS3-HMAC-SHA256 ",
            "ACS3-RSA-SHA256 Credential=AK,SignedHeaders=host,Signature=00",
            "ACS3-HMAC-MD5 Credential=AK,SignedHeaders=host,Signature=00",
            "ACS3-HMAC-SHA256 SignedHeaders=host,Signature=00",
            "ACS3-HMAC-SHA256 Credential=AK,Signature=00",
            "ACS3-HMAC-SHA256 Credential=AK,SignedHeaders=host",
            "ACS3-HMAC-SHA256 Credential=AK,SignedHeaders=host,Signature=",
            "ACS3-HMAC-SHA256 Credential=AK,SignedHeaders=host,Signature=00,More=1",
            "ACS3-HMAC-SHA256 Credential=AK,SignedHeaders=host;x-acs-date;host,Signature=00",
        ] {
            assert!(Authorization::parse(header).is_err(), "{header}");
        }
    }
}
