//! What changes while rules are judged: starts, late samples, groups, masks, faults.

use muster_resources::{Dimension, Kind, Member, NewGroup};

use super::*;

#[test]
fn a_start_keeps_rows_alarms_and_silence() {
    on_each_store(|mut world| {
        let policy = Policy { repeat_ms: Some(5 * MINUTE_MS), ..at_least(80.0, 3) };
        world.rule(OURS, "r", spec(policy));
        world.minutes(&[90.0, 90.0]);
        world.restart();
        world.minutes(&[90.0]);
        assert_eq!((world.ends(), world.messages().len()), (vec![(Level::Major, Ending::Open)], 1));
        for _ in 0..3 {
            world.restart();
            world.minutes(&[90.0]);
        }
        assert_eq!((world.ends().len(), world.messages().len()), (1, 1));
        world.restart();
        world.minutes(&[90.0, 90.0]);
        assert_eq!((world.ends().len(), world.messages().len()), (1, 2));
        world.restart();
        world.minutes(&[70.0]);
        assert_eq!((world.ends(), world.messages().len()), (vec![(Level::Major, Ending::Recovered)], 3));
    });
}

#[test]
fn samples_that_come_while_the_server_is_away_are_judged_when_it_is_back() {
    on_each_store(|mut world| {
        world.rule(OURS, "r", spec(at_least(80.0, 3)));
        world.minutes(&[90.0, 90.0]);
        world.store.clock.advance(MINUTE_MS);
        world.add_to(&host("i-1"), world.now(), 90.0);
        world.restart();
        world.judge.run().unwrap();
        assert_eq!(world.ends(), [(Level::Major, Ending::Open)]);
    });
}

#[test]
fn a_late_sample_changes_what_was_judged() {
    on_each_store(|world| {
        let watch = Watch::Windows(Period::of_rule(60).unwrap());
        world.rule(OURS, "r", spec(policy(watch, &[(Level::Major, Comparison::AtLeast, 80.0, 2)])));
        world.minutes(&[90.0, 90.0]);
        world.store.clock.advance(MINUTE_MS + 10_000);
        world.judge.run().unwrap();
        assert_eq!(world.state(OURS), State::Alarm(Level::Major));
        // The average of the last window falls to 50.
        world.add_to(&host("i-1"), world.now().plus_ms(-MINUTE_MS), 10.0);
        world.judge.run().unwrap();
        assert_eq!(world.ends(), [(Level::Major, Ending::Recovered)]);
    });
}

#[test]
fn a_rule_on_a_group_follows_its_members() {
    on_each_store(|world| {
        let scope = muster_resources::Scope { account_id: "1", project_id: "p" };
        let member = |id: &str| Member {
            namespace: "SYS.ECS".to_owned(),
            dimensions: vec![Dimension { name: "instance_id".to_owned(), value: id.to_owned() }],
            product: None,
            resource_name: None,
            region: None,
        };
        let group = world.write(move |tx| {
            let new = NewGroup {
                name: "g".to_owned(),
                enterprise_project_id: "0".to_owned(),
                kind: Kind::Manual,
                members: vec![member("i-1")],
                ..NewGroup::default()
            };
            muster_resources::Service::default().create_group(tx, scope, new)
        });
        let target = Target::Group {
            group_id: group.id,
            dimension_names: Some(vec!["instance_id".to_owned()]),
            besides: Vec::new(),
        };
        world.rule(OURS, "r", RuleSpec { target, ..spec(at_least(80.0, 1)) });
        let units = |world: &World<'_>| {
            let list = |tx: &mut Tx<'_>| {
                Service::default().units(tx, OURS, &UnitFilter::default(), PageRequest::ALL)
            };
            let found = world.store.db.read_blocking(list).unwrap();
            found.items.into_iter().map(|unit| unit.dimensions[0].1.clone()).collect::<Vec<_>>()
        };
        world.add_to(&host("i-1"), world.now(), 90.0);
        world.add_to(&host("i-2"), world.now(), 90.0);
        world.minute(None);
        assert_eq!(units(&world), ["i-1"]);
        world.write(move |tx| {
            let service = muster_resources::Service::default();
            service.set_members(tx, scope, group.id, muster_resources::Level::Dimension, &[member("i-2")])
        });
        world.minute(None);
        world.add_to(&host("i-2"), world.now(), 95.0);
        world.minute(None);
        assert_eq!(units(&world), ["i-2"]);
        assert_eq!(world.ends(), [(Level::Major, Ending::Invalid), (Level::Major, Ending::Open)]);
    });
}

#[test]
fn a_rule_for_all_follows_new_series_of_its_names_alone() {
    on_each_store(|world| {
        let target = Target::All { dimension_names: Some(vec!["instance_id".to_owned()]) };
        world.rule(OURS, "r", RuleSpec { target, ..spec(at_least(80.0, 1)) });
        world.minutes(&[90.0]);
        world.add_to(&host("i-2"), world.now(), 90.0);
        let disk = vec![("disk".to_owned(), "a".to_owned()), ("instance_id".to_owned(), "i-2".to_owned())];
        world.add_to(&disk, world.now(), 90.0);
        world.minute(None);
        let found: Vec<String> =
            world.episodes(OURS).into_iter().map(|episode| episode.dimensions[0].1.clone()).collect();
        assert_eq!(found, ["i-1", "i-2"]);
    });
}

#[test]
fn a_changed_rule_counts_anew_and_its_alarm_stays_until_it_is_judged() {
    on_each_store(|world| {
        world.rule(OURS, "r", spec(at_least(80.0, 2)));
        world.minutes(&[90.0, 90.0]);
        world.write(|tx| Service::default().replace(tx, OURS, "r", spec(at_least(85.0, 2))));
        world.minute(None);
        assert_eq!(world.state(OURS), State::Alarm(Level::Major));
        world.minutes(&[82.0]);
        assert_eq!(world.ends(), [(Level::Major, Ending::Recovered)]);
    });
}

#[test]
fn a_mask_keeps_people_in_peace_and_the_alarm_goes_on() {
    use masks::{Covers, Effect, Kind, MaskSpec, NewMask};
    for effect in [Effect::MutesMessages, Effect::MutesAlarm] {
        on_each_store(|world| {
            world.rule(OURS, "r", spec(at_least(80.0, 1)));
            world.write(move |tx| {
                let rule = Service::default().get(tx, OURS, "r")?;
                let covers = Covers { rules: vec![rule.id], ..Covers::default() };
                let spec = MaskSpec { name: "m".to_owned(), covers, effect, ..MaskSpec::default() };
                let masks = masks::Service::new(masks::Limits::default(), TimeZone::UTC);
                masks.create(tx, SCOPE, NewMask { kind: Kind::Notification, key: None, spec })
            });
            world.minutes(&[90.0, 90.0]);
            assert_eq!(world.messages().len(), 0);
            let masked: Vec<bool> = world.episodes(OURS).iter().map(|episode| episode.masked).collect();
            let expected: &[bool] = if effect == Effect::MutesMessages { &[true] } else { &[] };
            assert_eq!(masked, expected);
        });
    }
}

#[test]
fn a_write_that_fails_or_whose_end_is_not_heard_alarms_once() {
    use muster_db::testing::WriteFault;
    for fault in [WriteFault::Refused, WriteFault::Unheard, WriteFault::Twice] {
        on_each_store(|world| {
            world.rule(OURS, "r", spec(at_least(80.0, 3)));
            world.minutes(&[90.0, 90.0]);
            world.store.clock.advance(MINUTE_MS);
            world.add_to(&host("i-1"), world.now(), 90.0);
            world.store.db.break_next_write(fault);
            // Refused and unheard are errors; the next run goes on.
            drop(world.judge.run());
            world.judge.run().unwrap();
            assert_eq!(
                (world.ends(), world.messages().len()),
                (vec![(Level::Major, Ending::Open)], 1),
                "{fault:?}"
            );
            world.minutes(&[70.0]);
            assert_eq!(world.ends(), [(Level::Major, Ending::Recovered)], "{fault:?}");
        });
    }
}

#[test]
fn rules_that_name_one_dimension_find_all_series_that_have_it() {
    on_each_store(|world| {
        let target = Target::Containing(vec![host("i-1"), host("i-3")]);
        world.rule(OURS, "r", RuleSpec { target, ..spec(at_least(80.0, 1)) });
        let disk = |id: &str| vec![("disk".to_owned(), "a".to_owned()), host(id).remove(0)];
        world.minute(None);
        for dimensions in [host("i-1"), disk("i-1"), host("i-2"), disk("i-2"), disk("i-3")] {
            world.add_to(&dimensions, world.now(), 90.0);
        }
        world.minute(None);
        let mut found: Vec<String> = world
            .episodes(OURS)
            .into_iter()
            .map(|episode| muster_metrics::join_dimensions(&episode.dimensions))
            .collect();
        found.sort();
        assert_eq!(found, ["disk:a,instance_id:i-1", "disk:a,instance_id:i-3", "instance_id:i-1"]);
    });
}
