//! Who may report for namespaces that are not users' own.

use muster_identity::{Caller, Principal};

/// The callers that are believed when they report metrics of the cloud's services. The original takes these from its own
/// agents only.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustedReporters {
    /// `ACCOUNT/USER`, or `*` for everybody.
    pub users: Vec<String>,
}

impl TrustedReporters {
    fn trusts(&self, caller: &Caller) -> bool {
        let (Principal::Root { name, .. } | Principal::User { name, .. }) = &caller.principal else {
            return self.users.iter().any(|user| user == "*");
        };
        let is = |user: &String| {
            user == "*" || user.split_once('/') == Some((caller.account_name.as_str(), name.as_str()))
        };
        self.users.iter().any(is)
    }

    /// Whether this caller may report events that the system is the speaker of, or only its own ones.
    pub(in crate::cloudeye) fn allow_events(&self, caller: &Caller, source: &str, of_system: bool) -> bool {
        !is_own(source) && (!of_system || self.trusts(caller))
    }

    /// Whether this caller may report for this namespace. The server's own namespace is nobody else's.
    pub(super) fn allow(&self, caller: &Caller, namespace: &str) -> bool {
        !is_own(namespace) && (!is_reserved(namespace) || self.trusts(caller))
    }
}

fn is_own(namespace: &str) -> bool {
    namespace.starts_with("MUSTER.")
}

/// Whether a namespace belongs to one of the cloud's services.
pub fn is_reserved(namespace: &str) -> bool {
    ["SYS", "AGT", "SRE"].iter().any(|word| namespace.starts_with(word)) || namespace.starts_with("SERVICE.")
}
