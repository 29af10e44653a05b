//! Whole conversations over TCP, with a worker that imitates the official one: it associates, beats, answers a
//! submit and reports once. Every wait is for something that arrives.

mod hostile;

use std::collections::HashSet;
use std::sync::Mutex;

use bytes::Bytes;
use muster_core::{Error, Random, Result, SystemClock};
use muster_jobs::job::ExecuteMode;
use muster_jobs::link::{LinkFault, News, Report, WorkerLink};
use muster_jobs::logs::Batch;
use tokio::io::AsyncReadExt;
use tokio::sync::mpsc;

use super::*;
use crate::Liveness;
use crate::codec::letter;
use crate::codec::messages::*;
use crate::codec::transport::{AckAndEnvelopeContainer, command};
use crate::codec::{Message, frame};
use crate::testing::{FakeWorker, run};

const GROUP: i64 = 7;
const KEY: &str = "the key";

/// Knows one group, and keeps what it hears.
#[derive(Clone)]
struct Notes {
    heard: mpsc::UnboundedSender<Report>,
    strays: Arc<Mutex<HashSet<i64>>>,
    logs: Arc<Mutex<Vec<Batch>>>,
    /// How many times more the store is away.
    away: Arc<Mutex<u32>>,
    /// Whether another server serves the group.
    elsewhere: Arc<std::sync::atomic::AtomicBool>,
    /// The server's number.
    number: Arc<std::sync::atomic::AtomicI64>,
}

impl Desk for Notes {
    async fn admit(&self, app_group: i64, group_id: &str, app_key: &str) -> Result<bool> {
        Ok(app_group == GROUP && group_id == "g" && app_key == KEY)
    }

    fn node(&self) -> Option<i64> {
        Some(self.number.load(Ordering::Relaxed))
    }

    fn serves(&self, _app_group: i64, node: Option<i64>) -> bool {
        !self.elsewhere.load(Ordering::Relaxed) && node == self.node()
    }

    async fn take(&self, reports: Vec<Report>) -> Result<()> {
        {
            let mut away = self.away.lock().unwrap();
            if *away > 0 {
                *away -= 1;
                return Err(Error::unavailable("away"));
            }
        }
        for report in reports {
            self.heard.send(report).unwrap();
        }
        Ok(())
    }

    async fn log(&self, logs: Vec<(i64, Batch)>) -> Result<Vec<i64>> {
        let mut kept = self.logs.lock().unwrap();
        Ok(logs
            .into_iter()
            .map(|(_, batch)| {
                let end = batch.first + i64::try_from(batch.lines.len()).unwrap();
                kept.push(batch);
                end
            })
            .collect())
    }

    async fn strays(&self, _app_group: i64, _worker: &str, listed: &[i64]) -> Result<Vec<i64>> {
        let strays = self.strays.lock().unwrap();
        Ok(listed.iter().copied().filter(|instance| strays.contains(instance)).collect())
    }
}

struct Server {
    registry: Arc<Registry>,
    address: SocketAddr,
    heard: mpsc::UnboundedReceiver<Report>,
    notes: Notes,
    stop: watch::Sender<bool>,
    served: tokio::task::JoinHandle<()>,
}

fn serve(limits: Limits) -> Server {
    let (sender, heard) = mpsc::unbounded_channel();
    let notes = Notes {
        heard: sender,
        strays: Arc::default(),
        logs: Arc::default(),
        away: Arc::default(),
        elsewhere: Arc::default(),
        number: Arc::default(),
    };
    let registry = Arc::new(Registry::new(Arc::new(SystemClock), Liveness::default()));
    let bound = Bound::bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = bound.address();
    let random = SharedRandom::new(Random::from_number(1));
    let advertised = Advertised::new(None, address).unwrap();
    let port = Port::new(Arc::clone(&registry), notes.clone(), advertised, limits, &random);
    let stop = watch::Sender::new(false);
    let served = tokio::spawn(bound.serve(port, stop.subscribe(), Duration::from_secs(5)));
    Server { registry, address, heard, notes, stop, served }
}

async fn dial(server: &Server) -> FakeWorker {
    FakeWorker::dial(server.address, GROUP, "g").await
}

async fn associated(server: &Server) -> FakeWorker {
    let mut worker = dial(server).await;
    worker.associate().await;
    worker
}

async fn ready(server: &Server) -> FakeWorker {
    let mut worker = dial(server).await;
    worker.get_ready(KEY).await;
    worker
}

#[tokio::test]
async fn workers_of_another_servers_group_are_cut_and_what_they_said_is_kept() {
    let mut server = serve(Limits::default());
    let mut worker = ready(&server).await;
    server.notes.elsewhere.store(true, Ordering::Relaxed);
    worker.report(12, 4, 1).await;
    assert!(server.heard.recv().await.is_some(), "it may have been handed over here");
    worker.letter().await;
    worker.send_beat(KEY, &[]).await;
    assert!(worker.is_cut().await);
    assert!(server.registry.workers(GROUP).is_empty());
}

#[tokio::test]
async fn a_run_from_submit_to_its_end() {
    let mut server = serve(Limits::default());
    let mut worker = ready(&server).await;
    let seen = server.registry.workers(GROUP).remove(0);
    assert!(seen.ready && seen.version == "v1.0.7");
    assert_eq!(seen.route(), format!("127000000001_42_1@127.0.0.1:{}:7000", worker.own.port));

    let order = run(ExecuteMode::Standalone);
    server.registry.submit(&seen.id, &order).unwrap();
    let letter = worker.letter().await;
    let said: ServerSubmitJobInstanceRequest = letter.message().unwrap().unwrap();
    assert_eq!((said.job_instance_id, said.job_type.as_str()), (order.instance, "golang"));
    let taken = ServerSubmitJobInstanceResponse { success: true, message: None };
    let own = worker.own.path("user/job_instance_routing/$c");
    worker.write(letter::answer(&letter.sender, &own, &taken)).await;
    let expected = |news| Report {
        app_group: GROUP,
        worker: seen.id.clone(),
        instance: order.instance,
        node: Some(0),
        news,
    };
    assert_eq!(server.heard.recv().await, Some(expected(News::Accepted)));

    worker.report(order.instance, 4, 9).await;
    let said: WorkerReportJobInstanceStatusResponse = worker.letter().await.message().unwrap().unwrap();
    assert_eq!((said.success, said.delivery_id), (true, 9));
    let end = News::Ended { success: true, result: "done".into(), progress: String::new() };
    assert_eq!(server.heard.recv().await, Some(expected(end)));
}

#[tokio::test]
async fn progress_has_no_sender_and_gets_no_answer() {
    let mut server = serve(Limits::default());
    let mut worker = ready(&server).await;
    let progress = r#"{"taskProgress":null}"#.to_owned();
    let said = WorkerReportJobInstanceProgressRequest { progress: progress.clone(), ..Default::default() };
    worker.ask("map_master_router", "", &said).await;
    assert_eq!(server.heard.recv().await.map(|report| report.news), Some(News::Progress { progress }));
    // The next thing said to the worker answers its heartbeat.
    assert!(worker.beat(KEY, &[]).await.success);
}

#[tokio::test]
async fn whoever_has_the_wrong_key_is_nobody() {
    let mut server = serve(Limits::default());
    let mut worker = associated(&server).await;
    worker.report(1, 4, 1).await;
    let answer = worker.beat("another key", &[]).await;
    assert!(!answer.success && answer.message.unwrap().contains("app key"));
    assert!(server.registry.workers(GROUP).is_empty());
    // A key that was revoked puts a worker out.
    assert!(worker.beat(KEY, &[]).await.success);
    let _: WorkerReportJobInstanceStatusResponse = worker.letter().await.message().unwrap().unwrap();
    assert!(!worker.beat("another key", &[]).await.success);
    assert!(server.registry.workers(GROUP).is_empty());
    worker.report(2, 4, 2).await;
    assert!(!worker.beat("another key", &[]).await.success);
    assert_eq!(server.heard.try_recv().map(|report| report.instance), Ok(1));
    assert!(server.heard.try_recv().is_err());
}

#[tokio::test]
async fn a_report_right_after_dialling_again_waits_for_the_heartbeat() {
    let mut server = serve(Limits::default());
    let mut worker = associated(&server).await;
    worker.report(5, 5, 1).await;
    assert!(worker.beat(KEY, &[]).await.success);
    let said: WorkerReportJobInstanceStatusResponse = worker.letter().await.message().unwrap().unwrap();
    assert!(said.success);
    assert_eq!(server.heard.recv().await.unwrap().instance, 5);
}

#[tokio::test]
async fn what_the_store_cannot_take_yet_is_kept_and_answered_later() {
    let mut server = serve(Limits::default());
    *server.notes.away.lock().unwrap() = 1;
    let mut worker = ready(&server).await;
    worker.report(5, 4, 1).await;
    let said: WorkerReportJobInstanceStatusResponse = worker.letter().await.message().unwrap().unwrap();
    assert!(said.success);
    assert_eq!(server.heard.recv().await.unwrap().instance, 5);
}

#[tokio::test]
async fn a_new_connection_takes_over_and_a_lost_one_ends_readiness() {
    let server = serve(Limits::default());
    let mut former = ready(&server).await;
    let mut latter = associated(&server).await;
    latter.beat(KEY, &[]).await;
    server.registry.submit(&former.own.system, &run(ExecuteMode::Standalone)).unwrap();
    assert_eq!(latter.letter().await.name, "ServerSubmitJobInstanceRequest");
    former.beat(KEY, &[]).await;
    drop(latter);
    server.registry.submit(&former.own.system, &run(ExecuteMode::Standalone)).unwrap();
    assert_eq!(former.letter().await.name, "ServerSubmitJobInstanceRequest");
}

#[tokio::test]
async fn strays_are_stopped() {
    let server = serve(Limits::default());
    server.notes.strays.lock().unwrap().insert(99);
    let mut worker = ready(&server).await;
    // The order to stop may come before the heartbeat's answer.
    assert!(worker.beat(KEY, &[98, 99]).await.success);
    worker.send_beat(KEY, &[98, 99]).await;
    let said: ServerKillJobInstanceRequest = worker.letter().await.message().unwrap().unwrap();
    assert_eq!((said.job_instance_id, said.app_group_id), (99, Some(GROUP)));
    assert_eq!(worker.letter().await.name, "WorkerHeartBeatResponse");
}

#[tokio::test]
async fn whoever_came_before_the_server_was_given_up_comes_again() {
    let mut server = serve(Limits::default());
    let mut worker = ready(&server).await;
    // The others gave it up, and it has joined again.
    server.notes.number.store(1, Ordering::Relaxed);
    worker.report(5, 4, 1).await;
    assert_eq!(server.heard.recv().await.unwrap().node, Some(0));
    worker.letter().await;
    worker.send_beat(KEY, &[]).await;
    assert!(worker.is_cut().await);
    assert!(ready(&server).await.beat(KEY, &[]).await.success);
}

#[tokio::test]
async fn a_hundred_strays_are_stopped_at_once() {
    let server = serve(Limits::default());
    let all: Vec<i64> = (1..=1_000).collect();
    server.notes.strays.lock().unwrap().extend(&all);
    let mut worker = ready(&server).await;
    worker.beat(KEY, &all).await;
    worker.send_beat(KEY, &all).await;
    let mut stopped = 0;
    while worker.letter().await.name == "ServerKillJobInstanceRequest" {
        stopped += 1;
    }
    assert_eq!(stopped, 100);
}

#[tokio::test]
async fn numbered_letters_are_acknowledged_and_akkas_own_are_ignored() {
    let server = serve(Limits::default());
    let mut worker = associated(&server).await;
    let path = |path: &str| crate::codec::transport::ActorRefData { path: path.to_owned() };
    let identify = crate::codec::transport::RemoteEnvelope {
        recipient: path("akka.tcp://server@127.0.0.1:1/"),
        message: crate::codec::transport::SerializedMessage { serializer: 16, ..Default::default() },
        sender: Some(path("akka.tcp://w@127.0.0.1:2/")),
        seq: Some(crate::codec::protobuf::Fixed64(7)),
    };
    worker.write(frame::envelope(identify)).await;
    let ack = loop {
        if let Some(payload) = worker.next().await.unwrap().payload {
            break AckAndEnvelopeContainer::decode(payload).unwrap().ack;
        }
    };
    assert_eq!(ack.unwrap().cumulative.0, 7);
    assert!(worker.beat(KEY, &[]).await.success);
}

#[tokio::test]
async fn garbage_and_giants_and_farewells_end_the_connection() {
    let server = serve(Limits { stranger_frame_bytes: 1000, frame_bytes: 4000, ..Limits::default() });
    let beat = WorkerHeartBeatResponse { success: true, message: None };
    let payload = letter::answer("akka.tcp://a@b:1/x", "", &beat);
    for before in [
        Bytes::from_static(b"GET / HTTP/1.1\r\n\r\n"),
        Bytes::from_static(&[0, 0, 0, 1, 0xff]),
        Bytes::from_static(&[0, 0, 3, 233]),
        payload,
    ] {
        let mut worker = dial(&server).await;
        worker.write(&before).await;
        assert!(worker.is_cut().await, "{before:?}");
    }
    for after in [
        Bytes::from_static(&[0, 0, 15, 161]),
        frame::instruction(command::DISASSOCIATE),
        frame::instruction(command::DISASSOCIATE_QUARANTINED),
    ] {
        let mut worker = ready(&server).await;
        worker.write(&after).await;
        assert!(worker.is_cut().await, "{after:?}");
    }
    // Others are served all the while.
    ready(&server).await;
}

#[tokio::test]
async fn byte_by_byte_is_read_too() {
    let server = serve(Limits::default());
    let mut worker = dial(&server).await;
    worker.stream.set_nodelay(true).unwrap();
    for byte in frame::associate(&worker.own, 1) {
        worker.write([byte]).await;
    }
    assert!(worker.next().await.unwrap().instruction.is_some());
}

#[tokio::test]
async fn whoever_has_nothing_to_say_is_not_kept() {
    let brief = Duration::from_millis(20);
    let server = serve(Limits { handshake: brief, ..Limits::default() });
    assert!(dial(&server).await.is_cut().await);
    let server = serve(Limits { stranger: brief, ..Limits::default() });
    assert!(associated(&server).await.is_cut().await);
    let server = serve(Limits { silence: brief, ..Limits::default() });
    let mut worker = associated(&server).await;
    worker.send_beat(KEY, &[]).await;
    assert!(worker.is_cut().await);
}

#[tokio::test]
async fn akka_workers_hear_signs_of_life() {
    let server = serve(Limits { pulse: Duration::from_millis(10), ..Limits::default() });
    let mut worker = associated(&server).await;
    for _ in 0..3 {
        assert_eq!(worker.next().await.unwrap().instruction.unwrap().command, command::HEARTBEAT);
    }
}

#[tokio::test]
async fn a_worker_that_stops_reading_costs_its_connection_and_nothing_else() {
    let server = serve(Limits { queue_bytes: 1 << 20, ..Limits::default() });
    let worker = ready(&server).await;
    let mut large = run(ExecuteMode::Standalone);
    large.parameters = "x".repeat(1 << 16);
    let submit = || server.registry.submit(&worker.own.system, &large);
    // The kernel's buffers and the queue have an end.
    let fault = loop {
        if let Err(fault) = submit() {
            break fault;
        }
    };
    assert_eq!(fault, LinkFault::Gone);
    ready(&server).await;
}

#[tokio::test]
async fn only_so_many_connections_at_once() {
    let server = serve(Limits { connections: 1, ..Limits::default() });
    let mut first = associated(&server).await;
    let mut second = dial(&server).await;
    second.write(frame::associate(&second.own, 2)).await;
    // Time enough to answer somebody who had a place.
    for _ in 0..20 {
        assert!(first.beat(KEY, &[]).await.success);
    }
    let waiting = second.stream.try_read(&mut [0; 64]).map_err(|error| error.kind());
    assert_eq!(waiting, Err(std::io::ErrorKind::WouldBlock));
    drop(first);
    assert!(second.next().await.is_some());
}

#[tokio::test]
async fn stopping_resets_all_connections() {
    let server = serve(Limits::default());
    let mut worker = ready(&server).await;
    server.stop.send_replace(true);
    server.served.await.unwrap();
    let error = loop {
        let mut bytes = [0; 64];
        match worker.stream.read(&mut bytes).await {
            Ok(0) => break None,
            Ok(_) => {}
            Err(error) => break Some(error.kind()),
        }
    };
    assert_eq!(error, Some(std::io::ErrorKind::ConnectionReset));
}

#[tokio::test]
async fn our_own_workers_lines_are_kept_and_answered() {
    let server = serve(Limits::default());
    let mut worker = ready(&server).await;
    let line = MusterLogLine { stream: "stderr".into(), age_ms: 5, text: "oh".into() };
    let said = MusterLogRequest {
        job_instance_id: 9,
        run: 3,
        first: 4,
        lines: vec![line],
        group_id: "g".into(),
        ..MusterLogRequest::default()
    };
    worker.ask("log_router", "temp/$l", &said).await;
    let answer: MusterLogResponse = worker.letter().await.message().unwrap().unwrap();
    assert_eq!((answer.success, answer.run, answer.taken), (true, 3, 5));
    let kept = server.notes.logs.lock().unwrap();
    assert_eq!((kept[0].instance, kept[0].worker.as_str()), (9, worker.own.system.as_str()));
}

#[tokio::test]
async fn a_word_to_another_worker_is_passed_on_or_comes_back() {
    let server = serve(Limits::default());
    let mut master = ready(&server).await;
    let mut member = dial(&server).await;
    member.own.system = "member".into();
    member.starter = "muster";
    member.get_ready(KEY).await;
    let word = |to: &str| MusterRelay {
        to: to.into(),
        from: "a liar".into(),
        group_id: "g".into(),
        body: "{}".into(),
        undelivered: None,
    };
    for (to, undelivered) in [("member", None), ("nobody", Some(true)), ("127000000001_42_1", Some(true))] {
        master.ask("members", "", &word(to)).await;
        let heard: MusterRelay = match undelivered {
            None => member.letter().await,
            Some(_) => master.letter().await,
        }
        .message()
        .unwrap()
        .unwrap();
        let from = if undelivered.is_some() { to } else { "127000000001_42_1" };
        assert_eq!((heard.from.as_str(), heard.undelivered, heard.body), (from, undelivered, "{}".into()));
    }
}
