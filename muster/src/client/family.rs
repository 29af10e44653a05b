//! The five kinds of groups as their clients see them: how one is made, and how what is there is read back.
//!
//! Benches and crash tests stand on this: what they count as made must be listed afterwards, whole.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::{Method, Request};
use muster_core::{Clock, Random, SystemClock};
use serde_json::{Value, json};

use super::{Answer, Connection, Credentials, Signer, Target};

/// A kind of group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Family {
    /// SchedulerX application groups.
    AppGroups,
    /// CloudMonitor contact groups.
    ContactGroups,
    /// Cloud Eye resource groups.
    ResourceGroups,
    /// Workspace application groups.
    WorkspaceGroups,
    /// ZStack scheduler job groups.
    JobGroups,
}

/// Makes requests of an account.
pub struct Requests {
    signer: Signer,
    project_id: String,
    random: Random,
}

/// The namespace that this module's application groups are in.
const NAMESPACE: &str = "5d6f7b1e-3f0c-4f57-9d2a-6f5d9a1c0001";
const SCHEDULERX: &str = "2019-04-30";
const CLOUDMONITOR: &str = "2019-01-01";

impl Requests {
    /// For the account of these credentials, against `host`.
    pub fn new(credentials: &Credentials, host: &str, random: Random) -> Self {
        let signer = Signer {
            key_id: credentials.access_key_id.clone(),
            secret: credentials.access_key_secret.clone(),
            host: host.to_owned(),
        };
        Self { signer, project_id: credentials.project_id.clone(), random }
    }

    fn alibaba(&mut self, version: &str, action: &str, parameters: &[(&str, &str)]) -> Request<Bytes> {
        let parameters: Vec<_> =
            parameters.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let nonce = hex::encode(self.random.bytes::<16>());
        self.signer.alibaba(version, action, &parameters, SystemClock.now(), &nonce)
    }

    fn huawei(&self, method: Method, path: &str, query: &[(&str, &str)], body: &Value) -> Request<Bytes> {
        let target = target(method, path.replace("{project_id}", &self.project_id), query, body);
        self.signer.huawei(&target, Some(&self.project_id), SystemClock.now())
    }

    fn zstack(&self, method: Method, path: &str, query: &[(&str, &str)], body: &Value) -> Request<Bytes> {
        self.signer.zstack(&target(method, format!("/zstack/v1{path}"), query, body), SystemClock.now())
    }

    /// What must be there before groups of any family can be made; may be sent again.
    pub fn namespace(&mut self) -> Request<Bytes> {
        let parameters = [("Name", "muster-load"), ("Uid", NAMESPACE), ("RegionId", "any")];
        self.alibaba(SCHEDULERX, "CreateNamespace", &parameters)
    }

    /// Makes the group `name`, in its `version` (see [`Family::fingerprint`]). For contact groups this is also how
    /// one is changed. Names are letters and digits.
    pub fn put(&mut self, family: Family, name: &str, version: u32) -> Request<Bytes> {
        let print = family.fingerprint(name, version);
        match family {
            Family::AppGroups => {
                let parameters =
                    [("Namespace", NAMESPACE), ("GroupId", name), ("AppName", name), ("AppKey", &print)];
                self.alibaba(SCHEDULERX, "CreateAppGroup", &parameters)
            }
            Family::ContactGroups => {
                let members: Vec<&str> = print.split(' ').collect();
                let parameters = [
                    ("ContactGroupName", name),
                    ("Describe", members[0]),
                    ("ContactNames.1", members[1]),
                    ("ContactNames.2", members[2]),
                    ("ContactNames.3", members[3]),
                ];
                self.alibaba(CLOUDMONITOR, "PutContactGroup", &parameters)
            }
            Family::ResourceGroups => {
                let resource = |number: u32| {
                    json!({"namespace": "SYS.ECS",
                           "dimensions": [{"name": "instance_id", "value": format!("{name}-{number}")}]})
                };
                let body =
                    json!({"group_name": name, "type": "Manual", "resources": [resource(1), resource(2)]});
                self.huawei(Method::POST, "/v2/{project_id}/resource-groups", &[], &body)
            }
            Family::WorkspaceGroups => {
                let body = json!({"name": name, "description": print, "app_type": "COMMON_APP"});
                self.huawei(Method::POST, "/v1/{project_id}/app-groups", &[], &body)
            }
            Family::JobGroups => {
                let parameters =
                    json!({"name": name, "description": print, "type": "stopVm", "parameters": {}});
                self.zstack(Method::POST, "/scheduler/jobgroups", &[], &json!({"params": parameters}))
            }
        }
    }

    /// Deletes the contact group `name`.
    pub fn delete_contact_group(&mut self, name: &str) -> Request<Bytes> {
        self.alibaba(CLOUDMONITOR, "DeleteContactGroup", &[("ContactGroupName", name)])
    }

    fn page(&mut self, family: Family, part: Option<&str>, number: usize) -> Request<Bytes> {
        let size = family.page_size().to_string();
        let offset = (number * family.page_size()).to_string();
        match family {
            Family::AppGroups => self.alibaba(SCHEDULERX, "ListGroups", &[("Namespace", NAMESPACE)]),
            Family::ContactGroups => {
                let number = (number + 1).to_string();
                let parameters = [("PageNumber", number.as_str()), ("PageSize", &size)];
                self.alibaba(CLOUDMONITOR, "DescribeContactGroupList", &parameters)
            }
            Family::ResourceGroups => {
                let mut query = vec![("offset", offset.as_str()), ("limit", &size)];
                query.extend(part.map(|part| ("group_name", part)));
                self.huawei(Method::GET, "/v2/{project_id}/resource-groups", &query, &Value::Null)
            }
            Family::WorkspaceGroups => {
                let query = [("offset", offset.as_str()), ("limit", &size)];
                self.huawei(Method::GET, "/v1/{project_id}/app-groups", &query, &Value::Null)
            }
            Family::JobGroups => {
                let query = [("start", offset.as_str()), ("limit", &size)];
                self.zstack(Method::GET, "/scheduler/jobgroups", &query, &Value::Null)
            }
        }
    }

    /// The groups of a family with their fingerprints. A group that is listed twice is a fault.
    ///
    /// `part` keeps those whose names hold it, for [`Family::is_listed_in_parts`]; the others are listed whole.
    ///
    /// # Errors
    /// When a page is refused, or is not what its contract says.
    pub async fn list(
        &mut self,
        family: Family,
        part: Option<&str>,
        connection: &mut Connection,
    ) -> Result<BTreeMap<String, String>, String> {
        let mut all = BTreeMap::new();
        for number in 0.. {
            let answer =
                connection.send(self.page(family, part, number)).await.map_err(|error| error.to_string())?;
            let body = answer.json();
            let rows = family
                .rows(&body)
                .filter(|_| family.accepted(&answer))
                .ok_or_else(|| format!("{family:?} cannot be listed: {} {}", answer.status, answer.text()))?;
            for row in rows {
                let (name, print) =
                    family.read(row).ok_or_else(|| format!("{family:?}: not a group: {row}"))?;
                if all.insert(name.clone(), print).is_some() {
                    return Err(format!("{family:?}: {name} is listed twice"));
                }
            }
            if rows.len() < family.page_size() {
                break;
            }
        }
        Ok(all)
    }
}

impl Family {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::AppGroups, Self::ContactGroups, Self::ResourceGroups, Self::WorkspaceGroups, Self::JobGroups];

    /// The vendor's name of the operation that makes one.
    pub fn operation(self) -> &'static str {
        match self {
            Self::AppGroups => "SchedulerX CreateAppGroup",
            Self::ContactGroups => "CloudMonitor PutContactGroup",
            Self::ResourceGroups => "Cloud Eye CreateResourceGroup",
            Self::WorkspaceGroups => "Workspace CreateAppGroup",
            Self::JobGroups => "ZStack CreateSchedulerJobGroup",
        }
    }

    /// What [`Requests::list`] gives for a group that is whole: every part that was sent and is listed.
    pub fn fingerprint(self, name: &str, version: u32) -> String {
        match self {
            Self::AppGroups => format!("key-{name}"),
            Self::ContactGroups => {
                format!("v{version} {name}v{version}a {name}v{version}b {name}v{version}c")
            }
            Self::ResourceGroups => "2 members".to_owned(),
            Self::WorkspaceGroups | Self::JobGroups => format!("about {name}"),
        }
    }

    /// Whether an answer acknowledges the change.
    pub fn accepted(self, answer: &Answer) -> bool {
        let refused = match self {
            Self::AppGroups | Self::ContactGroups => answer.json()["Success"] != json!(true),
            _ => false,
        };
        answer.status.as_u16() == 200 && !refused
    }

    /// Whether a list ends at a contract's largest offset (10,000 for Cloud Eye), so that more can only be read in
    /// parts.
    pub fn is_listed_in_parts(self) -> bool {
        self == Self::ResourceGroups
    }

    /// As many as one page may have; a family without paging never fills it.
    fn page_size(self) -> usize {
        match self {
            Self::AppGroups => usize::MAX,
            Self::JobGroups => 1000,
            _ => 100,
        }
    }

    fn rows(self, body: &Value) -> Option<&Vec<Value>> {
        match self {
            Self::AppGroups => &body["Data"]["AppGroups"],
            Self::ContactGroups => &body["ContactGroupList"]["ContactGroup"],
            Self::ResourceGroups => &body["resource_groups"],
            Self::WorkspaceGroups => &body["items"],
            Self::JobGroups => &body["inventories"],
        }
        .as_array()
    }

    fn read(self, row: &Value) -> Option<(String, String)> {
        let text = |name: &str| row[name].as_str().map(str::to_owned);
        match self {
            Self::AppGroups => Some((text("GroupId")?, text("AppKey")?)),
            Self::ContactGroups => {
                let members: Option<Vec<_>> =
                    row["Contacts"]["Contact"].as_array()?.iter().map(Value::as_str).collect();
                Some((text("Name")?, format!("{} {}", text("Describe")?, members?.join(" "))))
            }
            Self::ResourceGroups => Some((
                text("group_name")?,
                format!("{} members", row["resource_statistics"]["total"].as_u64()?),
            )),
            Self::WorkspaceGroups | Self::JobGroups => Some((text("name")?, text("description")?)),
        }
    }
}

fn target(method: Method, path: String, query: &[(&str, &str)], body: &Value) -> Target {
    let query = query.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let body = if body.is_null() { Bytes::new() } else { body.to_string().into() };
    Target { method, path, query, body }
}
