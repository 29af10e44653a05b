//! A worker that does what the official one does: it finds its server over HTTP, dials it, beats, takes runs, reports
//! each end once, and dials again when its connection breaks or the server's address changes.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use muster::client::Connection;
use muster_core::{Clock, Random, SystemClock, Timestamp};
use muster_workers::codec::messages::{
    Named, ServerKillJobInstanceRequest, ServerKillJobInstanceResponse, ServerSubmitJobInstanceRequest,
    ServerSubmitJobInstanceResponse, WorkerHeartBeatRequest, WorkerHeartBeatResponse,
    WorkerReportJobInstanceStatusRequest, WorkerReportJobInstanceStatusResponse,
};
use muster_workers::codec::transport::{AckAndEnvelopeContainer, AkkaProtocolMessage};
use muster_workers::codec::{Address, Frames, Letter, Message, frame, letter};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, sleep_until, timeout};

use super::journal::What;
use super::{Group, Journal};

const SUCCESS: i32 = 4;
const FAILED: i32 = 5;
/// As the official worker does.
const DIAL: Duration = Duration::from_millis(500);
const AGAIN: Duration = Duration::from_millis(100);

/// How fast workers live.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    /// Between two heartbeats.
    pub(crate) beat: Duration,
    /// Between two questions for the server's address.
    pub(crate) ask: Duration,
    /// The longest run.
    pub(crate) longest_run_ms: u64,
    /// How many runs of a hundred fail.
    pub(crate) failures: u8,
}

/// Workers of one or more groups. Dropping it ends them.
pub(crate) struct Crew {
    front: String,
    pace: Pace,
    journal: Journal,
    hired: usize,
    workers: Vec<Hand>,
}

struct Hand {
    id: String,
    task: JoinHandle<()>,
    /// Where its latest answered heartbeat was answered, and how many were answered there.
    served_by: watch::Receiver<(String, u32)>,
}

impl Crew {
    /// Nobody yet. Workers find their servers through `front`.
    pub(crate) fn new(front: String, pace: Pace, journal: &Journal) -> Self {
        Self { front, pace, journal: journal.clone(), hired: 0, workers: Vec::new() }
    }

    /// One more worker for the group.
    pub(crate) fn hire(&mut self, group: &Group) {
        self.hired += 1;
        let (word, served_by) = watch::channel((String::new(), 0));
        let worker = Worker {
            id: Random::from_os().uuid().to_string(),
            group: group.clone(),
            front: self.front.clone(),
            pace: self.pace,
            journal: self.journal.clone(),
            random: Random::from_os(),
            running: BTreeMap::new(),
            deliveries: BTreeMap::new(),
            delivery: 0,
            number: u16::try_from(self.hired).unwrap(),
            beats: 0,
            beat: (Timestamp::from_millis(0), Vec::new()),
            served_by: word,
        };
        self.workers.push(Hand { id: worker.id.clone(), task: tokio::spawn(worker.live()), served_by });
    }

    /// Kills the worker that was hired first: nothing of it is heard any more.
    pub(crate) async fn kill_oldest(&mut self) {
        let hand = self.workers.remove(0);
        hand.task.abort();
        // Whatever it was doing is over before this goes on.
        let _ = hand.task.await;
    }

    /// What its workers are called.
    pub(crate) fn ids(&self) -> impl Iterator<Item = &str> {
        self.workers.iter().map(|hand| hand.id.as_str())
    }

    /// Whether every worker's latest heartbeats, two at least, were answered at this address; any, if it is empty.
    pub(crate) fn is_served_by(&self, address: &str) -> bool {
        self.workers.iter().all(|hand| {
            let served = hand.served_by.borrow();
            served.1 >= 2 && (address.is_empty() || served.0 == address)
        })
    }
}

impl Drop for Crew {
    fn drop(&mut self) {
        self.workers.iter().for_each(|hand| hand.task.abort());
    }
}

struct Worker {
    id: String,
    group: Group,
    front: String,
    pace: Pace,
    journal: Journal,
    random: Random,
    /// When each run ends.
    running: BTreeMap<i64, Instant>,
    /// Reports that were not answered yet.
    deliveries: BTreeMap<i64, (i64, String)>,
    delivery: i64,
    number: u16,
    beats: u32,
    /// The latest heartbeat, and what it listed.
    beat: (Timestamp, Vec<i64>),
    served_by: watch::Sender<(String, u32)>,
}

/// A worker's process ends with its task, and its runs with it.
impl Drop for Worker {
    fn drop(&mut self) {
        for instance in self.running.keys() {
            self.journal.note(&self.id, *instance, What::Gone);
        }
    }
}

impl Worker {
    async fn live(mut self) {
        let mut leader = String::new();
        loop {
            if let Some(told) = self.ask_leader().await {
                leader = told;
            }
            if leader.is_empty() {
                sleep(AGAIN).await;
                continue;
            }
            match timeout(DIAL, TcpStream::connect(&leader)).await {
                Ok(Ok(stream)) => {
                    if let Some(told) = self.talk(stream, &leader).await {
                        leader = told;
                    }
                }
                _ => self.work_alone(AGAIN).await,
            }
        }
    }

    /// `getLeaderAddr`; nothing when there is no answer, or no change.
    async fn ask_leader(&self) -> Option<String> {
        let request = self.group.leader_request(&self.front);
        let ask = async { Connection::open(&self.front).await?.send(request).await };
        let answer = timeout(Duration::from_secs(2), ask).await.ok()?.ok()?.json();
        let told = answer["data"].as_str().filter(|told| answer["success"] == true && !told.is_empty())?;
        Some(told.to_owned())
    }

    /// Runs go on and end while there is no connection; what they would report is lost.
    async fn work_alone(&mut self, duration: Duration) {
        let until = Instant::now() + duration;
        while let Some((instance, _)) = self.next_end().filter(|(_, at)| *at <= until) {
            sleep_until(self.running[&instance]).await;
            self.end(instance);
        }
        sleep_until(until).await;
    }

    fn next_end(&self) -> Option<(i64, Instant)> {
        self.running.iter().min_by_key(|(_, at)| **at).map(|(instance, at)| (*instance, *at))
    }

    fn end(&mut self, instance: i64) -> (bool, String) {
        self.running.remove(&instance);
        let success = self.random.bytes::<1>()[0] % 100 >= self.pace.failures;
        self.delivery += 1;
        let result = format!("{}-{}", self.id, self.delivery);
        self.journal.note(&self.id, instance, What::Ended { success, result: result.clone() });
        (success, result)
    }

    /// Serves a connection to its end; the new address, if that was why.
    async fn talk(&mut self, mut stream: TcpStream, leader: &str) -> Option<String> {
        stream.set_nodelay(true).ok()?;
        // Orders are never sent to the address that this worker says it has.
        let own =
            Address { system: self.id.clone(), host: "127.0.0.1".to_owned(), port: 10_000 + self.number };
        let peer = stream.peer_addr().ok()?;
        let server =
            Address { system: Address::SERVER.to_owned(), host: peer.ip().to_string(), port: peer.port() };
        let mut line = Line { own, server, out: BytesMut::new() };
        line.out.extend_from_slice(&frame::associate(&line.own, 1));
        self.beats = 0;
        let mut frames = Frames::default();
        let (mut beat, mut ask) = (interval(self.pace.beat), interval(self.pace.ask));
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        ask.set_missed_tick_behavior(MissedTickBehavior::Delay);
        ask.reset();
        loop {
            if !line.out.is_empty() {
                stream.write_all(&line.out).await.ok()?;
                line.out.clear();
            }
            let next = self.next_end();
            let over = sleep_until(next.map_or_else(|| Instant::now() + self.pace.beat, |(_, at)| at));
            tokio::select! {
                read = stream.read_buf(&mut frames.buffer) => {
                    if read.ok()? == 0 {
                        return None;
                    }
                    while let Some(frame) = frames.next_frame(1 << 24).unwrap() {
                        self.hear(frame, &mut line, leader);
                    }
                }
                _ = beat.tick() => self.beat(&mut line),
                _ = ask.tick() => {
                    let told = self.ask_leader().await;
                    if told.as_deref().is_some_and(|told| told != leader) {
                        return told;
                    }
                }
                () = over => {
                    if let Some((instance, _)) = next {
                        self.report(instance, &mut line);
                    }
                }
            }
        }
    }

    fn beat(&mut self, line: &mut Line) {
        let beat = WorkerHeartBeatRequest {
            group_id: self.group.group_id.clone(),
            version: "test".to_owned(),
            worker_id: self.id.clone(),
            job_instance_id: self.running.keys().copied().collect(),
            starter: Some("go".to_owned()),
            app_group_id: Some(self.group.id),
            online: Some(true),
            app_key: Some(self.group.app_key.clone()),
            rpc_port: Some(1),
            ..WorkerHeartBeatRequest::default()
        };
        self.beat = (SystemClock.now(), beat.job_instance_id.clone());
        line.ask("heartbeat", "temp/$a", &beat);
    }

    /// Once, whether anybody hears it or not.
    fn report(&mut self, instance: i64, line: &mut Line) {
        let (success, result) = self.end(instance);
        self.deliveries.insert(self.delivery, (instance, result.clone()));
        let report = WorkerReportJobInstanceStatusRequest {
            job_instance_id: instance,
            status: if success { SUCCESS } else { FAILED },
            result: Some(result),
            delivery_id: Some(self.delivery),
            group_id: Some(self.group.group_id.clone()),
            ..WorkerReportJobInstanceStatusRequest::default()
        };
        line.ask("instance_status_router", "user/at_least_once_delivery_routing/$b", &report);
    }

    fn hear(&mut self, frame: Bytes, line: &mut Line, leader: &str) {
        let Some(payload) = AkkaProtocolMessage::decode(frame).unwrap().payload else { return };
        let Some(envelope) = AckAndEnvelopeContainer::decode(payload).unwrap().envelope else { return };
        let letter = Letter::open(envelope).unwrap();
        if let Some(order) = letter.message::<ServerSubmitJobInstanceRequest>().unwrap() {
            let answer = self.take(&order);
            line.answer(&letter.sender, &answer);
        } else if let Some(order) = letter.message::<ServerKillJobInstanceRequest>().unwrap() {
            if self.running.remove(&order.job_instance_id).is_some() {
                self.journal.note(&self.id, order.job_instance_id, What::Gone);
            }
            let answer = ServerKillJobInstanceResponse { success: true, ..Default::default() };
            line.answer(&letter.sender, &answer);
        } else if let Some(said) = letter.message::<WorkerHeartBeatResponse>().unwrap() {
            if said.success {
                self.beats += 1;
                self.served_by.send_replace((leader.to_owned(), self.beats));
                let (at, listed) = &self.beat;
                for instance in listed.iter().filter(|instance| self.running.contains_key(instance)) {
                    self.journal.note_at(*at, &self.id, *instance, What::Heard);
                }
            }
        } else if let Some(said) = letter.message::<WorkerReportJobInstanceStatusResponse>().unwrap()
            && let Some((instance, result)) = self.deliveries.remove(&said.delivery_id)
            && said.success
        {
            self.journal.note(&self.id, instance, What::Acknowledged { result });
        }
    }

    fn take(&mut self, order: &ServerSubmitJobInstanceRequest) -> ServerSubmitJobInstanceResponse {
        let instance = order.job_instance_id;
        if self.running.contains_key(&instance) {
            let message = Some(format!("jobInstanceId={instance} is still running!"));
            return ServerSubmitJobInstanceResponse { success: false, message };
        }
        self.journal.note(&self.id, instance, What::Submitted { attempt: order.attempt.unwrap_or(0).into() });
        let ms = u64::from(u16::from_le_bytes(self.random.bytes())) % self.pace.longest_run_ms.max(1);
        self.running.insert(instance, Instant::now() + Duration::from_millis(ms));
        ServerSubmitJobInstanceResponse { success: true, message: None }
    }
}

/// A connection's own side.
struct Line {
    own: Address,
    server: Address,
    /// What is to be written next.
    out: BytesMut,
}

impl Line {
    fn ask<M: Named>(&mut self, actor: &str, sender: &str, message: &M) {
        let frame = letter::request(&self.server, actor, &self.own.path(sender), message);
        self.out.extend_from_slice(&frame);
    }

    fn answer<M: Named>(&mut self, recipient: &str, message: &M) {
        let sender = self.own.path("user/job_instance_routing/$c");
        self.out.extend_from_slice(&letter::answer(recipient, &sender, message));
    }
}
