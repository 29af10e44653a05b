//! CloudMonitor's words for kinds, categories and levels of events.

use muster_alarms::Level;
use muster_events::{Category, Kind};

/// The product that custom events come from.
pub(in crate::cloudmonitor) const CUSTOM_PRODUCT: &str = "CloudMonitor";

const KINDS: [(&str, Kind); 2] = [("SYSTEM", Kind::System), ("CUSTOM", Kind::Custom)];

const CATEGORIES: [(&str, Category); 3] = [
    ("StatusNotification", Category::Notification),
    ("Exception", Category::Exception),
    ("Maintenance", Category::Maintenance),
];

pub(in crate::cloudmonitor) fn kind(kind: Kind) -> &'static str {
    KINDS.iter().find(|(_, known)| *known == kind).map_or("", |(word, _)| word)
}

pub(in crate::cloudmonitor) fn read_kind(word: &str) -> Option<Kind> {
    KINDS.iter().find(|(known, _)| *known == word).map(|(_, kind)| *kind)
}

pub(in crate::cloudmonitor) fn category(category: Category) -> &'static str {
    CATEGORIES.iter().find(|(_, known)| *known == category).map_or("", |(word, _)| word)
}

pub(in crate::cloudmonitor) fn read_category(word: &str) -> Option<Category> {
    CATEGORIES.iter().find(|(known, _)| *known == word).map(|(_, category)| *category)
}

/// There are three: a minor event is a warning too.
pub(in crate::cloudmonitor) fn level(level: Level) -> &'static str {
    match level {
        Level::Critical => "CRITICAL",
        Level::Major | Level::Minor => "WARN",
        Level::Info => "INFO",
    }
}

/// The level that stands for a word where one is kept.
pub(in crate::cloudmonitor) fn read_level(word: &str) -> Option<Level> {
    match word {
        "CRITICAL" => Some(Level::Critical),
        "WARN" => Some(Level::Major),
        "INFO" => Some(Level::Info),
        _ => None,
    }
}
