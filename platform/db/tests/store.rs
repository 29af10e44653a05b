//! What every store must do.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::sync::Arc;

use muster_core::{Clock, Error, Result};
use muster_db::testing::TestStore;
use muster_db::{Db, Durability, Location, Migration, Options, Tx, params};

const MIGRATIONS: &[Migration] = &[Migration {
    id: "test/0001_things",
    sql: "CREATE TABLE thing (id BIGINT PRIMARY KEY, name TEXT NOT NULL UNIQUE, body BYTEA, share DOUBLE PRECISION)",
}];

fn add(tx: &mut Tx<'_>, name: &str) -> Result<i64> {
    let id = tx.new_id()?;
    tx.execute("INSERT INTO thing (name, id) VALUES ($2, $1)", params![id, name])?;
    Ok(id)
}

fn names(db: &Db) -> Vec<String> {
    db.read_blocking(|tx| tx.query("SELECT name FROM thing ORDER BY id", params![], |row| row.get("name")))
        .unwrap()
}

/// Runs a test on SQLite, and on PostgreSQL where it is installed.
fn on_each(test: impl Fn(&TestStore)) {
    TestStore::on_each(MIGRATIONS, |store| {
        test(store);
        Ok(())
    })
    .unwrap();
}

fn options_of(store: &TestStore) -> Options {
    Options {
        location: Location::Folder(store.folder.path().to_owned()),
        durability: Durability::Unflushed,
        clock: Arc::<muster_core::ManualClock>::clone(&store.clock),
        random: Arc::new(muster_core::SharedRandom::new(muster_core::Random::from_number(2))),
        signals: store.signals.clone(),
    }
}

#[test]
fn many_ids_are_drawn_at_once_and_none_twice() {
    on_each(|store| {
        let draw = |tx: &mut Tx<'_>| {
            let mut ids = tx.new_ids(3)?;
            ids.push(tx.new_id()?);
            ids.extend(tx.new_ids(1)?);
            ids.extend(tx.new_ids(0)?);
            Ok(ids)
        };
        let ids = store.db.write_blocking(draw).unwrap();
        assert_eq!(ids.len(), 5);
        assert!(ids.windows(2).all(|pair| pair[0] < pair[1]), "{ids:?}");
    });
}

#[test]
fn values_come_back_as_they_were_bound_whatever_the_order() {
    on_each(|store| {
        let text = "告警 🚨 a'b$1";
        store
            .db
            .write_blocking(move |tx| {
                tx.execute(
                    "INSERT INTO thing (share, body, name, id) VALUES ($4, $3, $2, $1)",
                    params![7, text, [1_u8, 0, 255], 0.5],
                )
            })
            .unwrap();
        let row = store
            .db
            .read_blocking(|tx| {
                tx.query_one("SELECT * FROM thing WHERE name = $1", params![text], |row| {
                    Ok((
                        row.get::<i64>("id")?,
                        row.get::<String>("name")?,
                        row.get::<Vec<u8>>("body")?,
                        row.get::<f64>("share")?,
                    ))
                })
            })
            .unwrap();
        assert_eq!(row, (7, text.to_owned(), vec![1, 0, 255], 0.5));
    });
}

#[test]
fn numeric_ids_have_constant_width_and_go_on_after_a_restart() {
    let store = TestStore::sqlite(MIGRATIONS).unwrap();
    assert_eq!(store.db.write_blocking(|tx| add(tx, "a")).unwrap(), 1_000_000_000_000);
    store.db.close();
    let again = Db::open(options_of(&store), MIGRATIONS).unwrap();
    assert_eq!(again.write_blocking(|tx| add(tx, "b")).unwrap(), 1_000_000_000_001);
}

#[test]
fn a_refused_piece_of_work_leaves_nothing_and_harms_nobody() {
    let store = TestStore::sqlite(MIGRATIONS).unwrap();
    let refused = store.db.write_blocking(|tx| {
        add(tx, "half")?;
        Err::<(), _>(Error::invalid("name", "is refused"))
    });
    assert!(matches!(refused, Err(Error::Invalid { .. })));
    let panicked = store.db.write_blocking(|tx| -> Result<()> {
        add(tx, "panic")?;
        panic!("a defect");
    });
    assert!(matches!(panicked, Err(Error::Internal { .. })));
    store.db.write_blocking(|tx| add(tx, "whole")).unwrap();
    assert_eq!(names(&store.db), ["whole"]);
}

#[test]
fn panics_do_not_use_up_the_store() {
    on_each(|store| {
        for _ in 0..20 {
            let panicked = store.db.write_blocking(|_| -> Result<()> { panic!("a defect") });
            assert!(matches!(panicked, Err(Error::Internal { .. })));
        }
        store.db.write_blocking(|tx| add(tx, "whole")).unwrap();
        assert_eq!(names(&store.db), ["whole"]);
    });
}

#[test]
fn the_file_is_its_owners_even_in_an_open_folder() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    std::fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o755)).unwrap();
    let store = TestStore::sqlite(MIGRATIONS).unwrap();
    let location = muster_db::Location::Folder(folder.path().to_owned());
    let db = Db::open(muster_db::Options { location, ..options_of(&store) }, MIGRATIONS).unwrap();
    db.write_blocking(|tx| add(tx, "a")).unwrap();
    let copy = folder.path().join("copy.db");
    db.backup_to(&copy).unwrap();
    let mut seen = 0;
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        if name.contains(".db") {
            assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o077, 0, "{name}");
            seen += 1;
        }
    }
    assert!(seen >= 3, "the store, its log and the copy");
}

#[test]
fn an_attempt_undoes_only_itself() {
    on_each(|store| {
        store
            .db
            .write_blocking(|tx| {
                add(tx, "before")?;
                let failed: Result<()> = tx.attempt(|tx| {
                    add(tx, "inside")?;
                    tx.signal("test.engine");
                    let _: Result<i64> = tx.attempt(|tx| add(tx, "deeper"));
                    Err(Error::conflict("test", "no"))
                });
                assert!(failed.is_err());
                add(tx, "after").map(|_| ())
            })
            .unwrap();
        assert_eq!(names(&store.db), ["before", "after"]);
    });
}

#[tokio::test]
async fn many_writers_share_commits_and_all_are_kept() {
    let store = TestStore::sqlite(MIGRATIONS).unwrap();
    let writers: Vec<_> = (0..200)
        .map(|number| {
            let db = store.db.clone();
            tokio::spawn(async move { db.write(move |tx| add(tx, &format!("n{number:03}"))).await })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap().unwrap();
    }
    let mut kept = names(&store.db);
    kept.sort();
    assert_eq!(kept.len(), 200);
    assert_eq!(kept[199], "n199");
    let counters = store.db.counters();
    assert_eq!(counters.works, 200);
    assert!(counters.commits < 200, "{counters:?}");
}

#[tokio::test]
async fn a_signal_is_raised_after_the_commit_and_not_for_refused_work() {
    let store = TestStore::sqlite(MIGRATIONS).unwrap();
    let flag = store.signals.flag("test.engine");
    let refused = store
        .db
        .write(|tx| {
            tx.signal("test.engine");
            Err::<(), _>(Error::conflict("test", "no"))
        })
        .await;
    assert!(refused.is_err());
    store
        .db
        .write(|tx| {
            tx.signal("test.other");
            Ok(())
        })
        .await
        .unwrap();
    store.signals.flag("test.other").notified().await;
    let quiet = tokio::time::timeout(std::time::Duration::ZERO, flag.notified()).await;
    assert!(quiet.is_err(), "refused work raised its signal");
}

#[test]
fn one_folder_belongs_to_one_process() {
    let store = TestStore::sqlite(MIGRATIONS).unwrap();
    let second = Db::open(options_of(&store), MIGRATIONS);
    assert!(matches!(second, Err(Error::Conflict { what: "folder in use", .. })));
}

#[test]
fn a_newer_or_changed_schema_is_refused() {
    let store = TestStore::sqlite(MIGRATIONS).unwrap();
    store.db.close();
    let older = Db::open(options_of(&store), &[]);
    assert!(matches!(older, Err(Error::Conflict { what: "newer schema", .. })));
    let changed = [Migration { id: MIGRATIONS[0].id, sql: "CREATE TABLE thing (id BIGINT)" }];
    let changed = Db::open(options_of(&store), &changed);
    assert!(matches!(changed, Err(Error::Conflict { what: "changed migration", .. })));
    assert!(Db::open(options_of(&store), MIGRATIONS).is_ok());
}

#[test]
fn the_instant_stands_still_and_like_minds_the_case() {
    on_each(|store| {
        let clock = Arc::clone(&store.clock);
        let (before, after) = store
            .db
            .write_blocking(move |tx| {
                add(tx, "Name")?;
                let before = tx.now();
                clock.advance(5);
                Ok((before, tx.now()))
            })
            .unwrap();
        assert_eq!(before, after);
        assert_eq!(store.clock.now().since(before), 5);
        let found = store
            .db
            .read_blocking(|tx| {
                tx.query_one("SELECT count(*) FROM thing WHERE name LIKE 'name%'", params![], |row| {
                    row.get::<i64>(0)
                })
            })
            .unwrap();
        assert_eq!(found, 0);
    });
}

#[test]
fn a_full_disk_refuses_changes_and_recovers_by_itself() {
    let store = TestStore::sqlite(MIGRATIONS).unwrap();
    store.db.write_blocking(|tx| add(tx, "kept")).unwrap();
    let pages = |tx: &mut Tx<'_>| tx.query_one("PRAGMA page_count", params![], |row| row.get::<i64>(0));
    let full = store.db.read_blocking(pages).unwrap();
    let limit = move |tx: &mut Tx<'_>, pages: i64| {
        tx.query_one(&format!("PRAGMA max_page_count = {pages}"), params![], |row| row.get::<i64>(0))
    };
    store.db.write_blocking(move |tx| limit(tx, full)).unwrap();
    let big = vec![0_u8; 64 * 1024];
    let refused = store.db.write_blocking(move |tx| {
        tx.execute("INSERT INTO thing (id, name, body) VALUES (1, 'big', $1)", params![big])
    });
    assert!(matches!(refused, Err(Error::Unavailable { .. })), "{refused:?}");
    assert_eq!(names(&store.db), ["kept"]);
    assert!(matches!(store.db.health(), muster_db::Health::ReadOnly(_)));
    let queued = store.db.write_blocking(|tx| add(tx, "too soon"));
    assert!(matches!(queued, Err(Error::Unavailable { .. })), "{queued:?}");
    store.clock.advance(1_000);
    store.db.write_blocking(move |tx| limit(tx, 1_000_000)).unwrap();
    store.db.write_blocking(|tx| add(tx, "again")).unwrap();
    assert_eq!(names(&store.db), ["kept", "again"]);
    assert_eq!(store.db.health(), muster_db::Health::Writable);
}

#[test]
fn a_backup_is_whole_while_the_store_goes_on() {
    let store = TestStore::sqlite(MIGRATIONS).unwrap();
    store.db.write_blocking(|tx| add(tx, "kept")).unwrap();
    let copy = tempfile::tempdir().unwrap();
    store.db.backup_to(&copy.path().join(muster_db::SQLITE_FILE)).unwrap();
    store.db.write_blocking(|tx| add(tx, "later")).unwrap();
    let options = Options { location: Location::Folder(copy.path().to_owned()), ..options_of(&store) };
    assert_eq!(names(&Db::open(options, MIGRATIONS).unwrap()), ["kept"]);
}

#[test]
fn two_who_change_the_same_row_are_put_in_order() {
    on_each(|store| {
        store.db.write_blocking(|tx| add(tx, "counter")).unwrap();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..25 {
                        store
                            .db
                            .write_blocking(|tx| {
                                let share: Option<f64> =
                                    tx.query_one("SELECT share FROM thing", params![], |row| row.get(0))?;
                                tx.execute("UPDATE thing SET share = $1", params![share.unwrap_or(0.0) + 1.0])
                            })
                            .unwrap();
                    }
                });
            }
        });
        let sum: f64 = store
            .db
            .read_blocking(|tx| tx.query_one("SELECT share FROM thing", params![], |row| row.get(0)))
            .unwrap();
        assert!((sum - 100.0).abs() < f64::EPSILON, "{sum}");
    });
}

#[test]
fn a_crowd_at_the_same_rows_gets_through() {
    on_each(|store| {
        let (crowd, each) = (48, 12);
        std::thread::scope(|scope| {
            for member in 0..crowd {
                let db = &store.db;
                scope.spawn(move || {
                    for n in 0..each {
                        // Each reads all that the others write: the case that quotas make.
                        db.write_blocking(move |tx| {
                            tx.query_one("SELECT COUNT(*) FROM thing", params![], |row| row.get::<i64>(0))?;
                            let id = add(tx, &format!("{member}-{n}"))?;
                            tx.execute("UPDATE thing SET share = 1.0 WHERE id = $1", params![id])
                        })
                        .unwrap();
                    }
                });
            }
        });
        assert_eq!(names(&store.db).len(), crowd * each);
    });
}
