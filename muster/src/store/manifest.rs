//! What a backup says about itself.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The manifest's file, written last: a folder without it is no backup.
pub(super) const MANIFEST: &str = "backup.json";
pub(super) const KEY: &str = "master.key";
pub(super) const CREDENTIALS: &str = "credentials.json";

/// `backup.json`.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Manifest {
    /// The Muster that made it.
    pub(super) version: String,
    /// When, as RFC 3339.
    pub(super) made_at: String,
    /// The files and the SHA-256 of each.
    pub(super) files: Vec<(String, String)>,
}

/// SHA-256 of a file, in hex.
pub(super) fn digest(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(hex::encode(hash.finalize())),
            count => hash.update(&buffer[..count]),
        }
    }
}
