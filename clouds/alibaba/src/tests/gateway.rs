//! What the platform proves and refuses before an operation runs.

use http::{HeaderMap, Method};

use super::world::{CLOUDMONITOR, Form, Key, SCHEDULERX, World};
use muster_wire::Request;

const NEW: &[(&str, &str)] = &[("Name", "考勤 a+b*c~d"), ("RegionId", "cn-hangzhou")];

/// How many namespaces there are: a refused request must not make one.
fn namespaces(world: &World) -> usize {
    let answer = world.scheduler("ListNamespaces", &[("RegionId", "r")]);
    answer.data()["Namespaces"].as_array().unwrap().len()
}

#[track_caller]
fn refused(world: &World, request: Request, status: u16, code: &str) {
    let before = namespaces(world);
    assert_eq!(world.send(request).refused(), (status, code.to_owned()));
    assert_eq!(namespaces(world), before);
}

fn set_header(request: &mut Request, name: &'static str, value: &str) {
    request.headers.insert(name, value.parse().unwrap());
}

#[test]
fn every_form_means_the_same() {
    let world = World::new();
    world.namespace("u");
    for form in Form::ALL {
        let pairs = [("Namespace", "u"), ("NamespaceName", "n"), ("RegionId", "cn-hangzhou")];
        let request = world.request(form, &world.root, SCHEDULERX, "ListNamespaces", &pairs);
        let answer = world.send(request);
        let expected = serde_json::json!({"Namespaces": [{"UId": "u", "Name": "n", "Description": ""}]});
        assert_eq!(answer.data(), &expected, "{form:?}");
        let id = answer.json["RequestId"].as_str().unwrap();
        assert_eq!((answer.headers["x-acs-request-id"].to_str().unwrap(), id.len()), (id, 36));
        assert_eq!(id, id.to_uppercase());
    }
    for form in Form::ALL {
        let answer = world.send(world.request(form, &world.root, SCHEDULERX, "CreateNamespace", NEW));
        assert!(answer.data()["NamespaceUid"].is_string(), "{form:?}");
    }
    let answer = world.scheduler("ListNamespaces", &[("RegionId", "r"), ("NamespaceName", "考勤 a+b*c~d")]);
    assert_eq!(answer.data()["Namespaces"].as_array().unwrap().len(), Form::ALL.len());
}

#[test]
fn a_changed_request_is_refused() {
    let world = World::new();
    for form in [Form::F1, Form::F4] {
        let mut request = world.request(form, &world.root, SCHEDULERX, "CreateNamespace", NEW);
        request.query = request.query.replace("c~d", "c~e");
        refused(&world, request, 400, "SignatureDoesNotMatch");
    }
    let mut request = world.request(Form::F1, &world.root, SCHEDULERX, "CreateNamespace", NEW);
    set_header(&mut request, "x-acs-action", "ListNamespaces");
    refused(&world, request, 400, "SignatureDoesNotMatch");
    for rehash in [false, true] {
        let mut request = world.request(Form::F3, &world.root, SCHEDULERX, "CreateNamespace", NEW);
        let body = String::from_utf8(request.body.to_vec()).unwrap().replace("hangzhou", "shanghai");
        if rehash {
            set_header(
                &mut request,
                "x-acs-content-sha256",
                &muster_wire::digest::sha256_hex(body.as_bytes()),
            );
        }
        request.body = body.into();
        refused(&world, request, 400, "SignatureDoesNotMatch");
    }
    let mut request = world.request(Form::F1, &world.root, SCHEDULERX, "CreateNamespace", NEW);
    let unsigned = request.header("authorization").unwrap().replace("host;", "");
    set_header(&mut request, "authorization", &unsigned);
    refused(&world, request, 400, "IncompleteSignature");
    let wrong = Key { secret: "wrong".into(), ..world.root.clone() };
    let answer =
        world.send(world.request(Form::F6, &wrong, SCHEDULERX, "ListNamespaces", &[("RegionId", "r")]));
    assert_eq!(answer.refused().1, "SignatureDoesNotMatch");
    let message = answer.json["Message"].as_str().unwrap();
    assert!(message.contains("server string to sign is:GET&%2F&AccessKeyId%3D"), "{message}");
    assert!(!answer.text.contains("wrong") && !answer.text.contains(&world.root.secret));
}

#[test]
fn spelling_on_the_wire_does_not_matter() {
    let world = World::new();
    for form in [Form::F1, Form::F4] {
        let mut request = world.request(form, &world.root, SCHEDULERX, "CreateNamespace", NEW);
        let mut pairs: Vec<&str> = request.query.split('&').collect();
        pairs.reverse();
        request.query = pairs.join("&").replace('+', "%20").replace('~', "%7E");
        assert_eq!(world.send(request).status, 200);
    }
}

#[test]
fn a_request_is_fresh_for_a_quarter_of_an_hour_to_both_sides() {
    let world = World::new();
    const MINUTE: i64 = 60_000;
    for form in [Form::F1, Form::F4] {
        for (ms, is_fresh) in [(15 * MINUTE - 1000, true), (15 * MINUTE + 1000, false)] {
            for sign in [1, -1] {
                let mut request = world.request(form, &world.root, SCHEDULERX, "CreateNamespace", NEW);
                request.received = request.received.plus_ms(sign * ms);
                if is_fresh {
                    assert_eq!(world.send(request).status, 200, "{form:?} {ms}");
                } else {
                    refused(&world, request, 400, "InvalidTimeStamp.Expired");
                }
            }
        }
    }
    let mut request = world.request(Form::F1, &world.root, SCHEDULERX, "CreateNamespace", NEW);
    set_header(&mut request, "x-acs-date", "2026-01-15 08:30:00");
    refused(&world, request, 400, "InvalidTimeStamp.Format");
}

#[test]
fn what_is_missing_is_named() {
    let world = World::new();
    let without = |form: Form, name: &str| {
        let mut request = world.request(form, &world.root, SCHEDULERX, "CreateNamespace", NEW);
        let kept: Vec<&str> =
            request.query.split('&').filter(|pair| !pair.starts_with(&format!("{name}="))).collect();
        request.query = kept.join("&");
        request.headers.remove("x-acs-action");
        request.headers.remove("x-acs-version");
        request
    };
    for name in ["Action", "Version", "AccessKeyId", "Signature", "SignatureNonce", "Timestamp"] {
        let request = without(Form::F4, name);
        let code = format!("Missing{name}");
        refused(&world, request, 400, &code);
    }
    let mut request = world.request(Form::F1, &world.root, SCHEDULERX, "CreateNamespace", NEW);
    request.headers.remove("x-acs-signature-nonce");
    refused(&world, request, 400, "IncompleteSignature");
    let mut request = world.request(Form::F1, &world.root, SCHEDULERX, "CreateNamespace", NEW);
    request.headers.remove("authorization");
    refused(&world, request, 400, "MissingAccessKeyId");
    let region = world.request(Form::F1, &world.root, SCHEDULERX, "CreateNamespace", &[("Name", "n")]);
    refused(&world, region, 400, "MissingRegionId");
}

#[test]
fn unknown_operations_versions_paths_and_methods() {
    let world = World::new();
    let request = |version: &str, action: &str| world.request(Form::F1, &world.root, version, action, NEW);
    refused(&world, request(SCHEDULERX, "createNamespace"), 404, "InvalidAction.NotFound");
    refused(&world, request(SCHEDULERX, "PutContact"), 404, "InvalidAction.NotFound");
    for version in ["2018-03-08", "2024-03-30", "x"] {
        refused(&world, request(version, "CreateNamespace"), 400, "InvalidVersion");
    }
    let mut path = request(SCHEDULERX, "CreateNamespace");
    path.path = "/garbage".into();
    refused(&world, path, 404, "InvalidApi.NotFound");
    let mut method = request(SCHEDULERX, "CreateNamespace");
    method.method = Method::DELETE;
    refused(&world, method, 400, "UnsupportedHTTPMethod");
    let unknown = Key { id: "NOBODY".into(), secret: "x".into(), token: None };
    let request = world.request(Form::F4, &unknown, SCHEDULERX, "CreateNamespace", NEW);
    refused(&world, request, 404, "InvalidAccessKeyId.NotFound");
}

#[test]
fn unreadable_requests_and_other_signatures() {
    let world = World::new();
    let signed = || world.request(Form::F4, &world.root, SCHEDULERX, "CreateNamespace", NEW);
    for (append, code) in [
        ("&A=%ff", "InvalidParameter"),
        ("&A=%00", "InvalidParameter"),
        ("&SignatureMethod=HMAC-SHA256", "InvalidParameter"),
        ("&SignatureVersion=2.0", "InvalidParameter"),
        ("&SignatureType=BEARERTOKEN", "InvalidParameter"),
        ("&Timestamp=now", "InvalidTimeStamp.Format"),
    ] {
        let mut request = signed();
        request.query.push_str(append);
        refused(&world, request, 400, code);
    }
    let mut conflict = signed();
    conflict.body = "RegionId=other".into();
    refused(&world, conflict, 400, "InvalidParameter");
    let mut json = signed();
    set_header(&mut json, "content-type", "application/json");
    json.body = r#"{"Uid":"unsigned"}"#.into();
    refused(&world, json, 400, "InvalidParameter");
    for authorization in
        ["ACS3-RSA-SHA256 Credential=x,SignedHeaders=host,Signature=00", "ACS3-HMAC-SHA256 x"]
    {
        let mut request = world.request(Form::F1, &world.root, SCHEDULERX, "CreateNamespace", NEW);
        set_header(&mut request, "authorization", authorization);
        refused(&world, request, 400, "IncompleteSignature");
    }
}

#[test]
fn xml_for_who_asks_for_it() {
    let world = World::new();
    world.namespace("u");
    let pairs = [("RegionId", "r"), ("Format", "xml")];
    let answer = world.send(world.request(Form::F1, &world.root, SCHEDULERX, "ListNamespaces", &pairs));
    assert_eq!(answer.headers["content-type"], "text/xml;charset=utf-8");
    let start = r#"<?xml version="1.0" encoding="UTF-8"?><ListNamespacesResponse><Code>200</Code>"#;
    assert!(answer.text.starts_with(start), "{}", answer.text);
    assert!(answer.text.contains("<Data><Namespaces><UId>u</UId><Name>n</Name>"), "{}", answer.text);
    assert!(answer.text.ends_with("</ListNamespacesResponse>"), "{}", answer.text);
    // A request that says nothing at all gets the platform's old default.
    let silent = world.plain(Method::GET, "Action=A&Version=1".into(), HeaderMap::new(), String::new());
    let answer = world.send(silent);
    assert_eq!(
        (answer.status.as_u16(), &answer.headers["content-type"]),
        (400, &"text/xml;charset=utf-8".parse().unwrap())
    );
    assert!(answer.text.contains("<Error><RequestId>"), "{}", answer.text);
    assert!(answer.text.contains("<Code>InvalidVersion</Code>"), "{}", answer.text);
}

#[test]
fn policies_decide() {
    let world = World::new();
    let document =
        |effect: &str, action: &str| format!(r#"{{"Effect":"{effect}","Action":"{action}","Resource":"*"}}"#);
    let policy =
        |statements: &[String]| format!(r#"{{"Version":"1","Statement":[{}]}}"#, statements.join(","));
    let reader = policy(&[
        document("Allow", "edas:List*"),
        document("Allow", "edas:CreateSchedulerxNamespaceCreate"),
        document("Deny", "edas:Create*"),
    ]);
    let (key, number) = world.user("reader", &reader);
    let before = namespaces(&world);
    assert_eq!(world.call(&key, SCHEDULERX, "ListNamespaces", &[("RegionId", "r")]).status, 200);
    let answer = world.call(&key, SCHEDULERX, "CreateNamespace", NEW);
    assert_eq!(answer.refused(), (403, "NoPermission".to_owned()));
    let detail = &answer.json["AccessDeniedDetail"];
    assert_eq!(detail["AuthAction"], "edas:CreateSchedulerxNamespaceCreate");
    assert_eq!(detail["AuthPrincipalDisplayName"], number);
    assert_eq!(
        (&detail["AuthPrincipalType"], &detail["NoPermissionType"]),
        (&"SubUser".into(), &"ExplicitDeny".into())
    );
    assert_eq!(namespaces(&world), before);
    // CloudMonitor words it as it documents it.
    let answer = world.call(
        &key,
        CLOUDMONITOR,
        "PutContact",
        &[("ContactName", "a"), ("Describe", "d"), ("Channels.Mail", "a@example.com")],
    );
    assert_eq!(answer.refused(), (403, "InvalidAuthorization".to_owned()));
    // The same for a group that exists and for one that does not.
    world.namespace("ns");
    world.scheduler("CreateAppGroup", &[("AppName", "a"), ("Namespace", "ns"), ("GroupId", "there")]).data();
    for group in ["there", "missing"] {
        let pairs = [("Namespace", "ns"), ("GroupId", group), ("RegionId", "r")];
        for action in ["GetAppGroup", "UpdateAppGroup", "DeleteAppGroup"] {
            assert_eq!(world.call(&key, SCHEDULERX, action, &pairs).refused().0, 403, "{action} {group}");
        }
    }
}

#[test]
fn a_disabled_user_has_no_working_key() {
    let world = World::new();
    let (key, _) =
        world.user("gone", r#"{"Version":"1","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#);
    assert_eq!(world.call(&key, SCHEDULERX, "ListNamespaces", &[("RegionId", "r")]).status, 200);
    world.write(|identity, tx, admin| identity.set_user_enabled(tx, admin, "gone", false));
    let request = world.request(Form::F1, &key, SCHEDULERX, "CreateNamespace", NEW);
    refused(&world, request, 400, "InvalidAccessKeyId.Inactive");
}
