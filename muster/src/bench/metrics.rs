//! B8: samples through Cloud Eye's JSON, each on disk before its answer, and read back after kill -9.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Instant;

use bytes::Bytes;
use clap::Args;
use http::{Method, Request};
use muster_core::{Clock, SystemClock, Timestamp};
use serde::Serialize;
use serde_json::{Value, json};

use super::Fault;
use super::api::tempdir_in;
use super::measure::{self, Load};
use crate::client::{Connection, Process, Signer, Target};

/// Samples of one call: what 512 KB of the vendor's JSON hold.
const CALL: usize = 2_000;
/// Series of one query.
const QUERY: usize = 500;
/// Between two samples of a series.
const STEP_MS: i64 = 10_000;

/// Samples per second through Cloud Eye's JSON, against a server of its own
#[derive(Args, Debug)]
pub struct Metrics {
    /// How many series there are
    #[arg(long, default_value_t = 80_000)]
    series: usize,
    /// How many samples each series gets, the first of which makes it
    #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u16).range(2..=25))]
    rounds: u16,
    /// How many clients work side by side, each with one request at a time
    #[arg(long, default_value_t = 4)]
    clients: usize,
    /// Where the data folder is made; its disk is what is measured
    #[arg(long, value_name = "DIR", default_value = ".")]
    folder: PathBuf,
    /// Send the same samples to VictoriaMetrics at this address in the same minute, for the ratio
    #[arg(long, value_name = "HOST:PORT")]
    victoria_metrics: Option<String>,
}

/// The result, checked.
#[derive(Debug, Serialize)]
pub struct Report {
    series: usize,
    samples: usize,
    /// The first sample of each series, which makes it.
    first: Rate,
    /// All others.
    rest: Rate,
    /// What the server's memory grew by for each million samples that it holds there, in MiB; the series themselves are not in it.
    memory_mib_per_million: f64,
    /// What the series and their first samples took in memory, in KiB for each.
    memory_kib_per_series: f64,
    /// What the log of samples weighs on disk for each million, in MiB.
    log_mib_per_million: f64,
    /// From the start after kill -9 until it was ready, in milliseconds.
    ready_again_ms: f64,
    /// From there until the first query of samples was answered, in milliseconds.
    recovered_ms: f64,
    /// Series read back in a second, 500 in a query.
    series_read_per_second: f64,
    victoria_metrics: Option<Peer>,
}

#[derive(Debug, Serialize)]
struct Rate {
    samples_per_second: f64,
    #[serde(flatten)]
    load: Load,
}

#[derive(Debug, Serialize)]
struct Peer {
    first: Rate,
    rest: Rate,
}

impl Metrics {
    /// Runs it against servers of `program`.
    ///
    /// # Errors
    /// When a call is refused, or what was acknowledged is not read back after kill -9 as it was sent.
    pub async fn run(&self, program: &Path) -> Result<Report, Fault> {
        let folder = tempdir_in(&self.folder)?;
        let outcome = self.measure(program, &folder.join("data")).await;
        // A folder that stays behind does no harm to the result.
        let _ = std::fs::remove_dir_all(&folder);
        outcome
    }

    async fn measure(&self, program: &Path, data: &Path) -> Result<Report, Fault> {
        let server = Process::start(program, data, &[]).await?;
        let (signer, project) = (server.signer()?, server.credentials()?.project_id);
        // None of them is late, and none lies in the future when the last is sent.
        let base = SystemClock.now().plus_ms(-STEP_MS * i64::from(self.rounds));
        let path = format!("/V1.0/{project}/metric-data");
        let calls = |rounds: std::ops::Range<u16>| {
            self.calls(rounds, |series, round| {
                let body = Bytes::from(self.body(series, round, base));
                let target = Target { method: Method::POST, path: path.clone(), query: Vec::new(), body };
                signer.huawei(&target, Some(&project), SystemClock.now())
            })
        };
        let accepted = |answer: &crate::client::Answer| answer.status == http::StatusCode::CREATED;
        let (first, rest) = (calls(0..1), calls(1..self.rounds));
        let at_rest = measure::resident_mib(server.id())?;
        let first = Rate::new(self.series, measure::load(server.host(), first, accepted).await?);
        // Everything that was acknowledged is in memory once somebody has asked.
        self.ask(&server, &signer, &project, 0..1, base).await?;
        let with_series = measure::resident_mib(server.id())?;
        let more = self.series * (usize::from(self.rounds) - 1);
        let rest = Rate::new(more, measure::load(server.host(), rest, accepted).await?);
        self.ask(&server, &signer, &project, 0..1, base).await?;
        let with_all = measure::resident_mib(server.id())?;
        server.kill().map_err(|error| error.to_string())?;
        let log_bytes = log_bytes(data)?;

        let server = Process::start(program, data, &[]).await?;
        let (signer, ready_again_ms) = (server.signer()?, measure::milliseconds(server.ready_after));
        let began = Instant::now();
        self.ask(&server, &signer, &project, 0..1, base).await?;
        let recovered_ms = measure::milliseconds(began.elapsed());
        self.check_list(&server, &signer, &project).await?;
        let began = Instant::now();
        for start in (0..self.series).step_by(QUERY) {
            self.ask(&server, &signer, &project, start..(start + QUERY).min(self.series), base).await?;
        }
        let series_read_per_second = per(self.series, began.elapsed().as_secs_f64());
        server.stop().await?;
        let victoria_metrics = match &self.victoria_metrics {
            Some(host) => Some(self.run_peer(host, base).await?),
            None => None,
        };
        let samples = self.series * usize::from(self.rounds);
        Ok(Report {
            series: self.series,
            samples,
            first,
            rest,
            memory_mib_per_million: per_million(with_all - with_series, more),
            memory_kib_per_series: per_million(with_series - at_rest, self.series) / 1e6 * 1024.0,
            log_mib_per_million: per_million(log_bytes / 1_048_576.0, samples),
            ready_again_ms,
            recovered_ms,
            series_read_per_second,
            victoria_metrics,
        })
    }

    /// The calls of these rounds, dealt out to the clients; all of a round before any of the next.
    fn calls(
        &self,
        rounds: std::ops::Range<u16>,
        make: impl Fn(std::ops::Range<usize>, u16) -> Request<Bytes>,
    ) -> Vec<Vec<Request<Bytes>>> {
        let mut work: Vec<Vec<_>> = (0..self.clients.max(1)).map(|_| Vec::new()).collect();
        let mut turn = 0;
        for round in rounds {
            for start in (0..self.series).step_by(CALL) {
                let clients = work.len();
                work[turn % clients].push(make(start..(start + CALL).min(self.series), round));
                turn += 1;
            }
        }
        work
    }

    fn body(&self, series: std::ops::Range<usize>, round: u16, base: Timestamp) -> String {
        let mut body = String::with_capacity(series.len() * 200);
        let at = base.plus_ms(STEP_MS * i64::from(round)).millis();
        for number in series {
            let (value, before) = (value(number, round), if body.is_empty() { '[' } else { ',' });
            // Writing to a string cannot fail.
            let _ = write!(
                body,
                "{before}{{\"metric\":{{\"namespace\":\"BENCH.APP\",\"dimensions\":[{{\"name\":\"instance_id\",\
                 \"value\":\"{}\"}}],\"metric_name\":\"{}\"}},\"ttl\":172800,\"collect_time\":{at},\"value\":{value},\
                 \"unit\":\"%\",\"type\":\"float\"}}",
                instance(number),
                metric(number),
            );
        }
        body.push(']');
        body
    }

    /// Asks for the sum of all samples of these series, which must be what was sent. Before all rounds were sent only
    /// the answer's shape counts, so it asks for one series.
    async fn ask(
        &self,
        server: &Process,
        signer: &Signer,
        project: &str,
        series: std::ops::Range<usize>,
        base: Timestamp,
    ) -> Result<(), Fault> {
        let metrics: Vec<Value> = series
            .clone()
            .map(|number| {
                json!({
                    "namespace": "BENCH.APP",
                    "metric_name": metric(number),
                    "dimensions": [{"name": "instance_id", "value": instance(number)}],
                })
            })
            .collect();
        let body = json!({
            "metrics": metrics, "period": "86400", "filter": "sum",
            "from": base.millis() - 86_400_000, "to": base.millis() + 86_400_000,
        });
        let path = format!("/V1.0/{project}/batch-query-metric-data");
        let body = Bytes::from(body.to_string());
        let target = Target { method: Method::POST, path, query: Vec::new(), body };
        let request = signer.huawei(&target, Some(project), SystemClock.now());
        let answer = send(server.host(), request).await?;
        let found = answer["metrics"].as_array().cloned().unwrap_or_default();
        if found.len() != series.len() {
            return Err(format!("a query of {} series has {} answers: {answer}", series.len(), found.len()));
        }
        if series.len() == 1 {
            return Ok(());
        }
        for (number, answer) in series.zip(&found) {
            // Days in UTC: a run over midnight has two.
            let points = answer["datapoints"].as_array().into_iter().flatten();
            let sum: f64 = points.filter_map(|point| point["sum"].as_f64()).sum();
            let expected: f64 = (0..self.rounds).map(|round| value(number, round)).sum();
            if (sum - expected).abs() > 0.011 {
                return Err(format!("series {number} sums up to {sum}, not {expected}: {answer}"));
            }
        }
        Ok(())
    }

    async fn check_list(&self, server: &Process, signer: &Signer, project: &str) -> Result<(), Fault> {
        let query = [("limit", "1"), ("namespace", "BENCH.APP")];
        let target = Target {
            method: Method::GET,
            path: format!("/V1.0/{project}/metrics"),
            query: query.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
            body: Bytes::new(),
        };
        let answer = send(server.host(), signer.huawei(&target, Some(project), SystemClock.now())).await?;
        if answer["meta_data"]["total"] == json!(self.series) {
            Ok(())
        } else {
            Err(format!("{} series were made, and {} are listed", self.series, answer["meta_data"]))
        }
    }

    async fn run_peer(&self, host: &str, base: Timestamp) -> Result<Peer, Fault> {
        let calls = |rounds: std::ops::Range<u16>| {
            self.calls(rounds, |series, round| {
                let at = base.plus_ms(STEP_MS * i64::from(round)).millis();
                let mut body = String::with_capacity(series.len() * 80);
                for number in series {
                    let (metric, instance) = (metric(number), instance(number));
                    // Writing to a string cannot fail.
                    let _ = writeln!(
                        body,
                        "bench_{metric}{{instance_id=\"{instance}\"}} {} {at}",
                        value(number, round)
                    );
                }
                plain(Method::POST, host, "/api/v1/import/prometheus", Bytes::from(body))
            })
        };
        let accepted = |answer: &crate::client::Answer| answer.status.is_success();
        let (first, rest) = (calls(0..1), calls(1..self.rounds));
        let first = Rate::new(self.series, measure::load(host, first, accepted).await?);
        let more = self.series * (usize::from(self.rounds) - 1);
        let rest = Rate::new(more, measure::load(host, rest, accepted).await?);
        // It answers before its samples can be found, let alone are on disk.
        get(host, "/internal/force_flush").await?;
        // sum(count_over_time({instance_id!=""}[1d]))
        let query = "/api/v1/query?query=sum(count_over_time(%7Binstance_id!%3D%22%22%7D%5B1d%5D))";
        let answer: Value = serde_json::from_str(&get(host, query).await?).unwrap_or_default();
        let found = answer["data"]["result"][0]["value"][1].as_str().unwrap_or_default().to_owned();
        let expected = (self.series * usize::from(self.rounds)).to_string();
        if found == expected {
            Ok(Peer { first, rest })
        } else {
            Err(format!("the peer has {found} of {expected} samples"))
        }
    }
}

impl Rate {
    fn new(samples: usize, load: Load) -> Self {
        let seconds = per(load.requests, load.per_second);
        Self { samples_per_second: per(samples, seconds), load }
    }
}

impl Report {
    /// As a table for people.
    pub fn text(&self) -> String {
        let mut text = format!("{} series, {} samples in all\n", self.series, self.samples);
        let mut line = |name: &str, rate: &Rate| {
            let _ = writeln!(
                text,
                "{name:<44} {:>10.0} samples/s   p50 {:>7.2} ms   p99 {:>7.2} ms a call",
                rate.samples_per_second, rate.load.p50_ms, rate.load.p99_ms
            );
        };
        line("Cloud Eye, each series for the first time", &self.first);
        line("Cloud Eye, series that exist", &self.rest);
        if let Some(peer) = &self.victoria_metrics {
            line("VictoriaMetrics, each for the first time", &peer.first);
            line("VictoriaMetrics, series that exist", &peer.rest);
        }
        let _ = writeln!(
            text,
            "memory {:.1} MiB per million samples and {:.2} KiB per series; log {:.1} MiB per million",
            self.memory_mib_per_million, self.memory_kib_per_series, self.log_mib_per_million
        );
        let _ = writeln!(
            text,
            "after kill -9: ready in {:.0} ms, first query {:.0} ms later, then every series read back as sent, {:.0} a second",
            self.ready_again_ms, self.recovered_ms, self.series_read_per_second
        );
        text
    }
}

fn instance(number: usize) -> String {
    format!("6f3c6f91-4b24-4e1b-b7d1-{:012x}", number / 10)
}

fn metric(number: usize) -> String {
    format!("load_{}", number % 10)
}

/// A percentage with two decimals, as measurements are.
fn value(series: usize, round: u16) -> f64 {
    let mixed = (series * 7_919 + usize::from(round) * 104_729) % 10_000;
    #[expect(clippy::cast_precision_loss, reason = "below ten thousand")]
    let hundredths = mixed as f64;
    hundredths / 100.0
}

#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
fn per(count: usize, divisor: f64) -> f64 {
    count as f64 / divisor
}

fn per_million(amount: f64, count: usize) -> f64 {
    amount / per(count, 1e6)
}

/// What the rows of the log weigh in the store of a server that was killed.
fn log_bytes(data: &Path) -> Result<f64, Fault> {
    let db = crate::store::open_folder(data, &crate::features::World::system())
        .map_err(|error| error.to_string())?;
    let bytes = db.read_blocking(|tx| {
        let sql = "SELECT (SELECT coalesce(sum(length(data)), 0) FROM metrics_log) + \
                   (SELECT coalesce(sum(length(data)), 0) FROM metrics_chunks)";
        tx.query_one(sql, &[], |row| row.get::<i64>(0))
    });
    db.close();
    #[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^52")]
    bytes.map(|bytes| bytes as f64).map_err(|error| error.to_string())
}

async fn send(host: &str, request: Request<Bytes>) -> Result<Value, Fault> {
    let mut connection = Connection::open(host).await.map_err(|error| error.to_string())?;
    let answer = connection.send(request).await.map_err(|error| error.to_string())?;
    if answer.status.is_success() {
        Ok(answer.json())
    } else {
        Err(format!("{} {}", answer.status, answer.text()))
    }
}

async fn get(host: &str, path: &str) -> Result<String, Fault> {
    let mut connection = Connection::open(host).await.map_err(|error| error.to_string())?;
    let answer = connection.send(plain(Method::GET, host, path, Bytes::new())).await;
    answer.map(|answer| answer.text()).map_err(|error| error.to_string())
}

fn plain(method: Method, host: &str, path: &str, body: Bytes) -> Request<Bytes> {
    let mut request = Request::new(body);
    *request.method_mut() = method;
    *request.uri_mut() = path.parse().unwrap_or_default();
    if let Ok(host) = http::HeaderValue::try_from(host) {
        request.headers_mut().insert(http::header::HOST, host);
    }
    request
}
