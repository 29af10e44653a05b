//! Alarm templates: one store, in the spellings of V1.0 and v2.

mod bodies;
#[cfg(test)]
mod tests;
pub(super) mod v1;
pub(super) mod v2;

use muster_core::Error;

use super::Refused;
use crate::request::Malformed;

/// A name is taken: the caller's own body is wrong then.
fn refuse_name(error: Error) -> Refused {
    match error {
        Error::AlreadyExists { .. } => {
            Malformed::field("template_name", "is that of another template").into()
        }
        error => error.into(),
    }
}
