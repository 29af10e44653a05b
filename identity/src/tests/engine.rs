//! What happens by itself.

use std::sync::Arc;

use muster_core::Engine;
use muster_db::params;

use super::world::{PASSWORD, World};
use crate::{Prune, SessionKind, audit, nonce};

const DAY_MS: i64 = 86_400_000;

#[test]
fn what_is_over_goes_and_what_lives_stays() {
    World::on_each(|world| {
        let user = world.sign_in("admin", PASSWORD).unwrap().user;
        let make = move |world: &World| {
            let (user, root) = (user.clone(), world.root());
            world
                .write(move |service, tx| {
                    service.open_session(tx, SessionKind::Console, &user, None)?;
                    service.issue_own_temporary_key(tx, &root, None)?;
                    nonce::record(tx, "KEY", &tx.now().to_string())?;
                    let entry =
                        audit::NewEntry { api: "cli", operation: "Test", subject: None, refusal: None };
                    audit::record(tx, &root, &entry)
                })
                .unwrap();
        };
        let count = |table: &str| -> i64 {
            let sql = format!("SELECT count(*) FROM {table}");
            world.store.db.read_blocking(|tx| tx.query_one(&sql, params![], |row| row.get(0))).unwrap()
        };
        let tables = ["identity_sessions", "identity_temporary_keys", "identity_nonces", "identity_audit"];
        make(world);
        world.store.clock.advance(3 * DAY_MS);
        make(world);
        assert_eq!(tables.map(count), [2; 4]);
        let engine = Prune::new(Arc::clone(&world.service));
        engine.run().unwrap();
        assert_eq!(tables.map(count), [1; 4]);
        engine.run().unwrap();
        assert_eq!(tables.map(count), [1; 4]);
    });
}

#[test]
fn a_key_whose_overlap_has_ended_shows_as_disabled() {
    let world = World::new();
    let (root, id) = (world.root(), world.first.access_key_id.clone());
    world.write(move |service, tx| service.rotate_access_key(tx, &root, &id, 1_000)).unwrap();
    let root = world.root();
    world.store.clock.advance(1_000);
    Prune::new(Arc::clone(&world.service)).run().unwrap();
    let id = world.first.access_key_id.clone();
    let old = world.write(move |service, tx| service.access_key(tx, &root, &id)).unwrap();
    assert!(!old.enabled);
}
