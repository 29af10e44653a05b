//! How things stand: units, episodes and notices, as they are kept and listed.

mod episodes;
mod notices;
mod store;

pub(crate) use episodes::list as episodes;
pub(crate) use notices::{histogram, list as notices, tally};
pub(crate) use store::{close_policies, close_rule, list, worst};
