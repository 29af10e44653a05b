//! The rules of rules, on each store.

use muster_core::{Error, PageRequest, Result, Timestamp};
use muster_db::Tx;
use muster_db::testing::TestStore;
use muster_metrics::{Period, Statistic};

use crate::*;

const OURS: Owner<'_> = Owner { origin: Origin::CloudEye, account_id: "1", project_id: "p" };
const THEIRS: [Owner<'_>; 3] = [
    Owner { account_id: "2", ..OURS },
    Owner { project_id: "q", ..OURS },
    Owner { origin: Origin::CloudMonitor, ..OURS },
];

fn on_each_store(test: impl Fn(&TestStore)) {
    TestStore::on_each(MIGRATIONS, |store| {
        test(store);
        Ok(())
    })
    .unwrap();
}

fn write<T: Send + 'static>(
    store: &TestStore,
    work: impl Fn(&mut Tx<'_>) -> Result<T> + Send + Sync + 'static,
) -> T {
    store.clock.advance(1);
    store.db.write_blocking(work).unwrap()
}

fn service() -> Service {
    Service::default()
}

fn policy(metric: &str, threshold: f64) -> Policy {
    let condition = LevelCondition {
        level: Level::Major,
        quantity: Quantity::Statistic(Statistic::Average),
        comparison: Comparison::AtLeast,
        threshold,
        times: 3,
    };
    let subject = Subject::Metric { namespace: None, metric: metric.to_owned(), dimension_names: None };
    Policy::new(subject, Watch::Each, Condition::Levels(vec![condition]))
}

fn dimensions(pairs: &[(&str, &str)]) -> Dimensions {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn spec(name: &str, policies: Vec<Policy>) -> RuleSpec {
    RuleSpec {
        name: name.to_owned(),
        namespace: "SYS.ECS".to_owned(),
        target: Target::Exactly(vec![dimensions(&[("disk", "a,b"), ("instance_id", "i-1")])]),
        policies,
        enterprise_project_id: "0".to_owned(),
        ..RuleSpec::default()
    }
}

fn create(store: &TestStore, key: &'static str, spec: RuleSpec) -> Rule {
    write(store, move |tx| service().create(tx, OURS, key, true, spec.clone()))
}

#[test]
fn a_rule_comes_back_as_it_was_made() {
    on_each_store(|store| {
        let mut spec = spec("r", vec![policy("cpu_util", 0.1 + 0.2), policy("cpu_util", 1.5e108)]);
        spec.policies[1].watch = Watch::Windows(Period::of_rule(300).unwrap());
        spec.policies[1].condition =
            Condition::Expression { text: "$Average > 1".into(), level: Level::Info, times: 2 };
        spec.no_data = NoData::Unknown { after: Silence::Ms(7), told: true };
        spec.telling.alarm = vec![
            Recipient::ContactGroup("g".into()),
            Recipient::Bridge { id: "1".into(), name: "acs:x".into(), level: Some(Level::Critical) },
        ];
        spec.kept_for_wire = serde_json::json!({"a": [1, "b"]});
        let made = create(store, "al1", spec.clone());
        assert_eq!(
            RuleSpec { policies: Vec::new(), ..made.spec.clone() },
            RuleSpec { policies: Vec::new(), ..spec.clone() }
        );
        assert!(made.spec.policies.iter().zip(&spec.policies).all(|(made, wanted)| made.is_same(wanted)));
        assert_eq!(write(store, |tx| service().get(tx, OURS, "al1")), made);
        let taken = store.db.write_blocking(move |tx| service().create(tx, OURS, "al1", true, spec.clone()));
        assert!(matches!(taken, Err(Error::AlreadyExists { what: "alarm rule", .. })), "{taken:?}");
        for owner in THEIRS {
            let missing = store.db.write_blocking(move |tx| service().get(tx, owner, "al1"));
            assert!(matches!(missing, Err(Error::NotFound { what: "alarm rule", .. })), "{missing:?}");
            let deleted = write(store, move |tx| service().delete(tx, owner, &["al1"]));
            assert!(deleted.is_empty());
            let listed =
                write(store, move |tx| service().list(tx, owner, &RuleFilter::default(), PageRequest::ALL));
            assert_eq!(listed.total, 0);
        }
    });
}

#[test]
fn policies_keep_their_numbers_and_count_anew_when_they_change() {
    on_each_store(|store| {
        let made = create(store, "al1", spec("r", vec![policy("cpu", 80.0), policy("mem", 80.0)]));
        let [cpu, mem] = &made.spec.policies[..] else { panic!("two policies") };
        assert!(cpu.id != mem.id && cpu.since == made.created_at && cpu.since_id == cpu.id);
        let swapped = spec("new", vec![policy("mem", 80.0), policy("cpu", 90.0), policy("cpu", 70.0)]);
        let changed = write(store, move |tx| service().replace(tx, OURS, "al1", swapped.clone()));
        let [kept, other, more] = &changed.spec.policies[..] else { panic!("three policies") };
        assert_eq!((kept.id, kept.since, kept.since_id), (mem.id, mem.since, mem.since_id));
        assert!(other.id == cpu.id && other.since == changed.updated_at && other.since_id > cpu.since_id);
        assert!(more.id > other.since_id && more.id == more.since_id);
        write(store, |tx| service().set_enabled(tx, OURS, &["al1", "none"], false));
        let again = write(store, |tx| {
            assert_eq!(service().set_enabled(tx, OURS, &["none", "al1"], true)?, ["al1"]);
            service().get(tx, OURS, "al1")
        });
        let [kept, ..] = &again.spec.policies[..] else { panic!("policies") };
        assert!(again.enabled && kept.id == mem.id && kept.since == again.updated_at);
    });
}

#[test]
fn lists_are_filtered_counted_and_paged() {
    on_each_store(|store| {
        for (key, name, metric) in [("a", "web-1", "cpu"), ("b", "Web-2", "mem"), ("c", "d%", "cpu")] {
            create(store, key, spec(name, vec![policy("load", 1.0), policy(metric, 1.0)]));
        }
        let keys = |filter: RuleFilter, page: PageRequest| {
            let found = write(store, move |tx| service().list(tx, OURS, &filter, page));
            (found.items.into_iter().map(|rule| rule.key).collect::<String>(), found.total)
        };
        let cases: [(RuleFilter, &str); 13] = [
            (RuleFilter::default(), "cba"),
            (RuleFilter { oldest_first: true, ..RuleFilter::default() }, "abc"),
            (RuleFilter { name_contains: Some("%".into()), ..RuleFilter::default() }, "c"),
            (RuleFilter { metric: Some("cpu".into()), ..RuleFilter::default() }, "ca"),
            (RuleFilter { first_metric: Some("cpu".into()), ..RuleFilter::default() }, ""),
            (RuleFilter { keys: vec!["a".into(), "z".into()], ..RuleFilter::default() }, "a"),
            (RuleFilter { values: Some("a,b,i-1".into()), ..RuleFilter::default() }, "cba"),
            (RuleFilter { values: Some("i-1".into()), ..RuleFilter::default() }, ""),
            (RuleFilter { state: Some(State::Unknown), ..RuleFilter::default() }, "cba"),
            (RuleFilter { state: Some(State::Ok), ..RuleFilter::default() }, ""),
            (RuleFilter { enabled: Some(false), ..RuleFilter::default() }, ""),
            (RuleFilter { is_event: Some(false), ..RuleFilter::default() }, "cba"),
            (RuleFilter { projects: vec!["q".into(), "p".into()], ..RuleFilter::default() }, "cba"),
        ];
        for (filter, expected) in cases {
            let said = format!("{filter:?}");
            assert_eq!(
                keys(filter, PageRequest::ALL),
                (expected.to_owned(), expected.len() as u64),
                "{said}"
            );
        }
        assert_eq!(keys(RuleFilter::default(), PageRequest { offset: 1, limit: 1 }), ("b".to_owned(), 3));
        write(store, |tx| service().set_enabled(tx, OURS, &["b"], false));
        let counts = write(store, |tx| service().count_by_state(tx, OURS, &RuleFilter::default()));
        assert_eq!(counts, StateCounts { unknown: 2, disabled: 1, ..StateCounts::default() });
    });
}

#[test]
fn an_account_has_so_many_rules_and_no_more() {
    on_each_store(|store| {
        let put = |key: &'static str| {
            store.db.write_blocking(move |tx| {
                let service = Service::new(Limits { rules_per_account: 1 });
                service.put(tx, OURS, key, spec(key, vec![policy("cpu", 1.0)])).map(|(_, is_new)| is_new)
            })
        };
        assert!(put("a").unwrap());
        assert!(!put("a").unwrap());
        assert!(matches!(put("b"), Err(Error::Quota { what: "alarm rules", limit: 1 })));
        assert_eq!(write(store, |tx| service().delete(tx, OURS, &["a", "a"])), ["a"]);
        assert!(put("b").unwrap());
        assert_eq!(write(store, |tx| service().count(tx, "1")), 1);
    });
}

#[test]
fn nothing_stands_or_happened_before_the_engine_looked() {
    on_each_store(|store| {
        let rule = create(store, "a", spec("r", vec![policy("cpu", 1.0)]));
        write(store, move |tx| {
            let service = service();
            let window = (Some(Timestamp::default()), Some(tx.now()));
            let episodes = EpisodeFilter { began: window, updated: window, ..EpisodeFilter::default() };
            for by in [EpisodeOrder::Updated, EpisodeOrder::Began, EpisodeOrder::Level, EpisodeOrder::Id] {
                let order = Order { by, ascending: true };
                assert_eq!(service.episodes(tx, OURS, &episodes, order, PageRequest::ALL)?.total, 0);
            }
            let notices = NoticeFilter {
                text: Some("x".into()),
                contact_group: Some("g".into()),
                product: Some("acs_ecs".into()),
                oldest_first: true,
                deliveries: vec![Delivery::Told, Delivery::Gap(Gap::Repeat)],
                after: vec![State::Ok],
                ..NoticeFilter::default()
            };
            assert_eq!(service.notices(tx, OURS, &notices, PageRequest::ALL)?.total, 0);
            for by in [Tally::Namespace, Tally::Metric, Tally::State, Tally::Group, Tally::ContactGroups] {
                assert!(service.tally_notices(tx, OURS, &notices, by)?.is_empty());
            }
            assert!(service.histogram(tx, OURS, &notices, 60_000)?.is_empty());
            assert_eq!(service.units(tx, OURS, &UnitFilter::default(), PageRequest::ALL)?.total, 0);
            assert_eq!(service.worst_states(tx, &[rule.id])?[&rule.id], State::Unknown);
            Ok(())
        });
    });
}
