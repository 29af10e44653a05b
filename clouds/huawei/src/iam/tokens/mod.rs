//! Tokens: opaque, stored hashed, good for 24 hours and for one project or the whole account.

mod inspect;
mod issue;
mod request;

pub(crate) use inspect::InspectToken;
pub(crate) use issue::IssueToken;

use muster_identity::{Identity, Principal, Session};
use muster_wire::digest::sha256_hex;
use serde_json::{Value, json};

use super::time;

/// What both calls say about a token.
fn describe(session: &Session, identity: &Identity, methods: &[&str], catalog_at: Option<&str>) -> Value {
    let account = identity.account();
    let domain = json!({"id": account.uuid, "name": account.name});
    let (user_id, name, roles) = match identity.principal() {
        Principal::Root { user_id, name } => (user_id, name, json!([{"id": "0", "name": "te_admin"}])),
        Principal::User { user_id, name, .. } => (user_id, name, json!([])),
        Principal::AssumedRole { role_number, session, .. } => (role_number, session, json!([])),
    };
    let mut token = json!({
        "methods": methods,
        "issued_at": time::text(session.created_at),
        "expires_at": time::text(session.expires_at),
        "user": {"id": user_id, "name": name, "domain": domain, "password_expires_at": ""},
        "roles": roles,
    });
    let project = session
        .project_id
        .as_ref()
        .and_then(|id| identity.projects().iter().find(|project| project.id == *id));
    match project {
        Some(project) => {
            token["project"] = json!({"id": project.id, "name": project.name, "domain": domain});
        }
        None => token["domain"] = domain,
    }
    if let Some(base_url) = catalog_at {
        let project_id = project.map(|project| project.id.as_str());
        let region = identity.projects().iter().find(|project| project.is_default);
        let region = region.map_or("", |project| project.name.as_str());
        token["catalog"] = catalog(base_url, project_id, region);
    }
    json!({"token": token})
}

/// Where the services are, for clients that look there. Those of a project are named only with one.
fn catalog(base_url: &str, project_id: Option<&str>, region: &str) -> Value {
    let service = |name: &str, kind: &str, path: String| {
        // An id that is the same on every server and at every start.
        let id = |what: &str| sha256_hex(format!("{what} {name}").as_bytes())[..32].to_owned();
        let endpoint = json!({
            "id": id("endpoint"),
            "interface": "public",
            "region": region,
            "region_id": region,
            "url": format!("{base_url}{path}"),
        });
        json!({"id": id("service"), "name": name, "type": kind, "endpoints": [endpoint]})
    };
    let mut services = vec![
        service("iam", "identity", "/v3".to_owned()),
        service("eps", "eps", "/v1.0".to_owned()),
        service("sts", "sts", "/v5".to_owned()),
    ];
    if let Some(project) = project_id {
        services.push(service("ces", "ces", format!("/V1.0/{project}")));
        services.push(service("cesv2", "cesv2", format!("/v2/{project}")));
        services.push(service("workspaceapp", "appstream", format!("/v1/{project}")));
    }
    Value::Array(services)
}
