//! CloudMonitor's words for events.

use muster_alarms::Level;

/// There are three: a minor event is a warning too.
pub(in crate::cloudmonitor) fn level(level: Level) -> &'static str {
    match level {
        Level::Critical => "CRITICAL",
        Level::Major | Level::Minor => "WARN",
        Level::Info => "INFO",
    }
}
