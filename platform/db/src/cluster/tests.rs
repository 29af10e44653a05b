use std::sync::Arc;

use muster_core::{Clock, ManualClock, Result};

use super::*;
use crate::testing::TestStore;

const LEASE_MS: i64 = 5_000;

fn introduction(home: &str) -> Introduction {
    Introduction {
        home: home.to_owned(),
        address: Some(format!("{home}:52014")),
        version: "1".to_owned(),
        lease_ms: LEASE_MS,
    }
}

fn clock(store: &TestStore) -> Arc<dyn Clock> {
    Arc::<ManualClock>::clone(&store.clock)
}

fn node(store: &TestStore, home: &str) -> Result<Db> {
    let db = store.db.another_node();
    db.join(introduction(home), clock(store))?;
    Ok(db)
}

fn held(db: &Db) -> usize {
    (0..i64::from(SHARDS)).filter(|id| db.serving_since(Shard::of(*id)).is_some()).count()
}

fn served(db: &Db) -> Result<usize> {
    db.read_blocking(|tx| match tx.served()? {
        Served::All => Ok(usize::from(SHARDS)),
        Served::Shards(shards) => Ok(shards.len()),
    })
}

/// Lets `ms` pass in seconds, in each of which these nodes tend.
fn pass(store: &TestStore, ms: i64, nodes: &[&Db]) -> Result<()> {
    for _ in 0..ms / 1_000 {
        store.clock.advance(1_000);
        nodes.iter().try_for_each(|node| node.tend())?;
    }
    Ok(())
}

#[test]
fn who_is_alone_serves_everything_without_rows() {
    TestStore::on_each(&[], |store| {
        assert_eq!((held(&store.db), served(&store.db)?), (64, 64));
        assert!(store.db.read_blocking(|tx| tx.serves(Shard::of(7)))?);
        assert_eq!((store.db.nodes()?, store.db.place_of(Shard::of(7))), (Vec::new(), Place::Here));
        store.db.tend()?;
        store.db.leave()
    })
    .unwrap();
}

#[test]
fn nodes_share_and_one_takes_over_when_the_other_dies() {
    TestStore::on_each(&[], |store| {
        let a = node(store, "a")?;
        assert_eq!((held(&a), served(&a)?), (64, 64));
        let b = node(store, "b")?;
        assert_eq!(held(&b), 0);
        pass(store, 2_000, &[&a, &b])?;
        assert_eq!((held(&a), held(&b)), (32, 32));
        let of_b = Shard::of((0..64).find(|id| b.serving_since(Shard::of(*id)).is_some()).unwrap());
        assert_eq!(a.place_of(of_b), Place::At("b:52014".to_owned()));
        assert!(!a.read_blocking(move |tx| tx.serves(of_b))?);
        // Nobody may serve twice, and nobody is given up before a lease has passed.
        pass(store, LEASE_MS - 1_000, &[&a])?;
        assert_eq!((held(&a), held(&b)), (32, 32));
        pass(store, 2_000, &[&a])?;
        assert_eq!((held(&a), held(&b), served(&b)?), (64, 0, 0));
        assert_eq!(a.nodes()?.len(), 1);
        // Who was held for dead comes back as somebody else.
        let before = b.seat.number();
        pass(store, 2_000, &[&b, &a, &b])?;
        assert!(b.seat.number() > before);
        assert_eq!((held(&a), held(&b)), (32, 32));
        let shares: Vec<usize> = a.nodes()?.iter().map(|node| node.shards).collect();
        assert_eq!(shares, [32, 32]);
        Ok(())
    })
    .unwrap();
}

#[test]
fn who_leaves_is_succeeded_at_once_and_so_is_a_predecessor_in_the_same_folder() {
    TestStore::on_each(&[], |store| {
        let (a, b) = (node(store, "a")?, node(store, "b")?);
        pass(store, 2_000, &[&a, &b])?;
        b.leave()?;
        assert_eq!(served(&b)?, 0);
        pass(store, 1_000, &[&a])?;
        assert_eq!(held(&a), 64);
        let again = node(store, "a")?;
        assert_eq!((held(&again), served(&a)?), (64, 0));
        Ok(())
    })
    .unwrap();
}

#[test]
fn who_slept_or_could_not_see_gives_nobody_up() {
    TestStore::on_each(&[], |store| {
        let (a, b) = (node(store, "a")?, node(store, "b")?);
        pass(store, 2_000, &[&a, &b])?;
        // An hour without a look at each other: the first to wake must not hold the other one for dead.
        store.clock.advance(3_600_000);
        assert_eq!(held(&a), 0, "it cannot know what it holds");
        a.tend()?;
        b.tend()?;
        a.tend()?;
        assert_eq!((held(&a), held(&b)), (32, 32));
        // A clock that somebody sets ends no lease.
        store.clock.set(store.clock.now().plus_ms(3_600_000));
        a.tend()?;
        assert_eq!((held(&a), held(&b)), (32, 32));
        Ok(())
    })
    .unwrap();
}

#[test]
fn a_transaction_is_undone_when_its_shard_changes_hands_meanwhile() {
    const TABLE: &[crate::Migration] =
        &[crate::Migration { id: "cluster_test/0001", sql: "CREATE TABLE claims (id BIGINT PRIMARY KEY)" }];
    let Some(store) = TestStore::postgres(TABLE).unwrap() else { return };
    let (old, new) = (node(&store, "old").unwrap(), store.db.another_node());
    let shard = Shard::of(7);
    let taker = Arc::new((new.clone(), clock(&store), std::sync::atomic::AtomicBool::new(false)));
    let kept = old
        .write_blocking(move |tx| {
            let serves = tx.serves(shard)?;
            let (new, clock, taken) = &*taker;
            if !taken.swap(true, SeqCst) {
                // In the midst of it another process takes over from the same folder, and acts on what it sees.
                new.join(introduction("old"), Arc::clone(clock))?;
                new.write_blocking(move |tx| {
                    assert!(tx.serves(shard)?);
                    assert_eq!(tx.query_one("SELECT COUNT(*) FROM claims", &[], |row| row.get::<i64>(0))?, 0);
                    tx.execute("INSERT INTO claims (id) VALUES (2)", &[])
                })?;
            }
            if serves {
                tx.execute("INSERT INTO claims (id) VALUES (1)", &[])?;
            }
            Ok(serves)
        })
        .unwrap();
    assert!(!kept, "it was run again, and found that it serves no more");
    let claims =
        new.read_blocking(|tx| tx.query("SELECT id FROM claims", &[], |row| row.get::<i64>(0))).unwrap();
    assert_eq!(claims, [2]);
}

#[test]
fn a_claim_is_undone_when_its_shard_changed_hands_after_its_snapshot() {
    let Some(store) = TestStore::postgres(&[]).unwrap() else { return };
    let (old, new) = (node(&store, "old").unwrap(), store.db.another_node());
    let runs = Arc::new(AtomicI64::new(0));
    let (taker, counted) = ((new.clone(), clock(&store)), Arc::clone(&runs));
    let kept = old
        .claim_blocking(move |tx| {
            tx.query_one("SELECT COUNT(*) FROM muster_shards", &[], |row| row.get::<i64>(0))?;
            if counted.fetch_add(1, SeqCst) == 0 {
                taker.0.join(introduction("old"), Arc::clone(&taker.1))?;
            }
            tx.serves(Shard::of(7))
        })
        .unwrap();
    assert_eq!((kept, runs.load(SeqCst), held(&new)), (false, 2, 64));
}

#[test]
fn a_node_retires_when_the_schema_is_newer() {
    TestStore::on_each(&[], |store| {
        let a = node(store, "a")?;
        assert_eq!(*a.retired().borrow(), None);
        store.db.write_blocking(|tx| {
            let sql = "INSERT INTO muster_migrations (id, checksum, applied_at) VALUES ('later/0001', '', 0)";
            tx.execute(sql, &[])
        })?;
        a.tend()?;
        assert!(a.retired().borrow().is_some());
        Ok(())
    })
    .unwrap();
}

#[test]
fn an_engine_runs_on_one_node() {
    struct Count(std::sync::atomic::AtomicI64);
    impl muster_core::Engine for Count {
        fn name(&self) -> &'static str {
            "test.count"
        }
        fn period(&self) -> std::time::Duration {
            std::time::Duration::from_secs(1)
        }
        fn run(&self) -> Result<()> {
            self.0.fetch_add(1, SeqCst);
            Ok(())
        }
    }
    TestStore::on_each(&[], |store| {
        let (a, b) = (node(store, "a")?, node(store, "b")?);
        pass(store, 2_000, &[&a, &b])?;
        let count = Arc::new(Count(AtomicI64::new(0)));
        for db in [&a, &b] {
            let engine: Arc<dyn muster_core::Engine> = Arc::<Count>::clone(&count);
            muster_core::Engine::run(&OnOneNode::new(db.clone(), engine))?;
        }
        assert_eq!(count.0.load(SeqCst), 1);
        Ok(())
    })
    .unwrap();
}
