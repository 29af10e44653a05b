//! Jobs: what runs in an application group, how, and when.

mod model;
pub(crate) mod words;

pub use model::{
    Contact, Definition, ExecuteMode, Job, JobFilter, JobKind, JobPatch, MapPatch, MapSettings, Monitor,
    MonitorPatch, ScriptVersion, Time, TimeKind,
};
