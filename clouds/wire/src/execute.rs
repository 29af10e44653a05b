//! Running one operation: permission, transaction, nonce and audit row.

use std::sync::Arc;

use muster_core::Result;
use muster_db::{Db, Tx};
use muster_identity::{Caller, audit};

use crate::{Access, Api, ApiError, Call, Cx, Entry};

/// What must hold inside the transaction before an operation runs, such as a nonce that nobody used. Its `Err`
/// refuses the request without a trace.
pub type Admit = Box<dyn Fn(&mut Tx<'_>) -> Result<()> + Send>;

/// What is written about an outcome in the same commit, beside its audit row: for vendors whose clients fetch it
/// later.
pub type Keep<A> =
    Box<dyn Fn(&mut Tx<'_>, &Result<<A as Api>::Response, <A as Api>::Error>) -> Result<()> + Send>;

/// Runs `call`, the decoded operation of `entry`, for `caller`.
///
/// A change and its audit row are one commit, and the answer comes when it is on disk. A refused change leaves
/// the audit row only.
pub async fn execute<A: Api>(
    db: &Db,
    services: Arc<A::Services>,
    caller: Caller,
    entry: &'static Entry<A>,
    call: Box<dyn Call<A>>,
    admit: Option<Admit>,
) -> Result<A::Response, A::Error> {
    execute_and_keep(db, services, caller, entry, call, admit, None).await
}

/// As [`execute`], and `keep` writes the outcome of a change down. Reads have nothing to keep.
pub async fn execute_and_keep<A: Api>(
    db: &Db,
    services: Arc<A::Services>,
    caller: Caller,
    entry: &'static Entry<A>,
    call: Box<dyn Call<A>>,
    admit: Option<Admit>,
    keep: Option<Keep<A>>,
) -> Result<A::Response, A::Error> {
    let allowed = call.authorize(&caller);
    if entry.access == Access::Read {
        allowed?;
        return db
            .read(move |tx| Ok(call.call(&mut Cx::new(tx, &caller, &*services))))
            .await
            .unwrap_or_else(|failure| Err(failure.into()));
    }
    // All that authorisation can say is that this permission is missing: each run words the refusal anew.
    let is_allowed = allowed.is_ok();
    db.write(move |tx| {
        if let Some(admit) = &admit {
            admit(tx)?;
        }
        let mut subject = None;
        let outcome = if is_allowed {
            tx.attempt(|tx| {
                let mut cx = Cx::new(tx, &caller, &*services);
                let outcome = call.call(&mut cx);
                subject = cx.subject.take();
                outcome
            })
        } else {
            Err(muster_core::Error::Forbidden { action: entry.permission.to_owned() }.into())
        };
        let word = outcome.as_ref().err().map(ApiError::code);
        audit::record(
            tx,
            &caller,
            &audit::NewEntry {
                api: A::NAME,
                operation: entry.name,
                subject: subject.as_ref().map(|(kind, id)| (*kind, id.as_str())),
                refusal: word.as_deref(),
            },
        )?;
        if let Some(keep) = &keep {
            keep(tx, &outcome)?;
        }
        Ok(outcome)
    })
    .await
    .unwrap_or_else(|failure| Err(failure.into()))
}
