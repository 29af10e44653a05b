//! The machines, volumes and storages that jobs aim at. Nothing registers them yet, so there are none: clients
//! that look them up get an empty list, as from a new ZStack.

use muster_wire::{Access, Operation, Served};

use crate::api::{Context, Outcome, ZStack};
use crate::error::Refusal;
use crate::input::Input;
use crate::query::{self, Search};
use crate::reply::class;

/// What such an inventory may be searched by.
const MEMBERS: [&str; 21] = [
    "uuid",
    "name",
    "description",
    "state",
    "status",
    "type",
    "zoneUuid",
    "clusterUuid",
    "hostUuid",
    "hostname",
    "managementIp",
    "url",
    "rootVolumeUuid",
    "vmInstanceUuid",
    "volumeUuid",
    "installPath",
    "size",
    "actualSize",
    "format",
    "createDate",
    "lastOpDate",
];

macro_rules! registry {
    ($($name:ident, $class:expr, $what:literal;)+) => {$(
        #[doc = concat!("Lists ", $what, ".")]
        pub(crate) struct $name(Search);

        impl Operation<ZStack> for $name {
            const NAME: &'static str = stringify!($name);
            const PERMISSION: &'static str = concat!("zstack:", stringify!($name));
            const ACCESS: Access = Access::Read;
            const SERVED: Served = Served::RecordsOnly;

            fn decode(input: &Input) -> Result<Self, Refusal> {
                Search::of(input).map(Self)
            }

            fn call(&self, _cx: &mut Context<'_, '_>) -> Outcome {
                query::filter(&self.0, $class, &MEMBERS, Vec::new())
            }
        }
    )+};
}

registry! {
    QueryZone, class::ZONE, "zones";
    QueryHost, class::HOST, "hosts";
    QueryVmInstance, class::VM, "virtual machines";
    QueryVolume, class::VOLUME, "volumes";
    QueryVolumeSnapshot, class::SNAPSHOT, "snapshots of volumes";
    QueryBackupStorage, class::BACKUP_STORAGE, "backup storages";
    QueryImageStoreBackupStorage, class::IMAGE_STORE, "image stores";
}
