//! Rules over events: which of them somebody wants to know of, and who is told.
//!
//! A rule has patterns; an event that fits one of them is a [`Match`], written in the transaction that keeps the event.
//! The engine [`Tell`] then decides what becomes of each match, in their order, and writes that down: told, silenced,
//! or why nobody was told.

mod filter;
mod matching;
mod model;
mod service;
mod store;
mod tell;
mod text;

pub use filter::Filter;
pub(crate) use matching::match_all;
pub use model::{
    Aim, Match, MatchFilter, OneOf, Outcome, Pattern, Plain, Reach, Rule, RuleFilter, RuleSpec, Target, Told,
    Wording,
};
pub(crate) use store::{prune_matches, prune_silences};
pub use tell::Tell;

/// The name of the engine that tells, and of its signal.
pub(crate) const TELL: &str = "events.tell";
