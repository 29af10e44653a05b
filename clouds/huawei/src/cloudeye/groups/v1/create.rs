//! Makes a group.

use muster_identity::Caller;
use muster_resources::{NewGroup, Rule};
use muster_wire::{Access, Cx, Operation};
use serde::Deserialize;
use serde_json::json;

use super::TAG_VALUE;
use crate::cloudeye::groups::bodies::{
    ResourceBody, TagBody, read_enterprise_projects, read_resources, read_tags, word_or_default,
};
use crate::cloudeye::groups::words::KINDS;
use crate::cloudeye::ids::GroupId;
use crate::cloudeye::{CloudEye, Refused, scope, validate};
use crate::reply::Reply;
use crate::request::{Object, Request, required};

pub(crate) struct CreateResourceGroup(NewGroup);

#[derive(Deserialize)]
struct Body {
    group_name: Option<String>,
    resources: Option<Vec<Object<ResourceBody>>>,
    r#type: Option<String>,
    relation_ids: Option<Vec<String>>,
    tags: Option<Vec<Object<TagBody>>>,
    enterprise_project_id: Option<String>,
}

impl Operation<CloudEye> for CreateResourceGroup {
    const NAME: &'static str = "CreateResourceGroup/v1";
    const PERMISSION: &'static str = "ces:resourceGroups:create";
    const ACCESS: Access = Access::Write;

    fn decode(request: &Request) -> Result<Self, Refused> {
        let body: Body = request.body()?;
        let name = required("group_name", body.group_name)?;
        validate::name("group_name", &name)?;
        let enterprise_project_id = body.enterprise_project_id.unwrap_or_else(|| "0".to_owned());
        validate::enterprise_project("enterprise_project_id", &enterprise_project_id)?;
        let resources = body.resources.unwrap_or_default();
        validate::count("resources", &resources, 0..=1000)?;
        Ok(Self(NewGroup {
            name,
            enterprise_project_id,
            kind: word_or_default("type", &KINDS, body.r#type.as_deref())?,
            rule: Rule {
                tags: read_tags(body.tags.unwrap_or_default(), TAG_VALUE)?,
                enterprise_projects: read_enterprise_projects(
                    "relation_ids",
                    body.relation_ids.unwrap_or_default(),
                )?,
                ..Rule::default()
            },
            members: read_resources(resources)?,
            ..NewGroup::default()
        }))
    }

    fn authorize(&self, caller: &Caller) -> muster_core::Result<()> {
        let facts = [("g:EnterpriseProjectId", self.0.enterprise_project_id.as_str())];
        caller.require_with(Self::PERMISSION, "*", &facts)
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudEye>) -> Result<Reply, Refused> {
        let group = cx.services.resources.create_group(cx.tx, scope(cx.caller), self.0.clone())?;
        cx.touch("resource group", group.id);
        Ok(Reply::created(json!({"group_id": GroupId::new(group.id).to_string()})))
    }
}
