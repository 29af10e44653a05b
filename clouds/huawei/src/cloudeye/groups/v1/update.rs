//! Changes a group: what is sent replaces what was, members included.

use muster_resources::{GroupPatch, Kind};
use muster_wire::{Access, Cx, Operation};
use serde::Deserialize;

use super::TAG_VALUE;
use crate::cloudeye::groups::bodies::{
    ResourceBody, TagBody, read_enterprise_projects, read_resources, read_tags, word_or_default,
};
use crate::cloudeye::groups::words::KINDS;
use crate::cloudeye::ids::GroupId;
use crate::cloudeye::{CloudEye, Refused, scope, validate};
use crate::reply::Reply;
use crate::request::{Malformed, Object, Request};

pub(crate) struct UpdateResourceGroup {
    id: GroupId,
    kind: Option<Kind>,
    patch: GroupPatch,
}

#[derive(Deserialize)]
struct Body {
    group_name: Option<String>,
    resources: Option<Vec<Object<ResourceBody>>>,
    r#type: Option<String>,
    relation_ids: Option<Vec<String>>,
    tags: Option<Vec<Object<TagBody>>>,
}

impl Operation<CloudEye> for UpdateResourceGroup {
    const NAME: &'static str = "UpdateResourceGroup/v1";
    const PERMISSION: &'static str = "ces:resourceGroups:put";
    const ACCESS: Access = Access::Write;

    fn decode(request: &Request) -> Result<Self, Refused> {
        let id = GroupId::of_path(request)?;
        let body: Body = request.body()?;
        if let Some(name) = &body.group_name {
            validate::name("group_name", name)?;
        }
        let members = body
            .resources
            .map(|resources| {
                validate::count("resources", &resources, 0..=1000)?;
                read_resources(resources)
            })
            .transpose()?;
        let kind = match body.r#type {
            None => None,
            word => Some(word_or_default("type", &KINDS, word.as_deref())?),
        };
        let projects = body.relation_ids;
        let patch = GroupPatch {
            name: body.group_name,
            tags: body.tags.map(|tags| read_tags(tags, TAG_VALUE)).transpose()?,
            enterprise_projects: projects
                .map(|ids| read_enterprise_projects("relation_ids", ids))
                .transpose()?,
            members,
            ..GroupPatch::default()
        };
        Ok(Self { id, kind, patch })
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudEye>) -> Result<Reply, Refused> {
        cx.touch("resource group", self.id.get());
        let (resources, scope, id) = (&cx.services.resources, scope(cx.caller), self.id.get());
        let group = resources.update_group(cx.tx, scope, id, self.patch.clone())?;
        if self.kind.is_some_and(|kind| kind != group.kind) {
            return Err(Malformed::field("type", "of a group cannot be changed").into());
        }
        Ok(Reply::no_content())
    }
}
