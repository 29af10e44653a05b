//! `ReadSchedulerxNotificationPolicy`: a page of policies with the groups that use them.

use std::collections::HashMap;

use muster_jobs::app_groups::AppGroup;
use muster_jobs::namespaces;
use muster_jobs::notification_policies::{self, Policy, PolicyFilter};
use muster_wire::{Access, Cx, Operation};
use serde_json::{Value, json};

use crate::rpc::envelope::Document;
use crate::rpc::{Call, Fault};
use crate::schedulerx::{Refusal, SchedulerX, answer};

const DEFAULT_ROWS: u32 = 20;
const MOST_ROWS: u32 = 100;

/// The input. The token of a page is the number of the last policy before it.
pub(in crate::schedulerx) struct ReadSchedulerxNotificationPolicy(PolicyFilter);

impl Operation<SchedulerX> for ReadSchedulerxNotificationPolicy {
    const NAME: &'static str = "ReadSchedulerxNotificationPolicy";
    const PERMISSION: &'static str = "edas:ReadSchedulerxNotificationPolicy";
    const ACCESS: Access = Access::Read;

    fn decode(Call { parameters, .. }: &Call) -> Result<Self, Refusal> {
        parameters.required("RegionId")?;
        let limit = parameters.integer("MaxResults")?.unwrap_or(i64::from(DEFAULT_ROWS));
        let after = match parameters.word("NextToken") {
            Some(token) => {
                token.parse().map_err(|_| Fault::invalid("NextToken", "it is not a token of ours"))?
            }
            None => 0,
        };
        let limit = u32::try_from(limit)
            .ok()
            .filter(|limit| (1..=MOST_ROWS).contains(limit))
            .ok_or_else(|| Refusal::out_of_domain("MaxResults", "1 to 100 are allowed"))?;
        let name_contains = parameters.word("PolicyName").map(str::to_owned);
        Ok(Self(PolicyFilter { name_contains, after, limit }))
    }

    fn call(&self, cx: &mut Cx<'_, '_, SchedulerX>) -> Result<Document, Refusal> {
        let page = notification_policies::list(cx.tx, cx.caller, &self.0)?;
        let mut names = HashMap::new();
        let mut records = Vec::with_capacity(page.items.len());
        for policy in &page.items {
            let mut groups = Vec::new();
            for group in notification_policies::groups_of(cx.tx, cx.caller, &policy.name)? {
                groups.push(reference(cx, &group, &mut names)?);
            }
            records.push(record(cx, policy, groups));
        }
        let mut data = json!({"Records": records, "MaxResults": self.0.limit, "Total": page.total});
        if let (true, Some(last)) = (page.has_more, page.items.last()) {
            data["NextToken"] = last.id.to_string().into();
        }
        Ok(answer::success_with(data))
    }
}

fn record(cx: &Cx<'_, '_, SchedulerX>, policy: &Policy, groups: Vec<Value>) -> Value {
    let zone = &cx.services.zone;
    json!({
        "PolicyName": policy.name,
        "Description": policy.description,
        "ChannelTimeRange": policy.times,
        "Creator": policy.created_by,
        "Updater": policy.updated_by,
        "CreateTime": answer::local_time(policy.created_at, zone),
        "UpdateTime": answer::local_time(policy.updated_at, zone),
        "ReferenceApps": Value::Array(groups),
    })
}

/// A group that uses a policy; `names` keeps the names of namespaces that were looked up already.
fn reference(
    cx: &mut Cx<'_, '_, SchedulerX>,
    group: &AppGroup,
    names: &mut HashMap<String, String>,
) -> Result<Value, Refusal> {
    if !names.contains_key(&group.namespace) {
        let name = namespaces::get(cx.tx, cx.caller, &group.namespace)?.name;
        names.insert(group.namespace.clone(), name);
    }
    Ok(json!({
        "AppGroupId": group.id,
        "GroupId": group.group_id,
        "NamespaceName": names.get(&group.namespace),
        "NamespaceUid": group.namespace,
    }))
}
