//! The rules of namespaces, on each store.

use muster_core::{Error, Result};
use muster_db::Tx;
use muster_db::testing::TestStore;
use muster_identity::Caller;
use muster_identity::testing::root_caller;

use super::*;
use crate::app_groups::NewAppGroup;
use crate::testing::{groups, migrations};

const ALICE: &str = "1000000000000001";
const BOB: &str = "1000000000000002";

fn on_each(test: impl Fn(&mut Tx<'_>, &Caller) -> Result<()> + Copy + Send + Sync + 'static) {
    TestStore::on_each(&migrations(), |store| {
        store.db.write_blocking(move |tx| test(tx, &root_caller(ALICE)))
    })
    .unwrap();
}

fn new(uid: Option<&str>, name: &str) -> NewNamespace {
    NewNamespace { uid: uid.map(str::to_owned), name: name.to_owned(), description: String::new() }
}

fn uids(namespaces: &[Namespace]) -> Vec<&str> {
    namespaces.iter().map(|namespace| namespace.uid.as_str()).collect()
}

#[test]
fn a_repeated_uid_changes_nothing() {
    on_each(|tx, alice| {
        assert_eq!(create(tx, alice, new(Some("u-1"), "first"))?, Outcome::Created("u-1".into()));
        assert_eq!(create(tx, alice, new(Some("u-1"), "second"))?, Outcome::Existed("u-1".into()));
        assert_eq!(get(tx, alice, "u-1")?.name, "first");
        assert_eq!(
            create(tx, &root_caller(BOB), new(Some("u-1"), "of Bob"))?,
            Outcome::Created("u-1".into())
        );
        Ok(())
    });
}

#[test]
fn without_a_uid_every_call_makes_a_namespace() {
    on_each(|tx, alice| {
        let (first, second) = (create(tx, alice, new(None, "same"))?, create(tx, alice, new(None, "same"))?);
        assert_ne!(first, second);
        let Outcome::Created(uid) = first else { panic!("it existed") };
        assert_eq!((uid.len(), uid.to_lowercase()), (36, uid.clone()));
        assert_eq!(count(tx, alice)?, 2);
        Ok(())
    });
}

#[test]
fn lists_are_filtered_and_ordered_by_age() {
    on_each(|tx, alice| {
        for (uid, name) in [("b", "Pay 100%"), ("a", "pay"), ("c", "Pay_")] {
            create(tx, alice, new(Some(uid), name))?;
        }
        create(tx, &root_caller(BOB), new(Some("d"), "Pay"))?;
        let containing = |text: &str| NamespaceFilter { uid: None, name_contains: Some(text.to_owned()) };
        assert_eq!(uids(&list(tx, alice, &NamespaceFilter::default())?), ["b", "a", "c"]);
        assert_eq!(uids(&list(tx, alice, &containing("Pay"))?), ["b", "c"]);
        assert_eq!(uids(&list(tx, alice, &containing("0%"))?), ["b"]);
        assert_eq!(uids(&list(tx, alice, &containing("y_"))?), ["c"]);
        let both = NamespaceFilter { uid: Some("a".into()), name_contains: Some("Pay".into()) };
        assert!(list(tx, alice, &both)?.is_empty());
        assert!(matches!(get(tx, alice, "d"), Err(Error::NotFound { what: NAMESPACE, .. })));
        Ok(())
    });
}

#[test]
fn absent_stays_and_empty_clears() {
    on_each(|tx, alice| {
        create(tx, alice, NewNamespace { description: "about".into(), ..new(Some("u"), "name") })?;
        update(tx, alice, "u", &NamespacePatch { name: Some("renamed".into()), description: None })?;
        assert_eq!(get(tx, alice, "u")?.description, "about");
        update(tx, alice, "u", &NamespacePatch { name: None, description: Some(String::new()) })?;
        let namespace = get(tx, alice, "u")?;
        assert_eq!((namespace.name.as_str(), namespace.description.as_str()), ("renamed", ""));
        let of_bob = update(tx, &root_caller(BOB), "u", &NamespacePatch::default());
        assert!(matches!(of_bob, Err(Error::NotFound { what: NAMESPACE, .. })));
        Ok(())
    });
}

#[test]
fn a_namespace_with_groups_is_not_deleted() {
    on_each(|tx, alice| {
        create(tx, alice, new(Some("u"), "name"))?;
        groups().create(tx, alice, &NewAppGroup::named("u", "g", "G"))?;
        assert!(matches!(
            delete(tx, alice, "u"),
            Err(Error::Conflict { what: "namespace holds app groups", .. })
        ));
        groups().delete(tx, alice, "u", "g", false)?;
        assert!(delete(tx, &root_caller(BOB), "u").is_err());
        delete(tx, alice, "u")?;
        assert!(matches!(delete(tx, alice, "u"), Err(Error::NotFound { what: NAMESPACE, .. })));
        Ok(())
    });
}

#[test]
fn what_is_refused() {
    on_each(|tx, alice| {
        let long = |length: usize| "名".repeat(length);
        for bad in [
            new(None, ""),
            new(None, " "),
            new(None, &long(65)),
            new(Some("a:b"), "name"),
            new(Some(""), "name"),
            NewNamespace { description: long(257), ..new(None, "name") },
        ] {
            assert!(matches!(create(tx, alice, bad), Err(Error::Invalid { .. })));
        }
        create(tx, alice, NewNamespace { description: long(256), ..new(None, &long(64)) })?;
        assert_eq!(count(tx, alice)?, 1);
        Ok(())
    });
}
