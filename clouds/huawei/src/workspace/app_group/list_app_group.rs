use muster_apps::AppGroupFilter;
use muster_core::{Page, PageRequest};
use muster_identity::Caller;
use muster_wire::{Access, Operation};

use super::super::query::Query;
use super::super::words::APP_KINDS;
use super::super::{Cx, Outcome, Refusal, Request, WorkspaceApp, replies};
use super::{ID_CHARS, view};

/// A page of the project's app groups, newest first.
pub(crate) struct ListAppGroup {
    filter: AppGroupFilter,
    page: PageRequest,
    /// Asked for groups that are authorised app by app: there are none.
    by_app: bool,
}

const NAME_FILTER_CHARS: usize = 1024;

impl Operation<WorkspaceApp> for ListAppGroup {
    const NAME: &'static str = "ListAppGroup";
    const PERMISSION: &'static str = "workspace:appGroup:list";
    const ACCESS: Access = Access::Read;

    fn decode(request: &Request) -> Result<Self, Refusal> {
        let query = Query(request);
        let by_app = query.word("authorization_type", &[("APP", true), ("APP_GROUP", false)])?;
        Ok(Self {
            filter: AppGroupFilter {
                id: query.text("app_group_id", ID_CHARS)?,
                server_group_id: query.text("app_server_group_id", ID_CHARS)?,
                name_contains: query.text("name", NAME_FILTER_CHARS)?,
                kind: query.word("app_type", APP_KINDS)?,
            },
            page: query.page()?,
            by_app: by_app.unwrap_or(false),
        })
    }

    fn resource(&self, caller: &Caller) -> String {
        super::resource(caller, "*")
    }

    fn call(&self, cx: &mut Cx<'_, '_>) -> Outcome {
        if self.by_app {
            return Ok(replies::page(Page { items: Vec::new(), total: 0 }));
        }
        let page = cx.services.list_app_groups(cx.tx, cx.caller, &self.filter, self.page)?;
        Ok(replies::page(page.map(|group| view(&group, cx.caller))))
    }
}
