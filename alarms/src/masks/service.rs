//! What callers may ask about masks.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::tz::TimeZone;
use muster_core::{Error, Result, Timestamp};
use muster_db::Tx;
use muster_metrics::Scope;

use super::index::Snapshot;
use super::model::{Kind, Mask, MaskFilter, MaskSpec, NewMask, Target};
use super::store;

/// How the audit log and errors call it.
const MASK: &str = "alarm mask";

/// How much there may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Masks of an account, of all kinds.
    pub masks_per_account: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { masks_per_account: 10_000 }
    }
}

type Known = (i64, Arc<Snapshot>);

/// Masks of all accounts. A mask of a [`Scope`] without a project covers the whole account.
pub struct Service {
    limits: Limits,
    zone: TimeZone,
    known: Mutex<HashMap<String, Known>>,
}

impl Service {
    /// A service whose windows of the day are meant in `zone` where they name none.
    pub fn new(limits: Limits, zone: TimeZone) -> Self {
        Self { limits, zone, known: Mutex::default() }
    }

    /// The zone that is meant where none is named.
    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// Whether a mask is heeded at `at`.
    pub fn is_in_force(&self, mask: &Mask, at: Timestamp) -> bool {
        mask.enabled && mask.spec.when.holds(at, &self.zone)
    }

    /// Makes a mask.
    ///
    /// # Errors
    /// [`Error::Invalid`] when it covers nothing or holds never, [`Error::Quota`], [`Error::AlreadyExists`].
    pub fn create(&self, tx: &mut Tx<'_>, scope: Scope<'_>, new: NewMask) -> Result<Mask> {
        check(&new.spec)?;
        let counters = store::changed(tx, scope.account_id, 1)?;
        if counters.used > self.limits.masks_per_account {
            return Err(Error::Quota { what: "alarm masks", limit: self.limits.masks_per_account });
        }
        let (id, now) = (tx.new_id()?, tx.now());
        let mask = Mask {
            id,
            kind: new.kind,
            project_id: scope.project_id.to_owned(),
            key: new.key.unwrap_or_else(|| id.to_string()),
            enabled: true,
            spec: new.spec,
            created_at: now,
            updated_at: now,
        };
        if store::insert(tx, scope.account_id, &mask)? {
            Ok(mask)
        } else {
            Err(Error::already_exists(MASK, mask.key))
        }
    }

    /// Replaces what the owner of a mask wants.
    ///
    /// # Errors
    /// [`Error::NotFound`] of `alarm mask`, and [`Error::Invalid`] as for a new one.
    pub fn update(
        &self,
        tx: &mut Tx<'_>,
        scope: Scope<'_>,
        kind: Kind,
        key: &str,
        change: impl FnOnce(&mut MaskSpec),
    ) -> Result<Mask> {
        let mut mask = self.get(tx, scope, kind, key)?;
        change(&mut mask.spec);
        check(&mask.spec)?;
        mask.updated_at = tx.now();
        store::update(tx, &mask)?;
        store::changed(tx, scope.account_id, 0)?;
        Ok(mask)
    }

    /// Says whether a mask is heeded.
    ///
    /// # Errors
    /// [`Error::NotFound`] of `alarm mask`.
    pub fn set_enabled(
        &self,
        tx: &mut Tx<'_>,
        scope: Scope<'_>,
        kind: Kind,
        key: &str,
        enabled: bool,
    ) -> Result<()> {
        let mut mask = self.get(tx, scope, kind, key)?;
        (mask.enabled, mask.updated_at) = (enabled, tx.now());
        store::update(tx, &mask)?;
        store::changed(tx, scope.account_id, 0)?;
        Ok(())
    }

    /// A mask.
    ///
    /// # Errors
    /// [`Error::NotFound`] of `alarm mask`.
    pub fn get(&self, tx: &mut Tx<'_>, scope: Scope<'_>, kind: Kind, key: &str) -> Result<Mask> {
        store::by_key(tx, scope, kind, key)?.ok_or_else(|| Error::not_found(MASK, key))
    }

    /// The masks of a kind that name this, oldest first.
    ///
    /// # Errors
    /// Those of the store.
    pub fn naming(&self, tx: &mut Tx<'_>, scope: Scope<'_>, kind: Kind, target: Target) -> Result<Vec<Mask>> {
        let mut masks = store::naming(tx, scope.account_id, target)?;
        masks.retain(|mask| mask.kind == kind && mask.project_id == scope.project_id);
        Ok(masks)
    }

    /// Deletes a mask; whether there was one.
    ///
    /// # Errors
    /// Those of the store.
    pub fn delete(&self, tx: &mut Tx<'_>, scope: Scope<'_>, kind: Kind, key: &str) -> Result<bool> {
        let Some(mask) = store::by_key(tx, scope, kind, key)? else { return Ok(false) };
        store::delete(tx, mask.id)?;
        store::changed(tx, scope.account_id, -1)?;
        Ok(true)
    }

    /// The masks of a kind that `filter` and `accepts` want, newest first, from memory.
    ///
    /// # Errors
    /// Those of the store.
    pub fn list(
        &self,
        tx: &mut Tx<'_>,
        scope: Scope<'_>,
        kind: Kind,
        filter: &MaskFilter<'_>,
        accepts: impl Fn(&Mask) -> bool,
    ) -> Result<Vec<Mask>> {
        let part = filter.name_contains.map(str::to_lowercase);
        let wanted = |mask: &&Mask| {
            mask.kind == kind
                && mask.project_id == scope.project_id
                && (filter.keys.is_empty() || filter.keys.contains(&mask.key))
                && part.as_ref().is_none_or(|part| mask.spec.name.to_lowercase().contains(part))
                && (filter.targets.is_empty()
                    || mask.spec.covers.targets().iter().any(|target| filter.targets.contains(target)))
                && accepts(mask)
        };
        let snapshot = self.snapshot(tx, scope.account_id)?;
        Ok(snapshot.masks().filter(wanted).cloned().collect())
    }

    /// The account's masks as `tx` sees them: one indexed look at a counter, unless they changed meanwhile.
    ///
    /// # Errors
    /// Those of the store.
    pub fn snapshot(&self, tx: &mut Tx<'_>, account_id: &str) -> Result<Arc<Snapshot>> {
        let counters = store::counters(tx, account_id)?;
        if counters.used == 0 {
            self.lock().remove(account_id);
            return Ok(Arc::default());
        }
        if let Some((_, snapshot)) =
            self.lock().get(account_id).filter(|(changes, _)| *changes == counters.changes)
        {
            return Ok(Arc::clone(snapshot));
        }
        let fresh = Arc::new(Snapshot::new(store::of_account(tx, account_id)?, &self.zone));
        // What a writing transaction sees may be undone, and another reader may have seen more.
        if tx.is_read() {
            let mut known = self.lock();
            let entry = known.entry(account_id.to_owned()).or_insert_with(|| (0, Arc::default()));
            if entry.0 < counters.changes {
                *entry = (counters.changes, Arc::clone(&fresh));
            }
        }
        Ok(fresh)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Service {
    fn default() -> Self {
        Self::new(Limits::default(), TimeZone::UTC)
    }
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Service").field("limits", &self.limits).finish_non_exhaustive()
    }
}

/// Takes things that are deleted out of the masks that name them, and deletes the masks that name nothing else.
///
/// # Errors
/// Those of the store.
pub(crate) fn forget(tx: &mut Tx<'_>, account_id: &str, gone: &[Target]) -> Result<()> {
    let now = tx.now();
    for target in gone {
        for mask in store::naming(tx, account_id, *target)? {
            let less = match mask.spec.covers.clone().without(&[*target]) {
                Some(covers) => {
                    let spec = MaskSpec { covers, ..mask.spec };
                    store::update(tx, &Mask { spec, updated_at: now, ..mask })?;
                    0
                }
                None => {
                    store::delete(tx, mask.id)?;
                    -1
                }
            };
            store::changed(tx, account_id, less)?;
        }
    }
    Ok(())
}

fn check(spec: &MaskSpec) -> Result<()> {
    if spec.covers.is_empty() {
        return Err(Error::invalid("mask", "names nothing that it covers"));
    }
    spec.when.check()
}
