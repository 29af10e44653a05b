//! Alibaba Cloud: the RPC protocol (`rpc`) and the products that are spoken over it.
//!
//! `rpc` knows how a request is read, proved and answered, and nothing about any product; a product is a
//! folder with its operations, each one a file. [`Alibaba`] finds the product that a request names.

pub mod bss;
pub mod cloudmonitor;
pub mod location;
pub mod rpc;
pub mod schedulerx;
pub mod sts;
#[cfg(test)]
mod tests;
mod vendor;

pub use vendor::{Alibaba, Services};
