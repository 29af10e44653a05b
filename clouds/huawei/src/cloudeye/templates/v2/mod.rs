//! Templates as v2 has them.

mod create;
mod delete;
mod list;
mod list_alarms;
mod show;
mod update;

pub(crate) use create::CreateAlarmTemplate;
pub(crate) use delete::BatchDeleteAlarmTemplates;
pub(crate) use list::ListAlarmTemplates;
pub(crate) use list_alarms::ListAlarmTemplateAssociationAlarms;
pub(crate) use show::ShowAlarmTemplate;
pub(crate) use update::UpdateAlarmTemplate;

use muster_core::PageRequest;

use crate::request::{Malformed, Request};

fn page(request: &Request) -> Result<PageRequest, Malformed> {
    Ok(PageRequest {
        offset: request.number("offset", 0..=10_000, 0)?,
        limit: request.number("limit", 1..=100, 100)?,
    })
}
