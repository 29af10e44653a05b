//! Whole requests against the whole vendor: hand-signed, on a store of their own, with a clock that tests move.

mod gateway;
mod instances;
mod nobody;
mod replay;
mod schedulerx;
mod schedulerx_jobs;
mod schedulerx_workflows;
mod sts;
mod terraform;
mod workers;
mod world;
