use muster_apps::TagChange;
use muster_identity::Caller;
use muster_wire::{Access, Operation};

use super::super::body::Body;
use super::super::body::check_count;
use super::super::server_group::resource;
use super::super::{Cx, Outcome, Refusal, Reply, Request, WorkspaceApp};
use super::required_tags;

/// Puts tags on up to a hundred server groups, all of them or none.
pub(crate) struct BatchCreateServerGroupTags(Vec<TagChange>);

/// Takes tags from up to a hundred server groups, all of them or none.
pub(crate) struct BatchDeleteServerGroupTags(Vec<TagChange>);

fn changes(request: &Request) -> Result<Vec<TagChange>, Refusal> {
    let items =
        Body::of(request)?.objects("items")?.ok_or_else(|| Refusal::invalid("items", "it is missing"))?;
    check_count("items", items.len(), 1..=100)?;
    items
        .iter()
        .map(|item| {
            let server_group_id = item.required("server_group_id")?.to_owned();
            Ok(TagChange { server_group_id, tags: required_tags(item)? })
        })
        .collect()
}

/// A batch needs the permission on each of its groups.
fn require_all(caller: &Caller, permission: &str, changes: &[TagChange]) -> muster_core::Result<()> {
    changes
        .iter()
        .try_for_each(|change| caller.require(permission, &resource(caller, &change.server_group_id)))
}

impl Operation<WorkspaceApp> for BatchCreateServerGroupTags {
    const NAME: &'static str = "BatchCreateServerGroupTags";
    const PERMISSION: &'static str = "workspace:serverGroup:tag";
    const ACCESS: Access = Access::Write;

    fn decode(request: &Request) -> Result<Self, Refusal> {
        changes(request).map(Self)
    }

    fn authorize(&self, caller: &Caller) -> muster_core::Result<()> {
        require_all(caller, Self::PERMISSION, &self.0)
    }

    fn call(&self, cx: &mut Cx<'_, '_>) -> Outcome {
        cx.services.tag_server_groups(cx.tx, cx.caller, &self.0)?;
        Ok(Reply::no_content())
    }
}

impl Operation<WorkspaceApp> for BatchDeleteServerGroupTags {
    const NAME: &'static str = "BatchDeleteServerGroupTags";
    const PERMISSION: &'static str = "workspace:serverGroup:untag";
    const ACCESS: Access = Access::Write;

    fn decode(request: &Request) -> Result<Self, Refusal> {
        changes(request).map(Self)
    }

    fn authorize(&self, caller: &Caller) -> muster_core::Result<()> {
        require_all(caller, Self::PERMISSION, &self.0)
    }

    fn call(&self, cx: &mut Cx<'_, '_>) -> Outcome {
        cx.services.untag_server_groups(cx.tx, cx.caller, &self.0)?;
        Ok(Reply::no_content())
    }
}
