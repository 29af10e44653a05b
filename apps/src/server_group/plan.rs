//! What the servers of a group are built from. Nothing is searched by it, so it is kept as one document.

use serde::{Deserialize, Serialize};

use crate::catalogue::SessionPackage;

/// What the servers of a group are built from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerPlan {
    /// The kind of server, from the catalogue or from the vendor's.
    pub product_id: String,
    /// The machine size, if one was named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flavor_id: Option<String>,
    /// The system's image.
    pub image: Image,
    /// The system disk.
    pub disk: Disk,
    /// The network.
    pub vpc_id: String,
    /// The part of the network.
    pub subnet_id: String,
    /// The zone, if one was named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// The storage pool of the disks, if one was named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cluster_id: Option<String>,
    /// The directory unit that servers join; may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub organizational_unit: String,
    /// How sessions are spread, if that was said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub route_policy: Option<RoutePolicy>,
    /// Sessions beyond those of the product.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extra_sessions: Option<ExtraSessions>,
}

/// A system's image.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Image {
    /// Its id.
    pub id: String,
    /// Where it comes from.
    pub source: ImageSource,
    /// Its product on the market; a market image has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product_id: Option<String>,
}

/// Where an image comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ImageSource {
    /// The vendor's market.
    Market,
    /// The vendor, for everybody.
    Public,
    /// The project's own.
    Private,
    /// Somebody else's, shared with the project.
    Shared,
    /// Elsewhere.
    Other,
}

/// A disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disk {
    /// What it is made of.
    pub kind: DiskKind,
    /// Its size in GiB.
    pub gib: u32,
}

/// What a disk is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DiskKind {
    /// Extreme solid state.
    ExtremeSsd,
    /// Solid state.
    Ssd,
    /// Solid state for general purposes.
    GeneralSsd,
    /// Serial-attached SCSI.
    Sas,
    /// Serial ATA.
    Sata,
}

/// How sessions are spread over servers; a server above a threshold takes no new ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoutePolicy {
    /// Sessions on one server at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_sessions: Option<u32>,
    /// Processor load in percent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu_percent: Option<u32>,
    /// Memory in use in percent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory_percent: Option<u32>,
    /// Graphics load in percent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gpu_percent: Option<u32>,
}

/// A package of sessions beyond those of the product.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExtraSessions {
    /// What renders them.
    pub package: SessionPackage,
    /// How many, at least one.
    pub count: u32,
}
