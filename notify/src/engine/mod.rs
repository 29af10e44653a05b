//! What happens by itself: messages go out, and old ones go away.

mod deliver;
mod prune;

pub use deliver::Deliver;
pub use prune::Prune;

/// The deliver engine's name, and the signal that wakes it.
pub const DELIVER: &str = "notify.deliver";
