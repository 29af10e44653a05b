//! What workers are told to dial.

use std::net::{IpAddr, SocketAddr};

use muster_core::{Error, Result};

/// The worker port's address, as workers reach it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advertised {
    /// Nothing where the server listens on all addresses and nobody said more: then whatever it was reached by.
    host: Option<String>,
    port: u16,
}

impl Advertised {
    /// From the setting `advertise` (`HOST` or `HOST:PORT`) and the address that is listened on.
    ///
    /// # Errors
    /// `Invalid` when the setting is neither.
    pub fn new(advertise: Option<&str>, bound: SocketAddr) -> Result<Self> {
        let Some(given) = advertise else {
            let host =
                Some(bound.ip()).filter(|ip| !ip.is_unspecified()).map(|ip| bracketed(&ip.to_string()));
            return Ok(Self { host, port: bound.port() });
        };
        let bare_v6 = given.parse::<IpAddr>().is_ok_and(|ip| ip.is_ipv6());
        let (host, port) = match given.rsplit_once(':') {
            Some((host, port)) if !bare_v6 && !given.ends_with(']') => (host, Some(port)),
            _ => (given, None),
        };
        let port = match port {
            None => bound.port(),
            Some(port) => port.parse().map_err(|_| Error::invalid("advertise", "its port is none"))?,
        };
        let plain = |c: char| c.is_ascii_alphanumeric() || "._-:[]".contains(c);
        if host.is_empty() || !host.chars().all(plain) {
            return Err(Error::invalid("advertise", "it is neither HOST nor HOST:PORT"));
        }
        Ok(Self { host: Some(bracketed(host)), port })
    }

    /// `host:port` for those who were told of it elsewhere; nothing where only being reached would tell the host.
    pub fn for_others(&self) -> Option<String> {
        self.host.as_ref().map(|host| format!("{host}:{}", self.port))
    }

    /// Host and port for somebody who has reached the server by `reached`, a name or an address.
    pub fn to(&self, reached: &str) -> (String, u16) {
        (self.host.clone().unwrap_or_else(|| bracketed(reached)), self.port)
    }
}

fn bracketed(host: &str) -> String {
    if host.contains(':') && !host.starts_with('[') { format!("[{host}]") } else { host.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(advertise: Option<&str>, bound: &str, reached: &str) -> String {
        let (host, port) = Advertised::new(advertise, bound.parse().unwrap()).unwrap().to(reached);
        format!("{host}:{port}")
    }

    #[test]
    fn the_setting_comes_first_then_the_listener_then_how_one_was_reached() {
        for (advertise, bound, expected) in [
            (Some("workers.example"), "0.0.0.0:52014", "workers.example:52014"),
            (Some("workers.example:80"), "127.0.0.1:52014", "workers.example:80"),
            (Some("::1"), "0.0.0.0:52014", "[::1]:52014"),
            (Some("[::1]:9"), "0.0.0.0:52014", "[::1]:9"),
            (Some("[::1]"), "0.0.0.0:52014", "[::1]:52014"),
            (None, "10.0.0.5:52014", "10.0.0.5:52014"),
            (None, "[::1]:52014", "[::1]:52014"),
            (None, "0.0.0.0:52014", "proxy.example:52014"),
            (None, "[::]:52014", "proxy.example:52014"),
        ] {
            assert_eq!(told(advertise, bound, "proxy.example"), expected);
        }
        let for_others = |bound: &str| Advertised::new(None, bound.parse().unwrap()).unwrap().for_others();
        assert_eq!(
            (for_others("10.0.0.5:1"), for_others("0.0.0.0:1")),
            (Some("10.0.0.5:1".to_owned()), None)
        );
    }

    #[test]
    fn other_settings_are_refused() {
        for wrong in ["", ":80", "http://x", "x:port", "x:70000", "a b"] {
            assert!(Advertised::new(Some(wrong), "0.0.0.0:1".parse().unwrap()).is_err(), "{wrong}");
        }
    }
}
