//! The two signatures. `v1` lies in the parameters, `v3` in the `Authorization` header.
//!
//! Both modules are pure: they take what was received and a secret, and say what the client must have signed.

pub mod v1;
pub mod v3;

#[cfg(test)]
mod vectors;

/// A signature that does not fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// What the server signed, for the client to compare with what it signed itself.
    pub string_to_sign: String,
}
