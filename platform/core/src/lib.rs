//! The words every crate shares: errors, time, ids, pages, signals and engines.
//!
//! Nothing here knows SQL, HTTP or a cloud. What belongs to one feature or one vendor does not
//! belong here, however small it is.

mod engine;
mod error;
mod page;
mod random;
mod signal;
mod time;
pub mod zone;

pub use engine::{Driver, Engine, EngineState, describe};
pub use error::{Error, Result};
pub use page::{Browse, Page, PageRequest};
pub use random::{Random, Seed, SharedRandom};
pub use signal::Signals;
pub use time::{Clock, ManualClock, SystemClock, Timestamp};
pub use uuid::Uuid;
