//! A customer's groups and jobs, made and read through SchedulerX's API.

use std::path::{Path, PathBuf};
use std::process::Command;

use bytes::Bytes;
use http::Request;
use http::header::HOST;
use muster::client::{Connection, Process, Signer};
use muster_core::{Clock, Random, SystemClock};
use serde_json::{Value, json};

use super::program;

const NAMESPACE: &str = "5d6f7b1e-3f0c-4f57-9d2a-6f5d9a1c0002";
/// The most that one answer lists.
const PAGE: &str = "100";

/// An application group.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    pub(crate) id: i64,
    pub(crate) namespace: String,
    pub(crate) group_id: String,
    pub(crate) app_key: String,
}

impl Group {
    /// The question for the group's server, as workers put it.
    pub(crate) fn leader_request(&self, host: &str) -> Request<Bytes> {
        let Self { namespace, group_id, app_key, .. } = self;
        let query = format!("groupId={group_id}&appKey={app_key}&namespace={namespace}&enableScale=true");
        let uri = format!("/worker/v1/appgroup/getLeaderAddr?{query}");
        Request::builder().uri(uri).header(HOST, host).body(Bytes::new()).unwrap()
    }
}

/// What a job is to be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct JobSpec {
    /// How many seconds lie between two due times; 0 for a job that runs only when it is asked for.
    pub(crate) every_s: i64,
    pub(crate) max_attempt: i64,
    pub(crate) max_concurrency: i64,
}

/// Asks for things as a customer's program does.
#[derive(Clone)]
pub(crate) struct Site {
    signer: Signer,
}

impl Site {
    /// With a server's credentials, through `front`.
    pub(crate) fn new(server: &Process, front: &str) -> Self {
        Self { signer: Signer { host: front.to_owned(), ..server.signer().unwrap() } }
    }

    /// Sends a call; its answer, or why there is none.
    pub(crate) async fn try_call(&self, action: &str, parameters: &[(&str, &str)]) -> Result<Value, String> {
        let mut parameters: Vec<(String, String)> =
            parameters.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        parameters.push(("RegionId".to_owned(), "any".to_owned()));
        let nonce = Random::from_os().uuid().to_string();
        let request = self.signer.alibaba("2019-04-30", action, &parameters, SystemClock.now(), &nonce);
        let mut connection = Connection::open(&self.signer.host).await.map_err(|why| why.to_string())?;
        Ok(connection.send(request).await.map_err(|why| why.to_string())?.json())
    }

    async fn call(&self, action: &str, parameters: &[(&str, &str)]) -> Value {
        let answer = self.try_call(action, parameters).await.unwrap();
        assert_eq!(answer["Success"], true, "{action}: {answer}");
        answer
    }

    pub(crate) async fn namespace(&self) {
        self.call("CreateNamespace", &[("Name", "crash"), ("Uid", NAMESPACE)]).await;
    }

    pub(crate) async fn group(&self, name: &str) -> Group {
        let app_key = format!("key-of-{name}");
        let parameters =
            [("Namespace", NAMESPACE), ("GroupId", name), ("AppName", name), ("AppKey", app_key.as_str())];
        let answer = self.call("CreateAppGroup", &parameters).await;
        let id = answer["Data"]["AppGroupId"].as_i64().unwrap();
        Group { id, namespace: NAMESPACE.to_owned(), group_id: name.to_owned(), app_key }
    }

    pub(crate) async fn job(&self, group: &Group, name: &str, spec: JobSpec) -> i64 {
        let cron = format!("*/{} * * * * ?", spec.every_s);
        let (kind, expression) = if spec.every_s == 0 { ("100", "") } else { ("1", cron.as_str()) };
        let (attempts, concurrency) = (spec.max_attempt.to_string(), spec.max_concurrency.to_string());
        let parameters = [
            ("Namespace", NAMESPACE),
            ("GroupId", &group.group_id),
            ("Name", name),
            ("JobType", "golang"),
            ("ExecuteMode", "standalone"),
            ("Content", r#"{"jobName":"Test"}"#),
            ("TimeType", kind),
            ("TimeExpression", expression),
            ("Timezone", "UTC"),
            ("MaxAttempt", &attempts),
            ("AttemptInterval", "1"),
            ("MaxConcurrency", &concurrency),
        ];
        self.call("CreateJob", &parameters).await["Data"]["JobId"].as_i64().unwrap()
    }

    pub(crate) async fn disable(&self, group: &Group, job: i64) {
        let job = job.to_string();
        self.call("DisableJob", &[("Namespace", NAMESPACE), ("GroupId", &group.group_id), ("JobId", &job)])
            .await;
    }

    /// Asks for a run; its number if the server said so.
    pub(crate) async fn execute(&self, group: &Group, job: i64) -> Result<Option<i64>, String> {
        let job = job.to_string();
        let parameters =
            [("Namespace", NAMESPACE), ("GroupId", group.group_id.as_str()), ("JobId", job.as_str())];
        let answer = self.try_call("ExecuteJob", &parameters).await?;
        Ok(answer["Data"]["JobInstanceId"].as_i64())
    }

    /// All instances of a job.
    pub(crate) async fn instances(&self, group: &Group, job: i64) -> Vec<Value> {
        let (job, mut all) = (job.to_string(), Vec::new());
        for page in 1.. {
            let page = page.to_string();
            let parameters = [
                ("Namespace", NAMESPACE),
                ("GroupId", &group.group_id),
                ("JobId", &job),
                ("PageNum", &page),
                ("PageSize", PAGE),
            ];
            let answer = self.call("GetJobInstanceList", &parameters).await;
            match answer["Data"]["JobInstanceDetails"].as_array() {
                Some(rows) if !rows.is_empty() => all.extend(rows.iter().cloned()),
                _ => break,
            }
        }
        all
    }
}

/// What a command says as JSON about the server that runs in this folder.
pub(crate) fn tell(data: &Path, command: &[&str]) -> Value {
    let output =
        Command::new(program()).args(["--data".as_ref(), data.as_os_str()]).args(command).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// `muster ledger --json`, from the server that runs in this folder.
pub(crate) fn ledger(data: &Path, job: i64) -> Vec<Value> {
    let output = Command::new(program())
        .args(["--data".as_ref(), data.as_os_str()])
        .args(["ledger", "--json", "--job", &job.to_string()])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// A configuration file with these sections.
pub(crate) fn configuration(folder: &Path, sections: &[(&str, Value)]) -> PathBuf {
    let mut text = String::new();
    for (section, settings) in sections {
        text.push_str(&format!("[{section}]\n"));
        for (name, value) in settings.as_object().into_iter().flatten() {
            text.push_str(&format!("{name} = {value}\n"));
        }
    }
    let path = folder.join("muster.toml");
    std::fs::write(&path, text).unwrap();
    path
}

/// Settings under which everything that waits for silence happens within seconds.
pub(crate) fn impatient() -> Vec<(&'static str, Value)> {
    vec![
        ("jobs", json!({"lease_s": 3, "grace_s": 4, "submit_s": 2})),
        ("cluster", json!({"lease_s": 2})),
        ("retention", json!({"job_instances": 0})),
    ]
}
