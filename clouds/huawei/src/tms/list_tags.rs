//! Lists the tags in use: their keys, the values of one key, or both.

use muster_wire::{Access, Cx, Operation};
use serde_json::{Value, json};

use super::{Refused, Tms};
use crate::inventory::write_tags;
use crate::reply::Reply;
use crate::request::{Malformed, Request};

/// Which part of a list: what follows the marker.
struct Part {
    marker: String,
    limit: u32,
}

impl Part {
    fn of_query(request: &Request) -> Result<Self, Malformed> {
        let limit = request.number("limit", 1..=200, 200)?;
        Ok(Self {
            marker: request.query("marker")?.unwrap_or_default(),
            limit: u32::try_from(limit).unwrap_or(200),
        })
    }

    /// What tells the client how to go on: no marker on the last page.
    fn info(&self, count: usize, last: Option<&str>) -> Value {
        let full = u32::try_from(count).is_ok_and(|count| count == self.limit);
        json!({"next_marker": last.filter(|_| full), "current_count": count})
    }
}

pub(super) struct ListTagKeys(Part);

impl Operation<Tms> for ListTagKeys {
    const NAME: &'static str = "ListTagKeys";
    const PERMISSION: &'static str = "tms:tagKeys:list";
    const ACCESS: Access = Access::Read;

    fn decode(request: &Request) -> Result<Self, Refused> {
        Ok(Self(Part::of_query(request)?))
    }

    fn call(&self, cx: &mut Cx<'_, '_, Tms>) -> Result<Reply, Refused> {
        let (resources, account) = (&cx.services.resources, &cx.caller.account_id);
        let keys = resources.tag_keys_in_use(cx.tx, account, &self.0.marker, self.0.limit)?;
        let info = self.0.info(keys.len(), keys.last().map(String::as_str));
        Ok(Reply::ok(json!({"keys": keys, "page_info": info})))
    }
}

pub(super) struct ListTagValues {
    key: String,
    part: Part,
}

impl Operation<Tms> for ListTagValues {
    const NAME: &'static str = "ListTagValues";
    const PERMISSION: &'static str = "tms:tagValues:list";
    const ACCESS: Access = Access::Read;

    fn decode(request: &Request) -> Result<Self, Refused> {
        let key = request.query("key")?.filter(|key| !key.is_empty());
        let key = key.ok_or_else(|| Malformed::parameter("key", "is missing"))?;
        Ok(Self { key, part: Part::of_query(request)? })
    }

    fn call(&self, cx: &mut Cx<'_, '_, Tms>) -> Result<Reply, Refused> {
        let (resources, account) = (&cx.services.resources, &cx.caller.account_id);
        // An empty value is a value: without a marker the list begins before it.
        let after =
            Some((self.key.as_str(), self.part.marker.as_str())).filter(|(_, marker)| !marker.is_empty());
        let tags = resources.tags_in_use(cx.tx, account, Some(&self.key), after, self.part.limit)?;
        let values: Vec<&str> = tags.iter().map(|tag| tag.value.as_str()).collect();
        let info = self.part.info(values.len(), values.last().copied());
        Ok(Reply::ok(json!({"values": values, "page_info": info})))
    }
}

pub(super) struct ListTags;

impl Operation<Tms> for ListTags {
    const NAME: &'static str = "ListTags";
    const PERMISSION: &'static str = "tms:tags:list";
    const ACCESS: Access = Access::Read;

    fn decode(_request: &Request) -> Result<Self, Refused> {
        Ok(Self)
    }

    fn call(&self, cx: &mut Cx<'_, '_, Tms>) -> Result<Reply, Refused> {
        // The call has no pages; a list of this length is read by nobody.
        const MOST: u32 = 10_000;
        let tags = cx.services.resources.tags_in_use(cx.tx, &cx.caller.account_id, None, None, MOST)?;
        Ok(Reply::ok(json!({"tags": write_tags(&tags), "errors": []})))
    }
}
