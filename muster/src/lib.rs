//! The program: one port, five dialects, the features behind them.
//!
//! Each API and each engine is named once, in [`serve::App`]; [`server`] listens, [`route`] tells whose a request is.

pub mod admin;
pub mod bench;
pub mod cli;
pub mod client;
pub mod config;
pub mod coverage;
mod events;
pub mod features;
mod files;
mod inventory;
mod own_series;
pub mod route;
pub mod serve;
pub mod server;
pub mod store;
