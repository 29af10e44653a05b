//! The program: one port, five dialects, the features behind them.
//!
//! Each API and each engine is named here once, in [`app`]; [`server`] listens, [`route`] tells whose a request is.

pub mod cli;
pub mod client;
pub mod config;
pub mod route;
pub mod server;
