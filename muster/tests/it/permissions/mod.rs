//! No operation works without credentials, or for a caller whom a policy denies it.
//!
//! The tables of operations themselves are walked, so a new operation is judged as soon as it is served. Each is
//! called three times with the same input: without credentials, by a user who is denied everything, and by the root
//! user. The last call proves that the input got past all checks of its form, so that it really was the policy that
//! refused the second one. When an operation needs a field that the inputs here lack, add it to them.

mod alibaba;

mod huawei;
mod zstack;
