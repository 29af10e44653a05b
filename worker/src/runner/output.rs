//! What a run prints, line by line.

use std::io::Read;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use muster_jobs::logs::Stream;

use crate::book::Book;
use crate::lock;

/// As much of a line is kept.
const MOST_LINE_BYTES: usize = 16 << 10;
const PIECE: usize = 8 << 10;

/// What a run has printed.
pub(super) struct Output {
    book: Arc<Book>,
    run: i64,
    /// How many bytes it may still print.
    left: AtomicU64,
    is_cut: AtomicBool,
    most: u64,
    last: Mutex<Last>,
}

#[derive(Default)]
struct Last {
    stdout: String,
    stderr: String,
}

impl Output {
    /// Of a run that may print `most` bytes.
    pub(super) fn new(book: Arc<Book>, run: i64, most: u64) -> Self {
        let (left, is_cut) = (AtomicU64::new(most), AtomicBool::new(false));
        Self { book, run, left, is_cut, most, last: Mutex::default() }
    }

    /// Reads a stream to its end. What is over the limit is read too, so that the run does not stop at a full pipe.
    pub(super) fn read(&self, mut from: impl Read, stream: Stream) {
        let mut line: Vec<u8> = Vec::new();
        let mut piece = [0; PIECE];
        loop {
            let read = match from.read(&mut piece) {
                Ok(0) => break,
                Ok(read) => read,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(_) => break,
            };
            for part in piece[..read].split_inclusive(|byte| *byte == b'\n') {
                let (text, is_whole) = match part.split_last() {
                    Some((b'\n', text)) => (text, true),
                    _ => (part, false),
                };
                let room = MOST_LINE_BYTES.saturating_sub(line.len()).min(text.len());
                line.extend_from_slice(&text[..room]);
                if is_whole {
                    self.line(stream, &line);
                    line.clear();
                }
            }
        }
        if !line.is_empty() {
            self.line(stream, &line);
        }
    }

    fn line(&self, stream: Stream, line: &[u8]) {
        let text = String::from_utf8_lossy(line);
        let text = text.trim_end_matches('\r');
        if !text.trim().is_empty() {
            let mut last = lock(&self.last);
            let last = if stream == Stream::Stdout { &mut last.stdout } else { &mut last.stderr };
            text.clone_into(last);
        }
        let cost = line.len() as u64 + 1;
        let left =
            self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(cost));
        if left.is_ok() && !self.is_cut.load(Ordering::Relaxed) {
            self.book.print(self.run, stream, text.to_owned());
        } else if !self.is_cut.swap(true, Ordering::Relaxed) {
            let text = format!("the output is cut here: it has more than {} bytes", self.most);
            self.book.print(self.run, Stream::System, text);
        }
    }

    /// The last lines that were not blank: of what was printed, and of what went wrong.
    pub(super) fn last(&self) -> (String, String) {
        let last = lock(&self.last);
        (last.stdout.clone(), last.stderr.clone())
    }
}
