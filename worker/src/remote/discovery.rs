//! Where the server's worker port is, and which number the group has: two calls over HTTP.

use std::time::Duration;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;

use super::Settings;

const TIMEOUT: Duration = Duration::from_secs(5);
const MOST_BYTES: u64 = 64 << 10;

/// What is needed to connect.
#[derive(Debug)]
pub(super) struct Discovered {
    /// `HOST:PORT` of the worker port.
    pub(super) address: String,
    /// The group's number.
    pub(super) app_group: i64,
}

/// Why the server was not found.
#[derive(Debug)]
pub(super) enum Failure {
    /// It does not know the group, or not with this key.
    Refused(String),
    /// It may be there later.
    Away(String),
}

#[derive(Deserialize)]
struct Answer {
    success: bool,
    #[serde(default)]
    code: i64,
    #[serde(default)]
    message: String,
    #[serde(default)]
    data: String,
}

/// Asks the server. Blocks.
pub(super) fn find(settings: &Settings) -> Result<Discovered, Failure> {
    let config = ureq::Agent::config_builder().timeout_global(Some(TIMEOUT)).http_status_as_error(false);
    let agent = config.build().new_agent();
    let ask = |call: &str| {
        let encoded = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        let mut url = format!(
            "{}/worker/v1/appgroup/{call}?groupId={}&appKey={}",
            settings.server.trim_end_matches('/'),
            encoded(&settings.group_id),
            encoded(&settings.app_key),
        );
        if !settings.namespace.is_empty() {
            url.push_str(&format!("&namespace={}", encoded(&settings.namespace)));
        }
        // Errors of the client may hold the URL, and with it the key.
        let away = |_| Failure::Away(format!("{} cannot be reached", settings.server));
        let mut response = agent.get(&url).call().map_err(away)?;
        let body = response.body_mut().with_config().limit(MOST_BYTES).read_to_string().map_err(away)?;
        read(&body, settings)
    };
    let address = ask("getLeaderAddr")?;
    let number = ask("getId")?;
    let app_group = number.parse().map_err(|_| Failure::Away("the group's number is none".to_owned()))?;
    Ok(Discovered { address, app_group })
}

fn read(body: &str, settings: &Settings) -> Result<String, Failure> {
    let answer: Answer = serde_json::from_str(body)
        .map_err(|_| Failure::Away(format!("{} is no server of SchedulerX's protocol", settings.server)))?;
    match answer.code {
        _ if answer.success => Ok(answer.data),
        400..=499 => Err(Failure::Refused(format!("{}: {}", settings.group_id, answer.message))),
        _ => Err(Failure::Away(answer.message)),
    }
}
