//! The index: which resources a rule selects, and which groups select a resource, without looking at them one by one.
//!
//! It holds nothing that the store does not. Each project's part is read when it is first asked for, and follows the
//! rows of change from then on, one indexed look before every answer: what another node changed is seen as well.
//! Only transactions that read move it on, because what they see stays. In one that writes it answers as the last
//! reader left it.

mod entries;
mod groups;
mod members;
mod partition;
mod select;
mod symbols;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use muster_core::Result;
use muster_db::Tx;

use crate::inventory::Catalogue;
use crate::model::Scope;
use crate::rule::Subject;
pub(crate) use members::{Forms, Place};
pub(crate) use partition::Partition;
use partition::look_ahead;

type Owner = (String, String);

/// The index of all projects. Clones share it.
#[derive(Clone, Default)]
pub(crate) struct Index(Arc<Mutex<HashMap<Owner, Arc<Part>>>>);

/// One project's part. What the store has to say is read without the lock that answers need: the first reading takes
/// seconds when there are many resources, and the thread that writes must not wait so long.
#[derive(Default)]
struct Part {
    partition: Mutex<Partition>,
    /// Whoever moves the partition on.
    following: Mutex<()>,
}

impl Part {
    fn follow(&self, tx: &mut Tx<'_>, scope: Scope<'_>, catalogue: &Catalogue) -> Result<()> {
        let _one_at_a_time = lock(&self.following);
        let known = lock(&self.partition).known();
        let ahead = look_ahead(tx, scope, catalogue, known)?;
        lock(&self.partition).take(ahead, catalogue);
        Ok(())
    }
}

impl Index {
    /// Asks the part of a project, which is brought up to date before.
    pub(crate) fn ask<T>(
        &self,
        tx: &mut Tx<'_>,
        scope: Scope<'_>,
        catalogue: &Catalogue,
        question: impl FnOnce(&mut Partition) -> T,
    ) -> Result<T> {
        let owner = (scope.account_id.to_owned(), scope.project_id.to_owned());
        let part = Arc::clone(lock(&self.0).entry(owner).or_default());
        if tx.is_read() {
            part.follow(tx, scope, catalogue)?;
            return Ok(question(&mut lock(&part.partition)));
        }
        {
            let mut partition = lock(&part.partition);
            if partition.known().is_some() {
                return Ok(question(&mut partition));
            }
        }
        // What a writing transaction sees may be undone: it is good for this answer only.
        let mut own = Partition::default();
        own.take(look_ahead(tx, scope, catalogue, None)?, catalogue);
        Ok(question(&mut own))
    }

    /// The groups by rule that select a resource, in the order of their ids.
    pub(crate) fn candidates(
        &self,
        tx: &mut Tx<'_>,
        scope: Scope<'_>,
        catalogue: &Catalogue,
        resource: &Subject<'_>,
    ) -> Result<Vec<i64>> {
        self.ask(tx, scope, catalogue, |partition| partition.groups.that_select(resource))
    }
}

impl fmt::Debug for Index {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Index({} projects)", lock(&self.0).len())
    }
}

/// A panic in a question leaves the index as it was before or after a whole change: each is applied by one call that
/// asks nothing of others.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
