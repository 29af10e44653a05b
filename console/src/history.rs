//! What happened, out of the audit log.

use muster_core::Result;
use muster_identity::audit::{self, AuditFilter, AuditRow};

use crate::cx::Cx;
use crate::kinds;
use crate::view::object::Event;
use crate::view::{State, Tone};

/// The newest changes that fit.
pub(crate) fn events(cx: &mut Cx<'_, '_>, filter: &AuditFilter, limit: u32) -> Result<Vec<Event>> {
    let rows = audit::list(cx.tx, &cx.caller.account_id, filter, limit)?;
    let about_one = filter.subject_id.is_some();
    Ok(rows.iter().map(|row| event(cx, row, about_one)).collect())
}

fn event(cx: &Cx<'_, '_>, row: &AuditRow, about_one: bool) -> Event {
    Event {
        when: cx.when(row.at),
        state: outcome(cx, row),
        what: row.operation.clone(),
        target: if about_one { None } else { kinds::link_of(row) },
        who: who(row).to_owned(),
        request_id: row.request_id.clone(),
    }
}

/// Done, or refused with which code.
pub(crate) fn outcome(cx: &Cx<'_, '_>, row: &AuditRow) -> State {
    match &row.refusal {
        None => State::new(Tone::Good, cx.t("event.done")),
        Some(code) => State::new(Tone::Bad, cx.lang.fill("event.refused", &[code])),
    }
}

/// The part of a principal's name that people know.
pub(crate) fn who(row: &AuditRow) -> &str {
    let name = row.principal.rsplit(':').next().unwrap_or(&row.principal);
    name.split_once('/').map_or(name, |(_, name)| name)
}
