//! Events in, lists and counts out.

use muster_core::Engine;

use super::*;
use crate::engine::Prune;
use crate::{Category, Keywords};

fn named(events: &[Event]) -> Vec<&str> {
    events.iter().map(|event| event.facts.name.as_str()).collect()
}

#[test]
fn the_same_event_counts_once_where_the_reporter_says_so() {
    on_each(|world| {
        let now = world.now();
        let first = world.report(MINE, &[facts("full", now), facts("full", now)], Repeats::Same)?;
        assert_eq!(first[0], first[1]);
        assert_eq!(
            world.report(MINE, &[facts("slow", now), facts("full", now)], Repeats::Same)?[1],
            first[0]
        );
        let other = Facts { user: "bob".to_owned(), ..facts("full", now) };
        assert_ne!(world.report(MINE, &[other], Repeats::Same)?[0], first[0]);
        assert_ne!(world.report(THEIRS, &[facts("full", now)], Repeats::Same)?[0], first[0]);
        let again = world.report(MINE, &[facts("full", now), facts("full", now)], Repeats::Another)?;
        assert_ne!(again[0], again[1]);
        assert_eq!(world.list("1000", &EventFilter::default()).len(), 5);
        assert_eq!(world.list("2000", &EventFilter::default()).len(), 1);
        let heard = world.heard.0.lock().unwrap().clone();
        let expected = ["1000/full", "1000/slow", "1000/full", "2000/full", "1000/full", "1000/full"];
        assert_eq!(heard, expected);
        Ok(())
    });
}

#[test]
fn events_are_found_by_each_of_their_parts() {
    on_each(|world| {
        let now = world.now();
        let plain = facts("full", now);
        let system = Facts {
            kind: Kind::System,
            category: Some(Category::Maintenance),
            source: "SYS.ECS".to_owned(),
            level: None,
            state: String::new(),
            group_id: Some(7),
            user: String::new(),
            content: "100% of it".to_owned(),
            ..facts("reboot", now.plus_ms(-HOUR_MS))
        };
        let ids = world.report(MINE, &[plain.clone(), system.clone()], Repeats::Same)?;
        let all = world.list("1000", &EventFilter::default());
        assert_eq!(all.iter().map(|event| event.facts.clone()).collect::<Vec<_>>(), [plain, system]);
        assert_eq!(all[0].received_at, now);
        let none = EventFilter::default();
        let filters = [
            (EventFilter { id: Some(ids[1]), ..none.clone() }, "reboot"),
            (EventFilter { kind: Some(Kind::Custom), ..none.clone() }, "full"),
            (
                EventFilter { categories: vec![Category::Exception, Category::Maintenance], ..none.clone() },
                "reboot",
            ),
            (EventFilter { source: Some("MINE.APP".to_owned()), ..none.clone() }, "full"),
            (EventFilter { name: Some("reboot".to_owned()), ..none.clone() }, "reboot"),
            (EventFilter { levels: vec![Level::Major], ..none.clone() }, "full"),
            (EventFilter { state: Some("warning".to_owned()), ..none.clone() }, "full"),
            (EventFilter { user: Some("eve".to_owned()), ..none.clone() }, "full"),
            (EventFilter { group_id: Some(7), ..none.clone() }, "reboot"),
            (EventFilter { keywords: Keywords::parse("100% and of"), ..none.clone() }, "reboot"),
            (EventFilter { keywords: Keywords::parse("nothing or free and ful"), ..none.clone() }, "full"),
            (EventFilter { from: Some(now), ..none.clone() }, "full"),
            (EventFilter { to: Some(now.plus_ms(-1)), ..none.clone() }, "reboot"),
        ];
        for (filter, expected) in filters {
            assert_eq!(named(&world.list("1000", &filter)), [expected], "{filter:?}");
        }
        let elsewhere = EventFilter { project_id: Some("q".to_owned()), ..none.clone() };
        assert!(world.list("1000", &elsewhere).is_empty());
        let dimensions = Some(vec![("disk".to_owned(), "disk-2".to_owned())]);
        assert!(world.list("1000", &EventFilter { dimensions, ..none.clone() }).is_empty());
        let found = world.store.db.read_blocking(|tx| world.service.sources_and_users(tx, "1000", &none))?;
        assert_eq!(found, (vec!["MINE.APP".to_owned(), "SYS.ECS".to_owned()], vec!["eve".to_owned()]));
        assert!(world.store.db.read_blocking(|tx| world.service.get(tx, "2000", ids[0])).is_err());
        assert_eq!(world.store.db.read_blocking(|tx| world.service.get(tx, "1000", ids[0]))?.id, ids[0]);
        Ok(())
    });
}

#[test]
fn events_are_counted_by_name_and_by_time() {
    on_each(|world| {
        let now = world.now();
        let calm = Facts { state: "normal".to_owned(), ..facts("full", now.plus_ms(-60_000)) };
        let reports =
            [facts("full", now.plus_ms(-HOUR_MS)), calm, facts("slow", now), facts("full", now.plus_ms(-1))];
        world.report(MINE, &reports, Repeats::Same)?;
        let all = EventFilter::default();
        let counts: Vec<_> =
            world.count(&all, CountBy::Name).into_iter().map(|c| (c.latest.facts, c.count)).collect();
        assert_eq!(counts, [(facts("slow", now), 1), (facts("full", now.plus_ms(-1)), 3)]);
        assert_eq!(world.count(&all, CountBy::NameAndState).len(), 3);
        let page = PageRequest { offset: 1, limit: 1 };
        let page =
            world.store.db.read_blocking(|tx| world.service.count(tx, "1000", &all, CountBy::Name, page))?;
        assert_eq!((page.total, page.items[0].count), (2, 3));
        let span = (now.plus_ms(-HOUR_MS), now);
        let buckets = world.store.db.read_blocking(|tx| world.service.histogram(tx, "1000", &all, span))?;
        assert_eq!(buckets.iter().map(|bucket| bucket.count).sum::<u64>(), 4);
        assert_eq!((buckets.len(), buckets[0].count, buckets[59].count), (61, 1, 2));
        assert!(buckets.iter().all(|bucket| bucket.to.since(bucket.from) == 60_000));
        let long = (now.plus_ms(-24 * HOUR_MS), now);
        let buckets = world.store.db.read_blocking(|tx| world.service.histogram(tx, "1000", &all, long))?;
        assert_eq!(buckets[1].from.since(buckets[0].from), 24 * 60_000);
        Ok(())
    });
}

#[test]
fn trouble_lasts_until_it_is_over_or_old() {
    on_each(|world| {
        let now = world.now();
        let active = || -> Result<Vec<(String, String)>> {
            let active = world.store.db.read_blocking(|tx| world.service.active(tx, MINE))?;
            Ok(active.into_iter().map(|active| (active.name, active.resource_id)).collect())
        };
        let calm = |name: &str, at| Facts { state: "normal".to_owned(), ..facts(name, at) };
        let other = Facts { resource_id: "disk-2".to_owned(), ..facts("full", now) };
        let nothing = Facts { resource_id: String::new(), dimensions: Vec::new(), ..facts("odd", now) };
        let drill = Facts { drill: true, ..facts("drill", now) };
        world.report(MINE, &[facts("full", now.plus_ms(-5)), other, nothing, drill], Repeats::Same)?;
        world.report(MINE, &[calm("full", now.plus_ms(-10)), calm("slow", now)], Repeats::Same)?;
        let pair = |name: &str, id: &str| (name.to_owned(), id.to_owned());
        assert_eq!(active()?, [pair("full", "disk-2"), pair("full", "disk-1")]);
        world.report(MINE, &[calm("full", now)], Repeats::Same)?;
        assert_eq!(active()?, [pair("full", "disk-2")]);
        assert!(world.store.db.read_blocking(|tx| world.service.active(tx, THEIRS))?.is_empty());
        world.store.clock.advance(24 * HOUR_MS);
        assert!(active()?.is_empty());
        Ok(())
    });
}

#[test]
fn a_flood_is_refused_until_the_next_hour() {
    let limits = Limits { events_per_hour: 3, ..Limits::default() };
    let migrations: Vec<Migration> = [muster_notify::MIGRATIONS, MIGRATIONS].concat();
    let test = |store: &TestStore| {
        let world = World::new(store, limits);
        let event = |name: &str| facts(name, world.now());
        world.report(MINE, &[event("a"), event("b")], Repeats::Another)?;
        let refused = world.report(MINE, &[event("c"), event("d")], Repeats::Another);
        assert!(
            matches!(refused, Err(muster_core::Error::Throttled { after_ms }) if after_ms == 1_800_000),
            "{refused:?}"
        );
        world.report(MINE, &[event("e")], Repeats::Another)?;
        world.report(THEIRS, &[event("f")], Repeats::Another)?;
        assert_eq!(world.list("1000", &EventFilter::default()).len(), 3);
        store.clock.advance(HOUR_MS / 2);
        world.report(MINE, &[event("c"), event("d")], Repeats::Another)?;
        Ok(())
    };
    TestStore::on_each(&migrations, test).unwrap();
}

#[test]
fn old_events_go_and_young_ones_stay() {
    on_each(|world| {
        world.report(MINE, &vec![facts("old", world.now()); 600], Repeats::Another)?;
        world.store.clock.advance(2 * HOUR_MS);
        world.report(MINE, &[facts("young", world.now())], Repeats::Another)?;
        Prune::new(world.store.db.clone(), HOUR_MS).run()?;
        assert_eq!(named(&world.list("1000", &EventFilter::default())), ["young"]);
        Ok(())
    });
}
