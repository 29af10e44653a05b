//! Alibaba Cloud: the RPC protocol (`rpc`) and the products that are spoken over it.
//!
//! `rpc` knows how a request is read, proved and answered, and nothing about any product; a product is a
//! folder with its operations, each one a file.

pub mod cloudmonitor;
pub mod rpc;
