//! Puts members into a group by hand.

use muster_resources::{Level, Member};
use muster_wire::{Access, Cx, Operation};
use serde::Deserialize;
use serde_json::json;

use crate::cloudeye::groups::bodies::{ProductBody, ResourceBody, read_products, read_resources};
use crate::cloudeye::ids::GroupId;
use crate::cloudeye::{CloudEye, Refused, scope, validate};
use crate::reply::Reply;
use crate::request::{Malformed, Object, Request};

pub(crate) struct BatchCreateResources {
    id: GroupId,
    members: MembersBody,
}

/// The members that a call names, at the level at which it names them.
pub(super) struct MembersBody {
    pub(super) level: Level,
    pub(super) members: Vec<Member>,
}

#[derive(Deserialize)]
struct Body {
    resources: Option<Vec<Object<ResourceBody>>>,
    product_resources: Option<Vec<Object<ProductBody>>>,
}

impl MembersBody {
    pub(super) fn read(request: &Request) -> Result<Self, Malformed> {
        let body: Body = request.body()?;
        match (body.resources, body.product_resources) {
            (Some(resources), None) => {
                validate::count("resources", &resources, 1..=1000)?;
                Ok(Self { level: Level::Dimension, members: read_resources(resources)? })
            }
            (None, Some(products)) => {
                validate::count("product_resources", &products, 1..=50)?;
                Ok(Self { level: Level::Product, members: read_products(products)? })
            }
            (None, None) => Err(Malformed::MissingField("resources")),
            (Some(_), Some(_)) => Err(Malformed::field("product_resources", "cannot stand beside resources")),
        }
    }
}

impl Operation<CloudEye> for BatchCreateResources {
    const NAME: &'static str = "BatchCreateResources/v2";
    const PERMISSION: &'static str = "ces:resourceGroups:addResources";
    const ACCESS: Access = Access::Write;

    fn decode(request: &Request) -> Result<Self, Refused> {
        Ok(Self { id: GroupId::of_path(request)?, members: MembersBody::read(request)? })
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudEye>) -> Result<Reply, Refused> {
        cx.touch("resource group", self.id.get());
        let (resources, scope, id) = (&cx.services.resources, scope(cx.caller), self.id.get());
        let MembersBody { level, members } = &self.members;
        let added = match level {
            Level::Dimension => resources.add_members(cx.tx, scope, id, *level, members)?,
            // At product level clients send the existing members along: the call sets the whole list.
            Level::Product => resources.set_members(cx.tx, scope, id, *level, members)?,
        };
        Ok(Reply::ok(json!({"succeed_count": added})))
    }
}
