//! Lists of series.

use super::*;
use crate::{SeriesFilter, SeriesPage};

fn reported(namespace: &str, metric: &str, dimensions: &[(&str, &str)], at: Timestamp) -> NewSample {
    let dimensions = dimensions.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
    NewSample { series: SeriesName::new(namespace, metric, dimensions).unwrap(), ..new("", at, 1.0) }
}

fn texts(node: &Node<'_>, filter: &SeriesFilter, page: SeriesPage<'_>) -> Vec<String> {
    let found = node.store.db.read_blocking(|tx| node.service.list(tx, MINE, filter, page)).unwrap();
    found.into_iter().map(|series| series.name.text().to_owned()).collect()
}

const FIRST: SeriesPage<'static> = SeriesPage { after: None, descending: false, limit: 100 };

#[test]
fn series_are_filtered_by_what_they_are() {
    on_each(|store| {
        let node = Node::start(store);
        let now = node.now();
        node.add(
            MINE,
            vec![
                reported("MINE.APP", "cpu", &[("host", "a"), ("zone", "1")], now),
                reported("MINE.APP", "cpu", &[("host", "ab")], now),
                reported("MINE.APP", "cpu_idle", &[("host", "a,zone:1")], now),
                reported("MINE.APP2", "cpu", &[("host", "a")], now),
                reported("MINE.APP", "%_x", &[("my.host", "a")], now),
            ],
        )?;
        node.add(THEIRS, vec![reported("MINE.APP", "cpu", &[("host", "a")], now)])?;
        let count = |filter: &SeriesFilter| {
            store.db.read_blocking(|tx| node.service.count(tx, MINE, filter)).unwrap()
        };
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let some = |text: &str| Some(text.to_owned());
        for (filter, expected) in [
            (SeriesFilter::default(), 5),
            (SeriesFilter { namespace: some("MINE.APP"), ..Default::default() }, 4),
            (SeriesFilter { namespace: some("MINE.APP"), metric: some("cpu"), ..Default::default() }, 2),
            (SeriesFilter { metric: some("cpu"), ..Default::default() }, 3),
            (SeriesFilter { dimensions: vec![pair("host", "a")], ..Default::default() }, 2),
            (
                SeriesFilter { dimensions: vec![pair("zone", "1"), pair("host", "a")], ..Default::default() },
                1,
            ),
            (SeriesFilter { dimensions: vec![pair("host", "a,zone:1")], ..Default::default() }, 1),
            (
                SeriesFilter {
                    dimension_names: Some(vec!["zone".into(), "host".into()]),
                    ..Default::default()
                },
                1,
            ),
            (SeriesFilter { dimension_names: Some(vec!["host".into()]), ..Default::default() }, 3),
            (SeriesFilter { text: some("%_x"), ..Default::default() }, 1),
        ] {
            assert_eq!(texts(&node, &filter, FIRST).len(), expected, "{filter:?}");
            assert_eq!(count(&filter), u64::try_from(expected).unwrap(), "{filter:?}");
        }
        Ok(())
    });
}

#[test]
fn pages_go_on_after_a_text_in_both_directions() {
    on_each(|store| {
        let node = Node::start(store);
        node.add(MINE, (0..25).map(|host| new(&format!("{host:02}"), node.now(), 1.0)).collect())?;
        for descending in [false, true] {
            let (mut seen, mut after) = (Vec::new(), None::<String>);
            loop {
                let page = SeriesPage { after: after.as_deref(), descending, limit: 7 };
                let found = texts(&node, &SeriesFilter::default(), page);
                let Some(last) = found.last() else { break };
                after = Some(last.clone());
                seen.extend(found);
            }
            assert_eq!(seen.len(), 25);
            assert!(seen.is_sorted_by(|one, next| (one < next) != descending));
        }
        Ok(())
    });
}

#[test]
fn a_silent_series_leaves_the_list_and_the_count_and_comes_back() {
    on_each(|store| {
        let node = Node::with(store, Limits { series_per_account: 1, ..Limits::default() });
        node.add(MINE, vec![new("a", node.now(), 1.0)])?;
        let id = node.find(MINE, "a").unwrap().id;
        store.clock.advance(2 * DAY_MS + 1);
        assert!(texts(&node, &SeriesFilter::default(), FIRST).is_empty());
        muster_core::Engine::run(&*node.follow)?;
        muster_core::Engine::run(&node.roll_up)?;
        // Sealing noted that it was seen only now; it is gone two days later, and its place is free.
        store.clock.advance(2 * DAY_MS + 1);
        muster_core::Engine::run(&node.roll_up)?;
        node.add(MINE, vec![new("b", node.now(), 1.0)])?;
        assert_eq!(node.samples("b").len(), 1);
        assert_eq!(node.service.memory_use().0, 1);
        assert!(node.add(MINE, vec![new("a", node.now(), 2.0)]).is_err());
        store.clock.advance(5 * DAY_MS);
        muster_core::Engine::run(&node.roll_up)?;
        store.clock.advance(3 * DAY_MS);
        muster_core::Engine::run(&node.roll_up)?;
        node.add(MINE, vec![new("a", node.now(), 3.0)])?;
        assert_eq!(node.find(MINE, "a").unwrap().id, id);
        assert_eq!(node.samples("a"), [(node.now().millis(), 3.0)]);
        assert_eq!(texts(&node, &SeriesFilter::default(), FIRST).len(), 1);
        Ok(())
    });
}
