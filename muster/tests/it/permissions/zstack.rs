//! The operations of ZStack.

use std::collections::BTreeSet;

use bytes::Bytes;
use http::Method;
use muster::client::Target;
use muster_zstack::{OPERATIONS, Place, places};
use serde_json::json;

use crate::door::{Door, Faults, Who};

/// Well formed, and nobody's.
const UUID: &str = "4a06d5eaf5764326842cfb14ea043d8d";

#[test]
fn zstack() {
    let door = Door::open();
    let mut faults = Faults::default();
    let mut judged = BTreeSet::new();
    // What the operations need, all in one: they pass over what they do not know.
    let common = json!({
        "name": "night shift",
        "type": "rebootVm",
        "targetResourceUuid": UUID,
        "schedulerType": "simple",
        "schedulerInterval": 60,
        "startTime": 1_800_000_000,
        "stateEvent": "disable",
        "accountUuid": UUID,
        "userUuid": UUID,
        "resourceType": "SchedulerJobVO",
        "resourceUuid": UUID,
        "tag": "team::ops",
        "tagUuid": UUID,
        "schedulerJobUuids": [UUID],
        "value": "team::ops",
        "resourceUuids": [UUID],
    });
    for Place { name, method, path, key } in places() {
        judged.insert(name);
        let mut input = common.clone();
        if name == "CreateTag" {
            // Tags have types of their own.
            input["type"] = "simple".into();
        }
        let body = if key.is_empty() { Bytes::new() } else { Bytes::from(json!({ key: input }).to_string()) };
        let target = Target {
            method: Method::from_bytes(method.as_bytes()).unwrap(),
            path: format!("/zstack/v1/{}", fill(path)),
            query: vec![
                ("schedulerJobUuids".into(), UUID.into()),
                ("resourceUuids".into(), UUID.into()),
                ("startTime".into(), "1800000000000".into()),
                ("intervalTimeUnit".into(), "Day".into()),
                ("range".into(), "1".into()),
                ("schedulerJobTypes".into(), "rebootVm".into()),
            ],
            body,
        };
        let call = |who| door.call(who, |signer, now, _| signer.zstack(&target, now));
        let unproved = call(Who::Nobody);
        let refused = unproved.status == 400 && unproved.body.contains("Authorization");
        faults.unless(refused, name, "answers without credentials", &unproved);
        for who in [Who::Denied, Who::Powerless] {
            let denied = call(who);
            let refused = denied.status == 503 && denied.body.contains("ID.1002");
            faults.unless(refused, name, &format!("answers {who:?}"), &denied);
        }
        let allowed = call(Who::Root);
        let ill_formed =
            allowed.status == 400 || ["ID.1002", "SYS.1007"].iter().any(|code| allowed.body.contains(code));
        faults.unless(!ill_formed, name, "lacks input", &allowed);
    }
    assert_eq!(judged, OPERATIONS.iter().map(|entry| entry.name).collect());
}

fn fill(path: &str) -> String {
    path.split('/')
        .map(|segment| if segment.starts_with('{') { UUID } else { segment })
        .collect::<Vec<_>>()
        .join("/")
}
