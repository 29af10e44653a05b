//! Resource groups as V1.0 has them: the same store with older spellings.

mod create;
mod delete;
mod list;
mod show;
mod update;

pub(crate) use create::CreateResourceGroup;
pub(crate) use delete::DeleteResourceGroup;
pub(crate) use list::ListResourceGroup;
pub(crate) use show::ShowResourceGroup;
pub(crate) use update::UpdateResourceGroup;

use muster_core::PageRequest;
use muster_resources::Health;

use super::words::HEALTH_V1;
use crate::request::{Malformed, Request};

/// The longest tag value of this version.
const TAG_VALUE: usize = 43;

/// `start` counts rows, like v2's `offset`; its upper end is what the answers' marker may reach.
fn page(request: &Request) -> Result<PageRequest, Malformed> {
    Ok(PageRequest {
        offset: request.number("start", 0..=1_000_000, 0)?,
        limit: request.number("limit", 1..=100, 100)?,
    })
}

fn query_health(request: &Request) -> Result<Option<Health>, Malformed> {
    let Some(text) = request.query("status")?.filter(|text| !text.is_empty()) else { return Ok(None) };
    let read = HEALTH_V1.read(&text);
    read.map(Some)
        .ok_or_else(|| Malformed::parameter("status", format!("must be one of {}", HEALTH_V1.list())))
}
