//! How workers find the server: a few anonymous calls over HTTP, each checked by the group's key.
//!
//! The official Go worker is fragile here. It panics when the console list is not there, its process dies when
//! `data` of a successful `getLeaderAddr` is no string, and it never beats when `getId` answers a number instead
//! of a string of digits. So every answer has status 200 and `data` is of the one type that the call knows, never
//! null. The official Java worker asks two calls more, before the others: `meta/get` and `authenticate`.

use http::{Method, StatusCode};
use muster_core::Result;
use muster_db::Db;
use muster_db::cluster::{Place, Shard};
use muster_jobs::app_groups::{AppGroup, admission};
use muster_wire::{Request, Response};
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use crate::Advertised;

/// Answers `/schedulerx2` and `/worker/v1`.
pub struct Discovery {
    db: Db,
    advertised: Advertised,
}

/// A worker belongs to few groups.
const MOST_GROUPS: usize = 64;

/// What a worker says of itself.
#[derive(Debug, Default, PartialEq, Eq)]
struct Question {
    namespace: Option<String>,
    /// One group, or several where the call is about all of a worker's groups.
    groups: Vec<String>,
    /// Each one's key, and how it reads when its plus signs were blanks.
    keys: Vec<[String; 2]>,
}

impl Discovery {
    /// Sends workers of groups that are served here to what `advertised` says, others to the node that serves them.
    pub fn new(db: Db, advertised: Advertised) -> Self {
        Self { db, advertised }
    }

    /// Answers a request.
    pub async fn handle(&self, request: Request) -> Response {
        if request.method != Method::GET {
            return refusal(&request, 405, "only GET is served here");
        }
        match request.path.as_str() {
            // One line: the worker takes all of it for a host.
            "/schedulerx2/consolelist" => {
                Response::new(StatusCode::OK, "text/plain; charset=utf-8", request.host().to_owned())
            }
            "/worker/v1/appgroup/getLeaderAddr" => {
                let (host, port) = self.advertised.to(host_of(request.host()));
                let leader = |group: &AppGroup| match self.db.place_of(Shard::of(group.id)) {
                    Place::Here => json!(format!("{host}:{port}")),
                    Place::At(address) => json!(address),
                    // No change known: workers keep the address they have, and ask again.
                    Place::Unknown => json!(""),
                };
                self.answer(&request, leader).await
            }
            "/worker/v1/appgroup/getId" => self.answer(&request, |group| json!(group.id.to_string())).await,
            "/worker/v1/appgroup/get" => self.answer(&request, describe).await,
            // What the original says here are settings of its own cloud.
            "/worker/v1/meta/get" => self.answer(&request, |_| json!({})).await,
            "/worker/v1/appgroup/authenticate" => self.answer(&request, |_| json!(true)).await,
            _ => refusal(&request, 404, "there is no such call"),
        }
    }

    /// Answers with something about the first of the groups whose keys the worker knows.
    async fn answer(&self, request: &Request, data: impl FnOnce(&AppGroup) -> Value) -> Response {
        let Some(question) = Question::read(&request.query) else {
            return refusal(request, 400, "the query cannot be read, or lacks groupId or appKey");
        };
        match self.find(question).await {
            Ok(Some(group)) => say(request, true, 200, "", &data(&group)),
            // Which of the three is wrong is nobody's affair who has no key.
            Ok(None) => refusal(request, 401, "there is no such app group with this namespace and app key"),
            Err(error) => {
                tracing::warn!(error = %muster_core::describe(&error), "a worker's group could not be looked up");
                refusal(request, 503, "the server is not ready")
            }
        }
    }

    async fn find(&self, question: Question) -> Result<Option<AppGroup>> {
        self.db
            .read(move |tx| {
                let mut first = None;
                for (group_id, keys) in question.groups.iter().zip(&question.keys) {
                    let keys = keys.each_ref().map(String::as_str);
                    match admission::find(tx, question.namespace.as_deref(), group_id, &keys)? {
                        None => return Ok(None),
                        Some(group) => first = first.or(Some(group)),
                    }
                }
                Ok(first)
            })
            .await
    }
}

impl Question {
    /// Workers escape only the key, and some of them not even that. Nothing where a group or its key is missing.
    fn read(query: &str) -> Option<Self> {
        let mut question = Self::default();
        let mut keys = [const { String::new() }; 2];
        for pair in query.split('&') {
            let (name, raw) = pair.split_once('=').unwrap_or((pair, ""));
            let value = decoded(raw)?;
            match name {
                "groupId" => question.groups = vec![value],
                "groups" => question.groups = value.split(',').take(MOST_GROUPS).map(str::to_owned).collect(),
                "namespace" if !value.is_empty() => question.namespace = Some(value),
                "appKey" | "appKeys" | "accessKey" => {
                    let spaced = decoded(&raw.replace('+', " "))?;
                    keys = [value, spaced];
                }
                _ => {}
            }
        }
        question.keys = match question.groups.len() {
            // A key may hold commas of its own.
            1 => vec![keys],
            _ => {
                let [plain, spaced] = keys.each_ref().map(|keys| keys.split(',').map(str::to_owned));
                plain.zip(spaced).map(|(plain, spaced)| [plain, spaced]).collect()
            }
        };
        let named = question.groups.iter().all(|group| !group.is_empty());
        let complete = !question.groups.is_empty() && question.groups.len() == question.keys.len();
        (named && complete && question.keys.iter().all(|keys| !keys[0].is_empty())).then_some(question)
    }
}

pub(crate) fn decoded(raw: &str) -> Option<String> {
    let value = percent_decode_str(raw).decode_utf8().ok()?;
    (!value.contains('\0')).then(|| value.into_owned())
}

/// Everything but the key, which no worker reads from here.
fn describe(group: &AppGroup) -> Value {
    json!({
        "id": group.id,
        "groupId": group.group_id,
        "appName": group.name,
        "maxJobs": group.max_jobs,
        "namespaceId": group.namespace,
        "enableLog": group.log_enabled,
        "version": group.edition.number(),
    })
}

/// The host of a `Host` header, without its port.
fn host_of(header: &str) -> &str {
    match header.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => header,
    }
}

pub(crate) fn refusal(request: &Request, code: i32, why: &str) -> Response {
    say(request, false, code, why, &json!(""))
}

pub(crate) fn say(request: &Request, success: bool, code: i32, message: &str, data: &Value) -> Response {
    let id = request.id.to_string();
    let body = json!({
        "success": success, "code": code, "message": message, "requestId": id, "data": data,
    });
    Response::new(StatusCode::OK, "application/json;charset=UTF-8", body.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Office, request};

    async fn ask(office: &Office, advertise: Option<&str>, target: &str) -> Value {
        let advertised = Advertised::new(advertise, "0.0.0.0:52014".parse().unwrap()).unwrap();
        let discovery = Discovery::new(office.store.db.clone(), advertised);
        let response = discovery.handle(request(target)).await;
        assert_eq!(response.status, StatusCode::OK);
        let muster_wire::Body::Bytes(body) = response.body else { panic!("a stream") };
        serde_json::from_slice(&body).unwrap_or_else(|_| json!(std::str::from_utf8(&body).unwrap()))
    }

    /// A query as the Go worker writes it.
    fn query(office: &Office) -> String {
        let key: String = office.group.app_key.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
        format!("groupId=pay.batch&appKey={key}&namespace=ns&enableScale=true")
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_worker_starts() {
        let office = Office::open().await;
        let query = query(&office);
        assert_eq!(ask(&office, None, "/schedulerx2/consolelist").await, "muster.example:8080");
        let leader = format!("/worker/v1/appgroup/getLeaderAddr?{query}");
        let answer = ask(&office, None, &leader).await;
        assert_eq!((&answer["success"], &answer["code"]), (&json!(true), &json!(200)));
        assert_eq!(answer["data"], "muster.example:52014");
        let answer = ask(&office, Some("workers.example:1"), &leader).await;
        assert_eq!(answer["data"], "workers.example:1");

        let answer = ask(&office, None, &format!("/worker/v1/appgroup/getId?{query}")).await;
        assert_eq!(answer["data"], json!(office.group.id.to_string()));
        let answer = ask(&office, None, &format!("/worker/v1/appgroup/get?{query}")).await;
        assert_eq!(answer["data"]["version"], 2);
        assert_eq!(answer["data"]["appKey"], Value::Null);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn without_a_namespace_the_key_comes_unescaped_under_another_name() {
        let office = Office::open().await;
        let query = format!("groupId=pay.batch&appKeys={}", office.group.app_key);
        let answer = ask(&office, None, &format!("/worker/v1/appgroup/getId?{query}")).await;
        assert_eq!(answer["data"], json!(office.group.id.to_string()));
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_java_worker_starts() {
        let office = Office::open().await;
        let key = "a%2Bb%2Fc%3D%3D";
        let meta = |groups: &str, keys: &str| {
            format!("/worker/v1/meta/get?namespace=ns&groups={groups}&appKeys={keys}&encodeKey=true")
        };
        let known = |keys: &str| {
            let type_ = "authenticate_default";
            format!(
                "/worker/v1/appgroup/authenticate?accessKey={keys}&namespace=ns&groups=pay.batch&type={type_}"
            )
        };
        let two = format!("{key},{key}");
        for (target, data) in [
            (meta("pay.batch", key), Some(json!({}))),
            (meta("pay.batch,pay.batch", &two), Some(json!({}))),
            (known(key), Some(json!(true))),
            (meta("pay.batch,other", &two), None),
            (meta("pay.batch,pay.batch", key), None),
            (meta("pay.batch,", &two), None),
            (known("wrong"), None),
        ] {
            let answer = ask(&office, None, &target).await;
            assert_eq!(answer["success"], data.is_some(), "{target}");
            assert_eq!(answer["data"], data.unwrap_or_else(|| json!("")), "{target}");
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn who_knows_no_key_learns_nothing() {
        let office = Office::open().await;
        let good = query(&office);
        for (call, query, code) in [
            ("getLeaderAddr", good.replace("appKey=", "appKey=x"), 401),
            ("getLeaderAddr", good.replace("namespace=ns", "namespace=other"), 401),
            ("getId", good.replace("pay.batch", "pay.other"), 401),
            ("get", "groupId=pay.batch".to_owned(), 400),
            ("get", "groupId=pay.batch&appKey=%00".to_owned(), 400),
            ("get", String::new(), 400),
            ("nothing", good.clone(), 404),
        ] {
            let answer = ask(&office, None, &format!("/worker/v1/appgroup/{call}?{query}")).await;
            assert_eq!(
                (&answer["success"], &answer["code"]),
                (&json!(false), &json!(code)),
                "{call}?{query}"
            );
            assert!(answer["data"].is_string());
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn every_node_names_the_one_that_serves_the_group() {
        let office = Office::open().await;
        let join = |home: &str, address: Option<&str>| {
            let introduction = muster_db::cluster::Introduction {
                home: home.to_owned(),
                address: address.map(str::to_owned),
                version: String::new(),
                lease_ms: 5_000,
            };
            let clock = std::sync::Arc::<muster_core::ManualClock>::clone(&office.store.clock);
            let db = office.store.db.another_node();
            tokio::task::spawn_blocking(move || db.join(introduction, clock).map(|()| db))
        };
        let first = join("first", Some("10.0.0.1:52014")).await.unwrap().unwrap();
        let second = join("second", None).await.unwrap().unwrap();
        let leader = format!("/worker/v1/appgroup/getLeaderAddr?{}", query(&office));
        let answer = async |db: &Db| {
            let advertised = Advertised::new(None, "0.0.0.0:52014".parse().unwrap()).unwrap();
            let response = Discovery::new(db.clone(), advertised).handle(request(&leader)).await;
            let muster_wire::Body::Bytes(body) = response.body else { panic!("a stream") };
            serde_json::from_slice::<Value>(&body).unwrap()["data"].clone()
        };
        assert_eq!(
            (answer(&first).await, answer(&second).await),
            (json!("muster.example:52014"), json!("10.0.0.1:52014"))
        );
        let leaving = first.clone();
        tokio::task::spawn_blocking(move || leaving.leave()).await.unwrap().unwrap();
        assert_eq!(answer(&first).await, json!(""), "it knows nothing any more, and a string says so");
        let (taking, clock) = (second.clone(), std::sync::Arc::clone(&office.store.clock));
        tokio::task::spawn_blocking(move || {
            clock.advance(1_000);
            taking.tend()
        })
        .await
        .unwrap()
        .unwrap();
        assert_eq!(answer(&second).await, json!("muster.example:52014"));
    }

    #[test]
    fn a_blank_in_a_key_may_come_as_a_plus_sign() {
        let question = Question::read("groupId=g&appKey=a+b%2Bc").unwrap();
        assert_eq!(question.keys, [["a+b+c", "a b+c"]]);
    }

    #[test]
    fn hosts_lose_their_ports() {
        for (header, host) in
            [("a:1", "a"), ("a", "a"), ("[::1]:8080", "[::1]"), ("[::1]", "[::1]"), ("", "")]
        {
            assert_eq!(host_of(header), host);
        }
    }
}
