//! Whose request it is.
//!
//! Five dialects share one port. The tests stand in the order of their certainty: a vendor's own headers
//! first, then our own literals, then paths. `design.md` calls this a contract: clients change one endpoint.

use http::Method;
use muster_wire::{Request, encoding::form_pairs};

/// Who answers a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Destination {
    /// Alibaba Cloud's RPC protocol.
    Alibaba,
    /// Huawei Cloud's services.
    Huawei,
    /// ZStack's REST protocol.
    ZStack,
    /// The pages.
    Console,
    /// Signed links that people open from messages.
    Public,
    /// Liveness, readiness and metrics.
    Health,
    /// Job workers that look for the server.
    Workers,
    /// Nobody.
    Unknown,
}

impl Destination {
    /// A word for metrics and logs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Alibaba => "alibaba",
            Self::Huawei => "huawei",
            Self::ZStack => "zstack",
            Self::Console => "console",
            Self::Public => "public",
            Self::Health => "health",
            Self::Workers => "workers",
            Self::Unknown => "unknown",
        }
    }
}

/// What follows `/v1/` in ZStack's API and never in Huawei's.
const ZSTACK_WORDS: [&str; 17] = [
    "accounts",
    "login",
    "accesskeys",
    "api-jobs",
    "scheduler",
    "schedulers",
    "management-nodes",
    "user-tags",
    "system-tags",
    "tags",
    "zones",
    "hosts",
    "vm-instances",
    "volumes",
    "volume-snapshots",
    "backup-storage",
    "captcha",
];

/// Whose request this is; its body counts only where a form names an `Action`.
pub fn destination(request: &Request) -> Destination {
    if is_alibaba(request) {
        return Destination::Alibaba;
    }
    if let Some(own) = own_literal(&request.path) {
        return own;
    }
    if is_zstack(request) {
        return Destination::ZStack;
    }
    if is_huawei(request) {
        return Destination::Huawei;
    }
    match request.path.as_str() {
        "/" if accepts_html(request) => Destination::Console,
        "/favicon.ico" => Destination::Console,
        // The merged list of versions that Huawei's clients ask for before anything else.
        "/" => Destination::Huawei,
        _ => Destination::Unknown,
    }
}

fn is_alibaba(request: &Request) -> bool {
    request.header("authorization").is_some_and(|value| value.starts_with("ACS3-"))
        || request.headers.keys().any(|name| name.as_str().starts_with("x-acs-"))
        || names_an_action(&request.query)
        || (is_form(request) && std::str::from_utf8(&request.body).is_ok_and(names_an_action))
}

fn is_form(request: &Request) -> bool {
    let content_type = request.header("content-type").unwrap_or_default();
    content_type.starts_with("application/x-www-form-urlencoded")
}

fn names_an_action(parameters: &str) -> bool {
    // Looks before it decodes: most requests of other vendors stop here.
    if !parameters.contains("Action=") {
        return false;
    }
    // Pair by pair: one that cannot be read is that vendor's to refuse, not a reason to take the request for another's.
    let pairs: Vec<_> = parameters.split('&').filter_map(form_pairs).flatten().collect();
    let has = |wanted: &str| pairs.iter().any(|(name, _)| name == wanted);
    has("Action") && (has("Version") || has("Signature"))
}

fn own_literal(path: &str) -> Option<Destination> {
    match first_segment(path) {
        "console" => Some(Destination::Console),
        "public" => Some(Destination::Public),
        "healthz" | "readyz" | "metrics" => Some(Destination::Health),
        "worker" | "schedulerx2" | "app" => Some(Destination::Workers),
        _ => None,
    }
}

fn is_zstack(request: &Request) -> bool {
    let scheme = request.header("authorization").and_then(|value| value.split([' ', ':']).next());
    let mut segments = request.path.split('/').skip(1);
    let (first, second) = (segments.next(), segments.next());
    first == Some("zstack")
        || matches!(scheme, Some("OAuth" | "ZStack"))
        || request.headers.contains_key("x-job-uuid")
        || (first == Some("v1") && second.is_some_and(|word| ZSTACK_WORDS.contains(&word)))
}

fn is_huawei(request: &Request) -> bool {
    matches!(first_segment(&request.path), "v1" | "v2" | "v3" | "v5" | "v1.0" | "v2.0" | "v3.0" | "V1.0")
        || request.headers.contains_key("x-auth-token")
        || request.headers.contains_key("x-sdk-date")
}

fn accepts_html(request: &Request) -> bool {
    matches!(request.method, Method::GET | Method::HEAD)
        && request.header("accept").is_some_and(|accept| accept.contains("text/html"))
}

fn first_segment(path: &str) -> &str {
    path.split('/').nth(1).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::{HeaderMap, HeaderName, HeaderValue};
    use muster_core::{Timestamp, Uuid};

    use super::*;

    fn request(line: &str, headers: &[(&'static str, &str)], body: &'static str) -> Request {
        let (method, target) = line.split_once(' ').unwrap();
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
        }
        Request {
            method: method.parse().unwrap(),
            path: path.to_owned(),
            query: query.to_owned(),
            headers: map,
            body: Bytes::from_static(body.as_bytes()),
            source_ip: "127.0.0.1".parse().unwrap(),
            secure: false,
            id: Uuid::nil(),
            received: Timestamp::default(),
        }
    }

    #[test]
    fn each_request_finds_its_vendor() {
        use Destination::{Alibaba, Console, Health, Huawei, Public, Unknown, Workers, ZStack};
        let form = ("content-type", "application/x-www-form-urlencoded");
        let project = "/v1/0a1b2c3d4e5f60718293a4b5c6d7e8f9";
        let app_groups = format!("POST {project}/app-groups");
        type Case<'c> = (&'c str, &'c [(&'static str, &'c str)], &'static str, Destination);
        let cases: &[Case<'_>] = &[
            ("POST /?GroupId=g", &[("authorization", "ACS3-HMAC-SHA256 Credential=x")], "", Alibaba),
            ("POST /anything", &[("x-acs-action", "CreateAppGroup")], "", Alibaba),
            ("GET /?Action=ListGroups&Version=2019-04-30", &[], "", Alibaba),
            ("GET /?Action=ListGroups&Signature=x", &[], "", Alibaba),
            ("GET /?Action=ListGroups&Version=2019-04-30&X=%ff", &[], "", Alibaba),
            ("GET /?Action=ListGroups", &[], "", Huawei),
            ("POST /", &[form], "Action=ListGroups&Version=2019-04-30", Alibaba),
            ("POST /console/sign-in", &[form], "Action=x&Version=y", Alibaba),
            ("POST /console/sign-in", &[form], "user=root", Console),
            ("GET /readyz", &[], "", Health),
            ("GET /public/activate/abc", &[], "", Public),
            ("GET /worker/v1/appgroup/getId?groupId=g", &[], "", Workers),
            ("GET /app/getAllUsefulWorkerList.json?appGroupId=1", &[], "", Workers),
            ("GET /schedulerx2/consolelist", &[], "", Workers),
            ("PUT /zstack/v1/accounts/login", &[], "{}", ZStack),
            ("PUT /v1/accounts/login", &[], "{}", ZStack),
            ("GET /v1/scheduler/jobgroups", &[("authorization", "OAuth null")], "", ZStack),
            ("GET /v1/unknown", &[("authorization", "OAuth: abc")], "", ZStack),
            ("POST /v1/x", &[("x-job-uuid", "00000000000000000000000000000000")], "", ZStack),
            (&app_groups, &[], "{}", Huawei),
            ("GET /V1.0/p/resource-groups", &[], "", Huawei),
            ("GET /v1.0/enterprise-projects", &[], "", Huawei),
            ("POST /v3/auth/tokens", &[], "{}", Huawei),
            ("GET /nothing", &[("x-auth-token", "t")], "", Huawei),
            ("GET /", &[("accept", "text/html,*/*")], "", Console),
            ("GET /", &[], "", Huawei),
            ("GET /nothing", &[], "", Unknown),
        ];
        for (line, headers, body, expected) in cases {
            assert_eq!(destination(&request(line, headers, body)), *expected, "{line} {headers:?}");
        }
    }
}
