//! The store as its callers see it, on both databases.

mod lists;
mod readings;
mod retention;
mod samples;
mod spaces;
mod windows;

use std::sync::Arc;

use muster_core::{Result, Timestamp};
use muster_db::testing::TestStore;

use crate::engine::{Follow, RollUp, SealLimits};
use crate::{
    Admission, Limits, MIGRATIONS, NewSample, Sample, Scope, Series, SeriesName, Service, ValueKind,
};

const MINE: Scope<'static> = Scope { account_id: "1000", project_id: "p" };
const THEIRS: Scope<'static> = Scope { account_id: "2000", project_id: "q" };
const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;
const ADMISSION: Admission =
    Admission { oldest_ms: 3 * DAY_MS, ahead_ms: 600_000, late_ms: i64::MAX, counted: true };

/// One node over a store.
struct Node<'s> {
    store: &'s TestStore,
    service: Arc<Service>,
    follow: Arc<Follow>,
    roll_up: RollUp,
}

impl<'s> Node<'s> {
    fn start(store: &'s TestStore) -> Self {
        Self::with(store, Limits::default())
    }

    fn with(store: &'s TestStore, limits: Limits) -> Self {
        let (service, clock) = (Arc::new(Service::new(limits)), Arc::clone(&store.clock));
        let limits = SealLimits::default();
        let follow = Arc::new(Follow::new(store.db.clone(), Arc::clone(&service), clock.clone(), limits));
        let roll_up = RollUp::new(store.db.clone(), Arc::clone(&service), clock, Arc::clone(&follow));
        Self { store, service, follow, roll_up }
    }

    fn now(&self) -> Timestamp {
        muster_core::Clock::now(&*self.store.clock)
    }

    fn add(&self, scope: Scope<'static>, samples: Vec<NewSample>) -> Result<()> {
        self.add_as(scope, samples, ADMISSION)
    }

    fn add_as(&self, scope: Scope<'static>, samples: Vec<NewSample>, admission: Admission) -> Result<()> {
        let service = Arc::clone(&self.service);
        self.store.db.write_blocking(move |tx| service.add(tx, scope, &samples, admission))
    }

    fn find(&self, scope: Scope<'_>, host: &str) -> Option<Series> {
        self.store.db.read_blocking(|tx| self.service.find(tx, scope, &name(host))).unwrap()
    }

    fn samples(&self, host: &str) -> Vec<(i64, f64)> {
        let Some(series) = self.find(MINE, host) else { return Vec::new() };
        let end = self.now().plus_ms(DAY_MS);
        let samples =
            self.store.db.read_blocking(|tx| self.service.samples(tx, &series, Timestamp::default(), end));
        samples.unwrap().into_iter().map(|sample| (sample.at.millis(), sample.value)).collect()
    }
}

fn name(host: &str) -> SeriesName {
    SeriesName::new("MINE.APP", "cpu_util", vec![("host".into(), host.into())]).unwrap()
}

fn new(host: &str, at: Timestamp, value: f64) -> NewSample {
    NewSample {
        series: name(host),
        unit: "%".into(),
        kind: ValueKind::Float,
        ttl_ms: 7 * DAY_MS,
        sample: Sample { at, value },
    }
}

fn on_each(test: impl Fn(&TestStore) -> Result<()>) {
    TestStore::on_each(MIGRATIONS, test).unwrap();
}
