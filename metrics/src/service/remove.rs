//! Taking series out.

use muster_core::Result;
use muster_db::Tx;

use super::Service;
use crate::model::{Scope, SeriesId};
use crate::store;

impl Service {
    /// Removes series with everything that was reported of them; those that are not of this scope are left alone. A
    /// series of the same name that is reported afterwards is a new one. Gives how many there were.
    pub fn remove(&self, tx: &mut Tx<'_>, scope: Scope<'_>, series: &[SeriesId]) -> Result<u64> {
        // As with samples that come: no call may write for a series that goes.
        store::lock_log(tx)?;
        store::remove(tx, scope, series)
    }
}
