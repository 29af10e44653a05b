//! What was acknowledged is read back, whatever happened in between.

use muster_core::{Engine, Error};
use muster_db::cluster::Introduction;
use muster_db::{Db, params};

use super::*;

#[test]
fn samples_are_read_back_in_order_and_the_last_word_counts() {
    on_each(|store| {
        let node = Node::start(store);
        let at = |seconds: i64| node.now().plus_ms(-seconds * 1000);
        node.add(MINE, vec![new("a", at(60), 1.0), new("a", at(50), 2.0), new("b", at(60), 9.0)])?;
        node.add(MINE, vec![new("a", at(55), 1.5), new("a", at(50), 2.5)])?;
        let expected: Vec<_> =
            [(60, 1.0), (55, 1.5), (50, 2.5)].map(|(age, value)| (at(age).millis(), value)).into();
        assert_eq!(node.samples("a"), expected);
        node.follow.seal()?;
        assert_eq!(node.samples("a"), expected);
        node.add(MINE, vec![new("a", at(55), 7.0)])?;
        node.follow.seal()?;
        node.follow.seal()?;
        let expected: Vec<_> =
            [(60, 1.0), (55, 7.0), (50, 2.5)].map(|(age, value)| (at(age).millis(), value)).into();
        assert_eq!(node.samples("a"), expected);
        assert_eq!(Node::start(store).samples("a"), expected);
        assert_eq!(node.samples("b").len(), 1);
        assert!(node.find(THEIRS, "a").is_none());
        let id = node.find(MINE, "a").unwrap().id;
        let get = |scope| store.db.read_blocking(|tx| node.service.get(tx, scope, id)).unwrap();
        assert_eq!(get(MINE).map(|series| series.id), Some(id));
        assert_eq!(get(THEIRS), None);
        Ok(())
    });
}

#[test]
fn a_new_start_finds_what_only_the_log_holds() {
    on_each(|store| {
        let node = Node::start(store);
        for minute in 0..100 {
            let at = node.now();
            node.add(MINE, vec![new("a", at, f64::from(minute)), new("b", at, 1.0)])?;
            store.clock.advance(60_000);
            if minute == 40 {
                node.follow.seal()?;
            }
        }
        let again = Node::start(store);
        assert_eq!(again.samples("a").len(), 100);
        assert_eq!(again.samples("a"), node.samples("a"));
        Ok(())
    });
}

#[test]
fn a_crash_while_sealing_loses_and_doubles_nothing() {
    on_each(|store| {
        let node = Node::start(store);
        for minute in 0..10 {
            node.add(MINE, vec![new("a", node.now().plus_ms(minute * 1000), 2.0)])?;
        }
        let before = node.samples("a");
        // The log as it is before the seal comes back after it: as if the crash had come between chunks and cut.
        let log = store.db.read_blocking(|tx| crate::store::log_after(tx, 0, 100))?;
        node.follow.seal()?;
        store.db.write_blocking(move |tx| {
            tx.execute("UPDATE metrics_state SET sealed_log_id = 0", params![])?;
            log.iter().try_for_each(|(id, data)| {
                tx.execute("INSERT INTO metrics_log (id, data) VALUES ($1, $2)", params![id, data])
                    .map(|_| ())
            })
        })?;
        let again = Node::start(store);
        assert_eq!(again.samples("a"), before);
        again.follow.run()?;
        again.follow.seal()?;
        assert_eq!(again.samples("a"), before);
        let third = Node::start(store);
        let series = third.find(MINE, "a").unwrap();
        let period = crate::Period::from_seconds(3600).unwrap();
        let windows = store
            .db
            .read_blocking(|tx| third.service.windows(tx, series.id, period, third.now(), third.now()))?;
        assert_eq!(windows[0].aggregate.count, 10);
        Ok(())
    });
}

#[test]
fn what_was_undone_is_nowhere() {
    on_each(|store| {
        let node = Node::start(store);
        node.add(MINE, vec![new("a", node.now(), 1.0)])?;
        let (service, samples) = (
            Arc::clone(&node.service),
            vec![new("a", node.now().plus_ms(5), 2.0), new("c", node.now(), 3.0)],
        );
        let undone = store.db.write_blocking(move |tx| {
            service.add(tx, MINE, &samples, ADMISSION)?;
            Err::<(), _>(Error::conflict("test", "no"))
        });
        assert!(undone.is_err());
        assert_eq!(node.samples("a").len(), 1);
        assert!(node.find(MINE, "c").is_none());
        assert_eq!(node.service.memory_use().0, 1);
        Ok(())
    });
}

#[test]
fn nodes_follow_the_same_log() {
    on_each(|store| {
        let (one, two) = (Node::start(store), Node::start(store));
        one.add(MINE, vec![new("a", one.now(), 1.0)])?;
        assert_eq!(two.samples("a").len(), 1);
        two.add(MINE, vec![new("a", one.now().plus_ms(1), 2.0), new("b", one.now(), 2.0)])?;
        one.follow.seal()?;
        two.follow.seal()?;
        assert_eq!((one.samples("a").len(), two.samples("b").len()), (2, 1));
        // A node that slept through a seal reads from chunks what it never saw in the log.
        let late = Node::start(store);
        late.follow.run()?;
        one.add(MINE, vec![new("a", one.now().plus_ms(2), 3.0)])?;
        one.follow.seal()?;
        assert_eq!(late.samples("a").len(), 3);
        Ok(())
    });
}

#[test]
fn only_the_node_that_serves_the_shard_seals() {
    on_each(|store| {
        let db = |home: &str| -> Result<Db> {
            let db = store.db.another_node();
            let introduction = Introduction {
                home: home.to_owned(),
                address: None,
                version: "1".to_owned(),
                lease_ms: 5_000,
            };
            db.join(introduction, store.clock.clone())?;
            Ok(db)
        };
        let service = Arc::new(Service::new(Limits::default()));
        let follow =
            |db: Db| Follow::new(db, Arc::clone(&service), store.clock.clone(), SealLimits::default());
        let (first, second) = (db("a")?, db("b")?);
        let (sleeper, heir) = (follow(first), follow(second.clone()));
        let writer = Node::start(store);
        let add = |at: Timestamp| -> Result<()> {
            writer.add(MINE, vec![new("a", at, 1.0)])?;
            store.db.read_blocking(|tx| service.follow(tx))
        };
        add(writer.now())?;
        assert!(sleeper.seal()?);
        // It sleeps for a lease, and wakes with its work half done.
        for _ in 0..7 {
            store.clock.advance(1_000);
            second.tend()?;
        }
        add(writer.now())?;
        assert!(!sleeper.seal()?);
        assert!(heir.seal()?);
        let rows = |tx: &mut muster_db::Tx<'_>| {
            tx.query_one("SELECT count(*) FROM metrics_chunks", params![], |row| row.get::<i64>(0))
        };
        assert_eq!((store.db.read_blocking(rows)?, writer.samples("a").len()), (2, 2));
        Ok(())
    });
}

#[test]
fn what_no_store_should_keep_is_refused_whole() {
    on_each(|store| {
        let node = Node::start(store);
        let now = node.now();
        for (bad, field) in [
            (new("a", now.plus_ms(600_001), 1.0), "[1].time"),
            (new("a", now.plus_ms(-3 * DAY_MS - 1), 1.0), "[1].time"),
            (new("a", now, f64::NAN), "[1].value"),
            (new("a", now, f64::INFINITY), "[1].value"),
            (new("a", now, -1e101), "[1].value"),
        ] {
            let refused = node.add(MINE, vec![new("good", now, 1.0), bad]);
            assert!(
                matches!(&refused, Err(Error::Invalid { field: found, .. }) if found == field),
                "{refused:?}"
            );
        }
        assert!(node.find(MINE, "good").is_none());
        node.add(MINE, vec![new("a", now.plus_ms(600_000), 1e100), new("a", now.plus_ms(-3 * DAY_MS), 1.0)])?;
        assert_eq!(node.samples("a").len(), 2);
        Ok(())
    });
}

#[test]
fn a_flood_of_series_is_refused_and_leaves_room_for_others() {
    on_each(|store| {
        let node = Node::with(store, Limits { series_per_account: 3, ..Limits::default() });
        let flood = |hosts: std::ops::Range<i32>| -> Vec<_> {
            hosts.map(|host| new(&host.to_string(), node.now(), 1.0)).collect()
        };
        node.add(MINE, flood(0..2))?;
        let refused = node.add(MINE, flood(1..5));
        assert!(matches!(refused, Err(Error::Quota { what: "metric series", limit: 3 })), "{refused:?}");
        node.add(MINE, flood(0..3))?;
        assert!(node.add(MINE, flood(3..4)).is_err());
        node.add(THEIRS, flood(0..3))?;
        assert!(node.find(MINE, "3").is_none());
        node.add_as(MINE, flood(7..9), Admission { counted: false, ..ADMISSION })?;
        store.clock.advance(3 * DAY_MS);
        muster_core::Engine::run(&node.roll_up)?;
        store.clock.advance(3 * DAY_MS);
        muster_core::Engine::run(&node.roll_up)?;
        let flood = |hosts: std::ops::Range<i32>| -> Vec<_> {
            hosts.map(|host| new(&host.to_string(), node.now(), 1.0)).collect()
        };
        node.add(MINE, flood(10..13))?;
        assert!(node.add(MINE, flood(13..14)).is_err());
        Ok(())
    });
}

#[test]
fn the_last_words_about_a_series_count() {
    on_each(|store| {
        let node = Node::start(store);
        node.add(MINE, vec![new("a", node.now(), 1.0)])?;
        assert_eq!(node.samples("a").len(), 1);
        let told = NewSample {
            unit: "MB".into(),
            kind: ValueKind::Integer,
            ttl_ms: 5_000,
            ..new("a", node.now().plus_ms(1), 2.0)
        };
        node.add(MINE, vec![told])?;
        let series = node.find(MINE, "a").unwrap();
        assert_eq!((&*series.unit, series.kind, series.ttl_ms), ("MB", ValueKind::Integer, 5_000));
        assert_eq!(Node::start(store).find(MINE, "a").unwrap(), series);
        store.clock.advance(5_001);
        assert_eq!(node.samples("a").len(), 1, "single samples are shown as long as was asked");
        store.clock.advance(1);
        assert_eq!(node.samples("a").len(), 0);
        Ok(())
    });
}
