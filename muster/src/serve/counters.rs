//! What the server counts about requests, for `/metrics`.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use http::StatusCode;
use muster_core::EngineState;
use muster_db::{Counters, Health};

use crate::route::Destination;

/// Upper bounds of the latency histogram, in milliseconds.
const BOUNDS_MS: [u64; 9] = [1, 2, 5, 10, 20, 50, 200, 1_000, 5_000];

/// Requests by destination and status class, and how long they took.
#[derive(Debug, Default)]
pub(super) struct RequestCounters(Mutex<BTreeMap<&'static str, Destinations>>);

#[derive(Debug, Default)]
struct Destinations {
    by_class: [u64; 6],
    within: [u64; BOUNDS_MS.len()],
    total: u64,
    sum_us: u64,
}

impl RequestCounters {
    pub(super) fn note(&self, destination: Destination, status: StatusCode, took: Duration) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let row = all.entry(destination.name()).or_default();
        row.by_class[usize::from(status.as_u16() / 100).min(5)] += 1;
        row.total += 1;
        row.sum_us += u64::try_from(took.as_micros()).unwrap_or(0);
        for (count, bound) in row.within.iter_mut().zip(BOUNDS_MS) {
            *count += u64::from(took <= Duration::from_millis(bound));
        }
    }
}

/// Everything as Prometheus reads it.
pub(super) fn exposition(
    requests: &RequestCounters,
    store: Counters,
    health: &Health,
    engines: &[EngineState],
) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = write_requests(&mut text, requests);
    let _ = write_store(&mut text, store, health);
    let _ = write_engines(&mut text, engines);
    text
}

fn write_requests(text: &mut String, requests: &RequestCounters) -> std::fmt::Result {
    let all = requests.0.lock().unwrap_or_else(PoisonError::into_inner);
    text.push_str("# TYPE muster_http_requests_total counter\n");
    for (name, row) in all.iter() {
        for (class, count) in row.by_class.iter().enumerate().filter(|(_, count)| **count > 0) {
            writeln!(text, "muster_http_requests_total{{api=\"{name}\",status=\"{class}xx\"}} {count}")?;
        }
    }
    text.push_str("# TYPE muster_http_request_seconds histogram\n");
    for (name, row) in all.iter() {
        for (count, bound) in row.within.iter().zip(BOUNDS_MS) {
            let bound = Duration::from_millis(bound).as_secs_f64();
            writeln!(text, "muster_http_request_seconds_bucket{{api=\"{name}\",le=\"{bound}\"}} {count}")?;
        }
        let seconds = Duration::from_micros(row.sum_us).as_secs_f64();
        writeln!(text, "muster_http_request_seconds_bucket{{api=\"{name}\",le=\"+Inf\"}} {}", row.total)?;
        writeln!(text, "muster_http_request_seconds_sum{{api=\"{name}\"}} {seconds}")?;
        writeln!(text, "muster_http_request_seconds_count{{api=\"{name}\"}} {}", row.total)?;
    }
    Ok(())
}

fn write_store(text: &mut String, store: Counters, health: &Health) -> std::fmt::Result {
    let seconds = Duration::from_micros(store.commit_us).as_secs_f64();
    let writable = u8::from(*health == Health::Writable);
    writeln!(text, "# TYPE muster_store_works_total counter\nmuster_store_works_total {}", store.works)?;
    writeln!(
        text,
        "# TYPE muster_store_commits_total counter\nmuster_store_commits_total {}",
        store.commits
    )?;
    writeln!(
        text,
        "# TYPE muster_store_commit_seconds_total counter\nmuster_store_commit_seconds_total {seconds}"
    )?;
    writeln!(
        text,
        "# TYPE muster_store_retries_total counter\nmuster_store_retries_total {}",
        store.retries
    )?;
    writeln!(text, "# TYPE muster_store_writable gauge\nmuster_store_writable {writable}")
}

fn write_engines(text: &mut String, engines: &[EngineState]) -> std::fmt::Result {
    text.push_str("# TYPE muster_engine_runs_total counter\n");
    for engine in engines {
        writeln!(text, "muster_engine_runs_total{{engine=\"{}\"}} {}", engine.name, engine.runs)?;
    }
    text.push_str("# TYPE muster_engine_failures_total counter\n");
    for engine in engines {
        writeln!(text, "muster_engine_failures_total{{engine=\"{}\"}} {}", engine.name, engine.failures)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_hold_everything_up_to_their_bound() {
        let requests = RequestCounters::default();
        requests.note(Destination::Huawei, StatusCode::OK, Duration::from_micros(1_500));
        requests.note(Destination::Huawei, StatusCode::NOT_FOUND, Duration::from_secs(9));
        let text = exposition(&requests, Counters::default(), &Health::Writable, &[]);
        for line in [
            "muster_http_requests_total{api=\"huawei\",status=\"2xx\"} 1",
            "muster_http_requests_total{api=\"huawei\",status=\"4xx\"} 1",
            "muster_http_request_seconds_bucket{api=\"huawei\",le=\"0.001\"} 0",
            "muster_http_request_seconds_bucket{api=\"huawei\",le=\"0.002\"} 1",
            "muster_http_request_seconds_bucket{api=\"huawei\",le=\"+Inf\"} 2",
            "muster_store_writable 1",
        ] {
            assert!(text.contains(line), "{line} is missing in:\n{text}");
        }
    }
}
