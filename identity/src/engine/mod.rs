//! What happens by itself in identity.

mod prune;

pub use prune::Prune;
