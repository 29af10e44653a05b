use muster_apps::ServerGroupFilter;
use muster_core::PageRequest;
use muster_identity::Caller;
use muster_wire::{Access, Operation};

use super::super::query::Query;
use super::super::words::APP_KINDS;
use super::super::{Cx, Outcome, Refusal, Request, WorkspaceApp, replies};
use super::{NAME_FILTER_CHARS, view};

/// The light list that people pick from when they bind an app group.
pub(crate) struct ListTenantServerGroups {
    filter: ServerGroupFilter,
    page: PageRequest,
}

impl Operation<WorkspaceApp> for ListTenantServerGroups {
    const NAME: &'static str = "ListTenantServerGroups";
    const PERMISSION: &'static str = "workspace:serverGroup:list";
    const ACCESS: Access = Access::Read;

    fn decode(request: &Request) -> Result<Self, Refusal> {
        let query = Query(request);
        Ok(Self {
            filter: ServerGroupFilter {
                // The vendor's spelling.
                name_contains: query.text("sever_group_name", NAME_FILTER_CHARS)?,
                kind: query.word("app_type", APP_KINDS)?,
                standby: query.flag("is_secondary_server_group")?,
                ..ServerGroupFilter::default()
            },
            page: query.page()?,
        })
    }

    fn resource(&self, caller: &Caller) -> String {
        super::resource(caller, "*")
    }

    fn call(&self, cx: &mut Cx<'_, '_>) -> Outcome {
        let page = cx.services.list_server_groups(cx.tx, cx.caller, &self.filter, self.page)?;
        Ok(replies::page(page.map(|group| view::light(&group))))
    }
}
