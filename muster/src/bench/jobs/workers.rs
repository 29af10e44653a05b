//! Workers as the server meets them: connections that associate, beat, take runs and report their ends, in the
//! protocol's own frames. Each notes when a run reached it, which is later than what the server says of itself.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use muster_core::{Clock, SystemClock};
use muster_jobs::app_groups::AppGroup;
use muster_workers::codec::messages::{
    Named, ServerSubmitJobInstanceRequest, ServerSubmitJobInstanceResponse, WorkerHeartBeatRequest,
    WorkerHeartBeatResponse, WorkerReportJobInstanceStatusRequest, WorkerReportJobInstanceStatusResponse,
};
use muster_workers::codec::transport::{AckAndEnvelopeContainer, AkkaProtocolMessage};
use muster_workers::codec::{Address, Frames, Letter, Message, frame, letter};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;

use super::ground::text;
use crate::bench::Fault;

const BEAT: Duration = Duration::from_secs(5);
const SUCCESS: i32 = 4;
const LARGEST_FRAME: usize = 64 << 20;
/// Where answers to a worker's questions go.
const ANSWERS: &str = "temp/$a";
const DELIVERIES: &str = "user/at_least_once_delivery_routing/$a";

/// A run that reached a worker.
#[derive(Clone, Copy, Debug)]
pub(super) struct Arrival {
    pub(super) job: i64,
    pub(super) due_ms: i64,
    /// From the due time until the worker had read the frame.
    pub(super) late_ms: i64,
}

#[derive(Default)]
struct Shared {
    ready: AtomicUsize,
    arrived: AtomicUsize,
    settled: AtomicUsize,
    arrivals: Mutex<Vec<Arrival>>,
    faults: Mutex<Vec<Fault>>,
}

/// One worker for each of some groups.
pub(super) struct Crew {
    shared: Arc<Shared>,
    stop: watch::Sender<bool>,
    tasks: JoinSet<()>,
    size: usize,
}

impl Crew {
    /// Connects a worker of each group to the worker port.
    pub(super) fn connect(port: &str, groups: &[AppGroup]) -> Self {
        let shared = Arc::<Shared>::default();
        let stop = watch::Sender::new(false);
        let mut tasks = JoinSet::new();
        for (number, group) in groups.iter().enumerate() {
            let (shared, stopped) = (Arc::clone(&shared), stop.subscribe());
            let (port, group) = (port.to_owned(), group.clone());
            tasks.spawn(async move {
                if let Err(fault) = work(&port, number, &group, &shared, stopped).await {
                    lock(&shared.faults).push(fault);
                }
            });
        }
        Self { shared, stop, tasks, size: groups.len() }
    }

    /// Waits until every worker has been heard often enough to get work.
    pub(super) async fn ready(&self) -> Result<(), Fault> {
        self.until(Duration::from_secs(30), "ready workers", &self.shared.ready, self.size).await
    }

    /// Waits until `runs` runs have arrived and their ends are written down.
    pub(super) async fn settled(&self, runs: usize, within: Duration) -> Result<(), Fault> {
        self.until(within, "runs whose end was written down", &self.shared.settled, runs).await
    }

    /// How many runs have arrived.
    pub(super) fn arrived(&self) -> usize {
        self.shared.arrived.load(Ordering::Acquire)
    }

    /// What no worker may see.
    pub(super) fn fault(&self) -> Result<(), Fault> {
        lock(&self.shared.faults).first().map_or(Ok(()), |fault| Err(fault.clone()))
    }

    async fn until(
        &self,
        within: Duration,
        what: &str,
        count: &AtomicUsize,
        least: usize,
    ) -> Result<(), Fault> {
        let began = tokio::time::Instant::now();
        while count.load(Ordering::Acquire) < least {
            self.fault()?;
            if began.elapsed() > within {
                return Err(format!("{} {what} of {least}", count.load(Ordering::Acquire)));
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        self.fault()
    }

    /// Disconnects all; what has arrived.
    pub(super) async fn leave(mut self) -> Result<Vec<Arrival>, Fault> {
        self.stop.send_replace(true);
        while self.tasks.join_next().await.is_some() {}
        self.fault()?;
        Ok(std::mem::take(&mut *lock(&self.shared.arrivals)))
    }
}

/// One worker, from its connection to the word to stop.
async fn work(
    port: &str,
    number: usize,
    group: &AppGroup,
    shared: &Shared,
    mut stop: watch::Receiver<bool>,
) -> Result<(), Fault> {
    let mut stream = TcpStream::connect(port).await.map_err(text)?;
    stream.set_nodelay(true).map_err(text)?;
    let own_port = stream.local_addr().map_err(text)?.port();
    let own =
        Address { system: format!("127000000001_{number}_1"), host: "127.0.0.1".to_owned(), port: own_port };
    let server = Address {
        system: Address::SERVER.to_owned(),
        host: "127.0.0.1".to_owned(),
        port: stream.peer_addr().map_err(text)?.port(),
    };
    let mut worker = Worker { own, server, group, shared, beats: 0, deliveries: 0, out: BytesMut::new() };
    stream.write_all(&frame::associate(&worker.own, 1)).await.map_err(text)?;
    let mut frames = Frames::default();
    let mut beat = tokio::time::interval(BEAT);
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    // Whoever has beaten once gets no work yet.
    worker.beat();
    loop {
        tokio::select! {
            read = stream.read_buf(&mut frames.buffer) => {
                if read.map_err(text)? == 0 {
                    return Err(format!("the server hung up on the worker of {}", group.group_id));
                }
                while let Some(frame) = frames.next_frame(LARGEST_FRAME).map_err(text)? {
                    worker.hear(frame)?;
                }
            }
            _ = beat.tick() => worker.beat(),
            _ = stop.wait_for(|stop| *stop) => return Ok(()),
        }
        if !worker.out.is_empty() {
            stream.write_all(&worker.out).await.map_err(text)?;
            worker.out.clear();
        }
    }
}

struct Worker<'w> {
    own: Address,
    server: Address,
    group: &'w AppGroup,
    shared: &'w Shared,
    beats: usize,
    deliveries: i64,
    /// What is to be written next.
    out: BytesMut,
}

impl Worker<'_> {
    fn ask<M: Named>(&mut self, actor: &str, sender: &str, message: &M) {
        let frame = letter::request(&self.server, actor, &self.own.path(sender), message);
        self.out.extend_from_slice(&frame);
    }

    fn beat(&mut self) {
        let beat = WorkerHeartBeatRequest {
            group_id: self.group.group_id.clone(),
            version: "bench".to_owned(),
            worker_id: self.own.system.clone(),
            starter: Some("go".to_owned()),
            app_group_id: Some(self.group.id),
            online: Some(true),
            app_key: Some(self.group.app_key.clone()),
            rpc_port: Some(1),
            ..WorkerHeartBeatRequest::default()
        };
        self.ask("heartbeat", ANSWERS, &beat);
    }

    fn hear(&mut self, frame: Bytes) -> Result<(), Fault> {
        let said = AkkaProtocolMessage::decode(frame).map_err(text)?;
        let Some(payload) = said.payload else { return Ok(()) };
        let container = AckAndEnvelopeContainer::decode(payload).map_err(text)?;
        let Some(envelope) = container.envelope else { return Ok(()) };
        let letter = Letter::open(envelope).map_err(text)?;
        if let Some(order) = letter.message::<ServerSubmitJobInstanceRequest>().map_err(text)? {
            self.take(&letter.sender, &order);
        } else if let Some(taken) = letter.message::<WorkerReportJobInstanceStatusResponse>().map_err(text)? {
            if !taken.success {
                return Err(format!("a report was refused: {}", taken.message.unwrap_or_default()));
            }
            self.shared.settled.fetch_add(1, Ordering::Release);
        } else if let Some(heard) = letter.message::<WorkerHeartBeatResponse>().map_err(text)? {
            if !heard.success {
                return Err(format!("a heartbeat was refused: {}", heard.message.unwrap_or_default()));
            }
            self.beats += 1;
            if self.beats == 2 {
                self.shared.ready.fetch_add(1, Ordering::Release);
            }
        }
        Ok(())
    }

    /// Takes a run, and is done with it.
    fn take(&mut self, asker: &str, order: &ServerSubmitJobInstanceRequest) {
        let late_ms = SystemClock.now().millis() - order.schedule_time;
        lock(&self.shared.arrivals).push(Arrival { job: order.job_id, due_ms: order.schedule_time, late_ms });
        self.shared.arrived.fetch_add(1, Ordering::Release);
        let taken = ServerSubmitJobInstanceResponse { success: true, message: None };
        let answer = letter::answer(asker, &self.own.path("user/job_instance_routing"), &taken);
        self.out.extend_from_slice(&answer);
        self.deliveries += 1;
        let end = WorkerReportJobInstanceStatusRequest {
            job_id: order.job_id,
            job_instance_id: order.job_instance_id,
            status: SUCCESS,
            delivery_id: Some(self.deliveries),
            group_id: Some(self.group.group_id.clone()),
            ..WorkerReportJobInstanceStatusRequest::default()
        };
        self.ask("instance_status_router", DELIVERIES, &end);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
