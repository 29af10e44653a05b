//! A server of our own in a process of its own: what benches measure and crash tests kill.

use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::Request;

use crate::config::TABLE;

use super::{Connection, Credentials, Endpoints, Signer};

const READY_WITHIN: Duration = Duration::from_secs(60);
const STOP_WITHIN: Duration = Duration::from_secs(30);
/// Short, because the time until ready is measured with it.
const POLL: Duration = Duration::from_millis(1);

/// A running server. Dropping it kills it.
#[derive(Debug)]
pub struct Process {
    child: Child,
    data: PathBuf,
    endpoints: Endpoints,
    /// From the start of the process until `/readyz` said yes.
    pub ready_after: Duration,
}

impl Process {
    /// Starts `program serve` on a data folder and free ports, and waits until it is ready. Nothing of this
    /// process's environment that names a setting reaches it, and quotas are out of the way. Its log goes to `DATA.log`.
    ///
    /// # Errors
    /// When it ends first, with the end of its log, or is not ready in a minute.
    pub async fn start(program: &Path, data: &Path, arguments: &[&str]) -> Result<Self, String> {
        let _ = std::fs::remove_file(data.join("endpoints.json"));
        let log_file = log_file(data);
        let log = || std::fs::File::options().create(true).append(true).open(&log_file);
        let fault = |error: io::Error| format!("{}: {error}", program.display());
        let began = Instant::now();
        let child = Command::new(program)
            .args([OsStr::new("serve"), OsStr::new("--data"), data.as_os_str()])
            .args(["--listen", "127.0.0.1:0", "--worker-listen", "127.0.0.1:0"])
            .args(arguments)
            .env_clear()
            .envs(std::env::vars_os().filter(|(name, _)| !name.to_string_lossy().starts_with("MUSTER_")))
            .envs(quotas())
            .stdin(Stdio::null())
            .stdout(log().map_err(fault)?)
            .stderr(log().map_err(fault)?)
            .spawn()
            .map_err(fault)?;
        let nowhere = Endpoints { http: String::new(), worker: None };
        let mut server =
            Self { child, data: data.to_owned(), endpoints: nowhere, ready_after: Duration::ZERO };
        while !server.is_ready().await {
            if let Ok(Some(status)) = server.child.try_wait() {
                return Err(format!("the server ended ({status}):\n{}", tail(&log_file)));
            }
            if began.elapsed() > READY_WITHIN {
                return Err(format!("the server is not ready after {READY_WITHIN:?}:\n{}", tail(&log_file)));
            }
            tokio::time::sleep(POLL).await;
        }
        server.ready_after = began.elapsed();
        Ok(server)
    }

    async fn is_ready(&mut self) -> bool {
        let Ok(endpoints) = Endpoints::of(&self.data) else { return false };
        self.endpoints = endpoints;
        self.get("/readyz").await.is_ok_and(|answer| answer.status.is_success())
    }

    /// `HOST:PORT` of its HTTP listener.
    pub fn host(&self) -> &str {
        self.endpoints.host()
    }

    /// `HOST:PORT` of its worker port.
    ///
    /// # Errors
    /// When it has none.
    pub fn worker_port(&self) -> Result<&str, String> {
        self.endpoints.worker.as_deref().ok_or_else(|| "the server has no worker port".to_owned())
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Its root credentials.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn credentials(&self) -> Result<Credentials, String> {
        Credentials::of(&self.data)
    }

    /// A signer with its root access key.
    ///
    /// # Errors
    /// When the credentials cannot be read.
    pub fn signer(&self) -> Result<Signer, String> {
        let credentials = self.credentials()?;
        Ok(Signer {
            key_id: credentials.access_key_id,
            secret: credentials.access_key_secret,
            host: self.host().to_owned(),
        })
    }

    /// A plain GET on a connection of its own.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn get(&self, path: &str) -> Result<super::Answer, super::NotAnswered> {
        let mut request = Request::new(Bytes::new());
        *request.uri_mut() = path.parse().unwrap_or_default();
        if let Ok(host) = http::HeaderValue::try_from(self.host()) {
            request.headers_mut().insert(http::header::HOST, host);
        }
        Connection::open(self.host()).await?.send(request).await
    }

    /// SIGKILL, and waits for the end.
    ///
    /// # Errors
    /// When the process cannot be waited for.
    pub fn kill(mut self) -> io::Result<()> {
        self.child.kill()?;
        self.child.wait().map(|_| ())
    }

    /// SIGTERM, and waits for the end.
    ///
    /// # Errors
    /// When it does not end well or in time.
    pub async fn stop(mut self) -> Result<(), String> {
        let asked = Command::new("kill").arg("-TERM").arg(self.id().to_string()).status();
        if !asked.is_ok_and(|status| status.success()) {
            return Err("SIGTERM could not be sent".to_owned());
        }
        let began = Instant::now();
        loop {
            match self.child.try_wait() {
                Ok(Some(status)) if status.success() => return Ok(()),
                Ok(Some(status)) => {
                    return Err(format!("the server ended with {status}:\n{}", tail(&log_file(&self.data))));
                }
                Ok(None) if began.elapsed() < STOP_WITHIN => tokio::time::sleep(POLL).await,
                Ok(None) => return Err(format!("the server does not stop within {STOP_WITHIN:?}")),
                Err(error) => return Err(error.to_string()),
            }
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Both do nothing when it has ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Load must not end at a quota.
fn quotas() -> impl Iterator<Item = (String, String)> {
    let quotas = TABLE.iter().filter(|setting| setting.key.starts_with("quota."));
    quotas.map(|setting| {
        (setting.variable(), setting.largest().unwrap_or(i64::MAX).min(10_000_000).to_string())
    })
}

fn log_file(data: &Path) -> PathBuf {
    data.with_extension("log")
}

/// The last lines of a log.
fn tail(log: &Path) -> String {
    let text = std::fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(40)..].join("\n")
}
