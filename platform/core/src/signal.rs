//! Signals: hints that wake an engine before its period is over.
//!
//! A signal carries nothing and may be lost; the engine's period still does the work. That is why one
//! flag per engine is enough, and why several signals become one.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Notify;

/// The flags of all engines, by the engine's name.
#[derive(Clone, Debug, Default)]
pub struct Signals(Arc<Mutex<HashMap<&'static str, Arc<Notify>>>>);

impl Signals {
    /// The flag of `engine`, made when first asked for.
    pub fn flag(&self, engine: &'static str) -> Arc<Notify> {
        let mut flags = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(flags.entry(engine).or_default())
    }

    /// Wakes `engine`, or makes its next wait return at once.
    pub fn raise(&self, engine: &'static str) {
        self.flag(engine).notify_one();
    }
}
