//! What clients ask before their first real call, apart from IAM: lists of versions, and on which of the vendor's web
//! sites the account was opened.

use muster_db::Db;
use muster_identity::Caller;
use serde_json::{Value, json};

use crate::product::{Admission, Answer, Endpoint};
use crate::reply::Reply;
use crate::request::Request;

/// Makes a body from the address by which the client reached us.
type Body = fn(base_url: &str) -> Value;

/// An answer that depends on nothing but the address by which the client reached us.
struct Fixed {
    admission: Admission,
    body: Body,
}

impl Endpoint for Fixed {
    fn admission(&self) -> Admission {
        self.admission
    }

    fn answer(&self, _db: &Db, _caller: Option<Caller>, request: Request) -> Answer<'_> {
        let reply = Reply::ok((self.body)(&request.base_url()));
        Box::pin(std::future::ready(reply))
    }
}

/// All of them, each for GET.
pub(crate) fn endpoints() -> Vec<(&'static str, Box<dyn Endpoint>)> {
    let (anybody, domain) = (Admission::Anybody, Admission::Domain);
    let answers: [(&'static str, Admission, Body); 6] = [
        // IAM and Cloud Eye both have their list of versions here. IAM's is the one that clients follow.
        ("/", anybody, |base| json!({"versions": {"values": [identity_version(base)]}})),
        ("/v3", anybody, |base| json!({"version": identity_version(base)})),
        ("/V1.0", anybody, |base| json!({"versions": [cloud_eye_version(base, "V1.0")]})),
        ("/v2", anybody, |base| json!({"versions": [cloud_eye_version(base, "v2")]})),
        ("/v1.0", anybody, |base| json!({"versions": [enterprise_project_version(base)]})),
        // Terraform only wants to know whether this call is allowed on the site that it believes in.
        ("/v2/products/service-types", domain, |_| json!({"infos": [], "total_count": 0})),
    ];
    let endpoint =
        |(pattern, admission, body)| (pattern, Box::new(Fixed { admission, body }) as Box<dyn Endpoint>);
    answers.into_iter().map(endpoint).collect()
}

fn identity_version(base_url: &str) -> Value {
    json!({
        "id": "v3.6",
        "status": "stable",
        "updated": "2016-04-04T00:00:00Z",
        "media-types": [{"base": "application/json", "type": "application/vnd.openstack.identity-v3+json"}],
        "links": [{"rel": "self", "href": format!("{base_url}/v3/")}],
    })
}

fn cloud_eye_version(base_url: &str, id: &str) -> Value {
    json!({
        "id": id,
        "status": "CURRENT",
        "version": "",
        "min_version": "",
        "updated": "2018-09-30T00:00:00Z",
        "links": [{"rel": "self", "href": format!("{base_url}/{id}")}],
    })
}

fn enterprise_project_version(base_url: &str) -> Value {
    json!({
        "id": "v1.0",
        "status": "CURRENT",
        "version": "",
        "min_version": "",
        "updated": "2018-09-30T00:00:00Z",
        "links": [{"rel": "self", "href": format!("{base_url}/v1.0")}],
    })
}
