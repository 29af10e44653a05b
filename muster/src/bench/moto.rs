//! The peer that emulates a cloud in memory: moto's resource groups, the nearest thing to ours that it has.

use bytes::Bytes;
use http::{HeaderValue, Method, Request};
use serde_json::json;

use super::Fault;
use crate::client::Connection;

/// Moto reads region and service from the signature and checks nothing else of it.
const AUTHORIZATION: &str = "AWS4-HMAC-SHA256 Credential=testing/20260101/us-east-1/resource-groups/aws4_request, \
                             SignedHeaders=host, Signature=0";

pub(super) fn create(host: &str, name: &str) -> Request<Bytes> {
    let query =
        json!({"ResourceTypeFilters": ["AWS::AllSupported"], "TagFilters": [{"Key": "a", "Values": ["b"]}]});
    let body =
        json!({"Name": name, "ResourceQuery": {"Type": "TAG_FILTERS_1_0", "Query": query.to_string()}});
    request(host, "/groups", &body)
}

/// How many groups moto has.
pub(super) async fn count(host: &str) -> Result<usize, Fault> {
    let mut connection = Connection::open(host).await.map_err(|error| error.to_string())?;
    let answer = connection
        .send(request(host, "/groups-list", &json!({})))
        .await
        .map_err(|error| error.to_string())?;
    let groups = answer.json();
    groups["GroupIdentifiers"]
        .as_array()
        .map(Vec::len)
        .ok_or_else(|| format!("moto: {} {}", answer.status, answer.text()))
}

fn request(host: &str, path: &'static str, body: &serde_json::Value) -> Request<Bytes> {
    let mut request = Request::new(Bytes::from(body.to_string()));
    *request.method_mut() = Method::POST;
    *request.uri_mut() = http::Uri::from_static(path);
    let headers = request.headers_mut();
    headers.insert("authorization", HeaderValue::from_static(AUTHORIZATION));
    headers.insert("content-type", HeaderValue::from_static("application/json"));
    if let Ok(host) = HeaderValue::try_from(host) {
        headers.insert("host", host);
    }
    request
}
