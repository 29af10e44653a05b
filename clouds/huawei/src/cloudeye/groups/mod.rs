//! Resource groups: two versions over one store.

mod bodies;
#[cfg(test)]
pub(super) mod tests;
pub(crate) mod v1;
pub(crate) mod v2;
pub(in crate::cloudeye) mod words;
