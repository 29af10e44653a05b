//! From method and path to the call that is meant.
//!
//! Literal paths go before templates, so that `/scheduler/jobs/candidates` is not a job's uuid. Several calls
//! may share one PUT path; the key in the body tells them apart.

use http::{Method, StatusCode};

use crate::error::Refusal;

/// Where an operation that needs a session is found: for clients that know it by name.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// The operation's name.
    pub name: &'static str,
    /// The method.
    pub method: &'static str,
    /// The path after `/zstack/v1/`, with parameters in braces.
    pub path: &'static str,
    /// The key of the body that holds the input; empty where there is no body.
    pub key: &'static str,
}

/// All of them; an operation may have several.
pub fn places() -> impl Iterator<Item = Place> {
    ROUTES.iter().filter_map(|route| match route.target {
        Target::Operation(name) => {
            Some(Place { name, method: route.method, path: route.path, key: route.key })
        }
        Target::Open(_) => None,
    })
}

/// What a route leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// An operation of the table, by name.
    Operation(&'static str),
    /// A call that needs no session.
    Open(OpenCall),
}

/// The calls that need no session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OpenCall {
    LogInByAccount,
    LogInByUser,
    LogIn,
    LogOut,
    ValidateSession,
    PollJob,
    IsReady,
    GetVersion,
    GetCurrentTime,
}

/// The same for the coverage page: their names in the API.
pub(crate) const OPEN_CALLS: [&str; 9] = [
    "LogInByAccount",
    "LogInByUser",
    "LogIn",
    "LogOut",
    "ValidateSession",
    "PollApiJob",
    "IsManagementNodeReady",
    "GetVersion",
    "GetCurrentTime",
];

struct Route {
    method: &'static str,
    path: &'static str,
    /// The key of the body that holds the input.
    key: &'static str,
    target: Target,
}

const fn operation(method: &'static str, path: &'static str, key: &'static str, name: &'static str) -> Route {
    Route { method, path, key, target: Target::Operation(name) }
}

const fn open(method: &'static str, path: &'static str, key: &'static str, call: OpenCall) -> Route {
    Route { method, path, key, target: Target::Open(call) }
}

const ROUTES: &[Route] = &[
    open("PUT", "accounts/login", "logInByAccount", OpenCall::LogInByAccount),
    // The REST manual calls the key so, all clients as above.
    open("PUT", "accounts/login", "logIn", OpenCall::LogInByAccount),
    open("PUT", "accounts/users/login", "logInByUser", OpenCall::LogInByUser),
    open("PUT", "login", "logIn", OpenCall::LogIn),
    open("DELETE", "accounts/sessions/{sessionUuid}", "", OpenCall::LogOut),
    open("GET", "accounts/sessions/{sessionUuid}/valid", "", OpenCall::ValidateSession),
    open("GET", "api-jobs/{uuid}", "", OpenCall::PollJob),
    open("GET", "management-nodes/ready", "", OpenCall::IsReady),
    open("PUT", "management-nodes/actions", "getVersion", OpenCall::GetVersion),
    open("PUT", "management-nodes/actions", "getCurrentTime", OpenCall::GetCurrentTime),
    operation("PUT", "accounts/sessions/{sessionUuid}/renew", "renewSession", "RenewSession"),
    operation("GET", "accounts", "", "QueryAccount"),
    operation("GET", "accounts/{uuid}", "", "QueryAccount"),
    operation("POST", "accesskeys", "params", "CreateAccessKey"),
    operation("GET", "accesskeys", "", "QueryAccessKey"),
    operation("GET", "accesskeys/{uuid}", "", "QueryAccessKey"),
    operation("DELETE", "accesskeys/{uuid}", "", "DeleteAccessKey"),
    operation("PUT", "accesskeys/{uuid}/actions", "changeAccessKeyState", "ChangeAccessKeyState"),
    operation("GET", "management-nodes/platform-timezone", "", "GetPlatformTimeZone"),
    operation("GET", "zones", "", "QueryZone"),
    operation("GET", "zones/{uuid}", "", "QueryZone"),
    operation("GET", "hosts", "", "QueryHost"),
    operation("GET", "hosts/{uuid}", "", "QueryHost"),
    operation("GET", "vm-instances", "", "QueryVmInstance"),
    operation("GET", "vm-instances/{uuid}", "", "QueryVmInstance"),
    operation("GET", "volumes", "", "QueryVolume"),
    operation("GET", "volumes/{uuid}", "", "QueryVolume"),
    operation("GET", "volume-snapshots", "", "QueryVolumeSnapshot"),
    operation("GET", "volume-snapshots/{uuid}", "", "QueryVolumeSnapshot"),
    operation("GET", "backup-storage/image-store", "", "QueryImageStoreBackupStorage"),
    operation("GET", "backup-storage", "", "QueryBackupStorage"),
    operation("GET", "backup-storage/{uuid}", "", "QueryBackupStorage"),
    operation("POST", "user-tags", "params", "CreateUserTag"),
    operation("POST", "system-tags", "params", "CreateSystemTag"),
    operation("GET", "user-tags", "", "QueryUserTag"),
    operation("GET", "user-tags/{uuid}", "", "QueryUserTag"),
    operation("GET", "system-tags", "", "QuerySystemTag"),
    operation("GET", "system-tags/{uuid}", "", "QuerySystemTag"),
    operation("DELETE", "tags/{uuid}", "", "DeleteTag"),
    operation("POST", "tags", "params", "CreateTag"),
    operation("GET", "tags", "", "QueryTag"),
    operation("GET", "tags/{uuid}", "", "QueryTag"),
    operation("POST", "tags/{tagUuid}/resources", "params", "AttachTagToResources"),
    operation("DELETE", "tags/{tagUuid}/resources", "", "DetachTagFromResources"),
    operation("POST", "scheduler/jobgroups", "params", "CreateSchedulerJobGroup"),
    operation("GET", "scheduler/jobgroups", "", "QuerySchedulerJobGroup"),
    operation("GET", "scheduler/jobgroups/{uuid}", "", "QuerySchedulerJobGroup"),
    operation("DELETE", "scheduler/jobgroups/{uuid}", "", "DeleteSchedulerJobGroup"),
    operation(
        "PUT",
        "scheduler/jobgroups/{uuid}/actions",
        "updateSchedulerJobGroup",
        "UpdateSchedulerJobGroup",
    ),
    operation(
        "POST",
        "scheduler/jobgroups/{schedulerJobGroupUuid}/job",
        "params",
        "AddSchedulerJobsToSchedulerJobGroup",
    ),
    operation(
        "DELETE",
        "scheduler/jobgroups/{schedulerJobGroupUuid}/job",
        "",
        "RemoveSchedulerJobsFromSchedulerJobGroup",
    ),
    operation(
        "POST",
        "scheduler/jobgroups/{schedulerJobGroupUuid}/scheduler/triggers/{schedulerTriggerUuid}",
        "params",
        "AddSchedulerJobGroupToSchedulerTrigger",
    ),
    operation(
        "DELETE",
        "scheduler/jobgroups/{schedulerJobGroupUuid}/scheduler/triggers/{schedulerTriggerUuid}",
        "",
        "RemoveSchedulerJobGroupFromSchedulerTrigger",
    ),
    operation("POST", "scheduler/jobs", "params", "CreateSchedulerJob"),
    operation("GET", "scheduler/jobs", "", "QuerySchedulerJob"),
    operation("GET", "scheduler/jobs/candidates", "", "GetNoTriggerSchedulerJobs"),
    operation("GET", "scheduler/jobs/{uuid}", "", "QuerySchedulerJob"),
    operation("DELETE", "scheduler/jobs/{uuid}", "", "DeleteSchedulerJob"),
    operation("PUT", "scheduler/jobs/{uuid}/actions", "updateSchedulerJob", "UpdateSchedulerJob"),
    operation("PUT", "schedulers/{uuid}", "changeSchedulerState", "ChangeSchedulerState"),
    operation(
        "POST",
        "scheduler/jobs/{schedulerJobUuid}/scheduler/triggers/{schedulerTriggerUuid}",
        "params",
        "AddSchedulerJobToSchedulerTrigger",
    ),
    operation(
        "DELETE",
        "scheduler/jobs/{schedulerJobUuid}/scheduler/triggers/{schedulerTriggerUuid}",
        "",
        "RemoveSchedulerJobFromSchedulerTrigger",
    ),
    operation("POST", "scheduler/triggers", "params", "CreateSchedulerTrigger"),
    operation("GET", "scheduler/triggers", "", "QuerySchedulerTrigger"),
    operation("GET", "scheduler/triggers/available", "", "GetAvailableTriggers"),
    operation("GET", "scheduler/triggers/{uuid}", "", "QuerySchedulerTrigger"),
    operation("DELETE", "scheduler/triggers/{uuid}", "", "DeleteSchedulerTrigger"),
    operation("PUT", "scheduler/triggers/{uuid}/actions", "updateSchedulerTrigger", "UpdateSchedulerTrigger"),
    operation("PUT", "scheduler/triggers/{uuid}/actions", "runSchedulerTrigger", "RunSchedulerTrigger"),
    operation("GET", "scheduler/job/history", "", "QuerySchedulerJobHistory"),
    operation("GET", "scheduler/report", "", "GetSchedulerExecutionReport"),
];

/// A call found by method and path; a PUT may still be one of several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Matched {
    /// Keys of the body, and what each leads to.
    pub(crate) targets: Vec<(&'static str, Target)>,
    /// What stood in the places of the path.
    pub(crate) variables: Vec<(&'static str, String)>,
}

/// The path within the API, `/v1/…` without the context path and percent-decoded: what access keys sign, and
/// what routes are matched against.
pub(crate) fn api_path(raw: &str) -> Result<String, Refusal> {
    let raw = raw.strip_prefix("/zstack").filter(|rest| rest.starts_with('/')).unwrap_or(raw);
    let decoded = muster_wire::encoding::percent_decode(raw)
        .ok_or_else(|| Refusal::bad_request("the path is not UTF-8"))?;
    if decoded.contains('\0') {
        return Err(Refusal::bad_request("the path holds the character U+0000"));
    }
    Ok(decoded.into_owned())
}

/// Finds the calls of a path as [`api_path`] gives it.
pub(crate) fn find(method: &Method, path: &str) -> Result<Matched, Refusal> {
    let segments: Vec<&str> = path.trim_end_matches('/').split('/').collect();
    let Some(segments) = segments.strip_prefix(&["", "v1"]) else { return Err(no_such_path(path)) };
    let fits = |wants_literal: bool| {
        ROUTES
            .iter()
            .filter(|route| route.path.contains('{') != wants_literal)
            .filter_map(|route| Some((route, variables(route.path, segments)?)))
            .collect::<Vec<_>>()
    };
    let mut found = fits(true);
    if found.is_empty() {
        found = fits(false);
    }
    if found.is_empty() {
        return Err(no_such_path(path));
    }
    found.retain(|(route, _)| route.method == method.as_str());
    let Some((_, variables)) = found.first() else {
        return Err(Refusal::http(
            StatusCode::METHOD_NOT_ALLOWED,
            format!("{method} is not served on {path}"),
        ));
    };
    let variables = variables.clone();
    let targets = found.iter().map(|(route, _)| (route.key, route.target)).collect();
    Ok(Matched { targets, variables })
}

fn variables(template: &'static str, segments: &[&str]) -> Option<Vec<(&'static str, String)>> {
    let mut found = Vec::new();
    let mut given = segments.iter();
    for wanted in template.split('/') {
        let segment = given.next()?;
        match wanted.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
            Some(name) if !segment.is_empty() => found.push((name, (*segment).to_owned())),
            None if wanted == *segment => {}
            _ => return None,
        }
    }
    given.next().is_none().then_some(found)
}

fn no_such_path(path: &str) -> Refusal {
    Refusal::http(StatusCode::NOT_FOUND, format!("no such path: {path}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(method: &str, path: &str) -> Result<Matched, u16> {
        find(&method.parse().unwrap(), &api_path(path).unwrap()).map_err(|refusal| match refusal {
            Refusal::Http { status, .. } => status.as_u16(),
            Refusal::Failed(_) => 0,
        })
    }

    fn only(method: &str, path: &str) -> Target {
        let matched = found(method, path).unwrap();
        assert_eq!(matched.targets.len(), 1);
        matched.targets[0].1
    }

    #[test]
    fn both_roots_and_trailing_slashes() {
        for path in ["/zstack/v1/scheduler/jobs", "/v1/scheduler/jobs/", "/v1/sched%75ler/jobs"] {
            assert_eq!(only("GET", path), Target::Operation("QuerySchedulerJob"), "{path}");
        }
    }

    #[test]
    fn literals_go_before_templates() {
        assert_eq!(
            only("GET", "/v1/scheduler/jobs/candidates"),
            Target::Operation("GetNoTriggerSchedulerJobs")
        );
        assert_eq!(
            only("GET", "/v1/scheduler/triggers/available"),
            Target::Operation("GetAvailableTriggers")
        );
        assert_eq!(only("GET", "/v1/scheduler/jobs/abc"), Target::Operation("QuerySchedulerJob"));
        let path = "/v1/scheduler/jobgroups/g1/scheduler/triggers/t1";
        let expected =
            [("schedulerJobGroupUuid", "g1".to_owned()), ("schedulerTriggerUuid", "t1".to_owned())];
        assert_eq!(found("POST", path).unwrap().variables, expected);
    }

    #[test]
    fn put_paths_are_shared_by_action_keys() {
        let keys: Vec<&str> = found("PUT", "/v1/scheduler/triggers/t/actions")
            .unwrap()
            .targets
            .iter()
            .map(|(key, _)| *key)
            .collect();
        assert_eq!(keys, ["updateSchedulerTrigger", "runSchedulerTrigger"]);
    }

    #[test]
    fn unknown_paths_and_methods() {
        assert_eq!(found("GET", "/v1/nothing"), Err(404));
        assert_eq!(found("GET", "/zstack"), Err(404));
        assert_eq!(found("GET", "/v2/scheduler/jobs"), Err(404));
        assert_eq!(found("GET", "/v1/scheduler/jobs//actions"), Err(404));
        assert_eq!(found("PATCH", "/v1/scheduler/jobs"), Err(405));
        assert_eq!(found("POST", "/v1/api-jobs/abc"), Err(405));
    }

    #[test]
    fn every_route_leads_to_an_operation_of_the_table() {
        for route in ROUTES {
            if let Target::Operation(name) = route.target {
                assert!(crate::OPERATIONS.iter().any(|entry| entry.name == name), "{name}");
            }
        }
        for entry in crate::OPERATIONS {
            let routed = ROUTES.iter().any(|route| route.target == Target::Operation(entry.name));
            assert!(routed, "{} cannot be reached", entry.name);
        }
    }
}
