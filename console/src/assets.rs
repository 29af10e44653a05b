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

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    /// The colours of the light theme, and those of the dark one.
    fn themes() -> [HashMap<String, String>; 2] {
        let css = find("console.css").expect("the stylesheet").body;
        let (light, rest) = css.split_once("@media (prefers-color-scheme: dark)").expect("two themes");
        let dark = rest.split("}\n}").next().expect("a block");
        [light, dark].map(|block| {
            block
                .lines()
                .filter_map(|line| line.trim().strip_prefix("--")?.strip_suffix(';')?.split_once(": "))
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect()
        })
    }

    /// Relative luminance as WCAG defines it.
    fn luminance(colour: &str) -> f64 {
        let channel = |place: usize| {
            let value = u8::from_str_radix(&colour[place..place + 2], 16).expect("a colour like #1a2b3c");
            let value = f64::from(value) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
    }

    fn contrast(one: &str, other: &str) -> f64 {
        let (one, other) = (luminance(one), luminance(other));
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    #[test]
    fn text_can_be_read_in_both_themes() {
        let texts =
            ["ink", "ink-2", "ink-3", "accent", "accent-strong", "good", "waiting", "warning", "bad", "off"];
        for theme in themes() {
            let of = |name: &str| theme[name].as_str();
            for ground in ["page", "surface", "sunken"] {
                for text in texts {
                    let found = contrast(of(text), of(ground));
                    assert!(found >= 4.5, "{text} {} on {ground} {}: {found:.2}", of(text), of(ground));
                }
            }
            for tone in ["good", "waiting", "warning", "bad"] {
                for text in [tone, "ink", "accent"] {
                    let ground = format!("{tone}-tint");
                    let found = contrast(of(text), of(&ground));
                    assert!(found >= 4.5, "{text} on {ground}: {found:.2}");
                }
            }
            assert!(contrast(of("on-accent"), of("accent")) >= 4.5);
            assert!(contrast(of("mark"), of("bad")) >= 4.5);
            // What one must find in order to use it: the borders of fields.
            for ground in ["page", "surface"] {
                assert!(contrast(of("line-strong"), of(ground)) >= 3.0, "fields on {ground}");
            }
        }
    }
}
