//! What masters of runs that last ask about the other workers of their group. The official Java worker asks once a
//! minute: first which of the jobs it is at may not run anywhere, then who is there for those, and for all others.

use std::sync::Arc;

use http::Method;
use muster_core::Result;
use muster_db::{Db, Tx};
use muster_jobs::app_groups::{AppGroup, admission};
use muster_jobs::instances::{self, BusyLimits};
use muster_jobs::link::{Family, WorkerLink};
use muster_wire::{Request, Response};
use serde_json::{Value, json};

use crate::discovery::{decoded, refusal, say};

/// What a worker may ask about at once.
const MOST_JOBS: usize = 10_000;

/// Answers `/app`.
pub struct Members {
    db: Db,
    link: Arc<dyn WorkerLink>,
    limits: BusyLimits,
}

/// What is asked, and by whose key.
#[derive(Debug, Default, PartialEq, Eq)]
struct Question {
    app_group: i64,
    key: String,
    /// One job; nothing for all that are not restricted.
    job: Option<i64>,
    jobs: Vec<i64>,
}

impl Members {
    /// Knows the workers that `link` reaches.
    pub fn new(db: Db, link: Arc<dyn WorkerLink>, limits: BusyLimits) -> Self {
        Self { db, link, limits }
    }

    /// Answers a request.
    pub async fn handle(&self, request: Request) -> Response {
        if request.method != Method::GET {
            return refusal(&request, 405, "only GET is served here");
        }
        let Some(question) = Question::read(&request.query) else {
            return refusal(&request, 400, "the query cannot be read, or lacks appGroupId or appKey");
        };
        let workers = self.link.workers(question.app_group);
        let limits = self.limits;
        let answered = match request.path.as_str() {
            "/app/grepHasDesignateJobIds.json" => {
                self.answer(question, |tx, group, question| {
                    instances::restricted(tx, group, &question.jobs).map(|jobs| json!(jobs))
                })
                .await
            }
            "/app/getAllUsefulWorkerList.json" => {
                self.answer(question, move |tx, group, question| {
                    instances::sharers(tx, group, question.job, Family::Java, &workers, &limits)
                        .map(|routes| json!(routes))
                })
                .await
            }
            _ => return refusal(&request, 404, "there is no such call"),
        };
        match answered {
            Ok(Some(data)) => say(&request, true, 200, "", &data),
            Ok(None) => refusal(&request, 401, "there is no such app group with this app key"),
            Err(error) => {
                tracing::warn!(error = %muster_core::describe(&error), "a worker's question could not be answered");
                refusal(&request, 503, "the server is not ready")
            }
        }
    }

    /// Nothing when the key is not the group's.
    async fn answer(
        &self,
        question: Question,
        answer: impl Fn(&mut Tx<'_>, &AppGroup, &Question) -> Result<Value> + Send + 'static,
    ) -> Result<Option<Value>> {
        self.db
            .read(move |tx| match admission::numbered(tx, question.app_group, &question.key)? {
                Some(group) => answer(tx, &group, &question).map(Some),
                None => Ok(None),
            })
            .await
    }
}

impl Question {
    /// Nothing when the group or its key is missing, or a number is none.
    fn read(query: &str) -> Option<Self> {
        let mut question = Self::default();
        for pair in query.split('&') {
            let (name, raw) = pair.split_once('=').unwrap_or((pair, ""));
            // This key is always escaped, with plus signs for blanks.
            let value = decoded(&raw.replace('+', " "))?;
            match name {
                "appGroupId" => question.app_group = value.parse().ok()?,
                "appKey" => question.key = value,
                "jobId" => question.job = Some(value.parse().ok()?).filter(|job| *job > 0),
                "jobIds" => {
                    let numbers = value.split(',').filter(|number| !number.is_empty()).take(MOST_JOBS);
                    question.jobs = numbers.map(str::parse).collect::<std::result::Result<_, _>>().ok()?;
                }
                _ => {}
            }
        }
        (question.app_group > 0 && !question.key.is_empty()).then_some(question)
    }
}

#[cfg(test)]
mod tests {
    use http::StatusCode;
    use muster_core::Timestamp;
    use muster_identity::testing::root_caller;
    use muster_jobs::designations::{self, DesignateKind, Designation};
    use muster_jobs::job::{self, Definition, ExecuteMode, JobKind, NewJob, Time};
    use muster_jobs::link::{Kill, LinkFault, Metrics, Run, Worker};

    use super::*;
    use crate::testing::{ALICE, Office, request};

    /// Three Java workers, one of which leaves, and one of another language.
    struct Three(i64);

    impl WorkerLink for Three {
        fn workers(&self, app_group: i64) -> Vec<Worker> {
            let worker = |id: &str, starter: &str, ready: bool| Worker {
                id: id.to_owned(),
                host: "10.0.0.1".to_owned(),
                port: 4000,
                rpc_port: None,
                label: id.to_owned(),
                version: String::new(),
                starter: starter.to_owned(),
                metrics: Metrics::default(),
                ready,
                connected_at: Timestamp::default(),
                beats: Vec::new(),
            };
            if app_group != self.0 {
                return Vec::new();
            }
            vec![
                worker("a", "springboot", true),
                worker("b", "pojo", true),
                worker("c", "springboot", false),
                worker("d", "go", true),
            ]
        }

        fn submit(&self, _worker: &str, _run: &Run) -> std::result::Result<(), LinkFault> {
            Err(LinkFault::Gone)
        }

        fn kill(&self, _worker: &str, _kill: &Kill) -> std::result::Result<(), LinkFault> {
            Err(LinkFault::Gone)
        }
    }

    async fn ask(office: &Office, call: &str, query: &str) -> Value {
        let link = Arc::new(Three(office.group.id));
        let members = Members::new(office.store.db.clone(), link, BusyLimits::default());
        let response = members.handle(request(&format!("/app/{call}.json?{query}"))).await;
        assert_eq!(response.status, StatusCode::OK);
        let muster_wire::Body::Bytes(body) = response.body else { panic!("a stream") };
        serde_json::from_slice(&body).unwrap()
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_master_learns_who_may_help() {
        let office = Office::open().await;
        let made = office.store.db.write(|tx| {
            let alice = root_caller(ALICE);
            let jobs = job::Service { zone: jiff::tz::TimeZone::UTC };
            let mut new = || {
                let definition = Definition::named("j", JobKind::Java, ExecuteMode::Grid, Time::api());
                let definition = Definition { class_name: "a.B".into(), ..definition };
                jobs.create(tx, &alice, "ns", "pay.batch", NewJob::of(definition)).map(|job| job.id)
            };
            let (free, bound) = (new()?, new()?);
            let label =
                Designation { kind: DesignateKind::Label, transferable: false, targets: vec!["b".into()] };
            designations::set(tx, &alice, "ns", "pay.batch", bound, &label)?;
            Ok((free, bound))
        });
        let (free, bound) = made.await.unwrap();
        let who = format!("appGroupId={}&appKey=a%2Bb%2Fc%3D%3D", office.group.id);
        let restricted =
            ask(&office, "grepHasDesignateJobIds", &format!("{who}&jobIds={free},{bound}")).await;
        assert_eq!((&restricted["success"], &restricted["data"]), (&json!(true), &json!([bound])));
        let all = ask(&office, "getAllUsefulWorkerList", &format!("{who}&jobId=-1")).await;
        assert_eq!(all["data"], json!(["a@10.0.0.1:4000", "b@10.0.0.1:4000"]));
        let of_one = ask(&office, "getAllUsefulWorkerList", &format!("{who}&jobId={bound}")).await;
        assert_eq!(of_one["data"], json!(["b@10.0.0.1:4000"]));
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn who_knows_no_key_learns_nothing() {
        let office = Office::open().await;
        let group = office.group.id;
        for (call, query, code) in [
            ("getAllUsefulWorkerList", format!("appGroupId={group}&jobId=-1&appKey=wrong"), 401),
            ("getAllUsefulWorkerList", format!("appGroupId={}&appKey=a%2Bb%2Fc%3D%3D", group + 1), 401),
            ("getAllUsefulWorkerList", format!("appGroupId={group}&jobId=-1"), 400),
            ("grepHasDesignateJobIds", format!("appGroupId={group}&appKey=k&jobIds=1,x"), 400),
            ("nothing", format!("appGroupId={group}&appKey=a%2Bb%2Fc%3D%3D"), 404),
        ] {
            let answer = ask(&office, call, &query).await;
            assert_eq!((&answer["success"], &answer["code"]), (&json!(false), &json!(code)), "{query}");
        }
    }
}
