//! One connection to the server: heartbeats out, orders in, lines and ends out until they are answered.

use std::collections::HashMap;
use std::io;
use std::time::{Duration, Instant};

use bytes::Bytes;
use muster_workers::codec::messages::{
    MusterLogLine, MusterLogRequest, MusterLogResponse, MusterRelay, Named, ServerKillJobInstanceRequest,
    ServerKillJobInstanceResponse, ServerSubmitJobInstanceRequest, ServerSubmitJobInstanceResponse,
    WorkerHeartBeatRequest, WorkerHeartBeatResponse, WorkerReportJobInstanceStatusRequest,
    WorkerReportJobInstanceStatusResponse,
};
use muster_workers::codec::transport::{AckAndEnvelopeContainer, AkkaProtocolMessage, command};
use muster_workers::codec::{Address, Frames, Letter, Message, frame, letter};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, timeout};

use super::{Order, Settings, host};
use crate::core::Core;
use crate::crew::{Post, Word};
use crate::runner::Stop;

const CONNECT: Duration = Duration::from_secs(5);
/// How often a worker says that it lives, at least.
const BEAT: Duration = Duration::from_secs(5);
/// A server says every few seconds that it lives.
const SILENCE: Duration = Duration::from_secs(20);
const STALL: Duration = Duration::from_secs(10);
/// How often it is looked whether something is to be sent again.
const TICK: Duration = Duration::from_millis(500);
/// How long lines gather before they are sent together.
const GATHER: Duration = Duration::from_millis(100);
const MOST_FRAME: usize = 64 << 20;
const PIECE: usize = 16 << 10;

const SUCCESS: i32 = 4;
const FAILED: i32 = 5;

/// Who talks, for which group.
pub(super) struct Identity<'s> {
    pub(super) app_group: i64,
    pub(super) settings: &'s Settings,
}

/// How a conversation has ended.
pub(super) enum Closed {
    /// The server had answered heartbeats before.
    AfterHeartbeat,
    /// It never answered one.
    Unheard(String),
}

/// Talks until the connection ends.
pub(super) async fn talk(
    core: &Core,
    identity: &Identity<'_>,
    address: &str,
    orders: &watch::Receiver<Order>,
) -> Closed {
    let mut session = match Session::open(core, identity, address, orders.clone()).await {
        Ok(session) => session,
        Err(error) => return Closed::Unheard(error.to_string()),
    };
    // What was under way when the last connection broke may not have arrived.
    core.book.resend();
    let why = match session.run().await {
        Ok(()) => "the server has closed the connection".to_owned(),
        Err(error) => error.to_string(),
    };
    if session.is_admitted {
        tracing::info!("the connection to the server has ended: {why}");
        Closed::AfterHeartbeat
    } else {
        Closed::Unheard(session.refusal.take().unwrap_or(why))
    }
}

struct Session<'s> {
    core: &'s Core,
    identity: &'s Identity<'s>,
    read: OwnedReadHalf,
    write: OwnedWriteHalf,
    frames: Frames,
    own: Address,
    server: Address,
    orders: watch::Receiver<Order>,
    /// Numbers of our letters' sender paths.
    letters: u64,
    /// Heartbeats that were not answered yet, by letter.
    beats: HashMap<u64, Instant>,
    is_admitted: bool,
    refusal: Option<String>,
}

impl<'s> Session<'s> {
    async fn open(
        core: &'s Core,
        identity: &'s Identity<'s>,
        address: &str,
        orders: watch::Receiver<Order>,
    ) -> io::Result<Self> {
        let stream = timeout(CONNECT, TcpStream::connect(address)).await??;
        stream.set_nodelay(true)?;
        let (local, peer) = (stream.local_addr()?, stream.peer_addr()?);
        let host = |ip: std::net::IpAddr| match ip {
            std::net::IpAddr::V4(ip) => ip.to_string(),
            std::net::IpAddr::V6(ip) => format!("[{ip}]"),
        };
        let own = Address { system: core.id.clone(), host: host(local.ip()), port: local.port() };
        let server = Address { system: Address::SERVER.to_owned(), host: host(peer.ip()), port: peer.port() };
        let (read, write) = stream.into_split();
        let mut session = Self {
            core,
            identity,
            read,
            write,
            frames: Frames::default(),
            own,
            server,
            orders,
            letters: 0,
            beats: HashMap::new(),
            is_admitted: false,
            refusal: None,
        };
        session.associate().await?;
        Ok(session)
    }

    async fn associate(&mut self) -> io::Result<()> {
        // The same on all connections of this process: by it Muster tells another one that has the same id.
        let started_ms = self.identity.settings.started_ms.unsigned_abs();
        let uid = (started_ms << 20 ^ u64::from(std::process::id())).max(1);
        self.send(frame::associate(&self.own, uid)).await?;
        let answered = async {
            loop {
                let said = self.next_message().await?;
                if said.instruction.is_some_and(|control| control.command == command::ASSOCIATE) {
                    return Ok(());
                }
            }
        };
        timeout(CONNECT, answered).await?
    }

    /// Until the connection ends.
    async fn run(&mut self) -> io::Result<()> {
        let mut ticks = tokio::time::interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut next_beat = Instant::now();
        let mut heard = Instant::now();
        loop {
            if Instant::now() >= next_beat {
                self.beat().await?;
                next_beat = Instant::now() + self.pace();
            }
            self.send_due().await?;
            let (core, orders) = (self.core, &mut self.orders);
            let is_waiting = self.frames.next_frame(MOST_FRAME).map_err(malformed)?;
            let frame = match is_waiting {
                Some(frame) => Some(frame),
                None => tokio::select! {
                    read = read_some(&mut self.read, &mut self.frames) => {
                        read?;
                        None
                    }
                    () = async {
                        core.book.changed.notified().await;
                        tokio::time::sleep(GATHER).await;
                    } => None,
                    _ = ticks.tick() => None,
                    () = changed(orders) => {
                        // The server should hear at once that nothing more may be given to us.
                        next_beat = Instant::now();
                        None
                    }
                },
            };
            match frame {
                Some(frame) => {
                    heard = Instant::now();
                    if !self.hear(frame).await? {
                        return Ok(());
                    }
                    // A run that has just been taken is listed before its lease is worth anything.
                    next_beat = next_beat.min(Instant::now() + self.pace());
                }
                None if heard.elapsed() > SILENCE => {
                    return Err(io::Error::new(io::ErrorKind::TimedOut, "the server is silent"));
                }
                None => {}
            }
        }
    }

    fn pace(&self) -> Duration {
        self.core.shortest_lease().map_or(BEAT, |lease| BEAT.min(lease / 3))
    }

    async fn send(&mut self, frame: Bytes) -> io::Result<()> {
        timeout(STALL, self.write.write_all(&frame)).await?
    }

    async fn next_message(&mut self) -> io::Result<AkkaProtocolMessage> {
        loop {
            if let Some(frame) = self.frames.next_frame(MOST_FRAME).map_err(malformed)? {
                return AkkaProtocolMessage::decode(frame).map_err(malformed);
            }
            read_some(&mut self.read, &mut self.frames).await?;
        }
    }

    fn letter(&mut self) -> u64 {
        self.letters += 1;
        self.letters
    }

    async fn ask<M: Named>(&mut self, actor: &str, sender: &str, message: &M) -> io::Result<()> {
        let sender = if sender.is_empty() { String::new() } else { self.own.path(sender) };
        self.send(letter::request(&self.server, actor, &sender, message)).await
    }

    async fn beat(&mut self) -> io::Result<()> {
        let number = self.letter();
        let settings = self.identity.settings;
        let beat = WorkerHeartBeatRequest {
            group_id: settings.group_id.clone(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            worker_id: self.core.id.clone(),
            metrics_json: Some(host::metrics()),
            job_instance_id: self.core.instances(self.identity.app_group),
            starter: Some("muster".to_owned()),
            app_group_id: Some(self.identity.app_group),
            source: None,
            label: Some(settings.label.clone()),
            online: Some(*self.orders.borrow() == Order::Work),
            app_key: Some(settings.app_key.clone()),
            rpc_port: None,
        };
        // Before it is sent: what the server answers is as old as this.
        self.beats.insert(number, Instant::now());
        self.beats.retain(|_, sent| sent.elapsed() < SILENCE * 3);
        self.ask("heartbeat", &format!("temp/${number}"), &beat).await
    }

    /// Sends lines, words and ends that are due.
    async fn send_due(&mut self) -> io::Result<()> {
        if !self.is_admitted {
            return Ok(());
        }
        for due in self.core.book.batches(&self.core.id) {
            let batch = due.batch;
            let line = |line: muster_jobs::logs::Line| MusterLogLine {
                stream: line.stream.as_str().to_owned(),
                age_ms: line.age_ms,
                text: line.text,
            };
            let said = MusterLogRequest {
                job_instance_id: batch.instance,
                attempt: i32::try_from(batch.attempt).unwrap_or(i32::MAX),
                run: batch.run,
                first: batch.first,
                lines: batch.lines.into_iter().map(line).collect(),
                group_id: due.group_id,
            };
            let sender = format!("temp/$l{}", self.letter());
            self.ask("log_router", &sender, &said).await?;
        }
        for Post { group_id, to, word } in self.core.words() {
            let body = serde_json::to_vec(&word).map_err(io::Error::other)?.into();
            let said = MusterRelay { to, from: self.core.id.clone(), group_id, body, undelivered: None };
            self.ask("members", "", &said).await?;
        }
        for (number, end) in self.core.book.ends() {
            let said = WorkerReportJobInstanceStatusRequest {
                job_id: end.job,
                job_instance_id: end.instance,
                status: if end.outcome.success { SUCCESS } else { FAILED },
                result: Some(end.outcome.result),
                delivery_id: Some(number),
                group_id: Some(end.group_id),
                ..WorkerReportJobInstanceStatusRequest::default()
            };
            let sender = format!("user/at_least_once_delivery_routing/${number}");
            self.ask("instance_status_router", &sender, &said).await?;
        }
        Ok(())
    }

    /// Hears a frame; whether the conversation goes on.
    async fn hear(&mut self, frame: Bytes) -> io::Result<bool> {
        let said = AkkaProtocolMessage::decode(frame).map_err(malformed)?;
        if let Some(control) = said.instruction {
            let leaves = [
                command::DISASSOCIATE,
                command::DISASSOCIATE_SHUTTING_DOWN,
                command::DISASSOCIATE_QUARANTINED,
            ];
            return Ok(!leaves.contains(&control.command));
        }
        let container =
            AckAndEnvelopeContainer::decode(said.payload.unwrap_or_default()).map_err(malformed)?;
        let Some(envelope) = container.envelope else { return Ok(true) };
        match Letter::open(envelope) {
            Ok(letter) => self.read_letter(&letter).await?,
            Err(why) => tracing::debug!("a message was ignored: {why}"),
        }
        Ok(true)
    }

    async fn read_letter(&mut self, letter: &Letter) -> io::Result<()> {
        if let Some(said) = letter.message::<WorkerHeartBeatResponse>().map_err(malformed)? {
            self.beat_answered(&letter.recipient, said);
        } else if let Some(order) = letter.message::<ServerSubmitJobInstanceRequest>().map_err(malformed)? {
            let instance = order.job_instance_id;
            let taken = crate::task::Task::of_order(order).and_then(|task| self.core.submit(task));
            tracing::info!(instance.id = instance, taken = taken.is_ok(), "a run has come");
            let said = ServerSubmitJobInstanceResponse { success: taken.is_ok(), message: taken.err() };
            self.answer(letter, &said).await?;
        } else if let Some(order) = letter.message::<ServerKillJobInstanceRequest>().map_err(malformed)? {
            let instance = order.job_instance_id;
            let is_here = self.core.stop(instance, Stop::Killed);
            let end = if is_here { "killed from server" } else { "is not exist" };
            let message = Some(format!("{instance} {end}"));
            self.answer(letter, &ServerKillJobInstanceResponse { success: true, message }).await?;
        } else if let Some(said) =
            letter.message::<WorkerReportJobInstanceStatusResponse>().map_err(malformed)?
        {
            if said.success {
                self.core.told(said.delivery_id);
            }
        } else if let Some(said) = letter.message::<MusterLogResponse>().map_err(malformed)? {
            if said.success {
                self.core.book.taken(said.run, said.taken);
            }
        } else if let Some(said) = letter.message::<MusterRelay>().map_err(malformed)? {
            self.hear_member(&said);
        } else {
            tracing::debug!(name = %letter.name, "nobody reads this message");
        }
        Ok(())
    }

    async fn answer<M: Named>(&mut self, letter: &Letter, said: &M) -> io::Result<()> {
        let own = self.own.path("user/job_instance_routing");
        self.send(letter::answer(&letter.sender, &own, said)).await
    }

    fn beat_answered(&mut self, recipient: &str, said: WorkerHeartBeatResponse) {
        let number = recipient.rsplit_once("/temp/$").and_then(|(_, number)| number.parse::<u64>().ok());
        let sent = number.and_then(|number| self.beats.remove(&number));
        if !said.success {
            let why = said.message.unwrap_or_else(|| "the heartbeat was refused".to_owned());
            tracing::warn!("the server does not take this worker: {why}");
            self.refusal = Some(why);
            self.is_admitted = false;
            return;
        }
        if !self.is_admitted {
            tracing::info!(worker.id = %self.core.id, "the worker is connected");
        }
        self.is_admitted = true;
        if let Some(sent) = sent {
            self.core.heard(sent);
        }
    }

    fn hear_member(&self, said: &MusterRelay) {
        // That nobody was there shows by silence too, which is what counts.
        if said.undelivered.unwrap_or(false) || said.group_id != self.identity.settings.group_id {
            return;
        }
        match serde_json::from_slice::<Word>(&said.body) {
            Ok(word) => self.core.hear(self.identity.app_group, &said.group_id, &said.from, word),
            Err(error) => tracing::debug!("a word of another worker was ignored: {error}"),
        }
    }
}

async fn changed(orders: &mut watch::Receiver<Order>) {
    if orders.changed().await.is_err() {
        std::future::pending::<()>().await;
    }
}

async fn read_some(read: &mut OwnedReadHalf, frames: &mut Frames) -> io::Result<()> {
    frames.buffer.reserve(PIECE);
    match read.read_buf(&mut frames.buffer).await? {
        0 => Err(io::ErrorKind::UnexpectedEof.into()),
        _ => Ok(()),
    }
}

fn malformed(why: muster_workers::codec::Malformed) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why.to_string())
}
