//! The `Authorization` header of a signed request, taken apart.

use std::collections::HashSet;

use super::algorithm::Algorithm;

/// What a client says about its signature. Nothing here is proven yet.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Authorization<'h> {
    /// How it signed.
    pub(crate) algorithm: Algorithm,
    /// The id of the access key.
    pub(crate) access_key_id: &'h str,
    /// Day, region and service (`20260115/cn-north-4/ces`) of a derived key; the other algorithms have none.
    pub(crate) scope: Option<&'h str>,
    /// The names of the signed headers exactly as sent: they are a line of the signed text.
    pub(crate) signed_headers: &'h str,
    /// The signature in lower-case hexadecimal digits.
    pub(crate) signature: &'h str,
}

impl<'h> Authorization<'h> {
    /// Takes a header apart; `None` for an unknown algorithm and for every other shape than the documented one.
    /// Blanks around the parts and their order are free.
    pub(crate) fn parse(header: &'h str) -> Option<Self> {
        let (word, rest) = header.trim().split_once(' ')?;
        let algorithm = Algorithm::from_word(word)?;
        let (mut key, mut signed_headers, mut signature) = (None, None, None);
        for part in rest.split(',') {
            let (name, value) = part.trim().split_once('=')?;
            let slot = match name.trim() {
                "Access" if algorithm != Algorithm::DerivedHmacSha256 => &mut key,
                "Credential" if algorithm == Algorithm::DerivedHmacSha256 => &mut key,
                "SignedHeaders" => &mut signed_headers,
                "Signature" => &mut signature,
                _ => return None,
            };
            if slot.replace(value.trim()).is_some() {
                return None;
            }
        }
        let (access_key_id, scope) = match algorithm {
            Algorithm::DerivedHmacSha256 => {
                let (id, scope) = key?.split_once('/')?;
                (id, Some(scope))
            }
            _ => (key?, None),
        };
        let (signature, signed_headers) = (signature?, signed_headers?);
        // Each time a header is named its value is written out again, so a few kilobytes could stand for gigabytes.
        let mut names = HashSet::new();
        if !signed_headers.split(';').all(|name| names.insert(name)) {
            return None;
        }
        let is_lower_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        (!access_key_id.is_empty() && !signature.is_empty() && signature.bytes().all(is_lower_hex))
            .then_some(Self { algorithm, access_key_id, scope, signed_headers, signature })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_may_come_in_any_order() {
        let parsed =
            Authorization::parse("SDK-HMAC-SHA256  Signature=0a,SignedHeaders=host;x-sdk-date ,  Access=AK")
                .unwrap();
        assert_eq!(parsed.algorithm, Algorithm::HmacSha256);
        assert_eq!((parsed.access_key_id, parsed.scope), ("AK", None));
        assert_eq!((parsed.signed_headers, parsed.signature), ("host;x-sdk-date", "0a"));
    }

    #[test]
    fn a_derived_key_names_its_scope() {
        let header =
            "V11-HMAC-SHA256 Credential=AK/20260115/cn-north-4/ces, SignedHeaders=x-sdk-date, Signature=00";
        let parsed = Authorization::parse(header).unwrap();
        assert_eq!((parsed.access_key_id, parsed.scope), ("AK", Some("20260115/cn-north-4/ces")));
    }

    #[test]
    fn other_shapes_are_refused() {
        for header in [
            "",
            "SDK-HMAC-SHA256",
            "SDK-HMAC-SHA512 Access=AK, SignedHeaders=x-sdk-date, Signature=00",
            "SDK-HMAC-SHA256 Access=, SignedHeaders=x-sdk-date, Signature=00",
            "SDK-HMAC-SHA256 Access=AK, SignedHeaders=x-sdk-date",
            "SDK-HMAC-SHA256 Access=AK, SignedHeaders=x-sdk-date, Signature=AB",
            "SDK-HMAC-SHA256 Access=AK, SignedHeaders=x-sdk-date, Signature=",
            "SDK-HMAC-SHA256 Access=AK, Access=BK, SignedHeaders=x-sdk-date, Signature=00",
            "SDK-HMAC-SHA256 Credential=AK/20260115/a/b, SignedHeaders=x-sdk-date, Signature=00",
            "V11-HMAC-SHA256 Access=AK, SignedHeaders=x-sdk-date, Signature=00",
            "SDK-HMAC-SHA256 Access=AK, SignedHeaders=x-sdk-date, Signature=00, Extra=1",
            "SDK-HMAC-SHA256 Access=AK, SignedHeaders=host;x-sdk-date;host, Signature=00",
        ] {
            assert_eq!(Authorization::parse(header), None, "{header}");
        }
    }
}
