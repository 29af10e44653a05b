//! What a worker says of its host.

use std::net::{IpAddr, Ipv4Addr, UdpSocket};

use serde_json::json;

/// The worker's name, as the official ones make theirs: address, process, and when it started.
pub(super) fn worker_id(started_ms: i64) -> String {
    let [a, b, c, d] = own_address().octets();
    format!("{a:03}{b:03}{c:03}{d:03}_{}_{}", std::process::id(), started_ms.rem_euclid(100_000))
}

/// The address from which others would be reached. Nothing is sent for it.
fn own_address() -> Ipv4Addr {
    // An address of the range for documentation: which route the kernel would take to anywhere.
    let towards = |socket: UdpSocket| {
        socket.connect((Ipv4Addr::new(192, 0, 2, 1), 9))?;
        socket.local_addr()
    };
    match UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).and_then(towards).map(|address| address.ip()) {
        Ok(IpAddr::V4(ip)) => ip,
        _ => Ipv4Addr::LOCALHOST,
    }
}

/// How loaded the host is, as JSON; nothing of what cannot be read.
pub(super) fn metrics() -> String {
    let loads = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let mut loads = loads.split(' ').map(|load| load.parse::<f64>().unwrap_or(0.0));
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let memory = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let kib = |name: &str| {
        let line = memory.lines().find_map(|line| line.strip_prefix(name));
        line.and_then(|rest| rest.trim().trim_end_matches(" kB").parse::<f64>().ok()).unwrap_or(0.0)
    };
    let (total, available) = (kib("MemTotal:"), kib("MemAvailable:"));
    let used = if total > 0.0 { (total - available) / total } else { 0.0 };
    json!({
        "cpuLoad1": loads.next().unwrap_or(0.0),
        "cpuLoad5": loads.next().unwrap_or(0.0),
        "cpuProcessors": processors,
        "heap1Usage": used,
        "heap5Usage": used,
        "heap1Used": (total - available) / 1024.0,
        "heapMax": total / 1024.0,
    })
    .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_the_form_of_the_official_ones() {
        let id = worker_id(1_768_465_812_345);
        let parts: Vec<&str> = id.split('_').collect();
        assert_eq!((parts[0].len(), parts[2]), (12, "12345"), "{id}");
        assert!(id.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_'));
    }

    #[test]
    fn metrics_are_json() {
        let metrics: serde_json::Value = serde_json::from_str(&metrics()).unwrap();
        assert!(metrics["cpuProcessors"].as_u64() > Some(0), "{metrics}");
    }
}
