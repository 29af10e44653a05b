//! What the server may dial on behalf of its users, and the client that keeps to it.
//!
//! Users give URLs (robots, callbacks), and the server stands where its users may not: next to databases,
//! cloud metadata and administration ports. So a name is resolved once, every address it stands for is
//! judged, the connection goes to exactly those addresses, and redirects are not followed.

use std::fmt;
use std::io::Read;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use ipnet::IpNet;
use muster_core::{Error, Result};
use ureq::Agent;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};

use crate::address::is_http_url;
use crate::config::OutboundSettings;

/// More than this of an answer is not read.
const LONGEST_ANSWER: u64 = 64 * 1024;

/// Which targets may be dialled.
#[derive(Clone, Debug)]
pub struct Policy {
    networks: Vec<IpNet>,
    names: Vec<String>,
    loopback: bool,
}

/// Why a target is not dialled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    host: String,
    address: IpAddr,
    kind: &'static str,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, address, kind } = self;
        if address.to_string() == host.trim_matches(['[', ']']) {
            write!(f, "{address} is {kind}; ")?;
        } else {
            write!(f, "{host} stands for {address}, which is {kind}; ")?;
        }
        if *kind == LOOPBACK {
            f.write_str("only a server that itself listens on loopback alone dials it")
        } else {
            f.write_str("the setting outbound.allow can name it")
        }
    }
}

impl std::error::Error for Refused {}

const LOOPBACK: &str = "a loopback address";

impl Policy {
    /// The policy of `settings`, for a server that listens on loopback alone or not.
    ///
    /// Fails with `Error::Invalid` on an entry that is neither an address, a network nor a host name.
    pub fn new(settings: &OutboundSettings, loopback_only_server: bool) -> Result<Self> {
        let mut policy = Self { networks: Vec::new(), names: Vec::new(), loopback: loopback_only_server };
        for entry in &settings.allow {
            let entry = entry.trim();
            if let Ok(network) = entry.parse::<IpNet>() {
                policy.networks.push(network);
            } else if let Ok(address) = entry.trim_matches(['[', ']']).parse::<IpAddr>() {
                policy.networks.push(address.into());
            } else if is_host_pattern(entry) {
                policy.names.push(entry.to_ascii_lowercase());
            } else {
                return Err(Error::invalid(
                    "outbound.allow",
                    format!("{entry:?} is neither an address, a network nor a host name"),
                ));
            }
        }
        Ok(policy)
    }

    /// Whether `address`, to which `host` was resolved, may be dialled.
    pub fn admit(&self, host: &str, address: IpAddr) -> Result<(), Refused> {
        let judged = embedded(address);
        let Some(kind) = not_public(judged) else { return Ok(()) };
        let admitted = if kind == LOOPBACK {
            self.loopback
        } else {
            self.networks.iter().any(|network| network.contains(&judged) || network.contains(&address))
                || self.names_host(host)
        };
        if admitted { Ok(()) } else { Err(Refused { host: host.to_owned(), address, kind }) }
    }

    fn names_host(&self, host: &str) -> bool {
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        self.names.iter().any(|name| match name.strip_prefix("*.") {
            Some(suffix) => {
                host.strip_suffix(suffix).is_some_and(|rest| rest.len() > 1 && rest.ends_with('.'))
            }
            None => *name == host,
        })
    }
}

fn is_host_pattern(entry: &str) -> bool {
    let name = entry.strip_prefix("*.").unwrap_or(entry);
    !name.is_empty()
        && name.len() <= 253
        && name.split('.').all(|label| {
            !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
        })
        && name.bytes().any(|b| b.is_ascii_alphabetic())
}

/// The IPv4 address inside an IPv6 address of the transition schemes: what is really reached.
fn embedded(address: IpAddr) -> IpAddr {
    let IpAddr::V6(v6) = address else { return address };
    let octets = v6.octets();
    let v4 =
        |at: usize| IpAddr::V4(Ipv4Addr::new(octets[at], octets[at + 1], octets[at + 2], octets[at + 3]));
    match v6.segments() {
        // IPv4-mapped, and NAT64's well-known prefix.
        [0, 0, 0, 0, 0, 0xffff, ..] | [0x64, 0xff9b, 0, 0, 0, 0, ..] => v4(12),
        // IPv4-compatible, long out of use; `::` and `::1` are addresses of their own.
        [0, 0, 0, 0, 0, 0, high, low] if (u32::from(high) << 16 | u32::from(low)) > 1 => v4(12),
        // 6to4.
        [0x2002, ..] => v4(2),
        _ => address,
    }
}

/// What makes an address private; `None` for one of the public internet.
fn not_public(address: IpAddr) -> Option<&'static str> {
    match address {
        IpAddr::V4(v4) => not_public_v4(v4),
        IpAddr::V6(v6) => not_public_v6(v6),
    }
}

fn not_public_v4(v4: Ipv4Addr) -> Option<&'static str> {
    let [a, b, c, _] = v4.octets();
    match (a, b, c) {
        (127, ..) => Some(LOOPBACK),
        (0, ..) => Some("an unspecified address"),
        (10, ..) | (192, 168, _) | (172, 16..=31, _) => Some("a private address"),
        (169, 254, _) => Some("a link-local address"),
        (100, 64..=127, _) => Some("an address of a provider's inner network"),
        (192, 0, 0 | 2) | (198, 51, 100) | (203, 0, 113) | (198, 18..=19, _) => Some("a reserved address"),
        (224..=239, ..) => Some("a multicast address"),
        (240..=255, ..) => Some("a reserved address"),
        _ => None,
    }
}

fn not_public_v6(v6: Ipv6Addr) -> Option<&'static str> {
    match v6.segments() {
        [0, 0, 0, 0, 0, 0, 0, 1] => Some(LOOPBACK),
        [0, 0, 0, 0, 0, 0, 0, 0] => Some("an unspecified address"),
        [0xfe80..=0xfebf, ..] => Some("a link-local address"),
        [0xfc00..=0xfdff, ..] | [0xfec0..=0xfeff, ..] => Some("a private address"),
        [0xff00..=0xffff, ..] => Some("a multicast address"),
        // Teredo hides an IPv4 address behind a relay, and 64:ff9b:1::/48 is NAT64 within one network.
        [0x2001, 0, ..] | [0x64, 0xff9b, 1, ..] | [0x2001, 0xdb8, ..] | [0x100, 0, 0, 0, ..] => {
            Some("a reserved address")
        }
        _ => None,
    }
}

/// Resolves a name once and lets only admitted addresses through; the connection is made to what it returns.
#[derive(Debug)]
struct Guarded {
    policy: Policy,
    names: DefaultResolver,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Client")
    }
}

impl Resolver for Guarded {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let addresses = self.names.resolve(uri, config, timeout)?;
        let host = uri.host().unwrap_or("");
        // One address that may not be dialled condemns the name: which one a connection took would be chance.
        for socket in &addresses[..] {
            self.policy.admit(host, socket.ip()).map_err(|refused| ureq::Error::Other(Box::new(refused)))?;
        }
        Ok(addresses)
    }
}

/// An HTTP client for targets that users name. Cheap to clone.
#[derive(Clone)]
pub struct Client {
    agent: Agent,
}

/// A POST to such a target.
#[derive(Clone, Debug)]
pub struct Post<'a> {
    /// Where to.
    pub url: &'a str,
    /// What the body is.
    pub content_type: &'a str,
    /// Further headers.
    pub headers: &'a [(&'a str, &'a str)],
    /// The body.
    pub body: &'a [u8],
}

/// An answer of whatever status.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The first 64 KiB of the body.
    pub body: Vec<u8>,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// It will never work like this: the address is malformed or the policy refuses it.
    Refused(String),
    /// It may work later.
    Unreachable(String),
}

impl Client {
    /// A client that keeps to `policy` and gives each request `timeout`.
    pub fn new(policy: Policy, timeout: Duration) -> Self {
        let config = Self::config(timeout);
        Self {
            agent: Agent::with_parts(
                config,
                DefaultConnector::default(),
                Guarded { policy, names: DefaultResolver::default() },
            ),
        }
    }

    /// A client for addresses that the operator has configured, which no policy restricts.
    pub(crate) fn unrestricted(timeout: Duration) -> Self {
        Self {
            agent: Agent::with_parts(
                Self::config(timeout),
                DefaultConnector::default(),
                DefaultResolver::default(),
            ),
        }
    }

    fn config(timeout: Duration) -> Config {
        Agent::config_builder()
            .timeout_global(Some(timeout))
            .http_status_as_error(false)
            .max_redirects(0)
            // A proxy from the environment would dial what the policy has not seen.
            .proxy(None)
            .user_agent("Muster")
            .build()
    }

    /// Posts and waits for the answer.
    pub fn post(&self, post: &Post<'_>) -> Result<Answer, Failure> {
        if !is_http_url(post.url) {
            return Err(Failure::Refused("not an http or https address".to_owned()));
        }
        let mut request = self.agent.post(post.url).header("Content-Type", post.content_type);
        for (name, value) in post.headers {
            request = request.header(*name, *value);
        }
        read(request.send(post.body).map_err(classify)?)
    }

    /// Gets and waits for the answer.
    pub fn get(&self, url: &str, headers: &[(&str, &str)]) -> Result<Answer, Failure> {
        if !is_http_url(url) {
            return Err(Failure::Refused("not an http or https address".to_owned()));
        }
        let mut request = self.agent.get(url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        read(request.call().map_err(classify)?)
    }
}

fn read(mut response: ureq::http::Response<ureq::Body>) -> Result<Answer, Failure> {
    let status = response.status().as_u16();
    let mut body = Vec::new();
    let read = response.body_mut().as_reader().take(LONGEST_ANSWER).read_to_end(&mut body);
    read.map_err(|error| Failure::Unreachable(error.to_string()))?;
    Ok(Answer { status, body })
}

fn classify(error: ureq::Error) -> Failure {
    match error {
        ureq::Error::Other(source) => match source.downcast::<Refused>() {
            Ok(refused) => Failure::Refused(refused.to_string()),
            Err(other) => Failure::Unreachable(other.to_string()),
        },
        ureq::Error::BadUri(why) => Failure::Refused(why),
        ureq::Error::Http(why) => Failure::Refused(why.to_string()),
        other => Failure::Unreachable(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::net::TcpListener;

    use super::*;

    fn policy(allow: &[&str], loopback: bool) -> Policy {
        let allow = allow.iter().map(|entry| (*entry).to_owned()).collect();
        Policy::new(&OutboundSettings { allow, ..OutboundSettings::default() }, loopback).unwrap()
    }

    fn admitted(policy: &Policy, host: &str, address: &str) -> bool {
        policy.admit(host, address.parse().unwrap()).is_ok()
    }

    #[test]
    fn addresses_of_the_public_internet_are_dialled_and_no_others() {
        let policy = policy(&[], false);
        for address in [
            "8.8.8.8",
            "47.95.1.2",
            "172.15.0.1",
            "172.32.0.1",
            "100.63.0.1",
            "100.128.0.1",
            "2606:4700::1111",
            "64:ff9b::808:808",
            "2002:808:808::1",
        ] {
            assert!(admitted(&policy, "h", address), "{address}");
        }
        for address in [
            "127.0.0.1",
            "127.9.9.9",
            "0.0.0.0",
            "10.0.0.1",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "169.254.169.254",
            "100.100.100.200",
            "192.0.0.8",
            "192.0.2.1",
            "198.18.0.1",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "255.255.255.255",
            "240.0.0.1",
            "::",
            "::1",
            "fe80::1",
            "fc00::1",
            "fd12::1",
            "fec0::1",
            "ff02::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::10.0.0.1",
            "64:ff9b::a00:1",
            "64:ff9b:1::1",
            "2002:7f00:1::1",
            "2001:0:1::1",
            "2001:db8::1",
        ] {
            assert!(!admitted(&policy, "h", address), "{address}");
        }
    }

    #[test]
    fn named_targets_are_dialled() {
        let policy = policy(
            &["10.1.0.0/16", "192.168.7.7", "[fd00::5]", "Hooks.corp.example", "*.inner.example"],
            false,
        );
        assert!(admitted(&policy, "h", "10.1.2.3"));
        assert!(admitted(&policy, "h", "::ffff:10.1.2.3"));
        assert!(!admitted(&policy, "h", "10.2.0.1"));
        assert!(admitted(&policy, "h", "192.168.7.7"));
        assert!(!admitted(&policy, "h", "192.168.7.8"));
        assert!(admitted(&policy, "h", "fd00::5"));
        assert!(admitted(&policy, "hooks.corp.example.", "10.9.9.9"));
        assert!(!admitted(&policy, "evilhooks.corp.example", "10.9.9.9"));
        assert!(admitted(&policy, "a.b.inner.example", "10.9.9.9"));
        assert!(!admitted(&policy, "inner.example", "10.9.9.9"));
        assert!(!admitted(&policy, ".inner.example", "10.9.9.9"));
    }

    #[test]
    fn loopback_depends_on_the_server_alone() {
        assert!(admitted(&policy(&[], true), "h", "127.0.0.1"));
        assert!(admitted(&policy(&[], true), "h", "::1"));
        assert!(!admitted(&policy(&[], true), "h", "10.0.0.1"));
        assert!(!admitted(&policy(&["127.0.0.1", "localhost"], false), "localhost", "127.0.0.1"));
    }

    #[test]
    fn a_wrong_entry_is_named() {
        for entry in ["", "10.0.0.0/33", "http://h/", "a b", "*.", "10.0.0"] {
            let allow = vec![entry.to_owned()];
            let settings = OutboundSettings { allow, ..OutboundSettings::default() };
            assert!(
                matches!(Policy::new(&settings, false), Err(Error::Invalid { field, .. }) if field == "outbound.allow"),
                "{entry:?}"
            );
        }
    }

    /// Answers one request with `answer` and returns what was asked.
    fn serve_once(answer: String) -> (u16, std::thread::JoinHandle<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut seen = Vec::new();
            let mut buffer = [0; 4096];
            while !seen.ends_with(b"payload") {
                let read = stream.read(&mut buffer).unwrap();
                assert_ne!(read, 0, "the request ended early");
                seen.extend_from_slice(&buffer[..read]);
            }
            stream.write_all(answer.as_bytes()).unwrap();
            String::from_utf8(seen).unwrap()
        });
        (port, server)
    }

    fn post<'a>(url: &'a str) -> Post<'a> {
        Post { url, content_type: "text/plain", headers: &[("Idempotency-Key", "k1")], body: b"payload" }
    }

    #[test]
    fn a_post_arrives_whole_and_a_redirect_is_an_answer() {
        let (port, server) = serve_once(
            "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 2\r\n\r\nno".to_owned(),
        );
        let client = Client::new(policy(&[], true), Duration::from_secs(5));
        let answer = client.post(&post(&format!("http://127.0.0.1:{port}/hook?a=b"))).unwrap();
        assert_eq!((answer.status, answer.body.as_slice()), (302, b"no".as_slice()));
        let seen = server.join().unwrap().to_ascii_lowercase();
        assert!(seen.starts_with("post /hook?a=b http/1.1\r\n"), "{seen}");
        assert!(seen.contains("idempotency-key: k1\r\n"), "{seen}");
    }

    #[test]
    fn what_the_policy_refuses_is_never_connected() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let port = listener.local_addr().unwrap().port();
        let client = Client::new(policy(&[], false), Duration::from_secs(5));
        for host in ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]"] {
            let failure = client.post(&post(&format!("http://{host}:{port}/"))).unwrap_err();
            assert!(
                matches!(&failure, Failure::Refused(why) if why.contains("loopback")),
                "{host}: {failure:?}"
            );
        }
        assert_eq!(listener.accept().unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
    }

    #[test]
    fn an_endless_answer_is_cut_off() {
        let (port, server) =
            serve_once(format!("HTTP/1.1 200 OK\r\nContent-Length: 70000\r\n\r\n{}", "x".repeat(70_000)));
        let client = Client::new(policy(&[], true), Duration::from_secs(5));
        let answer = client.post(&post(&format!("http://127.0.0.1:{port}/"))).unwrap();
        assert_eq!((answer.status, answer.body.len()), (200, 64 * 1024));
        server.join().unwrap();
    }
}
