//! The rest of a ZStack that clients look at: management node, accounts, and the inventories that jobs aim at.

mod account;
mod node;
mod registry;
mod time_zone;

pub(crate) use account::QueryAccount;
pub(crate) use node::{current_time, is_ready, version};
pub(crate) use registry::{
    QueryBackupStorage, QueryHost, QueryImageStoreBackupStorage, QueryVmInstance, QueryVolume,
    QueryVolumeSnapshot, QueryZone,
};
pub(crate) use time_zone::GetPlatformTimeZone;
