//! The rows of the ledger.

use muster_core::{Error, Timestamp};

/// What became of a due time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// An instance was made and waits for its worker.
    Pending,
    /// It was handed to a worker, or found none.
    Ran,
    /// A rule kept it from running.
    Skipped,
    /// Nobody knows how it ended.
    Lost,
}

impl Outcome {
    const ALL: [Self; 4] = [Self::Pending, Self::Ran, Self::Skipped, Self::Lost];

    /// The word that programs read.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Ran => "ran",
            Self::Skipped => "skipped",
            Self::Lost => "lost",
        }
    }

    pub(super) fn number(self) -> i64 {
        match self {
            Self::Pending => 0,
            Self::Ran => 1,
            Self::Skipped => 2,
            Self::Lost => 3,
        }
    }

    pub(super) fn from_number(number: i64) -> Result<Self, Error> {
        Self::ALL
            .into_iter()
            .find(|outcome| outcome.number() == number)
            .ok_or_else(|| Error::internal("unknown outcome of a firing in the store"))
    }
}

/// Whose due times the ledger keeps. Both are numbered from one source, so no job has the number of a workflow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Owner {
    /// A job.
    Job(i64),
    /// A workflow.
    Workflow(i64),
}

impl Owner {
    /// Its number.
    pub fn id(self) -> i64 {
        match self {
            Self::Job(id) | Self::Workflow(id) => id,
        }
    }

    pub(super) fn kind(self) -> i64 {
        match self {
            Self::Job(_) => 0,
            Self::Workflow(_) => 1,
        }
    }

    pub(super) fn from_kind(kind: i64, id: i64) -> Result<Self, Error> {
        match kind {
            0 => Ok(Self::Job(id)),
            1 => Ok(Self::Workflow(id)),
            _ => Err(Error::internal("unknown owner of a firing in the store")),
        }
    }
}

/// Why due times are skipped.
pub(crate) mod reason {
    /// It was due while nobody was there to fire it.
    pub(crate) const MISFIRE: &str = "misfire";
    /// Its day is none of the calendar's.
    pub(crate) const CALENDAR: &str = "calendar";
    /// As many instances as may be are unfinished.
    pub(crate) const CONCURRENCY: &str = "concurrency";
    /// The job has an instance of that second already.
    pub(crate) const SECOND_TAKEN: &str = "second taken";
    /// It takes the professional edition, and the group is of the basic one now.
    pub(crate) const EDITION: &str = "edition";
    /// Its instance was stopped before it was handed to a worker.
    pub(crate) const STOPPED: &str = "stopped";
}

/// A row of the ledger: one due time, or several in a row that share their fate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Firing {
    /// Whose due time it is.
    pub owner: Owner,
    /// When it was due; the first of several.
    pub due: Timestamp,
    /// The last due time of the row.
    pub to: Timestamp,
    /// How many due times the row stands for.
    pub count: i64,
    /// What became of it.
    pub outcome: Outcome,
    /// Why it was skipped or lost.
    pub reason: Option<String>,
    /// The instance that was made: of the job, or of the workflow.
    pub instance: Option<i64>,
    /// Milliseconds from the due time until the run was handed over.
    pub late_ms: Option<i64>,
}

/// Which rows are wanted.
#[derive(Clone, Copy, Debug, Default)]
pub struct FiringFilter {
    /// Of this job or workflow.
    pub owner: Option<Owner>,
    /// Due at this instant or later.
    pub since: Option<Timestamp>,
    /// Due at this instant or earlier.
    pub until: Option<Timestamp>,
    /// Beyond this due time and number of a job or workflow, where a page before this one ended.
    pub after: Option<(Timestamp, i64)>,
    /// How many at most; all when absent.
    pub limit: Option<u32>,
}
