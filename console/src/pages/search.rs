//! One box that finds any object by name or id, across kinds.

use muster_core::Result;

use super::render;
use crate::cx::Cx;
use crate::frame;
use crate::kinds::{self, Verb};
use crate::reply::Reply;
use crate::view::pages::SearchPage;
use crate::view::{Column, Row, Table, Value};
use crate::visit::Visit;

/// Hits of one kind.
const EACH: u32 = 8;

/// What was found.
pub(crate) fn page(cx: &mut Cx<'_, '_>, visit: &Visit) -> Result<Reply> {
    let query = visit.query.get("q").to_owned();
    let (mut rows, mut bounded) = (Vec::new(), false);
    let mut only = None;
    if !query.is_empty() {
        for kind in kinds::ALL {
            let Some(doing) = kind.doing(Verb::List) else { continue };
            if cx.caller.require(doing.permission, "*").is_err() {
                continue;
            }
            let mut hits = kind.search(cx, &query, EACH)?;
            bounded |= hits.len() > EACH as usize;
            hits.truncate(EACH as usize);
            for hit in hits {
                let link = kinds::link(kind.slug(), &hit.id, hit.name);
                if hit.id == query || hit.below == query {
                    only = Some(link.href.clone());
                }
                rows.push(Row::from(vec![
                    Value::Named(link, hit.below),
                    Value::Text(cx.t(&format!("{}.one", kind.slug()))),
                    Value::Cloud(kind.cloud()),
                ]));
            }
        }
    }
    // Whoever enters an id wants that object; while somebody still types, nothing jumps.
    if let Some(href) = only.filter(|_| rows.len() == 1 && visit.query.get("preview").is_empty()) {
        return Ok(Reply::go(href));
    }
    let title = cx.t("search.title");
    let columns = vec![
        Column::new(cx.t("object.name")),
        Column::new(cx.t("search.kind")),
        Column::new(cx.t("search.cloud")),
    ];
    let mut shell = frame::shell(visit, title.clone(), Vec::new());
    shell.query.clone_from(&query);
    render(&SearchPage { shell, query, table: Table { caption: title, columns, rows }, bounded })
}
