//! The feature as its callers see it, on both databases.

mod reports;
mod rules;

use std::sync::{Arc, Mutex, PoisonError};

use crate::rules::Plain;
use crate::{
    Count, CountBy, Event, EventFilter, Facts, Kind, Limits, MIGRATIONS, Observer, Repeats, Scope, Service,
};
use muster_alarms::Level;
use muster_core::{Clock, PageRequest, Result, Timestamp};
use muster_db::testing::TestStore;
use muster_db::{Migration, Tx};

const MINE: Scope<'static> = Scope { account_id: "1000", project_id: "p" };
const THEIRS: Scope<'static> = Scope { account_id: "2000", project_id: "q" };
const HOUR_MS: i64 = 3_600_000;

#[derive(Default)]
struct Heard(Mutex<Vec<String>>);

impl Observer for Heard {
    fn happened(&self, _tx: &mut Tx<'_>, scope: Scope<'_>, events: &[Event]) -> Result<()> {
        let words = events.iter().map(|event| format!("{}/{}", scope.account_id, event.facts.name));
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(words);
        Ok(())
    }
}

struct World<'s> {
    store: &'s TestStore,
    service: Arc<Service>,
    heard: Arc<Heard>,
}

impl<'s> World<'s> {
    fn new(store: &'s TestStore, limits: Limits) -> Self {
        let heard = Arc::new(Heard::default());
        let service = Service::new(limits, Arc::new(Plain))
            .observed_by(Arc::<Heard>::clone(&heard) as Arc<dyn Observer>);
        Self { store, service: Arc::new(service), heard }
    }

    fn now(&self) -> Timestamp {
        self.store.clock.now()
    }

    fn report(&self, scope: Scope<'static>, facts: &[Facts], repeats: Repeats) -> Result<Vec<i64>> {
        let (service, facts) = (Arc::clone(&self.service), facts.to_vec());
        self.store.db.write_blocking(move |tx| service.report(tx, scope, &facts, repeats))
    }

    fn list(&self, account: &str, filter: &EventFilter) -> Vec<Event> {
        let page = self.store.db.read_blocking(|tx| self.service.list(tx, account, filter, PageRequest::ALL));
        let page = page.unwrap();
        assert_eq!(page.total, page.items.len() as u64);
        page.items
    }

    fn count(&self, filter: &EventFilter, by: CountBy) -> Vec<Count> {
        let counted = self
            .store
            .db
            .read_blocking(|tx| self.service.count(tx, MINE.account_id, filter, by, PageRequest::ALL));
        let counted = counted.unwrap();
        assert_eq!(counted.total, counted.items.len() as u64);
        counted.items
    }
}

/// An event of a disk.
fn facts(name: &str, at: Timestamp) -> Facts {
    Facts {
        kind: Kind::Custom,
        category: None,
        source: "MINE.APP".to_owned(),
        name: name.to_owned(),
        level: Some(Level::Major),
        state: "warning".to_owned(),
        at,
        group_id: None,
        resource_id: "disk-1".to_owned(),
        resource_name: "the disk".to_owned(),
        dimensions: vec![("disk".to_owned(), "disk-1".to_owned())],
        region: String::new(),
        user: "eve".to_owned(),
        content: r#"{"free": 3}"#.to_owned(),
        drill: false,
    }
}

fn on_each(test: impl Fn(&World<'_>) -> Result<()>) {
    let migrations: Vec<Migration> = [muster_notify::MIGRATIONS, MIGRATIONS].concat();
    TestStore::on_each(&migrations, |store| test(&World::new(store, Limits::default()))).unwrap();
}
