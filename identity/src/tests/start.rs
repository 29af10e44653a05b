//! The first start, the following ones, and the key file.

use std::sync::Arc;

use crate::{FirstRoot, MIGRATIONS, Secret, Service, Settings, Started};
use muster_core::{Error, Random, Result, SharedRandom};
use muster_db::testing::TestStore;

fn start(store: &TestStore, key_file: &str, first: FirstRoot) -> Result<Started> {
    let settings = Settings { first, ..Settings::new("cn-hangzhou", store.folder.path().join(key_file)) };
    let random = Arc::new(SharedRandom::new(Random::from_os()));
    Service::start(store.db.clone(), settings, store.clock.clone(), random)
}

#[test]
fn the_first_start_makes_a_root_whose_key_opens_everything() {
    let store = TestStore::sqlite(MIGRATIONS).unwrap();
    let Started { service, first } = start(&store, "key", FirstRoot::default()).unwrap();
    let first = first.unwrap();
    assert_eq!((first.access_key_id.len(), first.access_key_secret.len()), (20, 40));
    assert_eq!((first.account_id.len(), first.domain_id.len(), first.project_id.len()), (16, 32, 32));
    assert_eq!((first.project_name.as_str(), first.region.as_str()), ("cn-hangzhou", "cn-hangzhou"));

    let credential = service.credential_blocking(&first.access_key_id).unwrap().unwrap();
    assert_eq!(credential.secret.expose(), first.access_key_secret);
    assert!(credential.is_usable(store.clock_now()) && !credential.is_temporary());
    let caller = credential.identity.caller(origin(&store));
    assert_eq!(caller.account_id, first.account_id);
    assert_eq!(caller.arn(), format!("acs:ram::{}:root", first.account_id));
    assert!(caller.sees_all_accounts);
    caller.require("cms:PutContactGroup", "*").unwrap();
    assert!(service.credential_blocking("NOSUCHKEY00000000000").unwrap().is_none());
}

#[test]
fn credentials_that_were_not_written_are_given_again_and_then_no_more() {
    let store = TestStore::sqlite(MIGRATIONS).unwrap();
    let first = start(&store, "key", FirstRoot::default()).unwrap().first.unwrap();
    let again = start(&store, "key", FirstRoot::default()).unwrap();
    assert_eq!(again.first.unwrap().access_key_secret, first.access_key_secret);
    again.service.first_credentials_written().unwrap();
    assert!(start(&store, "key", FirstRoot::default()).unwrap().first.is_none());
}

#[test]
fn another_key_file_refuses_to_start_and_leaves_nothing_behind() {
    let store = TestStore::sqlite(MIGRATIONS).unwrap();
    start(&store, "key", FirstRoot::default()).unwrap();
    let refused = start(&store, "missing", FirstRoot::default()).unwrap_err();
    assert!(matches!(refused, Error::Conflict { what: "key file", .. }), "{refused}");
    assert!(!store.folder.path().join("missing").exists());

    let other = TestStore::sqlite(MIGRATIONS).unwrap();
    start(&other, "key", FirstRoot::default()).unwrap();
    std::fs::copy(other.folder.path().join("key"), store.folder.path().join("wrong")).unwrap();
    let refused = start(&store, "wrong", FirstRoot::default()).unwrap_err();
    assert!(matches!(refused, Error::Conflict { what: "key file", .. }), "{refused}");
}

#[test]
fn the_operator_may_fix_the_first_credentials() {
    let store = TestStore::sqlite(MIGRATIONS).unwrap();
    let chosen = |id: &str, secret: &str| FirstRoot {
        access_key: Some((id.to_owned(), Secret::new(secret))),
        password: Some(Secret::new("password")),
    };
    for (id, secret) in
        [("short", "0123456789"), ("WITH SPACE 123", "0123456789"), ("TESTKEY0000000000000", "short")]
    {
        let refused = start(&store, "key", chosen(id, secret)).unwrap_err();
        assert!(matches!(refused, Error::Invalid { .. }), "{refused}");
    }
    let empty = FirstRoot { password: Some(Secret::new("")), ..FirstRoot::default() };
    assert!(matches!(start(&store, "key", empty), Err(Error::Invalid { .. })));
    let made = start(&store, "key", chosen("TESTKEY0000000000000", "testsecret")).unwrap();
    let first = made.first.unwrap();
    assert_eq!(first.password, "password");
    let credential = made.service.credential_blocking("TESTKEY0000000000000").unwrap().unwrap();
    assert_eq!(credential.secret.expose(), "testsecret");
}

fn origin(store: &TestStore) -> crate::Origin {
    crate::Origin {
        source_ip: std::net::Ipv4Addr::LOCALHOST.into(),
        secure: false,
        request_id: muster_core::Uuid::nil(),
        at: store.clock_now(),
    }
}

trait Now {
    fn clock_now(&self) -> muster_core::Timestamp;
}

impl Now for TestStore {
    fn clock_now(&self) -> muster_core::Timestamp {
        muster_core::Clock::now(&*self.clock)
    }
}
