//! Bridges: where the operator has what was meant for a vendor's cloud delivered.
//!
//! Rules may name queues, functions and logs of a cloud that this server does not reach. The operator says which HTTP
//! address stands in for them, by the beginning of their names.

use muster_core::{Error, Result};

use crate::address::is_http_url;

/// The bridges of a server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bridges(Vec<(String, String)>);

impl Bridges {
    /// Reads entries of the form `BEGINNING=URL`.
    ///
    /// # Errors
    /// `Invalid` of `outbound.bridges` for an entry of another form.
    pub fn new(entries: &[String]) -> Result<Self> {
        let read = |entry: &String| {
            // Names have no `=`, addresses may.
            let bridge = entry.split_once('=').map(|(beginning, url)| (beginning.trim(), url.trim()));
            match bridge.filter(|(beginning, url)| !beginning.is_empty() && is_http_url(url)) {
                Some((beginning, url)) => Ok((beginning.to_owned(), url.to_owned())),
                None => Err(Error::invalid("outbound.bridges", format!("{entry:?} is not BEGINNING=URL"))),
            }
        };
        let mut bridges = entries.iter().map(read).collect::<Result<Vec<_>>>()?;
        bridges.sort_by_key(|(beginning, _)| std::cmp::Reverse(beginning.len()));
        Ok(Self(bridges))
    }

    /// The address that stands in for `name`: the one with the longest beginning.
    pub fn url(&self, name: &str) -> Option<&str> {
        let leads = |(beginning, _): &&(String, String)| name.starts_with(beginning.as_str());
        self.0.iter().find(leads).map(|(_, url)| url.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_beginning_leads() {
        let entries =
            ["acs:mns:=http://h/mns?a=b", "acs:mns:cn-hangzhou:=http://h/hz", "acs:fc:=https://h/fc"];
        let bridges = Bridges::new(&entries.map(str::to_owned)).unwrap();
        for (name, url) in [
            ("acs:mns:cn-beijing:1:/queues/q/message", Some("http://h/mns?a=b")),
            ("acs:mns:cn-hangzhou:1:/queues/q/message", Some("http://h/hz")),
            ("acs:fc:x:1:services/s/functions/f", Some("https://h/fc")),
            ("acs:log:x:1:project/p/logstore/l", None),
        ] {
            assert_eq!(bridges.url(name), url, "{name}");
        }
    }

    #[test]
    fn a_wrong_entry_is_named() {
        for entry in ["", "acs:mns:", "=http://h", "acs:mns:=ftp://h", "acs:mns:=h"] {
            assert!(Bridges::new(&[entry.to_owned()]).is_err(), "{entry:?}");
        }
    }
}
