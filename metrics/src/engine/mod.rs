//! What happens by itself: memory follows the log, samples become chunks, old ones become windows, the oldest go.

mod follow;
mod roll_up;

pub use follow::{Follow, SealLimits};
pub use roll_up::RollUp;
