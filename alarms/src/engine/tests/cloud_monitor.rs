//! The engine's rules of CloudMonitor: windows, levels, silence, recovery, missing data.

use super::*;

/// A rule on windows of a minute: critical above 90, info above 50, each after two windows.
fn leveled() -> RuleSpec {
    let levels = [(Level::Critical, Comparison::Above, 90.0, 2), (Level::Info, Comparison::Above, 50.0, 2)];
    let policy = Policy {
        repeat_ms: Some(5 * MINUTE_MS),
        ..policy(Watch::Windows(Period::of_rule(60).unwrap()), &levels)
    };
    let mut spec = spec(policy);
    (spec.no_data, spec.telling.falls_told) = (NoData::Keep, false);
    spec
}

/// A minute passes in which `i-1` reports, and the window has settled.
fn window(world: &World<'_>, value: Option<f64>) {
    if let Some(value) = value {
        world.add_to(&host("i-1"), world.now(), value);
    }
    world.store.clock.advance(MINUTE_MS);
    world.judge.run().unwrap();
}

/// Starts so that each window has just settled when its successor's sample is taken.
fn start(world: &World<'_>, spec: RuleSpec) {
    world.store.clock.advance(10_000);
    world.rule(THEIRS, "r", spec);
}

#[test]
fn levels_go_up_at_once_and_down_with_the_next_repetition() {
    on_each_store(|world| {
        start(&world, leveled());
        for value in [60.0, 60.0, 95.0, 95.0] {
            window(&world, Some(value));
        }
        use Delivery::{Gap as Untold, Told};
        use NoticeKind::{Began, GoesOn, LevelChanged, Recovered};
        let repeat = || Untold(Gap::Repeat);
        let mut expected = vec![(Began, Told), (GoesOn, repeat()), (LevelChanged, Told)];
        assert_eq!(world.notices(THEIRS), expected);
        // Below 90 the state follows at once, and nobody is told.
        window(&world, Some(60.0));
        expected.push((LevelChanged, repeat()));
        assert_eq!(
            (world.notices(THEIRS), world.state(THEIRS)),
            (expected.clone(), State::Alarm(Level::Info))
        );
        for _ in 0..3 {
            window(&world, Some(60.0));
            expected.push((GoesOn, repeat()));
        }
        window(&world, Some(60.0));
        expected.push((GoesOn, Told));
        assert_eq!(world.notices(THEIRS), expected);
        window(&world, Some(50.0));
        expected.push((Recovered, Told));
        assert_eq!((world.notices(THEIRS), world.state(THEIRS)), (expected, State::Ok));
        // The silence is over with the alarm.
        window(&world, Some(60.0));
        window(&world, Some(60.0));
        assert_eq!(world.notices(THEIRS).last(), Some(&(Began, Told)));
    });
}

#[test]
fn missing_data_do_as_the_rule_says() {
    let lost = NoData::Unknown { after: Silence::Times, told: true };
    for (no_data, after_one, after_two) in [
        (NoData::Keep, State::Alarm(Level::Info), State::Alarm(Level::Info)),
        (NoData::Recovers, State::Ok, State::Ok),
        (lost, State::Alarm(Level::Info), State::Unknown),
    ] {
        on_each_store(|world| {
            start(&world, RuleSpec { no_data, ..leveled() });
            window(&world, Some(60.0));
            window(&world, Some(60.0));
            window(&world, None);
            assert_eq!(world.state(THEIRS), after_one, "{no_data:?}");
            window(&world, None);
            assert_eq!(world.state(THEIRS), after_two, "{no_data:?}");
            window(&world, Some(10.0));
            assert_eq!(world.state(THEIRS), State::Ok, "{no_data:?}");
            let kinds: Vec<NoticeKind> = world.notices(THEIRS).into_iter().map(|(kind, _)| kind).collect();
            let told = kinds.iter().filter(|kind| **kind == NoticeKind::NoData).count();
            assert_eq!(told, usize::from(no_data == lost));
            assert_eq!(kinds.last(), Some(&NoticeKind::Recovered), "{no_data:?}");
            assert_eq!(world.messages().len(), kinds.len(), "{no_data:?}");
        });
    }
}

#[test]
fn outside_of_its_hours_a_rule_tells_nobody_and_makes_up_for_it_when_they_begin() {
    on_each_store(|world| {
        let mut spec = leveled();
        // The clock shows half past eight.
        spec.telling.hours =
            vec![Hours { from_minute: 8 * 60 + 35, to_minute: 9 * 60, zone: Some("UTC".into()) }];
        start(&world, spec);
        for _ in 0..6 {
            window(&world, Some(60.0));
        }
        let told = world.notices(THEIRS);
        assert_eq!(told[0], (NoticeKind::Began, Delivery::Gap(Gap::Hours)));
        assert_eq!(told.iter().filter(|(_, delivery)| *delivery == Delivery::Told).count(), 1, "{told:?}");
        assert_eq!(world.messages().len(), 1);
    });
}

#[test]
fn whoever_never_heard_of_an_alarm_does_not_hear_that_it_is_over() {
    on_each_store(|world| {
        let mut spec = leveled();
        spec.telling.quiet_hours = vec![Hours { from_minute: 0, to_minute: 23 * 60 + 59, zone: None }];
        start(&world, spec);
        for value in [60.0, 60.0, 10.0] {
            window(&world, Some(value));
        }
        let expected =
            [(NoticeKind::Began, Delivery::Gap(Gap::Hours)), (NoticeKind::Recovered, Delivery::Nobody)];
        assert_eq!((world.notices(THEIRS), world.messages()), (expected.to_vec(), Vec::new()));
    });
}
