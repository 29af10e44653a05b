//! The rules of application groups, on each store.

use muster_core::{Error, PageRequest, Result};
use muster_db::testing::TestStore;
use muster_db::{Tx, params};
use muster_identity::Caller;
use muster_identity::testing::root_caller;

use super::*;
use crate::namespaces::{self, NewNamespace};
use crate::notification_policies::{self, NewPolicy};
use crate::testing::{contacts, groups, migrations};

const ALICE: &str = "1000000000000001";
const BOB: &str = "1000000000000002";
const TIMES: &str = r#"{"sendChannel":"sms","timeRanges":{"all":[]}}"#;

/// Each test begins with a namespace "ns" of Alice's.
fn on_each(test: impl Fn(&mut Tx<'_>, &Caller) -> Result<()> + Copy + Send + Sync + 'static) {
    TestStore::on_each(&migrations(), |store| {
        store.db.write_blocking(move |tx| {
            let alice = root_caller(ALICE);
            let namespace =
                NewNamespace { uid: Some("ns".into()), name: "n".into(), description: String::new() };
            namespaces::create(tx, &alice, namespace)?;
            test(tx, &alice)
        })
    })
    .unwrap();
}

fn new() -> NewAppGroup {
    NewAppGroup::named("ns", "pay.batch", "Payment batch")
}

#[track_caller]
fn assert_kind<T>(outcome: Result<T>, kind: &str) {
    let error = outcome.err();
    assert_eq!(error.as_ref().map(Error::kind), Some(kind), "{error:?}");
}

#[test]
fn defaults() {
    on_each(|tx, alice| {
        let group = groups().create(tx, alice, &new())?;
        assert!(group.id >= 1_000_000_000_000);
        assert_eq!((group.edition, group.platform), (Edition::Professional, Platform::General));
        assert_eq!((group.max_jobs, group.job_count, group.max_concurrency), (1000, 0, None));
        assert_eq!((group.app_key.len(), &group.app_key[22..]), (24, "=="));
        assert!(!group.log_enabled && !group.schedule_busy_workers);
        assert_eq!(groups().get(tx, alice, "ns", "pay.batch")?, group);
        Ok(())
    });
}

#[test]
fn every_value_comes_back() {
    on_each(|tx, alice| {
        let policy = NewPolicy { name: "night".into(), description: String::new(), times: TIMES.into() };
        notification_policies::create(tx, alice, &policy)?;
        let given = NewAppGroup {
            app_key: Some("a key/+=".into()),
            description: "关于 <&>".into(),
            edition: Edition::Basic,
            platform: Platform::Kubernetes,
            max_jobs: 7,
            log_enabled: true,
            schedule_busy_workers: true,
            monitor_config: r#"{ "sendChannel" : "sms", "alarmType" : "Contacts" }"#.into(),
            monitor_contacts: r#"[ { "name" : "Rita Vance" } ]"#.into(),
            notification_policy: "night".into(),
            ..new()
        };
        let group = groups().create(tx, alice, &given)?;
        assert_eq!(group.app_key, "a key/+=");
        assert_eq!(
            (group.edition, group.platform, group.max_jobs),
            (Edition::Basic, Platform::Kubernetes, 7)
        );
        assert!(group.log_enabled && group.schedule_busy_workers);
        assert_eq!(
            (&group.monitor_config, &group.monitor_contacts),
            (&given.monitor_config, &given.monitor_contacts)
        );
        assert_eq!(notification_policies::groups_of(tx, alice, "night")?, [group]);
        Ok(())
    });
}

#[test]
fn a_group_id_is_taken_once_in_a_namespace() {
    on_each(|tx, alice| {
        let first = groups().create(tx, alice, &new())?;
        let again = groups().create(tx, alice, &NewAppGroup { name: "other".into(), ..new() });
        assert!(matches!(again, Err(Error::AlreadyExists { what: APP_GROUP, .. })));
        assert_eq!(groups().get(tx, alice, "ns", "pay.batch")?, first);
        let other = NewNamespace { uid: Some("other".into()), name: "n".into(), description: String::new() };
        namespaces::create(tx, alice, other)?;
        groups().create(tx, alice, &NewAppGroup { namespace: "other".into(), ..new() })?;
        groups().create(tx, alice, &NewAppGroup { group_id: "Pay.batch".into(), ..new() })?;
        Ok(())
    });
}

#[test]
fn the_first_broken_rule_is_reported_and_nothing_is_made() {
    on_each(|tx, alice| {
        let service = groups();
        let bad_json =
            NewAppGroup { monitor_config: "x".into(), notification_policy: "none".into(), ..new() };
        assert_kind(
            service.create(tx, alice, &NewAppGroup { namespace: "no".into(), ..bad_json.clone() }),
            "not_found",
        );
        assert_kind(service.create(tx, alice, &bad_json), "invalid");
        let no_policy = NewAppGroup {
            monitor_config: r#"{"sendChannel":"sms"}"#.into(),
            monitor_contacts: r#"[{"name":"Nobody"}]"#.into(),
            notification_policy: "none".into(),
            ..new()
        };
        assert!(matches!(
            service.create(tx, alice, &no_policy),
            Err(Error::NotFound { what: REFERENCED_POLICY, .. })
        ));
        assert_kind(contacts().get_contact(tx, alice, "Nobody"), "not_found");
        service.create(tx, alice, &new())?;
        assert_kind(service.create(tx, alice, &bad_json), "already_exists");
        assert_eq!(service.list(tx, alice, &AppGroupFilter::default())?.total, 1);
        Ok(())
    });
}

#[test]
fn values_outside_their_domain() {
    on_each(|tx, alice| {
        for bad in [
            NewAppGroup { name: String::new(), ..new() },
            NewAppGroup { name: "名".repeat(65), ..new() },
            NewAppGroup { group_id: "a:b".into(), ..new() },
            NewAppGroup { group_id: "a".repeat(129), ..new() },
            NewAppGroup { description: "d".repeat(257), ..new() },
            NewAppGroup { max_jobs: 0, ..new() },
            NewAppGroup { app_key: Some(String::new()), ..new() },
            NewAppGroup { app_key: Some("k".repeat(129)), ..new() },
        ] {
            assert_kind(groups().create(tx, alice, &bad), "invalid");
        }
        let longest = NewAppGroup {
            name: "名".repeat(64),
            group_id: "a".repeat(128),
            description: "d".repeat(256),
            app_key: Some("k".repeat(128)),
            ..new()
        };
        groups().create(tx, alice, &longest)?;
        Ok(())
    });
}

#[test]
fn unknown_people_are_entered_and_known_ones_left_alone() {
    on_each(|tx, alice| {
        let rita = muster_notify::PutContact {
            name: "Rita".into(),
            description: "known".into(),
            channels: vec![(muster_notify::ChannelKind::Mail, "rita@example.com".into())],
            ..Default::default()
        };
        contacts().put_contact(tx, alice, &rita)?;
        let people = NewAppGroup {
            monitor_config: r#"{"sendChannel":"sms"}"#.into(),
            monitor_contacts: r#"[{"name":"Rita"},{"name":"张三"}]"#.into(),
            ..new()
        };
        let group = groups().create(tx, alice, &people)?;
        assert_eq!(group.monitor_config, r#"{"sendChannel":"sms","alarmType":"Contacts"}"#);
        assert_eq!(contacts().get_contact(tx, alice, "Rita")?.description, "known");
        assert!(contacts().get_contact(tx, alice, "张三")?.channels.is_empty());
        let patch = AppGroupPatch {
            monitor_config: Some(r#"{"alarmType":"ContactGroup"}"#.into()),
            monitor_contacts: Some(r#"{"name":"night-shift"}"#.into()),
            ..AppGroupPatch::default()
        };
        groups().update(tx, alice, "ns", "pay.batch", &patch)?;
        assert!(contacts().get_contact_group(tx, alice, "night-shift")?.members.is_empty());
        Ok(())
    });
}

#[test]
fn contacts_wait_for_a_config() {
    on_each(|tx, alice| {
        let waiting = NewAppGroup { monitor_contacts: r#"[{"name":"Rita"}]"#.into(), ..new() };
        groups().create(tx, alice, &waiting)?;
        assert_kind(contacts().get_contact(tx, alice, "Rita"), "not_found");
        let patch = AppGroupPatch {
            monitor_config: Some(r#"{"sendChannel":"mail"}"#.into()),
            ..AppGroupPatch::default()
        };
        let group = groups().update(tx, alice, "ns", "pay.batch", &patch)?;
        assert_eq!(group.monitor_config, r#"{"sendChannel":"mail","alarmType":"Contacts"}"#);
        contacts().get_contact(tx, alice, "Rita")?;
        Ok(())
    });
}

#[test]
fn updates_are_partial_and_checked_together_with_what_stays() {
    on_each(|tx, alice| {
        let service = groups();
        let people = NewAppGroup {
            description: "before".into(),
            monitor_config: r#"{"alarmType":"Contacts"}"#.into(),
            monitor_contacts: r#"[{"name":"Rita"}]"#.into(),
            ..new()
        };
        let before = service.create(tx, alice, &people)?;
        let mut update = |patch: AppGroupPatch| service.update(tx, alice, "ns", "pay.batch", &patch);
        let same = update(AppGroupPatch::default())?;
        assert_eq!(same, before);
        let wrong_kind = Some(r#"{"alarmType":"CustomContacts"}"#.to_owned());
        update(AppGroupPatch { monitor_config: wrong_kind, ..AppGroupPatch::default() })?;
        let object = Some(r#"{"name":"x"}"#.to_owned());
        assert_kind(
            update(AppGroupPatch { monitor_contacts: object, ..AppGroupPatch::default() }),
            "invalid",
        );
        assert_kind(
            update(AppGroupPatch { max_concurrency: Some(0), ..AppGroupPatch::default() }),
            "invalid",
        );
        let all = AppGroupPatch {
            description: Some(String::new()),
            edition: Some(Edition::Basic),
            log_enabled: Some(true),
            max_concurrency: Some(3),
            monitor_config: Some(String::new()),
            monitor_contacts: Some(String::new()),
            notification_policy: Some(String::new()),
        };
        let after = update(all)?;
        assert_eq!(
            (after.description.as_str(), after.edition, after.log_enabled),
            ("", Edition::Basic, true)
        );
        assert_eq!((after.max_concurrency, after.monitor_contacts.as_str()), (Some(3), ""));
        assert_eq!(
            after,
            AppGroup { updated_at: after.updated_at, ..service.get(tx, alice, "ns", "pay.batch")? }
        );
        Ok(())
    });
}

#[test]
fn a_group_with_jobs_goes_only_when_told_so() {
    on_each(|tx, alice| {
        let group = groups().create(tx, alice, &new())?;
        tx.execute("UPDATE jobs_app_groups SET job_count = 2 WHERE id = $1", params![group.id])?;
        let kept = groups().delete(tx, alice, "ns", "pay.batch", false);
        assert!(matches!(kept, Err(Error::Conflict { what: "app group holds jobs", .. })));
        groups().delete(tx, alice, "ns", "pay.batch", true)?;
        assert_kind(groups().get(tx, alice, "ns", "pay.batch"), "not_found");
        assert_kind(groups().delete(tx, alice, "ns", "pay.batch", true), "not_found");
        Ok(())
    });
}

#[test]
fn lists_and_pages() {
    on_each(|tx, alice| {
        for number in 0..5 {
            let group =
                NewAppGroup { group_id: format!("g{number}"), name: format!("App {}", number % 2), ..new() };
            groups().create(tx, alice, &group)?;
        }
        let ids = |page: muster_core::Page<AppGroup>| {
            (page.total, page.items.into_iter().map(|group| group.group_id).collect::<Vec<_>>().join(" "))
        };
        let wanted = |namespace: Option<&str>, name: &str, page: PageRequest| AppGroupFilter {
            namespace: namespace.map(str::to_owned),
            name_contains: Some(name.to_owned()),
            page,
        };
        let service = groups();
        let all = service.list(tx, alice, &wanted(Some("ns"), "", PageRequest::ALL))?;
        assert_eq!(ids(all), (5, "g0 g1 g2 g3 g4".into()));
        let odd = service.list(tx, alice, &wanted(Some("ns"), "App 1", PageRequest::ALL))?;
        assert_eq!(ids(odd), (2, "g1 g3".into()));
        let second = service.list(tx, alice, &wanted(None, "", PageRequest::numbered(2, 2)))?;
        assert_eq!(ids(second), (5, "g2 g3".into()));
        assert_kind(service.list(tx, alice, &wanted(Some("no"), "", PageRequest::ALL)), "not_found");
        Ok(())
    });
}

#[test]
fn another_account_sees_nothing() {
    on_each(|tx, alice| {
        groups().create(tx, alice, &new())?;
        let bob = root_caller(BOB);
        assert_kind(groups().get(tx, &bob, "ns", "pay.batch"), "not_found");
        assert_kind(groups().update(tx, &bob, "ns", "pay.batch", &AppGroupPatch::default()), "not_found");
        assert_kind(groups().delete(tx, &bob, "ns", "pay.batch", true), "not_found");
        assert_kind(groups().create(tx, &bob, &new()), "not_found");
        assert_eq!(groups().list(tx, &bob, &AppGroupFilter::default())?.total, 0);
        assert_eq!(groups().list(tx, alice, &AppGroupFilter::default())?.total, 1);
        Ok(())
    });
}

#[test]
fn workers_find_their_group_by_its_key_alone() {
    on_each(|tx, alice| {
        let mine = groups().create(tx, alice, &new())?;
        let bob = root_caller(BOB);
        let namespace = NewNamespace { uid: Some("ns".into()), name: "n".into(), description: String::new() };
        namespaces::create(tx, &bob, namespace)?;
        let theirs = groups().create(tx, &bob, &new())?;
        for group in [&mine, &theirs] {
            let key = group.app_key.as_str();
            let name = &group.group_id;
            for namespace in [None, Some("ns")] {
                let found = admission::find(tx, namespace, name, &["", key])?;
                assert_eq!(found.as_ref(), Some(group));
            }
            assert_eq!(admission::find(tx, Some("other"), name, &[key])?, None);
            assert_eq!(admission::find(tx, None, "other", &[key])?, None);
            assert_eq!(admission::find(tx, None, name, &[&key[1..]])?, None);
            assert!(admission::admits(tx, group.id, name, key)?);
            assert!(!admission::admits(tx, group.id, "other", key)?);
            assert!(!admission::admits(tx, group.id, name, "")?);
        }
        assert!(!admission::admits(tx, mine.id, &mine.group_id, &theirs.app_key)?);
        Ok(())
    });
}
