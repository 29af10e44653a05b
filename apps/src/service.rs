//! What callers may ask of this feature; the operations themselves stand beside their records.

use crate::catalogue::Catalogue;

/// How many there may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// App groups in a project.
    pub app_groups: u64,
    /// Server groups in a project.
    pub server_groups: u64,
    /// Tags on a server group.
    pub tags: u64,
    /// Sessions on one server, whatever its group says.
    pub sessions_per_server: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { app_groups: 500, server_groups: 50, tags: 20, sessions_per_server: 1024 }
    }
}

/// How this installation wants the rules.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// How many there may be.
    pub limits: Limits,
    /// Whether names of app groups may not hold spaces.
    pub strict_names: bool,
    /// The kinds of servers on offer.
    pub catalogue: Catalogue,
}

/// App groups, server groups and their tags.
#[derive(Clone, Debug, Default)]
pub struct Service {
    pub(crate) settings: Settings,
}

impl Service {
    /// A service with these settings.
    pub fn new(settings: Settings) -> Self {
        Self { settings }
    }

    /// How many there may be.
    pub fn limits(&self) -> &Limits {
        &self.settings.limits
    }

    /// The kinds of servers on offer.
    pub fn catalogue(&self) -> &Catalogue {
        &self.settings.catalogue
    }
}
