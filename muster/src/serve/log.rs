//! Log lines: text for people, JSON by flag, on standard error.

use std::io::IsTerminal;

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
