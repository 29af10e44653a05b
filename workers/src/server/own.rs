//! What only our own worker says: what its runs print, and words to others of its group.

use muster_jobs::logs::{Batch, Line, Stream};

use crate::Registry;
use crate::codec::letter;
use crate::codec::messages::{MusterLogRequest, MusterRelay};
use crate::sessions::Connection;

/// The actor of our own worker that hears words of others.
const MEMBERS: &str = "members";
/// More lines than this in one letter are none of our worker's.
const MOST_LINES: usize = 10_000;

/// Lines, in our words.
pub(super) fn batch(said: MusterLogRequest, worker: &str) -> Batch {
    let line = |line: crate::codec::messages::MusterLogLine| Line {
        stream: Stream::from_text(&line.stream).unwrap_or(Stream::System),
        age_ms: line.age_ms,
        text: line.text,
    };
    Batch {
        instance: said.job_instance_id,
        attempt: said.attempt.into(),
        worker: worker.to_owned(),
        run: said.run,
        first: said.first,
        lines: said.lines.into_iter().take(MOST_LINES).map(line).collect(),
    }
}

/// Passes a word on to another worker of the group, or back when it is not there.
pub(super) fn pass_on(
    registry: &Registry,
    connection: &Connection,
    app_group: i64,
    from: &str,
    said: MusterRelay,
) {
    let said = MusterRelay { from: from.to_owned(), undelivered: None, ..said };
    if registry.tell(app_group, &said.to, MEMBERS, &said) {
        return;
    }
    let back = MusterRelay {
        to: from.to_owned(),
        from: said.to,
        group_id: said.group_id,
        body: said.body,
        undelivered: Some(true),
    };
    connection.send(letter::request(&connection.peer, MEMBERS, &connection.own.path("user/members"), &back));
}
