//! The signature algorithms that the official SDKs can be told to use, over one string to sign.

use hkdf::Hkdf;
use muster_wire::digest::{hmac_sha256, hmac_sm3, same, sha256_hex, sm3_hex};
use p256::ecdsa::signature::Verifier;
use p256::ecdsa::{Signature, SigningKey, VerifyingKey};
use sha2::Sha256;

/// How a request was signed. `SDK-SM2-SM3` is not among them: no library for it is at hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Algorithm {
    /// What every SDK uses unless it is told otherwise.
    HmacSha256,
    /// The same over SM3.
    HmacSm3,
    /// A P-256 key derived from the secret.
    EcdsaP256,
    /// A key derived from the secret for one day, region and service.
    DerivedHmacSha256,
}

impl Algorithm {
    /// The algorithm named by the first word of `Authorization`.
    pub(crate) fn from_word(word: &str) -> Option<Self> {
        [Self::HmacSha256, Self::HmacSm3, Self::EcdsaP256, Self::DerivedHmacSha256]
            .into_iter()
            .find(|algorithm| algorithm.word() == word)
    }

    /// The first word of `Authorization` and the first line of the string to sign.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::HmacSha256 => "SDK-HMAC-SHA256",
            Self::HmacSm3 => "SDK-HMAC-SM3",
            Self::EcdsaP256 => "SDK-ECDSA-P256-SHA256",
            Self::DerivedHmacSha256 => "V11-HMAC-SHA256",
        }
    }

    /// The header in which a client may state the digest of its body, or that it did not sign it.
    pub(crate) fn content_header(self) -> &'static str {
        match self {
            Self::HmacSm3 => "x-sdk-content-sm3",
            _ => "x-sdk-content-sha256",
        }
    }

    /// The digest of `data` in lower-case hexadecimal digits.
    pub(crate) fn digest(self, data: &[u8]) -> String {
        match self {
            Self::HmacSm3 => sm3_hex(data),
            _ => sha256_hex(data),
        }
    }

    /// Whether `signature` (hexadecimal digits) is the one that the holder of `secret` makes for this text.
    pub(crate) fn verify(self, key: &Key<'_>, string_to_sign: &str, signature: &str) -> bool {
        let expected = match self {
            Self::HmacSha256 => hmac_sha256(key.secret.as_bytes(), string_to_sign.as_bytes()),
            Self::HmacSm3 => hmac_sm3(key.secret.as_bytes(), string_to_sign.as_bytes()),
            Self::DerivedHmacSha256 => {
                let Some(derived) = derive_key(key) else { return false };
                hmac_sha256(derived.as_bytes(), string_to_sign.as_bytes())
            }
            Self::EcdsaP256 => return verify_p256(key, string_to_sign, signature),
        };
        // As text: a signature has exactly one spelling.
        same(hex::encode(expected).as_bytes(), signature.as_bytes())
    }
}

/// The key a signature is checked with.
pub(crate) struct Key<'k> {
    pub(crate) id: &'k str,
    pub(crate) secret: &'k str,
    /// Day, region and service, where the algorithm derives its key from them.
    pub(crate) scope: Option<&'k str>,
}

/// The derived key is the hexadecimal text, not the bytes behind it.
fn derive_key(key: &Key<'_>) -> Option<String> {
    let mut derived = [0; 32];
    Hkdf::<Sha256>::new(Some(key.id.as_bytes()), key.secret.as_bytes())
        .expand(key.scope?.as_bytes(), &mut derived)
        .ok()?;
    Some(hex::encode(derived))
}

fn verify_p256(key: &Key<'_>, string_to_sign: &str, signature: &str) -> bool {
    let Some(signing) = derive_p256(key) else { return false };
    let Some(signature) = hex::decode(signature).ok().and_then(|der| Signature::from_der(&der).ok()) else {
        return false;
    };
    VerifyingKey::from(&signing).verify(string_to_sign.as_bytes(), &signature).is_ok()
}

/// Candidates come from HMAC in counter mode; the first one that is at most n - 2 is taken, plus one.
fn derive_p256(key: &Key<'_>) -> Option<SigningKey> {
    (0..u8::MAX).find_map(|counter| {
        let mut message = vec![0, 0, 0, 1];
        message.extend_from_slice(Algorithm::EcdsaP256.word().as_bytes());
        message.push(0);
        message.extend_from_slice(key.id.as_bytes());
        message.push(counter);
        message.extend_from_slice(&[0, 0, 1, 0]);
        let mut scalar = hmac_sha256(key.secret.as_bytes(), &message);
        let mut place = scalar.len();
        // A carry out of the first byte would be a candidate far above n, which the check below refuses: zero is no key.
        while place > 0 {
            place -= 1;
            let (sum, carried) = scalar[place].overflowing_add(1);
            scalar[place] = sum;
            if !carried {
                break;
            }
        }
        // A key is 1 to n - 1, so the candidate before the addition was at most n - 2.
        SigningKey::from_slice(&scalar).ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_of_nothing_are_the_published_ones() {
        assert_eq!(
            Algorithm::HmacSha256.digest(b""),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
        assert_eq!(
            Algorithm::HmacSm3.digest(b""),
            "1ab21d8355cfa17f8e61194831e81a8f22bec8c728fefb747ed035eb5082aa2b"
        );
    }

    #[test]
    fn a_derived_key_is_the_hexadecimal_text() {
        let key = Key {
            id: "MUSTEREXAMPLEAK00001",
            secret: "MusterExampleSecretKey/0123456789+abcdefAB",
            scope: Some("20260115/cn-north-4/ces"),
        };
        assert_eq!(
            derive_key(&key).as_deref(),
            Some("c9732056cfc77bf7a977f64850b249ed6e2e2a2343e631d3873cd992ff233c29")
        );
    }
}
