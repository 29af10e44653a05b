//! What becomes of results as time goes by.

use std::time::Duration;

use muster_core::Engine as _;
use muster_db::testing::TestStore;
use muster_notify::OutboundSettings;
use muster_notify::outbound::{Client, Policy};

use super::{DeliverWebhooks, MIGRATIONS, PruneApiJobs, Stored, check_new, find, insert, store};

/// A port that nobody listens on, since only the system may.
const NOBODY: &str = "http://127.0.0.1:1/result";
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

fn keep(store: &TestStore, id: &'static str, webhook_url: Option<&'static str>) {
    let webhook_url = webhook_url.map(str::to_owned);
    store
        .db
        .write_blocking(move |tx| {
            let (id, webhook_url) = (id.to_owned(), webhook_url.clone());
            insert(tx, &Stored { id, success: true, body: "{}".to_owned(), webhook_url })
        })
        .unwrap();
}

fn deliver(store: &TestStore) -> DeliverWebhooks {
    let policy = Policy::new(&OutboundSettings::default(), true).unwrap();
    DeliverWebhooks::new(store.db.clone(), Client::new(policy, Duration::from_secs(5)))
}

fn due(store: &TestStore) -> usize {
    store.db.read_blocking(|tx| store::due(tx, 100)).unwrap().len()
}

#[test]
fn an_id_counts_until_its_result_is_forgotten() {
    TestStore::on_each(MIGRATIONS, |store| {
        keep(store, "a", None);
        let prune = PruneApiJobs::new(store.db.clone());
        store.clock.advance(DAY_MS - 1);
        prune.run()?;
        assert_eq!(store.db.read_blocking(|tx| find(tx, "a"))?, Some((true, "{}".to_owned())));
        assert!(store.db.read_blocking(|tx| check_new(tx, "a")).is_err());
        store.clock.advance(2);
        prune.run()?;
        assert_eq!(store.db.read_blocking(|tx| find(tx, "a"))?, None);
        store.db.read_blocking(|tx| check_new(tx, "a"))
    })
    .unwrap();
}

#[test]
fn a_webhook_is_tried_fifteen_times() {
    let store = TestStore::sqlite(MIGRATIONS).unwrap();
    keep(&store, "a", Some(NOBODY));
    let engine = deliver(&store);
    for attempt in 0..15 {
        assert_eq!(due(&store), 1, "attempt {attempt}");
        engine.run().unwrap();
        assert_eq!(due(&store), 0);
        store.clock.advance(2_000);
    }
    assert_eq!(due(&store), 0);
}

#[test]
fn what_can_never_be_reached_is_given_up_at_once() {
    let store = TestStore::sqlite(MIGRATIONS).unwrap();
    keep(&store, "a", Some("ftp://127.0.0.1/result"));
    keep(&store, "b", Some("http://169.254.169.254/result"));
    deliver(&store).run().unwrap();
    store.clock.advance(DAY_MS);
    assert_eq!(due(&store), 0);
}
