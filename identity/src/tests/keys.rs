//! Access keys: making, disabling, rotating.

use muster_core::{Error, Result};

use super::world::World;
use crate::{AccessKey, NewAccessKey, Secret};

impl World {
    fn create_key(&self, chosen: Option<(&str, &str)>) -> Result<(AccessKey, Secret)> {
        let root = self.root();
        let new = NewAccessKey {
            user: "admin".into(),
            chosen: chosen.map(|(id, secret)| (id.to_owned(), Secret::new(secret))),
            description: "deploy".into(),
        };
        self.write(move |service, tx| service.create_access_key(tx, &root, &new))
    }

    fn is_usable(&self, id: &str) -> bool {
        let credential = self.service.credential_blocking(id).unwrap();
        credential.is_some_and(|credential| credential.is_usable(self.now()))
    }
}

#[test]
fn a_key_works_from_its_creation_to_its_end() {
    World::on_each(|world| {
        let (key, secret) = world.create_key(None).unwrap();
        let credential = world.service.credential_blocking(&key.id).unwrap().unwrap();
        assert_eq!(credential.secret, secret);
        let (root, uuid) = (world.root(), key.uuid.clone());
        world.write(move |service, tx| service.set_access_key_enabled(tx, &root, &uuid, false)).unwrap();
        assert!(!world.is_usable(&key.id));
        let (root, id) = (world.root(), key.id.clone());
        world.write(move |service, tx| service.set_access_key_enabled(tx, &root, &id, true)).unwrap();
        assert!(world.is_usable(&key.id));
        let (root, id) = (world.root(), key.id.clone());
        world.write(move |service, tx| service.delete_access_key(tx, &root, &id)).unwrap();
        assert!(world.service.credential_blocking(&key.id).unwrap().is_none());
    });
}

#[test]
fn a_client_may_choose_its_key_once() {
    let world = World::new();
    let (key, _) = world.create_key(Some(("ChosenKey1", "ChosenSecret"))).unwrap();
    assert_eq!(key.id, "ChosenKey1");
    let again = world.create_key(Some(("ChosenKey1", "OtherSecret")));
    assert!(matches!(again, Err(Error::AlreadyExists { what: "access key", .. })));
    assert!(matches!(world.create_key(Some(("short", "ChosenSecret"))), Err(Error::Invalid { .. })));
    world.create_key(None).unwrap();
    assert!(matches!(world.create_key(None), Err(Error::Quota { what: "access keys", limit: 3 })));
}

#[test]
fn a_rotated_key_works_until_its_overlap_ends() {
    World::on_each(|world| {
        let old = world.first.access_key_id.clone();
        let rotate = |overlap_ms: i64| {
            let (root, id) = (world.root(), old.clone());
            world.write(move |service, tx| service.rotate_access_key(tx, &root, &id, overlap_ms))
        };
        assert!(matches!(rotate(-1), Err(Error::Invalid { .. })));
        let (new, _) = rotate(60_000).unwrap();
        assert!(world.is_usable(&old) && world.is_usable(&new.id));
        world.store.clock.advance(60_000);
        assert!(!world.is_usable(&old) && world.is_usable(&new.id));
    });
}

#[test]
fn a_stopped_user_takes_its_keys_along() {
    let world = World::new();
    let eve = world.user_with("eve", &[], &["ReadOnlyAccess"]);
    let key = world.key_of("eve");
    let root = world.root();
    world.write(move |service, tx| service.set_user_enabled(tx, &root, "eve", false)).unwrap();
    assert!(!world.is_usable(&key));
    let root = world.root();
    world.write(move |service, tx| service.delete_user(tx, &root, "eve")).unwrap();
    assert!(world.service.credential_blocking(&key).unwrap().is_none());
    assert!(eve.arn().ends_with(":user/eve"));
}
