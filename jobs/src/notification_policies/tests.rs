//! The rules of notification policies, on each store.

use muster_core::{Error, Result};
use muster_db::Tx;
use muster_db::testing::TestStore;
use muster_identity::Caller;
use muster_identity::testing::root_caller;

use super::*;
use crate::app_groups::{AppGroupPatch, NewAppGroup};
use crate::namespaces::{self, NewNamespace};
use crate::testing::{groups as app_groups, migrations};

const ALICE: &str = "1000000000000001";
const BOB: &str = "1000000000000002";
const TIMES: &str = r#"{"sendChannel":"sms,mail","timeRanges":{"all":[{"startTime":"09:00","endTime":"18:00","daysOfWeek":[1]}]}}"#;

fn on_each(test: impl Fn(&mut Tx<'_>, &Caller) -> Result<()> + Copy + Send + Sync + 'static) {
    TestStore::on_each(&migrations(), |store| {
        store.db.write_blocking(move |tx| test(tx, &root_caller(ALICE)))
    })
    .unwrap();
}

fn new(name: &str) -> NewPolicy {
    NewPolicy { name: name.to_owned(), description: "d".to_owned(), times: TIMES.to_owned() }
}

fn page(name: &str, after: i64, limit: u32) -> PolicyFilter {
    PolicyFilter { name_contains: Some(name.to_owned()), after, limit }
}

#[test]
fn names_are_taken_once() {
    on_each(|tx, alice| {
        create(tx, alice, &new("work"))?;
        assert!(matches!(create(tx, alice, &new("work")), Err(Error::AlreadyExists { what: POLICY, .. })));
        create(tx, &root_caller(BOB), &new("work"))?;
        let found = list(tx, alice, &page("", 0, 20))?;
        assert_eq!((found.total, found.has_more), (1, false));
        let policy = &found.items[0];
        assert_eq!((policy.times.as_str(), policy.created_by.as_str()), (TIMES, alice.name()));
        for bad in [new(""), new(&"n".repeat(65)), NewPolicy { times: "{}".into(), ..new("other") }] {
            assert!(matches!(create(tx, alice, &bad), Err(Error::Invalid { .. })));
        }
        Ok(())
    });
}

#[test]
fn pages_follow_each_other() {
    on_each(|tx, alice| {
        for number in 0..5 {
            create(tx, alice, &new(&format!("p{number}")))?;
        }
        create(tx, alice, &new("other"))?;
        let first = list(tx, alice, &page("p", 0, 2))?;
        assert_eq!((first.total, first.has_more, first.items.len()), (5, true, 2));
        let second = list(tx, alice, &page("p", first.items[1].id, 3))?;
        assert_eq!((second.has_more, second.items[2].name.as_str()), (false, "p4"));
        assert!(list(tx, alice, &page("p", second.items[2].id, 3))?.items.is_empty());
        Ok(())
    });
}

#[test]
fn updates_are_partial() {
    on_each(|tx, alice| {
        create(tx, alice, &new("work"))?;
        update(tx, alice, "work", &PolicyPatch { description: Some(String::new()), times: None })?;
        let bad = PolicyPatch { description: None, times: Some("x".into()) };
        assert!(matches!(update(tx, alice, "work", &bad), Err(Error::Invalid { .. })));
        let other = TIMES.replace("sms,mail", "phone");
        update(tx, alice, "work", &PolicyPatch { description: None, times: Some(other.clone()) })?;
        let policy = list(tx, alice, &page("", 0, 1))?.items.remove(0);
        assert_eq!((policy.description.as_str(), policy.times), ("", other));
        let of_bob = update(tx, &root_caller(BOB), "work", &PolicyPatch::default());
        assert!(matches!(of_bob, Err(Error::NotFound { what: POLICY, .. })));
        Ok(())
    });
}

#[test]
fn a_policy_in_use_stays() {
    on_each(|tx, alice| {
        create(tx, alice, &new("work"))?;
        let namespace = NewNamespace { uid: Some("ns".into()), name: "n".into(), description: String::new() };
        namespaces::create(tx, alice, namespace)?;
        let group = NewAppGroup { notification_policy: "work".into(), ..NewAppGroup::named("ns", "g", "G") };
        app_groups().create(tx, alice, &group)?;
        assert!(matches!(
            delete(tx, alice, "work"),
            Err(Error::Conflict { what: "notification policy is in use", .. })
        ));
        let clear = AppGroupPatch { notification_policy: Some(String::new()), ..AppGroupPatch::default() };
        app_groups().update(tx, alice, "ns", "g", &clear)?;
        assert!(groups_of(tx, alice, "work")?.is_empty());
        delete(tx, alice, "work")?;
        assert!(matches!(delete(tx, alice, "work"), Err(Error::NotFound { what: POLICY, .. })));
        Ok(())
    });
}
