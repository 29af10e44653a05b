//! Makes a group.

use muster_identity::Caller;
use muster_resources::{Level, NewGroup, Rule};
use muster_wire::{Access, Cx, Operation};
use serde::Deserialize;
use serde_json::json;

use crate::cloudeye::groups::bodies::{
    CombinationBody, InstanceBody, ProductBody, ProjectAndTagBody, ResourceBody, TAG_VALUE, TagBody,
    read_enterprise_projects, read_instances, read_products, read_projects_and_tags, read_resources,
    read_tags, word_or_default,
};
use crate::cloudeye::groups::words::{KINDS, LEVELS};
use crate::cloudeye::ids::GroupId;
use crate::cloudeye::{CloudEye, Refused, scope, validate};
use crate::reply::Reply;
use crate::request::{Malformed, Object, Request, required};

pub(crate) struct CreateResourceGroup(NewGroup);

#[derive(Deserialize)]
struct Body {
    group_name: Option<String>,
    enterprise_project_id: Option<String>,
    r#type: Option<String>,
    tags: Option<Vec<Object<TagBody>>>,
    association_ep_ids: Option<Vec<String>>,
    providers: Option<String>,
    enterprise_project_id_and_tags: Option<Vec<Object<ProjectAndTagBody>>>,
    resources: Option<Vec<Object<ResourceBody>>>,
    product_resources: Option<Vec<Object<ProductBody>>>,
    instances: Option<Vec<Object<InstanceBody>>>,
    product_names: Option<String>,
    resource_level: Option<String>,
    comb_relation: Option<Object<CombinationBody>>,
}

impl Operation<CloudEye> for CreateResourceGroup {
    const NAME: &'static str = "CreateResourceGroup/v2";
    const PERMISSION: &'static str = "ces:resourceGroups:create";
    const ACCESS: Access = Access::Write;

    fn decode(request: &Request) -> Result<Self, Refused> {
        let body: Body = request.body()?;
        let name = required("group_name", body.group_name)?;
        validate::name("group_name", &name)?;
        let enterprise_project_id = body.enterprise_project_id.unwrap_or_else(|| "0".to_owned());
        validate::enterprise_project("enterprise_project_id", &enterprise_project_id)?;
        let level = word_or_default("resource_level", &LEVELS, body.resource_level.as_deref())?;
        let (resources, products) =
            (body.resources.unwrap_or_default(), body.product_resources.unwrap_or_default());
        validate::count("resources", &resources, 0..=1000)?;
        validate::count("product_resources", &products, 0..=50)?;
        let mut members = read_resources(resources)?;
        let products = read_products(products)?;
        match level {
            Level::Dimension if !products.is_empty() => {
                return Err(Malformed::field("product_resources", "needs resource_level product").into());
            }
            Level::Product if !members.is_empty() => {
                return Err(Malformed::field("resources", "needs resource_level dimension").into());
            }
            Level::Dimension => {}
            Level::Product => members = products,
        }
        let providers = body.providers.unwrap_or_default();
        validate::printable("providers", &providers, 0..=512)?;
        let product_names = body.product_names.unwrap_or_default();
        validate::printable("product_names", &product_names, 0..=10_240)?;
        Ok(Self(NewGroup {
            name,
            enterprise_project_id,
            kind: word_or_default("type", &KINDS, body.r#type.as_deref())?,
            level,
            rule: Rule {
                tags: read_tags(body.tags.unwrap_or_default(), TAG_VALUE)?,
                enterprise_projects: read_enterprise_projects(
                    "association_ep_ids",
                    body.association_ep_ids.unwrap_or_default(),
                )?,
                names: read_instances(body.instances.unwrap_or_default())?,
                combination: body.comb_relation.map(|body| body.0.read()).transpose()?,
                projects_and_tags: read_projects_and_tags(
                    body.enterprise_project_id_and_tags.unwrap_or_default(),
                )?,
                providers,
                products: product_names,
                tagged: None,
            },
            members,
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
        // 200, not 201: Terraform takes nothing else.
        Ok(Reply::ok(json!({"group_id": GroupId::new(group.id).to_string()})))
    }
}
