//! The features, opened over one store. What the server, the command line and the tests start from.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jiff::tz::TimeZone;
use muster_alarms::Origin;
use muster_alarms::engine::Judge;
use muster_alarms::telling::{Profile, Teller};
use muster_alarms::templates::Associate;
use muster_alibaba::cloudmonitor::{Bridge, Callbacks, EventDocuments};
use muster_core::{Clock, Engine, Error, Random, Result, SharedRandom, Signals, SystemClock};
use muster_db::cluster::{OnOneNode, Tend};
use muster_db::{Db, Dialect, Durability, Location, Migration, Options};
use muster_identity::{FirstCredentials, FirstRoot, Secret};
use muster_jobs::alarms::Tell;
use muster_jobs::firings::FireDue;
use muster_jobs::http_jobs::HttpJobs;
use muster_jobs::instances::{self, BusyLimits, Dispatch, Patience, Reap, Retention};
use muster_jobs::link::WorkerLink;
use muster_jobs::logs;
use muster_jobs::overview::RollUp;
use muster_metrics::engine::{self as engines, Follow, SealLimits};
use muster_notify::{Backoff, Bridges, GatewaySettings, Gateways, engine, outbound};

use crate::config::{AlarmMedia, Settings, WorkspaceNames};
use crate::events::{EnterFromEvents, RaiseAlarms};
use crate::inventory::{EnterFromSeries, ForgetGroups, SeenInSeries};
use crate::own_series::ReportOwn;

/// A receiver of results that takes longer than this is asked again later.
const WEBHOOK_TIMEOUT: Duration = Duration::from_secs(5);

/// What everything else is given: time, randomness and signals.
#[derive(Clone)]
pub struct World {
    /// Where the present instant comes from.
    pub clock: Arc<dyn Clock>,
    /// Where ids and keys come from.
    pub random: Arc<SharedRandom>,
    /// What wakes engines.
    pub signals: Signals,
    /// How careful SQLite is with the disk.
    pub durability: Durability,
}

impl World {
    /// The host's clock and randomness, every commit flushed: all but tests.
    pub fn system() -> Self {
        Self {
            clock: Arc::new(SystemClock),
            random: Arc::new(SharedRandom::new(Random::from_os())),
            signals: Signals::default(),
            durability: Durability::Flushed,
        }
    }
}

/// Every feature's schema, in the order of their dependencies.
pub fn migrations() -> Vec<Migration> {
    [
        muster_identity::MIGRATIONS,
        muster_notify::MIGRATIONS,
        muster_jobs::MIGRATIONS,
        muster_jobs::scheduled::MIGRATIONS,
        muster_resources::MIGRATIONS,
        muster_metrics::MIGRATIONS,
        muster_alarms::MIGRATIONS,
        muster_events::MIGRATIONS,
        muster_apps::MIGRATIONS,
        muster_zstack::MIGRATIONS,
    ]
    .concat()
}

/// Opens the store that the settings name. Blocks.
///
/// # Errors
/// What [`Db::open`] says.
pub fn open_store(settings: &Settings, world: &World) -> Result<Db> {
    let location = match &settings.database {
        Some(url) => Location::Postgres(url.clone()),
        None => Location::Folder(settings.data.clone()),
    };
    let options = Options {
        location,
        durability: world.durability,
        clock: Arc::clone(&world.clock),
        random: Arc::clone(&world.random),
        signals: world.signals.clone(),
    };
    Db::open(options, &migrations())
}

/// Opens identity; on the first start that makes the root account, whose credentials are written to
/// `credentials.json`. Blocks.
///
/// # Errors
/// When the key file is not the store's, or nothing can be written.
pub fn open_identity(settings: &Settings, db: &Db, world: &World) -> Result<muster_identity::Service> {
    let key = match (&settings.root_access_key_id, &settings.root_access_key_secret) {
        (Some(id), Some(secret)) => Some((id.clone(), Secret::new(secret))),
        (None, None) => None,
        _ => {
            return Err(Error::invalid(
                "root access key",
                "its id and its secret are given both or not at all",
            ));
        }
    };
    let options = muster_identity::Settings {
        first: FirstRoot { access_key: key, password: settings.admin_password.clone().map(Secret::new) },
        max_access_keys: settings.quota.access_keys,
        max_sessions: settings.quota.sessions,
        audit_retention_ms: Some(days(settings.retention.audit_days)).filter(|ms| *ms > 0),
        ..muster_identity::Settings::new(&settings.region, settings.key_file())
    };
    let (clock, random) = (Arc::clone(&world.clock), Arc::clone(&world.random));
    let started = muster_identity::Service::start(db.clone(), options, clock, random)?;
    if let Some(first) = &started.first {
        write_credentials(&settings.data, first).map_err(muster_core::Error::internal)?;
        started.service.first_credentials_written()?;
    }
    Ok(started.service)
}

/// The features of a running server.
#[derive(Clone)]
pub struct Features {
    /// Accounts, keys, policies, sessions.
    pub identity: Arc<muster_identity::Service>,
    /// Contacts and messages.
    pub notify: Arc<muster_notify::Service>,
    /// Application groups.
    pub app_groups: Arc<muster_jobs::app_groups::Service>,
    /// Jobs of application groups.
    pub jobs: Arc<muster_jobs::job::Service>,
    /// What jobs do.
    pub instances: Arc<muster_jobs::instances::Service>,
    /// What their runs print.
    pub logs: muster_jobs::logs::Service,
    /// Workflows of jobs.
    pub workflows: Arc<muster_jobs::workflows::Service>,
    /// Scheduled jobs and their groups.
    pub scheduled: Arc<muster_jobs::scheduled::Service>,
    /// Resource groups.
    pub resources: Arc<muster_resources::Service>,
    /// Series and samples.
    pub metrics: Arc<muster_metrics::Service>,
    /// Alarm rules.
    pub alarms: Arc<muster_alarms::Service>,
    /// Who is told of alarms.
    pub teller: muster_alarms::telling::Teller,
    /// What keeps alarms from people.
    pub masks: Arc<muster_alarms::masks::Service>,
    /// What alarm rules follow.
    pub templates: Arc<muster_alarms::templates::Service>,
    /// Events and the rules over them.
    pub events: Arc<muster_events::Service>,
    /// Published application groups.
    pub apps: Arc<muster_apps::Service>,
    /// How people reach this server.
    pub public_url: String,
}

impl Features {
    /// The features as the settings want them. `public_url` is how people reach this server.
    ///
    /// # Errors
    /// `Invalid` for a setting that cannot be used.
    pub fn new(
        settings: &Settings,
        identity: Arc<muster_identity::Service>,
        public_url: &str,
    ) -> Result<Self> {
        let quota = &settings.quota;
        let notify = Arc::new(muster_notify::Service::new(settings.contacts.clone(), public_url));
        let scheduled = muster_jobs::scheduled::Service {
            limits: muster_jobs::scheduled::Limits {
                jobs: quota.scheduler_jobs,
                triggers: quota.scheduler_triggers,
                jobs_per_group: quota.scheduler_jobs_per_group,
                triggers_per_owner: quota.scheduler_triggers_per_owner,
            },
            zone: zone(settings)?,
            ..muster_jobs::scheduled::Service::default()
        };
        let apps = muster_apps::Settings {
            limits: muster_apps::Limits {
                app_groups: quota.workspace_app_groups,
                server_groups: quota.workspace_server_groups,
                ..muster_apps::Limits::default()
            },
            strict_names: settings.workspace.names == WorkspaceNames::Strict,
            ..muster_apps::Settings::default()
        };
        let zone = zone(settings)?;
        let alarms =
            muster_alarms::Service::new(muster_alarms::Limits { rules_per_account: quota.alarm_rules });
        let masks = Arc::new(muster_alarms::masks::Service::new(
            muster_alarms::masks::Limits { masks_per_account: quota.alarm_masks },
            zone.clone(),
        ));
        let resources = muster_resources::Service::new(
            muster_resources::Limits {
                groups_per_project: quota.resource_groups,
                members_per_group: quota.resource_group_members,
                product_members_per_group: quota.resource_group_product_members,
                enterprise_projects_per_account: quota.enterprise_projects,
                resources_per_project: quota.resources,
                tags_per_resource: quota.tags_per_resource,
            },
            // Where nothing is listed, Alibaba's dimensions tell which one names the resource.
            muster_resources::Catalogue {
                naming: muster_alibaba::cloudmonitor::NAMING_DIMENSIONS,
                ..muster_huawei::CATALOGUE
            },
        );
        let resources = resources
            .observed_by(Arc::new(ForgetGroups { alarms: alarms.clone(), masks: Arc::clone(&masks) }));
        let resources = Arc::new(resources.watched_by(Arc::new(muster_alarms::Watching::default())));
        let teller = Teller::new(Arc::clone(&masks), zone.clone(), public_url, &settings.region).by(
            match settings.alarms.media {
                AlarmMedia::ByLevel => Profile::ByLevel,
                AlarmMedia::Mail => Profile::MailAndRobot,
            },
        );
        let bridges = settings.alarms.bridges.iter().map(|bridge| Bridge::parse(bridge));
        let callbacks = Callbacks::new(
            &settings.region,
            settings.alarms.callback_secret.clone(),
            bridges.collect::<Result<_>>()?,
            Arc::clone(&resources),
        );
        let teller = teller.calling(Origin::CloudMonitor, Arc::new(callbacks));
        let events = muster_events::Service::new(event_limits(settings), Arc::new(EventDocuments))
            .observed_by(Arc::new(EnterFromEvents(Arc::clone(&resources))))
            .observed_by(Arc::new(RaiseAlarms { resources: Arc::clone(&resources), teller: teller.clone() }));
        Ok(Self {
            identity,
            events: Arc::new(events),
            jobs: Arc::new(muster_jobs::job::Service { zone: zone.clone() }),
            instances: Arc::new(muster_jobs::instances::Service { zone: zone.clone() }),
            workflows: Arc::new(muster_jobs::workflows::Service { zone }),
            app_groups: Arc::new(muster_jobs::app_groups::Service::new(Arc::clone(&notify))),
            notify,
            logs: muster_jobs::logs::Service::default(),
            scheduled: Arc::new(scheduled),
            metrics: Arc::new(
                muster_metrics::Service::new(metric_limits(settings))
                    .observed_by(Arc::new(EnterFromSeries(Arc::clone(&resources)))),
            ),
            alarms: Arc::new(alarms.clone()),
            teller,
            masks,
            templates: Arc::new(muster_alarms::templates::Service::new(
                muster_alarms::templates::Limits {
                    templates_per_account: quota.alarm_templates,
                    ..muster_alarms::templates::Limits::default()
                },
                alarms,
            )),
            resources,
            apps: Arc::new(muster_apps::Service::new(apps)),
            public_url: public_url.to_owned(),
        })
    }

    /// What happens by itself, with the workers that `link` reaches. Not started here.
    ///
    /// # Errors
    /// `Invalid` for a setting that cannot be used.
    pub fn engines(
        &self,
        settings: &Settings,
        db: &Db,
        world: &World,
        link: &Arc<dyn WorkerLink>,
    ) -> Result<Vec<Arc<dyn Engine>>> {
        let gateways = Gateways::new(GatewaySettings {
            smtp: settings.smtp.clone(),
            sms: settings.sms.clone(),
            phone: settings.phone.clone(),
            outbound: settings.outbound.clone(),
            contacts: settings.contacts.clone(),
            outbox_folder: settings.data.join("outbox"),
            loopback_only: settings.loopback_only(),
        })?;
        let (clock, backoff) = (Arc::clone(&world.clock), Backoff::default());
        let deliver = engine::Deliver::new(db.clone(), Arc::new(gateways), clock, backoff);
        let prune = engine::Prune::new(db.clone(), days(settings.retention.outbox_days));
        let prune_identity = muster_identity::Prune::new(Arc::clone(&self.identity));
        let policy = outbound::Policy::new(&settings.outbound, settings.loopback_only())?;
        let webhooks = outbound::Client::new(policy, WEBHOOK_TIMEOUT);
        let deliver_webhooks = muster_zstack::DeliverWebhooks::new(db.clone(), webhooks);
        let prune_api_jobs = muster_zstack::PruneApiJobs::new(db.clone());
        let mut engines = self.job_engines(settings, db, world, link)?;
        engines.extend(self.metric_engines(settings, db, world, link)?);
        engines.extend(self.event_engines(settings, db)?);
        // What is claimed row by row may run on every node at once.
        engines.extend::<[Arc<dyn Engine>; 2]>([
            Arc::new(Tend::new(db.clone(), settings.cluster.lease_s * 1000)),
            Arc::new(deliver),
        ]);
        let unseen_ms = days(settings.retention.resources_days);
        let witness = Arc::new(SeenInSeries(Arc::clone(&self.metrics)));
        let age_out = muster_resources::AgeOut::new(db.clone(), unseen_ms, witness);
        let associate = Associate::new(
            db.clone(),
            self.templates.as_ref().clone(),
            muster_huawei::cloudeye::alarm_rule_id,
        );
        let found_groups = muster_resources::FoundGroups::new(db.clone(), Arc::clone(&self.resources));
        // Each node judges the rules of its own shards.
        engines.push(Arc::new(Judge::new(
            db.clone(),
            Arc::clone(&world.clock),
            Arc::clone(&self.metrics),
            Arc::clone(&self.resources),
            self.teller.clone(),
            settings.alarms.settle_s * 1000,
        )));
        let kept = muster_alarms::engine::Retention {
            episodes_ms: days(settings.retention.alarms_days),
            silent_ms: days(settings.retention.alarms_silent_days),
        };
        let lasts_ms = settings.events.active_hours * 3_600_000;
        let on_one_node: [Arc<dyn Engine>; 9] = [
            Arc::new(muster_alarms::events::Expire::new(db.clone(), self.teller.clone(), lasts_ms)),
            Arc::new(muster_alarms::engine::Prune::new(db.clone(), kept)),
            Arc::new(prune),
            Arc::new(prune_identity),
            Arc::new(deliver_webhooks),
            Arc::new(prune_api_jobs),
            Arc::new(age_out),
            Arc::new(associate),
            Arc::new(found_groups),
        ];
        engines.extend(on_one_node.map(|engine| on_one(db, engine)));
        Ok(engines)
    }

    fn metric_engines(
        &self,
        settings: &Settings,
        db: &Db,
        world: &World,
        link: &Arc<dyn WorkerLink>,
    ) -> Result<[Arc<dyn Engine>; 3]> {
        let (metrics, clock) = (Arc::clone(&self.metrics), Arc::clone(&world.clock));
        let limits = SealLimits::default();
        let follow = Arc::new(Follow::new(db.clone(), Arc::clone(&metrics), clock, limits));
        let clock = Arc::clone(&world.clock);
        let roll_up = engines::RollUp::new(db.clone(), metrics, clock, Arc::clone(&follow));
        let node = match db.dialect() {
            Dialect::Sqlite => "single".to_owned(),
            Dialect::Postgres => {
                crate::files::node_id(&settings.data, &world.random).map_err(Error::internal)?
            }
        };
        let report = ReportOwn::new(
            db.clone(),
            Arc::clone(&self.identity),
            Arc::clone(&self.metrics),
            Arc::clone(link),
            node,
        );
        Ok([follow, on_one(db, Arc::new(roll_up)), Arc::new(report)])
    }

    fn event_engines(&self, settings: &Settings, db: &Db) -> Result<[Arc<dyn Engine>; 2]> {
        let bridges = Bridges::new(&settings.outbound.bridges)?;
        let (words, zone) = (Arc::new(EventDocuments), self.jobs.zone.clone());
        let tell = muster_events::engine::Tell::new(db.clone(), words, bridges, zone, &self.public_url);
        let prune = muster_events::engine::Prune::new(db.clone(), days(settings.retention.events_days));
        Ok([on_one(db, Arc::new(tell)), on_one(db, Arc::new(prune))])
    }

    fn job_engines(
        &self,
        settings: &Settings,
        db: &Db,
        world: &World,
        link: &Arc<dyn WorkerLink>,
    ) -> Result<Vec<Arc<dyn Engine>>> {
        let jobs = &settings.jobs;
        let policy = outbound::Policy::new(&settings.outbound, settings.loopback_only())?;
        let (clock, others) = (Arc::clone(&world.clock), Arc::clone(link));
        let link: Arc<dyn WorkerLink> = Arc::new(HttpJobs::start(db, clock, &world.random, others, &policy)?);
        let patience = Patience {
            lease_ms: jobs.lease_s * 1000,
            grace_ms: jobs.grace_s * 1000,
            submit_ms: jobs.submit_s * 1000,
            ..Patience::default()
        };
        let limits = busy_limits(settings);
        let retention = Retention {
            instances: settings.retention.job_instances,
            ledger_ms: days(settings.retention.ledger_days),
        };
        let (clock, zone) = (Arc::clone(&world.clock), self.jobs.zone.clone());
        let dispatch = Dispatch::new(db.clone(), Arc::clone(&clock), Arc::clone(&link), patience, limits);
        let fire = FireDue::new(db.clone(), Arc::clone(&clock), zone, jobs.misfire_s * 1000);
        Ok(vec![
            Arc::new(fire.handing_over(&dispatch)),
            Arc::new(Reap::new(db.clone(), clock, link, patience)),
            Arc::new(dispatch),
            on_one(db, Arc::new(muster_jobs::workflows::Advance::new(db.clone()))),
            on_one(db, Arc::new(instances::Prune::new(db.clone(), retention))),
            on_one(db, Arc::new(logs::Prune::new(db.clone(), days(settings.retention.log_days)))),
            on_one(db, Arc::new(RollUp::new(db.clone()))),
            Arc::new(Tell::new(db.clone(), self.jobs.zone.clone(), settings.contacts.lang, &self.public_url)),
        ])
    }
}

/// An engine that claims nothing before it acts.
fn on_one(db: &Db, engine: Arc<dyn Engine>) -> Arc<dyn Engine> {
    Arc::new(OnOneNode::new(db.clone(), engine))
}

/// From which load on workers count as busy.
pub fn busy_limits(settings: &Settings) -> BusyLimits {
    let jobs = &settings.jobs;
    let share = |percent: u8| f64::from(percent) / 100.0;
    BusyLimits { load5: jobs.busy_load.into(), heap5: share(jobs.busy_heap), disk: share(jobs.busy_disk) }
}

fn event_limits(settings: &Settings) -> muster_events::Limits {
    muster_events::Limits {
        events_per_hour: settings.quota.events_per_hour,
        rules_per_account: settings.quota.event_rules,
        active_ms: settings.events.active_hours * 3_600_000,
    }
}

fn metric_limits(settings: &Settings) -> muster_metrics::Limits {
    let kept = &settings.retention;
    muster_metrics::Limits {
        series_per_account: settings.quota.metric_series,
        raw_ms: days(kept.samples_raw_days),
        minutes_ms: days(kept.samples_minute_days),
        hours_ms: days(kept.samples_hour_days),
        days_ms: days(kept.samples_day_days),
        disk_budget_bytes: kept.samples_disk_mb << 20,
        ..muster_metrics::Limits::default()
    }
}

/// The zone of times that name none: the setting, or the host's.
fn zone(settings: &Settings) -> Result<TimeZone> {
    match &settings.timezone {
        None => Ok(TimeZone::system()),
        Some(name) => TimeZone::get(name).map_err(|why| Error::invalid("timezone", why.to_string())),
    }
}

fn days(days: i64) -> i64 {
    days * 24 * 60 * 60 * 1000
}

fn write_credentials(folder: &Path, first: &FirstCredentials) -> io::Result<()> {
    crate::files::write_secret(&folder.join("credentials.json"), &serde_json::to_vec_pretty(first)?)
}
