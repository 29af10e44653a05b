//! Who is asking: request signatures as the official SDKs, Terraform and the derived-key clients make them.
//!
//! Nothing here looks anything up: [`Claim::read`] takes the claim out of the headers, and [`Claim::verify`] checks
//! it against a secret that the caller has fetched. Freshness is judged here too, so that a stale request costs no
//! look-up at all. There is no nonce: SDK retries may use a signed request again.

mod algorithm;
mod authorization;
mod canonical;
mod date;
#[cfg(test)]
mod vectors;

use std::borrow::Cow;

use http::HeaderMap;
use muster_core::Timestamp;

use algorithm::{Algorithm, Key};
use authorization::Authorization;
pub(crate) use canonical::Message;
use canonical::Repeated;
pub(crate) use date::format as sdk_date;

/// Why a proof of identity was not accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// There is neither a signature nor a token.
    Missing,
    /// The signature is malformed, of an unknown algorithm, of an unknown key, or wrong: nobody is told which.
    Signature,
    /// `X-Sdk-Date` is missing or not a date.
    Date,
    /// The signature was made too long ago, or its clock is ahead of ours.
    Stale {
        /// When it says it was made.
        signed: Timestamp,
        /// Our clock.
        now: Timestamp,
    },
}

/// A signature as claimed by the headers, fresh but not yet proven.
#[derive(Debug)]
pub(crate) struct Claim<'r> {
    authorization: Authorization<'r>,
    date: &'r str,
}

/// Stands in for the secret of an unknown key, so that refusing it takes as long as refusing a wrong signature.
const NO_SECRET: &str = "no secret has this text";

impl<'r> Claim<'r> {
    /// The claim in `headers`; `Ok(None)` when the request is not signed.
    pub(crate) fn read(headers: &'r HeaderMap, now: Timestamp) -> Result<Option<Self>, Refusal> {
        let Some(value) = only(headers, "authorization").map_err(|()| Refusal::Signature)? else {
            return Ok(None);
        };
        let authorization = Authorization::parse(value).ok_or(Refusal::Signature)?;
        let date = only(headers, "x-sdk-date").ok().flatten().ok_or(Refusal::Date)?;
        let signed = date::parse(date).ok_or(Refusal::Date)?;
        if !date::is_fresh(signed, now) {
            return Err(Refusal::Stale { signed, now });
        }
        // An unsigned date would make a signature good for ever; a scope of another day is another key's.
        let signs_date = authorization.signed_headers.split(';').any(|name| name == "x-sdk-date");
        let scope_day = authorization.scope.is_none_or(|scope| scope_day(scope) == date.get(..8));
        if !signs_date || !scope_day {
            return Err(Refusal::Signature);
        }
        Ok(Some(Self { authorization, date }))
    }

    /// The id of the access key that is said to have signed.
    pub(crate) fn access_key_id(&self) -> &'r str {
        self.authorization.access_key_id
    }

    /// Checks the signature with the key's secret; `None` stands for a key that does not exist and is always refused.
    pub(crate) fn verify(&self, message: &Message<'_>, secret: Option<&str>) -> Result<(), Refusal> {
        let Authorization { algorithm, access_key_id, scope, signed_headers, signature } = self.authorization;
        let key = Key { id: access_key_id, secret: secret.unwrap_or(NO_SECRET), scope };
        let orders: &[Repeated] = if message.repeats(signed_headers) {
            &[Repeated::Every, Repeated::First]
        } else {
            &[Repeated::Every]
        };
        let mut proven = false;
        for payload in self.payloads(message)? {
            for &order in orders {
                let canonical =
                    message.canonical(signed_headers, &payload, order).ok_or(Refusal::Signature)?;
                let digest = algorithm.digest(&canonical);
                let string_to_sign = match scope {
                    None => format!("{}\n{}\n{digest}", algorithm.word(), self.date),
                    Some(scope) => format!("{}\n{}\n{scope}\n{digest}", algorithm.word(), self.date),
                };
                proven = proven || algorithm.verify(&key, &string_to_sign, signature);
            }
        }
        if proven && secret.is_some() { Ok(()) } else { Err(Refusal::Signature) }
    }

    /// What may stand as the payload's digest in the signed text.
    fn payloads(&self, message: &Message<'_>) -> Result<Vec<Cow<'r, str>>, Refusal> {
        const UNSIGNED: &str = "UNSIGNED-PAYLOAD";
        let algorithm = self.authorization.algorithm;
        let digest = algorithm.digest(message.body);
        let Some(stated) =
            only(message.headers, algorithm.content_header()).map_err(|()| Refusal::Signature)?
        else {
            return Ok(vec![digest.into()]);
        };
        match stated {
            // Python signs the digest of nothing although its header says otherwise; Go signs the header.
            UNSIGNED if message.body.is_empty() => Ok(vec![UNSIGNED.into(), digest.into()]),
            // No official client leaves JSON unsigned; taking it would let a captured signature carry another body.
            UNSIGNED if is_json(message.headers) => Err(Refusal::Signature),
            UNSIGNED => Ok(vec![UNSIGNED.into()]),
            stated if stated == digest => Ok(vec![digest.into()]),
            _ => Err(Refusal::Signature),
        }
    }
}

/// Whether `headers` claim a signature that could be ours: another scheme beside a token is somebody else's affair.
pub(crate) fn is_signed(headers: &HeaderMap) -> bool {
    let word = |value: &http::HeaderValue| {
        value.to_str().ok().and_then(|text| text.split(' ').next()).and_then(Algorithm::from_word)
    };
    headers.get_all("authorization").iter().any(|value| word(value).is_some())
}

/// The one value of a header; an error when there are several or it is not text.
fn only<'h>(headers: &'h HeaderMap, name: &str) -> Result<Option<&'h str>, ()> {
    let mut values = headers.get_all(name).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(());
    }
    value.to_str().map(Some).map_err(|_| ())
}

fn scope_day(scope: &str) -> Option<&str> {
    scope.split('/').next()
}

/// Whether the body may be taken for JSON: nobody has said otherwise in words that can be read.
fn is_json(headers: &HeaderMap) -> bool {
    headers.get(http::header::CONTENT_TYPE).is_none_or(|kind| {
        kind.as_bytes().to_ascii_lowercase().starts_with(b"application/json") || kind.to_str().is_err()
    })
}
