//! Counts, on each store.

use muster_core::Engine;

use super::*;
use crate::job::{Time, TimeKind};
use crate::testing::World;

fn ask<T: Send + 'static>(
    world: &World<'_>,
    what: impl Fn(&mut Tx<'_>, &Caller, &Scope, Window) -> Result<T> + Send + 'static,
    from_s: i64,
) -> Result<T> {
    let scope = Scope { namespace: Some("ns".into()), group_id: Some("g".into()) };
    let window = Window { from_s, to_s: world.now().seconds() };
    world.write(move |tx, alice| what(tx, alice, &scope, window))
}

#[test]
fn runs_are_counted_before_and_after_they_are_added_up() {
    World::on_each(|world| {
        let start = world.now().seconds();
        let roll_up = RollUp::new(world.store.db.clone());
        world.job(Time::of(TimeKind::Cron, "0 * * * * ?"), |job| job.max_concurrency = 5)?;
        let expected = |triggered, succeeded, failed| Counts { triggered, succeeded, failed };
        for (minute, success) in [(1, true), (2, false), (3, true)] {
            world.connect("a", &[]);
            world.pass(60_000)?;
            let run = world.handed_over().remove(0).1;
            assert!(world.end("a", run.instance, success)?);
            assert_eq!(ask(world, totals, start)?.triggered, minute);
        }
        assert_eq!(ask(world, totals, start)?, expected(3, 2, 1));
        assert_eq!(ask(world, totals, world.now().seconds())?, expected(1, 1, 0));
        let before = ask(world, series, start)?;
        assert_eq!(
            before.values().copied().collect::<Vec<_>>()[1..],
            [expected(1, 1, 0), expected(1, 0, 1), expected(1, 1, 0)]
        );
        // Over three hours: edges of minutes, whole hours between them.
        world.store.clock.advance(3 * 3_600_000);
        roll_up.run()?;
        roll_up.run()?;
        assert_eq!(ask(world, totals, start)?, expected(3, 2, 1));
        assert_eq!(ask(world, totals, start - 7_200)?, expected(3, 2, 1));
        let after = ask(world, series, start)?;
        assert!(before.iter().all(|(minute, counts)| after[minute] == *counts));
        assert_eq!(after.len(), 3 * 60 + 4);

        // What nobody may ask for any more goes with the next minute that is added up.
        world.store.clock.advance((LONGEST_WINDOW_S + 2 * 3600) * 1000);
        assert!(matches!(ask(world, totals, start), Err(Error::Invalid { .. })));
        world.pass(0)?;
        world.store.clock.advance(300_000);
        roll_up.run()?;
        let rows = world.store.db.read_blocking(|tx| {
            tx.query_one("SELECT COUNT(*) FROM jobs_run_counts WHERE succeeded > 0", &[], |row| {
                row.get::<i64>(0)
            })
        })?;
        assert_eq!(rows, 0);
        Ok(())
    });
}

#[test]
fn what_there_is_now() {
    World::on_each(|world| {
        let job = world.job(Time::api(), |_| {})?;
        let off = world.job(Time::api(), |_| {})?.id;
        let jobs = world.jobs.clone();
        world.write(move |tx, alice| jobs.set_enabled(tx, alice, "ns", Some("g"), &[off], false))?;
        world.connect("a", &[]);
        world.execute(job.id)?;
        world.pass(1_000)?;
        let group = world.group;
        world.write(move |tx, alice| {
            let wanted = Present { groups: vec![group], jobs: 2, disabled: 1, running: 1 };
            assert_eq!(present(tx, alice, &Scope::default())?, wanted);
            let bob = muster_identity::testing::root_caller("2");
            assert_eq!(present(tx, &bob, &Scope::default())?, Present::default());
            let foreign = Scope { namespace: Some("ns".into()), group_id: Some("g".into()) };
            assert!(matches!(present(tx, &bob, &foreign), Err(Error::NotFound { .. })));
            Ok(())
        })
    });
}

#[test]
fn windows_that_cannot_be() {
    let now = Timestamp::from_millis(1_768_465_800_000);
    let fits = |from: i64, to: i64, longest| {
        check(Window { from_s: now.seconds() + from, to_s: now.seconds() + to }, now, longest).is_ok()
    };
    assert!(fits(-LONGEST_WINDOW_S, 0, LONGEST_WINDOW_S) && fits(0, 0, 1));
    assert!(!fits(-LONGEST_WINDOW_S - 1, -10, LONGEST_WINDOW_S));
    assert!(!fits(0, -1, LONGEST_WINDOW_S) && !fits(-LONGEST_SERIES_S - 1, 0, LONGEST_SERIES_S));
}
