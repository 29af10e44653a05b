//! Passwords: argon2id over the lower-case SHA-512 hex of the password.
//!
//! ZStack's clients send that hex instead of the password, so every other sign-in hashes first and one
//! stored form serves all. Hashing takes tens of milliseconds and 19 MiB, so it happens outside of
//! transactions and at most twice at once.

use std::sync::{Condvar, Mutex, PoisonError};

use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use muster_core::{Error, Random, Result};
use sha2::{Digest, Sha512};
use subtle::ConstantTimeEq;

/// Memory in KiB and passes: what OWASP recommends for argon2id with one lane.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const HASH_BYTES: usize = 32;
const SALT_BYTES: usize = 16;

/// Hashings at once, and how many may wait for them before callers are told to come back.
const AT_ONCE: usize = 2;
const MAY_WAIT: usize = 64;

/// How a client proves that it knows a password.
#[derive(Clone)]
pub enum Proof {
    /// The password itself.
    Plain(String),
    /// The SHA-512 of the password in hexadecimal, as ZStack's clients send it.
    Sha512Hex(String),
}

impl std::fmt::Debug for Proof {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Proof")
    }
}

impl Proof {
    fn hex(&self) -> String {
        match self {
            Self::Plain(password) => hex::encode(Sha512::digest(password)),
            Self::Sha512Hex(text) => text.to_ascii_lowercase(),
        }
    }
}

/// A password as it is stored: `$argon2id$v=19$m=…,t=…,p=…$salt$hash`.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

impl PasswordHash {
    pub(crate) fn stored(text: String) -> Self {
        Self(text)
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PasswordHash")
    }
}

/// Hashes and compares passwords, a few at a time. Its calls block: not for async code or the store's threads.
#[derive(Debug, Default)]
pub struct Passwords {
    running_and_waiting: Mutex<(usize, usize)>,
    free: Condvar,
}

impl Passwords {
    /// The stored form of a password.
    ///
    /// # Errors
    /// `Invalid{field: "password"}` for an unfit password; `Throttled` when too many are waiting.
    pub fn hash(&self, proof: &Proof, random: &mut Random) -> Result<PasswordHash> {
        check(proof)?;
        self.hash_any(proof, random)
    }

    /// As [`Passwords::hash`], whatever the password: an operator may fix `password` for drop-in tests.
    pub(crate) fn hash_any(&self, proof: &Proof, random: &mut Random) -> Result<PasswordHash> {
        let salt: [u8; SALT_BYTES] = random.bytes();
        let hash = self.compute(proof, &salt, (MEMORY_KIB, PASSES))?;
        Ok(PasswordHash(format!(
            "$argon2id$v=19$m={MEMORY_KIB},t={PASSES},p=1${}${}",
            STANDARD_NO_PAD.encode(salt),
            STANDARD_NO_PAD.encode(hash)
        )))
    }

    /// Whether `proof` fits `stored`. Without a stored password the answer is no and takes as long, so that
    /// nobody learns by the clock which users exist.
    pub fn verify(&self, stored: Option<&PasswordHash>, proof: &Proof) -> Result<bool> {
        let Some(stored) = stored else {
            self.compute(proof, &[0; SALT_BYTES], (MEMORY_KIB, PASSES))?;
            return Ok(false);
        };
        let (cost, salt, expected) =
            parse(&stored.0).ok_or_else(|| Error::internal("a stored password hash is not well formed"))?;
        let hash = self.compute(proof, &salt, cost)?;
        Ok(hash.ct_eq(&expected).into())
    }

    fn compute(&self, proof: &Proof, salt: &[u8], (memory, passes): (u32, u32)) -> Result<[u8; HASH_BYTES]> {
        let hex = proof.hex();
        let params =
            Params::new(memory, passes, 1, Some(HASH_BYTES)).map_err(|e| Error::internal(e.to_string()))?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let mut hash = [0; HASH_BYTES];
        let _turn = self.turn()?;
        argon2
            .hash_password_into(hex.as_bytes(), salt, &mut hash)
            .map_err(|e| Error::internal(e.to_string()))?;
        Ok(hash)
    }

    fn turn(&self) -> Result<Turn<'_>> {
        let mut state = self.running_and_waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if state.1 >= MAY_WAIT {
            return Err(Error::Throttled { after_ms: 1_000 });
        }
        state.1 += 1;
        while state.0 >= AT_ONCE {
            state = self.free.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.1 -= 1;
        state.0 += 1;
        Ok(Turn(self))
    }
}

struct Turn<'p>(&'p Passwords);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.running_and_waiting.lock().unwrap_or_else(PoisonError::into_inner).0 -= 1;
        self.0.free.notify_one();
    }
}

/// Any text of 8 to 128 characters; a hash is taken as it comes, its password cannot be seen.
fn check(proof: &Proof) -> Result<()> {
    let fits = match proof {
        Proof::Plain(password) => (8..=128).contains(&password.chars().count()),
        Proof::Sha512Hex(text) => text.len() == 128 && text.bytes().all(|byte| byte.is_ascii_hexdigit()),
    };
    if fits { Ok(()) } else { Err(Error::invalid("password", "a password has 8 to 128 characters")) }
}

type Parsed = ((u32, u32), Vec<u8>, [u8; HASH_BYTES]);

fn parse(stored: &str) -> Option<Parsed> {
    let mut parts = stored.strip_prefix("$argon2id$v=19$m=")?.split('$');
    let (memory, rest) = parts.next()?.split_once(",t=")?;
    let passes = rest.strip_suffix(",p=1")?;
    let salt = STANDARD_NO_PAD.decode(parts.next()?).ok()?;
    let hash = STANDARD_NO_PAD.decode(parts.next()?).ok()?.try_into().ok()?;
    Some(((memory.parse().ok()?, passes.parse().ok()?), salt, hash))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str) -> Proof {
        Proof::Plain(text.into())
    }

    #[test]
    fn a_password_and_its_sha512_prove_the_same() {
        let passwords = Passwords::default();
        let stored = passwords.hash(&plain("password"), &mut Random::from_number(1)).unwrap();
        assert!(stored.as_str().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", stored.as_str());
        assert!(passwords.verify(Some(&stored), &plain("password")).unwrap());
        let sent = hex::encode_upper(Sha512::digest("password"));
        assert!(sent.starts_with("B109F3BB"));
        assert!(passwords.verify(Some(&stored), &Proof::Sha512Hex(sent)).unwrap());
        assert!(!passwords.verify(Some(&stored), &plain("Password")).unwrap());
        assert!(!passwords.verify(None, &plain("password")).unwrap());
    }

    #[test]
    fn unfit_passwords_are_refused_when_set() {
        let passwords = Passwords::default();
        for proof in [plain("short"), plain(&"x".repeat(129)), Proof::Sha512Hex("b109f3bb".into())] {
            assert!(matches!(
                passwords.hash(&proof, &mut Random::from_number(1)),
                Err(Error::Invalid { .. })
            ));
        }
    }

    #[test]
    fn at_most_two_at_once_and_no_endless_queue() {
        let passwords = Passwords::default();
        let (first, second) = (passwords.turn().unwrap(), passwords.turn().unwrap());
        passwords.running_and_waiting.lock().unwrap().1 = MAY_WAIT;
        assert!(matches!(passwords.turn(), Err(Error::Throttled { .. })));
        passwords.running_and_waiting.lock().unwrap().1 = 0;
        drop((first, second));
        assert_eq!(*passwords.running_and_waiting.lock().unwrap(), (0, 0));
    }
}
