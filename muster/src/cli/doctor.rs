//! `muster doctor`: what an operator should know before trouble comes.

use std::io::{BufRead, BufReader};
use std::net::{TcpListener, TcpStream, ToSocketAddrs, UdpSocket};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::{Duration, Instant};

use clap::Args;
use muster_core::{Clock, SystemClock, Timestamp};
use muster_db::SQLITE_FILE;
use muster_db::cluster::SHARDS;
use serde::Serialize;

use super::{Context, Outcome};
use crate::admin::{self, NodeRow, Request};
use crate::bench::flush_time;
use crate::client::Endpoints;
use crate::config::Settings;

/// Longer than that, and every create waits for it noticeably.
const SLOW_FLUSH: Duration = Duration::from_millis(10);
/// Signatures are good for fifteen minutes; a tenth of that is a clock to look after.
const LARGE_OFFSET_MS: i64 = 90_000;
const PATIENCE: Duration = Duration::from_secs(3);
/// Seconds from 1900, where NTP counts from, to 1970.
const NTP_EPOCH: i64 = 2_208_988_800;

#[derive(Args)]
pub(super) struct Arguments {
    /// Whom to ask for the time
    #[arg(long, value_name = "HOST:PORT", default_value = "pool.ntp.org:123")]
    time_server: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Verdict {
    Good,
    Note,
    Bad,
}

#[derive(Debug, Serialize)]
struct Finding {
    about: &'static str,
    verdict: Verdict,
    text: String,
}

fn good(about: &'static str, text: impl Into<String>) -> Finding {
    Finding { about, verdict: Verdict::Good, text: text.into() }
}

fn note(about: &'static str, text: impl Into<String>) -> Finding {
    Finding { about, verdict: Verdict::Note, text: text.into() }
}

fn bad(about: &'static str, text: impl Into<String>) -> Finding {
    Finding { about, verdict: Verdict::Bad, text: text.into() }
}

pub(super) fn run(context: &Context, arguments: &Arguments) -> Outcome {
    let settings = &context.settings;
    let runs = admin::is_running(&settings.data);
    let findings = [
        server(settings, runs),
        store(settings),
        secrets(settings),
        flush(&settings.data),
        port("HTTP port", settings.listen, runs),
        port("worker port", settings.worker_listen, runs),
        nodes(settings),
        mail(settings),
        clock(&arguments.time_server),
    ];
    context.print(&findings, |findings| {
        let mut text = String::new();
        for finding in findings {
            let mark = match finding.verdict {
                Verdict::Good => "ok  ",
                Verdict::Note => "note",
                Verdict::Bad => "BAD ",
            };
            text.push_str(&format!("{mark}  {:<12}  {}\n", finding.about, finding.text));
        }
        text
    })?;
    let bad = findings.iter().filter(|finding| finding.verdict == Verdict::Bad).count();
    if bad == 0 { Ok(()) } else { Err(format!("{bad} of {} findings are bad", findings.len()).into()) }
}

fn server(settings: &Settings, runs: bool) -> Finding {
    match (runs, Endpoints::of(&settings.data)) {
        (true, Ok(endpoints)) => good("server", format!("running, {}", endpoints.http)),
        (true, Err(why)) => bad("server", format!("running, but {why}")),
        (false, _) => note("server", "not running"),
    }
}

fn store(settings: &Settings) -> Finding {
    if settings.database.is_none() && !settings.data.join(SQLITE_FILE).exists() {
        return note("store", format!("none yet in {}; the first start makes it", settings.data.display()));
    }
    match admin::ask(settings, &Request::Check) {
        Ok(checked) => {
            let rows: i64 =
                checked["rows"].as_object().into_iter().flatten().filter_map(|(_, rows)| rows.as_i64()).sum();
            good(
                "store",
                format!("sound, {rows} rows on {}", checked["database"].as_str().unwrap_or_default()),
            )
        }
        Err(why) => bad("store", why),
    }
}

fn nodes(settings: &Settings) -> Finding {
    const ABOUT: &str = "nodes";
    if settings.database.is_none() {
        return good(ABOUT, "one: the store is on SQLite");
    }
    let nodes = admin::ask(settings, &Request::Nodes)
        .and_then(|nodes| serde_json::from_value::<Vec<NodeRow>>(nodes).map_err(|why| why.to_string()));
    match nodes {
        Ok(nodes) => judge_nodes(&nodes, settings.cluster.lease_s * 1000),
        Err(why) => bad(ABOUT, why),
    }
}

fn judge_nodes(nodes: &[NodeRow], lease_ms: i64) -> Finding {
    const ABOUT: &str = "nodes";
    let list: Vec<String> =
        nodes.iter().map(|node| format!("{} serves {} of {SHARDS}", node.address, node.shards)).collect();
    let list = list.join(", ");
    if nodes.is_empty() {
        return note(ABOUT, "none has joined the database");
    }
    if let Some(silent) = nodes.iter().find(|node| node.silent_ms.abs() > lease_ms) {
        return bad(
            ABOUT,
            format!(
                "node {} was silent for {} ms, or its clock differs: {list}",
                silent.id, silent.silent_ms
            ),
        );
    }
    if nodes.len() > 1 && nodes.iter().any(|node| node.address.is_empty()) {
        return bad(ABOUT, format!("a node has no address for workers: set --advertise there ({list})"));
    }
    good(ABOUT, list)
}

/// Nobody else on the host may read them.
fn secrets(settings: &Settings) -> Finding {
    let paths = [settings.key_file(), settings.data.join("credentials.json")];
    let open: Vec<_> = paths
        .iter()
        .filter(|path| std::fs::metadata(path).is_ok_and(|about| about.permissions().mode() & 0o077 != 0))
        .map(|path| path.display().to_string())
        .collect();
    match (open.is_empty(), paths[0].exists()) {
        (false, _) => bad("secrets", format!("others can read {}; chmod 600", open.join(" and "))),
        (true, true) => {
            good("secrets", format!("{} is its owner's alone; keep a copy of it", paths[0].display()))
        }
        (true, false) => note("secrets", "no key file yet"),
    }
}

fn flush(data: &Path) -> Finding {
    if !data.is_dir() {
        return note("disk", "no data folder yet");
    }
    match flush_time(data) {
        Ok(time) if time < SLOW_FLUSH => good("disk", format!("a flush takes {time:.2?}")),
        Ok(time) => note("disk", format!("a flush takes {time:.2?}; a change waits for at least one")),
        Err(why) => bad("disk", format!("{}: {why}", data.display())),
    }
}

fn port(about: &'static str, address: std::net::SocketAddr, runs: bool) -> Finding {
    match TcpListener::bind(address) {
        _ if address.port() == 0 => good(about, "any free one"),
        Ok(_) => good(about, format!("{address} is free")),
        Err(_) if runs => good(about, format!("{address} is in use while the server runs")),
        Err(why) => bad(about, format!("{address}: {why}")),
    }
}

fn mail(settings: &Settings) -> Finding {
    let Some(host) = &settings.smtp.host else {
        let outbox = settings.data.join("outbox");
        return note("mail", format!("no gateway; mails are written to {}", outbox.display()));
    };
    let usual = match settings.smtp.security {
        muster_notify::SmtpSecurity::Starttls => 587,
        muster_notify::SmtpSecurity::Tls => 465,
        muster_notify::SmtpSecurity::None => 25,
    };
    let port = settings.smtp.port.unwrap_or(usual);
    let greeted = connect(host, port).and_then(|stream| {
        stream.set_read_timeout(Some(PATIENCE))?;
        let mut line = String::new();
        // With TLS from the first byte the gateway waits for us.
        if settings.smtp.security != muster_notify::SmtpSecurity::Tls {
            BufReader::new(stream).read_line(&mut line)?;
        }
        Ok(line)
    });
    match greeted {
        Ok(line) if line.is_empty() || line.starts_with("220") => {
            good("mail", format!("{host}:{port} answers"))
        }
        Ok(line) => bad("mail", format!("{host}:{port} says {}", line.trim_end())),
        Err(why) => bad("mail", format!("{host}:{port}: {why}")),
    }
}

fn connect(host: &str, port: u16) -> std::io::Result<TcpStream> {
    let mut last = std::io::Error::other("the name has no address");
    for address in (host, port).to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, PATIENCE) {
            Ok(stream) => return Ok(stream),
            Err(why) => last = why,
        }
    }
    Err(last)
}

fn clock(server: &str) -> Finding {
    match offset_ms(server) {
        Ok(offset) if offset.abs() <= LARGE_OFFSET_MS => good("clock", format!("{offset} ms from {server}")),
        Ok(offset) => bad("clock", format!("{offset} ms from {server}: signed requests may be refused")),
        Err(why) => note("clock", format!("{server} does not answer ({why}); its offset is not known")),
    }
}

/// How far this host's clock is ahead of a time server's, by one SNTP exchange (RFC 4330).
fn offset_ms(server: &str) -> std::io::Result<i64> {
    let address =
        server.to_socket_addrs()?.next().ok_or_else(|| std::io::Error::other("the name has no address"))?;
    let socket = UdpSocket::bind(if address.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" })?;
    socket.set_read_timeout(Some(PATIENCE))?;
    socket.connect(address)?;
    let mut packet = [0; 48];
    // Version 4, mode client.
    packet[0] = 0b00_100_011;
    let (sent, began) = (SystemClock.now(), Instant::now());
    socket.send(&packet)?;
    let length = socket.recv(&mut packet)?;
    let half = i64::try_from(began.elapsed().as_millis()).unwrap_or(0) / 2;
    let theirs =
        transmitted(&packet[..length]).ok_or_else(|| std::io::Error::other("not an answer of NTP"))?;
    Ok(sent.plus_ms(half).since(theirs))
}

/// The transmit timestamp of a server's packet.
fn transmitted(packet: &[u8]) -> Option<Timestamp> {
    let field = |at: usize| Some(u32::from_be_bytes(packet.get(at..at + 4)?.try_into().ok()?));
    let (mode, seconds, fraction) = (packet.first()? & 7, field(40)?, field(44)?);
    let millis = (i64::from(fraction) * 1000) >> 32;
    (mode == 4 && seconds != 0)
        .then(|| Timestamp::from_millis((i64::from(seconds) - NTP_EPOCH) * 1000 + millis))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_servers_packet_is_read() {
        let mut packet = [0; 48];
        packet[0] = 0b00_100_100;
        // 2026-01-15T08:30:00.5Z
        packet[40..44].copy_from_slice(&(1_768_465_800_u32 + 2_208_988_800).to_be_bytes());
        packet[44] = 0x80;
        assert_eq!(transmitted(&packet), Some(Timestamp::from_millis(1_768_465_800_500)));
        packet[0] = 0b00_100_011;
        assert_eq!(transmitted(&packet), None);
        assert_eq!(transmitted(&packet[..20]), None);
    }

    #[test]
    fn nodes_that_cannot_be_named_or_heard_are_bad() {
        let node = |address: &str, silent_ms| NodeRow {
            id: 7,
            address: address.to_owned(),
            version: "1".to_owned(),
            since: String::new(),
            silent_ms,
            shards: 32,
        };
        let verdict = |nodes: &[NodeRow]| judge_nodes(nodes, 5_000).verdict;
        assert_eq!(verdict(&[]), Verdict::Note);
        assert_eq!(
            verdict(&[node("", 100)]),
            Verdict::Good,
            "whoever is alone is found by how it was reached"
        );
        assert_eq!(verdict(&[node("a:1", 100), node("b:1", 900)]), Verdict::Good);
        assert_eq!(verdict(&[node("a:1", 100), node("", 100)]), Verdict::Bad);
        assert_eq!(verdict(&[node("a:1", -6_000)]), Verdict::Bad);
    }

    #[test]
    fn a_port_that_somebody_else_has_is_bad_unless_it_is_us() {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = taken.local_addr().unwrap();
        assert_eq!(port("port", address, false).verdict, Verdict::Bad);
        assert_eq!(port("port", address, true).verdict, Verdict::Good);
    }
}
