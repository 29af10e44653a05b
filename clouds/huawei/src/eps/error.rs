//! EPS's refusals.

use crate::coded::{Coded, Codes};

/// A refusal with an `EPS.` code.
pub type Refused = Coded<EpsCodes>;

/// EPS's codes.
pub struct EpsCodes;

impl Codes for EpsCodes {
    const BAD_REQUEST: &'static str = "EPS.0004";
    const FORBIDDEN: &'static str = "EPS.0003";
    const NOT_FOUND: &'static str = "EPS.0010";
    const UNAUTHENTICATED: &'static str = "EPS.0002";
    const INTERNAL: &'static str = "EPS.0011";
}
