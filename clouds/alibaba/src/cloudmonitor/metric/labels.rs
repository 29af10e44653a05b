//! The dimensions of a series as CloudMonitor's clients see them.
//!
//! What was pushed as a custom metric has the two dimensions `groupId` and `dimension`, the second one a text such as
//! `host=a&zone=b`. Clients may name the pushed pairs in its place.

use muster_metrics::SeriesName;

/// The dimension that every series has: the account's id.
pub(super) const USER: &str = "userId";
/// The dimension of a custom metric that names an app group.
pub(super) const GROUP: &str = "groupId";
/// The dimension of a custom metric that holds the pushed pairs.
pub(super) const PAIRS: &str = "dimension";

const CUSTOM: &str = "acs_customMetric_";

/// The namespace of an account's custom metrics.
pub(super) fn custom_namespace(account_id: &str) -> String {
    format!("{CUSTOM}{account_id}")
}

/// Whether a namespace holds custom metrics.
pub(super) fn is_custom(namespace: &str) -> bool {
    namespace.starts_with(CUSTOM)
}

/// The text of pushed pairs, by their names.
pub(super) fn pairs_text(mut pairs: Vec<(&str, &str)>) -> String {
    pairs.sort_unstable();
    let pairs: Vec<String> = pairs.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
    pairs.join("&")
}

/// The text of pushed pairs in the order in which series have them, whatever the order in `text`.
pub(super) fn in_order(text: &str) -> String {
    let mut pairs: Vec<&str> = text.split('&').collect();
    pairs.sort_unstable();
    pairs.join("&")
}

/// The dimensions of a series, the account's id among them, by name.
pub(super) fn labels(name: &SeriesName, account_id: &str) -> Vec<(String, String)> {
    let mut labels = name.dimensions();
    labels.retain(|(name, _)| name != USER);
    labels.push((USER.to_owned(), account_id.to_owned()));
    labels.sort_unstable();
    labels
}

/// The value of one of these labels, or of one of the pushed pairs.
pub(super) fn value<'l>(labels: &'l [(String, String)], name: &str) -> Option<&'l str> {
    let find = |name: &str| labels.iter().find(|(label, _)| label == name).map(|(_, value)| value.as_str());
    find(name).or_else(|| find(PAIRS)?.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('=')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pushed_pairs_are_labels_too() {
        let text = pairs_text(vec![("zone", "b"), ("host", "a")]);
        assert_eq!(text, "host=a&zone=b");
        assert_eq!(in_order("zone=b&host=a"), text);
        let dimensions = vec![(GROUP.into(), "0".into()), (PAIRS.into(), text.into())];
        let name = SeriesName::new(&custom_namespace("1000"), "load", dimensions).unwrap();
        let labels = labels(&name, "1000");
        let names: Vec<_> = labels.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["dimension", "groupId", "userId"]);
        for (name, expected) in [
            ("userId", Some("1000")),
            ("groupId", Some("0")),
            ("dimension", Some("host=a&zone=b")),
            ("host", Some("a")),
            ("zone", Some("b")),
            ("zon", None),
            ("ost", None),
        ] {
            assert_eq!(value(&labels, name), expected, "{name}");
        }
    }
}
