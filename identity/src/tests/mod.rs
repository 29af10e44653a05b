//! Identity on real stores, one file for each family.

mod administration;
mod engine;
mod keys;
mod rights;
mod roles;
mod sessions;
mod start;
mod world;
