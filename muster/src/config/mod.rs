//! Settings: what they are ([`table`]), where they come from ([`layers`]), and their typed form ([`Settings`]).
//!
//! Flag over environment over file over default. Every setting stands once, in the table: flags, the names of
//! environment variables, the check for unknown keys and `docs/configuration.md` all follow from it.

mod layers;
mod settings;
mod table;

pub use layers::{ConfigError, Flags, load};
pub use settings::{
    AlarmMedia, Alarms, Http, LocalWorker, LogFormat, Quota, Retention, Settings, Workspace, WorkspaceNames,
    Zstack,
};
pub use table::{Kind, Setting, TABLE, documentation};
