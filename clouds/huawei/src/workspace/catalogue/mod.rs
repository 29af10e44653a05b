//! What a plan asks for before it makes a server group: products, zones, disks, sessions and the project itself.

mod list_availability_zone;
mod list_product;
mod list_session_type;
mod list_tenant_profile;
mod list_volume_type;

pub(crate) use list_availability_zone::{ListAvailabilityZone, ListAz};
pub(crate) use list_product::{ListProduct, product_view};
pub(crate) use list_session_type::ListSessionType;
pub(crate) use list_tenant_profile::ListTenantProfile;
pub(crate) use list_volume_type::ListVolumeType;

use muster_identity::Caller;

/// The service behind everything here, as the vendor's orders name it.
const CLOUD_SERVICE: &str = "hws.service.type.vdi";

/// The one zone of this installation, named in the vendor's manner.
fn zone(caller: &Caller) -> String {
    format!("{}a", caller.region)
}
