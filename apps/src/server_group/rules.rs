//! What a server group must be in itself, whatever else exists.

use muster_core::{Error, Result};

use super::{DiskKind, ImageSource, NewServerGroup, RoutePolicy, ServerGroup, ServerGroupPatch, ServerPlan};
use crate::catalogue::Catalogue;
use crate::names;

const ID_CHARS: usize = 128;
const DISK_GIB: std::ops::RangeInclusive<u32> = 10..=32_768;
/// Extra sessions on a product's server at most, for each virtual processor.
const EXTRA_SESSIONS_PER_VCPU: u32 = 10;

/// Refuses values outside their domains, and combinations that no server could have.
pub(crate) fn check_new(new: &NewServerGroup, catalogue: &Catalogue) -> Result<()> {
    names::require(names::is_server_group_name(&new.name))?;
    names::require_length("description", &new.description, names::TEXT_CHARS)?;
    names::require_length("enterprise project", &new.enterprise_project_id, ID_CHARS)?;
    check_plan(&new.plan, catalogue)?;
    if new.single_session && new.plan.extra_sessions.is_some() {
        return Err(Error::invalid("extra sessions", "a server with a single session has none"));
    }
    Ok(())
}

fn check_plan(plan: &ServerPlan, catalogue: &Catalogue) -> Result<()> {
    for (field, id) in [("product", &plan.product_id), ("VPC", &plan.vpc_id), ("subnet", &plan.subnet_id)] {
        check_id(field, id)?;
    }
    for (field, id) in [("flavor", &plan.flavor_id), ("zone", &plan.zone), ("cluster", &plan.cluster_id)] {
        if let Some(id) = id {
            check_id(field, id)?;
        }
    }
    check_image(&plan.image.id, plan.image.source, plan.image.product_id.as_deref())?;
    check_disk(plan.disk.gib)?;
    names::require_length("organizational unit", &plan.organizational_unit, names::TEXT_CHARS)?;
    if let Some(policy) = plan.route_policy {
        check_route_policy(policy)?;
    }
    if let Some(extra) = plan.extra_sessions {
        let most = catalogue
            .product(&plan.product_id)
            .map_or(u32::MAX, |product| product.vcpus * EXTRA_SESSIONS_PER_VCPU);
        if !(1..=most).contains(&extra.count) {
            return Err(Error::invalid(
                "extra sessions",
                format!("1 to {most} are possible with this product"),
            ));
        }
    }
    Ok(())
}

/// Refuses a patch whose values are outside their domains.
pub(crate) fn check_patch(patch: &ServerGroupPatch) -> Result<()> {
    if let Some(name) = &patch.name {
        names::require(names::is_server_group_name(name))?;
    }
    if let Some(description) = &patch.description {
        names::require_length("description", description, names::TEXT_CHARS)?;
    }
    if let Some(unit) = &patch.organizational_unit {
        names::require_length("organizational unit", unit, names::TEXT_CHARS)?;
    }
    if let Some(policy) = patch.route_policy {
        check_route_policy(policy)?;
    }
    patch.disk_gib.map_or(Ok(()), check_disk)
}

/// Brings the changes of a checked patch into `group`.
///
/// # Errors
/// `Invalid` when the image as a whole is then wrong.
pub(crate) fn apply(patch: &ServerGroupPatch, group: &mut ServerGroup) -> Result<()> {
    fn set<T: Clone>(target: &mut T, change: Option<&T>) {
        if let Some(change) = change {
            target.clone_from(change);
        }
    }
    set(&mut group.name, patch.name.as_ref());
    set(&mut group.description, patch.description.as_ref());
    set(&mut group.kind, patch.kind.as_ref());
    set(&mut group.mount_policy, patch.mount_policy.as_ref());
    set(&mut group.enabled, patch.enabled.as_ref());
    let plan = &mut group.plan;
    set(&mut plan.organizational_unit, patch.organizational_unit.as_ref());
    set(&mut plan.disk.kind, patch.disk_kind.as_ref());
    set(&mut plan.disk.gib, patch.disk_gib.as_ref());
    plan.route_policy = patch.route_policy.or(plan.route_policy);
    set(&mut plan.image.id, patch.image_id.as_ref());
    set(&mut plan.image.source, patch.image_source.as_ref());
    plan.image.product_id = patch.image_product_id.clone().or_else(|| plan.image.product_id.take());
    check_image(&plan.image.id, plan.image.source, plan.image.product_id.as_deref())
}

fn check_id(field: &str, id: &str) -> Result<()> {
    if (1..=ID_CHARS).contains(&id.chars().count()) {
        return Ok(());
    }
    Err(Error::invalid(field, format!("an id has 1 to {ID_CHARS} characters")))
}

fn check_image(id: &str, source: ImageSource, product_id: Option<&str>) -> Result<()> {
    check_id("image", id)?;
    if id.contains(char::is_whitespace) {
        return Err(Error::invalid("image", "an id has no blanks"));
    }
    match product_id {
        None if source == ImageSource::Market => {
            Err(Error::invalid("image product", "an image of the market needs its product"))
        }
        Some(product) if product.contains(char::is_whitespace) || product.chars().count() > ID_CHARS => {
            Err(Error::invalid(
                "image product",
                format!("at most {ID_CHARS} characters and no blanks are allowed"),
            ))
        }
        _ => Ok(()),
    }
}

fn check_disk(gib: u32) -> Result<()> {
    if DISK_GIB.contains(&gib) {
        return Ok(());
    }
    Err(Error::invalid("system disk", format!("{} to {} GB are possible", DISK_GIB.start(), DISK_GIB.end())))
}

fn check_route_policy(policy: RoutePolicy) -> Result<()> {
    let percent = 1..=100;
    for (field, value, range) in [
        ("sessions on a server", policy.max_sessions, 1..=1024),
        ("processor threshold", policy.cpu_percent, percent.clone()),
        ("memory threshold", policy.memory_percent, percent.clone()),
        ("graphics threshold", policy.gpu_percent, percent),
    ] {
        if value.is_some_and(|value| !range.contains(&value)) {
            return Err(Error::invalid(field, format!("{} to {} are possible", range.start(), range.end())));
        }
    }
    Ok(())
}

impl DiskKind {
    /// All of them, fastest first.
    pub const ALL: [Self; 5] = [Self::ExtremeSsd, Self::Ssd, Self::GeneralSsd, Self::Sas, Self::Sata];
}
