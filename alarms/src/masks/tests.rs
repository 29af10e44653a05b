//! Masks on both databases, and which units they cover.

use jiff::tz::TimeZone;
use muster_core::{Error, Result, Timestamp};
use muster_db::testing::TestStore;
use muster_metrics::Scope;

use super::*;
use crate::{MIGRATIONS, Origin};

const SCOPE: Scope<'static> = Scope { account_id: "1000000000000001", project_id: "p1" };
const OTHER: Scope<'static> = Scope { account_id: "1000000000000002", project_id: "p1" };
const NOW: Timestamp = Timestamp::from_millis(1_768_465_800_000);

fn dimensions(pairs: &[(&str, &str)]) -> crate::Dimensions {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn resource(pairs: &[(&str, &str)], names: &[&str]) -> CoveredResource {
    CoveredResource {
        namespace: "SYS.ECS".to_owned(),
        dimensions: dimensions(pairs),
        dimension_names: names.iter().map(|name| (*name).to_owned()).collect(),
    }
}

fn metric(name: &str, pairs: &[(&str, &str)]) -> CoveredMetric {
    CoveredMetric { name: name.to_owned(), dimensions: dimensions(pairs), ..CoveredMetric::default() }
}

fn spec(covers: Covers) -> MaskSpec {
    MaskSpec { name: "night".to_owned(), covers, ..MaskSpec::default() }
}

fn of_rules(rules: &[i64]) -> MaskSpec {
    spec(Covers { rules: rules.to_vec(), ..Covers::default() })
}

fn new(spec: MaskSpec) -> NewMask {
    NewMask { kind: Kind::Notification, key: None, spec }
}

fn service() -> Service {
    Service::new(Limits { masks_per_account: 3 }, TimeZone::UTC)
}

fn mask(id: i64, spec: MaskSpec) -> Mask {
    Mask {
        id,
        kind: Kind::Notification,
        project_id: "p1".to_owned(),
        key: id.to_string(),
        enabled: true,
        spec,
        created_at: NOW,
        updated_at: NOW,
    }
}

/// The unit of rule 1, policy 11, `cpu_util` of a disk of `vm-1`.
fn unit(dimensions: &[(String, String)]) -> Question<'_> {
    Question {
        origin: Origin::CloudEye,
        project_id: "p1",
        rule_id: 1,
        policy_id: 11,
        namespace: "SYS.ECS",
        name: "cpu_util",
        is_event: false,
        dimensions,
        groups: &[7],
    }
}

#[test]
fn a_mask_covers_what_fulfils_all_its_lists() {
    let own = dimensions(&[("disk", "vda"), ("instance_id", "vm-1")]);
    let by_resource = |resource| Covers { resources: vec![resource], ..Covers::default() };
    let table = [
        (Covers { rules: vec![2, 1], ..Covers::default() }, true),
        (Covers { rules: vec![2], ..Covers::default() }, false),
        (Covers { policies: vec![11], ..Covers::default() }, true),
        (Covers { policies: vec![12], ..Covers::default() }, false),
        (Covers { rules: vec![1], policies: vec![12], ..Covers::default() }, false),
        (Covers { groups: vec![7, 8], ..Covers::default() }, true),
        (Covers { groups: vec![8], ..Covers::default() }, false),
        (by_resource(resource(&[("instance_id", "vm-1")], &[])), true),
        (by_resource(resource(&[("instance_id", "vm-2")], &[])), false),
        (by_resource(resource(&[("disk", "vda"), ("instance_id", "vm-1")], &[])), true),
        (by_resource(resource(&[("disk", "vdb"), ("instance_id", "vm-1")], &[])), false),
        (by_resource(resource(&[], &["instance_id"])), true),
        (by_resource(resource(&[], &["agent_id"])), false),
        (by_resource(resource(&[("instance_id", "vm-1")], &["mount"])), false),
        (
            by_resource(CoveredResource { namespace: "SYS.RDS".into(), ..resource(&[("disk", "vda")], &[]) }),
            false,
        ),
        (Covers { groups: vec![8], ..by_resource(resource(&[("instance_id", "vm-1")], &[])) }, false),
        (
            Covers { metrics: vec![metric("mem_util", &[]), metric("cpu_util", &[])], ..Covers::default() },
            true,
        ),
        (Covers { metrics: vec![metric("cpu_util", &[("disk", "vda")])], ..Covers::default() }, true),
        (Covers { metrics: vec![metric("cpu_util", &[("disk", "vdb")])], ..Covers::default() }, false),
        (Covers { metrics: vec![metric("mem_util", &[])], ..Covers::default() }, false),
        (Covers { rules: vec![1], subjects: Subjects::Events, ..Covers::default() }, false),
    ];
    for (covers, covered) in table {
        let snapshot = Snapshot::new(vec![mask(1, spec(covers.clone()))], &TimeZone::UTC);
        assert_eq!(snapshot.covering(&unit(&own), NOW).is_some(), covered, "{covers:?}");
        let event = Question { is_event: true, ..unit(&own) };
        let covers_event = covered || covers.subjects == Subjects::Events;
        assert_eq!(snapshot.covering(&event, NOW).is_some(), covers_event, "{covers:?}");
        let elsewhere = Question { project_id: "p2", ..unit(&own) };
        assert!(snapshot.covering(&elsewhere, NOW).is_none(), "{covers:?}");
        let foreign = Question { origin: Origin::CloudMonitor, ..unit(&own) };
        assert!(snapshot.covering(&foreign, NOW).is_none(), "{covers:?}");
    }
}

#[test]
fn the_strongest_mask_in_force_is_named() {
    let own = dimensions(&[("instance_id", "vm-1")]);
    let mutes_alarm = MaskSpec { effect: Effect::MutesAlarm, ..of_rules(&[1]) };
    let later = MaskSpec {
        when: When { from: Some(NOW.plus_ms(1)), ..When::default() },
        effect: Effect::MutesAlarm,
        ..of_rules(&[1])
    };
    let off = Mask { enabled: false, ..mask(4, mutes_alarm.clone()) };
    let found = |masks: Vec<Mask>, at| {
        Snapshot::new(masks, &TimeZone::UTC).covering(&unit(&own), at).map(|mask| mask.id)
    };
    let plain = |id| mask(id, of_rules(&[1]));
    assert_eq!(found(vec![], NOW), None);
    assert_eq!(found(vec![plain(1), plain(2)], NOW), Some(2));
    assert_eq!(found(vec![mask(1, mutes_alarm), plain(2), off.clone()], NOW), Some(1));
    assert_eq!(found(vec![mask(1, later.clone()), plain(2)], NOW), Some(2));
    assert_eq!(found(vec![mask(1, later), plain(2)], NOW.plus_ms(1)), Some(1));
    assert_eq!(found(vec![off], NOW), None);
}

#[test]
fn a_mask_is_made_changed_and_deleted() -> Result<()> {
    TestStore::on_each(MIGRATIONS, |store| {
        let service = std::sync::Arc::new(service());
        let of = std::sync::Arc::clone(&service);
        let made = store.db.write_blocking(move |tx| of.create(tx, SCOPE, new(of_rules(&[1, 2]))))?;
        store.clock.advance(1_000);
        let (of, key) = (std::sync::Arc::clone(&service), made.key.clone());
        let changed = store.db.write_blocking(move |tx| {
            of.set_enabled(tx, SCOPE, Kind::Notification, &key, false)?;
            of.update(tx, SCOPE, Kind::Notification, &key, |spec| spec.covers.rules = vec![2, 3])
        })?;
        assert_eq!((changed.updated_at, changed.created_at), (NOW.plus_ms(1_000), NOW));
        let (of, key) = (std::sync::Arc::clone(&service), made.key.clone());
        store.db.write_blocking(move |tx| {
            let kind = Kind::Notification;
            assert_eq!(of.get(tx, SCOPE, kind, &key)?, changed);
            for (target, count) in [(Target::Rule(1), 0), (Target::Rule(3), 1), (Target::Policy(3), 0)] {
                assert_eq!(of.naming(tx, SCOPE, kind, target)?.len(), count, "{target:?}");
                assert!(of.naming(tx, OTHER, kind, target)?.is_empty(), "{target:?}");
            }
            let foreign = of.get(tx, OTHER, kind, &key);
            assert!(matches!(foreign, Err(Error::NotFound { .. })), "{foreign:?}");
            assert!(!of.delete(tx, OTHER, kind, &key)?);
            assert!(!of.delete(tx, SCOPE, Kind::Blacklist, &key)?);
            assert!(of.delete(tx, SCOPE, kind, &key)?);
            assert!(!of.delete(tx, SCOPE, kind, &key)?);
            assert!(of.snapshot(tx, SCOPE.account_id)?.is_empty());
            Ok(())
        })
    })
}

#[test]
fn what_covers_nothing_or_is_one_too_many_is_refused() -> Result<()> {
    TestStore::on_each(MIGRATIONS, |store| {
        store.db.write_blocking(|tx| {
            let service = service();
            let nothing = service.create(tx, SCOPE, new(spec(Covers::default())));
            assert!(matches!(nothing, Err(Error::Invalid { .. })), "{nothing:?}");
            let keyed = NewMask { key: Some("a".to_owned()), ..new(of_rules(&[1])) };
            service.create(tx, SCOPE, keyed.clone())?;
            let again = tx.attempt(|tx| service.create(tx, SCOPE, keyed.clone()));
            assert!(matches!(again, Err(Error::AlreadyExists { .. })), "{again:?}");
            service.create(tx, OTHER, keyed.clone())?;
            service.create(tx, SCOPE, NewMask { kind: Kind::Blacklist, ..keyed.clone() })?;
            service.create(tx, SCOPE, new(of_rules(&[1])))?;
            let many = tx.attempt(|tx| service.create(tx, SCOPE, new(of_rules(&[1]))));
            assert!(matches!(many, Err(Error::Quota { .. })), "{many:?}");
            Ok(())
        })
    })
}

#[test]
fn deleted_things_leave_their_masks() -> Result<()> {
    TestStore::on_each(MIGRATIONS, |store| {
        store.db.write_blocking(|tx| {
            let service = service();
            let both = service.create(tx, SCOPE, new(of_rules(&[1, 2])))?;
            let one = service.create(tx, SCOPE, new(of_rules(&[1])))?;
            let scoped = Covers { groups: vec![1], ..of_rules(&[2]).covers };
            let group = service.create(tx, SCOPE, new(spec(scoped)))?;
            forget(tx, OTHER.account_id, &[Target::Rule(1), Target::Rule(2)])?;
            assert_eq!(service.snapshot(tx, SCOPE.account_id)?.masks().count(), 3);
            forget(tx, SCOPE.account_id, &[Target::Rule(1), Target::Group(1)])?;
            let left = service.get(tx, SCOPE, Kind::Notification, &both.key)?;
            assert_eq!(left.spec.covers.rules, [2]);
            for gone in [one, group] {
                let found = service.get(tx, SCOPE, Kind::Notification, &gone.key);
                assert!(matches!(found, Err(Error::NotFound { .. })), "{found:?}");
            }
            // The room of those that went is free again.
            service.create(tx, SCOPE, new(of_rules(&[5])))?;
            service.create(tx, SCOPE, new(of_rules(&[5])))?;
            Ok(())
        })
    })
}

#[test]
fn every_node_sees_a_change_at_its_next_look() -> Result<()> {
    TestStore::on_each(MIGRATIONS, |store| {
        // Two services over one store are what two nodes are.
        let (writer, other) = (service(), service());
        let covered = |service: &Service, tx: &mut muster_db::Tx<'_>| -> Result<bool> {
            let own = dimensions(&[("instance_id", "vm-1")]);
            Ok(service.snapshot(tx, SCOPE.account_id)?.covering(&unit(&own), NOW).is_some())
        };
        let (writer, other) = (std::sync::Arc::new(writer), std::sync::Arc::new(other));
        let look = |expected: bool| {
            let nodes = [std::sync::Arc::clone(&writer), std::sync::Arc::clone(&other)];
            store.db.read_blocking(move |tx| {
                for (place, node) in nodes.iter().enumerate() {
                    assert_eq!(covered(node, tx)?, expected, "node {place}");
                }
                Ok(())
            })
        };
        look(false)?;
        let of = std::sync::Arc::clone(&writer);
        let made = store.db.write_blocking(move |tx| of.create(tx, SCOPE, new(of_rules(&[1]))))?;
        look(true)?;
        // A change that is undone after it was looked at is seen by nobody.
        let (of, key) = (std::sync::Arc::clone(&writer), made.key.clone());
        store.db.write_blocking(move |tx| {
            let undone: Result<()> = tx.attempt(|tx| {
                of.set_enabled(tx, SCOPE, Kind::Notification, &key, false)?;
                assert!(!covered(&of, tx)?);
                Err(Error::unavailable("undone"))
            });
            assert!(undone.is_err());
            Ok(())
        })?;
        look(true)?;
        let (of, key) = (std::sync::Arc::clone(&other), made.key.clone());
        store.db.write_blocking(move |tx| of.set_enabled(tx, SCOPE, Kind::Notification, &key, false))?;
        look(false)?;
        let (of, key) = (std::sync::Arc::clone(&writer), made.key.clone());
        store.db.write_blocking(move |tx| {
            of.set_enabled(tx, SCOPE, Kind::Notification, &key, true)?;
            of.delete(tx, SCOPE, Kind::Notification, &key)
        })?;
        look(false)
    })
}

#[test]
fn lists_are_newest_first_and_the_owners_own() -> Result<()> {
    TestStore::on_each(MIGRATIONS, |store| {
        store.db.write_blocking(|tx| {
            let service = service();
            let first = service.create(tx, SCOPE, new(of_rules(&[1])))?;
            let named = MaskSpec { name: "Weekend".to_owned(), ..of_rules(&[2]) };
            let second = service.create(tx, SCOPE, new(named))?;
            service.create(tx, OTHER, new(of_rules(&[1])))?;
            let found = |service: &Service, tx: &mut muster_db::Tx<'_>, filter: MaskFilter<'_>| {
                let masks = service.list(tx, SCOPE, Kind::Notification, &filter, |_| true);
                masks.map(|masks| masks.into_iter().map(|mask| mask.id).collect::<Vec<_>>())
            };
            assert_eq!(found(&service, tx, MaskFilter::default())?, [second.id, first.id]);
            let filter = MaskFilter { name_contains: Some("week"), ..MaskFilter::default() };
            assert_eq!(found(&service, tx, filter)?, [second.id]);
            let filter = MaskFilter { targets: &[Target::Rule(1)], ..MaskFilter::default() };
            assert_eq!(found(&service, tx, filter)?, [first.id]);
            let keys = [first.key.clone()];
            let filter = MaskFilter { keys: &keys, ..MaskFilter::default() };
            assert_eq!(found(&service, tx, filter)?, [first.id]);
            assert!(service.list(tx, SCOPE, Kind::Blacklist, &MaskFilter::default(), |_| true)?.is_empty());
            Ok(())
        })
    })
}
