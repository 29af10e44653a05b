//! `DIR/admin.sock`: one JSON object a line in, one a line out.

use std::fs::{self, Permissions};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use muster_core::describe;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Admin, Request};

const SOCKET: &str = "admin.sock";
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
    match fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    // The folder itself is closed to others, so nobody slips in before the mode is set.
    let listener = UnixListener::bind(&path)?;
    fs::set_permissions(&path, Permissions::from_mode(0o600))?;
    Ok(Bound { listener, path })
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
    let bound = Arc::new(bound);
    let listener = bound.listener.try_clone()?;
    std::thread::Builder::new().name("admin".to_owned()).spawn(move || {
        for stream in listener.incoming() {
            if let Err(error) = stream.and_then(|stream| converse(&stream, &admin)) {
                tracing::debug!(%error, "an administrator's connection ended");
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
