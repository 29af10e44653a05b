//! What happens by itself: telling of matches lives with the rules; here is the purge.

mod prune;

pub use crate::rules::Tell;
pub use prune::Prune;
