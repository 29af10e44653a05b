//! The key file, and what is encrypted under it.
//!
//! Signatures need the plain secrets of access keys, so they cannot be hashed. They are stored encrypted
//! under a key that is not in the store: a copy of the store alone reveals none of them.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{ChaCha20Poly1305, Nonce};
use muster_core::{Error, Random, Result};
use sha2::{Digest, Sha256};

/// The first word of a key file: its format.
const FORMAT: &str = "muster-key-1";
const NONCE_BYTES: usize = 12;

/// Encrypts secrets under the key file.
#[derive(Clone)]
pub struct Vault {
    cipher: ChaCha20Poly1305,
    fingerprint: String,
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Vault({})", self.fingerprint)
    }
}

impl Vault {
    /// The key in the file at `path`, or nothing when there is no such file.
    ///
    /// # Errors
    /// [`Error::Conflict`] when the file is not a key file or cannot be read.
    pub fn load(path: &Path) -> Result<Option<Self>> {
        let unusable = |why: String| Error::conflict("key file", format!("{}: {why}", path.display()));
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(unusable(error.to_string())),
        };
        let key = text
            .trim()
            .strip_prefix(FORMAT)
            .and_then(|rest| hex::decode(rest.trim()).ok())
            .and_then(|bytes| <[u8; 32]>::try_from(bytes).ok())
            .ok_or_else(|| unusable("this is not a key file".into()))?;
        Ok(Some(Self::new(key)))
    }

    /// Makes a new key and its file, readable by its owner only, and on disk when this returns.
    ///
    /// # Errors
    /// [`Error::Conflict`] when the file exists or cannot be written.
    pub fn create(path: &Path, random: &mut Random) -> Result<Self> {
        let key: [u8; 32] = random.bytes();
        write_private(path, format!("{FORMAT} {}\n", hex::encode(key)).as_bytes())
            .map_err(|error| Error::conflict("key file", format!("{}: {error}", path.display())))?;
        Ok(Self::new(key))
    }

    /// A vault over a given key: for tests.
    #[cfg(any(test, feature = "testing"))]
    pub fn for_tests() -> Self {
        Self::new([7; 32])
    }

    fn new(key: [u8; 32]) -> Self {
        let mark = Sha256::new().chain_update("muster key file").chain_update(key).finalize();
        Self { cipher: ChaCha20Poly1305::new(&key.into()), fingerprint: hex::encode(&mark[..8]) }
    }

    /// A mark of the key that reveals nothing about it.
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// Encrypts `plain`. It can be opened only with the same `owner`, so that nobody who writes to the store
    /// can give one key's secret to another.
    pub(crate) fn seal(&self, random: &mut Random, owner: &str, plain: &str) -> Result<Vec<u8>> {
        let nonce: [u8; NONCE_BYTES] = random.bytes();
        let payload = Payload { msg: plain.as_bytes(), aad: owner.as_bytes() };
        let sealed = self
            .cipher
            .encrypt(&Nonce::from(nonce), payload)
            .map_err(|_| Error::internal("a secret could not be encrypted"))?;
        Ok([nonce.as_slice(), &sealed].concat())
    }

    /// Decrypts what [`Vault::seal`] made for the same `owner`.
    pub(crate) fn open(&self, owner: &str, sealed: &[u8]) -> Result<String> {
        let damaged = || Error::internal("a stored secret does not decrypt: it was altered");
        let (nonce, message) = sealed.split_first_chunk::<NONCE_BYTES>().ok_or_else(damaged)?;
        let payload = Payload { msg: message, aad: owner.as_bytes() };
        let plain = self.cipher.decrypt(&Nonce::from(*nonce), payload).map_err(|_| damaged())?;
        String::from_utf8(plain).map_err(|_| damaged())
    }
}

/// Writes a new file that only its owner may read, and flushes it and its folder.
fn write_private(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(content)?;
    file.sync_all()?;
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => File::open(folder)?.sync_all(),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_only_for_its_owner_and_unaltered() {
        let vault = Vault::for_tests();
        let mut random = Random::from_number(1);
        let sealed = vault.seal(&mut random, "KEY1", "the secret").unwrap();
        assert!(!sealed.windows(10).any(|part| part == b"the secret"));
        assert_eq!(vault.open("KEY1", &sealed).unwrap(), "the secret");
        assert!(vault.open("KEY2", &sealed).is_err());
        for place in 0..sealed.len() {
            let mut altered = sealed.clone();
            altered[place] ^= 1;
            assert!(vault.open("KEY1", &altered).is_err(), "{place}");
        }
        assert!(vault.open("KEY1", &sealed[..5]).is_err());
    }

    #[test]
    fn a_key_file_is_private_and_loads_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        assert!(Vault::load(&path).unwrap().is_none());
        let vault = Vault::create(&path, &mut Random::from_number(1)).unwrap();
        assert!(Vault::create(&path, &mut Random::from_number(2)).is_err());
        let sealed = vault.seal(&mut Random::from_number(1), "KEY1", "the secret").unwrap();
        let again = Vault::load(&path).unwrap().unwrap();
        assert_eq!(again.fingerprint(), vault.fingerprint());
        assert_eq!(again.open("KEY1", &sealed).unwrap(), "the secret");
        #[cfg(unix)]
        assert_eq!(
            std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&path).unwrap().permissions()) & 0o777,
            0o600
        );
        std::fs::write(&path, "something else").unwrap();
        assert!(Vault::load(&path).is_err());
    }
}
