//! Tags resources, and takes tags from them. What cannot be done to one of them is told of that one.

use muster_resources::{ResourceRef, TagPattern};
use muster_wire::{Access, Cx, Operation};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Refused, Tms};
use crate::inventory::{TagBody, read_tags, resource_id, scope, tags_to_set};
use crate::reply::Reply;
use crate::request::{Malformed, Object, Request, required};

/// Sets tags: a key that is there gets the new value.
pub(super) struct CreateResourceTag(Change);

/// Takes tags away, by key or by key and value.
pub(super) struct DeleteResourceTag(Change);

struct Change {
    project_id: Option<String>,
    resources: Vec<(String, String)>,
    tags: Vec<(String, Option<String>)>,
}

#[derive(Deserialize)]
struct Body {
    project_id: Option<String>,
    resources: Option<Vec<Object<ResourceBody>>>,
    tags: Option<Vec<Object<TagBody>>>,
}

#[derive(Deserialize)]
struct ResourceBody {
    resource_id: Option<String>,
    resource_type: Option<String>,
}

impl Change {
    fn read(request: &Request) -> Result<Self, Malformed> {
        let body: Body = request.body()?;
        let resources = required("resources", body.resources)?;
        if !(1..=50).contains(&resources.len()) {
            return Err(Malformed::field("resources", "must have 1 to 50 items"));
        }
        let resources = resources
            .into_iter()
            .map(|Object(resource)| {
                let id = required("resources.resource_id", resource.resource_id)?;
                resource_id("resources.resource_id", &id)?;
                Ok((required("resources.resource_type", resource.resource_type)?, id))
            })
            .collect::<Result<_, Malformed>>()?;
        Ok(Self { project_id: body.project_id, resources, tags: read_tags("tags", body.tags)? })
    }

    /// Does it to each resource, and answers with those to which it could not be done.
    fn apply(
        &self,
        cx: &mut Cx<'_, '_, Tms>,
        change: impl Fn(
            &muster_resources::Service,
            &mut muster_db::Tx<'_>,
            muster_resources::Scope<'_>,
            ResourceRef<'_>,
        ) -> muster_core::Result<()>,
    ) -> Result<Reply, Refused> {
        let scope = scope(cx.caller, self.project_id.as_deref())?;
        if let [(_, id)] = &self.resources[..] {
            cx.touch("resource", id);
        }
        let mut failed: Vec<Value> = Vec::new();
        for (kind, id) in &self.resources {
            let resources = &cx.services.resources;
            let one = ResourceRef { kind, external_id: id };
            match cx.tx.attempt(|tx| change(resources, tx, scope, one)) {
                Ok(()) => {}
                Err(
                    error @ (muster_core::Error::NotFound { .. }
                    | muster_core::Error::Invalid { .. }
                    | muster_core::Error::Quota { .. }),
                ) => {
                    let (code, message) = Refused::from(error).parts();
                    failed.push(json!({
                        "resource_id": id,
                        "resource_type": kind,
                        "error_code": code,
                        "error_msg": message,
                    }));
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(Reply::ok(json!({"failed_resources": failed})))
    }
}

impl Operation<Tms> for CreateResourceTag {
    const NAME: &'static str = "CreateResourceTag";
    const PERMISSION: &'static str = "tms:resourceTags:create";
    const ACCESS: Access = Access::Write;

    fn decode(request: &Request) -> Result<Self, Refused> {
        Ok(Self(Change::read(request)?))
    }

    fn call(&self, cx: &mut Cx<'_, '_, Tms>) -> Result<Reply, Refused> {
        let tags = tags_to_set(&self.0.tags);
        self.0.apply(cx, |resources, tx, scope, one| resources.tag(tx, scope, one, &tags))
    }
}

impl Operation<Tms> for DeleteResourceTag {
    const NAME: &'static str = "DeleteResourceTag";
    const PERMISSION: &'static str = "tms:resourceTags:delete";
    const ACCESS: Access = Access::Write;

    fn decode(request: &Request) -> Result<Self, Refused> {
        Ok(Self(Change::read(request)?))
    }

    fn call(&self, cx: &mut Cx<'_, '_, Tms>) -> Result<Reply, Refused> {
        // An empty value stands for any: SDKs fill in what was left out.
        let patterns: Vec<TagPattern> = self
            .0
            .tags
            .iter()
            .map(|(key, value)| TagPattern {
                key: key.clone(),
                value: value.clone().filter(|value| !value.is_empty()),
            })
            .collect();
        self.0.apply(cx, |resources, tx, scope, one| resources.untag(tx, scope, one, &patterns))
    }
}
