//! Deletes groups and says which of them there were.

use muster_wire::{Access, Cx, Operation};
use serde::Deserialize;
use serde_json::json;

use crate::cloudeye::alarms::owner;
use crate::cloudeye::ids::GroupId;
use crate::cloudeye::{CloudEye, Refused, scope, validate};
use crate::reply::Reply;
use crate::request::{Malformed, Request, required};

pub(crate) struct BatchDeleteResourceGroups(Vec<GroupId>);

#[derive(Deserialize)]
struct Body {
    group_ids: Option<Vec<String>>,
}

impl Operation<CloudEye> for BatchDeleteResourceGroups {
    const NAME: &'static str = "BatchDeleteResourceGroups/v2";
    const PERMISSION: &'static str = "ces:resourceGroups:delete";
    const ACCESS: Access = Access::Write;

    fn decode(request: &Request) -> Result<Self, Refused> {
        let body: Body = request.body()?;
        let ids = required("group_ids", body.group_ids)?;
        validate::count("group_ids", &ids, 1..=100)?;
        let read = |text: &String| {
            GroupId::parse(text)
                .ok_or_else(|| Malformed::field("group_ids", "must be rg and 22 letters and digits"))
        };
        Ok(Self(ids.iter().map(read).collect::<Result<_, _>>()?))
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudEye>) -> Result<Reply, Refused> {
        if let [one] = self.0[..] {
            cx.touch("resource group", one.get());
        }
        let ids: Vec<i64> = self.0.iter().map(|id| id.get()).collect();
        let deleted = cx.services.resources.delete_groups(cx.tx, scope(cx.caller), &ids)?;
        for id in &deleted {
            cx.services.templates.dissociate(cx.tx, owner(cx.caller), *id)?;
        }
        let deleted: Vec<String> = deleted.into_iter().map(|id| GroupId::new(id).to_string()).collect();
        Ok(Reply::ok(json!({"group_ids": deleted})))
    }
}
