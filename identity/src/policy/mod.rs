//! Policies: who may do what.
//!
//! Documents of three dialects (RAM version "1", Huawei 1.1 and 5.0, ZStack statements) are parsed into
//! one model when they are stored, and evaluated by one rule: an explicit deny wins, then an allow, and
//! what nobody allows is denied. Whom a document is attached to is not this module's affair.

mod alias;
mod condition;
mod evaluate;
mod parse;
mod pattern;
mod system;
mod trust;

pub(crate) use condition::{Fact, Value};
pub use evaluate::Decision;
pub(crate) use evaluate::{Facts, Question, evaluate};
pub use system::{SystemPolicy, system_policies, system_policy};
pub use trust::TrustPolicy;

use condition::Condition;
use pattern::Pattern;

/// The language a document was written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// Alibaba RAM, version "1".
    Ram,
    /// Huawei role and custom policies, version 1.1.
    Huawei,
    /// Huawei identity policies, version 5.0.
    HuaweiIdentity,
    /// ZStack policy statements.
    ZStack,
}

impl Dialect {
    /// A word for lists.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ram => "ram",
            Self::Huawei => "huawei-1.1",
            Self::HuaweiIdentity => "huawei-5.0",
            Self::ZStack => "zstack",
        }
    }
}

/// Whether a statement grants or refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Effect {
    Allow,
    Deny,
}

/// What a statement speaks about.
#[derive(Clone, Debug, PartialEq)]
enum Scope {
    /// What one of these patterns matches.
    Only(Vec<Pattern>),
    /// What none of these patterns matches.
    Except(Vec<Pattern>),
}

impl Scope {
    fn covers(&self, subject: &str) -> bool {
        match self {
            Self::Only(patterns) => patterns.iter().any(|pattern| pattern.matches(subject)),
            Self::Except(patterns) => !patterns.iter().any(|pattern| pattern.matches(subject)),
        }
    }
}

/// One statement, compiled.
#[derive(Clone, Debug, PartialEq)]
struct Statement {
    effect: Effect,
    actions: Scope,
    resources: Scope,
    conditions: Vec<Condition>,
}

/// A policy document, compiled.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    dialect: Dialect,
    statements: Vec<Statement>,
}

impl Document {
    /// Compiles a document of any dialect.
    ///
    /// # Errors
    /// `Invalid{field: "policy"}` when the text is not such a document, names an operator that nobody
    /// knows, or is longer than 16 KiB: what is stored can be evaluated.
    pub fn parse(text: &str) -> muster_core::Result<Self> {
        parse::document(text)
    }

    /// The language it was written in.
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }
}
