//! The whole application in this process, with callers of every kind.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use muster::client::Signer;
use muster::config::{self, Flags};
use muster::features::{self, Features, World};
use muster::serve::App;
use muster::server::Handler;
use muster_core::{Clock, Random, SharedRandom, Timestamp};
use muster_db::testing::TestStore;
use muster_db::{Durability, Tx};
use muster_identity::{
    AccountName, Caller, NewAccessKey, NewPolicy, NewUser, Origin, PolicyName, Secret, Target,
};
use muster_jobs::link::{NoWorkers, WorkerLink};
use muster_wire::{Body, Request};
use muster_workers::Advertised;
use tokio::runtime::Runtime;

const HOST: &str = "muster.example";
const ROOT: (&str, &str) = ("ROOTKEY0000000000000", "the-root-users-secret");
/// Allows everything, and denies everything.
const DENIED: &str = r#"{"Version":"1","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},
    {"Effect":"Deny","Action":"*","Resource":"*"}]}"#;

/// Who calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    /// Without credentials.
    Nobody,
    /// A user without any policy.
    Powerless,
    /// A user whose policy allows everything and denies everything.
    Denied,
    /// Who may do everything.
    Root,
}

/// An answer, with its body as text.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: String,
}

pub(crate) struct Door {
    app: Arc<App>,
    runtime: Runtime,
    store: TestStore,
    root: Signer,
    denied: Signer,
    powerless: Signer,
    calls: AtomicU64,
    pub(crate) account_id: String,
    pub(crate) project_id: String,
    pub(crate) domain_id: String,
}

impl Door {
    pub(crate) fn open() -> Self {
        let store = TestStore::sqlite(&features::migrations()).unwrap();
        let data = store.folder.path().display().to_string();
        let environment = [
            ("MUSTER_DATA", data.as_str()),
            ("MUSTER_ROOT_ACCESS_KEY_ID", ROOT.0),
            ("MUSTER_ROOT_ACCESS_KEY_SECRET", ROOT.1),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
        let (settings, _) = config::load(&Flags::default(), environment).unwrap();
        let world = World {
            clock: store.clock.clone(),
            random: Arc::new(SharedRandom::new(Random::from_number(1))),
            signals: store.signals.clone(),
            durability: Durability::Unflushed,
        };
        let identity = Arc::new(features::open_identity(&settings, &store.db, &world).unwrap());
        let features = Features::new(&settings, Arc::clone(&identity), "http://muster.example/").unwrap();
        let advertised = Advertised::new(None, ([127, 0, 0, 1], 52014).into()).unwrap();
        let link: Arc<dyn WorkerLink> = Arc::new(NoWorkers);
        let app = App::new(&settings, &store.db, &features, &world, &link, &link, advertised).unwrap();
        let app = Arc::new(app);
        let root = identity.act_as_root(&AccountName::First, origin(store.clock.now())).unwrap();
        let (account_id, project_id) = (root.account_id.clone(), root.project_id.clone());
        let domain_id = root.domain_id.clone();
        let users = store.db.write_blocking(move |tx| {
            let document = DENIED.to_owned();
            let policy = NewPolicy { name: "denied".into(), description: String::new(), document };
            identity.create_policy(tx, &root, &policy)?;
            let denied = user(&identity, tx, &root, "eve")?;
            identity.attach_policy(tx, &root, &PolicyName::any("denied"), &Target::User("eve".into()))?;
            Ok((denied, user(&identity, tx, &root, "bob")?))
        });
        let (denied, powerless) = users.unwrap();
        let signer = |(id, secret): (&str, &str)| Signer {
            key_id: id.to_owned(),
            secret: secret.to_owned(),
            host: HOST.to_owned(),
        };
        let of_user = |(id, secret): &(String, Secret)| signer((id, secret.expose()));
        let (denied, powerless) = (of_user(&denied), of_user(&powerless));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        Self {
            app,
            runtime,
            store,
            root: signer(ROOT),
            denied,
            powerless,
            calls: AtomicU64::new(0),
            account_id,
            project_id,
            domain_id,
        }
    }

    /// Calls with a request that `sign` makes; for nobody the proof is taken off it.
    pub(crate) fn call(
        &self,
        who: Who,
        sign: impl FnOnce(&Signer, Timestamp, &str) -> http::Request<Bytes>,
    ) -> Answer {
        let signer = match who {
            Who::Root => &self.root,
            Who::Powerless => &self.powerless,
            Who::Denied | Who::Nobody => &self.denied,
        };
        let (now, number) = (self.store.clock.now(), self.calls.fetch_add(1, Ordering::Relaxed));
        let (mut head, body) = sign(signer, now, &format!("nonce-{number}")).into_parts();
        if who == Who::Nobody {
            head.headers.remove("authorization");
        }
        self.knock(head, body)
    }

    /// Sends a request as it stands.
    pub(crate) fn knock(&self, head: http::request::Parts, body: Bytes) -> Answer {
        let now = self.store.clock.now();
        let request = Request {
            method: head.method,
            path: head.uri.path().to_owned(),
            query: head.uri.query().unwrap_or_default().to_owned(),
            headers: head.headers,
            body,
            source_ip: origin(now).source_ip,
            secure: false,
            id: origin(now).request_id,
            received: now,
        };
        let response = self.runtime.block_on(Arc::clone(&self.app).handle(request));
        let Body::Bytes(body) = response.body else { panic!("a stream") };
        Answer { status: response.status.as_u16(), body: String::from_utf8(body.to_vec()).unwrap() }
    }

    /// How many rows all tables hold together.
    pub(crate) fn rows(&self) -> i64 {
        let count = |tx: &mut Tx<'_>| {
            let mut rows = 0;
            for (table, _) in tx.tables()? {
                rows +=
                    tx.query_one(&format!("SELECT count(*) FROM {table}"), &[], |row| row.get::<i64>(0))?;
            }
            Ok(rows)
        };
        self.store.db.read_blocking(count).unwrap()
    }
}

/// What is wrong with the operations of an API, all of it at once.
#[derive(Debug, Default)]
pub(crate) struct Faults(Vec<String>);

impl Faults {
    pub(crate) fn unless(&mut self, holds: bool, operation: &str, what: &str, answer: &Answer) {
        if !holds {
            self.0.push(format!("{operation} {what}: {} {}", answer.status, answer.body));
        }
    }
}

impl Drop for Faults {
    fn drop(&mut self) {
        assert!(std::thread::panicking() || self.0.is_empty(), "{}", self.0.join("\n"));
    }
}

fn origin(at: Timestamp) -> Origin {
    Origin {
        source_ip: std::net::Ipv4Addr::LOCALHOST.into(),
        secure: false,
        request_id: muster_core::Uuid::nil(),
        at,
    }
}

fn user(
    identity: &muster_identity::Service,
    tx: &mut Tx<'_>,
    root: &Caller,
    name: &str,
) -> muster_core::Result<(String, Secret)> {
    let new = NewUser { name: name.to_owned(), description: String::new(), password: None };
    identity.create_user(tx, root, &new)?;
    let new = NewAccessKey { user: name.to_owned(), chosen: None, description: String::new() };
    identity.create_access_key(tx, root, &new).map(|(key, secret)| (key.id, secret))
}
