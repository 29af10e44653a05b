//! What a start leaves in the data folder for people and scripts.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::Path;

use muster_core::{Random, SharedRandom};
use serde::Serialize;

/// `DIR/endpoints.json`: the real addresses, also when port 0 was asked for.
#[derive(Debug, Serialize)]
pub(crate) struct Endpoints {
    http: String,
    worker: String,
}

impl Endpoints {
    pub(crate) fn new(http: SocketAddr, worker: SocketAddr) -> Self {
        Self { http: format!("http://{http}"), worker: worker.to_string() }
    }

    /// Whoever sees the file sees all of it: it is written beside and moved into place.
    pub(crate) fn write(&self, folder: &Path) -> io::Result<()> {
        write_whole(&folder.join("endpoints.json"), &serde_json::to_vec(self)?, 0o644)
    }
}

/// What this folder is called among the nodes that share a store: drawn at the first start, kept in `node-id`.
pub(crate) fn node_id(folder: &Path, random: &SharedRandom) -> io::Result<String> {
    let path = folder.join("node-id");
    match fs::read_to_string(&path) {
        Ok(id) if !id.trim().is_empty() => Ok(id.trim().to_owned()),
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => {
            let id = Random::from_seed(&random.seed()).uuid().to_string();
            write_whole(&path, id.as_bytes(), 0o644)?;
            Ok(id)
        }
    }
}

/// Writes a file that only its owner can read, on disk before this returns.
pub(crate) fn write_secret(path: &Path, content: &[u8]) -> io::Result<()> {
    write_whole(path, content, 0o600)
}

/// Makes the data folder, closed to other users of the host.
pub(crate) fn make_folder(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    if folder.is_dir() {
        return Ok(());
    }
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

fn write_whole(path: &Path, content: &[u8], mode: u32) -> io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt;
    let beside = path.with_extension("new");
    // A file left by a crash could have another mode.
    match fs::remove_file(&beside) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(&beside)?;
    file.write_all(content)?;
    file.write_all(b"\n")?;
    file.sync_all()?;
    fs::rename(&beside, path)?;
    let folder = path.parent().unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_folder_keeps_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let random = SharedRandom::new(Random::from_number(1));
        let id = node_id(folder.path(), &random).unwrap();
        assert_eq!(node_id(folder.path(), &random).unwrap(), id);
        let other = tempfile::tempdir().unwrap();
        assert_ne!(node_id(other.path(), &random).unwrap(), id);
    }

    #[test]
    fn secrets_are_the_owners_alone_even_after_a_crash() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("credentials.json");
        fs::write(path.with_extension("new"), "left by a crash").unwrap();
        write_secret(&path, b"{}").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "{}\n");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
