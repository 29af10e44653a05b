//! Identity on a real store: one binary for all families.

mod sessions;
mod start;
mod world;
