//! Backup, restore, copy and check of a store with something in it.

use std::path::Path;
use std::sync::Arc;

use muster_core::{Error, ManualClock, Random, SharedRandom, Signals, Timestamp};
use muster_db::{Db, Durability, params};

use super::*;
use crate::config::{self, Flags};

fn world() -> World {
    World {
        clock: Arc::new(ManualClock::new(Timestamp::from_millis(1_768_465_800_000))),
        random: Arc::new(SharedRandom::new(Random::from_number(3))),
        signals: Signals::default(),
        durability: Durability::Unflushed,
    }
}

fn settings(data: &Path) -> Settings {
    let flags = Flags([("data", data.to_str().unwrap().to_owned())].into());
    config::load(&flags, []).unwrap().0
}

/// A store as after a first start, with one contact more.
fn made(folder: &Path) -> (Settings, Db) {
    let settings = settings(folder);
    crate::files::make_folder(folder).unwrap();
    let db = features::open_store(&settings, &world()).unwrap();
    features::open_identity(&settings, &db, &world()).unwrap();
    add(&db, "值班 ☎");
    (settings, db)
}

fn add(db: &Db, name: &str) {
    let name = name.to_owned();
    db.write_blocking(move |tx| {
        let account: String =
            tx.query_one("SELECT id FROM identity_accounts", params![], |row| row.get(0))?;
        let id = tx.new_id()?;
        tx.execute(
            "INSERT INTO jobs_namespaces (id, account_id, uid, name, description, created_at, updated_at) \
             VALUES ($1, $2, $3, $3, '', $4, $4)",
            params![id, account, name, tx.now()],
        )
    })
    .unwrap();
}

fn names(db: &Db) -> Vec<String> {
    db.read_blocking(|tx| {
        tx.query("SELECT name FROM jobs_namespaces ORDER BY id", params![], |row| row.get(0))
    })
    .unwrap()
}

#[test]
fn a_backup_taken_from_a_live_store_can_be_restored_with_its_key() {
    let folder = tempfile::tempdir().unwrap();
    let (settings_before, db) = made(&folder.path().join("data"));
    let target = folder.path().join("backup");
    backup(&db, &settings_before, &*world().clock, &target).unwrap();
    add(&db, "later");
    let again = backup(&db, &settings_before, &*world().clock, &target);
    assert!(matches!(again, Err(Error::Conflict { what: "backup exists", .. })));

    let settings_after = settings(&folder.path().join("restored"));
    let checked = restore(&settings_after, &world(), &target).unwrap();
    assert_eq!(checked.rows["jobs_namespaces"], 1);
    assert_eq!(names(&open_folder(&settings_after.data, &world()).unwrap()), ["值班 ☎"]);
    assert_eq!(names(&db), ["值班 ☎", "later"]);
    let over = restore(&settings_after, &world(), &target);
    assert!(matches!(over, Err(Error::Conflict { what: "store exists", .. })));
}

#[test]
fn a_changed_backup_is_refused_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (settings_before, db) = made(&folder.path().join("data"));
    let target = folder.path().join("backup");
    backup(&db, &settings_before, &*world().clock, &target).unwrap();
    let file = target.join(SQLITE_FILE);
    let mut content = std::fs::read(&file).unwrap();
    content[5000] ^= 1;
    std::fs::write(&file, content).unwrap();
    let settings_after = settings(&folder.path().join("restored"));
    let refused = restore(&settings_after, &world(), &target);
    assert!(matches!(refused, Err(Error::Invalid { .. })), "{refused:?}");
    assert!(!settings_after.data.exists());
}

#[test]
fn a_check_refuses_another_key_and_makes_no_store() {
    let folder = tempfile::tempdir().unwrap();
    let (settings_before, db) = made(&folder.path().join("data"));
    assert_eq!(check(&db, &settings_before, &world()).unwrap().database, "SQLite");
    std::fs::remove_file(settings_before.key_file()).unwrap();
    assert!(matches!(check(&db, &settings_before, &world()), Err(Error::Conflict { what: "key file", .. })));
    let nowhere = settings(&folder.path().join("nowhere"));
    assert!(matches!(open_existing(&nowhere, &world()), Err(Error::NotFound { .. })));
    assert!(!nowhere.data.exists());
}

#[test]
fn a_copy_to_postgres_holds_the_same_and_goes_on_with_its_ids() {
    let Some(url) = muster_db::testing::new_postgres_database() else { return };
    let folder = tempfile::tempdir().unwrap();
    let (settings_before, source) = made(&folder.path().join("data"));
    let target = open_url(&url, &world()).unwrap();
    let copied = copy(&source, &target).unwrap();
    assert_eq!(copied.rows["jobs_namespaces"], 1);
    assert!(copied.rows["identity_accounts"] == 1 && copied.rows["identity_access_keys"] == 1);
    // The same key opens it, and a new id is none that the source has given out.
    check(&target, &settings_before, &world()).unwrap();
    add(&source, "source");
    add(&target, "target");
    assert_eq!(names(&target), ["值班 ☎", "target"]);
    let newest = |db: &Db| {
        db.read_blocking(|tx| {
            tx.query_one("SELECT max(id) FROM jobs_namespaces", params![], |row| row.get::<i64>(0))
        })
        .unwrap()
    };
    assert_eq!(newest(&source), newest(&target));
    let again = copy(&source, &target);
    assert!(matches!(again, Err(Error::Conflict { what: "copy", .. })));
}
