//! Changes a group's name and rule. What is absent stays: Terraform sends the name and the tags only.

use muster_resources::GroupPatch;
use muster_wire::{Access, Cx, Operation};
use serde::Deserialize;

use crate::cloudeye::groups::bodies::{
    CombinationBody, InstanceBody, ProjectAndTagBody, TAG_VALUE, TagBody, read_enterprise_projects,
    read_instances, read_projects_and_tags, read_tags,
};
use crate::cloudeye::ids::GroupId;
use crate::cloudeye::{CloudEye, Refused, scope, validate};
use crate::reply::Reply;
use crate::request::{Object, Request, required};

pub(crate) struct UpdateResourceGroup {
    id: GroupId,
    patch: GroupPatch,
}

#[derive(Deserialize)]
struct Body {
    group_name: Option<String>,
    tags: Option<Vec<Object<TagBody>>>,
    /// Create calls the same thing `association_ep_ids`.
    extend_relation_ids: Option<Vec<String>>,
    enterprise_project_id_and_tags: Option<Vec<Object<ProjectAndTagBody>>>,
    instances: Option<Vec<Object<InstanceBody>>>,
    product_names: Option<String>,
    comb_relation: Option<Object<CombinationBody>>,
}

impl Operation<CloudEye> for UpdateResourceGroup {
    const NAME: &'static str = "UpdateResourceGroup/v2";
    const PERMISSION: &'static str = "ces:resourceGroups:put";
    const ACCESS: Access = Access::Write;

    fn decode(request: &Request) -> Result<Self, Refused> {
        let id = GroupId::of_path(request)?;
        let body: Body = request.body()?;
        let name = required("group_name", body.group_name)?;
        validate::name("group_name", &name)?;
        if let Some(names) = &body.product_names {
            validate::printable("product_names", names, 0..=10_240)?;
        }
        let projects = body.extend_relation_ids;
        let patch = GroupPatch {
            name: Some(name),
            tags: body.tags.map(|tags| read_tags(tags, TAG_VALUE)).transpose()?,
            enterprise_projects: projects
                .map(|ids| read_enterprise_projects("extend_relation_ids", ids))
                .transpose()?,
            names: body.instances.map(read_instances).transpose()?,
            combination: body.comb_relation.map(|body| body.0.read()).transpose()?,
            projects_and_tags: body.enterprise_project_id_and_tags.map(read_projects_and_tags).transpose()?,
            products: body.product_names,
            members: None,
        };
        Ok(Self { id, patch })
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudEye>) -> Result<Reply, Refused> {
        cx.touch("resource group", self.id.get());
        cx.services.resources.update_group(cx.tx, scope(cx.caller), self.id.get(), self.patch.clone())?;
        Ok(Reply::no_content())
    }
}
