//! `muster`.

fn main() {}
