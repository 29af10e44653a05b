//! Mails as files: what happens to them when no gateway is configured.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::PathBuf;

use lettre::message::Mailbox;

use super::{Outcome, mail};
use crate::model::Message;

#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
    sender: Mailbox,
}

impl Folder {
    pub(crate) fn new(path: PathBuf, sender: Mailbox) -> Self {
        Self { path, sender }
    }

    pub(super) fn write(&self, message: &Message) -> Outcome {
        let mail = match mail::compose(message, &self.sender) {
            Ok(mail) => mail.formatted(),
            Err(why) => return Outcome::Failed(why),
        };
        // Named by number: a repeat after a crash replaces the same file.
        let name = format!("{}.eml", message.id);
        match self.store(&name, &mail) {
            Ok(()) => Outcome::Written(format!("no mail gateway is configured: written to outbox/{name}")),
            Err(error) => Outcome::Retry(format!("outbox/{name}: {error}")),
        }
    }

    /// Writes the whole file or none, and returns when it is on disk.
    fn store(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        create_private(&self.path)?;
        let draft = self.path.join(format!(".{name}.part"));
        let mut file = File::create(&draft)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&draft, self.path.join(name))?;
        File::open(&self.path)?.sync_all()
    }
}

/// Mails hold activation links, so the folder is for the operator alone.
fn create_private(path: &std::path::Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
}
