//! What all `Delete…` calls have in common.

use muster_core::Error;

use crate::api::Outcome;
use crate::check;
use crate::error::Refusal;
use crate::input::Input;
use crate::reply::Reply;

/// The uuid to delete. `deleteMode` must be one of the two that exist; both do the same here.
pub(crate) fn read_uuid(input: &Input) -> Result<String, Refusal> {
    if let Some(mode) = input.text("deleteMode")? {
        check::one_of("deleteMode", &mode, &["Permissive", "Enforcing"])?;
    }
    check::uuid("uuid", input.text("uuid")?)
}

/// Deleting what is not there is a success: whoever asks again after a lost answer must not see an error.
pub(crate) fn deleted(outcome: muster_core::Result<()>) -> Outcome {
    match outcome {
        Ok(()) | Err(Error::NotFound { .. }) => Ok(Reply::empty()),
        Err(error) => Err(error.into()),
    }
}
