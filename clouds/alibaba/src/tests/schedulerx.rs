//! SchedulerX's operations, as the wire carries them.

use serde_json::{Value, json};

use super::nobody::ALL;
use super::world::{Answer, SCHEDULERX, World};
use crate::schedulerx::{CATALOGUE, OPERATIONS};

const REGION: (&str, &str) = ("RegionId", "cn-hangzhou");

fn group<'p>(id: &'p str, more: &[(&'p str, &'p str)]) -> Vec<(&'p str, &'p str)> {
    [&[("AppName", "Payment batch"), ("Namespace", "ns"), ("GroupId", id)], more].concat()
}

fn one(id: &str) -> [(&str, &str); 3] {
    [("Namespace", "ns"), ("GroupId", id), REGION]
}

fn create(world: &World, id: &str, more: &[(&str, &str)]) -> Answer {
    world.scheduler("CreateAppGroup", &group(id, more))
}

fn read(world: &World, id: &str) -> Value {
    world.scheduler("GetAppGroup", &one(id)).data().clone()
}

#[test]
fn the_catalogue_names_all_operations_once() {
    assert_eq!(CATALOGUE.len(), 61);
    let mut names = CATALOGUE.to_vec();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), 61);
    for entry in OPERATIONS {
        assert!(CATALOGUE.contains(&entry.name), "{}", entry.name);
    }
}

#[test]
fn nothing_works_without_a_policy() {
    let world = World::new();
    world.namespace("ns");
    create(&world, "g", &[]).data();
    let (key, _) = world
        .user("nobody", r#"{"Version":"1","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}"#);
    for entry in OPERATIONS {
        let answer = world.call(&key, SCHEDULERX, entry.name, ALL);
        assert_eq!(answer.refused(), (403, "NoPermission".to_owned()), "{}", entry.name);
        assert_eq!(answer.json["AccessDeniedDetail"]["AuthAction"], entry.permission);
    }
}

#[test]
fn namespaces() {
    let world = World::new();
    let made = world.scheduler("CreateNamespace", &[("Name", "n"), ("Uid", ""), REGION]);
    let uid = made.data()["NamespaceUid"].as_str().unwrap().to_owned();
    assert_eq!(made.json["Message"], "");
    let again = world.scheduler("CreateNamespace", &[("Name", "other"), ("Uid", &uid), REGION]);
    assert_eq!(again.data()["NamespaceUid"], uid);
    assert_eq!(again.json["Message"], format!("namespace={uid} is existed, noting update"));
    assert!(
        world
            .scheduler("UpdateNamespace", &[("Namespace", &uid), ("NamespaceName", "新"), REGION])
            .data()
            .is_null()
    );
    let listed = world.scheduler("ListNamespaces", &[("NamespaceName", "新"), REGION]);
    assert_eq!(listed.data()["Namespaces"], json!([{"UId": uid, "Name": "新", "Description": ""}]));
    let none = world.scheduler("ListNamespaces", &[("Namespace", "none"), REGION]);
    assert_eq!(none.data(), &json!({"Namespaces": []}));
    for (action, name) in [("UpdateNamespace", "none"), ("DeleteNamespace", "none")] {
        assert_eq!(world.scheduler(action, &[("Namespace", name), REGION]).business(), -10_001, "{action}");
    }
    assert_eq!(
        world.scheduler("CreateNamespace", &[("Name", "n"), ("Uid", "a:b"), REGION]).business(),
        -10_101
    );
    world.scheduler("DeleteNamespace", &[("Namespace", &uid), REGION]).data();
    for missing in ["Name", "RegionId"] {
        let pairs: Vec<_> =
            [("Name", "n"), REGION].into_iter().filter(|(name, _)| *name != missing).collect();
        let refusal = world.scheduler("CreateNamespace", &pairs).refused();
        assert_eq!(refusal, (400, format!("Missing{missing}")));
    }
}

#[test]
fn the_worked_example() {
    let world = World::new();
    world.namespace("ns");
    let config = r#"{"sendChannel":"ding,mail","alarmType":"Contacts","webhookIsAtAll":false}"#;
    let contacts = r#"[{"name":"Rita Vance"}]"#;
    let more = [
        ("AppVersion", "2"),
        ("MaxJobs", "200"),
        ("EnableLog", "True"),
        ("MonitorConfigJson", config),
        ("MonitorContactsJson", contacts),
    ];
    let made = create(&world, "pay.batch", &more);
    let (id, key) = (made.data()["AppGroupId"].clone(), made.data()["AppKey"].clone());
    assert!(id.is_i64() && key.as_str().is_some_and(|key| key.len() == 24));
    let expected = json!({
        "AppName": "Payment batch", "AppKey": key, "AppVersion": "2", "CurJobs": 0, "MaxJobs": 200, "Description": "",
        "EnableLog": true, "GroupId": "pay.batch", "Namespace": "ns", "MonitorConfigJson": config,
        "MonitorContactsJson": contacts, "NotificationPolicyName": "",
    });
    assert_eq!(read(&world, "pay.batch"), expected);
    let listed = world.scheduler("ListGroups", &[("Namespace", "ns"), ("AppGroupName", "batch")]);
    let row = json!({
        "AppGroupId": id, "AppName": "Payment batch", "AppKey": key, "AppVersion": 2, "Description": "",
        "EnableLog": true, "GroupId": "pay.batch", "Namespace": "ns",
    });
    assert_eq!(listed.data(), &json!({"AppGroups": [row]}));
    let people = world.call(&world.root, super::world::CLOUDMONITOR, "DescribeContactList", &[]);
    assert_eq!(people.json["Contacts"]["Contact"][0]["Name"], "Rita Vance");
}

#[test]
fn defaults_and_appended_alarm_types() {
    let world = World::new();
    world.namespace("ns");
    create(&world, "minimal", &[]).data();
    let group = read(&world, "minimal");
    assert_eq!(
        (&group["AppVersion"], &group["MaxJobs"], &group["EnableLog"]),
        (&"2".into(), &1000.into(), &false.into())
    );
    let custom = [
        ("MonitorConfigJson", r#"{"sendChannel":"sms,ding"}"#),
        ("MonitorContactsJson", r#"[{"userName":"op1","userPhone":"100"}]"#),
    ];
    create(&world, "custom", &custom).data();
    let text = r#"{"sendChannel":"sms,ding","alarmType":"CustomContacts"}"#;
    assert_eq!(read(&world, "custom")["MonitorConfigJson"], text);
    create(&world, "empty", &[("MaxJobs", ""), ("AppType", ""), ("EnableLog", ""), ("AppKey", "")]).data();
    assert_eq!(read(&world, "empty")["MaxJobs"], 1000);
}

#[test]
fn every_refusal_of_a_new_group() {
    let world = World::new();
    world.namespace("ns");
    let first = create(&world, "taken", &[]);
    for name in ["AppName", "Namespace", "GroupId"] {
        let pairs: Vec<_> = group("g", &[]).into_iter().filter(|(other, _)| *other != name).collect();
        assert_eq!(world.scheduler("CreateAppGroup", &pairs).refused(), (400, format!("Missing{name}")));
        let pairs = group("g", &[(name, "")]);
        assert_eq!(world.scheduler("CreateAppGroup", &pairs).refused(), (400, format!("Missing{name}")));
    }
    for bad in [("MaxJobs", "abc"), ("MaxJobs", "1.0"), ("EnableLog", "perhaps"), ("AppType", "k8s")] {
        assert_eq!(create(&world, "g", &[bad]).refused(), (400, "InvalidParameter".to_owned()), "{bad:?}");
    }
    for bad in [
        ("AppType", "3"),
        ("AppVersion", "0"),
        ("MaxJobs", "0"),
        ("MaxJobs", "-1"),
        ("AppName", " "),
        ("GroupId", "a:b"),
        ("GroupId", "组"),
    ] {
        assert_eq!(create(&world, "g", &[bad]).business(), -10_101, "{bad:?}");
    }
    for bad in [
        ("MonitorConfigJson", "{"),
        ("MonitorConfigJson", r#"{"sendChannel":"pigeon"}"#),
        ("MonitorContactsJson", "[1]"),
        ("MonitorConfigJson", r#"{"alarmType":"x"}"#),
    ] {
        assert_eq!(create(&world, "g", &[bad]).business(), -10_102, "{bad:?}");
    }
    assert_eq!(create(&world, "g", &[("NotificationPolicyName", "none")]).business(), -10_104);
    let unknown = create(&world, "g", &[("Namespace", "none")]);
    assert_eq!(unknown.business(), -10_001);
    assert_eq!(unknown.json["Message"], "namespace can not find namespace: none, namespaceSource:null");
    let people: Vec<String> = (0..101).map(|number| format!(r#"{{"name":"p{number}"}}"#)).collect();
    let people = format!("[{}]", people.join(","));
    let crowd = [("MonitorConfigJson", r#"{"sendChannel":"sms"}"#), ("MonitorContactsJson", &people)];
    assert_eq!(create(&world, "g", &crowd).business(), -10_105);
    let taken = create(&world, "taken", &[("AppName", "other")]);
    assert_eq!(taken.business(), -10_103);
    assert!(taken.json["Message"].as_str().is_some_and(|text| text.contains("taken") && text.contains("ns")));
    assert_eq!(read(&world, "taken")["AppKey"], first.data()["AppKey"]);
    let listed = world.scheduler("ListGroups", &[("Namespace", "ns")]);
    assert_eq!(listed.data()["AppGroups"].as_array().unwrap().len(), 1);
}

#[test]
fn missing_groups() {
    let world = World::new();
    world.namespace("ns");
    for action in ["GetAppGroup", "UpdateAppGroup", "DeleteAppGroup", "GrantPermission", "RevokePermission"] {
        let pairs = [&one("none")[..], &[("UserId", "1"), ("UserName", "u")]].concat();
        let answer = world.scheduler(action, &pairs);
        assert_eq!(answer.business(), -10_001, "{action}");
        assert_eq!(answer.json["Message"], "app is not existed, groupId=none, namesapce=ns", "{action}");
    }
    assert_eq!(world.scheduler("ListGroups", &[("Namespace", "none")]).business(), -10_001);
}

#[test]
fn notification_policies() {
    let world = World::new();
    world.namespace("ns");
    let times = r#"{"sendChannel":"sms","timezone":"GMT+8","timeRanges":{"all":[{"startTime":"09:00","endTime":"18:00","daysOfWeek":[1,2]}]}}"#;
    let policy = |name: &'static str| [("PolicyName", name), ("ChannelTimeRange", times), REGION];
    for name in ["work", "night", "holiday"] {
        world.scheduler("CreateSchedulerxNotificationPolicy", &policy(name)).data();
    }
    assert_eq!(world.scheduler("CreateSchedulerxNotificationPolicy", &policy("work")).business(), -10_103);
    let bad = [("PolicyName", "bad"), ("ChannelTimeRange", "{}"), REGION];
    assert_eq!(world.scheduler("CreateSchedulerxNotificationPolicy", &bad).business(), -10_102);
    let made = create(&world, "g", &[("NotificationPolicyName", "work")]);
    let found = world.scheduler("ReadSchedulerxNotificationPolicy", &[("PolicyName", "ork"), REGION]);
    let record = json!({
        "PolicyName": "work", "Description": "", "ChannelTimeRange": times, "Creator": "admin", "Updater": "admin",
        "CreateTime": "2026-01-15 08:30:00", "UpdateTime": "2026-01-15 08:30:00",
        "ReferenceApps": [{
            "AppGroupId": made.data()["AppGroupId"], "GroupId": "g", "NamespaceName": "n", "NamespaceUid": "ns",
        }],
    });
    assert_eq!(found.data(), &json!({"Records": [record], "MaxResults": 20, "Total": 1}));

    let first = world.scheduler("ReadSchedulerxNotificationPolicy", &[("MaxResults", "2"), REGION]);
    assert_eq!((&first.data()["Total"], first.data()["Records"].as_array().unwrap().len()), (&3.into(), 2));
    let token = first.data()["NextToken"].as_str().unwrap();
    let rest = world
        .scheduler("ReadSchedulerxNotificationPolicy", &[("MaxResults", "2"), ("NextToken", token), REGION]);
    assert_eq!(rest.data()["Records"][0]["PolicyName"], "holiday");
    assert!(rest.data().get("NextToken").is_none());
    let wrong = world.scheduler("ReadSchedulerxNotificationPolicy", &[("NextToken", "x"), REGION]);
    assert_eq!(wrong.refused(), (400, "InvalidParameter".to_owned()));
    for size in ["0", "-1", "101", "99999999999"] {
        let answer = world.scheduler("ReadSchedulerxNotificationPolicy", &[("MaxResults", size), REGION]);
        assert_eq!(answer.business(), -10_101, "{size}");
    }

    let change = [("PolicyName", "work"), ("Description", "d"), REGION];
    world.scheduler("ManageSchedulerxNotificationPolicy", &change).data();
    assert_eq!(
        world.scheduler("DeleteSchedulerxNotificationPolicy", &[("PolicyName", "work"), REGION]).business(),
        -10_106
    );
    world.scheduler("DeleteAppGroup", &one("g")).data();
    world.scheduler("DeleteSchedulerxNotificationPolicy", &[("PolicyName", "work"), REGION]).data();
    for action in ["ManageSchedulerxNotificationPolicy", "DeleteSchedulerxNotificationPolicy"] {
        assert_eq!(
            world.scheduler(action, &[("PolicyName", "work"), REGION]).business(),
            -10_301,
            "{action}"
        );
    }
}

#[test]
fn grants_open_one_group() {
    let world = World::new();
    world.namespace("ns");
    create(&world, "mine", &[]).data();
    create(&world, "other", &[]).data();
    let nothing = r#"{"Version":"1","Statement":[{"Effect":"Allow","Action":"cms:Get*","Resource":"*"}]}"#;
    let (eve, number) = world.user("eve", nothing);
    let (_, friend) = world.user("friend", nothing);
    let grant = |user: &str, option: &str| {
        [("UserId", user.to_owned()), ("UserName", "eve".to_owned()), ("GrantOption", option.to_owned())]
    };
    let by = |key: &super::world::Key, action: &str, id: &str, more: &[(&'static str, String)]| {
        let more: Vec<(&str, &str)> = more.iter().map(|(name, value)| (*name, value.as_str())).collect();
        world.call(key, SCHEDULERX, action, &[&one(id)[..], &more].concat())
    };
    assert_eq!(by(&eve, "GetAppGroup", "mine", &[]).refused().0, 403);
    by(&world.root, "GrantPermission", "mine", &grant(&number, "False")).data();
    by(&eve, "GetAppGroup", "mine", &[]).data();
    by(&eve, "UpdateAppGroup", "mine", &[("Description", "by eve".into())]).data();
    assert_eq!(by(&eve, "GetAppGroup", "other", &[]).refused().0, 403);
    assert_eq!(by(&eve, "GetAppGroup", "none", &[]).refused().0, 403);
    let listed = by(&eve, "ListGroups", "", &[]);
    let ids: Vec<&Value> =
        listed.data()["AppGroups"].as_array().unwrap().iter().map(|row| &row["GroupId"]).collect();
    assert_eq!(ids, ["mine"]);
    // Rights without the right to pass them on.
    assert_eq!(by(&eve, "GrantPermission", "mine", &grant(&friend, "False")).refused().0, 403);
    by(&world.root, "GrantPermission", "mine", &grant(&number, "True")).data();
    by(&eve, "GrantPermission", "mine", &grant(&friend, "False")).data();
    by(&world.root, "RevokePermission", "mine", &grant(&number, "")).data();
    by(&world.root, "RevokePermission", "mine", &grant(&number, "")).data();
    assert_eq!(by(&eve, "GetAppGroup", "mine", &[]).refused().0, 403);
}

#[test]
fn a_new_group_of_the_same_name_has_no_grants() {
    let world = World::new();
    world.namespace("ns");
    create(&world, "g", &[]).data();
    let (eve, number) = world.user(
        "eve",
        r#"{"Version":"1","Statement":[{"Effect":"Allow","Action":"cms:Get*","Resource":"*"}]}"#,
    );
    let grant = [&one("g")[..], &[("UserId", number.as_str()), ("UserName", "eve")]].concat();
    world.scheduler("GrantPermission", &grant).data();
    world.call(&eve, SCHEDULERX, "GetAppGroup", &one("g")).data();
    world.scheduler("DeleteAppGroup", &one("g")).data();
    create(&world, "g", &[]).data();
    assert_eq!(world.call(&eve, SCHEDULERX, "GetAppGroup", &one("g")).refused().0, 403);
}

#[test]
fn regions() {
    let world = World::new();
    let answer = world.scheduler("DescribeRegions", &[]);
    let region =
        json!({"RegionId": "cn-hangzhou", "LocalName": "cn-hangzhou", "RegionEndpoint": "127.0.0.1:8080"});
    assert_eq!(answer.json["Regions"], json!([region]));
    assert!(answer.json.get("Data").is_none());
}

#[test]
fn names_of_full_length_and_one_more() {
    let world = World::new();
    world.namespace("ns");
    let (full, more) = ("😀".repeat(64), "😀".repeat(65));
    create(&world, "full", &[("AppName", &full), ("Description", &"名".repeat(256))]).data();
    assert_eq!(read(&world, "full")["AppName"], full);
    assert_eq!(create(&world, "more", &[("AppName", &more)]).business(), -10_101);
    assert_eq!(create(&world, "more", &[("Description", &"名".repeat(257))]).business(), -10_101);
}
