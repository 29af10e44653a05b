//! How things stand: units, episodes and notices, as they are kept and listed.

mod episodes;
mod notices;
mod step;
mod store;
mod write;

pub(crate) use episodes::{forget as forget_episodes, list as episodes};
pub(crate) use notices::{forget_silent, histogram, list as notices, tally};
pub(crate) use step::{Stands, Step, leave, take, take_anywhere};
pub(crate) use store::{KeptUnit, close_policies, close_rule, end, list, of_rules, worst};
pub(crate) use write::{Standing, standing};
