//! One connection, from its association to its end.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::{BufMut, Bytes};
use muster_jobs::link::{News, Report};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior, timeout, timeout_at};

use super::memory::{Held, Share};
use super::news;
use super::own;
use super::reports::{self, Entry, Inbox};
use super::strangers::Stranger;
use super::{Limits, PIECE, Port};
use crate::Desk;
use crate::codec::frame;
use crate::codec::letter;
use crate::codec::messages::{
    MusterLogRequest, MusterRelay, Named, ServerKillJobInstanceResponse, ServerSubmitJobInstanceResponse,
    WorkerHeartBeatRequest, WorkerHeartBeatResponse, WorkerReportJobInstanceProgressRequest,
    WorkerReportJobInstanceStatusRequest,
};
use crate::codec::transport::{AckAndEnvelopeContainer, AkkaProtocolMessage, command};
use crate::codec::{Address, Frames, Letter, Malformed, Message};
use crate::sessions::{Connection, Ends, Introduction, Queue};

/// A worker process belongs to few groups; a connection that names more is none of a worker.
const MOST_GROUPS: usize = 64;
/// What may arrive before a worker's first heartbeat on a connection, in bytes: the reports of a few seconds.
const MOST_EARLY: usize = 1 << 20;
/// How long a worker is left in peace after it was told to stop what is not its affair.
const STRAYS: Duration = Duration::from_secs(60);

/// So many of them are stopped at once; the others when it is looked again.
const MOST_STRAYS: usize = 100;

/// Why a stranger is sent away.
const CROWDED: &str = "too many others came who presented no key either";

/// Why a connection ends.
enum End {
    Closed,
    Late(&'static str),
    Refused(Malformed),
}

impl From<Malformed> for End {
    fn from(why: Malformed) -> Self {
        Self::Refused(why)
    }
}

/// Serves a connection to its end. Returns when everything that was reported on it is written down.
pub(super) async fn talk<D: Desk>(
    stream: TcpStream,
    from: SocketAddr,
    port: Arc<Port<D>>,
    mut stop: watch::Receiver<bool>,
) {
    let own = port.own_address(&stream);
    // Before anything of it is read: what lies on it may have been said long ago by then.
    let node = port.desk.node();
    let stranger = port.strangers.enter();
    let told = Arc::clone(&stranger.told);
    // The second is what makes every close a reset.
    if stream.set_nodelay(true).and_then(|()| stream.set_zero_linger()).is_err() {
        return;
    }
    let (mut read, mut write) = stream.into_split();
    let mut frames = Frames::default();
    let associated = tokio::select! {
        associated = associate(&mut read, &mut write, &mut frames, &own, &port) => associated,
        () = told.notified() => Err(End::Late(CROWDED)),
        _ = stop.wait_for(|stop| *stop) => Err(End::Closed),
    };
    let (peer, uid) = match associated {
        Ok(peer) => peer,
        Err(end) => {
            // Dropped by itself it would say a polite farewell first.
            write.forget();
            return note(&end, from, "");
        }
    };
    let ends = Ends { peer, uid, own, node };
    let (connection, queue) = Connection::new(port.next_connection(), ends, port.limits.stranger_queue_bytes);
    let connection = Arc::new(connection);
    let writer = tokio::spawn(write_all(Arc::clone(&connection), queue, write, port.limits));
    let (inbox, reporter) = reports::start(Arc::clone(&port), Arc::clone(&connection), stop.clone());
    let mut session = Session {
        port: Arc::clone(&port),
        connection: Arc::clone(&connection),
        inbox,
        groups: Vec::new(),
        early: Vec::new(),
        stranger: Some(stranger),
        stranger_since: Instant::now(),
    };
    tokio::select! {
        end = session.listen(&mut read, &mut frames) => note(&end, from, &connection.peer.system),
        () = told.notified() => note(&End::Late(CROWDED), from, &connection.peer.system),
        () = connection.is_cut() => {}
        _ = stop.wait_for(|stop| *stop) => {}
    }
    connection.cut();
    port.registry.cut(&connection);
    // Both halves must be gone for the reset to happen, before the reports are waited for.
    if let Ok(write) = writer.await {
        write.forget();
    }
    drop((read, session));
    let _ = reporter.await;
}

fn note(end: &End, from: SocketAddr, worker: &str) {
    match end {
        End::Closed => tracing::debug!(worker.id = worker, peer = %from, "a worker's connection has ended"),
        End::Late(why) => tracing::debug!(worker.id = worker, peer = %from, "a connection was cut: {why}"),
        End::Refused(why) => tracing::warn!(worker.id = worker, peer = %from, "a connection was cut: {why}"),
    }
}

/// Waits for the worker's association and answers it: until then it waits without a deadline of its own.
async fn associate<D: Desk>(
    read: &mut OwnedReadHalf,
    write: &mut OwnedWriteHalf,
    frames: &mut Frames,
    own: &Address,
    port: &Port<D>,
) -> Result<(Address, u64), End> {
    let deadline = Instant::now() + port.limits.handshake;
    loop {
        let limit = (port.limits.stranger_frame_bytes, &port.memory.strangers);
        let frame = next_frame(read, frames, limit, deadline, port.limits.stall, "it did not associate");
        let said = AkkaProtocolMessage::decode(frame.await?.0)?;
        if said.payload.is_some() {
            return Err(Malformed("a payload came before the association").into());
        }
        let Some(control) = said.instruction.filter(|control| control.command == command::ASSOCIATE) else {
            continue;
        };
        let handshake = control.handshake.ok_or(Malformed("an association names nobody"))?;
        let peer =
            Address::from_data(handshake.origin).ok_or(Malformed("an association names no address"))?;
        let answer = frame::associate(own, port.uid);
        return match timeout(port.limits.stall, write.write_all(&answer)).await {
            Ok(Ok(())) => Ok((peer, handshake.uid.0)),
            _ => Err(End::Closed),
        };
    }
}

/// The next frame of at most so many bytes, and the room that it takes when it is large. Room is taken for what has
/// arrived, never for what was only announced: who announces much and sends little keeps nobody waiting.
async fn next_frame(
    read: &mut OwnedReadHalf,
    frames: &mut Frames,
    (limit, share): (usize, &Share),
    deadline: Instant,
    stall: Duration,
    late: &'static str,
) -> Result<(Bytes, Option<Held>), End> {
    let mut room = share.none();
    loop {
        let announced = frames.announced(limit)?;
        if let Some(frame) = frames.next_frame(limit)? {
            return Ok((frame, room.held()));
        }
        let (there, missing) = match announced.filter(|length| *length > PIECE) {
            Some(length) => (frames.buffer.len(), 4 + length - frames.buffer.len()),
            None => (0, PIECE),
        };
        // Who has begun may keep others waiting, or wait for them: not for long.
        let until = if room.is_none() { deadline } else { deadline.min(Instant::now() + stall) };
        if frames.buffer.capacity() == frames.buffer.len() {
            if there > 0 {
                let grown = timeout_at(until, room.grow_to(2 * there)).await;
                grown.map_err(|_| End::Late("there was no room for its frame"))?;
            }
            frames.buffer.reserve(there.max(PIECE));
        }
        // What follows a large frame must not lie in its buffer.
        let mut place = (&mut frames.buffer).limit(missing);
        match timeout_at(until, read.read_buf(&mut place)).await {
            Ok(Ok(0) | Err(_)) => return Err(End::Closed),
            Ok(Ok(_)) => {}
            Err(_) => return Err(End::Late(late)),
        }
    }
}

/// Writes what is queued, frame after frame, and a sign of life now and then, until the connection is cut.
async fn write_all(
    connection: Arc<Connection>,
    mut queue: Queue,
    mut write: OwnedWriteHalf,
    limits: Limits,
) -> OwnedWriteHalf {
    let life = frame::instruction(command::HEARTBEAT);
    let mut pulse = tokio::time::interval(limits.pulse);
    pulse.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let write_queued = async {
        loop {
            let (queued, bytes) = tokio::select! {
                taken = connection.take(&mut queue) => match taken {
                    Some(bytes) => (bytes.len(), bytes),
                    None => return,
                },
                _ = pulse.tick() => (0, life.clone()),
            };
            if !matches!(timeout(limits.stall, write.write_all(&bytes)).await, Ok(Ok(()))) {
                return;
            }
            connection.written(queued);
        }
    };
    tokio::select! {
        () = write_queued => connection.cut(),
        () = connection.is_cut() => {}
    }
    write
}

/// What is known of whoever is at the other end.
struct Session<D> {
    port: Arc<Port<D>>,
    connection: Arc<Connection>,
    inbox: Inbox<D>,
    /// The groups whose keys its latest heartbeats presented.
    groups: Vec<Membership>,
    /// What it said before its first heartbeat here.
    early: Vec<(Letter, Held)>,
    /// Until it has presented a key for the first time.
    stranger: Option<Stranger>,
    /// Since when it has presented no key.
    stranger_since: Instant,
}

/// Where an admitted worker is served.
#[derive(PartialEq, Eq)]
enum Introduced {
    Here,
    Elsewhere,
}

struct Membership {
    app_group: i64,
    group_id: String,
    worker: String,
    /// When it was last looked whether it does what is not its affair.
    looked: Option<Instant>,
}

impl<D: Desk> Session<D> {
    async fn listen(&mut self, read: &mut OwnedReadHalf, frames: &mut Frames) -> End {
        loop {
            let Port { limits, memory, .. } = &*self.port;
            let (limit, deadline, late) = if self.groups.is_empty() {
                let limit = (limits.stranger_frame_bytes, &memory.strangers);
                (limit, self.stranger_since + limits.stranger, "it presented no key")
            } else {
                let limit = (limits.frame_bytes, &memory.frames);
                (limit, Instant::now() + limits.silence, "it was silent")
            };
            let heard = match next_frame(read, frames, limit, deadline, limits.stall, late).await {
                Ok((frame, held)) => self.hear(frame, held).await,
                Err(end) => Err(end),
            };
            if let Err(end) = heard {
                return end;
            }
        }
    }

    async fn hear(&mut self, frame: Bytes, held: Option<Held>) -> Result<(), End> {
        let said = AkkaProtocolMessage::decode(frame)?;
        if let Some(control) = said.instruction {
            return match control.command {
                command::DISASSOCIATE
                | command::DISASSOCIATE_SHUTTING_DOWN
                | command::DISASSOCIATE_QUARANTINED => Err(End::Closed),
                _ => Ok(()),
            };
        }
        let container = AckAndEnvelopeContainer::decode(said.payload.unwrap_or_default())?;
        let Some(envelope) = container.envelope else { return Ok(()) };
        let seq = envelope.seq;
        match Letter::open(envelope) {
            Ok(letter) if letter.name == WorkerHeartBeatRequest::NAME => self.beat(&letter).await?,
            Ok(letter) if self.groups.is_empty() => self.keep(letter),
            Ok(letter) => self.read(&letter, held).await?,
            // Akka's own messages, which nobody here needs.
            Err(why) => {
                tracing::debug!(worker.id = %self.connection.peer.system, "a message was ignored: {why}");
            }
        }
        if let Some(seq) = seq {
            self.connection.send(frame::acknowledge(seq.0));
        }
        Ok(())
    }

    /// A worker that has just dialled again may report before its next heartbeat is due.
    fn keep(&mut self, letter: Letter) {
        // Small letters are counted with what it costs to keep them.
        let size = |letter: &Letter| 256 + letter.body.len() + letter.recipient.len() + letter.sender.len();
        let kept = self.early.iter().map(|(letter, _)| size(letter)).sum::<usize>();
        if kept + size(&letter) <= MOST_EARLY
            && let Some(held) = self.port.memory.strangers.try_hold(size(&letter))
        {
            // Else it would keep all of its frame.
            let body = Bytes::copy_from_slice(&letter.body);
            self.early.push((Letter { body, ..letter }, held));
        }
    }

    async fn beat(&mut self, letter: &Letter) -> Result<(), End> {
        let Some(said) = letter.message::<WorkerHeartBeatRequest>()? else { return Ok(()) };
        let introduced = self.introduce(letter, said).await;
        let is_elsewhere = introduced == Ok(Introduced::Elsewhere);
        let verdict = match introduced {
            Ok(Introduced::Here) => WorkerHeartBeatResponse { success: true, message: None },
            Ok(Introduced::Elsewhere) => {
                let message = Some("another server serves this app group".to_owned());
                WorkerHeartBeatResponse { success: false, message }
            }
            Err(why) => WorkerHeartBeatResponse { success: false, message: Some(why.to_owned()) },
        };
        self.connection.send(letter::answer(
            &letter.sender,
            &self.connection.own.path("user/heartbeat"),
            &verdict,
        ));
        if !self.groups.is_empty() {
            for (letter, held) in std::mem::take(&mut self.early) {
                self.read(&letter, Some(held)).await?;
            }
        }
        // It dials again at once, and soon asks whom to dial. What it reported here is written down all the same.
        if is_elsewhere
            && !self.groups.iter().any(|group| self.port.desk.serves(group.app_group, self.connection.node))
        {
            return Err(End::Late("another server serves its app groups"));
        }
        Ok(())
    }

    /// Takes a heartbeat, if its key is right.
    async fn introduce(
        &mut self,
        letter: &Letter,
        said: WorkerHeartBeatRequest,
    ) -> Result<Introduced, &'static str> {
        let address = Address::of_path(&letter.sender).unwrap_or_else(|| self.connection.peer.clone());
        let (group_id, app_key) = (said.group_id.clone(), said.app_key.clone().unwrap_or_default());
        let introduction = Introduction::read(said, &address)?;
        let (app_group, worker) = (introduction.app_group, introduction.worker.id.clone());
        let known =
            self.groups.iter().position(|group| group.app_group == app_group && group.worker == worker);
        let admitted = match self.port.desk.admit(app_group, &group_id, &app_key).await {
            Ok(admitted) => admitted,
            // Whoever was let in stays while the store cannot be asked.
            Err(error) => {
                tracing::warn!(error = %muster_core::describe(&error), "a worker's key could not be checked");
                known.is_some()
            }
        };
        if !admitted {
            if let Some(known) = known {
                self.groups.swap_remove(known);
                self.stranger_since = Instant::now();
            }
            self.port.registry.forget(&self.connection, app_group, &worker);
            return Err("there is no such app group with this app key");
        }
        let known = match known {
            Some(known) => known,
            None if self.groups.len() < MOST_GROUPS => {
                self.groups.push(Membership { app_group, group_id, worker, looked: None });
                self.groups.len() - 1
            }
            None => return Err("one connection belongs to too many app groups"),
        };
        if !self.port.desk.serves(app_group, self.connection.node) {
            self.port.registry.forget(&self.connection, app_group, &self.groups[known].worker);
            return Ok(Introduced::Elsewhere);
        }
        if let Err(why) = self.port.registry.beat(&self.connection, introduction) {
            self.groups.swap_remove(known);
            self.stranger_since = Instant::now();
            return Err(why);
        }
        self.stranger = None;
        self.connection.trust(self.port.limits.queue_bytes);
        self.stop_strays(known).await;
        Ok(Introduced::Here)
    }

    /// Tells a worker to stop what it should not be doing.
    async fn stop_strays(&mut self, group: usize) {
        let group = &mut self.groups[group];
        if group.looked.is_some_and(|looked| looked.elapsed() < STRAYS) {
            return;
        }
        let lasting = self.port.registry.lasting(group.app_group, &group.worker);
        if lasting.is_empty() {
            return;
        }
        group.looked = Some(Instant::now());
        match self.port.desk.strays(group.app_group, &group.worker, &lasting).await {
            Ok(strays) => {
                for instance in strays.into_iter().take(MOST_STRAYS) {
                    tracing::info!(worker.id = %group.worker, instance.id = instance, "a stray run is stopped");
                    self.port.registry.kill_stray(group.app_group, &group.worker, instance);
                }
            }
            Err(error) => {
                tracing::warn!(error = %muster_core::describe(&error), "a worker's runs could not be looked up");
            }
        }
    }

    /// Reads what an admitted worker says about its runs.
    async fn read(&mut self, letter: &Letter, held: Option<Held>) -> Result<(), End> {
        let (size, node) = (letter.body.len() + letter.sender.len(), self.connection.node);
        if let Some(said) = letter.message::<WorkerReportJobInstanceStatusRequest>()? {
            let group = self.group(said.group_id.as_deref());
            let entry = Entry::Report {
                report: news::of_status(&said).map(|news| group.report(node, said.job_instance_id, news)),
                answer: Some((letter.sender.clone(), said.delivery_id.unwrap_or(0))),
            };
            self.inbox.put(entry, size, held).await;
        } else if let Some(said) = letter.message::<WorkerReportJobInstanceProgressRequest>()? {
            let instance = said.job_instance_id;
            for group in &self.groups {
                let report = news::of_progress(&said.progress).map(|news| group.report(node, instance, news));
                self.inbox.put(Entry::Report { report, answer: None }, size, held.clone()).await;
            }
        } else if let Some(said) = letter.message::<ServerSubmitJobInstanceResponse>()? {
            for group in &self.groups {
                let asked = self.port.registry.answered(&letter.recipient, group.app_group, &group.worker);
                if let Some(instance) = asked {
                    let report = Some(group.report(node, instance, news::of_submit(&said)));
                    self.inbox.put(Entry::Report { report, answer: None }, size, held.clone()).await;
                }
            }
        } else if let Some(said) = letter.message::<ServerKillJobInstanceResponse>()? {
            for group in &self.groups {
                self.port.registry.answered(&letter.recipient, group.app_group, &group.worker);
            }
            let text = said.message.unwrap_or_default();
            tracing::debug!(worker.id = %self.connection.peer.system, "a worker on a kill: {text}");
        } else if let Some(said) = letter.message::<MusterLogRequest>()? {
            let Membership { app_group, worker, .. } = self.group(Some(&said.group_id));
            let (app_group, batch) = (*app_group, own::batch(said, worker));
            let entry = Entry::Log { app_group, batch, answer: letter.sender.clone() };
            self.inbox.put(entry, size, held).await;
        } else if let Some(said) = letter.message::<MusterRelay>()? {
            let Membership { app_group, worker, .. } = self.group(Some(&said.group_id));
            own::pass_on(&self.port.registry, &self.connection, *app_group, worker, said);
        } else {
            tracing::debug!(worker.id = %self.connection.peer.system, name = %letter.name, "nobody reads this message");
        }
        Ok(())
    }

    /// The membership that a report speaks of: by the group's name, where there are several.
    fn group(&self, group_id: Option<&str>) -> &Membership {
        let named = self.groups.iter().find(|group| Some(group.group_id.as_str()) == group_id);
        named.unwrap_or(&self.groups[0])
    }
}

impl Membership {
    fn report(&self, node: Option<i64>, instance: i64, news: News) -> Report {
        Report { app_group: self.app_group, worker: self.worker.clone(), instance, node, news }
    }
}
