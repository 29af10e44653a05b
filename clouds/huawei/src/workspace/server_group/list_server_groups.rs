use muster_apps::{ServerGroupFilter, Tag};
use muster_core::PageRequest;
use muster_identity::Caller;
use muster_wire::{Access, Operation};

use super::super::query::Query;
use super::super::words::APP_KINDS;
use super::super::{Cx, Outcome, Refusal, Request, WorkspaceApp, replies};
use super::{ID_CHARS, NAME_FILTER_CHARS, view};

/// A page of the project's server groups, newest first.
pub(crate) struct ListServerGroups {
    filter: ServerGroupFilter,
    page: PageRequest,
}

/// What asks for all enterprise projects that the caller may see.
const ALL_ENTERPRISE_PROJECTS: &str = "all_granted_eps";

impl Operation<WorkspaceApp> for ListServerGroups {
    const NAME: &'static str = "ListServerGroups";
    const PERMISSION: &'static str = "workspace:serverGroup:list";
    const ACCESS: Access = Access::Read;

    fn decode(request: &Request) -> Result<Self, Refusal> {
        let query = Query(request);
        let enterprise_project_id = query.text("enterprise_project_id", ID_CHARS)?;
        Ok(Self {
            filter: ServerGroupFilter {
                id: query.text("server_group_id", ID_CHARS)?,
                name_contains: query.text("server_group_name", NAME_FILTER_CHARS)?,
                kind: query.word("app_type", APP_KINDS)?,
                tags: query.given("tags")?.map_or(Ok(Vec::new()), |text| tag_filter(&text))?,
                enterprise_project_id: enterprise_project_id.filter(|id| id != ALL_ENTERPRISE_PROJECTS),
                standby: query.flag("is_secondary_server_group")?,
            },
            page: query.page()?,
        })
    }

    fn resource(&self, caller: &Caller) -> String {
        super::resource(caller, "*")
    }

    fn call(&self, cx: &mut Cx<'_, '_>) -> Outcome {
        let page = cx.services.list_server_groups(cx.tx, cx.caller, &self.filter, self.page)?;
        let catalogue = cx.services.catalogue();
        Ok(replies::page(page.map(|group| view::listed(&group, catalogue, cx.caller))))
    }
}

/// `key1=value1,key2=value2`: tags that a group has all of. No tag holds a comma, and the first `=` ends the key.
fn tag_filter(text: &str) -> Result<Vec<Tag>, Refusal> {
    text.split(',')
        .map(|pair| {
            let (key, value) = pair
                .split_once('=')
                .ok_or_else(|| Refusal::invalid("tags", "key1=value1,key2=value2 is expected"))?;
            Ok(Tag { key: key.to_owned(), value: value.to_owned() })
        })
        .collect()
}
