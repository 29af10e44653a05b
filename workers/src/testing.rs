//! What the tests of this crate share.

use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, Method};
use muster_core::{Timestamp, Uuid};
use muster_db::testing::TestStore;
use muster_identity::testing::root_caller;
use muster_jobs::app_groups::{self, AppGroup, NewAppGroup};
use muster_jobs::instances::Trigger;
use muster_jobs::job::{ExecuteMode, JobKind, MapSettings, TimeKind};
use muster_jobs::link::Run;
use muster_jobs::namespaces::{self, NewNamespace};
use muster_wire::Request;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::codec::messages::{
    Named, WorkerHeartBeatRequest, WorkerHeartBeatResponse, WorkerReportJobInstanceStatusRequest,
};
use crate::codec::transport::{AckAndEnvelopeContainer, AkkaProtocolMessage, command};
use crate::codec::{Address, Frames, Letter, Message, frame, letter};

/// The account of [`Office`].
pub(crate) const ALICE: &str = "1000000000000001";
const BOB: &str = "1000000000000002";

/// A store with the namespace "ns" and the group "pay.batch" in it.
pub(crate) struct Office {
    pub(crate) store: TestStore,
    pub(crate) group: AppGroup,
}

impl Office {
    /// Another account's group, with a name of its own and the key "other".
    pub(crate) async fn another_group(&self) -> AppGroup {
        let contacts = muster_notify::ContactSettings::default();
        let contacts = Arc::new(muster_notify::Service::new(contacts, "http://127.0.0.1:8080"));
        let groups = app_groups::Service::new(contacts);
        let group = self.store.db.write(move |tx| {
            let bob = root_caller(BOB);
            let namespace =
                NewNamespace { uid: Some("ns".into()), name: "n".into(), description: String::new() };
            namespaces::create(tx, &bob, namespace)?;
            let app_key = Some("other".to_owned());
            groups.create(tx, &bob, &NewAppGroup { app_key, ..NewAppGroup::named("ns", "other", "Other") })
        });
        group.await.unwrap()
    }

    pub(crate) async fn open() -> Self {
        let migrations = [muster_notify::MIGRATIONS, muster_jobs::MIGRATIONS].concat();
        let store = TestStore::sqlite(&migrations).unwrap();
        let contacts = muster_notify::ContactSettings::default();
        let contacts = Arc::new(muster_notify::Service::new(contacts, "http://127.0.0.1:8080"));
        let groups = app_groups::Service::new(contacts);
        let group = store.db.write(move |tx| {
            let alice = root_caller(ALICE);
            let namespace =
                NewNamespace { uid: Some("ns".into()), name: "n".into(), description: String::new() };
            namespaces::create(tx, &alice, namespace)?;
            // Every character that a key can have and a query cannot.
            let app_key = Some("a+b/c==".to_owned());
            groups.create(
                tx,
                &alice,
                &NewAppGroup { app_key, ..NewAppGroup::named("ns", "pay.batch", "Pay") },
            )
        });
        let group = group.await.unwrap();
        Self { store, group }
    }
}

/// A GET by somebody who has reached the server as `muster.example:8080`.
pub(crate) fn request(target: &str) -> Request {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    Request {
        method: Method::GET,
        path: path.to_owned(),
        query: query.to_owned(),
        headers: HeaderMap::from_iter([(http::header::HOST, "muster.example:8080".parse().unwrap())]),
        body: Bytes::new(),
        source_ip: "127.0.0.1".parse().unwrap(),
        secure: false,
        id: Uuid::nil(),
        received: Timestamp::default(),
    }
}

/// A second try of the task `HelloWorld`, in the group 7.
pub(crate) fn run(mode: ExecuteMode) -> Run {
    Run {
        job: 1_000_000_000_001,
        instance: 1_000_000_000_002,
        app_group: 7,
        group_id: "g".into(),
        namespace: "ns".into(),
        job_name: "hello".into(),
        kind: JobKind::Go,
        mode,
        time_kind: TimeKind::Cron,
        time_expression: "0 * * * * ?".into(),
        class_name: String::new(),
        content: r#"{"jobName":"HelloWorld"}"#.into(),
        parameters: "p".into(),
        instance_parameters: String::new(),
        map: MapSettings::default(),
        xattrs: String::new(),
        template: String::new(),
        scheduled_at: Timestamp::from_millis(1_768_465_800_000),
        data_at: Timestamp::from_millis(1_768_465_740_000),
        trigger: Trigger::Schedule,
        is_designated: false,
        max_concurrency: 1,
        max_attempt: 3,
        attempt: 1,
        workflow_instance: None,
        upstream: Vec::new(),
        workers: vec!["a@10.0.0.1:50000:7000".into()],
        killed_at: None,
        lease_ms: 30_000,
    }
}

/// The official worker's behaviour, as far as the server sees it.
pub(crate) struct FakeWorker {
    pub(crate) stream: TcpStream,
    frames: Frames,
    pub(crate) own: Address,
    pub(crate) server: Address,
    pub(crate) starter: &'static str,
    /// The number of its process.
    pub(crate) uid: u64,
    pub(crate) group: i64,
    pub(crate) group_id: String,
}

impl FakeWorker {
    pub(crate) async fn dial(server: SocketAddr, group: i64, group_id: &str) -> Self {
        let stream = TcpStream::connect(server).await.unwrap();
        let port = stream.local_addr().unwrap().port();
        let own = Address { system: "127000000001_42_1".into(), host: "127.0.0.1".into(), port };
        let server = Address { system: "server".into(), host: "127.0.0.1".into(), port: server.port() };
        Self {
            stream,
            frames: Frames::default(),
            own,
            server,
            starter: "go",
            uid: 0x1122_3344_5566_7788,
            group,
            group_id: group_id.to_owned(),
        }
    }

    pub(crate) async fn associate(&mut self) {
        self.write(frame::associate(&self.own, self.uid)).await;
        let answer = self.next().await.unwrap().instruction.unwrap();
        assert_eq!(answer.command, command::ASSOCIATE);
        let handshake = answer.handshake.unwrap();
        assert_eq!(Address::from_data(handshake.origin), Some(self.server.clone()));
        assert!(handshake.uid.0 > 0 && handshake.uid.0 < 1 << 31);
    }

    /// Associates, and beats twice.
    pub(crate) async fn get_ready(&mut self, key: &str) {
        self.associate().await;
        for _ in 0..2 {
            assert!(self.beat(key, &[]).await.success);
        }
    }

    pub(crate) async fn write(&mut self, bytes: impl AsRef<[u8]>) {
        self.stream.write_all(bytes.as_ref()).await.unwrap();
    }

    pub(crate) async fn ask<M: Named>(&mut self, actor: &str, sender: &str, message: &M) {
        let sender = if sender.is_empty() { String::new() } else { self.own.path(sender) };
        let frame = letter::request(&self.server, actor, &sender, message);
        self.write(frame).await;
    }

    pub(crate) async fn beat(&mut self, key: &str, instances: &[i64]) -> WorkerHeartBeatResponse {
        self.send_beat(key, instances).await;
        self.letter().await.message().unwrap().unwrap()
    }

    pub(crate) async fn send_beat(&mut self, key: &str, instances: &[i64]) {
        let beat = WorkerHeartBeatRequest {
            group_id: self.group_id.clone(),
            version: "v1.0.7".into(),
            worker_id: self.own.system.clone(),
            job_instance_id: instances.to_vec(),
            starter: Some(self.starter.into()),
            app_group_id: Some(self.group),
            online: Some(true),
            app_key: Some(key.into()),
            rpc_port: Some(7000),
            ..WorkerHeartBeatRequest::default()
        };
        self.ask("heartbeat", "temp/$a", &beat).await;
    }

    pub(crate) async fn report(&mut self, instance: i64, status: i32, delivery: i64) {
        let report = WorkerReportJobInstanceStatusRequest {
            job_instance_id: instance,
            status,
            result: Some("done".into()),
            delivery_id: Some(delivery),
            group_id: Some(self.group_id.clone()),
            ..WorkerReportJobInstanceStatusRequest::default()
        };
        self.ask("instance_status_router", "user/at_least_once_delivery_routing/$b", &report).await;
    }

    /// The next content; nothing when the server has ended the connection.
    pub(crate) async fn next(&mut self) -> Option<AkkaProtocolMessage> {
        loop {
            if let Some(frame) = self.frames.next_frame(1 << 24).unwrap() {
                return Some(AkkaProtocolMessage::decode(frame).unwrap());
            }
            match self.stream.read_buf(&mut self.frames.buffer).await {
                Ok(0) | Err(_) => return None,
                Ok(_) => {}
            }
        }
    }

    /// The next letter; signs of life are passed over.
    pub(crate) async fn letter(&mut self) -> Letter {
        loop {
            let content = self.next().await.unwrap();
            if let Some(payload) = content.payload {
                let container = AckAndEnvelopeContainer::decode(payload).unwrap();
                return Letter::open(container.envelope.unwrap()).unwrap();
            }
        }
    }

    pub(crate) async fn is_cut(&mut self) -> bool {
        while self.next().await.is_some() {}
        true
    }
}
