//! Huawei Cloud's protocol and its services.
//!
//! `auth` proves who asks, `route` finds who answers, `vendor` is the pipeline between them. A product is a folder with
//! its operations and one table of [`Route`]s; it implements [`Product`] and is mounted by [`Huawei::with`].

mod auth;
mod catalogue;
pub mod cloudeye;
mod coded;
pub mod ecs;
pub mod eps;
mod fault;
pub mod iam;
mod inventory;
mod product;
mod providers;
mod reply;
mod request;
pub mod rms;
mod route;
pub mod smn;
mod startup;
pub mod tms;
mod vendor;
pub mod workspace;

pub use catalogue::{CATALOGUE, CUSTOM};
pub use fault::Fault;
pub use product::{Product, Route};
pub use reply::Reply;
pub use request::{Malformed, Object, Request, required};
pub use vendor::Huawei;
