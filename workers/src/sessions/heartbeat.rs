//! What a worker says of itself, read with care: other workers and people will see it.

use muster_core::Timestamp;
use muster_jobs::link::{Metrics, Worker};
use serde_json::Value;

use crate::codec::Address;
use crate::codec::messages::WorkerHeartBeatRequest;

const LONGEST_ID: usize = 128;
const LONGEST_HOST: usize = 253;
const LONGEST_TEXT: usize = 256;
/// A worker that lists more is master of more runs than its process can hold.
const MOST_INSTANCES: usize = 8_192;

/// A worker as its heartbeat introduces it.
pub(crate) struct Introduction {
    pub(crate) app_group: i64,
    pub(crate) worker: Worker,
    pub(crate) online: bool,
    pub(crate) instances: Vec<i64>,
}

impl Introduction {
    /// Reads a heartbeat that came from `address`.
    ///
    /// # Errors
    /// Why it introduces nobody.
    pub(crate) fn read(said: WorkerHeartBeatRequest, address: &Address) -> Result<Self, &'static str> {
        let app_group =
            said.app_group_id.filter(|id| *id > 0).ok_or("a heartbeat without an app group's number")?;
        if !is_plain(&said.worker_id, LONGEST_ID) {
            return Err("a worker's id is empty, too long, or of other than plain characters");
        }
        if !is_plain(&address.host, LONGEST_HOST) {
            return Err("a worker's host is none");
        }
        if said.job_instance_id.len() > MOST_INSTANCES {
            return Err("a worker lists too many instances");
        }
        let rpc_port = said.rpc_port.and_then(|port| u16::try_from(port).ok()).filter(|port| *port > 0);
        let worker = Worker {
            id: said.worker_id,
            host: address.host.clone(),
            port: address.port,
            rpc_port,
            label: cut(said.label.unwrap_or_default()),
            version: cut(said.version),
            starter: cut(said.starter.unwrap_or_default()),
            metrics: metrics(said.metrics_json.as_deref().unwrap_or_default()),
            ready: false,
            connected_at: Timestamp::default(),
            beats: Vec::new(),
        };
        Ok(Self { app_group, worker, online: said.online.unwrap_or(true), instances: said.job_instance_id })
    }
}

/// Ids and hosts go into addresses, between `@`, `:` and `/`; only a host of version 6 has colons, in brackets or not.
fn is_plain(text: &str, longest: usize) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_.-:[]%".contains(c);
    !text.is_empty() && text.len() <= longest && text.chars().all(plain)
}

fn cut(text: String) -> String {
    if text.len() <= LONGEST_TEXT && !text.contains('\0') {
        return text;
    }
    text.chars().filter(|c| *c != '\0').take(LONGEST_TEXT / 4).collect()
}

fn metrics(json: &str) -> Metrics {
    let said: Value = serde_json::from_str(json).unwrap_or_default();
    let number = |name: &str| said[name].as_f64().filter(|number| number.is_finite()).unwrap_or(0.0);
    Metrics {
        cpu_load1: number("cpuLoad1"),
        cpu_load5: number("cpuLoad5"),
        cpu_processors: number("cpuProcessors").clamp(0.0, f64::from(u32::MAX)) as u32,
        heap1_usage: number("heap1Usage"),
        heap5_usage: number("heap5Usage"),
        heap1_used: number("heap1Used"),
        heap_max: number("heapMax"),
        disk_usage: number("diskUsage"),
        disk_used: number("diskUsed"),
        disk_max: number("diskMax"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said() -> WorkerHeartBeatRequest {
        WorkerHeartBeatRequest {
            worker_id: "192168001010_4242_12345".into(),
            app_group_id: Some(7),
            metrics_json: Some(r#"{"cpuLoad5":1.5,"cpuProcessors":4,"heapMax":"much"}"#.into()),
            rpc_port: Some(0),
            label: Some("\0".repeat(3) + &"ü".repeat(400)),
            ..WorkerHeartBeatRequest::default()
        }
    }

    fn address(host: &str) -> Address {
        Address { system: "w".into(), host: host.into(), port: 50000 }
    }

    #[test]
    fn what_a_worker_says_is_taken_as_far_as_it_can_be_used() {
        let read = Introduction::read(said(), &address("10.0.0.9")).unwrap();
        let worker = &read.worker;
        assert_eq!((worker.metrics.cpu_load5, worker.metrics.cpu_processors), (1.5, 4));
        assert_eq!((worker.metrics.heap_max, worker.rpc_port, read.online), (0.0, None, true));
        assert_eq!(worker.label, "ü".repeat(64));
        assert_eq!(worker.address(), "192168001010_4242_12345@10.0.0.9:50000");
    }

    #[test]
    fn who_cannot_be_addressed_is_nobody() {
        for (id, host) in
            [("", "h"), ("a@b", "h"), ("a/b", "h"), ("a", ""), ("a", "h h"), (&"a".repeat(129), "h")]
        {
            let said = WorkerHeartBeatRequest { worker_id: id.into(), ..said() };
            assert!(Introduction::read(said, &address(host)).is_err(), "{id} {host}");
        }
        let groupless = WorkerHeartBeatRequest { app_group_id: None, ..said() };
        assert!(Introduction::read(groupless, &address("h")).is_err());
    }
}
