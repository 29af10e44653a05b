//! Events, custom and of the system.

mod document;
pub(super) mod words;

pub use document::EventDocuments;
