//! The settings of this feature; each struct is one section of the configuration file.

use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;

use crate::model::Lang;

/// `[smtp]`: the mail gateway. Without a host, mails are written as files into the outbox folder.
#[derive(Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SmtpSettings {
    /// Host name or address of the gateway.
    pub host: Option<String>,
    /// Its port; 587 with STARTTLS, 465 with TLS, 25 without either.
    pub port: Option<u16>,
    /// How the connection is protected.
    pub security: SmtpSecurity,
    /// Certificates (PEM) that are trusted beside the public ones: for a gateway with a certificate of
    /// one's own.
    pub ca_file: Option<PathBuf>,
    /// User name, if the gateway wants one.
    pub username: Option<String>,
    /// The user's password.
    pub password: Option<String>,
    /// The sender, `Muster <muster@example.com>` or a bare address; by default `muster@` and this host's
    /// name.
    pub from: Option<String>,
    /// How long connecting and each step of the conversation may take, in seconds.
    pub timeout_s: Option<u64>,
}

impl std::fmt::Debug for SmtpSettings {
    // By hand, because a password must not reach a log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SmtpSettings")
            .field("host", &self.host)
            .field("port", &self.port)
            .field("security", &self.security)
            .finish_non_exhaustive()
    }
}

impl SmtpSettings {
    /// The time that one step may take.
    pub(crate) fn timeout(&self) -> Duration {
        Duration::from_secs(self.timeout_s.unwrap_or(10).clamp(1, 60))
    }
}

/// How a connection to the mail gateway is protected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SmtpSecurity {
    /// Plain connection that must be upgraded by STARTTLS.
    #[default]
    Starttls,
    /// TLS from the first byte.
    Tls,
    /// No protection: for a gateway on this host.
    None,
}

/// `[sms]` and `[phone]`: an HTTP gateway of the operator that sends texts or reads them out.
///
/// It gets a POST with the JSON object `{"to", "text", "key"}` and answers 2xx when it has taken the
/// message over.
#[derive(Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TextGatewaySettings {
    /// Where to post; without it the channel counts as not configured.
    pub url: Option<String>,
    /// Sent as `Authorization`, as it stands.
    pub authorization: Option<String>,
}

impl std::fmt::Debug for TextGatewaySettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TextGatewaySettings").field("configured", &self.url.is_some()).finish_non_exhaustive()
    }
}

/// `[outbound]`: what the server may dial on behalf of its users.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OutboundSettings {
    /// Private targets that are allowed all the same: addresses, networks (`10.1.0.0/16`), host names or
    /// `*.corp.example`.
    pub allow: Vec<String>,
    /// Addresses that stand in for things in vendors' clouds: `BEGINNING=URL`.
    pub bridges: Vec<String>,
}

/// `[contacts]`: rules of the contact directory.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ContactSettings {
    /// Whether mail and SMS channels must be confirmed by their owner before anything but the confirmation
    /// is sent to them.
    pub activation: bool,
    /// Whether a group that names an unknown contact is refused; else the name waits until such a contact
    /// is made.
    pub strict: bool,
    /// The language of contacts that name none.
    pub lang: Lang,
    /// A word that every text to a robot must hold, because robots can be set to refuse texts without it;
    /// empty for none.
    pub robot_keyword: String,
}

impl Default for ContactSettings {
    fn default() -> Self {
        Self { activation: true, strict: false, lang: Lang::En, robot_keyword: "CloudMonitor".to_owned() }
    }
}
