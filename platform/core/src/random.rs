//! Random bytes and ids, from generators that can be started again.
//!
//! A piece of work on the store may run again (a serialization failure, a batch that was undone). It
//! must then draw the same ids, so each attempt starts a generator from a seed drawn beforehand.

use std::fmt;
use std::sync::Mutex;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use uuid::Uuid;

/// Where a generator's sequence starts. It must stay secret: keys follow from it.
#[derive(Clone)]
pub struct Seed([u8; 32]);

impl fmt::Debug for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seed")
    }
}

/// A cryptographically strong generator.
pub struct Random(StdRng);

impl Random {
    /// A generator seeded by the operating system.
    ///
    /// # Panics
    /// If the operating system has no random bytes: nothing safe can be done then.
    #[expect(clippy::disallowed_methods, reason = "this is the one place that asks the operating system")]
    #[expect(clippy::expect_used, reason = "without random bytes no key, token or id may be made")]
    pub fn from_os() -> Self {
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).expect("the operating system gives random bytes");
        Self(StdRng::from_seed(seed))
    }

    /// The generator that starts at `seed`; two of them draw the same.
    pub fn from_seed(seed: &Seed) -> Self {
        Self(StdRng::from_seed(seed.0))
    }

    /// A generator whose whole sequence follows from a small number: for tests and simulations.
    pub fn from_number(number: u64) -> Self {
        Self(StdRng::seed_from_u64(number))
    }

    /// A seed for another generator.
    pub fn seed(&mut self) -> Seed {
        Seed(self.bytes())
    }

    /// `N` random bytes.
    pub fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.0.fill_bytes(&mut bytes);
        bytes
    }

    /// A version 4 UUID.
    pub fn uuid(&mut self) -> Uuid {
        uuid::Builder::from_random_bytes(self.bytes()).into_uuid()
    }

    /// `length` characters, each drawn evenly from `alphabet` (at most 256 ASCII characters).
    pub fn text(&mut self, alphabet: &[u8], length: usize) -> String {
        // Bytes past the last whole multiple are thrown away, else the first characters come more often.
        let usable = 256 - 256 % alphabet.len();
        let mut text = String::with_capacity(length);
        while text.len() < length {
            for byte in self.bytes::<32>() {
                if usize::from(byte) < usable && text.len() < length {
                    text.push(char::from(alphabet[usize::from(byte) % alphabet.len()]));
                }
            }
        }
        text
    }
}

impl fmt::Debug for Random {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Random")
    }
}

/// The process's source of seeds, shared between threads.
#[derive(Debug)]
pub struct SharedRandom(Mutex<Random>);

impl SharedRandom {
    /// Shares `random`.
    pub fn new(random: Random) -> Self {
        Self(Mutex::new(random))
    }

    /// The seed for one piece of work.
    pub fn seed(&self) -> Seed {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).seed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_draws_the_same_ids() {
        let seed = Random::from_number(7).seed();
        let (mut first, mut again) = (Random::from_seed(&seed), Random::from_seed(&seed));
        assert_eq!(first.uuid(), again.uuid());
        assert_eq!(first.text(b"ABC", 20), again.text(b"ABC", 20));
        assert_ne!(first.uuid(), first.uuid());
    }

    #[test]
    fn uuids_are_version_4() {
        let uuid = Random::from_number(1).uuid();
        assert_eq!(uuid.get_version_num(), 4);
        assert_eq!(uuid.get_variant(), uuid::Variant::RFC4122);
    }
}
