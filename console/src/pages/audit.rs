//! Who changed what, from where, and what became of it.

use muster_core::Result;
use muster_identity::audit::{self, AuditFilter};

use super::{REFRESH_S, render};
use crate::cx::Cx;
use crate::frame;
use crate::history::{self, Subject, Subjects};
use crate::reply::Reply;
use crate::view::listing::{Choice, Empty, Filter, Listing, ListingPage, Search};
use crate::view::{Column, Link, Row, Table, Value};
use crate::visit::Visit;

const ROWS: u32 = 50;
/// Whoever may read the log in the vendor's own words.
pub(crate) const PERMISSION: &str = "actiontrail:LookupEvents";

/// The newest changes first.
pub(crate) fn list(cx: &mut Cx<'_, '_>, visit: &Visit) -> Result<Reply> {
    cx.caller.require(PERMISSION, "*")?;
    let query = &visit.query;
    let before = query.get("before").parse().ok();
    let subject = query.some("subject").or_else(|| query.some("q"));
    let refused_only = query.get("outcome") == "refused";
    let filter = AuditFilter { before, subject_id: subject.clone(), refused_only, ..AuditFilter::default() };
    let found = audit::list(cx.tx, &cx.caller.account_id, &filter, ROWS + 1)?;
    let shown = &found[..found.len().min(ROWS as usize)];
    let next = (found.len() > shown.len()).then(|| shown.last().map(|row| row.id.to_string())).flatten();
    let mut subjects = Subjects::default();
    let mut rows = Vec::new();
    for row in shown {
        let about = match subjects.of(cx, row)? {
            Some(Subject::Here(link)) => Value::Link(link),
            Some(Subject::Gone(id)) => Value::Text(id),
            None => Value::None,
        };
        rows.push(Row::from(vec![
            Value::Pair(row.operation.clone(), row.api.clone()),
            about,
            Value::State(history::outcome(cx, row)),
            Value::Pair(history::who(row).to_owned(), row.source_ip.clone()),
            Value::Short(row.request_id.clone()),
            cx.time(row.at),
        ]));
    }
    let title = cx.t("audit.title");
    let columns = ["operation", "about", "outcome", "who", "request", "when"]
        .map(|part| Column::new(cx.t(&format!("audit.{part}"))))
        .to_vec();
    let list = Listing {
        title: title.clone(),
        lead: cx.t("audit.lead"),
        search: Some(Search { label: cx.t("audit.search"), value: subject.unwrap_or_default() }),
        filters: vec![Filter {
            name: "outcome",
            label: cx.t("audit.outcome"),
            choices: vec![
                Choice::new("", cx.t("audit.any-outcome"), !refused_only),
                Choice::new("refused", cx.t("audit.refused-only"), refused_only),
            ],
        }],
        empty: rows.is_empty().then(|| Empty {
            title: cx.t("list.no-match"),
            body: cx.t("audit.none"),
            ..Empty::default()
        }),
        table: Table { caption: title.clone(), columns, rows },
        first: before.map(|_| address(&query.query(&[("before", "")]))),
        next: next.map(|id| address(&query.query(&[("before", &id)]))),
        live: before.is_none(),
        ..Listing::default()
    };
    let crumbs = vec![Link::new(cx.t("nav.settings"), "/console")];
    let mut shell = frame::shell(visit, title, crumbs);
    shell.refresh = before.is_none().then_some(REFRESH_S);
    render(&ListingPage { shell, list })
}

fn address(query: &str) -> String {
    format!("/console/audit?{query}")
}
