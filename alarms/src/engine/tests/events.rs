//! Rules over events.

use super::*;
use crate::events::{Expire, Happening, happened};

fn teller() -> Teller {
    let masks = Arc::new(masks::Service::new(masks::Limits::default(), TimeZone::UTC));
    Teller::new(masks, TimeZone::UTC, "https://muster.example", "here")
}

fn event_rule(watch: Watch, threshold: f64, repeat_ms: Option<i64>) -> RuleSpec {
    let condition = LevelCondition {
        level: Level::Major,
        quantity: Quantity::Events,
        comparison: Comparison::AtLeast,
        threshold,
        times: 1,
    };
    let subject = Subject::Event { source: Some("SYS.ECS".to_owned()), name: "reboot".to_owned() };
    let policy = Policy { repeat_ms, ..Policy::new(subject, watch, Condition::Levels(vec![condition])) };
    RuleSpec { target: Target::Exactly(Vec::new()), ..spec(policy) }
}

/// A minute passes, and something happens to `i-1`; how many rules that meets.
fn event(world: &World<'_>, account_id: &'static str, name: &'static str, is_all_clear: bool) -> usize {
    world.store.clock.advance(MINUTE_MS);
    let at = world.now();
    world.write(move |tx| {
        let (sources, dimensions) = (["SYS.ECS".to_owned()], host("i-1"));
        let event = Happening {
            id: tx.new_id()?,
            account_id,
            project_id: "p",
            sources: &sources,
            name,
            dimensions: &dimensions,
            groups: &[],
            at,
            is_all_clear,
        };
        happened(tx, &teller(), &muster_resources::Service::default(), &event)
    })
}

fn expire(world: &World<'_>) {
    Expire::new(world.store.db.clone(), teller(), 24 * 60 * MINUTE_MS).run().unwrap();
}

#[test]
fn each_event_is_an_alarm_unless_the_last_one_is_too_near() {
    for (repeat_ms, episodes) in [(None, 3), (Some(5 * MINUTE_MS), 1), (Some(2 * MINUTE_MS), 2)] {
        on_each_store(|world| {
            world.rule(OURS, "r", event_rule(Watch::Each, 1.0, repeat_ms));
            assert_eq!(event(&world, "2", "reboot", false) + event(&world, "1", "other", false), 0);
            for _ in 0..3 {
                assert_eq!(event(&world, "1", "reboot", false), 1);
            }
            assert_eq!((world.ends().len(), world.messages().len()), (episodes, episodes));
            assert_eq!(world.ends().last(), Some(&(Level::Major, Ending::Open)));
            world.store.clock.advance(24 * 60 * MINUTE_MS - MINUTE_MS * 4);
            expire(&world);
            assert_eq!(world.ends().last(), Some(&(Level::Major, Ending::Open)));
            world.store.clock.advance(MINUTE_MS * 4);
            expire(&world);
            assert!(world.ends().iter().all(|(_, ending)| *ending == Ending::Recovered));
            assert_eq!(world.messages().len(), episodes);
        });
    }
}

#[test]
fn an_event_that_says_that_all_is_well_ends_the_alarm() {
    on_each_store(|world| {
        world.rule(OURS, "r", event_rule(Watch::Each, 1.0, None));
        event(&world, "1", "reboot", true);
        assert_eq!(world.ends(), []);
        event(&world, "1", "reboot", false);
        event(&world, "1", "reboot", true);
        assert_eq!(world.ends(), [(Level::Major, Ending::Recovered)]);
    });
}

#[test]
fn so_many_events_within_a_time_are_an_alarm_until_there_are_fewer() {
    on_each_store(|world| {
        let watch = Watch::Windows(Period::of_rule(300).unwrap());
        world.rule(OURS, "r", event_rule(watch, 3.0, None));
        for expected in [0, 0, 1, 1] {
            event(&world, "1", "reboot", false);
            assert_eq!(world.ends().len(), expected);
        }
        expire(&world);
        assert_eq!(world.ends(), [(Level::Major, Ending::Open)]);
        world.store.clock.advance(4 * MINUTE_MS);
        expire(&world);
        assert_eq!(world.ends(), [(Level::Major, Ending::Recovered)]);
        assert_eq!(world.messages().len(), 2);
    });
}
