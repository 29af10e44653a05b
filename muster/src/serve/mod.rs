//! `muster serve`: from settings to a running server, and down again.

mod app;
mod counters;
mod local_worker;
mod log;

use std::fs::File;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use ipnet::IpNet;
use muster_core::{Driver, Engine, Random, SharedRandom, Signals, SystemClock, describe};
use muster_db::cluster::Introduction;
use muster_db::{Db, Dialect, Durability};
use muster_jobs::link::WorkerLink;
use muster_worker::local::LocalWorker;
use muster_workers::server::{Bound as WorkerPort, Limits, Port};
use muster_workers::{Advertised, Liveness, Registry, StoreDesk};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use crate::admin::{self, Admin};
use crate::config::Settings;
use crate::features::{self, Features, World};
use crate::files::{self, Endpoints};
use crate::server::{Bound, Listen, TlsFiles};
pub use app::App;

/// How long running requests may go on after the word to stop.
const GRACE: Duration = Duration::from_secs(5);

type Failure = Box<dyn std::error::Error>;

/// Starts logging for the whole process, as the settings want it.
pub fn log_to_standard_error(settings: &Settings) {
    log::start(settings);
}

/// Serves until the process is told to stop.
///
/// # Errors
/// Why the server could not start.
pub fn serve(settings: &Settings) -> Result<(), Failure> {
    log::start(settings);
    let world = World {
        clock: Arc::new(SystemClock),
        random: Arc::new(SharedRandom::new(Random::from_os())),
        signals: Signals::default(),
        durability: Durability::Flushed,
    };
    let node = Node::open(settings, &world)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let (stop, stopped) = watch::channel(false);
        tokio::spawn(stop_on_signal(stop)?);
        println!("{}", greeting(settings, node.address(), node.worker_address()));
        node.run(stopped).await.map_or(Ok(()), |why| Err(why.into()))
    })
}

/// A server whose store is open and whose address is taken, before it lets anybody in.
pub struct Node {
    db: Db,
    world: World,
    bound: Bound,
    worker_port: WorkerPort,
    workers: Port<StoreDesk>,
    app: Arc<App>,
    engines: Vec<Arc<dyn Engine>>,
    local_worker: Option<Arc<LocalWorker>>,
    // Operators are let in as long as it lives.
    _door: Option<Arc<admin::Bound>>,
    // The folder belongs to this process as long as it lives.
    _folder: Option<File>,
}

impl Node {
    /// Opens everything and writes `endpoints.json`. Blocks.
    ///
    /// # Errors
    /// Why the server cannot start.
    pub fn open(settings: &Settings, world: &World) -> Result<Self, Failure> {
        files::make_folder(&settings.data)
            .map_err(|why| format!("cannot make the data folder {}: {why}", settings.data.display()))?;
        // With the folder come the leases of whoever had it before. An SQLite store takes it by itself.
        let folder =
            settings.database.as_ref().map(|_| muster_db::lock_folder(&settings.data)).transpose()?;
        let db = features::open_store(settings, world)?;
        let identity = Arc::new(features::open_identity(settings, &db, world)?);
        let bound = Bound::bind(listen(settings)?)?;
        let address = bound.address();
        let public_url = settings.public_url.clone().unwrap_or_else(|| own_url(settings, address));
        let features = Features::new(settings, Arc::clone(&identity), &public_url)?;
        let worker_port = WorkerPort::bind(settings.worker_listen)
            .map_err(|why| format!("cannot listen on {} for workers: {why}", settings.worker_listen))?;
        let advertised = Advertised::new(settings.advertise.as_deref(), worker_port.address())?;
        if db.dialect() == Dialect::Postgres {
            join(settings, &db, world, &advertised)?;
        }
        let registry = Arc::new(Registry::new(Arc::clone(&world.clock), Liveness::default()));
        let link: Arc<dyn WorkerLink> = Arc::<Registry>::clone(&registry);
        let local_worker = local_worker::beside(&link, settings, &db, &features, world);
        let all: Arc<dyn WorkerLink> = match &local_worker {
            Some(local) => Arc::<LocalWorker>::clone(local),
            None => Arc::clone(&link),
        };
        let engines = features.engines(settings, &db, world, &all)?;
        let app = App::new(settings, &db, &features, world, &link, &all, advertised.clone())?;
        let desk = StoreDesk::new(db.clone(), Arc::clone(&features.instances), features.logs);
        let workers = Port::new(registry, desk, advertised, limits(settings), &world.random);
        let admin = Admin { db: db.clone(), identity, settings: settings.clone(), world: world.clone() };
        let door = admin::open_door(admin);
        Endpoints::new(address, worker_port.address()).write(&settings.data)?;
        let (world, app) = (world.clone(), Arc::new(app));
        Ok(Self {
            db,
            world,
            bound,
            worker_port,
            workers,
            app,
            engines,
            local_worker,
            _door: door,
            _folder: folder,
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.bound.address()
    }

    /// Where workers connect.
    pub fn worker_address(&self) -> SocketAddr {
        self.worker_port.address()
    }

    /// Serves until `stop` turns true; returns when everything is on disk and closed. A server that stopped by itself
    /// says why.
    pub async fn run(self, stop: watch::Receiver<bool>) -> Option<String> {
        let retired = self.db.retired();
        let stop = first_word(stop, retired.clone());
        let mut driver = Driver::new(self.world.signals.clone());
        for engine in self.engines {
            driver.start(engine, Arc::clone(&self.world.clock));
        }
        self.app.watch_engines(driver.states());
        let (app, mut word) = (Arc::clone(&self.app), stop.clone());
        tokio::spawn(async move {
            // An error means that nobody can stop us any more, which is as good as a word.
            let _ = word.wait_for(|stop| *stop).await;
            app.hang_up();
        });
        let (clock, random) = (Arc::clone(&self.world.clock), Arc::clone(&self.world.random));
        let workers = self.worker_port.serve(self.workers, stop.clone(), GRACE);
        tokio::join!(self.bound.serve(Arc::clone(&self.app), clock, random, stop, GRACE), workers);
        driver.stop().await;
        if let Some(local) = self.local_worker {
            // Its runs end with the server; what they say last is written down.
            let _ = tokio::task::spawn_blocking(move || local.drain(GRACE)).await;
        }
        let db = self.db;
        // Leaving waits for the store, and closing for the writer's thread.
        let _ = tokio::task::spawn_blocking(move || {
            if let Err(error) = db.leave() {
                tracing::warn!(error = %describe(&error), "the other nodes were not told of this one's end");
            }
            db.close();
        })
        .await;
        tracing::info!("stopped");
        retired.borrow().clone()
    }
}

/// Turns true at the operator's word, or when the node has to go by itself.
fn first_word(
    mut stop: watch::Receiver<bool>,
    mut retired: watch::Receiver<Option<String>>,
) -> watch::Receiver<bool> {
    let (word, stopped) = watch::channel(false);
    tokio::spawn(async move {
        // An error means that nobody can say the word any more, which is as good as the word.
        tokio::select! {
            _ = stop.wait_for(|stop| *stop) => {}
            Ok(why) = retired.wait_for(Option::is_some) => {
                tracing::error!(why = why.as_deref(), "stopping");
            }
        }
        word.send_replace(true);
        // Dropped, the sender would be a word of its own.
        word.closed().await;
    });
    stopped
}

/// Takes a place among the nodes that share the database.
fn join(settings: &Settings, db: &Db, world: &World, advertised: &Advertised) -> Result<(), Failure> {
    let address = advertised.for_others();
    if address.is_none() {
        tracing::warn!(
            "workers that ask another node of this database cannot be sent here: set --advertise to a host that they reach"
        );
    }
    let introduction = Introduction {
        home: files::node_id(&settings.data, &world.random)?,
        address,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        lease_ms: settings.cluster.lease_s * 1000,
    };
    Ok(db.join(introduction, Arc::clone(&world.clock))?)
}

fn listen(settings: &Settings) -> Result<Listen, Failure> {
    let network = |text: &String| -> Result<IpNet, Failure> {
        let network = text.parse().or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
        network.map_err(|_| format!("http.trusted_proxies: {text} is no address and no network").into())
    };
    let tls = settings.tls_cert.clone().zip(settings.tls_key.clone());
    Ok(Listen {
        address: settings.listen,
        tls: tls.map(|(certificate, key)| TlsFiles { certificate, key }),
        tls_only: settings.tls_only,
        trusted_proxies: settings.http.trusted_proxies.iter().map(network).collect::<Result<_, _>>()?,
    })
}

/// The first signal drains, the second ends at once: either is safe.
fn stop_on_signal(stop: watch::Sender<bool>) -> Result<impl Future<Output = ()>, std::io::Error> {
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        for draining in [true, false] {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            if draining {
                tracing::info!("stopping: running requests end first; once more to stop at once");
                stop.send_replace(true);
            } else {
                std::process::exit(130);
            }
        }
    })
}

fn own_url(settings: &Settings, address: SocketAddr) -> String {
    format!("{}://{address}", if settings.tls_only { "https" } else { "http" })
}

/// What the worker port may cost.
fn limits(settings: &Settings) -> Limits {
    let workers = &settings.workers;
    Limits {
        connections: workers.connections,
        frame_bytes: workers.frame_limit,
        memory_bytes: workers.memory,
        ..Limits::default()
    }
}

fn greeting(settings: &Settings, address: SocketAddr, workers: SocketAddr) -> String {
    let (data, version) = (settings.data.display(), env!("CARGO_PKG_VERSION"));
    let url = own_url(settings, address);
    let folder =
        if settings.data.as_os_str() == "./muster-data" { String::new() } else { format!("--data {data} ") };
    format!(
        "Muster {version} is ready.

  APIs         {url}
  Console      {url}/console
  Workers      {workers}
  Credentials  {data}/credentials.json

Try:
  muster {folder}call schedulerx CreateNamespace Name=demo
  muster {folder}call cloudmonitor DescribeContactGroupList
  muster {folder}call cloudeye ListResourceGroups
  muster {folder}call workspace ListAppGroup
  muster {folder}call zstack QuerySchedulerJobGroup
"
    )
}
