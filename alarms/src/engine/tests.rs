//! Rules, samples and what comes of them, on each store: the reference cases of both contracts.

use std::sync::Arc;

use jiff::tz::TimeZone;
use muster_core::{Clock, Engine, PageRequest, Result, Timestamp};
use muster_db::Tx;
use muster_db::testing::TestStore;
use muster_identity::testing::root_caller;
use muster_metrics::{Admission, NewSample, Period, Sample, Scope, SeriesName, Statistic, ValueKind};
use muster_notify::{ChannelKind, ContactSettings, MessageFilter, PutContact, PutContactGroup};

use super::Judge;
use crate::telling::Teller;
use crate::*;

const MINUTE_MS: i64 = 60_000;
const OURS: Owner<'static> = Owner { origin: Origin::CloudEye, account_id: "1", project_id: "p" };
const THEIRS: Owner<'static> = Owner { origin: Origin::CloudMonitor, ..OURS };
const SCOPE: Scope<'static> = Scope { account_id: "1", project_id: "p" };
const ADMISSION: Admission =
    Admission { oldest_ms: 86_400_000, ahead_ms: 600_000, late_ms: i64::MAX, counted: true };

struct World<'s> {
    store: &'s TestStore,
    metrics: Arc<muster_metrics::Service>,
    judge: Judge,
}

fn on_each_store(test: impl Fn(World<'_>)) {
    let migrations =
        [muster_notify::MIGRATIONS, muster_resources::MIGRATIONS, muster_metrics::MIGRATIONS, MIGRATIONS]
            .concat();
    TestStore::on_each(&migrations, |store| {
        test(World::on(store));
        Ok(())
    })
    .unwrap();
}

fn host(id: &str) -> Dimensions {
    vec![("instance_id".to_owned(), id.to_owned())]
}

/// A policy on `cpu`.
fn policy(watch: Watch, levels: &[(Level, Comparison, f64, u32)]) -> Policy {
    let levels = levels
        .iter()
        .map(|(level, comparison, threshold, times)| LevelCondition {
            level: *level,
            quantity: Quantity::Statistic(Statistic::Average),
            comparison: *comparison,
            threshold: *threshold,
            times: *times,
        })
        .collect();
    let subject = Subject::Metric { namespace: None, metric: "cpu".to_owned(), dimension_names: None };
    Policy::new(subject, watch, Condition::Levels(levels))
}

fn at_least(threshold: f64, times: u32) -> Policy {
    policy(Watch::Each, &[(Level::Major, Comparison::AtLeast, threshold, times)])
}

fn spec(policy: Policy) -> RuleSpec {
    let group = vec![Recipient::ContactGroup("ops".to_owned())];
    RuleSpec {
        name: "r".to_owned(),
        namespace: "SYS.ECS".to_owned(),
        target: Target::Exactly(vec![host("i-1")]),
        policies: vec![policy],
        no_data: NoData::Unknown { after: Silence::Ms(3 * 60 * MINUTE_MS), told: false },
        telling: Telling {
            on: true,
            alarm: group.clone(),
            recovery: group,
            falls_told: true,
            ..Telling::default()
        },
        ..RuleSpec::default()
    }
}

impl<'s> World<'s> {
    fn on(store: &'s TestStore) -> Self {
        let metrics = Arc::new(muster_metrics::Service::new(muster_metrics::Limits::default()));
        let world = Self { judge: judge(store, &metrics), metrics, store };
        let directory = || {
            let settings = ContactSettings { activation: false, ..ContactSettings::default() };
            muster_notify::Service::new(settings, "")
        };
        world.write(move |tx| {
            let channels = vec![(ChannelKind::Mail, "rita@example.com".to_owned())];
            let rita = PutContact { name: "Rita".into(), channels, ..PutContact::default() };
            directory().put_contact(tx, &root_caller("1"), &rita)?;
            let members = Some(vec!["Rita".to_owned()]);
            let ops = PutContactGroup { name: "ops".into(), members, ..PutContactGroup::default() };
            directory().put_contact_group(tx, &root_caller("1"), &ops)
        });
        world
    }

    /// The same store after a kill: nothing that stood in memory alone is left.
    fn restart(&mut self) {
        self.metrics = Arc::new(muster_metrics::Service::new(muster_metrics::Limits::default()));
        self.judge = judge(self.store, &self.metrics);
    }

    fn write<T: Send + 'static>(&self, work: impl Fn(&mut Tx<'_>) -> Result<T> + Send + Sync + 'static) -> T {
        self.store.db.write_blocking(work).unwrap()
    }

    fn now(&self) -> Timestamp {
        self.store.clock.now()
    }

    fn rule(&self, owner: Owner<'static>, key: &'static str, spec: RuleSpec) {
        self.write(move |tx| Service::default().create(tx, owner, key, true, spec.clone()).map(drop));
        self.judge.run().unwrap();
    }

    fn add_to(&self, dimensions: &Dimensions, at: Timestamp, value: f64) {
        let parts = dimensions.iter().map(|(name, value)| (name.clone().into(), value.clone().into()));
        let series = SeriesName::new("SYS.ECS", "cpu", parts.collect()).unwrap();
        let sample = NewSample {
            series,
            unit: "%".into(),
            kind: ValueKind::Float,
            ttl_ms: 86_400_000,
            sample: Sample { at, value },
        };
        let metrics = Arc::clone(&self.metrics);
        self.write(move |tx| metrics.add(tx, SCOPE, std::slice::from_ref(&sample), ADMISSION));
    }

    /// A minute passes; then `i-1` reports, unless it does not.
    fn minute(&self, value: Option<f64>) {
        self.store.clock.advance(MINUTE_MS);
        if let Some(value) = value {
            self.add_to(&host("i-1"), self.now(), value);
        }
        self.judge.run().unwrap();
    }

    fn minutes(&self, values: &[f64]) {
        values.iter().for_each(|value| self.minute(Some(*value)));
    }

    /// All episodes, the oldest first.
    fn episodes(&self, owner: Owner<'static>) -> Vec<Episode> {
        let order = Order { by: EpisodeOrder::Id, ascending: true };
        let list = move |tx: &mut Tx<'_>| {
            Service::default().episodes(tx, owner, &EpisodeFilter::default(), order, PageRequest::ALL)
        };
        self.store.db.read_blocking(list).unwrap().items
    }

    /// How all episodes ended, and at which level they were.
    fn ends(&self) -> Vec<(Level, Ending)> {
        self.episodes(OURS).into_iter().map(|episode| (episode.level, episode.ending)).collect()
    }

    /// All notices, the oldest first.
    fn notices(&self, owner: Owner<'static>) -> Vec<(NoticeKind, Delivery)> {
        let list = move |tx: &mut Tx<'_>| {
            Service::default().notices(tx, owner, &NoticeFilter::default(), PageRequest::ALL)
        };
        let found = self.store.db.read_blocking(list).unwrap();
        found.items.into_iter().rev().map(|(notice, _)| (notice.kind, notice.delivery)).collect()
    }

    /// The subjects of all messages, the oldest first.
    fn messages(&self) -> Vec<String> {
        let directory = muster_notify::Service::new(ContactSettings::default(), "");
        let list =
            |tx: &mut Tx<'_>| directory.list_messages(tx, &root_caller("1"), &MessageFilter::default(), 1000);
        let found = self.store.db.read_blocking(list).unwrap();
        found.into_iter().rev().map(|message| message.content.subject).collect()
    }

    fn state(&self, owner: Owner<'static>) -> State {
        let worst = move |tx: &mut Tx<'_>| {
            let service = Service::default();
            let rule = service.list(tx, owner, &RuleFilter::default(), PageRequest::ALL)?.items.remove(0);
            Ok(service.worst_states(tx, &[rule.id])?[&rule.id])
        };
        self.store.db.read_blocking(worst).unwrap()
    }
}

fn judge(store: &TestStore, metrics: &Arc<muster_metrics::Service>) -> Judge {
    let masks = Arc::new(masks::Service::new(masks::Limits::default(), TimeZone::UTC));
    Judge::new(
        store.db.clone(),
        store.clock.clone(),
        Arc::clone(metrics),
        Arc::default(),
        Teller::new(masks, TimeZone::UTC, "https://muster.example", "here"),
        10_000,
    )
}

mod cloud_eye;
mod cloud_monitor;
mod events;
mod life;
