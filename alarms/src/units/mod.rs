//! How things stand: units, episodes and notices, as they are kept and listed.

mod episodes;
mod notices;
mod step;
mod store;
mod write;

pub(crate) use episodes::{forget as forget_episodes, list as episodes};
pub(crate) use notices::{forget_silent, histogram, list as notices, tally};
pub(crate) use step::{Step, leave, take};
pub(crate) use store::{KeptUnit, close_policies, close_rule, list, of_rules, worst};
