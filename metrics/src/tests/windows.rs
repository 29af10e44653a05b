//! Windows against a computation of their own.

use std::collections::BTreeMap;

use muster_core::{Clock, Random};

use super::*;
use crate::{LateMark, Period, Statistic, Window, WindowRead};

/// A reading of a sine-like series with repeats and gaps, in a scrambled order.
fn scrambled(random: &mut Random, end: Timestamp, span_ms: i64) -> Vec<(Timestamp, f64)> {
    (0..400)
        .map(|_| {
            let draw = u64::from_le_bytes(random.bytes());
            let back = i64::try_from(draw % u64::try_from(span_ms).unwrap()).unwrap();
            (end.plus_ms(-back / 1000 * 1000), f64::from(u32::try_from(draw % 10_007).unwrap()) / 100.0)
        })
        .collect()
}

fn expected(samples: &[(Timestamp, f64)], period: Period) -> Vec<(i64, Vec<f64>)> {
    let mut last_words = BTreeMap::new();
    for (at, value) in samples {
        last_words.insert(*at, *value);
    }
    let mut windows: BTreeMap<i64, Vec<f64>> = BTreeMap::new();
    for (at, value) in last_words {
        windows.entry(period.floor(at).millis()).or_default().push(value);
    }
    windows.into_iter().collect()
}

fn assert_same(windows: &[Window], expected: &[(i64, Vec<f64>)]) {
    assert_eq!(windows.len(), expected.len());
    for (window, (start, values)) in windows.iter().zip(expected) {
        assert_eq!(window.start.millis(), *start);
        let sum: f64 = values.iter().sum();
        let mean = sum / values.len() as f64;
        let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / values.len() as f64;
        for (statistic, value) in [
            (Statistic::Average, mean),
            (Statistic::Variance, variance),
            (Statistic::Minimum, values.iter().copied().fold(f64::MAX, f64::min)),
            (Statistic::Maximum, values.iter().copied().fold(f64::MIN, f64::max)),
            (Statistic::Sum, sum),
            (Statistic::Count, values.len() as f64),
            (Statistic::Last, *values.last().unwrap()),
        ] {
            let found = window.aggregate.value(statistic).unwrap();
            assert!((found - value).abs() < 1e-6, "{statistic:?} at {start}: {found}, not {value}");
        }
    }
}

#[test]
fn every_period_agrees_with_an_own_computation_before_and_after_the_roll_up() {
    on_each(|store| {
        let node = Node::start(store);
        let (mut random, mut samples) = (Random::from_number(3), Vec::new());
        // Six calls over two days and a half, each with samples of the last hours out of order.
        for _ in 0..6 {
            let batch = scrambled(&mut random, store.clock.now(), 10 * HOUR_MS);
            node.add(MINE, batch.iter().map(|(at, value)| new("a", *at, *value)).collect())?;
            samples.extend(batch);
            node.follow.seal()?;
            store.clock.advance(10 * HOUR_MS);
        }
        let series = node.find(MINE, "a").unwrap().id;
        let all = |node: &Node<'_>, seconds: u64| {
            let period = Period::from_seconds(seconds).unwrap();
            let from = samples.iter().map(|(at, _)| *at).min().unwrap();
            store
                .db
                .read_blocking(|tx| node.service.windows(tx, series, period, from, store.clock.now()))
                .unwrap()
        };
        for seconds in [60, 300, 900, 1200, 3600, 14_400, 86_400] {
            let period = Period::from_seconds(seconds).unwrap();
            assert_same(&all(&node, seconds), &expected(&samples, period));
        }
        // Day after day becomes windows; what is asked in five minutes and more stays the same.
        for _ in 0..9 {
            store.clock.advance(DAY_MS);
            muster_core::Engine::run(&node.roll_up)?;
            muster_core::Engine::run(&node.roll_up)?;
            for seconds in [300, 900, 1200, 3600, 14_400, 86_400] {
                let period = Period::from_seconds(seconds).unwrap();
                assert_same(&all(&node, seconds), &expected(&samples, period));
                assert_same(&all(&Node::start(store), seconds), &expected(&samples, period));
            }
        }
        assert!(node.samples("a").is_empty(), "single samples are gone after their time");
        let left: i64 = store
            .db
            .read_blocking(|tx| tx.query_one("SELECT count(*) FROM metrics_chunks", &[], |row| row.get(0)))?;
        assert_eq!(left, 0);
        Ok(())
    });
}

#[test]
fn late_samples_count_in_windows_only_where_the_cloud_says_so() {
    on_each(|store| {
        let node = Node::start(store);
        let strict = Admission { late_ms: 600_000, ..ADMISSION };
        let old = node.now().plus_ms(-600_001);
        node.add_as(MINE, vec![new("a", old, 5.0), new("a", node.now().plus_ms(-600_000), 7.0)], strict)?;
        let windows = |node: &Node<'_>| {
            let series = node.find(MINE, "a").unwrap().id;
            let period = Period::from_seconds(86_400).unwrap();
            store.db.read_blocking(|tx| node.service.windows(tx, series, period, old, node.now())).unwrap()
        };
        assert_eq!(node.samples("a").len(), 2);
        assert_eq!(windows(&node).iter().map(|window| window.aggregate.sum).sum::<f64>(), 7.0);
        node.follow.seal()?;
        let again = Node::start(store);
        assert_eq!(again.samples("a").len(), 2);
        assert_eq!(windows(&again).iter().map(|window| window.aggregate.sum).sum::<f64>(), 7.0);
        Ok(())
    });
}

#[test]
fn rules_read_single_windows_from_memory_and_from_the_store_alike() {
    on_each(|store| {
        let node = Node::start(store);
        for minute in 0..200 {
            let at = node.now();
            node.add(MINE, vec![new("a", at, f64::from(minute)), new("b", at, 1.0)])?;
            store.clock.advance(60_000);
            if minute % 50 == 49 {
                node.follow.seal()?;
            }
        }
        let ids = ["a", "b"].map(|host| node.find(MINE, host).unwrap().id);
        let period = Period::from_seconds(300).unwrap();
        let first = period.floor(node.now().plus_ms(-200 * 60_000));
        let reads: Vec<_> = (0..45)
            .flat_map(|place| {
                let start = first.plus_ms(place * 300_000);
                ids.map(|series| WindowRead { series, period, start })
            })
            .collect();
        for node in [&node, &Node::start(store)] {
            let found = store.db.read_blocking(|tx| {
                let mut found = vec![None; 3];
                node.service.read_windows(tx, &reads, &mut found)?;
                Ok(found)
            })?;
            assert_eq!(found.len(), reads.len());
            for (read, found) in reads.iter().zip(&found) {
                let windows = store.db.read_blocking(|tx| {
                    node.service.windows(tx, read.series, period, read.start, read.start)
                })?;
                assert_eq!(windows.first().map(|window| window.aggregate), *found, "{read:?}");
            }
            assert!(found.iter().filter(|window| window.is_some()).count() >= 80);
        }
        Ok(())
    });
}

#[test]
fn late_samples_are_told_to_whoever_asks_again() {
    on_each(|store| {
        let node = Node::start(store);
        let now = node.now();
        node.add(MINE, vec![new("a", now, 1.0), new("b", now, 1.0)])?;
        let id = node.find(MINE, "a").unwrap().id;
        let mut late = Vec::new();
        let (mark, is_complete) = node.service.late_since(LateMark::default(), &mut late);
        assert!(late.is_empty() && is_complete);
        node.add(MINE, vec![new("a", now.plus_ms(-1000), 1.0), new("b", now.plus_ms(1), 1.0)])?;
        assert_eq!(node.samples("a").len(), 2);
        let (mark, _) = node.service.late_since(mark, &mut late);
        assert_eq!(late, [(id, now.plus_ms(-1000))]);
        late.clear();
        node.service.late_since(mark, &mut late);
        assert!(late.is_empty());
        Ok(())
    });
}
