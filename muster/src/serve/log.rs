//! Log lines: text for people, JSON by flag, on standard error.

use std::io::IsTerminal;

use muster_wire::encoding::percent_decode;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, fmt};

use crate::config::{LogFormat, Settings};

/// Starts logging for the whole process. A second call changes nothing.
pub(super) fn start(settings: &Settings) {
    let level = settings.log_level.parse().unwrap_or(LevelFilter::INFO);
    // Libraries say what they do at these levels; what concerns an operator they say as warnings.
    let targets = Targets::new().with_default(LevelFilter::WARN.min(level)).with_target("muster", level);
    let lines = match settings.log_format {
        LogFormat::Json => fmt::layer().json().flatten_event(true).with_writer(std::io::stderr).boxed(),
        LogFormat::Text => fmt::layer()
            .with_target(false)
            .with_ansi(std::io::stderr().is_terminal())
            .with_writer(std::io::stderr)
            .boxed(),
    };
    // Only a test that starts several servers in one process gets here twice.
    let _ = tracing_subscriber::registry().with(lines.with_filter(targets)).try_init();
}

/// What of a request's path may stand in a log: some paths end in a secret, such as the uuid of a ZStack session or the
/// token of a link in a mail.
pub(super) fn path(path: &str) -> &str {
    let mut start = 0;
    for segment in path.split('/') {
        let end = start + segment.len();
        let decoded = percent_decode(segment).unwrap_or_default();
        // The secret may stand behind an encoded slash, in the same segment.
        match decoded.split('/').any(|part| matches!(part, "public" | "sessions" | "api-jobs")) {
            true if decoded.contains('/') => return &path[..start],
            true => return &path[..end],
            false => start = end + 1,
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_secret_of_a_path_is_logged() {
        for (sent, logged) in [
            ("/v1/scheduler/jobs/7", "/v1/scheduler/jobs/7"),
            ("/", "/"),
            ("/zstack/v1/accounts/sessions/5f2d/valid", "/zstack/v1/accounts/sessions"),
            ("/v1/accounts/s%65ssions/5f2d", "/v1/accounts/s%65ssions"),
            ("/v1/accounts%2Fsessions%2F5f2d", "/v1/"),
            ("/v1/api-jobs/5f2d", "/v1/api-jobs"),
            ("/public/activations/5f2d", "/public"),
        ] {
            assert_eq!(path(sent), logged);
        }
    }
}
