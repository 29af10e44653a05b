//! `DIR/admin.sock`: one JSON object a line in, one a line out.

use std::fs::{self, DirBuilder, Permissions};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use muster_core::describe;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Admin, Request};

const SOCKET: &str = "admin.sock";
/// Where the socket is made before it is closed to others; shorter than its name, as paths of sockets are bounded.
const WORKSHOP: &str = ".new";
/// How long one side of a connection may be silent: the others wait for their turn.
const PATIENCE: Duration = Duration::from_secs(10);
/// A policy document is the largest thing in a request.
const LONGEST_LINE: u64 = 1 << 20;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Answer {
    Done(Value),
    Refused(String),
}

/// The socket's file; it goes when this is dropped.
pub(crate) struct Bound {
    listener: UnixListener,
    path: PathBuf,
}

/// Makes the socket, for the owner of the folder only. The folder's lock is held, so a socket that is there already
/// was left by a crash.
pub(super) fn bind(data: &Path) -> io::Result<Bound> {
    let path = data.join(SOCKET);
    // The data folder may be open to others; nobody reaches into this one before the socket's mode is set.
    let workshop = data.join(WORKSHOP);
    unless_missing(fs::remove_dir_all(&workshop))?;
    DirBuilder::new().mode(0o700).create(&workshop)?;
    let made = workshop.join("s");
    let listener = UnixListener::bind(&made)?;
    fs::set_permissions(&made, Permissions::from_mode(0o600))?;
    fs::rename(&made, &path)?;
    fs::remove_dir(&workshop)?;
    Ok(Bound { listener, path })
}

fn unless_missing(outcome: io::Result<()>) -> io::Result<()> {
    match outcome {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

impl Drop for Bound {
    fn drop(&mut self) {
        // One that is gone already is what we want.
        let _ = fs::remove_file(&self.path);
    }
}

/// Answers in a thread of its own until the process ends; the file goes with the returned guard. Operators are few:
/// they are served in turn.
pub(super) fn serve(bound: Bound, admin: Admin) -> io::Result<Arc<Bound>> {
    serve_with(bound, PATIENCE, move |stream| converse(stream, &admin))
}

fn serve_with(
    bound: Bound,
    patience: Duration,
    converse: impl Fn(&UnixStream) -> io::Result<()> + Send + 'static,
) -> io::Result<Arc<Bound>> {
    let bound = Arc::new(bound);
    let listener = bound.listener.try_clone()?;
    std::thread::Builder::new().name("admin".to_owned()).spawn(move || {
        for stream in listener.incoming() {
            let outcome = stream.and_then(|stream| {
                stream.set_read_timeout(Some(patience))?;
                stream.set_write_timeout(Some(patience))?;
                // A defect in one request must not lock the operators out; a transaction it was in is undone.
                catch_unwind(AssertUnwindSafe(|| converse(&stream)))
                    .unwrap_or_else(|_| Err(io::Error::other("a defect, which was printed")))
            });
            if let Err(error) = outcome {
                tracing::warn!(%error, "an administrator's connection ended");
            }
        }
    })?;
    Ok(bound)
}

fn converse(stream: &UnixStream, admin: &Admin) -> io::Result<()> {
    let mut line = String::new();
    BufReader::new(stream.take(LONGEST_LINE)).read_line(&mut line)?;
    if line.is_empty() {
        return Ok(());
    }
    let answer = match serde_json::from_str::<Request>(&line) {
        Ok(request) => match admin.execute(&request) {
            Ok(value) => Answer::Done(value),
            Err(error) => Answer::Refused(describe(&error)),
        },
        Err(error) => Answer::Refused(format!("not a request of this version: {error}")),
    };
    write_line(stream, &answer)
}

/// A connection to the server of a data folder; nothing when none runs there.
pub(super) fn connect(data: &Path) -> Option<UnixStream> {
    UnixStream::connect(data.join(SOCKET)).ok()
}

/// Asks the server of a data folder; nothing when none runs there.
pub(super) fn ask(data: &Path, request: &Request) -> Option<Result<Value, String>> {
    let stream = connect(data)?;
    Some(exchange(&stream, request).map_err(|error| format!("the server did not answer: {error}")).flatten())
}

fn exchange(stream: &UnixStream, request: &Request) -> io::Result<Result<Value, String>> {
    write_line(stream, request)?;
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line)?;
    Ok(match serde_json::from_str(&line)? {
        Answer::Done(value) => Ok(value),
        Answer::Refused(why) => Err(why),
    })
}

fn write_line(mut stream: &UnixStream, value: &impl Serialize) -> io::Result<()> {
    let mut line = serde_json::to_vec(value)?;
    line.push(b'\n');
    stream.write_all(&line)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(data: &Path, word: &str) -> String {
        let mut stream = connect(data).unwrap();
        stream.write_all(word.as_bytes()).unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    fn echo(mut stream: &UnixStream) -> io::Result<()> {
        let mut word = String::new();
        stream.read_to_string(&mut word)?;
        assert_ne!(word, "defect");
        stream.write_all(word.as_bytes())
    }

    #[test]
    fn neither_a_silent_client_nor_a_defect_ends_administration() {
        let folder = tempfile::tempdir().unwrap();
        let _bound = serve_with(bind(folder.path()).unwrap(), Duration::from_millis(500), echo).unwrap();
        let _silent = connect(folder.path()).unwrap();
        assert_eq!(told(folder.path(), "hello"), "hello");
        assert_eq!(told(folder.path(), "defect"), "");
        assert_eq!(told(folder.path(), "hello"), "hello");
    }

    #[test]
    fn the_socket_is_its_owners_alone_and_replaces_what_a_crash_left() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join(WORKSHOP)).unwrap();
        fs::write(folder.path().join(WORKSHOP).join("s"), "").unwrap();
        fs::write(folder.path().join(SOCKET), "").unwrap();
        let bound = bind(folder.path()).unwrap();
        assert_eq!(fs::metadata(&bound.path).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(connect(folder.path()).is_some());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
