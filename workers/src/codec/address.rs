//! Addresses of actor systems, and the paths that begin with them.

use std::fmt;

use super::transport::AddressData;

/// `akka.tcp://system@host:port`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Address {
    /// `server`, or a worker's id.
    pub system: String,
    /// A host name or an IP address, in brackets if it is of version 6.
    pub host: String,
    /// A TCP port.
    pub port: u16,
}

impl Address {
    /// What the server is called, everywhere.
    pub const SERVER: &'static str = "server";

    /// The address that a path begins with.
    pub fn of_path(path: &str) -> Option<Self> {
        let rest = path.strip_prefix("akka.tcp://")?;
        let authority = rest.split('/').next()?;
        let (system, place) = authority.rsplit_once('@')?;
        let (host, port) = place.rsplit_once(':')?;
        if system.is_empty() || host.is_empty() {
            return None;
        }
        Some(Self { system: system.to_owned(), host: host.to_owned(), port: port.parse().ok()? })
    }

    /// The path of an actor: `self/path`.
    pub fn path(&self, path: &str) -> String {
        format!("{self}/{path}")
    }

    /// As it stands in an association.
    pub fn to_data(&self) -> AddressData {
        AddressData {
            system: self.system.clone(),
            hostname: self.host.clone(),
            port: self.port.into(),
            protocol: Some("tcp".to_owned()),
        }
    }

    /// From an association; nothing when its port is none.
    pub fn from_data(data: AddressData) -> Option<Self> {
        let port = u16::try_from(data.port).ok()?;
        Some(Self { system: data.system, host: data.hostname, port })
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "akka.tcp://{}@{}:{}", self.system, self.host, self.port)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_begins_with_an_address() {
        let path = "akka.tcp://192168001010_4242_12345@192.168.1.10:50000/temp/$Pp";
        let address = Address::of_path(path).unwrap();
        assert_eq!((address.host.as_str(), address.port), ("192.168.1.10", 50000));
        assert_eq!(address.path("temp/$Pp"), path);
        assert_eq!(Address::of_path("akka.tcp://w@[::1]:7/").unwrap().host, "[::1]");
    }

    #[test]
    fn what_is_no_path_has_no_address() {
        for path in [
            "",
            "akka.tcp://",
            "http://a@b:1/",
            "akka.tcp://a@b/",
            "akka.tcp://a@b:70000/",
            "akka.tcp://@b:1",
        ] {
            assert_eq!(Address::of_path(path), None, "{path}");
        }
    }
}
