//! Huawei's coarser action names: a role policy (version 1.1) may name an operation by an older, wider
//! word than identity policies (5.0) do. `contracts/huawei-auth.md` 8.

/// The word that role policies use for `action`, if they use another one.
pub(super) fn role_alias(action: &str) -> Option<&'static str> {
    Some(match action {
        "ces:resourceGroups:list" | "ces:resourceGroups:getServiceResources" => "ces:resourceGroups:get",
        "ces:resourceGroups:addResources" | "ces:resourceGroups:deleteResources" => "ces:resourceGroups:put",
        "ces:alarms:updatePolicies" | "ces:alarms:addResources" | "ces:alarms:deleteResources" => {
            "ces:alarms:put"
        }
        "ces:metricData:get" => "ces:metricData:list",
        _ => return None,
    })
}
