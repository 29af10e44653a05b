//! What callers may ask of this feature.

mod activation;
mod contacts;
mod groups;
mod messages;
mod tell;
mod topics;

pub use activation::{Confirmation, Opened};
pub use tell::{Notice, Recipients, Told};

use crate::config::ContactSettings;

/// The contact directory and the outbox. Every method works within the account that it is given.
#[derive(Clone, Debug)]
pub struct Service {
    settings: ContactSettings,
    public_url: String,
}

impl Service {
    /// `public_url` is the address by which people outside reach this server; activation links begin with it.
    pub fn new(settings: ContactSettings, public_url: &str) -> Self {
        Self { settings, public_url: public_url.trim_end_matches('/').to_owned() }
    }
}
