//! The reference cases of Cloud Eye: one resource, each sample a point, at least 80, three in a row, one message.

use super::*;

#[test]
fn a_false_point_ends_the_row() {
    on_each_store(|world| {
        world.rule(OURS, "r", spec(at_least(80.0, 3)));
        assert_eq!(world.state(OURS), State::Unknown);
        world.minutes(&[90.0, 90.0, 70.0, 90.0, 90.0]);
        assert_eq!((world.ends(), world.state(OURS)), (Vec::new(), State::Ok));
    });
}

#[test]
fn three_true_points_make_one_alarm_that_goes_on_and_ends_with_a_false_one() {
    on_each_store(|world| {
        world.rule(OURS, "r", spec(at_least(80.0, 3)));
        world.minutes(&[90.0, 91.0]);
        assert_eq!(world.ends(), []);
        world.minutes(&[92.0]);
        assert_eq!(world.ends(), [(Level::Major, Ending::Open)]);
        assert_eq!(world.state(OURS), State::Alarm(Level::Major));
        let [began] = &world.episodes(OURS)[..] else { panic!("one episode") };
        assert_eq!(began.points.iter().map(|point| point.value).collect::<Vec<_>>(), [90.0, 91.0, 92.0]);
        assert_eq!((began.rule.spec.name.as_str(), began.dimensions.clone()), ("r", host("i-1")));
        assert_eq!(world.messages().len(), 1);
        world.minutes(&[95.0, 95.0]);
        let [going] = &world.episodes(OURS)[..] else { panic!("one episode") };
        assert_eq!(going.last_at.since(began.last_at), 2 * MINUTE_MS);
        assert_eq!((going.began_at, going.updated_at), (began.began_at, going.last_at));
        assert_eq!(world.notices(OURS), [(NoticeKind::Began, Delivery::Told)]);
        world.minutes(&[70.0]);
        let [over] = &world.episodes(OURS)[..] else { panic!("one episode") };
        assert_eq!((over.ending, over.ended_at), (Ending::Recovered, Some(world.now())));
        assert_eq!(world.messages(), ["Warning r: cpu instance_id=i-1", "OK r: cpu instance_id=i-1"]);
        assert_eq!(world.state(OURS), State::Ok);
    });
}

#[test]
fn a_missing_point_breaks_nothing_and_counts_nothing() {
    on_each_store(|world| {
        world.rule(OURS, "r", spec(at_least(80.0, 3)));
        for value in [Some(90.0), Some(90.0), None] {
            world.minute(value);
            assert_eq!(world.ends(), []);
        }
        world.minute(Some(90.0));
        assert_eq!(world.ends(), [(Level::Major, Ending::Open)]);
    });
}

#[test]
fn three_hours_of_silence_end_what_is_known() {
    on_each_store(|world| {
        world.rule(OURS, "r", spec(at_least(80.0, 3)));
        world.minutes(&[90.0, 90.0, 90.0]);
        world.store.clock.advance(3 * 60 * MINUTE_MS - 1);
        world.judge.run().unwrap();
        assert_eq!(world.state(OURS), State::Alarm(Level::Major));
        world.store.clock.advance(1);
        world.judge.run().unwrap();
        assert_eq!((world.ends(), world.state(OURS)), (vec![(Level::Major, Ending::NoData)], State::Unknown));
        assert_eq!(world.messages().len(), 1);
        // A row does not last over such a silence.
        world.minutes(&[90.0, 90.0]);
        assert_eq!(world.state(OURS), State::Ok);
        world.minutes(&[90.0]);
        assert_eq!(world.state(OURS), State::Alarm(Level::Major));
    });
}

#[test]
fn messages_are_repeated_as_often_as_the_policy_says() {
    on_each_store(|world| {
        let policy = Policy { repeat_ms: Some(5 * MINUTE_MS), ..at_least(80.0, 3) };
        world.rule(OURS, "r", spec(policy));
        world.minutes(&[90.0, 90.0, 90.0]);
        let mut told_at = Vec::new();
        for minute in 1..=12 {
            let before = world.messages().len();
            world.minutes(&[90.0]);
            if world.messages().len() > before {
                told_at.push(minute);
            }
        }
        assert_eq!(told_at, [5, 10]);
    });
}

#[test]
fn a_rule_that_is_switched_off_has_no_open_episodes() {
    on_each_store(|world| {
        world.rule(OURS, "r", spec(at_least(80.0, 3)));
        world.minutes(&[90.0, 90.0, 90.0]);
        world.write(|tx| Service::default().set_enabled(tx, OURS, &["r"], false));
        world.judge.run().unwrap();
        assert_eq!(world.ends(), [(Level::Major, Ending::Invalid)]);
        world.minutes(&[90.0, 90.0, 90.0]);
        assert_eq!(world.ends().len(), 1);
        world.write(|tx| Service::default().set_enabled(tx, OURS, &["r"], true));
        // It counts anew.
        world.minutes(&[90.0, 90.0]);
        assert_eq!(world.ends().len(), 1);
        world.minutes(&[90.0]);
        assert_eq!(world.ends(), [(Level::Major, Ending::Invalid), (Level::Major, Ending::Open)]);
        world.write(|tx| Service::default().delete(tx, OURS, &["r"]));
        world.judge.run().unwrap();
        assert_eq!(world.ends(), [(Level::Major, Ending::Invalid), (Level::Major, Ending::Invalid)]);
        assert_eq!(world.episodes(OURS)[1].rule.spec.name, "r");
    });
}

#[test]
fn a_window_counts_once_it_is_complete_and_has_settled() {
    on_each_store(|world| {
        let watch = Watch::Windows(Period::of_rule(300).unwrap());
        world.rule(OURS, "r", spec(policy(watch, &[(Level::Major, Comparison::AtLeast, 80.0, 1)])));
        // 08:30, at which a window begins.
        world.add_to(&host("i-1"), world.now(), 60.0);
        world.minute(Some(100.0));
        world.store.clock.advance(4 * MINUTE_MS + 9_999);
        world.judge.run().unwrap();
        assert_eq!(world.ends(), []);
        world.store.clock.advance(1);
        world.judge.run().unwrap();
        let [began] = &world.episodes(OURS)[..] else { panic!("one episode") };
        assert_eq!(began.points.iter().map(|point| point.value).collect::<Vec<_>>(), [80.0]);
    });
}

#[test]
fn the_worst_level_that_holds_counts_and_another_one_is_another_episode() {
    on_each_store(|world| {
        let levels =
            [(Level::Critical, Comparison::AtLeast, 95.0, 3), (Level::Major, Comparison::AtLeast, 80.0, 3)];
        world.rule(OURS, "r", spec(policy(Watch::Each, &levels)));
        world.minutes(&[85.0, 85.0, 85.0, 97.0, 97.0]);
        assert_eq!(world.ends(), [(Level::Major, Ending::Open)]);
        world.minutes(&[97.0]);
        assert_eq!(world.ends(), [(Level::Major, Ending::LevelChanged), (Level::Critical, Ending::Open)]);
        assert_eq!(world.messages().len(), 2);
        world.minutes(&[85.0]);
        assert_eq!(world.ends()[2], (Level::Major, Ending::Open));
    });
}

#[test]
fn a_threshold_of_zero_and_exact_numbers() {
    on_each_store(|world| {
        world.rule(OURS, "r", spec(policy(Watch::Each, &[(Level::Major, Comparison::Above, 0.0, 3)])));
        world.minutes(&[1.0, 1.0, 1.0]);
        assert_eq!(world.state(OURS), State::Alarm(Level::Major));
    });
}

#[test]
fn changes_are_measured_against_the_period_before() {
    let change = |direction| Comparison::Change { direction, against: Against::Previous, inclusive: true };
    for (direction, values, alarm) in [
        (Direction::Up, [100.0, 149.0], false),
        (Direction::Up, [100.0, 150.0], true),
        (Direction::Down, [100.0, 50.0], true),
        (Direction::Down, [-100.0, -150.0], true),
        (Direction::Either, [100.0, 50.0], true),
        (Direction::Either, [0.0, 50.0], false),
    ] {
        on_each_store(|world| {
            let watch = Watch::Windows(Period::of_rule(60).unwrap());
            world.rule(OURS, "r", spec(policy(watch, &[(Level::Major, change(direction), 50.0, 1)])));
            values.iter().for_each(|value| world.minute(Some(*value)));
            world.minute(None);
            world.store.clock.advance(10_000);
            world.judge.run().unwrap();
            assert_eq!(world.state(OURS) == State::Alarm(Level::Major), alarm, "{direction:?} {values:?}");
        });
    }
}
