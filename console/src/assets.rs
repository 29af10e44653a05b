//! The stylesheet, the script and the mark: part of the program, addressed by their content.

use std::sync::OnceLock;

use sha2::{Digest, Sha256};

/// A file that browsers fetch.
pub(crate) struct Asset {
    pub(crate) name: &'static str,
    pub(crate) media_type: &'static str,
    pub(crate) body: &'static str,
}

static ASSETS: [Asset; 3] = [
    Asset {
        name: "console.css",
        media_type: "text/css; charset=utf-8",
        body: include_str!("../assets/console.css"),
    },
    Asset {
        name: "console.js",
        media_type: "text/javascript; charset=utf-8",
        body: include_str!("../assets/console.js"),
    },
    Asset { name: "mark.svg", media_type: "image/svg+xml", body: include_str!("../assets/mark.svg") },
];

pub(crate) const PREFIX: &str = "/console/assets/";

/// The asset `name`.
pub(crate) fn find(name: &str) -> Option<&'static Asset> {
    ASSETS.iter().find(|asset| asset.name == name)
}

/// The address of the asset `name`, with a version that follows from all assets together.
pub(crate) fn address(name: &str) -> String {
    format!("{PREFIX}{name}?v={}", version())
}

fn version() -> &'static str {
    static VERSION: OnceLock<String> = OnceLock::new();
    VERSION.get_or_init(|| {
        let mut hash = Sha256::new();
        for asset in &ASSETS {
            hash.update(asset.body);
        }
        hex::encode(&hash.finalize()[..6])
    })
}
