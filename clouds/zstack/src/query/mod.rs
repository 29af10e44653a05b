//! The query language of all `Query…` calls: conditions, sorting, paging, counting, choice of members.
//!
//! `parse` reads a request, `model` knows which names each inventory has and what they mean in the feature's
//! search, `memory` does the same over short lists that are held in memory.

mod memory;
mod model;
mod parse;

pub(crate) use memory::filter;
pub(crate) use model::{Field, Model, Nested, Reading};
pub(crate) use parse::Search;

use jiff::tz::TimeZone;
use muster_jobs::scheduled::query::Query;
use muster_jobs::scheduled::{Record, Scope};
use serde_json::Value;

use crate::api::Context;
use crate::error::Refusal;
use crate::reply::{Members, Reply};

impl Search {
    /// The search as the feature understands it.
    pub(crate) fn compile(&self, model: &Model, zone: &TimeZone) -> Result<Query, Refusal> {
        let conditions = self
            .conditions
            .iter()
            .map(|condition| model.condition(condition, zone))
            .collect::<Result<_, _>>()?;
        let order = match &self.sort {
            None => None,
            Some((name, descending)) => Some((model.sort_column(name)?, *descending)),
        };
        for name in &self.fields {
            model.check_member(name)?;
        }
        Ok(Query { conditions, order, page: self.page })
    }

    /// The records of this page, and how many there are in all if somebody wants to know.
    pub(crate) fn run<R: Record>(
        &self,
        cx: &mut Context<'_, '_>,
        scope: Scope<'_>,
        query: &Query,
    ) -> Result<(Vec<R>, Option<u64>), Refusal> {
        let scheduled = &cx.services.scheduled;
        let total = if self.count || self.reply_with_count {
            Some(scheduled.count::<R>(cx.tx, scope, query)?)
        } else {
            None
        };
        let found = if self.count { Vec::new() } else { scheduled.find(cx.tx, scope, query)? };
        Ok((found, total))
    }

    /// The answer with these rows, of which there are `total` beyond the page.
    pub(crate) fn reply(&self, class: &'static str, rows: Vec<Members>, total: Option<u64>) -> Reply {
        if self.count {
            return Reply::empty().with("total", total.unwrap_or(0));
        }
        let rows = if self.fields.is_empty() {
            rows
        } else {
            rows.into_iter().map(|row| row.only(&self.fields)).collect()
        };
        let reply = Reply::inventories(class, rows).always_typed();
        match total.filter(|_| self.reply_with_count) {
            Some(total) => reply.with("total", Value::from(total)),
            None => reply,
        }
    }
}
