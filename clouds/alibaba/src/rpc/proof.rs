//! Who sent a request: its claim, and the proof of it.

use http::HeaderMap;
use http::header::AUTHORIZATION;
use muster_core::Timestamp;
use muster_identity::{Credential, TokenFault};

use super::received::{Received, is_v3};
use super::signature::v3::{Authorization, Signed};
use super::signature::{v1, v3};
use super::{Fault, WINDOW_MS, parse_timestamp};

/// What a request says about its sender, before anything of it is believed.
#[derive(Debug)]
pub(crate) struct Claim<'r> {
    pub(crate) access_key_id: &'r str,
    pub(crate) nonce: &'r str,
    token: Option<&'r str>,
    time: Timestamp,
    scheme: Scheme<'r>,
}

#[derive(Debug)]
enum Scheme<'r> {
    V1,
    V3(Authorization<'r>),
}

impl<'r> Claim<'r> {
    /// Reads the claim: all of its parts must be there and well formed.
    pub(crate) fn read(received: &'r Received) -> Result<Self, Fault> {
        let claim = if is_v3(&received.headers) { Self::v3(&received.headers)? } else { Self::v1(received)? };
        // A temporary key is nothing without its token, and says so by its name.
        if claim.access_key_id.starts_with("STS.") && claim.token.is_none() {
            return Err(Fault::missing("SecurityToken"));
        }
        Ok(claim)
    }

    fn v1(received: &'r Received) -> Result<Self, Fault> {
        let parameters = &received.parameters;
        let access_key_id = parameters.required("AccessKeyId")?;
        parameters.required("Signature")?;
        for (name, only) in [("SignatureMethod", "HMAC-SHA1"), ("SignatureVersion", "1.0")] {
            if parameters.word(name).is_some_and(|value| !value.eq_ignore_ascii_case(only)) {
                return Err(Fault::invalid(name, &format!("only {only} is supported")));
            }
        }
        if parameters.word("SignatureType").is_some() {
            return Err(Fault::invalid("SignatureType", "only access keys are supported"));
        }
        if !received.body_is_form {
            return Err(Fault::unreadable("this signature does not cover a body that is not a form"));
        }
        Ok(Self {
            access_key_id,
            nonce: parameters.required("SignatureNonce")?,
            token: parameters.word("SecurityToken"),
            time: time(parameters.required("Timestamp")?)?,
            scheme: Scheme::V1,
        })
    }

    fn v3(headers: &'r HeaderMap) -> Result<Self, Fault> {
        let text = |name: &str| {
            headers.get(name).and_then(|value| value.to_str().ok()).filter(|text| !text.is_empty())
        };
        let value = text(AUTHORIZATION.as_str())
            .ok_or_else(|| Fault::incomplete_signature("The Authorization header is not readable."))?;
        let authorization = Authorization::parse(value).map_err(Fault::incomplete_signature)?;
        if let Some(name) = authorization.unsigned(headers) {
            return Err(Fault::incomplete_signature(&format!("The header {name} is not signed.")));
        }
        Ok(Self {
            access_key_id: authorization.access_key_id,
            nonce: text("x-acs-signature-nonce").ok_or_else(|| Fault::missing("SignatureNonce"))?,
            token: text("x-acs-security-token"),
            time: time(text("x-acs-date").ok_or_else(|| Fault::missing("Timestamp"))?)?,
            scheme: Scheme::V3(authorization),
        })
    }

    /// Refuses a request whose time is too far from `now`.
    pub(crate) fn check_time(&self, now: Timestamp) -> Result<(), Fault> {
        if self.time.since(now).abs() > WINDOW_MS { Err(Fault::expired()) } else { Ok(()) }
    }

    /// Refuses unless the request was signed with the key that it names.
    pub(crate) fn verify(&self, received: &Received, credential: &Credential) -> Result<(), Fault> {
        if !credential.is_usable(received.at) {
            return Err(Fault::inactive_access_key());
        }
        credential.check_token(self.token, received.at).map_err(|fault| match fault {
            TokenFault::Missing => Fault::missing("SecurityToken"),
            TokenFault::Mismatch => Fault::token_mismatch(),
            TokenFault::Expired => Fault::token_expired(),
        })?;
        let secret = credential.secret.expose();
        let outcome = match &self.scheme {
            Scheme::V1 => v1::verify(received.method.as_str(), &received.parameters, secret),
            Scheme::V3(authorization) => {
                let signed = Signed {
                    method: received.method.as_str(),
                    query: &received.query,
                    headers: &received.headers,
                    body: &received.body,
                };
                v3::verify(authorization, signed, secret)
            }
        };
        outcome.map_err(|mismatch| Fault::signature_mismatch(&mismatch.string_to_sign))
    }
}

fn time(text: &str) -> Result<Timestamp, Fault> {
    parse_timestamp(text).ok_or_else(Fault::malformed_time)
}
