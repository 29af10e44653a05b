//! Operations from recorded request to wire text, and what policies say to them.

use muster_core::Uuid;
use muster_db::testing::TestStore;
use muster_identity::Caller;
use muster_identity::testing::{root_caller, user_caller};
use serde_json::{Value, json};

use super::{Cx, ROUTES, Refusal};
use crate::fault::Fault;
use crate::request::tests::request;

/// A store, a service and a caller; each call is a transaction of its own.
struct World {
    store: TestStore,
    caller: Caller,
}

impl World {
    fn new() -> Self {
        Self { store: TestStore::sqlite(muster_apps::MIGRATIONS).unwrap(), caller: root_caller("1") }
    }

    fn as_user(&mut self, policy: &str) {
        self.caller = user_caller("1", &[policy]);
    }

    /// Status and body of an operation; `line` is `METHOD /path?query`.
    fn call(&self, operation: &str, line: &str, path: &[(&'static str, &str)], body: &str) -> (u16, Value) {
        let route = ROUTES.iter().find(|route| route.entry.name == operation).unwrap();
        let refuse = |refusal: Refusal| {
            let fault = Fault::from(refusal);
            (fault.status.as_u16(), json!({"error_code": fault.code, "error_msg": fault.text()}))
        };
        let caller = self.caller.clone();
        let call = match (route.entry.decode)(&request(line, path, body)) {
            Ok(call) => call,
            Err(refusal) => return refuse(refusal),
        };
        if let Err(error) = call.authorize(&caller) {
            return refuse(error.into());
        }
        let services = muster_apps::Service::default();
        let outcome = self
            .store
            .db
            .write_blocking(move |tx| Ok(tx.attempt(|tx| call.call(&mut Cx::new(tx, &caller, &services)))))
            .unwrap();
        match outcome {
            Ok(reply) => (reply.status.as_u16(), reply.body.unwrap_or_default()),
            Err(refusal) => refuse(refusal),
        }
    }

    fn create_app_group(&self, body: &Value) -> (u16, Value) {
        self.call("CreateAppGroup", "POST /v1/p/app-groups", &[], &body.to_string())
    }

    fn create_server_group(&self, more: &Value) -> (u16, Value) {
        let mut body = json!({
            "name": "servers", "image_id": "img", "image_type": "private", "os_type": "Windows",
            "product_id": "workspace.appstream.general.xlarge.2", "vpc_id": "vpc", "subnet_id": "subnet",
            "system_disk_type": "SAS", "system_disk_size": 80,
        });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.call("CreateServerGroup", "POST /v1/p/app-server-groups", &[], &body.to_string())
    }
}

fn id(answer: &(u16, Value)) -> String {
    assert_eq!(answer.0, 200, "{}", answer.1);
    answer.1["id"].as_str().unwrap().to_owned()
}

fn code(answer: &(u16, Value)) -> (u16, &str) {
    (answer.0, answer.1["error_code"].as_str().unwrap_or_default())
}

#[test]
fn the_seed_request_gets_the_seed_answer() {
    let world = World::new();
    let (status, answer) = world.create_app_group(&json!({
        "name": "Open Test for the API for Creating an Application Group",
        "app_server_group_id": "",
        "description": "Open test for APIs.",
    }));
    assert_eq!(status, 200);
    let id = answer["id"].as_str().unwrap();
    assert_eq!(id.len(), 18);
    let expected = format!(
        "{{\"id\":\"{id}\",\"name\":\"Open Test for the API for Creating an Application Group\",\
         \"app_server_group_id\":\"\",\"description\":\"Open test for APIs.\",\
         \"authorization_type\":\"APP_GROUP\",\"tenant_id\":\"{}\",\"app_type\":\"COMMON_APP\",\
         \"create_at\":\"2026-01-15T08:30:00.000Z\",\"app_count\":0}}",
        world.caller.project_id
    );
    assert_eq!(answer.to_string(), expected);
}

#[test]
fn a_server_group_in_all_three_views() {
    let world = World::new();
    let made = world.create_server_group(&json!({
        "description": "财务",
        "flavor_id": "general.xlarge.2",
        "extra_session_type": "GPU",
        "extra_session_size": 2,
        "ip_virtual": {"enable": false},
        "route_policy": {"max_session": 10, "cpu_threshold": 80},
        "tags": [{"key": "team", "value": "a"}],
        "server_group_status": false,
    }));
    let group_id = id(&made);
    let path = [("server_group_id", group_id.as_str())];
    let (_, mut detail) = world.call("ShowServerGroup", "GET /", &path, "");
    let product = detail["product_info"].take();
    assert_eq!(product["product_id"], "workspace.appstream.general.xlarge.2");
    let project = &world.caller.project_id;
    let link = format!("/v1/{project}/product?flavor_id=general.xlarge.2");
    let light = json!({
        "id": group_id, "name": "servers", "description": "财务", "image_id": "img", "os_type": "Windows",
        "product_id": "workspace.appstream.general.xlarge.2", "subnet_id": "subnet",
        "system_disk_type": "SAS", "system_disk_size": 80, "is_vdi": false, "app_type": "COMMON_APP",
        "create_time": "2026-01-15T08:30:00.000Z", "update_time": "2026-01-15T08:30:00.000Z",
        "storage_mount_policy": "ANY", "enterprise_project_id": "0", "primary_server_group_ids": [],
        "secondary_server_group_ids": [], "server_group_status": false, "site_type": "CENTER",
        "app_group_count": 0, "extra_session_type": "GPU", "extra_session_size": 2,
    });
    let mut listed = light.clone();
    listed.as_object_mut().unwrap().extend([
        ("app_server_flavor_count".to_owned(), json!(0)),
        ("app_server_count".to_owned(), json!(0)),
        ("tags".to_owned(), json!([{"key": "team", "value": "a"}])),
        ("ou_name".to_owned(), json!("")),
        ("product_info".to_owned(), Value::Null),
    ]);
    let mut expected = listed.clone();
    expected.as_object_mut().unwrap().extend([
        ("project_name".to_owned(), json!("cn-north-4")),
        ("image_type".to_owned(), json!("private")),
        ("ip_virtual".to_owned(), json!({"enable": false})),
        ("route_policy".to_owned(), json!({"max_session": 10, "cpu_threshold": 80})),
        (
            "flavors".to_owned(),
            json!([{"id": "general.xlarge.2", "links": [{"rel": "self", "hrel": link, "href": link}]}]),
        ),
    ]);
    assert_eq!(detail, expected);
    let mut page = world.call("ListServerGroups", "GET /", &[], "").1;
    page["items"][0]["product_info"] = Value::Null;
    assert_eq!(page, json!({"count": 1, "items": [listed]}));
    let page = world.call("ListTenantServerGroups", "GET /", &[], "").1;
    assert_eq!(page, json!({"count": 1, "items": [light]}));
}

#[test]
fn a_bound_creation_needs_the_server_group_too() {
    let mut world = World::new();
    let group_id = id(&world.create_server_group(&json!({})));
    let resource = format!("workspace:*:*:serverGroup:{group_id}");
    let bound = json!({"name": "bound", "app_server_group_id": group_id});
    world.as_user(
        r#"{"Version":"5.0","Statement":[{"Effect":"Allow","Action":["workspace:appGroup:create"],
            "Resource":["workspace:*:*:appGroup:*"]}]}"#,
    );
    id(&world.create_app_group(&json!({"name": "free"})));
    assert_eq!(code(&world.create_app_group(&bound)), (403, "APIGW.0302"));
    world.as_user(
        &r#"{"Version":"5.0","Statement":[{"Effect":"Allow","Action":["workspace:appGroup:create"],
            "Resource":["workspace:*:*:appGroup:*","RESOURCE"]}]}"#
            .replace("RESOURCE", &resource),
    );
    id(&world.create_app_group(&bound));
}

#[test]
fn batches_need_the_permission_on_each_member() {
    let mut world = World::new();
    let mine = id(&world.create_app_group(&json!({"name": "mine"})));
    let yours = id(&world.create_app_group(&json!({"name": "yours"})));
    world.as_user(
        &r#"{"Version":"5.0","Statement":[
            {"Effect":"Allow","Action":["workspace:appGroup:*"],"Resource":["*"]},
            {"Effect":"Deny","Action":["workspace:appGroup:delete"],"Resource":["workspace:*:*:appGroup:YOURS"]}]}"#
            .replace("YOURS", &yours),
    );
    let delete = |ids: &[&str]| {
        let body = json!({"ids": ids}).to_string();
        world.call("BatchDeleteAppGroup", "POST /v1/p/app-groups/batch-delete", &[], &body)
    };
    assert_eq!(code(&delete(&[&mine, &yours])), (403, "APIGW.0302"));
    let path = [("app_group_id", mine.as_str())];
    assert_eq!(world.call("ShowAppGroupDetail", "GET /", &path, "").0, 200);
    assert_eq!(delete(&[&mine]), (200, json!({})));
}

/// The least that each operation is called with so that only its permission can stop it.
const CALLS: [(&str, &str); 29] = [
    ("CreateAppGroup", r#"{"name":"a"}"#),
    ("ListAppGroup", ""),
    ("ShowAppGroupDetail", ""),
    ("UpdateAppGroup", "{}"),
    ("DeleteAppGroup", ""),
    ("BatchDeleteAppGroup", r#"{"ids":["x"]}"#),
    ("CheckAppGroup", r#"{"name":"a"}"#),
    ("DisassociateAppGroup", ""),
    (
        "CreateServerGroup",
        r#"{"name":"a","image_id":"i","image_type":"public","os_type":"Linux","product_id":"p","vpc_id":"v",
            "subnet_id":"s","system_disk_type":"SSD","system_disk_size":10}"#,
    ),
    ("ListServerGroups", ""),
    ("ShowServerGroup", ""),
    ("UpdateServerGroup", "{}"),
    ("DeleteServerGroups", ""),
    ("ListTenantServerGroups", ""),
    ("ValidateServerGroup", r#"{"name":"a"}"#),
    ("ShowServerGroupState", ""),
    ("ShowServerGroupRestrict", ""),
    ("ListServerGroupTag", ""),
    ("ShowServerGroupTag", ""),
    ("CreateServerGroupTags", r#"{"tags":[{"key":"k"}]}"#),
    ("DeleteServerGroupTags", r#"{"tags":[{"key":"k"}]}"#),
    ("BatchCreateServerGroupTags", r#"{"items":[{"server_group_id":"x","tags":[{"key":"k"}]}]}"#),
    ("BatchDeleteServerGroupTags", r#"{"items":[{"server_group_id":"x","tags":[{"key":"k"}]}]}"#),
    ("ListProduct", ""),
    ("ListSessionType", ""),
    ("ListAvailabilityZone", ""),
    ("ListAz", ""),
    ("ListVolumeType", ""),
    ("ListTenantProfile", ""),
];

#[test]
fn each_operation_asks_for_its_permission_and_for_no_other() {
    let names: Vec<_> = CALLS.iter().map(|(name, _)| *name).collect();
    assert!(ROUTES.iter().all(|route| names.contains(&route.entry.name)));
    for (name, body) in CALLS {
        let permission = ROUTES.iter().find(|route| route.entry.name == name).unwrap().entry.permission;
        let document = |effect: &str| {
            json!({"Version": "5.0", "Statement": [
                {"Effect": "Allow", "Action": ["workspace:*:*"]},
                {"Effect": effect, "Action": [permission]},
            ]})
            .to_string()
        };
        let mut world = World::new();
        let call = |world: &World| {
            let path = [("app_group_id", "x"), ("server_group_id", "x")];
            world.call(name, "GET /?server_group_id=x", &path, body)
        };
        world.as_user(&document("Deny"));
        assert_eq!(code(&call(&world)), (403, "APIGW.0302"), "{name}");
        world.as_user(
            &json!({"Version": "5.0", "Statement": [
                {"Effect": "Allow", "Action": [permission]},
            ]})
            .to_string(),
        );
        assert!(matches!(call(&world).0, 200 | 204 | 404), "{name}: {:?}", call(&world));
    }
}

#[test]
fn foreign_ids_are_missing_ids() {
    let mut world = World::new();
    let app_group = id(&world.create_app_group(&json!({"name": "a"})));
    let server_group = id(&world.create_server_group(&json!({})));
    let own = world.caller.clone();
    world.caller = root_caller("2");
    let missing = Uuid::nil().to_string();
    let app_group_operations =
        [("ShowAppGroupDetail", ""), ("UpdateAppGroup", r#"{"name":"b"}"#), ("DeleteAppGroup", "")];
    let server_group_operations = [
        ("ShowServerGroup", ""),
        ("UpdateServerGroup", r#"{"name":"b"}"#),
        ("DeleteServerGroups", ""),
        ("ShowServerGroupState", ""),
        ("ShowServerGroupTag", ""),
        ("CreateServerGroupTags", r#"{"tags":[{"key":"k"}]}"#),
        ("DeleteServerGroupTags", r#"{"tags":[{"key":"k"}]}"#),
    ];
    for (parameter, known, operations) in [
        ("app_group_id", &app_group, &app_group_operations[..]),
        ("server_group_id", &server_group, &server_group_operations[..]),
    ] {
        for (operation, body) in operations {
            let call = |id: &str| {
                let (status, answer) = world.call(operation, "GET /", &[(parameter, id)], body);
                (status, answer.to_string().replace(id, "ID"))
            };
            assert_eq!(call(known), call(&missing), "{operation}");
        }
    }
    let bound = json!({"name": "b", "app_server_group_id": server_group});
    assert_eq!(code(&world.create_app_group(&bound)), (404, "WKS.00128401"));
    world.caller = own;
    assert_eq!(world.call("ShowAppGroupDetail", "GET /", &[("app_group_id", &app_group)], "").1["name"], "a");
    let shown = world.call("ShowServerGroup", "GET /", &[("server_group_id", &server_group)], "").1;
    assert_eq!((&shown["name"], &shown["tags"]), (&json!("servers"), &json!([])));
}
