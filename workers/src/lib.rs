//! The workers of SchedulerX's SDKs, as a server meets them.

pub mod codec;
