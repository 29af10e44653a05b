//! Copying jobs into another group.

use muster_core::{Error, Result};
use muster_db::Tx;
use muster_identity::Caller;

use super::model::Job;
use super::service::{Service, missing};
use super::store;
use crate::app_groups;

impl Service {
    /// Copies jobs into another group of the account. A copy is disabled; where the target has a job of the same
    /// name, that one is overwritten and keeps its number and its state.
    ///
    /// # Errors
    /// `NotFound` "app group" or "job"; `Quota` "jobs of an app group"; what the target's edition forbids.
    pub fn copy(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        from: (&str, &str),
        to: (&str, &str),
        ids: &[i64],
    ) -> Result<()> {
        let source = app_groups::find(tx, &caller.account_id, from.0, from.1)?;
        let target = app_groups::find(tx, &caller.account_id, to.0, to.1)?;
        for id in ids {
            let original =
                store::find(tx, *id)?.filter(|job| job.app_group == source.id).ok_or_else(|| missing(*id))?;
            self.check(tx, caller, &target, &original.definition)?;
            let now = tx.now();
            let twin = store::newest_named(tx, target.id, &original.definition.name)?;
            match twin.filter(|twin| twin.id != original.id) {
                Some(mut twin) => {
                    twin.definition = original.definition;
                    twin.next_due = super::first_due(tx, &twin, &self.zone)?;
                    caller.name().clone_into(&mut twin.updater);
                    twin.updated_at = now;
                    store::update(tx, &twin)?;
                    super::service::wake(tx, &twin);
                }
                None if source.id == target.id => {}
                None => {
                    if !app_groups::count_job(tx, target.id)? {
                        let limit = target.max_jobs.unsigned_abs();
                        return Err(Error::Quota { what: "jobs of an app group", limit });
                    }
                    let copy = Job {
                        id: tx.new_id()?,
                        app_group: target.id,
                        definition: original.definition,
                        enabled: false,
                        next_due: None,
                        creator: caller.name().to_owned(),
                        updater: caller.name().to_owned(),
                        created_at: now,
                        updated_at: now,
                    };
                    store::insert(tx, &caller.account_id, &copy)?;
                    if copy.definition.kind.is_script() {
                        store::add_script(tx, copy.id, &copy.definition.content, "", caller.name())?;
                    }
                }
            }
        }
        Ok(())
    }
}
