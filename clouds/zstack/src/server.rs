//! A request from the wire to its answer.

use std::sync::Arc;

use http::{Method, StatusCode};
use jiff::tz::TimeZone;
use muster_core::{Error, Random, SharedRandom, Timestamp};
use muster_db::Db;
use muster_identity::Caller;
use muster_wire::{Access, Call, Cx, Entry, Problem, Request, Response, Vendor, execute_and_keep};

use crate::api::{Context, Services, ZStack};
use crate::api_jobs::{self, InMemory, Mode, Stored};
use crate::authenticate::Proof;
use crate::date;
use crate::error::{ErrorCode, Refusal};
use crate::input::{Input, read_body};
use crate::reply::Reply;
use crate::route::{self, Matched, OpenCall, Target};
use crate::signature::zone_named;
use crate::table::OPERATIONS;
use crate::{platform, sessions};

/// How the API is spoken.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How changing calls are answered.
    pub mode: Mode,
    /// In which zone dates are printed.
    pub wire_zone: TimeZone,
}

impl Settings {
    /// From the words of the configuration: a [`Mode`], and an offset (`+08:00`) or a zone's name.
    ///
    /// # Errors
    /// `Invalid` names the setting.
    pub fn read(api_mode: &str, wire_timezone: &str) -> Result<Self, Error> {
        let mode = Mode::from_name(api_mode)
            .ok_or_else(|| Error::invalid("zstack.api_mode", "must be auto, async or sync"))?;
        let wire_zone = zone_named(wire_timezone).ok_or_else(|| {
            Error::invalid("zstack.wire_timezone", "must be an offset such as +08:00 or the name of a zone")
        })?;
        Ok(Self { mode, wire_zone })
    }
}

/// Answers ZStack's requests.
pub struct Server {
    pub(crate) db: Db,
    pub(crate) services: Arc<Services>,
    mode: Mode,
    random: Arc<SharedRandom>,
    in_memory: InMemory,
    /// What this process is called as a management node.
    pub(crate) node_uuid: String,
}

type Answer = Result<Response, Refusal>;

impl Server {
    /// A server over these features.
    pub fn new(
        db: Db,
        identity: Arc<muster_identity::Service>,
        scheduled: Arc<muster_jobs::scheduled::Service>,
        settings: Settings,
        random: Arc<SharedRandom>,
    ) -> Self {
        let name = |zone| date::describe_zone(zone, Timestamp::default()).0;
        tracing::info!(
            dates = name(&settings.wire_zone),
            schedules = name(&scheduled.zone),
            "the time zones of ZStack's dates and of all schedules"
        );
        let node_uuid = Random::from_seed(&random.seed()).uuid().simple().to_string();
        let services = Arc::new(Services { scheduled, identity, wire_zone: settings.wire_zone });
        Self { db, services, mode: settings.mode, random, in_memory: InMemory::default(), node_uuid }
    }

    async fn answer(&self, request: &Request) -> Answer {
        let path = route::api_path(&request.path)?;
        let found = route::find(&request.method, &path)?;
        let (target, input) = read_input(request, found)?;
        match target {
            Target::Open(call) => self.open_call(call, request, &input).await,
            Target::Operation(name) => {
                let entry = OPERATIONS.iter().find(|entry| entry.name == name);
                let entry = entry
                    .ok_or_else(|| Refusal::http(StatusCode::NOT_FOUND, format!("{name} is not served")))?;
                let call = Pending { server: self, request, path: &path, entry, input: &input };
                match entry.access {
                    Access::Read => call.read().await,
                    Access::Write => call.write().await,
                }
            }
        }
    }

    async fn open_call(&self, call: OpenCall, request: &Request, input: &Input) -> Answer {
        match call {
            OpenCall::LogInByAccount => sessions::log_in_by_account(self, request, input).await,
            OpenCall::LogInByUser => sessions::log_in_by_user(self, request, input).await,
            OpenCall::LogIn => sessions::log_in(self, request, input).await,
            OpenCall::LogOut => sessions::log_out(self, input).await,
            OpenCall::ValidateSession => sessions::validate(self, request, input).await,
            OpenCall::PollJob => self.poll(request, input).await,
            OpenCall::IsReady => platform::is_ready(self),
            OpenCall::GetVersion => Ok(platform::version()),
            OpenCall::GetCurrentTime => Ok(platform::current_time(request.received)),
        }
    }

    async fn poll(&self, request: &Request, input: &Input) -> Answer {
        let id = input.text("uuid")?.unwrap_or_default();
        if let Some((success, body)) = self.in_memory.get(&id, request.received) {
            return Ok(api_jobs::finished(success, body));
        }
        let wanted = id.clone();
        let found = self.db.read(move |tx| api_jobs::find(tx, &wanted)).await?;
        match found {
            Some((success, body)) => Ok(api_jobs::finished(success, body)),
            None => Err(Refusal::http(StatusCode::NOT_FOUND, format!("there is no api job {id}"))),
        }
    }
}

/// A call of the table on its way.
struct Pending<'a> {
    server: &'a Server,
    request: &'a Request,
    path: &'a str,
    entry: &'static Entry<ZStack>,
    input: &'a Input,
}

/// What the client wants to know about the result later.
struct Job {
    id: String,
    webhook_url: Option<String>,
}

impl Pending<'_> {
    async fn caller(&self, proof: &Proof) -> Result<Caller, Refusal> {
        let services = &self.server.services;
        proof.caller(&services.identity, self.request, self.path, &services.wire_zone).await
    }

    fn wants_schema(&self) -> bool {
        self.request.headers.contains_key("x-json-schema")
    }

    async fn read(&self) -> Answer {
        let proof = Proof::read(self.request)?;
        let decoded = (self.entry.decode)(self.input);
        if let Err(unreadable @ Refusal::Http { .. }) = decoded {
            return Err(unreadable);
        }
        let caller = self.caller(&proof).await?;
        let reply = self.execute(caller, decoded, None).await?;
        Ok(api_jobs::json_response(StatusCode::OK, reply.into_json(self.wants_schema())))
    }

    async fn write(&self) -> Answer {
        let proof = Proof::read(self.request)?;
        let job = self.job()?;
        let decoded = (self.entry.decode)(self.input);
        if let Err(unreadable @ Refusal::Http { .. }) = decoded {
            return Err(unreadable);
        }
        let caller = match self.caller(&proof).await {
            Ok(caller) => caller,
            Err(Refusal::Failed(error)) => return self.refuse_stranger(job, error).await,
            Err(unreadable) => return Err(unreadable),
        };
        let Some(job) = job else {
            let reply = self.execute(caller, decoded, None).await?;
            return Ok(api_jobs::json_response(StatusCode::OK, reply.into_json(self.wants_schema())));
        };
        let id = job.id.clone();
        match self.execute(caller, decoded, Some(job)).await {
            Ok(reply) if reply.has_secrets() => {
                let body = reply.into_json(self.wants_schema());
                self.server.in_memory.put_secret(&id, body, self.request.received);
            }
            Ok(_) | Err(Refusal::Failed(_)) => {}
            Err(unreadable) => return Err(unreadable),
        }
        // The result was kept in the commit that made it.
        Ok(api_jobs::accepted(self.request, &id))
    }

    /// A bad session shows at the poll, like every other failure.
    async fn refuse_stranger(&self, job: Option<Job>, error: ErrorCode) -> Answer {
        let Some(job) = job else { return Err(Refusal::Failed(error)) };
        let wanted = job.id.clone();
        let used = self.server.db.read(move |tx| api_jobs::find(tx, &wanted)).await?.is_some();
        let refused = || {
            let body = error.body().to_string();
            self.server.in_memory.put_refusal(&job.id, body, self.request.received)
        };
        if used || !refused() {
            return Err(Error::already_exists("X-Job-UUID", job.id).into());
        }
        Ok(api_jobs::accepted(self.request, &job.id))
    }

    async fn execute(
        &self,
        caller: Caller,
        decoded: Result<Box<dyn Call<ZStack>>, Refusal>,
        job: Option<Job>,
    ) -> Result<Reply, Refusal> {
        let call: Box<dyn Call<ZStack>> = match decoded {
            Ok(call) if self.input.validation_only() => Box::new(Rehearsal(call)),
            Ok(call) => call,
            Err(refusal) => Box::new(Refused { permission: self.entry.permission, refusal }),
        };
        let (server, wants_schema) = (self.server, self.wants_schema());
        let Some(job) = job else {
            return execute_and_keep(
                &server.db,
                Arc::clone(&server.services),
                caller,
                self.entry,
                call,
                None,
                None,
            )
            .await;
        };
        if server.in_memory.get(&job.id, self.request.received).is_some() {
            return Err(Error::already_exists("X-Job-UUID", job.id).into());
        }
        let id = job.id.clone();
        let admit = move |tx: &mut muster_db::Tx<'_>| api_jobs::check_new(tx, &id);
        let keep = move |tx: &mut muster_db::Tx<'_>, outcome: &Result<Reply, Refusal>| {
            let (success, body) = match outcome {
                Ok(reply) => (true, reply.clone().without_secrets().into_json(wants_schema)),
                Err(Refusal::Failed(error)) => (false, error.body().to_string()),
                Err(Refusal::Http { .. }) => return Ok(()),
            };
            let (id, webhook_url) = (job.id.clone(), job.webhook_url.clone());
            api_jobs::insert(tx, &Stored { id, success, body, webhook_url })
        };
        execute_and_keep(
            &server.db,
            Arc::clone(&server.services),
            caller,
            self.entry,
            call,
            Some(Box::new(admit)),
            Some(Box::new(keep)),
        )
        .await
    }

    /// A header that counts: one that is not text is refused rather than passed over.
    fn header(&self, name: &str) -> Result<Option<&str>, Refusal> {
        match self.request.headers.get(name) {
            None => Ok(None),
            Some(value) => value
                .to_str()
                .map(Some)
                .map_err(|_| Refusal::bad_request(format!("the header '{name}' is not text"))),
        }
    }

    /// The job under which the result can be fetched, if the call is answered with 202.
    fn job(&self) -> Result<Option<Job>, Refusal> {
        let id = match self.header("x-job-uuid")? {
            None => None,
            Some(id) if id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_alphanumeric()) => {
                Some(id.to_owned())
            }
            Some(id) => {
                let text = format!(
                    "the header 'X-Job-UUID' has the value '{id}', which is no uuid of 32 characters"
                );
                return Err(Refusal::bad_request(text));
            }
        };
        if let Some(timeout) = self.header("x-api-timeout")?
            && timeout.trim().parse::<u64>().is_err()
        {
            let text = format!(
                "the header 'X-API-Timeout' has the value '{timeout}', which is no number of seconds"
            );
            return Err(Refusal::bad_request(text));
        }
        let webhook_url = self.header("x-web-hook")?.map(str::to_owned);
        let polls = self.request.header("prefer").is_some_and(|prefer| prefer.contains("respond-async"));
        let asynchronous = match self.server.mode {
            Mode::Async => true,
            Mode::Sync => false,
            Mode::Auto => id.is_some() || webhook_url.is_some() || polls,
        };
        Ok(asynchronous.then(|| Job { id: id.unwrap_or_else(|| self.server.new_uuid()), webhook_url }))
    }
}

impl Server {
    fn new_uuid(&self) -> String {
        Random::from_seed(&self.random.seed()).uuid().simple().to_string()
    }
}

/// A call that does all its checks and leaves nothing behind.
struct Rehearsal(Box<dyn Call<ZStack>>);

impl Call<ZStack> for Rehearsal {
    fn authorize(&self, caller: &Caller) -> muster_core::Result<()> {
        self.0.authorize(caller)
    }

    fn call(&self, cx: &mut Context<'_, '_>) -> Result<Reply, Refusal> {
        let (caller, services) = (cx.caller, cx.services);
        let mut passed = false;
        let outcome = cx.tx.attempt(|tx| {
            self.0.call(&mut Cx::new(tx, caller, services))?;
            passed = true;
            // An error is what undoes an attempt.
            Err::<Reply, Refusal>(Refusal::invalid("rehearsed"))
        });
        if passed { Ok(Reply::empty()) } else { outcome }
    }
}

/// A call whose input was refused: permission is checked first, and the refusal leaves its audit row.
struct Refused {
    permission: &'static str,
    refusal: Refusal,
}

impl Call<ZStack> for Refused {
    fn authorize(&self, caller: &Caller) -> muster_core::Result<()> {
        caller.require(self.permission, "*")
    }

    fn call(&self, _cx: &mut Context<'_, '_>) -> Result<Reply, Refusal> {
        Err(self.refusal.clone())
    }
}

/// The call that is meant, and its input.
fn read_input(request: &Request, found: Matched) -> Result<(Target, Input), Refusal> {
    let (target, mut input) = if matches!(request.method, Method::GET | Method::DELETE) {
        let target = found.targets.first().map(|(_, target)| *target);
        (target, Input::from_query(&request.query)?)
    } else {
        let body = read_body(&request.body)?;
        let chosen = found.targets.iter().find(|(key, _)| *key == "params" || body.contains_key(*key));
        match chosen {
            Some((key, target)) => (Some(*target), Input::from_body(&body, key)?),
            None => (None, Input::default()),
        }
    };
    for (name, value) in found.variables {
        input.put(name, value);
    }
    let target = target.ok_or_else(|| {
        let keys: Vec<&str> = found.targets.iter().map(|(key, _)| *key).collect();
        Refusal::bad_request(format!("the body has none of the keys {}", keys.join(", ")))
    })?;
    Ok((target, input))
}

fn refusal_response(refusal: Refusal) -> Response {
    match refusal {
        Refusal::Http { status, text } => Response::new(status, "text/plain;charset=UTF-8", text),
        Refusal::Failed(error) => {
            api_jobs::json_response(StatusCode::SERVICE_UNAVAILABLE, error.body().to_string())
        }
    }
}

impl Vendor for Server {
    async fn handle(&self, request: Request) -> Response {
        self.answer(&request).await.unwrap_or_else(refusal_response)
    }

    fn refuse(&self, _request: &Request, problem: Problem) -> Response {
        refusal_response(match problem {
            Problem::BodyTooLarge(limit) => {
                let text = format!("the body is larger than {limit} bytes");
                Refusal::http(StatusCode::PAYLOAD_TOO_LARGE, text)
            }
            Problem::BodyCut => Refusal::bad_request("the body did not arrive whole"),
            Problem::Defect => Refusal::http(StatusCode::INTERNAL_SERVER_ERROR, "internal error"),
        })
    }
}
