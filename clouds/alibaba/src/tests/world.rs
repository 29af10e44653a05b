//! A vendor with a first account, and clients that sign as the real ones do.

use std::cell::Cell;
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use jiff::tz::TimeZone;
use muster_core::{Clock, Random, Result, SharedRandom, Timestamp, Uuid};
use muster_db::Tx;
use muster_db::testing::TestStore;
use muster_identity::{AccountName, Caller, NewAccessKey, NewPolicy, NewUser, Origin, PolicyName, Target};
use muster_jobs::instances::BusyLimits;
use muster_notify::ContactSettings;
use muster_wire::encoding::percent_encode;
use muster_wire::{Body, Request, Response, Vendor};
use serde_json::Value;

use super::workers::SomeWorkers;
use crate::rpc::signature::v1;
use crate::rpc::signature::v3::{self, ALWAYS_SIGNED, Algorithm, Names, Signed};
use crate::rpc::{Gateway, Parameters, format_timestamp};
use crate::{Alibaba, Services, cloudmonitor, schedulerx, sts};

pub(super) const SCHEDULERX: &str = "2019-04-30";
pub(super) const CLOUDMONITOR: &str = "2019-01-01";
pub(super) const STS: &str = "2015-04-01";
const HOST: &str = "127.0.0.1:8080";

/// An access key as a client holds it.
#[derive(Clone, Debug)]
pub(super) struct Key {
    pub(super) id: String,
    pub(super) secret: String,
    pub(super) token: Option<String>,
}

/// How a client says which operation it means and where parameters travel (`alibaba-rpc.md` 2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// V3, POST, query string.
    F1,
    /// V3, GET, query string.
    F2,
    /// V3, POST, form body.
    F3,
    /// V1, POST, query string.
    F4,
    /// V1, POST, operation's parameters in a form body.
    F5,
    /// V1, GET, query string.
    F6,
    /// V1, POST, everything in a form body.
    F7,
}

impl Form {
    pub(super) const ALL: [Self; 7] = [Self::F1, Self::F2, Self::F3, Self::F4, Self::F5, Self::F6, Self::F7];
}

pub(super) struct World {
    pub(super) store: TestStore,
    pub(super) identity: Arc<muster_identity::Service>,
    pub(super) root: Key,
    alibaba: Alibaba,
    nonces: Cell<u32>,
}

impl World {
    pub(super) fn new() -> Self {
        Self::on(TestStore::sqlite(&migrations()).unwrap(), 0)
    }

    /// The same store under a new process: everything in memory is gone.
    pub(super) fn restarted(self) -> Self {
        let (root, nonces) = (self.root, self.nonces.get());
        Self { root, ..Self::on(self.store, nonces) }
    }

    fn on(store: TestStore, nonces: u32) -> Self {
        let settings = muster_identity::Settings::new("cn-hangzhou", store.folder.path().join("key"));
        let random = Arc::new(SharedRandom::new(Random::from_os()));
        let started =
            muster_identity::Service::start(store.db.clone(), settings, store.clock.clone(), random).unwrap();
        let identity = Arc::new(started.service);
        let key = started.first.map(|first| Key {
            id: first.access_key_id,
            secret: first.access_key_secret,
            token: None,
        });
        let notify =
            Arc::new(muster_notify::Service::new(ContactSettings::default(), "http://127.0.0.1:8080"));
        let services = Services {
            schedulerx: Arc::new(schedulerx::Services {
                app_groups: Arc::new(muster_jobs::app_groups::Service::new(Arc::clone(&notify))),
                jobs: Arc::new(muster_jobs::job::Service { zone: TimeZone::UTC }),
                instances: Arc::new(muster_jobs::instances::Service { zone: TimeZone::UTC }),
                workflows: Arc::new(muster_jobs::workflows::Service { zone: TimeZone::UTC }),
                logs: muster_jobs::logs::Service::default(),
                workers: schedulerx::Workers(Arc::new(SomeWorkers)),
                busy_limits: BusyLimits::default(),
                identity: Arc::clone(&identity),
                zone: TimeZone::UTC,
            }),
            cloudmonitor: Arc::new(cloudmonitor::Services {
                notify,
                alarms: Arc::default(),
                metrics: Arc::new(muster_metrics::Service::new(muster_metrics::Limits::default())),
                masks: Arc::default(),
                templates: Arc::default(),
                resources: Arc::default(),
                events: Arc::default(),
            }),
            sts: Arc::new(sts::Services { identity: Arc::clone(&identity) }),
        };
        let alibaba =
            Alibaba::new(Gateway { db: store.db.clone(), identity: Arc::clone(&identity) }, services);
        let none = || Key { id: String::new(), secret: String::new(), token: None };
        Self { store, identity, root: key.unwrap_or_else(none), alibaba, nonces: Cell::new(nonces) }
    }

    pub(super) fn now(&self) -> Timestamp {
        self.store.clock.now()
    }

    /// The root user, for what the command line does.
    pub(super) fn admin(&self) -> Caller {
        let origin = Origin {
            source_ip: [127, 0, 0, 1].into(),
            secure: false,
            request_id: Uuid::nil(),
            at: self.now(),
        };
        self.identity.act_as_root(&AccountName::First, origin).unwrap()
    }

    pub(super) fn write<T: Send + 'static>(
        &self,
        work: impl Fn(&muster_identity::Service, &mut Tx<'_>, &Caller) -> Result<T> + Send + 'static,
    ) -> T {
        let (identity, admin) = (Arc::clone(&self.identity), self.admin());
        self.store.db.write_blocking(move |tx| work(&identity, tx, &admin)).unwrap()
    }

    /// A user with one policy document, its access key and its number.
    pub(super) fn user(&self, name: &str, document: &str) -> (Key, String) {
        let (name, document) = (name.to_owned(), document.to_owned());
        self.write(move |identity, tx, admin| {
            let new = NewUser { name: name.clone(), description: String::new(), password: None };
            let user = identity.create_user(tx, admin, &new)?;
            let new =
                NewPolicy { name: name.clone(), description: String::new(), document: document.clone() };
            identity.create_policy(tx, admin, &new)?;
            let policy = PolicyName::any(name.clone());
            identity.attach_policy(tx, admin, &policy, &Target::User(name.clone()))?;
            let new = NewAccessKey { user: name.clone(), chosen: None, description: String::new() };
            let (key, secret) = identity.create_access_key(tx, admin, &new)?;
            Ok((Key { id: key.id, secret: secret.expose().to_owned(), token: None }, user.number))
        })
    }

    pub(super) fn nonce(&self) -> String {
        self.nonces.set(self.nonces.get() + 1);
        format!("nonce-{}", self.nonces.get())
    }

    /// The next nonce is the last one again.
    pub(super) fn rewind_nonce(&self) {
        self.nonces.set(self.nonces.get() - 1);
    }

    /// A well-signed request.
    pub(super) fn request(
        &self,
        form: Form,
        key: &Key,
        version: &str,
        action: &str,
        pairs: &[(&str, &str)],
    ) -> Request {
        let parameters: Vec<(String, String)> =
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        match form {
            Form::F1 | Form::F2 | Form::F3 => self.v3(form, key, version, action, parameters),
            Form::F4 | Form::F5 | Form::F6 | Form::F7 => self.v1(form, key, version, action, parameters),
        }
    }

    fn v3(
        &self,
        form: Form,
        key: &Key,
        version: &str,
        action: &str,
        parameters: Vec<(String, String)>,
    ) -> Request {
        let in_body = form == Form::F3;
        let method = if form == Form::F2 { Method::GET } else { Method::POST };
        let (query, body) =
            if in_body { (Vec::new(), encoded(&parameters)) } else { (parameters, String::new()) };
        let hash = Algorithm::Sha256.hash(body.as_bytes());
        let (date, nonce) = (format_timestamp(self.now()), self.nonce());
        let mut headers = HeaderMap::new();
        let values = [HOST, action, &hash, &date, &nonce, version];
        for (name, value) in ALWAYS_SIGNED.into_iter().zip(values) {
            headers.insert(HeaderName::from_static(name), header(value));
        }
        headers.insert("accept", header("application/json"));
        let mut signed = ALWAYS_SIGNED.join(";");
        if let Some(token) = &key.token {
            headers.insert("x-acs-security-token", header(token));
            headers.insert("x-acs-accesskey-id", header(&key.id));
            signed.push_str(";x-acs-accesskey-id;x-acs-security-token");
        }
        if in_body {
            headers.insert("content-type", header("application/x-www-form-urlencoded"));
        }
        let parameters = Parameters::from_pairs(query.clone());
        let parts =
            Signed { method: method.as_str(), query: &parameters, headers: &headers, body: body.as_bytes() };
        let canonical = v3::canonical_request(Algorithm::Sha256, parts, &signed, Names::Plain);
        let signature = v3::sign(Algorithm::Sha256, &key.secret, &canonical);
        let authorization =
            format!("ACS3-HMAC-SHA256 Credential={},SignedHeaders={signed},Signature={signature}", key.id);
        headers.insert("authorization", header(&authorization));
        self.plain(method, encoded(&query), headers, body)
    }

    fn v1(
        &self,
        form: Form,
        key: &Key,
        version: &str,
        action: &str,
        parameters: Vec<(String, String)>,
    ) -> Request {
        let method = if form == Form::F6 { Method::GET } else { Method::POST };
        let nonce = self.nonce();
        let date = format_timestamp(self.now());
        let mut platform: Vec<(String, String)> = [
            ("Action", action),
            ("Version", version),
            ("Format", "JSON"),
            ("AccessKeyId", key.id.as_str()),
            ("SignatureMethod", "HMAC-SHA1"),
            ("SignatureVersion", "1.0"),
            ("SignatureNonce", nonce.as_str()),
            // The older Go SDK signs an empty one.
            ("SignatureType", ""),
            ("Timestamp", date.as_str()),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec();
        if let Some(token) = &key.token {
            platform.push(("SecurityToken".to_owned(), token.clone()));
        }
        let all = Parameters::from_pairs(parameters.iter().chain(&platform).cloned());
        let signature = v1::sign(&key.secret, &v1::string_to_sign(method.as_str(), &all));
        platform.push(("Signature".to_owned(), signature));
        let (query, body) = match form {
            Form::F5 => (platform, parameters),
            Form::F7 => (Vec::new(), [platform, parameters].concat()),
            _ => ([platform, parameters].concat(), Vec::new()),
        };
        let mut headers = HeaderMap::new();
        headers.insert("host", header(HOST));
        // Terraform's generic client sends the type even with an empty body, and the two names as headers as well.
        headers.insert("content-type", header("application/x-www-form-urlencoded"));
        headers.insert("x-acs-action", header(action));
        headers.insert("x-acs-version", header(version));
        self.plain(method, encoded(&query), headers, encoded(&body))
    }

    /// A request as it stands.
    pub(super) fn plain(&self, method: Method, query: String, headers: HeaderMap, body: String) -> Request {
        Request {
            method,
            path: "/".to_owned(),
            query,
            headers,
            body: Bytes::from(body),
            source_ip: [127, 0, 0, 1].into(),
            secure: false,
            id: Random::from_os().uuid(),
            received: self.now(),
        }
    }

    pub(super) fn send(&self, request: Request) -> Answer {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        Answer::read(runtime.block_on(self.alibaba.handle(request)))
    }

    /// Signs as the current SDKs do and sends.
    pub(super) fn call(&self, key: &Key, version: &str, action: &str, pairs: &[(&str, &str)]) -> Answer {
        self.send(self.request(Form::F1, key, version, action, pairs))
    }

    /// The same by the root user to SchedulerX.
    pub(super) fn scheduler(&self, action: &str, pairs: &[(&str, &str)]) -> Answer {
        self.call(&self.root, SCHEDULERX, action, pairs)
    }

    /// A namespace with this uid.
    pub(super) fn namespace(&self, uid: &str) {
        let answer = self.scheduler("CreateNamespace", &[("Name", "n"), ("RegionId", "r"), ("Uid", uid)]);
        assert_eq!(answer.json["Success"], true, "{}", answer.json);
    }
}

fn migrations() -> Vec<muster_db::Migration> {
    [
        muster_identity::MIGRATIONS,
        muster_notify::MIGRATIONS,
        muster_jobs::MIGRATIONS,
        muster_resources::MIGRATIONS,
        muster_metrics::MIGRATIONS,
        muster_events::MIGRATIONS,
        muster_alarms::MIGRATIONS,
    ]
    .concat()
}

fn encoded(pairs: &[(String, String)]) -> String {
    let pairs: Vec<String> = pairs
        .iter()
        // As form encoders do it: a blank becomes a plus sign, though %20 was signed.
        .map(|(name, value)| {
            format!("{}={}", percent_encode(name), percent_encode(value).replace("%20", "+"))
        })
        .collect();
    pairs.join("&")
}

fn header(value: &str) -> HeaderValue {
    HeaderValue::from_str(value).unwrap()
}

/// What came back.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) text: String,
    /// Null when the body is not JSON.
    pub(super) json: Value,
}

impl Answer {
    fn read(response: Response) -> Self {
        let Body::Bytes(body) = response.body else { panic!("no stream is expected") };
        let text = String::from_utf8(body.to_vec()).unwrap();
        let json = serde_json::from_str(&text).unwrap_or_default();
        Self { status: response.status, headers: response.headers, text, json }
    }

    /// Status and code of a refusal, after the checks that hold for every one.
    #[track_caller]
    pub(super) fn refused(&self) -> (u16, String) {
        assert!(self.status.is_client_error() || self.status.is_server_error(), "{}", self.text);
        for name in ["RequestId", "HostId", "Code", "Message", "Recommend"] {
            assert!(self.json[name].as_str().is_some_and(|text| !text.is_empty()), "{name}: {}", self.text);
        }
        assert_eq!(self.headers["x-acs-request-id"], self.json["RequestId"].as_str().unwrap());
        (self.status.as_u16(), self.json["Code"].as_str().unwrap().to_owned())
    }

    /// The code of a refusal in SchedulerX's own style, after the checks that Terraform's reading needs.
    #[track_caller]
    pub(super) fn business(&self) -> i64 {
        assert_eq!(self.status, 200, "{}", self.text);
        assert_eq!(self.json["Success"], false, "{}", self.text);
        assert!(self.json["Message"].as_str().is_some_and(|text| !text.is_empty()), "{}", self.text);
        assert!(self.json.get("Data").is_none(), "{}", self.text);
        self.json["Code"].as_i64().unwrap()
    }

    /// `Data` of a success.
    #[track_caller]
    pub(super) fn data(&self) -> &Value {
        assert_eq!(self.status, 200, "{}", self.text);
        assert_eq!((&self.json["Success"], &self.json["Code"]), (&true.into(), &200.into()), "{}", self.text);
        self.json.get("Data").unwrap_or(&Value::Null)
    }
}
