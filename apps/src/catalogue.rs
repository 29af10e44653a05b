//! The kinds of servers that this installation offers: what a server group is planned with.

use serde::{Deserialize, Serialize};

/// One kind of server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Product {
    /// Its id in plans.
    pub id: String,
    /// The id of the machine size behind it.
    pub flavor_id: String,
    /// Virtual processors.
    pub vcpus: u32,
    /// Memory in MiB.
    pub memory_mib: u32,
    /// Users that may share such a server without extra sessions.
    pub sessions: u32,
    /// The system disk that comes with it, in GiB.
    pub disk_gib: u32,
}

/// A package of extra sessions, by what renders them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SessionPackage {
    /// Rendered by the processor.
    Cpu,
    /// Rendered by a graphics card.
    Gpu,
}

/// All products. There is always at least one: clients take the first of the list.
#[derive(Clone, Debug)]
pub struct Catalogue {
    products: Vec<Product>,
}

impl Default for Catalogue {
    /// A small, a medium and a large machine.
    fn default() -> Self {
        let product = |name: &str, vcpus, memory_gib: u32| Product {
            id: format!("workspace.appstream.general.{name}"),
            flavor_id: format!("general.{name}"),
            vcpus,
            memory_mib: memory_gib * 1024,
            sessions: vcpus * 2,
            disk_gib: 80,
        };
        Self {
            products: vec![product("large.2", 2, 4), product("xlarge.2", 4, 8), product("2xlarge.2", 8, 16)],
        }
    }
}

impl Catalogue {
    /// The products, smallest first.
    pub fn products(&self) -> &[Product] {
        &self.products
    }

    /// The product with this id. Plans written for the vendor's own catalogue name others; those are allowed.
    pub fn product(&self, id: &str) -> Option<&Product> {
        self.products.iter().find(|product| product.id == id)
    }
}
