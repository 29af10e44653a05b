//! What all benches measure with.

use std::fs::File;
use std::io::{Seek, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::Request;
use serde::Serialize;

use super::Fault;
use crate::client::{Answer, Connection};

/// Requests made beforehand, answered and timed.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Load {
    /// How many connections worked side by side, each with one request at a time.
    pub(super) clients: usize,
    /// How many requests were acknowledged.
    pub(super) requests: usize,
    /// Requests in a second.
    pub(super) per_second: f64,
    /// Half of the answers came within this time.
    pub(super) p50_ms: f64,
    /// 99 of 100 did.
    pub(super) p99_ms: f64,
}

/// Sends what each client has to send; every answer must be one that `accepted` takes.
pub(super) async fn load(
    host: &str,
    work: Vec<Vec<Request<Bytes>>>,
    accepted: impl Fn(&Answer) -> bool + Clone + Send + 'static,
) -> Result<Load, Fault> {
    let clients = work.len();
    let mut connections = Vec::with_capacity(clients);
    for _ in 0..clients {
        connections.push(Connection::open(host).await.map_err(|error| error.to_string())?);
    }
    let began = Instant::now();
    let tasks: Vec<_> = connections
        .into_iter()
        .zip(work)
        .map(|(mut connection, requests)| {
            let accepted = accepted.clone();
            tokio::spawn(async move {
                let mut took = Vec::with_capacity(requests.len());
                for request in requests {
                    let sent = Instant::now();
                    let answer = connection.send(request).await.map_err(|error| error.to_string())?;
                    took.push(sent.elapsed());
                    if !accepted(&answer) {
                        return Err(format!("refused: {} {}", answer.status, answer.text()));
                    }
                }
                Ok::<_, Fault>(took)
            })
        })
        .collect();
    let mut took = Vec::new();
    for task in tasks {
        took.extend(task.await.map_err(|error| error.to_string())??);
    }
    let whole = began.elapsed();
    took.sort_unstable();
    #[expect(clippy::cast_precision_loss, reason = "counts of requests are far below 2^52")]
    let per_second = took.len() as f64 / whole.as_secs_f64();
    Ok(Load {
        clients,
        requests: took.len(),
        per_second,
        p50_ms: milliseconds(at(&took, 50)),
        p99_ms: milliseconds(at(&took, 99)),
    })
}

/// The value that `percent` of the sorted values do not exceed.
pub(super) fn at<T: Copy + Default>(sorted: &[T], percent: usize) -> T {
    let place = (sorted.len() * percent).div_ceil(100).saturating_sub(1);
    sorted.get(place).copied().unwrap_or_default()
}

pub(super) fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

/// How long it takes in this folder to overwrite one page of a file and flush it, as a log does that is used again
/// from its start; on average over 200.
pub(crate) fn flush_time(folder: &Path) -> std::io::Result<Duration> {
    const FLUSHES: u32 = 200;
    let path = folder.join("flush-probe");
    let mut file = File::create(&path)?;
    let page = [7; 4096];
    for _ in 0..FLUSHES {
        file.write_all(&page)?;
    }
    file.sync_all()?;
    file.rewind()?;
    let began = Instant::now();
    for _ in 0..FLUSHES {
        file.write_all(&page)?;
        file.sync_data()?;
    }
    let each = began.elapsed() / FLUSHES;
    std::fs::remove_file(path)?;
    Ok(each)
}

/// Resident memory of a process in MiB, from the kernel's own count.
pub(super) fn resident_mib(process: u32) -> Result<f64, Fault> {
    let path = format!("/proc/{process}/status");
    let status = std::fs::read_to_string(&path).map_err(|error| format!("{path}: {error}"))?;
    let kib = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:")?.trim().strip_suffix(" kB")?.parse::<u32>().ok());
    kib.map(|kib| f64::from(kib) / 1024.0).ok_or_else(|| format!("{path} says nothing of VmRSS"))
}

/// A number of the server's `/metrics`.
pub(super) fn metric(exposition: &str, name: &str) -> Result<f64, Fault> {
    exposition
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.parse().ok())
        .ok_or_else(|| format!("/metrics has no {name}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_that_were_measured() {
        let times: Vec<_> = (1..=200).map(Duration::from_millis).collect();
        assert_eq!(at(&times, 50).as_millis(), 100);
        assert_eq!(at(&times, 99).as_millis(), 198);
        assert_eq!(at(&times[..1], 99).as_millis(), 1);
        assert_eq!(at::<Duration>(&[], 99), Duration::ZERO);
    }

    #[test]
    fn metrics_are_found_by_their_whole_name() {
        let text = "# TYPE a counter\na_total_other 1\na_total 42.5\n";
        assert_eq!(metric(text, "a_total"), Ok(42.5));
        assert!(metric(text, "a").is_err());
    }
}
