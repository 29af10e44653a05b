//! What happened, out of the audit log.

use std::collections::HashMap;

use muster_core::{Error, Result};
use muster_identity::audit::{self, AuditFilter, AuditRow};

use crate::cx::Cx;
use crate::kinds;
use crate::view::object::Event;
use crate::view::{Link, State, Tone};

/// The newest changes that fit.
pub(crate) fn events(cx: &mut Cx<'_, '_>, filter: &AuditFilter, limit: u32) -> Result<Vec<Event>> {
    let rows = audit::list(cx.tx, &cx.caller.account_id, filter, limit)?;
    let mut subjects = Subjects::default();
    rows.iter()
        .map(|row| {
            let target = match filter.subject_id {
                Some(_) => None,
                None => subjects.of(cx, row)?,
            };
            Ok(Event {
                when: cx.when(row.at),
                state: outcome(cx, row),
                what: row.operation.clone(),
                target,
                who: who(row).to_owned(),
                request_id: row.request_id.clone(),
            })
        })
        .collect()
}

/// What rows are about, by the names that these things have now. Each thing is looked up once.
#[derive(Default)]
pub(crate) struct Subjects(HashMap<(String, String), Subject>);

/// The thing that a row is about.
#[derive(Clone, Debug)]
pub(crate) enum Subject {
    /// It has a page.
    Here(Link),
    /// It is gone, or never had a page: its id is all that is left.
    Gone(String),
}

impl Subjects {
    /// What `row` is about, if it says so.
    pub(crate) fn of(&mut self, cx: &mut Cx<'_, '_>, row: &AuditRow) -> Result<Option<Subject>> {
        let (Some(kind), Some(id)) = (&row.subject_kind, &row.subject_id) else { return Ok(None) };
        let key = (kind.clone(), id.clone());
        if let Some(known) = self.0.get(&key) {
            return Ok(Some(known.clone()));
        }
        let subject = match kinds::of_subject(kind, id) {
            None => Subject::Gone(id.clone()),
            Some(found) => match found.going(cx, id) {
                Ok(going) => Subject::Here(kinds::link(found.slug(), id, going.name)),
                Err(Error::NotFound { .. }) => Subject::Gone(id.clone()),
                Err(failure) => return Err(failure),
            },
        };
        self.0.insert(key, subject.clone());
        Ok(Some(subject))
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
