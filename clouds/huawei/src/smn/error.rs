//! SMN's refusals.

use crate::coded::{Coded, Codes};

/// A refusal with an `SMN.` code.
pub type Refused = Coded<SmnCodes>;

/// SMN's codes.
pub struct SmnCodes;

impl Codes for SmnCodes {
    const BAD_REQUEST: &'static str = "SMN.00000013";
    const FORBIDDEN: &'static str = "SMN.00000011";
    const NOT_FOUND: &'static str = "SMN.00010008";
    const UNAUTHENTICATED: &'static str = "SMN.00000010";
    const INTERNAL: &'static str = "SMN.00000001";
}
