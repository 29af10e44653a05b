//! `muster call`: one request of a cloud's API, signed as its clients sign. (curl cannot.)

use std::time::Duration;

use bytes::Bytes;
use clap::{Args, ValueEnum};
use http::{Method, Request};
use muster_core::{Clock, Random, SystemClock};
use serde_json::{Map, Value, json};

use super::{Context, Outcome, block_on};
use crate::client::{Answer, Connection, Credentials, Endpoints, Signer, Target};

#[derive(Args)]
pub(super) struct Arguments {
    /// Whose API
    cloud: Cloud,
    /// The operation's name in that API, such as CreateAppGroup
    operation: String,
    /// Its input: key=text, or key:=json for numbers, lists and objects
    #[arg(value_name = "KEY=VALUE")]
    input: Vec<String>,
    /// Where to call; by default the address in the data folder's endpoints.json
    #[arg(long, value_name = "URL")]
    endpoint: Option<String>,
    /// The access key's id; by default that of the data folder's credentials.json
    #[arg(long, value_name = "ID", requires = "access_key_secret")]
    access_key_id: Option<String>,
    /// The access key's secret
    #[arg(long, value_name = "SECRET", requires = "access_key_id")]
    access_key_secret: Option<String>,
    /// The project, for Huawei's APIs; by default that of credentials.json
    #[arg(long, value_name = "ID")]
    project_id: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Cloud {
    /// Alibaba Cloud SchedulerX 2019-04-30
    Schedulerx,
    /// Alibaba Cloud CloudMonitor 2019-01-01
    Cloudmonitor,
    /// Alibaba Cloud STS 2015-04-01
    Sts,
    /// Huawei Cloud Eye
    Cloudeye,
    /// Huawei Cloud Workspace application streaming
    Workspace,
    /// ZStack scheduler
    Zstack,
}

/// A value of the input.
#[derive(Clone, Debug, PartialEq)]
enum Given {
    Text(String),
    Json(Value),
}

/// Where an operation is found.
struct Place {
    method: Method,
    /// With parameters in braces.
    pattern: String,
    /// The member of the body that holds the input; empty when the body is the input.
    key: &'static str,
}

pub(super) fn run(context: &Context, arguments: &Arguments) -> Outcome {
    let input = arguments.input.iter().map(|text| parse(text)).collect::<Result<Vec<_>, _>>()?;
    let data = &context.settings.data;
    let host = match &arguments.endpoint {
        Some(url) => Endpoints { http: url.clone(), worker: None }.host().to_owned(),
        None => Endpoints::of(data)?.host().to_owned(),
    };
    let (signer, project) = match (&arguments.access_key_id, &arguments.access_key_secret) {
        (Some(id), Some(secret)) => (
            Signer { key_id: id.clone(), secret: secret.clone(), host: host.clone() },
            arguments.project_id.clone(),
        ),
        _ => {
            let known = Credentials::of(data)?;
            let signer =
                Signer { key_id: known.access_key_id, secret: known.access_key_secret, host: host.clone() };
            (signer, Some(arguments.project_id.clone().unwrap_or(known.project_id)))
        }
    };
    let request = build(arguments.cloud, &arguments.operation, input, &signer, project.as_deref())?;
    let answer = block_on(send(&signer, request))??;
    print(&answer);
    if is_success(&answer) {
        Ok(())
    } else {
        Err(format!("refused with status {}", answer.status.as_u16()).into())
    }
}

fn build(
    cloud: Cloud,
    operation: &str,
    input: Vec<(String, Given)>,
    signer: &Signer,
    project: Option<&str>,
) -> Result<Request<Bytes>, String> {
    let now = SystemClock.now();
    match cloud {
        Cloud::Schedulerx | Cloud::Cloudmonitor | Cloud::Sts => {
            let version = match cloud {
                Cloud::Schedulerx => "2019-04-30",
                Cloud::Cloudmonitor => "2019-01-01",
                _ => "2015-04-01",
            };
            let mut parameters: Vec<_> =
                input.into_iter().map(|(name, value)| (name, value.text())).collect();
            // Every SDK sends one, many operations demand one, none acts on it.
            if parameters.iter().all(|(name, _)| name != "RegionId") {
                parameters.push(("RegionId".to_owned(), "any".to_owned()));
            }
            let nonce = hex::encode(Random::from_os().bytes::<16>());
            Ok(signer.alibaba(version, operation, &parameters, now, &nonce))
        }
        Cloud::Cloudeye => huawei(muster_huawei::cloudeye::ROUTES, operation)
            .and_then(|place| target(&place, input, project))
            .map(|target| signer.huawei(&target, project, now)),
        Cloud::Workspace => huawei(muster_huawei::workspace::ROUTES, operation)
            .and_then(|place| target(&place, input, project))
            .map(|target| signer.huawei(&target, project, now)),
        Cloud::Zstack => zstack(operation, &input)
            .and_then(|place| target(&place, input, None))
            .map(|target| signer.zstack(&target, now)),
    }
}

/// The route of an operation; `Name/v2` or `Name` alone, which means the newest.
fn huawei<P: muster_huawei::Product>(
    routes: &'static [muster_huawei::Route<P>],
    operation: &str,
) -> Result<Place, String> {
    let named = |wanted: fn(&'static str) -> &'static str| {
        routes.iter().find(|route| wanted(route.entry.name).eq_ignore_ascii_case(operation))
    };
    let route = named(|name| name).or_else(|| named(|name| name.split('/').next().unwrap_or(name)));
    route
        .map(|route| Place { method: route.method.clone(), pattern: route.pattern.to_owned(), key: "" })
        .ok_or_else(|| unknown(operation, routes.iter().map(|route| route.entry.name)))
}

/// The route of an operation whose path parameters are all given.
fn zstack(operation: &str, input: &[(String, Given)]) -> Result<Place, String> {
    let mut routes: Vec<_> =
        muster_zstack::places().filter(|route| route.name.eq_ignore_ascii_case(operation)).collect();
    // The longest path first: with a uuid the query is for that one.
    routes.sort_by_key(|route| std::cmp::Reverse(route.path.matches('{').count()));
    let given = |name: &str| input.iter().any(|(key, _)| key == name);
    let fitting = routes.iter().find(|route| parameters(route.path).all(given)).or(routes.last());
    let route = fitting.ok_or_else(|| unknown(operation, muster_zstack::places().map(|route| route.name)))?;
    let method = route.method.parse().map_err(|_| format!("{} is no method", route.method))?;
    Ok(Place { method, pattern: format!("/zstack/v1/{}", route.path), key: route.key })
}

fn unknown(operation: &str, known: impl Iterator<Item = &'static str>) -> String {
    let mut known: Vec<_> = known.collect();
    known.sort_unstable();
    known.dedup();
    format!("{operation} is not served; there are:\n  {}", known.join("\n  "))
}

/// The names in braces.
fn parameters(pattern: &str) -> impl Iterator<Item = &str> {
    pattern.split('/').filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'))
}

/// Spreads the input over path, query and body.
fn target(place: &Place, mut input: Vec<(String, Given)>, project: Option<&str>) -> Result<Target, String> {
    let mut path = String::new();
    for segment in place.pattern.split('/').skip(1) {
        path.push('/');
        match segment.strip_prefix('{').and_then(|segment| segment.strip_suffix('}')) {
            None => path.push_str(segment),
            Some(name) => {
                let at = input.iter().position(|(key, _)| key == name);
                let value = match (at, project) {
                    (Some(at), _) => input.remove(at).1.text(),
                    (None, Some(project)) if name == "project_id" => project.to_owned(),
                    _ => return Err(format!("{name} is needed: {name}=…")),
                };
                path.push_str(&muster_wire::encoding::percent_encode(&value));
            }
        }
    }
    if matches!(place.method, Method::GET | Method::DELETE) {
        let query = input.into_iter().map(|(name, value)| (name, value.text())).collect();
        return Ok(Target { method: place.method.clone(), path, query, body: Bytes::new() });
    }
    let members: Map<String, Value> = input.into_iter().map(|(name, value)| (name, value.json())).collect();
    let body = if place.key.is_empty() { Value::Object(members) } else { json!({ place.key: members }) };
    Ok(Target { method: place.method.clone(), path, query: Vec::new(), body: body.to_string().into() })
}

async fn send(signer: &Signer, request: Request<Bytes>) -> Result<Answer, String> {
    let mut connection = Connection::open(&signer.host).await.map_err(|error| error.to_string())?;
    let mut answer = connection.send(request).await.map_err(|error| error.to_string())?;
    // ZStack's asynchronous answer says where the result will be.
    while answer.status.as_u16() == 202 {
        let location = answer.json()["location"].as_str().unwrap_or_default().to_owned();
        let Some(path) = location.find("/zstack/").map(|at| location[at..].to_owned()) else { break };
        let poll = Target { method: Method::GET, path, query: Vec::new(), body: Bytes::new() };
        loop {
            tokio::time::sleep(Duration::from_millis(200)).await;
            let request = signer.zstack(&poll, SystemClock.now());
            answer = connection.send(request).await.map_err(|error| error.to_string())?;
            if answer.status.as_u16() != 202 {
                break;
            }
        }
    }
    Ok(answer)
}

fn print(answer: &Answer) {
    match answer.json() {
        Value::Null => println!("{}", answer.text()),
        body => println!("{body:#}"),
    }
}

/// SchedulerX and CloudMonitor refuse with status 200 too.
fn is_success(answer: &Answer) -> bool {
    answer.status.is_success() && answer.json()["Success"] != json!(false)
}

fn parse(text: &str) -> Result<(String, Given), String> {
    let (name, value) =
        text.split_once('=').ok_or_else(|| format!("{text}: key=value or key:=json is needed"))?;
    match name.strip_suffix(':') {
        None => Ok((name.to_owned(), Given::Text(value.to_owned()))),
        Some(name) => match serde_json::from_str(value) {
            Ok(value) => Ok((name.to_owned(), Given::Json(value))),
            Err(error) => Err(format!("{name}: not JSON: {error}")),
        },
    }
}

impl Given {
    fn text(self) -> String {
        match self {
            Self::Text(text) | Self::Json(Value::String(text)) => text,
            Self::Json(value) => value.to_string(),
        }
    }

    fn json(self) -> Value {
        match self {
            Self::Text(text) => Value::String(text),
            Self::Json(value) => value,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input(list: &[&str]) -> Vec<(String, Given)> {
        list.iter().map(|text| parse(text).unwrap()).collect()
    }

    #[test]
    fn input_is_text_unless_marked() {
        assert_eq!(parse("a=1=2").unwrap(), ("a".to_owned(), Given::Text("1=2".to_owned())));
        assert_eq!(parse("a:=[1]").unwrap(), ("a".to_owned(), Given::Json(json!([1]))));
        assert!(parse("a:=[").is_err());
        assert!(parse("a").is_err());
    }

    #[test]
    fn input_goes_into_path_query_or_body() {
        let place =
            Place { method: Method::PUT, pattern: "/v2/{project_id}/things/{id}".to_owned(), key: "update" };
        let made = target(&place, input(&["id=a b", "name=x", "size:=3"]), Some("p")).unwrap();
        assert_eq!(made.path, "/v2/p/things/a%20b");
        assert_eq!(made.body, r#"{"update":{"name":"x","size":3}}"#);
        let place = Place { method: Method::GET, ..place };
        let made = target(&place, input(&["id=1", "q=a", "q=b"]), Some("p")).unwrap();
        assert_eq!(made.query.len(), 2);
        assert!(made.body.is_empty());
        assert!(target(&place, input(&["q=a"]), Some("p")).is_err());
    }

    #[test]
    fn a_name_without_version_means_the_newest() {
        let place = huawei(muster_huawei::cloudeye::ROUTES, "ListResourceGroups").unwrap();
        assert_eq!(place.pattern, "/v2/{project_id}/resource-groups");
        let place = huawei(muster_huawei::cloudeye::ROUTES, "ShowResourceGroup/v1").unwrap();
        assert_eq!(place.pattern, "/V1.0/{project_id}/resource-groups/{group_id}");
        let refused = huawei(muster_huawei::cloudeye::ROUTES, "Nothing").err().unwrap();
        assert!(refused.contains("CreateResourceGroup/v2"), "{refused}");
    }
}
