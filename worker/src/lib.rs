//! Muster's own worker: it runs shell and Python scripts and a few built-in tasks.
//!
//! It lives in two places with the same code. `muster worker` speaks the protocol of SchedulerX's workers to a server
//! ([`remote`]); a server that is reachable from its own host only has one inside ([`local`]), so that a fresh machine
//! runs its first job with nothing else installed. `runner` starts and ends processes, `book` keeps what they print and
//! how they end until the server has it, `crew` shares a run among several workers, `core` joins these.

mod book;
mod core;
mod crew;
pub mod local;
pub mod remote;
mod runner;
mod task;

pub use runner::Limits;

use std::sync::{Mutex, MutexGuard, PoisonError};

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
