//! HTTP jobs: requests that the server makes itself.
//!
//! For the rest of the scheduler the server is one more worker of every group, which takes nothing but such jobs: the
//! same claims, leases and reports hold for it. It lists what it has not reported yet, and has another name after each
//! start, so what a crash cut off is lost when its lease ends.

use std::collections::BTreeSet;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::tz::TimeZone;
use muster_core::{Clock, Error, Result, SharedRandom};
use muster_db::Db;
use muster_notify::outbound::{Answer, Client, Failure, Policy, Post};
use serde::Deserialize;
use serde_json::Value;

use crate::instances;
use crate::link::{Beat, Kill, LinkFault, Metrics, News, Report, Run, Worker, WorkerLink};

/// Requests at once.
const THREADS: usize = 16;
const LONGEST_TIMEOUT_S: u64 = 15;
const MOST_RESULT_BYTES: usize = 1_000;

/// What the content of an HTTP job says.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Order {
    url: String,
    #[serde(default)]
    method: String,
    #[serde(default)]
    cookie: String,
    /// With it, the answer is JSON, and the run succeeds when this member has the value `resp_value`.
    #[serde(default)]
    resp_key: String,
    #[serde(default)]
    resp_value: String,
    /// Seconds.
    #[serde(default)]
    timeout: Option<u64>,
}

type Running = Arc<Mutex<BTreeSet<i64>>>;

/// Workers, and the server as one more for HTTP jobs.
pub struct HttpJobs {
    others: Arc<dyn WorkerLink>,
    clock: Arc<dyn Clock>,
    id: String,
    running: Running,
    queue: Mutex<Sender<Run>>,
}

impl HttpJobs {
    /// Beside `others`; targets are restricted by `policy`.
    ///
    /// # Errors
    /// `Internal` when no thread can be started.
    pub fn start(
        db: &Db,
        clock: Arc<dyn Clock>,
        random: &SharedRandom,
        others: Arc<dyn WorkerLink>,
        policy: &Policy,
    ) -> Result<Self> {
        let id = muster_core::Random::from_seed(&random.seed()).uuid().to_string();
        let (queue, runs) = channel();
        let (runs, running) = (Arc::new(Mutex::new(runs)), Running::default());
        for _ in 0..THREADS {
            let caller = Caller {
                db: db.clone(),
                id: id.clone(),
                policy: policy.clone(),
                runs: Arc::clone(&runs),
                running: Arc::clone(&running),
            };
            std::thread::Builder::new()
                .name("http-jobs".to_owned())
                .spawn(move || caller.work())
                .map_err(Error::internal)?;
        }
        Ok(Self { others, clock, id, running, queue: Mutex::new(queue) })
    }
}

impl WorkerLink for HttpJobs {
    fn workers(&self, app_group: i64) -> Vec<Worker> {
        let now = self.clock.now();
        let listed = Beat::new(now, lock(&self.running).iter().copied().collect());
        let mut workers = self.others.workers(app_group);
        workers.push(Worker {
            id: self.id.clone(),
            host: "server".to_owned(),
            port: 0,
            rpc_port: None,
            label: String::new(),
            version: String::new(),
            starter: "server".to_owned(),
            metrics: Metrics::default(),
            ready: true,
            connected_at: listed.at,
            // What is missing in two of them is lost, and what is listed here is always as of now.
            beats: vec![listed.clone(), listed],
        });
        workers
    }

    fn submit(&self, worker: &str, run: &Run) -> Result<(), LinkFault> {
        if worker != self.id {
            return self.others.submit(worker, run);
        }
        lock(&self.running).insert(run.instance);
        lock(&self.queue).send(run.clone()).map_err(|_| {
            lock(&self.running).remove(&run.instance);
            LinkFault::Gone
        })
    }

    /// A request that is out cannot be called back; its result is not heard any more.
    fn kill(&self, worker: &str, kill: &Kill) -> Result<(), LinkFault> {
        if worker == self.id { Ok(()) } else { self.others.kill(worker, kill) }
    }
}

/// One of the threads that make requests; it ends with the sender of the queue.
struct Caller {
    db: Db,
    id: String,
    policy: Policy,
    runs: Arc<Mutex<Receiver<Run>>>,
    running: Running,
}

impl Caller {
    fn work(&self) {
        loop {
            let next = lock(&self.runs).recv();
            let Ok(run) = next else { return };
            self.report(&run, News::Accepted);
            let (success, result) = match call(&self.policy, &run.content) {
                Ok(result) => (true, result),
                Err(why) => (false, why),
            };
            self.report(&run, News::Ended { success, result, progress: String::new() });
            lock(&self.running).remove(&run.instance);
        }
    }

    /// What the store does not take is found missing later, as with any worker.
    fn report(&self, run: &Run, news: News) {
        let service = instances::Service { zone: TimeZone::UTC };
        let report = Report {
            app_group: run.app_group,
            worker: self.id.clone(),
            instance: run.instance,
            // What this node handed to itself is its own.
            node: None,
            news,
        };
        let taken =
            self.db.write_blocking(move |tx| service.report(tx, std::slice::from_ref(&report)).map(drop));
        if let Err(error) = taken {
            tracing::warn!(instance.id = run.instance, %error, "the report of an HTTP job was not taken");
        }
    }
}

/// Makes the request that `content` describes.
///
/// # Errors
/// Why the run failed, for people.
fn call(policy: &Policy, content: &str) -> Result<String, String> {
    let order: Order = serde_json::from_str(content)
        .map_err(|why| format!("the content is not {{\"url\":…,\"method\":…}}: {why}"))?;
    let timeout = order.timeout.unwrap_or(LONGEST_TIMEOUT_S).clamp(1, LONGEST_TIMEOUT_S);
    let client = Client::new(policy.clone(), Duration::from_secs(timeout));
    let cookie = [("Cookie", order.cookie.as_str())];
    let headers = if order.cookie.is_empty() { &[][..] } else { &cookie[..] };
    let answer = match order.method.to_ascii_uppercase().as_str() {
        "" | "GET" => client.get(&order.url, headers),
        "POST" => {
            let content_type = "application/x-www-form-urlencoded";
            client.post(&Post { url: &order.url, content_type, headers, body: b"" })
        }
        other => return Err(format!("the method {other} is neither GET nor POST")),
    };
    match answer {
        Ok(answer) => judge(&order, &answer),
        Err(Failure::Refused(why) | Failure::Unreachable(why)) => Err(why),
    }
}

fn judge(order: &Order, answer: &Answer) -> Result<String, String> {
    let body = String::from_utf8_lossy(&answer.body);
    let body: String =
        body.char_indices().take_while(|(at, _)| *at < MOST_RESULT_BYTES).map(|(_, c)| c).collect();
    if order.resp_key.is_empty() {
        let is_fine = (200..300).contains(&answer.status);
        return if is_fine { Ok(body) } else { Err(format!("status {}: {body}", answer.status)) };
    }
    let json: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let found = match &json[&order.resp_key] {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    if found == order.resp_value { Ok(body) } else { Err(format!("{} is {found}: {body}", order.resp_key)) }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(content: &str) -> Order {
        serde_json::from_str(content).unwrap()
    }

    fn judged(content: &str, status: u16, body: &str) -> bool {
        judge(&order(content), &Answer { status, body: body.into() }).is_ok()
    }

    #[test]
    fn an_answer_is_judged_by_its_status_or_by_a_member() {
        assert!(judged(r#"{"url":"x"}"#, 204, ""));
        assert!(!judged(r#"{"url":"x"}"#, 302, ""));
        let by_member = r#"{"url":"x","respKey":"code","respValue":"200"}"#;
        assert!(judged(by_member, 500, r#"{"code":200}"#));
        assert!(judged(by_member, 200, r#"{"code":"200"}"#));
        assert!(!judged(by_member, 200, r#"{"code":201}"#));
        assert!(!judged(by_member, 200, "no JSON"));
    }

    #[test]
    fn the_server_makes_the_request_and_reports() {
        crate::testing::World::on_each(|world| {
            let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
            let url = format!("http://{}/run", listener.local_addr().unwrap());
            let server = std::thread::spawn(move || {
                use std::io::{Read, Write};
                let (mut stream, _) = listener.accept().unwrap();
                let mut head = [0; 1024];
                let length = stream.read(&mut head).unwrap();
                stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ndone").unwrap();
                String::from_utf8_lossy(&head[..length]).into_owned()
            });
            let job = world.job(crate::job::Time::api(), move |definition| {
                definition.kind = crate::job::JobKind::Http;
                definition.content = serde_json::json!({"url": url, "cookie": "a=b"}).to_string();
            })?;
            let policy = Policy::new(&muster_notify::OutboundSettings::default(), true)?;
            let random = SharedRandom::new(muster_core::Random::from_number(7));
            let others = Arc::new(crate::link::NoWorkers);
            let clock: Arc<dyn Clock> = Arc::<muster_core::ManualClock>::clone(&world.store.clock);
            let link = HttpJobs::start(&world.store.db, Arc::clone(&clock), &random, others, &policy)?;
            let (patience, limits) = (instances::Patience::default(), instances::BusyLimits::default());
            let db = world.store.db.clone();
            let dispatch = instances::Dispatch::new(db, clock, Arc::new(link), patience, limits);
            let id = world.execute(job.id)?;
            muster_core::Engine::run(&dispatch)?;
            let asked = server.join().unwrap();
            assert!(
                asked.starts_with("GET /run ") && asked.to_lowercase().contains("cookie: a=b"),
                "{asked}"
            );
            let mut found = world.instance(job.id, id)?;
            while !found.state.is_final() {
                std::thread::yield_now();
                found = world.instance(job.id, id)?;
            }
            assert_eq!((found.state, found.result.as_str()), (instances::State::Success, "done"));
            Ok(())
        });
    }

    #[test]
    fn what_cannot_be_asked_has_a_reason() {
        let policy = Policy::new(&muster_notify::OutboundSettings::default(), false).unwrap();
        let refused = |content: &str| call(&policy, content).unwrap_err();
        assert!(refused("curl x").starts_with("the content is not"));
        assert!(refused(r#"{"url":"http://127.0.0.1:1/","method":"PUT"}"#).contains("PUT"));
        assert!(refused(r#"{"url":"file:///etc/passwd"}"#).contains("http"));
        assert!(refused(r#"{"url":"http://127.0.0.1:1/"}"#).contains("127.0.0.1"));
    }
}
