//! Recorded requests against a store, and the literal text of the answers.

use std::sync::Arc;

use muster_db::testing::TestStore;
use muster_identity::testing::{root_caller, user_caller};
use muster_wire::Cx;
use serde_json::{Value, json};

use crate::cloudeye::groups::tests::services;
use crate::cloudeye::{CloudEye, ROUTES, Refused, Services, TrustedReporters};
use crate::fault::Fault;
use crate::request::tests::request;

const NOW: i64 = 1_768_465_800_000;

struct World {
    store: TestStore,
    services: Arc<Services>,
}

impl World {
    fn new() -> Self {
        let migrations = [muster_resources::MIGRATIONS, muster_events::MIGRATIONS].concat();
        let services = Services {
            trusted_reporters: TrustedReporters { users: vec!["account-1000000000000001/admin".to_owned()] },
            ..services()
        };
        Self { store: TestStore::sqlite(&migrations).unwrap(), services: Arc::new(services) }
    }

    /// Asks as the root user, who is trusted, or as somebody who is not.
    fn ask(&self, name: &str, query: &str, body: &Value, trusted: bool) -> Result<Value, (u16, String)> {
        let route = ROUTES.iter().find(|route| route.entry.name == name).unwrap();
        let line = format!("{} {}?{query}", route.method, route.pattern);
        let request = request(&line, &[("event_name", "disk_full")], &body.to_string());
        let refused = |fault: Fault| (fault.status.as_u16(), fault.code.to_string());
        let call = (route.entry.decode)(&request).map_err(|error| refused(Refused::into(error)))?;
        let caller =
            if trusted { root_caller("1000000000000001") } else { user_caller("1000000000000001", &[]) };
        let services = Arc::clone(&self.services);
        let asked = self.store.db.write_blocking(move |tx| {
            Ok(tx.attempt(|tx| call.call(&mut Cx::<CloudEye>::new(tx, &caller, &services))))
        });
        asked.unwrap().map(|reply| reply.body.unwrap()).map_err(|error| refused(error.into()))
    }

    fn report(&self, items: &Value) -> Result<Value, (u16, String)> {
        self.ask("CreateEvents/v1", "", items, false)
    }
}

fn item() -> Value {
    json!({
        "event_name": "disk_full", "event_source": "MINE.APP", "time": NOW,
        "detail": {
            "content": "nothing left", "resource_id": "disk-1", "resource_name": "the disk",
            "event_state": "warning", "event_level": "Major", "event_user": "eve",
            "dimensions": [{"name": "host", "value": "h-1"}, {"name": "disk", "value": "disk-1"}],
        },
    })
}

/// The item with one member changed, or removed.
fn changed(pointer: &str, value: Value) -> Value {
    let mut item = item();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    let parent = item.pointer_mut(parent).unwrap().as_object_mut().unwrap();
    if value.is_null() {
        parent.remove(name);
    } else {
        parent.insert(name.to_owned(), value);
    }
    item
}

#[test]
fn events_are_reported_counted_and_shown() {
    let world = World::new();
    let older = changed("/time", json!(NOW - 1_000));
    let made = world.report(&json!([item(), older, item()])).unwrap();
    let id = made[0]["event_id"].as_str().unwrap();
    assert_eq!((id.len(), &id[..2], &made[2]["event_id"]), (24, "ev", &json!(id)));
    assert_eq!(made[1]["event_name"], "disk_full");
    assert_eq!(
        world.ask("ListEvents/v1", "event_type=EVENT.CUSTOM&limit=10&start=0", &json!(null), false).unwrap(),
        json!({
            "events": [{
                "event_name": "disk_full", "event_type": "EVENT.CUSTOM", "sub_event_type": "SUB_EVENT.CUSTOM",
                "event_count": 2, "latest_occur_time": NOW, "latest_event_source": "MINE.APP",
            }],
            "meta_data": {"total": 1},
        })
    );
    let query = "event_type=EVENT.CUSTOM&event_level=Major&event_state=warning&event_user=eve&limit=1";
    assert_eq!(
        world.ask("ListEventDetail/v1", query, &json!(null), false).unwrap(),
        json!({
            "event_name": "disk_full", "event_type": "EVENT.CUSTOM", "sub_event_type": "SUB_EVENT.CUSTOM",
            "event_users": ["eve"], "event_sources": ["MINE.APP"],
            "event_info": [{
                "event_name": "disk_full", "event_source": "MINE.APP", "time": NOW,
                "detail": {
                    "content": "nothing left", "resource_id": "disk-1", "resource_name": "the disk",
                    "event_state": "warning", "event_level": "Major", "event_user": "eve",
                    "event_type": "EVENT.CUSTOM", "sub_event_type": "SUB_EVENT.CUSTOM",
                    "dimensions": [{"name": "disk", "value": "disk-1"}, {"name": "host", "value": "h-1"}],
                },
                "event_id": id,
            }],
            "meta_data": {"total": 2},
        })
    );
    let query = format!(
        "namespace=MINE.APP&dim.0=host,h-1&dim.1=disk,disk-1&type=disk_full&from={}&to={NOW}",
        NOW - 1
    );
    assert_eq!(
        world.ask("ShowEventData/v1", &query, &json!(null), false).unwrap(),
        json!({"datapoints": [{"type": "disk_full", "timestamp": NOW, "value": "nothing left"}]})
    );
    let query = format!("namespace=MINE.APP&dim.0=host,h-1&type=disk_full&from=1768000000000&to={NOW}");
    assert_eq!(
        world.ask("ShowEventData/v1", &query, &json!(null), false).unwrap(),
        json!({"datapoints": []})
    );
}

#[test]
fn what_cannot_be_an_event_changes_nothing() {
    let world = World::new();
    let long = |length: usize| json!("x".repeat(length));
    let group = crate::cloudeye::resource_group_id(1_000_000_000_001);
    let dimension = |name: &str| json!({"name": name, "value": "v"});
    for (pointer, value, code) in [
        ("/event_name", json!(null), "ces.0001"),
        ("/event_name", json!("1st"), "ces.0014"),
        ("/event_name", json!("a-b"), "ces.0014"),
        ("/event_name", long(65), "ces.0014"),
        ("/event_source", json!(null), "ces.0001"),
        ("/event_source", json!("MINE"), "ces.0014"),
        ("/time", json!(null), "ces.0001"),
        ("/time", json!("now"), "ces.0014"),
        ("/time", json!(NOW - 3_600_000), "ces.0014"),
        ("/time", json!(NOW + 600_000), "ces.0014"),
        ("/time", json!(i64::MIN), "ces.0014"),
        ("/detail", json!(null), "ces.0001"),
        ("/detail/event_state", json!(null), "ces.0001"),
        ("/detail/event_state", json!("bad"), "ces.0014"),
        ("/detail/event_level", json!(null), "ces.0001"),
        ("/detail/event_level", json!("major"), "ces.0014"),
        ("/detail/event_type", json!("CUSTOM"), "ces.0014"),
        ("/detail/sub_event_type", json!("SUB_EVENT.OPS"), "ces.0014"),
        ("/detail/content", long(4097), "ces.0014"),
        ("/detail/resource_id", long(129), "ces.0014"),
        ("/detail/resource_name", long(129), "ces.0014"),
        ("/detail/event_user", long(65), "ces.0014"),
        ("/detail/group_id", json!("rg1"), "ces.0014"),
        ("/detail/group_id", json!(group), "ces.0014"),
        ("/detail/dimensions", json!(vec![dimension("a"); 5]), "ces.0014"),
        ("/detail/dimensions", json!([dimension("a"), dimension("a")]), "ces.0014"),
        ("/detail/dimensions", json!([dimension("1")]), "ces.0014"),
        ("/detail/dimensions", json!([{"name": "a"}]), "ces.0001"),
    ] {
        let refused = world.report(&json!([item(), changed(pointer, value.clone())]));
        assert_eq!(refused, Err((400, code.to_owned())), "{pointer} {value}");
    }
    assert_eq!(world.report(&json!([])), Err((400, "ces.0001".to_owned())));
    assert_eq!(world.report(&item()), Err((400, "ces.0014".to_owned())));
    let events = world.ask("ListEvents/v1", "", &json!(null), false).unwrap();
    assert_eq!(events, json!({"events": [], "meta_data": {"total": 0}}));
    world.report(&json!([changed("/time", json!(NOW + 590_000))])).unwrap();
}

#[test]
fn the_systems_events_come_from_trusted_reporters() {
    let world = World::new();
    let mut system = changed("/detail/event_type", json!("EVENT.SYS"));
    let reserved = Err((403, "ces.0009".to_owned()));
    assert_eq!(world.report(&json!([system])), reserved);
    assert_eq!(world.report(&json!([changed("/event_source", json!("MUSTER.JOBS"))])), reserved);
    system["detail"]["sub_event_type"] = json!("SUB_EVENT.PLAN");
    world.ask("CreateEvents/v1", "", &json!([system, item()]), true).unwrap();
    let sub_types = |query: &str| {
        let events = world.ask("ListEvents/v1", query, &json!(null), false).unwrap();
        let events = events["events"].as_array().unwrap().clone();
        events
            .into_iter()
            .map(|event| event["sub_event_type"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(sub_types("event_type=EVENT.SYS"), ["SUB_EVENT.PLAN"]);
    assert_eq!(sub_types("sub_event_type=SUB_EVENT.PLAN"), ["SUB_EVENT.PLAN"]);
    assert_eq!(sub_types("sub_event_type=SUB_EVENT.OPS"), [""; 0]);
    assert_eq!(sub_types("sub_event_type=SUB_EVENT.CUSTOM&event_name=disk_full"), ["SUB_EVENT.CUSTOM"]);
    assert_eq!(sub_types("").len(), 2);
}

#[test]
fn questions_that_make_no_sense_are_refused() {
    let world = World::new();
    let bad = Err((400, "ces.0013".to_owned()));
    for (name, query) in [
        ("ListEvents/v1", "event_type=CUSTOM"),
        ("ListEvents/v1", "sub_event_type=OPS"),
        ("ListEvents/v1", "event_type=EVENT.SYS&sub_event_type=SUB_EVENT.CUSTOM"),
        ("ListEvents/v1", "event_type=EVENT.CUSTOM&sub_event_type=SUB_EVENT.PLAN"),
        ("ListEvents/v1", "from=1"),
        ("ListEvents/v1", "from=1768465800000&to=1768465700000"),
        ("ListEvents/v1", "limit=0"),
        ("ListEvents/v1", "limit=101"),
        ("ListEvents/v1", "start=-1"),
        ("ListEventDetail/v1", ""),
        ("ListEventDetail/v1", "event_type=EVENT.CUSTOM&event_level=Bad"),
        ("ListEventDetail/v1", "event_type=EVENT.CUSTOM&event_state=Bad"),
        ("ShowEventData/v1", "namespace=A.B&type=x&from=1768465700000&to=1768465800000"),
        ("ShowEventData/v1", "namespace=A.B&dim.0=a,b&from=1768465700000&to=1768465800000"),
        ("ShowEventData/v1", "namespace=A.B&dim.0=a,b&type=x&from=1768465800000"),
        ("ShowEventData/v1", "namespace=A&dim.0=a,b&type=x&from=1768465700000&to=1768465800000"),
    ] {
        assert_eq!(world.ask(name, query, &json!(null), false), bad, "{name} {query}");
    }
}
