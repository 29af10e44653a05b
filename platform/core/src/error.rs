//! One error for all features: it says what the *caller* needs to know.
//!
//! An error knows nothing of HTTP or of a vendor's codes; each API turns it into its own envelope in
//! one exhaustive `match`. The text of `Internal` is for operators and never reaches a client.

use std::error::Error as StdError;
use std::fmt;

/// The result of everything that features and the store do.
pub type Result<T, E = Error> = std::result::Result<T, E>;

type Source = Box<dyn StdError + Send + Sync>;

/// Why something was not done.
///
/// `what` is a stable key in our own words ("app group", "namespace holds app groups"): a cloud's error
/// table may match on it, so it changes only together with those tables.
#[derive(Debug)]
pub enum Error {
    /// The thing does not exist, or belongs to another account: the two are never told apart.
    NotFound {
        /// The kind of thing.
        what: &'static str,
        /// The id or name that was asked for.
        id: String,
    },
    /// Something with this id or name exists already.
    AlreadyExists {
        /// The kind of thing.
        what: &'static str,
        /// The id or name that is taken.
        id: String,
    },
    /// A value is outside its domain.
    Invalid {
        /// The field, in our words.
        field: String,
        /// What is wrong with it, as a clause a person can read.
        why: String,
    },
    /// The present state does not allow it.
    Conflict {
        /// A stable key for the rule that refused.
        what: &'static str,
        /// The rule in a sentence.
        why: String,
    },
    /// Nobody proved who is asking.
    Unauthenticated {
        /// What was wrong with the proof, without secrets.
        why: String,
    },
    /// The caller is known and may not.
    Forbidden {
        /// The permission that is missing.
        action: String,
    },
    /// A quota is used up.
    Quota {
        /// The thing that is counted.
        what: &'static str,
        /// How many there may be.
        limit: u64,
    },
    /// Too many requests.
    Throttled {
        /// When to try again, in milliseconds.
        after_ms: u64,
    },
    /// Not possible just now; the same call may work later.
    Unavailable {
        /// Why, for people.
        why: String,
    },
    /// A defect, or a failure below us.
    Internal {
        /// What happened, for the log.
        source: Source,
    },
}

impl Error {
    /// The thing `id` of kind `what` does not exist for this caller.
    pub fn not_found(what: &'static str, id: impl Into<String>) -> Self {
        Self::NotFound { what, id: id.into() }
    }

    /// A thing of kind `what` with this id or name exists already.
    pub fn already_exists(what: &'static str, id: impl Into<String>) -> Self {
        Self::AlreadyExists { what, id: id.into() }
    }

    /// The value of `field` is outside its domain.
    pub fn invalid(field: impl Into<String>, why: impl Into<String>) -> Self {
        Self::Invalid { field: field.into(), why: why.into() }
    }

    /// The rule `what` refuses this in the present state.
    pub fn conflict(what: &'static str, why: impl Into<String>) -> Self {
        Self::Conflict { what, why: why.into() }
    }

    /// A failure below us or a defect; `source` goes to the log only.
    pub fn internal(source: impl Into<Source>) -> Self {
        Self::Internal { source: source.into() }
    }

    /// Not possible just now.
    pub fn unavailable(why: impl Into<String>) -> Self {
        Self::Unavailable { why: why.into() }
    }

    /// A word for the outcome column of the audit log and for metrics.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::NotFound { .. } => "not_found",
            Self::AlreadyExists { .. } => "already_exists",
            Self::Invalid { .. } => "invalid",
            Self::Conflict { .. } => "conflict",
            Self::Unauthenticated { .. } => "unauthenticated",
            Self::Forbidden { .. } => "forbidden",
            Self::Quota { .. } => "quota",
            Self::Throttled { .. } => "throttled",
            Self::Unavailable { .. } => "unavailable",
            Self::Internal { .. } => "internal",
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound { what, id } => write!(f, "{what} {id} does not exist"),
            Self::AlreadyExists { what, id } => write!(f, "{what} {id} exists already"),
            Self::Invalid { field, why } => write!(f, "{field}: {why}"),
            Self::Conflict { why, .. } => f.write_str(why),
            Self::Unauthenticated { why } => f.write_str(why),
            Self::Forbidden { action } => write!(f, "not allowed: {action}"),
            Self::Quota { what, limit } => write!(f, "no more than {limit} of {what} are allowed"),
            Self::Throttled { after_ms } => write!(f, "too many requests, try again in {after_ms} ms"),
            Self::Unavailable { why } => f.write_str(why),
            // The source is not printed here: whoever logs an error walks the chain.
            Self::Internal { .. } => f.write_str("internal error"),
        }
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Internal { source } => Some(source.as_ref()),
            _ => None,
        }
    }
}
