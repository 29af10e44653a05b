//! Samples that all count, summaries, and what leaves.

use std::collections::BTreeMap;

use muster_core::{Engine, Error, Random};

use super::*;
use crate::{
    Aggregate, Detail, Metric, NewReading, Period, SeriesFilter, SeriesPage, Statistic, Summary, WindowRead,
};

const MINUTE: Period = Period::of(60);
const FIVE: Period = Period::of(300);

fn value(host: &str, at: Timestamp, value: f64) -> NewReading {
    let sample = NewSample { ttl_ms: 31 * DAY_MS, ..new(host, at, value) };
    NewReading { sample, summary: None }
}

fn summary(
    host: &str,
    at: Timestamp,
    period: Period,
    figures: [f64; 3],
    told: &[(Statistic, f64)],
) -> NewReading {
    let [count, sum, max] = figures;
    let aggregate =
        Aggregate { count: count as u64, sum, squared_deviations: 0.0, min: 0.0, max, last: sum / count };
    let summary = Summary { period, aggregate, told: told.to_vec() };
    NewReading { summary: Some(Arc::new(summary)), ..value(host, at, 0.0) }
}

impl Node<'_> {
    fn read(&self, readings: Vec<NewReading>) -> Result<()> {
        let (service, admission) =
            (Arc::clone(&self.service), Admission { oldest_ms: 7 * DAY_MS, ..ADMISSION });
        self.store.db.write_blocking(move |tx| service.add_readings(tx, MINE, &readings, admission))
    }

    fn details(&self, host: &str, period: Period) -> Vec<Detail> {
        let Some(series) = self.find(MINE, host) else { return Vec::new() };
        let (from, to) = (Timestamp::default(), self.now().plus_ms(DAY_MS));
        let read =
            |tx: &mut muster_db::Tx<'_>| self.service.look(tx)?.details(tx, series.id, period, from, to);
        self.store.db.read_blocking(read).unwrap()
    }
}

/// What `values` come to, computed in the plainest way.
fn expected(values: &mut [f64], period: Period, statistic: Statistic) -> f64 {
    let seconds = f64::from(period.seconds());
    let (sum, count) = (values.iter().sum::<f64>(), values.len() as f64);
    match statistic {
        Statistic::Sum => sum,
        Statistic::Count => count,
        Statistic::Average => sum / count,
        Statistic::SumPerSecond => sum / seconds,
        Statistic::CountPerSecond => count / seconds,
        Statistic::Percentile(percent) => {
            values.sort_unstable_by(f64::total_cmp);
            let rank = (values.len() * usize::from(percent)).div_ceil(100);
            values[rank.max(1) - 1]
        }
        other => panic!("{other:?} is not computed here"),
    }
}

fn assert_windows(node: &Node<'_>, told: &[(Timestamp, f64)]) {
    for period in [15, 60, 300, 900, 3600].map(Period::of) {
        let mut windows: BTreeMap<i64, Vec<f64>> = BTreeMap::new();
        for (at, value) in told {
            windows.entry(period.floor(*at).millis()).or_default().push(*value);
        }
        let details = node.details("a", period);
        assert_eq!(
            details.iter().map(|detail| detail.start.millis()).collect::<Vec<_>>(),
            windows.keys().copied().collect::<Vec<_>>()
        );
        for (detail, values) in details.iter().zip(windows.values_mut()) {
            for statistic in [
                Statistic::Sum,
                Statistic::Count,
                Statistic::Average,
                Statistic::SumPerSecond,
                Statistic::CountPerSecond,
                Statistic::Percentile(10),
                Statistic::Percentile(50),
                Statistic::Percentile(99),
            ] {
                let (found, right) =
                    (detail.statistic(statistic).unwrap(), expected(values, period, statistic));
                assert!((found - right).abs() < 1e-6, "{statistic:?} of {period:?}: {found}, not {right}");
            }
        }
    }
}

#[test]
fn every_value_counts_whatever_its_instant_and_the_order_of_arrival() {
    on_each(|store| {
        let node = Node::start(store);
        let (mut random, mut told) = (Random::from_number(11), Vec::new());
        for call in 0..12 {
            let mut readings = Vec::new();
            for _ in 0..40 {
                let draw = u64::from_le_bytes(random.bytes());
                // Few instants, so that many values share one.
                let at = node.now().plus_ms(-i64::try_from(draw % 50).unwrap() * 7000);
                let number = f64::from(u32::try_from(draw % 1009).unwrap()) / 10.0;
                told.push((at, number));
                readings.push(value("a", at, number));
            }
            node.read(readings)?;
            if call % 5 == 2 {
                node.follow.seal()?;
            }
        }
        assert_windows(&node, &told);
        assert_windows(&Node::start(store), &told);
        node.follow.seal()?;
        node.follow.seal()?;
        assert_windows(&node, &told);
        assert_windows(&Node::start(store), &told);
        Ok(())
    });
}

#[test]
fn a_crash_while_sealing_counts_no_value_twice() {
    on_each(|store| {
        let node = Node::start(store);
        let at = node.now().plus_ms(-60_000);
        let told: Vec<_> = (0..30).map(|number| (at, f64::from(number))).collect();
        for (at, number) in &told {
            node.read(vec![value("a", *at, *number)])?;
        }
        assert_windows(&node, &told);
        let log = store.db.read_blocking(|tx| crate::store::log_after(tx, 0, 100))?;
        node.follow.seal()?;
        store.db.write_blocking(move |tx| {
            tx.execute("UPDATE metrics_state SET sealed_log_id = 0", muster_db::params![])?;
            log.iter().try_for_each(|(id, data)| {
                tx.execute("INSERT INTO metrics_log (id, data) VALUES ($1, $2)", muster_db::params![id, data])
                    .map(|_| ())
            })
        })?;
        let again = Node::start(store);
        assert_windows(&again, &told);
        again.follow.seal()?;
        assert_windows(&again, &told);
        assert_windows(&Node::start(store), &told);
        assert_eq!(store.db.read_blocking(crate::verify)?, Vec::<String>::new());
        Ok(())
    });
}

#[test]
fn a_summary_is_shown_as_it_was_told_and_a_longer_one_replaces_shorter_ones() {
    on_each(|store| {
        let node = Node::start(store);
        let start = FIVE.floor(node.now().plus_ms(-600_000));
        let ranks =
            [(Statistic::Average, 3.0), (Statistic::Percentile(50), 2.0), (Statistic::Percentile(90), 9.0)];
        node.read(vec![summary("a", start.plus_ms(61_000), MINUTE, [4.0, 10.0, 9.5], &ranks)])?;
        for sealed in [false, true] {
            if sealed {
                node.follow.seal()?;
            }
            let detail = node.details("a", MINUTE).pop().unwrap();
            assert_eq!(detail.start, start.plus_ms(60_000));
            let statistics = [
                (Statistic::Average, Some(3.0)),
                (Statistic::Sum, Some(10.0)),
                (Statistic::Count, Some(4.0)),
                (Statistic::Maximum, Some(9.5)),
                (Statistic::Percentile(50), Some(2.0)),
                (Statistic::Percentile(90), Some(9.0)),
            ];
            for (statistic, expected) in statistics {
                assert_eq!(detail.statistic(statistic), expected, "{statistic:?}");
            }
            assert!(node.details("a", Period::of(15)).is_empty(), "a minute cannot be divided");
        }
        // Told again, the last word counts; together with another minute its own average no longer does.
        node.read(vec![
            summary("a", start.plus_ms(60_000), MINUTE, [4.0, 20.0, 9.5], &[]),
            summary("a", start.plus_ms(120_000), MINUTE, [1.0, 5.0, 5.0], &[]),
        ])?;
        let five = node.details("a", FIVE).pop().unwrap();
        assert_eq!((five.aggregate.count, five.aggregate.sum), (5, 25.0));
        assert_eq!(five.statistic(Statistic::Average), Some(5.0));
        assert_eq!(five.statistic(Statistic::Percentile(50)), None);
        // Five minutes that were told stand in the place of their minutes, and are nothing to shorter periods.
        node.read(vec![summary("a", start.plus_ms(1), FIVE, [100.0, 7.0, 1.0], &[])])?;
        let five = node.details("a", FIVE).pop().unwrap();
        assert_eq!((five.aggregate.count, five.aggregate.sum), (100, 7.0));
        assert_eq!(node.details("a", Period::of(900)).pop().unwrap().aggregate.count, 100);
        assert_eq!(node.details("a", MINUTE).len(), 2);
        let bad = summary("a", start, Period::of(900), [1.0, 1.0, 1.0], &[]);
        assert!(matches!(node.read(vec![bad]), Err(Error::Invalid { field, .. }) if field == "[0].period"));
        let huge = summary("a", start, MINUTE, [1.0, f64::NAN, 1.0], &[]);
        assert!(
            matches!(node.read(vec![value("a", start, 1.0), huge]), Err(Error::Invalid { field, .. }) if field == "[1].value")
        );
        assert_eq!(node.details("a", MINUTE).len(), 2);
        Ok(())
    });
}

#[test]
fn minutes_outlive_their_values() {
    on_each(|store| {
        let node = Node::start(store);
        let at = MINUTE.floor(node.now());
        node.read((0..20).map(|second| value("a", at.plus_ms(second * 5000), second as f64)).collect())?;
        node.add(MINE, vec![new("b", at, 1.0)])?;
        let before = node.details("a", MINUTE);
        assert_eq!(before.len(), 2);
        store.clock.advance(9 * DAY_MS);
        node.roll_up.run()?;
        let sums = |details: &[Detail]| details.iter().map(|detail| detail.aggregate).collect::<Vec<_>>();
        assert_eq!(Node::start(store).samples("a"), []);
        assert_eq!(sums(&node.details("a", MINUTE)), sums(&before));
        // Of a whole window only the average is left.
        assert_eq!(node.details("a", FIVE)[0].statistic(Statistic::Percentile(99)), Some(9.5));
        assert!(node.details("b", MINUTE).is_empty(), "whose samples may go is not kept by the minute");
        assert_eq!(node.details("b", FIVE).len(), 1);
        store.clock.advance(25 * DAY_MS);
        node.roll_up.run()?;
        assert!(node.details("a", MINUTE).is_empty());
        assert_eq!(node.details("a", FIVE).len(), 1);
        Ok(())
    });
}

#[test]
fn single_statistics_are_those_of_the_windows() {
    on_each(|store| {
        let node = Node::start(store);
        let start = MINUTE.floor(node.now());
        node.read((1..=10).map(|number| value("a", start, f64::from(number))).collect())?;
        let series = node.find(MINE, "a").unwrap().id;
        let read = |start, statistic| (WindowRead { series, period: MINUTE, start }, statistic);
        let reads = [
            read(start, Statistic::Percentile(90)),
            read(start, Statistic::CountPerSecond),
            read(start.plus_ms(60_000), Statistic::Average),
            read(start, Statistic::Average),
        ];
        for node in [&node, &Node::start(store)] {
            let figures = store.db.read_blocking(|tx| {
                let mut figures = Vec::new();
                node.service.read_statistics(tx, &reads, &mut figures)?;
                Ok(figures)
            })?;
            assert_eq!(figures, [Some(9.0), Some(10.0 / 60.0), None, Some(5.5)]);
            node.follow.seal()?;
        }
        Ok(())
    });
}

#[test]
fn what_is_removed_is_gone_and_no_longer_counts() {
    on_each(|store| {
        let limits = Limits { series_per_account: 2, ..Limits::default() };
        let node = Node::with(store, limits);
        let at = node.now();
        node.read(vec![value("a", at, 1.0), value("b", at, 2.0)])?;
        assert!(matches!(node.read(vec![value("c", at, 3.0)]), Err(Error::Quota { .. })));
        let a = node.find(MINE, "a").unwrap().id;
        let remove = |scope: Scope<'static>| {
            let service = Arc::clone(&node.service);
            store.db.write_blocking(move |tx| service.remove(tx, scope, &[a]))
        };
        assert_eq!(remove(THEIRS)?, 0);
        assert_eq!(node.details("a", MINUTE).len(), 1);
        assert_eq!(remove(MINE)?, 1);
        assert_eq!((node.details("a", MINUTE).len(), node.details("b", MINUTE).len()), (0, 1));
        node.follow.seal()?;
        node.read(vec![value("c", at, 3.0)])?;
        assert_eq!(node.details("c", MINUTE).len(), 1);
        let again = Node::with(store, limits);
        assert_eq!((again.details("a", MINUTE).len(), again.details("b", MINUTE).len()), (0, 1));
        assert_eq!(remove(MINE)?, 0);
        Ok(())
    });
}

#[test]
fn metrics_are_named_once_each() {
    on_each(|store| {
        let node = Node::start(store);
        node.add(MINE, vec![new("a", node.now(), 1.0), new("b", node.now(), 1.0)])?;
        let other = |namespace: &str, metric: &str| NewSample {
            series: SeriesName::new(namespace, metric, Vec::new()).unwrap(),
            ..new("a", node.now(), 1.0)
        };
        node.add(
            MINE,
            vec![other("MINE.APP.DEEPER", "load"), other("MINE.APP", "mem"), other("A.B", "cpu_util")],
        )?;
        let named = |namespace| -> Vec<String> {
            let found = store.db.read_blocking(|tx| node.service.metrics(tx, MINE, namespace)).unwrap();
            found.into_iter().map(|metric: Metric| format!("{} {}", metric.namespace, metric.name)).collect()
        };
        assert_eq!(
            named(None),
            ["A.B cpu_util", "MINE.APP.DEEPER load", "MINE.APP cpu_util", "MINE.APP mem"]
        );
        assert_eq!(named(Some("MINE.APP")), ["MINE.APP cpu_util", "MINE.APP mem"]);
        assert!(named(Some("MINE")).is_empty());
        let found = store.db.read_blocking(|tx| node.service.metrics(tx, MINE, Some("MINE.APP")))?;
        assert_eq!((found[0].unit.as_str(), found[0].dimension_names.join(",")), ("%", "host".to_owned()));
        assert!(store.db.read_blocking(|tx| node.service.metrics(tx, THEIRS, None))?.is_empty());
        // Series that were silent for long are found by whoever asks for their time.
        store.clock.advance(3 * DAY_MS);
        let page = SeriesPage { after: None, descending: false, limit: 100 };
        let listed = |reported_since| {
            let filter = SeriesFilter { reported_since, ..SeriesFilter::default() };
            store.db.read_blocking(|tx| node.service.list(tx, MINE, &filter, page)).unwrap().len()
        };
        assert_eq!((listed(None), listed(Some(node.now().plus_ms(-4 * DAY_MS)))), (0, 5));
        Ok(())
    });
}
