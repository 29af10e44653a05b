//! The metrics store of all clouds: series, samples, windows, retention.
//!
//! A call's samples are one row of an append log in the store, so they are acknowledged with the commit that everything
//! else of the call shares, on both databases, in backups and in copies. Memory follows the log (`memory`); from time to
//! time what is in memory becomes chunks in the store and the log is cut (`engine::Follow`). Windows are made of samples
//! when they are asked for; only when samples grow old are they rolled up for good (`engine::RollUp`).
//!
//! What a vendor calls a filter, a period of one second or a marker stays with the vendor.

mod batch;
mod chunk;
mod codec;
mod detail;
pub mod engine;
mod memory;
mod migrations;
mod model;
mod point;
mod rollup;
mod service;
mod spaces;
mod store;
mod verify;

pub use detail::Detail;
pub use migrations::MIGRATIONS;
pub use model::{
    Admission, Aggregate, Metric, NewSample, Period, Sample, Scope, Series, SeriesFilter, SeriesId,
    SeriesName, SeriesPage, Statistic, ValueKind, Window, join_dimensions, split_dimensions,
};
pub use point::{NewReading, Summary};
pub use service::{LateMark, Limits, Look, News, NewsMark, SeriesObserver, Service, WindowRead};
pub use spaces::Space;
pub use verify::verify;

#[cfg(test)]
mod tests;
