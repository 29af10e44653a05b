//! Requests signed for each wire, as pure functions of their input, instant and nonce.

use base64::Engine as _;
use bytes::Bytes;
use http::{HeaderValue, Method, Request};
use muster_core::Timestamp;
use muster_wire::digest::{hmac_sha1, hmac_sha256, sha256_hex};
use muster_wire::encoding::{percent_decode, percent_encode};

/// An access key, and the host that requests go to.
#[derive(Clone)]
pub struct Signer {
    /// The key's id.
    pub key_id: String,
    /// The key's secret.
    pub secret: String,
    /// `Host` of every request, with its port.
    pub host: String,
}

/// What a request asks for on a wire whose operations are methods and paths.
#[derive(Clone, Debug)]
pub struct Target {
    /// The method.
    pub method: Method,
    /// The raw path.
    pub path: String,
    /// The query's parameters, not yet encoded.
    pub query: Vec<(String, String)>,
    /// The body; empty for none.
    pub body: Bytes,
}

impl Signer {
    /// An Alibaba RPC request with all parameters in the query and an `ACS3-HMAC-SHA256` signature
    /// (alibaba-rpc.md 6.3). `nonce` must be new for each request.
    pub fn alibaba(
        &self,
        version: &str,
        action: &str,
        parameters: &[(String, String)],
        at: Timestamp,
        nonce: &str,
    ) -> Request<Bytes> {
        let query = canonical_query(parameters);
        let payload = sha256_hex(b"");
        let date = date(at, "%Y-%m-%dT%H:%M:%SZ");
        let headers = [
            ("host", self.host.as_str()),
            ("x-acs-action", action),
            ("x-acs-content-sha256", &payload),
            ("x-acs-date", &date),
            ("x-acs-signature-nonce", nonce),
            ("x-acs-version", version),
        ];
        let (lines, names) = canonical_headers(&headers);
        let canonical = format!("POST\n/\n{query}\n{lines}\n{names}\n{payload}");
        let text = format!("ACS3-HMAC-SHA256\n{}", sha256_hex(canonical.as_bytes()));
        let signature = hex::encode(hmac_sha256(self.secret.as_bytes(), text.as_bytes()));
        let authorization = format!(
            "ACS3-HMAC-SHA256 Credential={},SignedHeaders={names},Signature={signature}",
            self.key_id
        );
        request(Method::POST, &with_query("/", &query), &headers, &authorization, Bytes::new())
    }

    /// A Huawei request with an `SDK-HMAC-SHA256` signature (huawei-auth.md 2).
    pub fn huawei(&self, target: &Target, project_id: Option<&str>, at: Timestamp) -> Request<Bytes> {
        let query = canonical_query(&target.query);
        let date = date(at, "%Y%m%dT%H%M%SZ");
        let mut headers = vec![("content-type", "application/json"), ("host", self.host.as_str())];
        headers.extend(project_id.map(|id| ("x-project-id", id)));
        headers.push(("x-sdk-date", &date));
        let (lines, names) = canonical_headers(&headers);
        let canonical = format!(
            "{}\n{}\n{query}\n{lines}\n{names}\n{}",
            target.method,
            canonical_path(&target.path),
            sha256_hex(&target.body)
        );
        let text = format!("SDK-HMAC-SHA256\n{date}\n{}", sha256_hex(canonical.as_bytes()));
        let signature = hex::encode(hmac_sha256(self.secret.as_bytes(), text.as_bytes()));
        let authorization =
            format!("SDK-HMAC-SHA256 Access={}, SignedHeaders={names}, Signature={signature}", self.key_id);
        request(
            target.method.clone(),
            &with_query(&target.path, &query),
            &headers,
            &authorization,
            target.body.clone(),
        )
    }

    /// A ZStack request with an access key's signature (zstack.md 1.9). The path begins with `/zstack/v1/`.
    pub fn zstack(&self, target: &Target, at: Timestamp) -> Request<Bytes> {
        let date = date(at, "%a, %d %b %Y %H:%M:%S UTC");
        let path = target.path.strip_prefix("/zstack").unwrap_or(&target.path);
        let text = format!("{}\n{date}\n{path}", target.method);
        let signature = base64::engine::general_purpose::STANDARD
            .encode(hmac_sha1(self.secret.as_bytes(), text.as_bytes()));
        let headers = [("content-type", "application/json"), ("date", date.as_str()), ("host", &self.host)];
        let authorization = format!("ZStack {}:{signature}", self.key_id);
        let url = with_query(&target.path, &canonical_query(&target.query));
        request(target.method.clone(), &url, &headers, &authorization, target.body.clone())
    }
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Signer").field("key_id", &self.key_id).finish_non_exhaustive()
    }
}

/// Sorted, encoded, joined.
fn canonical_query(parameters: &[(String, String)]) -> String {
    let mut pairs: Vec<_> = parameters.iter().collect();
    pairs.sort();
    let pieces: Vec<_> = pairs
        .iter()
        .map(|(name, value)| format!("{}={}", percent_encode(name), percent_encode(value)))
        .collect();
    pieces.join("&")
}

/// Each segment decoded and encoded again, with a slash at the end.
fn canonical_path(path: &str) -> String {
    let segments: Vec<_> = path
        .split('/')
        .map(|segment| {
            percent_encode(&percent_decode(segment).unwrap_or_else(|| segment.into())).into_owned()
        })
        .collect();
    let mut path = segments.join("/");
    if !path.ends_with('/') {
        path.push('/');
    }
    path
}

/// The header lines, and the list of names. The headers come sorted.
fn canonical_headers(headers: &[(&str, &str)]) -> (String, String) {
    let lines = headers.iter().map(|(name, value)| format!("{name}:{}\n", value.trim())).collect();
    let names: Vec<_> = headers.iter().map(|(name, _)| *name).collect();
    (lines, names.join(";"))
}

fn with_query(path: &str, query: &str) -> String {
    if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
}

fn date(at: Timestamp, format: &str) -> String {
    let instant = jiff::Timestamp::from_millisecond(at.millis()).unwrap_or_default();
    instant.strftime(format).to_string()
}

fn request(
    method: Method,
    url: &str,
    headers: &[(&str, &str)],
    authorization: &str,
    body: Bytes,
) -> Request<Bytes> {
    let mut request = Request::new(body);
    *request.method_mut() = method;
    // Both are made of encoded text; a path that is none goes out as `/` and is refused by the server.
    *request.uri_mut() = url.parse().unwrap_or_default();
    let all =
        headers.iter().copied().chain([("accept", "application/json"), ("authorization", authorization)]);
    for (name, value) in all {
        if let (Ok(name), Ok(value)) = (http::HeaderName::try_from(name), HeaderValue::try_from(value)) {
            request.headers_mut().insert(name, value);
        }
    }
    request
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: Timestamp = Timestamp::from_millis(1_768_465_800_000);

    fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
        list.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    fn authorization(request: &Request<Bytes>) -> &str {
        request.headers()["authorization"].to_str().unwrap()
    }

    #[test]
    fn alibaba_signs_as_vector_11_of_the_contract() {
        let signer = Signer {
            key_id: "LTAI5tMusterTestKey0001".to_owned(),
            secret: "MusterTestSecret0123456789abcdef".to_owned(),
            host: "127.0.0.1:8080".to_owned(),
        };
        let parameters = pairs(&[
            ("Describe", "告警测试 a+b*c~d"),
            ("ContactNames.1", "Alice"),
            ("ContactNames.2", "lucy"),
            ("ContactGroupName", "考勤系统组"),
            ("EnableSubscribed", "true"),
        ]);
        let nonce = "3ee8c1b8f1ae2a55aeb7d5e7c2a1f0d4";
        let request = signer.alibaba("2019-01-01", "PutContactGroup", &parameters, AT, nonce);
        assert_eq!(request.headers()["x-acs-date"], "2026-01-15T08:30:00Z");
        assert_eq!(
            authorization(&request),
            "ACS3-HMAC-SHA256 Credential=LTAI5tMusterTestKey0001,SignedHeaders=host;x-acs-action;x-acs-content-sha256;\
             x-acs-date;x-acs-signature-nonce;x-acs-version,\
             Signature=14e32e25cba145587e59c184057abaf4fe2250e55a93fa4ccbf76bd1db278bed"
        );
    }

    #[test]
    fn huawei_signs_as_the_official_signer() {
        let signer = Signer {
            key_id: "MUSTEREXAMPLEAK00001".to_owned(),
            secret: "MusterExampleSecretKey/0123456789+abcdefAB".to_owned(),
            host: "127.0.0.1:8480".to_owned(),
        };
        // The official layout signs `user-agent` too, which this client does not send.
        let lines = "content-type:application/json\nhost:127.0.0.1:8480\n";
        let (made, names) =
            canonical_headers(&[("content-type", "application/json"), ("host", &signer.host)]);
        assert_eq!((made.as_str(), names.as_str()), (lines, "content-type;host"));
        let query =
            pairs(&[("offset", "0"), ("limit", "100"), ("type", "TAG"), ("group_name", "web tier_1")]);
        let canonical = format!(
            "GET\n{}\n{}\n{}\n{}\n{}",
            canonical_path("/v2/0a1b2c3d4e5f60718293a4b5c6d7e8f9/resource-groups"),
            canonical_query(&query),
            "content-type:application/json\nhost:127.0.0.1:8480\nuser-agent:huaweicloud-usdk-python/3.0\n\
             x-project-id:0a1b2c3d4e5f60718293a4b5c6d7e8f9\nx-sdk-date:20260115T083000Z\n",
            "content-type;host;user-agent;x-project-id;x-sdk-date",
            sha256_hex(b"")
        );
        assert_eq!(
            sha256_hex(canonical.as_bytes()),
            "151391abeb5a152dde3bd74099b1b049d90df1be6bde8ccefc18984069554189"
        );
        let target = Target {
            method: Method::GET,
            path: "/v2/p/resource-groups".to_owned(),
            query,
            body: Bytes::new(),
        };
        let request = signer.huawei(&target, Some("p"), AT);
        assert_eq!(
            request.uri(),
            "/v2/p/resource-groups?group_name=web%20tier_1&limit=100&offset=0&type=TAG"
        );
        assert_eq!(request.headers()["x-sdk-date"], "20260115T083000Z");
        assert!(authorization(&request).starts_with(
            "SDK-HMAC-SHA256 Access=MUSTEREXAMPLEAK00001, SignedHeaders=content-type;host;x-project-id;x-sdk-date, Signature="
        ));
    }

    #[test]
    fn zstack_signs_as_the_official_client() {
        let signer = Signer {
            key_id: "AK".to_owned(),
            secret: "SECRET".to_owned(),
            host: "127.0.0.1:8080".to_owned(),
        };
        let target = Target {
            method: Method::POST,
            path: "/zstack/v1/scheduler/jobgroups/g1/scheduler/triggers/t1".to_owned(),
            query: Vec::new(),
            body: Bytes::new(),
        };
        // Fri, 20 Nov 2026 19:55:18 UTC
        let request = signer.zstack(&target, Timestamp::from_millis(1_795_204_518_000));
        assert_eq!(request.headers()["date"], "Fri, 20 Nov 2026 19:55:18 UTC");
        assert_eq!(authorization(&request), "ZStack AK:rS1/zHht9zo3asJ5cju7bkMnMCs=");
    }
}
