//! Forms of ids, keys and tokens, and how secrets are held.

use std::fmt;

use muster_core::Random;
use sha2::{Digest, Sha256};

const UPPER_AND_DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
const ALPHANUMERIC: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
/// Without the letters and digits that people mistake for each other.
const LEGIBLE: &[u8] = b"ABCDEFGHJKMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz23456789";

/// A text that must not reach a log: its `Debug` shows nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Keeps `text`.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

/// 20 characters of `[A-Z0-9]`, the form that every vendor's client accepts as a key id.
pub(crate) fn access_key_id(random: &mut Random) -> String {
    random.text(UPPER_AND_DIGITS, 20)
}

/// 40 alphanumeric characters: no client has to escape any of them.
pub(crate) fn access_key_secret(random: &mut Random) -> Secret {
    Secret(random.text(ALPHANUMERIC, 40))
}

/// A temporary key's id: clients of STS know it by its prefix.
pub(crate) fn temporary_key_id(random: &mut Random) -> String {
    format!("STS.{}", random.text(ALPHANUMERIC, 24))
}

/// A token of 256 bits and more, in characters that need no escaping anywhere.
pub(crate) fn token(random: &mut Random) -> Secret {
    Secret(random.text(ALPHANUMERIC, 64))
}

/// A password that can be read out on the telephone; over 130 bits.
pub(crate) fn password(random: &mut Random) -> Secret {
    Secret(random.text(LEGIBLE, 24))
}

/// 32 hexadecimal digits.
pub(crate) fn hex_id(random: &mut Random) -> String {
    random.uuid().simple().to_string()
}

/// 16 digits that stay exact in JavaScript (under 2^53).
pub(crate) fn account_id(random: &mut Random) -> String {
    format!("{}{}", random.text(b"12345678", 1), random.text(b"0123456789", 15))
}

/// What is stored of a token.
pub(crate) fn digest(token: &str) -> [u8; 32] {
    Sha256::digest(token).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms() {
        let mut random = Random::from_number(3);
        let upper = |text: &str| text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
        for _ in 0..200 {
            let id = access_key_id(&mut random);
            assert!(id.len() == 20 && upper(&id), "{id}");
            let secret = access_key_secret(&mut random);
            assert_eq!(secret.expose().len(), 40);
            assert!(secret.expose().bytes().all(|byte| byte.is_ascii_alphanumeric()));
            let account: u64 = account_id(&mut random).parse().unwrap();
            assert!((1_000_000_000_000_000..1 << 53).contains(&account), "{account}");
            assert_eq!(hex_id(&mut random).len(), 32);
        }
        assert_eq!(format!("{:?}", access_key_secret(&mut random)), "Secret");
    }
}
