//! Runs of real jobs, from the store through the worker port and back, with engines run by hand.

use std::sync::Arc;
use std::time::Duration;

use jiff::tz::TimeZone;
use muster_core::{Engine, Random, SharedRandom};
use muster_identity::testing::root_caller;
use muster_jobs::instances::{self, BusyLimits, Dispatch, Execute, Instance, Patience, State};
use muster_jobs::job::{self, Definition, ExecuteMode, JobKind, NewJob, Time};
use muster_jobs::link::WorkerLink;
use tokio::sync::watch;

use crate::codec::letter;
use crate::codec::messages::{
    ServerKillJobInstanceRequest, ServerSubmitJobInstanceRequest, ServerSubmitJobInstanceResponse,
    WorkerReportJobInstanceProgressRequest, WorkerReportJobInstanceStatusResponse,
};
use crate::server::{Bound, Limits, Port};
use crate::testing::{ALICE, FakeWorker, Office};
use crate::{Advertised, Liveness, Registry, StoreDesk};

struct World {
    office: Office,
    instances: Arc<instances::Service>,
    registry: Arc<Registry>,
    dispatch: Arc<Dispatch>,
    address: std::net::SocketAddr,
    _stop: watch::Sender<bool>,
}

async fn world() -> World {
    let office = Office::open().await;
    let clock: Arc<dyn muster_core::Clock> = Arc::<muster_core::ManualClock>::clone(&office.store.clock);
    let registry = Arc::new(Registry::new(Arc::clone(&clock), Liveness::default()));
    let instances = Arc::new(instances::Service { zone: TimeZone::UTC });
    let bound = Bound::bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = bound.address();
    let port = Port::new(
        Arc::clone(&registry),
        StoreDesk::new(
            office.store.db.clone(),
            Arc::clone(&instances),
            muster_jobs::logs::Service::default(),
        ),
        Advertised::new(None, address).unwrap(),
        Limits::default(),
        &SharedRandom::new(Random::from_number(1)),
    );
    let stop = watch::Sender::new(false);
    tokio::spawn(bound.serve(port, stop.subscribe(), Duration::from_secs(5)));
    let link: Arc<dyn WorkerLink> = Arc::<Registry>::clone(&registry);
    let db = office.store.db.clone();
    let dispatch = Arc::new(Dispatch::new(db, clock, link, Patience::default(), BusyLimits::default()));
    World { office, instances, registry, dispatch, address, _stop: stop }
}

impl World {
    async fn worker(&self) -> FakeWorker {
        let group = &self.office.group;
        let mut worker = FakeWorker::dial(self.address, group.id, &group.group_id).await;
        worker.get_ready(&group.app_key).await;
        worker
    }

    /// Makes a job, asks for a run of it and hands it out; the job and the instance.
    async fn start(&self, mode: ExecuteMode) -> (i64, i64) {
        let instances = Arc::clone(&self.instances);
        let started = self.office.store.db.write(move |tx| {
            let alice = root_caller(ALICE);
            let definition = Definition {
                content: r#"{"jobName":"HelloWorld"}"#.into(),
                ..Definition::named("hello", JobKind::Go, mode, Time::api())
            };
            let jobs = job::Service { zone: TimeZone::UTC };
            let job = jobs.create(tx, &alice, "ns", "pay.batch", NewJob::of(definition))?;
            let wish = Execute { parameters: "now".into(), only_enabled: false, designated: None };
            let instance = instances.execute(tx, &alice, "ns", "pay.batch", job.id, wish)?;
            Ok((job.id, instance))
        });
        let started = started.await.unwrap();
        self.dispatch().await;
        started
    }

    async fn dispatch(&self) {
        let dispatch = Arc::clone(&self.dispatch);
        tokio::task::spawn_blocking(move || dispatch.run()).await.unwrap().unwrap();
    }

    async fn instance(&self, (job, id): (i64, i64)) -> Instance {
        let instances = Arc::clone(&self.instances);
        let read = self.office.store.db.read(move |tx| {
            let alice = root_caller(ALICE);
            instances.get(tx, &alice, "ns", "pay.batch", job, id)
        });
        read.await.unwrap()
    }
}

/// Takes the run that has arrived; its order.
async fn accept(worker: &mut FakeWorker) -> ServerSubmitJobInstanceRequest {
    let letter = worker.letter().await;
    let order = letter.message().unwrap().unwrap();
    let taken = ServerSubmitJobInstanceResponse { success: true, message: None };
    let own = worker.own.path("user/job_instance_routing/$c");
    worker.write(letter::answer(&letter.sender, &own, &taken)).await;
    order
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_ends_as_the_worker_says() {
    let world = world().await;
    let mut worker = world.worker().await;
    for (status, state) in [(4, State::Success), (5, State::Failed)] {
        let run @ (_, id) = world.start(ExecuteMode::Standalone).await;
        let order = accept(&mut worker).await;
        assert_eq!((order.job_instance_id, order.instance_parameters.as_deref()), (id, Some("now")));
        assert_eq!(order.app_group_id, world.office.group.id);
        worker.report(id, status, 1).await;
        let answer: WorkerReportJobInstanceStatusResponse = worker.letter().await.message().unwrap().unwrap();
        assert!(answer.success);
        let instance = world.instance(run).await;
        assert_eq!((instance.state, instance.result.as_str()), (state, "done"));
        assert_eq!(instance.worker, worker.own.system);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shared_run_names_all_workers_that_take_part() {
    let world = world().await;
    let mut worker = world.worker().await;
    world.start(ExecuteMode::Broadcast).await;
    let order = accept(&mut worker).await;
    let workers = world.registry.workers(world.office.group.id);
    assert_eq!(order.workers, [workers[0].route()]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_run_is_stopped_at_the_worker_too() {
    let world = world().await;
    let mut worker = world.worker().await;
    let run @ (job, id) = world.start(ExecuteMode::Standalone).await;
    accept(&mut worker).await;
    let instances = Arc::clone(&world.instances);
    let stopped = world.office.store.db.write(move |tx| {
        let alice = root_caller(ALICE);
        instances.stop(tx, &alice, "ns", "pay.batch", job, id)
    });
    stopped.await.unwrap();
    world.dispatch().await;
    let kill: ServerKillJobInstanceRequest = worker.letter().await.message().unwrap().unwrap();
    assert_eq!((kill.job_id, kill.job_instance_id), (job, id));
    // The official worker now reports a failure; the run stays stopped.
    worker.report(id, 5, 1).await;
    let answer: WorkerReportJobInstanceStatusResponse = worker.letter().await.message().unwrap().unwrap();
    assert!(answer.success);
    assert_eq!(world.instance(run).await.state, State::Stopped);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_lies_changes_nothing() {
    let world = world().await;
    let mut worker = world.worker().await;
    let run @ (_, id) = world.start(ExecuteMode::Standalone).await;
    accept(&mut worker).await;
    // Of the same group and key, but not the one who has the run.
    let group = &world.office.group;
    let mut liar = FakeWorker::dial(world.address, group.id, &group.group_id).await;
    liar.own.system = "127000000001_43_1".into();
    liar.get_ready(&group.app_key).await;
    for instance in [id, 1, i64::MIN] {
        liar.report(instance, 4, 1).await;
        let answer: WorkerReportJobInstanceStatusResponse = liar.letter().await.message().unwrap().unwrap();
        assert!(answer.success);
    }
    assert!(!world.instance(run).await.state.is_final());
    // What it claims to run it is told to stop; the one who has the run is left in peace.
    liar.beat(&group.app_key, &[id]).await;
    liar.send_beat(&group.app_key, &[id]).await;
    let kill: ServerKillJobInstanceRequest = liar.letter().await.message().unwrap().unwrap();
    assert_eq!(kill.job_instance_id, id);
    assert!(worker.beat(&group.app_key, &[id]).await.success);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_said_after_the_end_changes_nothing() {
    let world = world().await;
    let mut worker = world.worker().await;
    let run @ (_, id) = world.start(ExecuteMode::Standalone).await;
    accept(&mut worker).await;
    worker.report(id, 4, 1).await;
    worker.letter().await;
    let ended = world.instance(run).await;
    for status in [5, 3, 4, 99, -1] {
        let progress = WorkerReportJobInstanceProgressRequest {
            job_instance_id: id,
            progress: r#"{"late":true}"#.into(),
            ..WorkerReportJobInstanceProgressRequest::default()
        };
        worker.ask("map_master_router", "", &progress).await;
        worker.report(id, status, 2).await;
        let answer: WorkerReportJobInstanceStatusResponse = worker.letter().await.message().unwrap().unwrap();
        // It repeats itself until it hears this.
        assert!(answer.success && answer.delivery_id == 2);
    }
    let now = world.instance(run).await;
    assert_eq!((now.state, &now.result, &now.progress), (State::Success, &ended.result, &ended.progress));
    assert_eq!(now.ended_at, ended.ended_at);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_of_another_account_reaches_none_of_this_ones_runs() {
    let world = world().await;
    let mut worker = world.worker().await;
    let run @ (_, id) = world.start(ExecuteMode::Standalone).await;
    accept(&mut worker).await;
    let (group, other) = (&world.office.group, world.office.another_group().await);
    // It calls itself as the one that has the run.
    let mut stranger = FakeWorker::dial(world.address, other.id, &other.group_id).await;
    stranger.get_ready(&other.app_key).await;
    assert_eq!(stranger.own.system, worker.own.system);
    stranger.report(id, 5, 1).await;
    let answer: WorkerReportJobInstanceStatusResponse = stranger.letter().await.message().unwrap().unwrap();
    assert!(answer.success);
    // The other group's name or number does not help without its key.
    for (number, name) in [(group.id, &group.group_id), (group.id, &other.group_id)] {
        (stranger.group, stranger.group_id) = (number, name.clone());
        assert!(!stranger.beat(&other.app_key, &[id]).await.success);
        stranger.report(id, 5, 2).await;
        stranger.letter().await;
    }
    assert_eq!(world.instance(run).await.state, State::Running);
    worker.report(id, 4, 1).await;
    worker.letter().await;
    assert_eq!(world.instance(run).await.state, State::Success);
}
