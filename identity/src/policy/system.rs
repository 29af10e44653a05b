//! Policies that exist in every account: named like the vendors' own, so that scripts which attach them
//! go on working, plus two of ours that span all clouds.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use super::Document;

/// A policy that exists in every account and cannot be changed.
#[derive(Clone, Copy, Debug)]
pub struct SystemPolicy {
    /// Its name, as it is attached.
    pub name: &'static str,
    /// What it is for.
    pub description: &'static str,
    /// The document.
    pub document: &'static str,
}

/// All system policies, by name.
pub fn system_policies() -> &'static [SystemPolicy] {
    POLICIES
}

/// The compiled system policy `name`.
pub fn system_policy(name: &str) -> Option<Arc<Document>> {
    static COMPILED: OnceLock<BTreeMap<&'static str, Arc<Document>>> = OnceLock::new();
    let compiled = COMPILED.get_or_init(|| {
        // A test compiles every document; one that does not compile would grant nothing.
        let compile =
            |policy: &SystemPolicy| Some((policy.name, Arc::new(Document::parse(policy.document).ok()?)));
        POLICIES.iter().filter_map(compile).collect()
    });
    compiled.get(name).cloned()
}

macro_rules! ram {
    ($($action:literal),+) => {
        concat!(r#"{"Version":"1","Statement":[{"Effect":"Allow","Resource":"*","Action":["#, actions!($($action),+), "]}]}")
    };
}
macro_rules! huawei {
    ($($action:literal),+) => {
        concat!(r#"{"Version":"1.1","Statement":[{"Effect":"Allow","Action":["#, actions!($($action),+), "]}]}")
    };
}
macro_rules! actions {
    ($first:literal $(, $rest:literal)*) => { concat!("\"", $first, "\"", $(",\"", $rest, "\"",)*) };
}

const POLICIES: &[SystemPolicy] = &[
    SystemPolicy {
        name: "AdministratorAccess",
        description: "Everything in the account, in every cloud's dialect",
        document: ram!("*"),
    },
    SystemPolicy {
        name: "AliyunCloudMonitorFullAccess",
        description: "CloudMonitor: everything",
        document: ram!("cms:*"),
    },
    SystemPolicy {
        name: "AliyunCloudMonitorMetricDataReadOnlyAccess",
        description: "CloudMonitor: read metric data",
        document: ram!(
            "cms:DescribeMetric*",
            "cms:QueryMetric*",
            "cms:BatchGet*",
            "cms:BatchExport",
            "cms:Cursor",
            "cms:DescribeProjectMeta"
        ),
    },
    SystemPolicy {
        name: "AliyunCloudMonitorReadOnlyAccess",
        description: "CloudMonitor: read",
        document: ram!(
            "cms:Describe*",
            "cms:Get*",
            "cms:List*",
            "cms:Query*",
            "cms:BatchQuery*",
            "cms:BatchGet*",
            "cms:BatchExport",
            "cms:Cursor"
        ),
    },
    SystemPolicy {
        name: "AliyunSchedulerXFullAccess",
        description: "SchedulerX: everything",
        document: ram!("edas:*"),
    },
    SystemPolicy {
        name: "AliyunSchedulerXReadOnlyAccess",
        description: "SchedulerX: read",
        document: ram!("edas:Read*", "edas:List*", "edas:Describe*", "edas:Get*"),
    },
    SystemPolicy {
        name: "AliyunSTSAssumeRoleAccess",
        description: "Assume roles that trust the caller",
        document: ram!("sts:AssumeRole"),
    },
    SystemPolicy {
        name: "CES Administrator",
        description: "Cloud Eye: everything",
        document: huawei!("ces:*:*", "eps:*:get", "eps:*:list"),
    },
    SystemPolicy {
        name: "CES FullAccess",
        description: "Cloud Eye: everything",
        document: huawei!("ces:*:*", "eps:*:get", "eps:*:list"),
    },
    SystemPolicy {
        name: "CES ReadOnlyAccess",
        description: "Cloud Eye: read",
        document: huawei!("ces:*:get*", "ces:*:list*", "eps:*:get", "eps:*:list"),
    },
    SystemPolicy {
        name: "ReadOnlyAccess",
        description: "Read everything in the account, in every cloud's dialect",
        document: ram!(
            "*:Describe*",
            "*:Get*",
            "*:List*",
            "*:Query*",
            "*:Read*",
            "*:BatchGet*",
            "*:BatchQuery*",
            "cms:Cursor",
            "cms:BatchExport"
        ),
    },
    SystemPolicy {
        name: "SchedulerFullAccess",
        description: "ZStack scheduler: everything",
        document: r#"{"statements":[{"effect":"Allow","actions":["org.zstack.**"]}]}"#,
    },
    SystemPolicy {
        name: "Workspace FullAccess",
        description: "Workspace APP: everything",
        document: huawei!("workspace:*:*"),
    },
    SystemPolicy {
        name: "Workspace ReadOnlyAccess",
        description: "Workspace APP: read",
        document: huawei!("workspace:*:get*", "workspace:*:list*"),
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{Decision, Fact, Facts, Question, evaluate};

    struct Nothing;

    impl Facts for Nothing {
        fn fact(&self, _: &str) -> Fact<'_> {
            Fact::Unknown
        }
    }

    #[test]
    fn every_system_policy_compiles_under_a_unique_sorted_name() {
        for policy in POLICIES {
            assert!(Document::parse(policy.document).is_ok(), "{}", policy.name);
            assert!(system_policy(policy.name).is_some());
        }
        let names: Vec<_> = POLICIES.iter().map(|policy| policy.name.to_lowercase()).collect();
        assert!(names.is_sorted(), "{names:?}");
    }

    #[test]
    fn they_say_what_their_names_promise() {
        let allowed = |policy: &str, action: &str| {
            let document = system_policy(policy).unwrap();
            evaluate([&*document], &Question { action, resource: "*", facts: &Nothing }) == Decision::Allowed
        };
        assert!(allowed("AliyunCloudMonitorReadOnlyAccess", "cms:DescribeContactGroupList"));
        assert!(!allowed("AliyunCloudMonitorReadOnlyAccess", "cms:PutContactGroup"));
        assert!(allowed("CES ReadOnlyAccess", "ces:resourceGroups:list"));
        assert!(!allowed("CES ReadOnlyAccess", "ces:resourceGroups:create"));
        assert!(allowed("ReadOnlyAccess", "workspace:appGroup:get"));
        assert!(allowed("ReadOnlyAccess", "edas:ReadSchedulerxAppGroupQuery"));
        assert!(!allowed("ReadOnlyAccess", "edas:CreateSchedulerxAppGroupCreate"));
        assert!(allowed("AdministratorAccess", "zstack:DeleteSchedulerJob"));
        assert!(allowed("SchedulerFullAccess", "zstack:DeleteSchedulerJob"));
    }
}
