//! Signing as a client does it, for `muster call`, the benches and tests.

use http::{HeaderMap, HeaderName, HeaderValue};
use muster_core::{Error, Result, Timestamp};
use muster_wire::encoding::percent_encode;

use super::v3::{self, ALWAYS_SIGNED, Algorithm, Names, Signed};
use crate::rpc::{Parameters, format_timestamp};

/// A call that is to be signed.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    /// The access key's id.
    pub access_key_id: &'a str,
    /// The access key's secret.
    pub secret: &'a str,
    /// `host:port` as it will stand in the `Host` header.
    pub host: &'a str,
    /// The operation.
    pub action: &'a str,
    /// The product's version, for example `2019-04-30`.
    pub version: &'a str,
    /// Parameters in flattened form.
    pub parameters: &'a Parameters,
    /// The present time.
    pub now: Timestamp,
    /// Any text that was not used before.
    pub nonce: &'a str,
}

/// A signed request: `POST`, all parameters in the query string, an empty body.
#[derive(Clone, Debug)]
pub struct SignedCall {
    /// `/?Name=value&…`
    pub path_and_query: String,
    /// All headers that the signature needs, `host` and `authorization` included.
    pub headers: HeaderMap,
}

/// Signs `call` with ACS3-HMAC-SHA256.
///
/// # Errors
/// [`Error::Invalid`] when a text cannot stand in an HTTP header.
pub fn sign(call: Call<'_>) -> Result<SignedCall> {
    let algorithm = Algorithm::Sha256;
    let mut headers = HeaderMap::new();
    let values =
        [call.host, call.action, &algorithm.hash(b""), &format_timestamp(call.now), call.nonce, call.version];
    for (name, value) in ALWAYS_SIGNED.into_iter().zip(values) {
        headers.insert(HeaderName::from_static(name), header_value(name, value)?);
    }
    headers.insert(http::header::ACCEPT, HeaderValue::from_static("application/json"));

    let signed_headers = ALWAYS_SIGNED.join(";");
    let request = Signed { method: "POST", query: call.parameters, headers: &headers, body: b"" };
    let canonical = v3::canonical_request(algorithm, request, &signed_headers, Names::Encoded);
    let signature = v3::sign(algorithm, call.secret, &canonical);
    let authorization = format!(
        "{} Credential={},SignedHeaders={signed_headers},Signature={signature}",
        algorithm.name(),
        call.access_key_id
    );
    headers.insert(http::header::AUTHORIZATION, header_value("authorization", &authorization)?);
    Ok(SignedCall { path_and_query: path_and_query(call.parameters), headers })
}

fn header_value(name: &str, value: &str) -> Result<HeaderValue> {
    HeaderValue::from_str(value).map_err(|_| Error::invalid(name, "it cannot stand in an HTTP header"))
}

fn path_and_query(parameters: &Parameters) -> String {
    let pairs: Vec<String> = parameters
        .iter()
        .map(|(name, value)| format!("{}={}", percent_encode(name), percent_encode(value)))
        .collect();
    if pairs.is_empty() { "/".to_owned() } else { format!("/?{}", pairs.join("&")) }
}

#[cfg(test)]
mod tests {
    use muster_wire::encoding::form_pairs;

    use super::*;
    use crate::rpc::signature::v3::{Authorization, verify};

    #[test]
    fn what_is_signed_here_verifies() {
        let parameters = Parameters::from_pairs([
            ("Name".to_owned(), "考勤 a+b*c~d".to_owned()),
            ("E".into(), String::new()),
        ]);
        let call = Call {
            access_key_id: "AK",
            secret: "secret",
            host: "127.0.0.1:8080",
            action: "CreateNamespace",
            version: "2019-04-30",
            parameters: &parameters,
            now: Timestamp::from_millis(0),
            nonce: "n-1",
        };
        let signed = sign(call).expect("plain header values");
        let query = signed.path_and_query.strip_prefix("/?").expect("a query");
        let query = Parameters::from_pairs(form_pairs(query).expect("text"));
        assert_eq!(query, parameters);
        let authorization = signed.headers["authorization"].to_str().expect("ASCII");
        let authorization = Authorization::parse(authorization).expect("well formed");
        assert_eq!(authorization.unsigned(&signed.headers), None);
        let request = Signed { method: "POST", query: &query, headers: &signed.headers, body: b"" };
        assert_eq!(verify(&authorization, request, "secret"), Ok(()));
        assert!(verify(&authorization, request, "Secret").is_err());
        assert!(verify(&authorization, Signed { body: b"x", ..request }, "secret").is_err());
    }
}
