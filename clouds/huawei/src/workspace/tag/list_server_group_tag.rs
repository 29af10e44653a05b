use muster_identity::Caller;
use muster_wire::{Access, Operation};
use serde_json::{Value, json};

use super::super::server_group::resource;
use super::super::{Cx, Outcome, Refusal, Reply, Request, WorkspaceApp};

/// All tags of the project's server groups, by key.
pub(crate) struct ListServerGroupTag;

impl Operation<WorkspaceApp> for ListServerGroupTag {
    const NAME: &'static str = "ListServerGroupTag";
    const PERMISSION: &'static str = "workspace:serverGroup:listTags";
    const ACCESS: Access = Access::Read;

    fn decode(_request: &Request) -> Result<Self, Refusal> {
        Ok(Self)
    }

    fn resource(&self, caller: &Caller) -> String {
        resource(caller, "*")
    }

    fn call(&self, cx: &mut Cx<'_, '_>) -> Outcome {
        let keys = cx.services.list_server_group_tags(cx.tx, cx.caller)?;
        let tags: Value = keys.iter().map(|tag| json!({"key": tag.key, "values": tag.values})).collect();
        Ok(Reply::ok(json!({"tags": tags})))
    }
}
