//! The operations of Huawei's services.

use bytes::Bytes;
use muster::client::Target;
use muster_huawei::{Product, Route, cloudeye, ecs, eps, iam, rms, smn, tms, workspace};
use serde_json::json;

use crate::door::{Door, Faults, Who};

/// Well formed, and nobody's.
const ID: &str = "4a06d5ea-f576-4326-842c-fb14ea043d8d";

/// The id of a mask, likewise.
const MASK: &str = "nm1606377637506DmVOENVyL";

/// What operations need in their query.
const QUERY: [(&str, &str); 12] = [
    ("dim_name", "instance_id"),
    ("server_group_id", ID),
    ("resource_type", "ecs"),
    ("key", "team"),
    ("namespace", "MINE.APP"),
    ("metric_name", "load"),
    ("dim.0", "instance_id,i-1"),
    ("filter", "average"),
    ("period", "300"),
    ("event_type", "EVENT.CUSTOM"),
    ("from", "1768465740000"),
    ("to", "1768465800000"),
];

/// What clients ask before their first real call.
const LOOK_UPS: [&str; 4] =
    ["KeystoneListProjects", "KeystoneListAuthProjects", "KeystoneListAuthDomains", "GetCallerIdentity"];

/// `body` is that of all operations, but for those whose name it holds: their body stands there.
/// `open_to_all` names the operations that everybody with a key may use unless a policy denies them.
fn judge<P: Product>(
    door: &Door,
    routes: &'static [Route<P>],
    body: &serde_json::Value,
    open_to_all: &[&str],
) {
    let mut faults = Faults::default();
    for route in routes {
        let name = route.entry.name;
        let body = body.get(name).unwrap_or(body);
        let body =
            if matches!(route.method.as_str(), "GET") { Bytes::new() } else { Bytes::from(body.to_string()) };
        let target = Target {
            method: route.method.clone(),
            path: path(route.pattern, door),
            query: query(name),
            body,
        };
        let project = route.is_of_project().then_some(door.project_id.as_str());
        let call = |who| door.call(who, |signer, now, _| signer.huawei(&target, project, now));
        let unproved = call(Who::Nobody);
        faults.unless(unproved.status == 401, name, "answers without credentials", &unproved);
        let denied = call(Who::Denied);
        faults.unless(denied.status == 403, name, "answers whom it is denied", &denied);
        let powerless = call(Who::Powerless);
        let refused = (powerless.status == 403) != open_to_all.contains(&name);
        faults.unless(refused, name, "judges wrongly whom no policy names", &powerless);
        let allowed = call(Who::Root);
        faults.unless(![400, 401, 403].contains(&allowed.status), name, "lacks input", &allowed);
    }
}

fn query(operation: &str) -> Vec<(String, String)> {
    // Elsewhere the same word means other things.
    let own = (operation == "ShowEventData/v1").then_some(("type", "host_data"));
    QUERY.into_iter().chain(own).map(|(name, value)| (name.into(), value.into())).collect()
}

fn path(pattern: &str, door: &Door) -> String {
    let fill = |segment: &str| match segment {
        "{project_id}" => door.project_id.clone(),
        "{group_id}" => "rg1606377637506DmVOENVyL".to_owned(),
        "{notification_mask_id}" => MASK.to_owned(),
        "{template_id}" => "at1606377637506DmVOENVyL".to_owned(),
        "{name}" => "introduction".to_owned(),
        "{alarm_id}" => "al1606377637506DmVOENVyL".to_owned(),
        "{service}" => "SYS.ECS".to_owned(),
        "{domain_id}" => door.domain_id.clone(),
        "{provider}" => "ecs".to_owned(),
        "{type}" => "cloudservers".to_owned(),
        segment if segment.starts_with('{') => ID.to_owned(),
        segment => segment.to_owned(),
    };
    pattern.split('/').map(fill).collect::<Vec<_>>().join("/")
}

#[test]
fn cloud_eye() {
    let metric = json!({
        "namespace": "MINE.APP",
        "metric_name": "load",
        "dimensions": [{"name": "instance_id", "value": "i-1"}],
    });
    let policy = json!({
        "metric_name": "load",
        "period": 1,
        "filter": "average",
        "comparison_operator": ">",
        "value": 80,
        "count": 3,
    });
    let mut template_policy = policy.clone();
    template_policy["namespace"] = json!("MINE.APP");
    template_policy["dimension_name"] = json!("instance_id");
    let template_v1 = json!({
        "template_name": "old",
        "namespace": "MINE.APP",
        "dimension_name": "instance_id",
        "template_items": [{"metric_name": "load", "condition": policy}],
    });
    let body = json!({
        "group_name": "night-shift",
        "type": "Manual",
        "group_ids": ["rg1606377637506DmVOENVyL"],
        "resources": [{"namespace": "SYS.ECS", "dimensions": [{"name": "instance_id", "value": "i-1"}]}],
        "CreateMetricData/v1": [{"metric": metric, "ttl": 60, "collect_time": 1_768_465_800_000_i64, "value": 1}],
        "CreateEvents/v1": [{
            "event_name": "disk_full",
            "event_source": "MINE.APP",
            "time": 1_768_465_800_000_i64,
            "detail": {"event_state": "warning", "event_level": "Major"},
        }],
        "alarm_ids": ["al1606377637506DmVOENVyL"],
        "alarm_enabled": true,
        "template_ids": [],
        "notification_enabled": false,
        "AddAlarmRuleResources/v2": {"resources": [[{"name": "instance_id", "value": "i-1"}]]},
        "DeleteAlarmRuleResources/v2": {"resources": [[{"name": "instance_id", "value": "i-1"}]]},
        "UpdateAlarmRulePolicies/v2": {"policies": [policy]},
        "CreateAlarmRules/v2": {
            "name": "busy",
            "namespace": "MINE.APP",
            "type": "MULTI_INSTANCE",
            "resources": [],
            "policies": [policy],
            "enabled": true,
            "notification_enabled": false,
        },
        "BatchDeleteAlarmTemplates/v2": {"template_ids": ["at1606377637506DmVOENVyL"]},
        "CreateAlarmTemplate/v2": {"template_name": "web", "policies": [template_policy]},
        "UpdateAlarmTemplate/v2": {"template_name": "web", "policies": [template_policy]},
        "CreateAlarmTemplate/v1": template_v1,
        "UpdateAlarmTemplate/v1": template_v1,
        "CreateAlarm/v1": {
            "alarm_name": "busy",
            "metric": metric,
            "condition": policy,
            "alarm_action_enabled": false,
        },
        "namespace": "MINE.APP",
        "metric_name": "load",
        "metric_dimension": "instance_id",
        "metrics": [metric],
        "filter": "average",
        "period": "300",
        "from": 1_768_465_740_000_i64,
        "to": 1_768_465_800_000_i64,
        "relation_type": "RESOURCE",
        "notification_mask_ids": [MASK],
        "mask_type": "FOREVER_TIME",
    });
    judge(&Door::open(), cloudeye::ROUTES, &body, &[]);
}

#[test]
fn workspace_app() {
    let body = json!({
        "name": "night-shift",
        "ids": [ID],
        "server_group_id": ID,
        "image_id": ID,
        "image_type": "private",
        "os_type": "Linux",
        "product_id": "workspace.x86.2u4g",
        "vpc_id": ID,
        "subnet_id": ID,
        "system_disk_type": "SAS",
        "system_disk_size": 80,
        "tags": [{"key": "team", "value": "ops"}],
        "items": [{"server_group_id": ID, "tags": [{"key": "team", "value": "ops"}]}],
    });
    judge(&Door::open(), workspace::ROUTES, &body, &[]);
}

#[test]
fn what_clients_ask_first() {
    let body = json!({"auth": {"identity": {"methods": ["token"]}}});
    judge(&Door::open(), iam::ROUTES, &body, &LOOK_UPS);
}

#[test]
fn enterprise_projects() {
    let body = json!({
        "name": "night-shift",
        "action": "disable",
        "resource_type": "CES-resourceGroup",
        "resource_id": "rg1606377637506DmVOENVyL",
    });
    judge(&Door::open(), eps::ROUTES, &body, &[]);
}

#[test]
fn topics() {
    let tag = json!({"key": "team", "value": "ops"});
    let body = json!({
        "name": "night-shift",
        "display_name": "Night shift",
        "protocol": "email",
        "endpoint": "alice@example.com",
        "remark": "on duty",
        "message": "is full",
        "value": "who is on duty",
        "action": "create",
        "tag": tag,
        "tags": [tag],
    });
    judge(&Door::open(), smn::ROUTES, &body, &[]);
}

#[test]
fn resources_and_their_tags() {
    let tags = json!([{"key": "team", "value": "ops"}]);
    let body = json!({
        "resources": [{"resource_id": ID, "resource_type": "ecs"}],
        "resource_types": ["ecs"],
        "tags": tags,
    });
    judge(&Door::open(), tms::ROUTES, &body, &[]);
    let body = json!({"action": "create", "tags": tags, "server": {"name": "web-01"}});
    judge(&Door::open(), ecs::ROUTES, &body, &[]);
    judge(&Door::open(), rms::ROUTES, &json!({}), &[]);
}
