//! What goes, and what is told of it.

use muster_core::Engine;

use super::*;
use crate::{Period, SeriesObserver};

#[test]
fn windows_go_after_their_time_and_an_empty_series_with_them() {
    on_each(|store| {
        let limits = Limits {
            minutes_ms: 5 * DAY_MS,
            hours_ms: 30 * DAY_MS,
            days_ms: 60 * DAY_MS,
            ..Limits::default()
        };
        let node = Node::with(store, limits);
        node.add(MINE, vec![new("a", node.now(), 4.0)])?;
        let (id, then) = (node.find(MINE, "a").unwrap().id, node.now());
        let windows = |seconds: u64| {
            let period = Period::from_seconds(seconds).unwrap();
            store.db.read_blocking(|tx| node.service.windows(tx, id, period, then, node.now())).unwrap().len()
        };
        for (days, five_minutes, hours, days_left) in
            [(4, 1, 1, 1), (4, 0, 1, 1), (40, 0, 0, 1), (320, 0, 0, 0)]
        {
            store.clock.advance(days * DAY_MS);
            node.roll_up.run()?;
            node.roll_up.run()?;
            assert_eq!(
                (windows(300), windows(3600), windows(86_400)),
                (five_minutes, hours, days_left),
                "{days}"
            );
        }
        let left: (i64, i64) = store.db.read_blocking(|tx| {
            let series = tx.query_one("SELECT count(*) FROM metrics_series", &[], |row| row.get(0))?;
            Ok((series, crate::store::state(tx)?.stored_bytes))
        })?;
        assert_eq!(left, (0, 0));
        Ok(())
    });
}

#[test]
fn damage_is_found_wherever_it_is() {
    on_each(|store| {
        let node = Node::start(store);
        let verify = || store.db.read_blocking(crate::verify);
        node.add(MINE, vec![new("a", node.now(), 4.0)])?;
        node.follow.seal()?;
        store.clock.advance(9 * DAY_MS);
        node.add(MINE, vec![new("a", node.now(), 4.0)])?;
        node.roll_up.run()?;
        node.add(MINE, vec![new("a", node.now().plus_ms(1), 4.0)])?;
        assert_eq!(verify()?, Vec::<String>::new());
        for (table, expected) in [("metrics_log", 1), ("metrics_chunks", 1), ("metrics_rollups", 3)] {
            // A byte that wants another one after it.
            let sql = format!("UPDATE {table} SET data = $1");
            store.db.write_blocking(move |tx| tx.execute(&sql, muster_db::params![vec![1_u8, 0x80]]))?;
            let faults = verify()?;
            let found = faults.iter().filter(|fault| fault.contains(table)).count();
            assert_eq!(found, expected, "{faults:?}");
        }
        Ok(())
    });
}

#[derive(Default)]
struct Names(std::sync::Mutex<Vec<String>>);

impl SeriesObserver for Names {
    fn appeared(&self, _: &mut muster_db::Tx<'_>, scope: Scope<'_>, series: &[&SeriesName]) -> Result<()> {
        let mut names = self.0.lock().unwrap();
        names.extend(series.iter().map(|name| format!("{} {}", scope.account_id, name.text())));
        Ok(())
    }
}

#[test]
fn an_observer_learns_of_a_series_once() {
    let store = TestStore::sqlite(MIGRATIONS).unwrap();
    let names = Arc::new(Names::default());
    let service = Arc::new(Service::new(Limits::default()).observed_by(names.clone()));
    for value in [1.0, 2.0] {
        let (service, at) = (Arc::clone(&service), muster_core::Clock::now(&*store.clock));
        store.db.write_blocking(move |tx| service.add(tx, MINE, &[new("a", at, value)], ADMISSION)).unwrap();
    }
    assert_eq!(*names.0.lock().unwrap(), ["1000 MINE.APP.cpu_util.host:a"]);
    let reported = |host: &'static str| {
        let (service, dimensions) = (Arc::clone(&service), vec![("host".into(), host.into())]);
        store.db.read_blocking(|tx| service.is_reported(tx, MINE, "MINE.APP", dimensions.clone())).unwrap()
    };
    assert!(reported("a"));
    assert!(!reported("b"));
}
