//! Who is asking.

use std::net::IpAddr;

use muster_core::{Error, Result, Uuid};

/// The kind of a caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Principal {
    /// The account itself: it may do everything.
    Root,
    /// A user of the account.
    User {
        /// The user's id.
        id: String,
        /// The user's name.
        name: String,
    },
}

/// A caller whose proof was checked, together with the request that is being served.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The account that owns whatever this caller sees.
    pub account_id: String,
    /// Who it is within the account.
    pub principal: Principal,
    /// Where the request came from.
    pub source_ip: IpAddr,
    /// Whether it came over TLS.
    pub secure: bool,
    /// The request's id.
    pub request_id: Uuid,
}

impl Caller {
    /// Refuses unless the caller's policies allow `action` on `resource`.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub fn require(&self, action: &str, _resource: &str) -> Result<()> {
        match self.principal {
            Principal::Root => Ok(()),
            Principal::User { .. } => Err(Error::Forbidden { action: action.to_owned() }),
        }
    }
}
