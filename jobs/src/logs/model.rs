//! The records of run logs.

use std::borrow::Cow;

use muster_core::Timestamp;
use muster_db::{ToValue, Value};

/// Where a line comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stream {
    /// The run's standard output.
    Stdout,
    /// The run's standard error.
    Stderr,
    /// The server, or the worker about the run.
    System,
}

impl Stream {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Stdout, Self::Stderr, Self::System];

    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Stdout => "stdout",
            Self::Stderr => "stderr",
            Self::System => "system",
        }
    }

    /// The stream that a word names.
    pub fn from_text(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stream| stream.as_str() == text)
    }

    pub(super) fn number(self) -> i64 {
        match self {
            Self::Stdout => 1,
            Self::Stderr => 2,
            Self::System => 3,
        }
    }

    pub(super) fn from_number(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|stream| stream.number() == number)
    }
}

impl ToValue for Stream {
    fn to_value(&self) -> Value<'_> {
        Value::Integer(self.number())
    }
}

/// A line as a worker sends it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Where it comes from.
    pub stream: Stream,
    /// How long ago the worker read it, in milliseconds: workers' clocks are not asked.
    pub age_ms: i64,
    /// The line without its end.
    pub text: String,
}

/// Lines of one run, in their order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// The instance.
    pub instance: i64,
    /// Which try this is, counted from 0.
    pub attempt: i64,
    /// The worker that ran it, or its part of it.
    pub worker: String,
    /// The worker's own number of the run: another one for each run of its process.
    pub run: i64,
    /// The place of the first line among all lines of the run, counted from 0.
    pub first: i64,
    /// The lines.
    pub lines: Vec<Line>,
}

/// A line of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// Its place in the instance's log; places rise, with gaps after a cut.
    pub seq: i64,
    /// Which try of the instance it belongs to, counted from 0.
    pub attempt: i64,
    /// Where it comes from.
    pub stream: Stream,
    /// The worker that sent it; empty for the server's own.
    pub worker: String,
    /// When it was printed.
    pub at: Timestamp,
    /// The line without its end.
    pub text: String,
}

/// In which order lines are wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// The latest first.
    NewestFirst,
    /// As they were printed.
    #[default]
    OldestFirst,
}

/// Which lines of a log are wanted; every given field must fit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogQuery {
    /// Only lines after this place: what a reader asks who has read so far.
    pub after: Option<i64>,
    /// Only lines that hold this text literally.
    pub keyword: Option<String>,
    /// Printed at this instant or later.
    pub from: Option<Timestamp>,
    /// Printed at this instant or earlier.
    pub to: Option<Timestamp>,
    /// In which order.
    pub order: Order,
    /// How many of the lines that fit are passed over, in that order.
    pub offset: u64,
    /// How many lines at most.
    pub limit: u64,
}

/// How much is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a line.
    pub line_bytes: usize,
    /// Lines of a run.
    pub run_lines: i64,
    /// Bytes of a run.
    pub run_bytes: i64,
    /// How many times that an instance may have in all its runs: tries, and workers that share it.
    pub runs: i64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { line_bytes: 4096, run_lines: 10_000, run_bytes: 1 << 20, runs: 20 }
    }
}

/// What is appended when a line is cut.
const CUT: &str = " … (cut)";

impl Limits {
    /// A line that fits, without the character that no store takes.
    pub(super) fn fit<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let text = if text.contains('\0') {
            Cow::Owned(text.replace('\0', "\u{fffd}"))
        } else {
            Cow::Borrowed(text)
        };
        if text.len() <= self.line_bytes {
            return text;
        }
        let mut end = self.line_bytes.saturating_sub(CUT.len());
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        Cow::Owned(format!("{}{CUT}", &text[..end]))
    }
}
