//! Writes that go wrong when a test says so.

use std::sync::{Mutex, PoisonError};

use muster_core::{Error, Result};

use crate::Tx;

/// How a write goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WriteFault {
    /// The store refuses it: nothing is changed.
    Refused,
    /// It is done, and its caller hears that it was not.
    Unheard,
    /// The database has it run again before it is done.
    Twice,
}

/// What is left to go wrong after the work.
pub(crate) struct Broken(Option<WriteFault>);

impl Broken {
    /// What the caller hears.
    pub(crate) fn hear<T>(&self, outcome: Result<T>) -> Result<T> {
        match self.0 {
            Some(WriteFault::Unheard) => outcome.and_then(|_| Err(broken())),
            _ => outcome,
        }
    }
}

/// Takes the fault that a test has laid there; `work` with it.
pub(crate) fn break_if_told<T, F: Fn(&mut Tx<'_>) -> Result<T>>(
    fault: &Mutex<Option<WriteFault>>,
    work: F,
) -> (impl Fn(&mut Tx<'_>) -> Result<T> + use<T, F>, Broken) {
    let fault = fault.lock().unwrap_or_else(PoisonError::into_inner).take();
    let broken_work = move |tx: &mut Tx<'_>| match fault {
        Some(WriteFault::Refused) => work(tx).and_then(|_| Err(broken())),
        Some(WriteFault::Twice) => {
            let undone: Result<T> = tx.attempt(|tx| work(tx).and_then(|_| Err(broken())));
            drop(undone);
            work(tx)
        }
        Some(WriteFault::Unheard) | None => work(tx),
    };
    (broken_work, Broken(fault))
}

fn broken() -> Error {
    Error::unavailable("a test broke this write")
}
