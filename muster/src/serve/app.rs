//! The application: every API and every engine, named once.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Instant;

use bytes::Bytes;
use http::{HeaderName, Method, StatusCode};
use muster_alibaba::{Alibaba, cloudmonitor, rpc::Gateway, schedulerx, sts};
use muster_console::Console;
use muster_core::{EngineState, Result};
use muster_db::{Db, Health};
use muster_huawei::{Huawei, cloudeye, ecs, eps, rms, smn, tms, workspace};
use muster_jobs::link::{WorkerLink, Workers};
use muster_wire::{Problem, Request, Response, Vendor};
use muster_workers::{Advertised, Discovery, Members};

use super::counters::{self, RequestCounters};
use super::log;
use crate::config::Settings;
use crate::features::{self, Features, World};
use crate::route::{Destination, destination};
use crate::server::Handler;

/// Everything that answers.
pub struct App {
    db: Db,
    body_limit: usize,
    requests: RequestCounters,
    engines: OnceLock<Arc<Mutex<Vec<EngineState>>>>,
    alibaba: Alibaba,
    huawei: Huawei,
    zstack: muster_zstack::Server,
    console: Console,
    discovery: Discovery,
    members: Members,
}

impl App {
    /// The APIs over `features`. Workers are reached through `link`, and told to dial `advertised`; the console shows
    /// `all`, the worker inside the server among them.
    ///
    /// # Errors
    /// `Invalid` for a setting that cannot be used.
    pub fn new(
        settings: &Settings,
        db: &Db,
        features: &Features,
        world: &World,
        link: &Arc<dyn WorkerLink>,
        all: &Arc<dyn WorkerLink>,
        advertised: Advertised,
    ) -> Result<Self> {
        Ok(Self {
            alibaba: alibaba(settings, db, features, link),
            huawei: huawei(settings, db, features),
            zstack: zstack(settings, db, features, world)?,
            console: console(db, features, all),
            discovery: Discovery::new(db.clone(), advertised),
            members: Members::new(db.clone(), Arc::clone(link), features::busy_limits(settings)),
            db: db.clone(),
            body_limit: settings.http.body_limit,
            requests: RequestCounters::default(),
            engines: OnceLock::new(),
        })
    }

    /// Shows these engines on the health page and in the metrics. Only the first call counts.
    pub fn watch_engines(&self, states: Arc<Mutex<Vec<EngineState>>>) {
        self.console.watch_engines(Arc::clone(&states));
        // A second set of engines in one process would be a test's.
        let _ = self.engines.set(states);
    }

    /// Ends what would otherwise stay open for ever: the server is about to stop.
    pub fn hang_up(&self) {
        self.console.hang_up();
    }

    async fn dispatch(&self, destination: Destination, request: Request) -> Response {
        match destination {
            Destination::Public => self.public(&request).await,
            Destination::Health => self.health(&request),
            Destination::Alibaba => self.alibaba.handle(request).await,
            // What is nobody's is refused in the envelope of the gateway that has the most paths.
            Destination::Huawei | Destination::Unknown => self.huawei.handle(request).await,
            Destination::ZStack => self.zstack.handle(request).await,
            Destination::Console => self.console.handle(request).await,
            Destination::Workers if request.path.starts_with("/app/") => self.members.handle(request).await,
            Destination::Workers => self.discovery.handle(request).await,
        }
    }

    async fn public(&self, request: &Request) -> Response {
        let opened = muster_notify::Opened { source_ip: request.source_ip, request_id: request.id };
        match muster_notify::public::answer(&self.db, request.method.as_str(), &request.path, opened).await {
            Ok(page) => {
                let status = StatusCode::from_u16(page.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
                let mut response = Response::new(status, "text/html; charset=utf-8", page.html);
                for (name, value) in muster_notify::public::headers() {
                    response = response.with_header(HeaderName::from_static(name), value);
                }
                response
            }
            Err(error) => {
                tracing::error!(error = %muster_core::describe(&error), "a public page failed");
                text(StatusCode::SERVICE_UNAVAILABLE, "Please try again in a moment.\n")
            }
        }
    }

    fn health(&self, request: &Request) -> Response {
        if !matches!(request.method, Method::GET | Method::HEAD) {
            return text(StatusCode::METHOD_NOT_ALLOWED, "GET only\n");
        }
        let health = self.db.health();
        match (request.path.as_str(), &health) {
            ("/healthz", _) => text(StatusCode::OK, "alive\n"),
            ("/readyz", _) if self.db.retired().borrow().is_some() => {
                text(StatusCode::SERVICE_UNAVAILABLE, "stopping: the store is a newer version's\n")
            }
            ("/readyz", Health::Writable) => text(StatusCode::OK, "ready\n"),
            ("/readyz", Health::ReadOnly(why)) => unready(why),
            ("/metrics", _) => {
                let engines = self.engine_states();
                let body = counters::exposition(&self.requests, self.db.counters(), &health, &engines);
                Response::new(StatusCode::OK, "text/plain; version=0.0.4; charset=utf-8", body)
            }
            _ => nobody(),
        }
    }

    fn engine_states(&self) -> Vec<EngineState> {
        self.engines
            .get()
            .map_or_else(Vec::new, |states| states.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }
}

impl Handler for App {
    async fn handle(self: Arc<Self>, request: Request) -> Response {
        let destination = destination(&request);
        let start = Instant::now();
        let (method, path, id) = (request.method.clone(), log::path(&request.path).to_owned(), request.id);
        let response = self.dispatch(destination, request).await;
        let took = start.elapsed();
        self.requests.note(destination, response.status, took);
        let (api, status, took_us) = (destination.name(), response.status.as_u16(), took.as_micros());
        tracing::debug!(request.id = %id, api, %method, path, status, took_us, "answered");
        response
    }

    fn body_limit(&self, _request: &Request) -> usize {
        self.body_limit
    }

    fn refuse(&self, request: &Request, problem: Problem) -> Response {
        match destination(request) {
            Destination::Alibaba => self.alibaba.refuse(request, problem),
            Destination::Huawei | Destination::Unknown => self.huawei.refuse(request, problem),
            Destination::ZStack => self.zstack.refuse(request, problem),
            Destination::Console => self.console.refuse(request, problem),
            Destination::Public | Destination::Health | Destination::Workers => refuse(problem),
        }
    }
}

fn console(db: &Db, features: &Features, workers: &Arc<dyn WorkerLink>) -> Console {
    let services = muster_console::Services {
        identity: Arc::clone(&features.identity),
        notify: Arc::clone(&features.notify),
        app_groups: Arc::clone(&features.app_groups),
        jobs: Arc::clone(&features.jobs),
        instances: Arc::clone(&features.instances),
        workers: Workers(Arc::clone(workers)),
        workflows: Arc::clone(&features.workflows),
        logs: features.logs,
        scheduled: Arc::clone(&features.scheduled),
        resources: Arc::clone(&features.resources),
        metrics: Arc::clone(&features.metrics),
        events: Arc::clone(&features.events),
        alarms: Arc::clone(&features.alarms),
        apps: Arc::clone(&features.apps),
        masks: Arc::clone(&features.masks),
        resource_group_id: cloudeye::resource_group_id,
    };
    Console::new(db.clone(), services)
}

fn alibaba(settings: &Settings, db: &Db, features: &Features, link: &Arc<dyn WorkerLink>) -> Alibaba {
    let identity = &features.identity;
    let services = muster_alibaba::Services {
        schedulerx: Arc::new(schedulerx::Services {
            app_groups: Arc::clone(&features.app_groups),
            jobs: Arc::clone(&features.jobs),
            instances: Arc::clone(&features.instances),
            workflows: Arc::clone(&features.workflows),
            logs: features.logs,
            workers: Workers(Arc::clone(link)),
            busy_limits: features::busy_limits(settings),
            identity: Arc::clone(identity),
            zone: features.scheduled.zone.clone(),
        }),
        cloudmonitor: Arc::new(cloudmonitor::Services {
            notify: Arc::clone(&features.notify),
            events: Arc::clone(&features.events),
            alarms: Arc::clone(&features.alarms),
            metrics: Arc::clone(&features.metrics),
            templates: Arc::clone(&features.templates),
            masks: Arc::clone(&features.masks),
            resources: Arc::clone(&features.resources),
        }),
        sts: Arc::new(sts::Services { identity: Arc::clone(identity) }),
    };
    Alibaba::new(Gateway { db: db.clone(), identity: Arc::clone(identity) }, services)
}

fn huawei(settings: &Settings, db: &Db, features: &Features) -> Huawei {
    let cloudeye = Arc::new(cloudeye::Services {
        resources: features.resources.as_ref().clone(),
        metrics: Arc::clone(&features.metrics),
        events: Arc::clone(&features.events),
        alarms: Arc::clone(&features.alarms),
        masks: Arc::clone(&features.masks),
        templates: Arc::clone(&features.templates),
        trusted_reporters: cloudeye::TrustedReporters { users: settings.metrics.trusted_reporter.clone() },
    });
    let eps = Arc::new(eps::Services {
        resources: features.resources.as_ref().clone(),
        alarms: Arc::clone(&features.alarms),
    });
    let huawei = Huawei::new(db.clone(), Arc::clone(&features.identity))
        .at(settings.public_url.as_deref())
        .with(cloudeye::ROUTES, &cloudeye)
        .with(eps::ROUTES, &eps)
        .with(smn::ROUTES, &Arc::new(smn::Services { notify: Arc::clone(&features.notify) }))
        .with(tms::ROUTES, &Arc::new(tms::Services { resources: features.resources.as_ref().clone() }))
        .with(ecs::ROUTES, &Arc::new(ecs::Services { resources: features.resources.as_ref().clone() }))
        .with(rms::ROUTES, &Arc::new(rms::Services { resources: features.resources.as_ref().clone() }));
    workspace::mount(huawei, &features.apps)
}

fn zstack(settings: &Settings, db: &Db, features: &Features, world: &World) -> Result<muster_zstack::Server> {
    let (identity, scheduled) = (Arc::clone(&features.identity), Arc::clone(&features.scheduled));
    let spoken = muster_zstack::Settings::read(&settings.zstack.api_mode, &settings.zstack.wire_timezone)?;
    Ok(muster_zstack::Server::new(db.clone(), identity, scheduled, spoken, Arc::clone(&world.random)))
}

fn refuse(problem: Problem) -> Response {
    match problem {
        Problem::BodyTooLarge(limit) => {
            text(StatusCode::PAYLOAD_TOO_LARGE, format!("the body is larger than {limit} bytes\n"))
        }
        Problem::BodyCut => text(StatusCode::BAD_REQUEST, "the body did not arrive whole\n"),
        Problem::Defect => text(StatusCode::INTERNAL_SERVER_ERROR, "internal error\n"),
    }
}

/// Anybody may ask; why the store fails, with its paths and addresses, is for the log.
fn unready(why: &str) -> Response {
    tracing::warn!(why, "not ready: the store takes no changes");
    text(StatusCode::SERVICE_UNAVAILABLE, "the store takes no changes\n")
}

fn nobody() -> Response {
    const BODY: &str = r#"{"error_code":"APIGW.0101","error_msg":"The API does not exist."}"#;
    Response::new(StatusCode::NOT_FOUND, "application/json", BODY)
}

fn text(status: StatusCode, body: impl Into<Bytes>) -> Response {
    Response::new(status, "text/plain; charset=utf-8", body)
}

#[cfg(test)]
mod tests {
    use muster_wire::Body;

    use super::*;

    #[test]
    fn strangers_learn_that_the_store_fails_but_not_why() {
        let Response { status, body, .. } = unready("disk full at /var/lib/muster/store.db");
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
        let Body::Bytes(body) = body else { panic!("a text, not a stream") };
        assert_eq!(body, "the store takes no changes\n");
    }
}
