//! The operations on a store: what goes in and out, as the wire carries it.

use std::sync::Arc;

use muster_db::testing::TestStore;
use muster_identity::testing::root_caller;
use muster_notify::{ChannelKind, ContactSettings};
use muster_resources::Catalogue;
use muster_wire::{Access, Cx};
use serde_json::{Value, json};

use super::{CloudMonitor, NAMING_DIMENSIONS, OPERATIONS, Services};
use crate::rpc::{Fault, Parameters};

pub(super) struct World {
    pub(super) store: TestStore,
    pub(super) services: Arc<Services>,
}

impl World {
    pub(super) fn new() -> Self {
        Self::with(muster_metrics::Limits::default())
    }

    pub(super) fn with(limits: muster_metrics::Limits) -> Self {
        let migrations = [
            muster_notify::MIGRATIONS,
            muster_resources::MIGRATIONS,
            muster_metrics::MIGRATIONS,
            muster_alarms::MIGRATIONS,
            muster_events::MIGRATIONS,
        ]
        .concat();
        let store = TestStore::sqlite(&migrations).unwrap();
        let notify = muster_notify::Service::new(ContactSettings::default(), "http://127.0.0.1:8080");
        let metrics = muster_metrics::Service::new(limits);
        let catalogue = Catalogue { custom: "custom", naming: NAMING_DIMENSIONS, ..Catalogue::default() };
        let resources = muster_resources::Service::new(muster_resources::Limits::default(), catalogue);
        let services = Services {
            notify: Arc::new(notify),
            metrics: Arc::new(metrics),
            alarms: Arc::default(),
            masks: Arc::default(),
            templates: Arc::default(),
            resources: Arc::new(resources),
            events: Arc::default(),
        };
        Self { store, services: Arc::new(services) }
    }

    /// Calls an operation with parameters as they stand in a form.
    pub(super) fn call(&self, name: &str, parameters: &str) -> Result<Value, Fault> {
        let pairs = parameters.split('&').filter(|pair| !pair.is_empty());
        self.call_with(name, pairs.map(|pair| pair.split_once('=').unwrap()))
    }

    pub(super) fn call_with<'p>(
        &self,
        name: &str,
        pairs: impl IntoIterator<Item = (&'p str, &'p str)>,
    ) -> Result<Value, Fault> {
        let pairs = pairs.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
        let entry = OPERATIONS.iter().find(|entry| entry.name == name).unwrap();
        let call = (entry.decode)(&Parameters::from_pairs(pairs)).map_err(Fault::from)?;
        let services = Arc::clone(&self.services);
        let caller = root_caller("1000000000000001");
        let attempt = move |tx: &mut muster_db::Tx<'_>| {
            Ok(tx.attempt(|tx| call.call(&mut Cx::<CloudMonitor>::new(tx, &caller, &services))))
        };
        let outcome = match entry.access {
            Access::Read => self.store.db.read_blocking(attempt),
            Access::Write => self.store.db.write_blocking(attempt),
        };
        outcome.unwrap().map(Value::Object).map_err(Fault::from)
    }

    pub(super) fn refusal(&self, name: &str, parameters: &str) -> (u16, String) {
        let fault = self.call(name, parameters).unwrap_err();
        (fault.status.as_u16(), fault.code.into_owned())
    }

    fn put_group(&self, parameters: &str) {
        let answer = self.call("PutContactGroup", parameters).unwrap();
        assert_eq!(answer, json!({"Code": "200", "Message": "success", "Success": true}));
    }
}

#[test]
fn the_worked_exchange() {
    let world = World::new();
    let put = "ContactName=Alice&Describe=dba&Channels.Mail=alice@example.com&Channels.DingWebHook=http://127.0.0.1:9/robot&Lang=en";
    assert_eq!(
        world.call("PutContact", put).unwrap(),
        json!({"Code": "200", "Message": "success", "Success": true})
    );
    world.store.clock.advance(1_000);
    world.put_group(
        "ContactGroupName=考勤系统组&ContactNames.1=Alice&ContactNames.2=lucy&Describe=告警测试&EnableSubscribed=true",
    );
    assert_eq!(
        world.call("DescribeContactList", "ContactName=Alice").unwrap(),
        json!({
            "Code": "200", "Message": "success", "Success": true, "Total": 1,
            "Contacts": {"Contact": [{
                "Name": "Alice", "Desc": "dba", "Lang": "en",
                "CreateTime": 1_768_465_800_000_i64, "UpdateTime": 1_768_465_800_000_i64,
                "Channels": {"Mail": "", "SMS": "", "DingWebHook": "http://127.0.0.1:9/robot", "AliIM": ""},
                "ChannelsState": {"Mail": "PENDING", "DingWebHook": "OK"},
                "ContactGroups": {"ContactGroup": ["考勤系统组"]},
            }]},
        })
    );
    assert_eq!(
        world.call("DescribeContactGroupList", "").unwrap(),
        json!({
            "Code": "200", "Message": "success", "Success": true, "Total": 1,
            "ContactGroups": {"ContactGroup": ["考勤系统组"]},
            "ContactGroupList": {"ContactGroup": [{
                "Name": "考勤系统组", "Describe": "告警测试", "EnableSubscribed": true, "EnabledWeeklyReport": false,
                "CreateTime": 1_768_465_801_000_i64, "UpdateTime": 1_768_465_801_000_i64,
                "Contacts": {"Contact": ["Alice", "lucy"]},
            }]},
        })
    );
    assert_eq!(
        world.call("DescribeContactListByContactGroup", "ContactGroupName=考勤系统组").unwrap(),
        json!({
            "Code": "200", "Message": "success", "Success": true,
            "Contacts": {"Contact": [{
                "Name": "Alice", "Desc": "dba",
                "CreateTime": 1_768_465_800_000_i64, "UpdateTime": 1_768_465_800_000_i64,
                "Channels": {"Mail": "", "SMS": "", "DingWebHook": "http://127.0.0.1:9/robot", "AliIM": ""},
            }]},
        })
    );
}

#[test]
fn a_usable_mail_address_is_shown() {
    let world = World::new();
    world.call("PutContact", "ContactName=Alice&Describe=&Channels.Mail=alice@example.com").unwrap();
    let notify = Arc::clone(&world.services.notify);
    let caller = root_caller("1000000000000001");
    let activated = world
        .store
        .db
        .write_blocking(move |tx| notify.activate_channel(tx, &caller, "Alice", ChannelKind::Mail));
    activated.unwrap();
    let answer = world.call("DescribeContactList", "ChanelType=Mail&ChanelValue=alice@example.com").unwrap();
    let contact = &answer["Contacts"]["Contact"][0];
    assert_eq!(
        (&contact["Channels"]["Mail"], &contact["ChannelsState"]),
        (&json!("alice@example.com"), &json!({"Mail": "OK"}))
    );
}

#[test]
fn lists_have_their_wrappers_when_they_are_empty() {
    let world = World::new();
    let answer = world.call("DescribeContactList", "ContactName=nobody").unwrap();
    assert_eq!((&answer["Total"], &answer["Contacts"]), (&json!(0), &json!({"Contact": []})));
    world.put_group("ContactGroupName=g");
    let answer = world.call("DescribeContactGroupList", "PageNumber=1&PageSize=100").unwrap();
    assert_eq!(answer["ContactGroupList"]["ContactGroup"][0]["Contacts"], json!({"Contact": []}));
    let answer = world.call("DescribeContactListByContactGroup", "ContactGroupName=g").unwrap();
    assert_eq!(answer["Contacts"], json!({"Contact": []}));
}

#[test]
fn refusals() {
    let world = World::new();
    let hundred_and_one: String = (1..=101).map(|n| format!("&ContactNames.{n}=c{n}")).collect();
    let long = "x".repeat(65);
    let table: &[(&str, String, u16, &str)] = &[
        ("PutContact", "Describe=d&Channels.Mail=a@example.com".into(), 400, "MissingContactName"),
        ("PutContact", "ContactName=a&Channels.Mail=a@example.com".into(), 400, "MissingDescribe"),
        ("PutContact", "ContactName=a&Describe=d".into(), 400, "InvalidParameterValue"),
        ("PutContact", "ContactName=a&Describe=d&Channels.Mail=".into(), 400, "InvalidParameterValue"),
        ("PutContact", "ContactName=a&Describe=d&Channels.Mail=x".into(), 400, "InvalidParameterValue"),
        ("PutContact", "ContactName=a&Describe=d&Channels.SMS=abc".into(), 400, "InvalidParameterValue"),
        (
            "PutContact",
            "ContactName=a&Describe=d&Channels.DingWebHook=ftp://h/".into(),
            400,
            "InvalidParameterValue",
        ),
        (
            "PutContact",
            "ContactName=a&Describe=d&Channels.AliIM=x&Lang=fr".into(),
            400,
            "InvalidParameterValue",
        ),
        ("PutContact", "ContactName=a,b&Describe=d&Channels.AliIM=x".into(), 400, "InvalidParameterValue"),
        ("PutContactGroup", String::new(), 400, "MissingContactGroupName"),
        ("PutContactGroup", format!("ContactGroupName={long}"), 400, "InvalidParameterValue"),
        ("PutContactGroup", format!("ContactGroupName=g{hundred_and_one}"), 400, "InvalidParameterValue"),
        (
            "PutContactGroup",
            "ContactGroupName=g&ContactNames.1=a&ContactNames.2=".into(),
            400,
            "InvalidParameterValue",
        ),
        ("PutContactGroup", "ContactGroupName=g&EnableSubscribed=2".into(), 400, "InvalidParameterValue"),
        ("DescribeContactList", "PageNumber=0".into(), 400, "InvalidParameterValue"),
        ("DescribeContactList", "PageSize=-1".into(), 400, "InvalidParameterValue"),
        ("DescribeContactList", "PageSize=x".into(), 400, "InvalidParameterValue"),
        ("DescribeContactList", "ChanelType=Pigeon".into(), 400, "InvalidParameterValue"),
        ("DescribeContactGroupList", "PageSize=0".into(), 400, "InvalidParameterValue"),
        ("DescribeContactListByContactGroup", "ContactGroupName=none".into(), 404, "ContactGroupNotExists"),
        ("DescribeContactListByContactGroup", String::new(), 400, "MissingContactGroupName"),
        ("DeleteContact", "ContactName=none".into(), 404, "ContactNotExists"),
        ("DeleteContactGroup", "ContactGroupName=none".into(), 404, "ContactNotExists"),
    ];
    for (operation, parameters, status, code) in table {
        assert_eq!(
            world.refusal(operation, parameters),
            (*status, (*code).to_owned()),
            "{operation} {parameters}"
        );
    }
    assert_eq!(world.call("DescribeContactList", "").unwrap()["Total"], 0);
    assert_eq!(world.call("DescribeContactGroupList", "").unwrap()["Total"], 0);
}

#[test]
fn a_page_past_the_end_is_empty_and_has_the_total() {
    let world = World::new();
    world.put_group("ContactGroupName=g");
    let answer =
        world.call("DescribeContactGroupList", "PageNumber=9223372036854775807&PageSize=20").unwrap();
    assert_eq!((&answer["Total"], &answer["ContactGroups"]), (&json!(1), &json!({"ContactGroup": []})));
}
