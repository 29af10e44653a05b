use muster_apps::DiskKind;
use muster_wire::{Access, Operation};
use serde_json::{Value, json};

use super::super::words::{DISK_KINDS, spell};
use super::super::{Cx, Outcome, Refusal, Reply, Request, WorkspaceApp};
use super::{CLOUD_SERVICE, zone};

/// The kinds of system disks that a server group may name.
pub(crate) struct ListVolumeType;

impl Operation<WorkspaceApp> for ListVolumeType {
    const NAME: &'static str = "ListVolumeType";
    const PERMISSION: &'static str = "workspace:volumeType:list";
    const ACCESS: Access = Access::Read;

    fn decode(_request: &Request) -> Result<Self, Refusal> {
        Ok(Self)
    }

    fn call(&self, cx: &mut Cx<'_, '_>) -> Outcome {
        let zone = zone(cx.caller);
        let view = |kind: DiskKind| {
            let word = spell(DISK_KINDS, &kind);
            let (chinese, english) = names(kind);
            json!({
                "resource_spec_code": format!("workspace.appstream.volume.{}", word.to_ascii_lowercase()),
                "volume_type": word,
                "volume_product_type": "workspace",
                "resource_type": "hws.resource.type.workspace.appstream.volume",
                "cloud_service_type": CLOUD_SERVICE,
                "name": [
                    {"language": "zh-cn", "value": chinese},
                    {"language": "en-us", "value": english},
                ],
                "volume_type_extra_specs": {"availability_zone": zone, "sold_out_availability_zone": ""},
            })
        };
        let types: Value = DiskKind::ALL.into_iter().map(view).collect();
        Ok(Reply::ok(json!({"volume_types": types})))
    }
}

fn names(kind: DiskKind) -> (&'static str, &'static str) {
    match kind {
        DiskKind::ExtremeSsd => ("极速型固态", "Extreme SSD"),
        DiskKind::Ssd => ("超高输入输出", "Ultra-high I/O"),
        DiskKind::GeneralSsd => ("通用型固态", "General purpose SSD"),
        DiskKind::Sas => ("高输入输出", "High I/O"),
        DiskKind::Sata => ("普通输入输出", "Common I/O"),
    }
}
