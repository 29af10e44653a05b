//! What a browser sends: fields of a form or of an address, the pieces of a path, cookies.

use std::borrow::Cow;

use muster_wire::Request;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// Fields by name, in their order; a name may come more than once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Input(Vec<(String, String)>);

impl Input {
    /// Reads `a=1&b=2`. Line ends become plain newlines, as browsers send two characters for each.
    pub(crate) fn parse(encoded: &[u8]) -> Self {
        let tidy = |text: Cow<'_, str>| text.replace("\r\n", "\n");
        Self(form_urlencoded::parse(encoded).map(|(name, value)| (tidy(name), tidy(value))).collect())
    }

    /// The field `name`, without blanks around it; empty when it is missing.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(field, _)| field == name).map_or("", |(_, value)| value.trim())
    }

    /// The field `name` as it was typed: for passwords.
    pub(crate) fn exact(&self, name: &str) -> &str {
        self.0.iter().find(|(field, _)| field == name).map_or("", |(_, value)| value.as_str())
    }

    /// The field `name` unless it is empty.
    pub(crate) fn some(&self, name: &str) -> Option<String> {
        Some(self.get(name)).filter(|value| !value.is_empty()).map(str::to_owned)
    }

    /// All values of the field `name`.
    pub(crate) fn all<'i>(&'i self, name: &'i str) -> impl Iterator<Item = &'i str> {
        self.0.iter().filter(move |(field, _)| field == name).map(|(_, value)| value.as_str())
    }

    /// Whether a box was ticked.
    pub(crate) fn on(&self, name: &str) -> bool {
        self.get(name) == "true"
    }

    /// The lines of a text field that hold anything.
    pub(crate) fn lines(&self, name: &str) -> impl Iterator<Item = &str> {
        self.get(name).lines().map(str::trim).filter(|line| !line.is_empty())
    }

    /// Whether any field holds U+0000, which no store keeps.
    pub(crate) fn holds_nul(&self) -> bool {
        self.0.iter().any(|(name, value)| name.contains('\0') || value.contains('\0'))
    }

    /// The same with one more value.
    #[must_use]
    pub(crate) fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.0.push((name.to_owned(), value.into()));
        self
    }

    /// These fields as a query, with `changes` in place of fields of the same name; empty ones are left out.
    pub(crate) fn query(&self, changes: &[(&str, &str)]) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (name, value) in &self.0 {
            if !value.is_empty() && changes.iter().all(|(changed, _)| changed != name) {
                query.append_pair(name, value);
            }
        }
        for (name, value) in changes.iter().filter(|(_, value)| !value.is_empty()) {
            query.append_pair(name, value);
        }
        query.finish()
    }
}

/// Characters that stand for themselves in a piece of a path.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~').remove(b':');

/// One piece of a path, safe to put between slashes.
pub(crate) fn segment(text: &str) -> String {
    match text {
        // Browsers take these for directions.
        "." => "%2E".to_owned(),
        ".." => "%2E%2E".to_owned(),
        _ => utf8_percent_encode(text, PLAIN).to_string(),
    }
}

/// The pieces of a raw path after `/console`; `None` when one of them is no text that anything could be named.
pub(crate) fn segments(path: &str) -> Option<Vec<String>> {
    let rest = path.strip_prefix("/console")?;
    rest.split('/')
        .filter(|piece| !piece.is_empty())
        .map(|piece| percent_decode_str(piece).decode_utf8().ok().map(Cow::into_owned))
        .map(|piece| piece.filter(|text| !text.contains('\0')))
        .collect()
}

/// The cookie `name` of a request.
pub(crate) fn cookie<'r>(request: &'r Request, name: &str) -> Option<&'r str> {
    request
        .headers
        .get_all(http::header::COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(cookie, _)| *cookie == name)
        .map(|(_, value)| value)
}

/// An address to go on to: only one of our own, else the overview.
pub(crate) fn own_address(wanted: &str) -> &str {
    let ours = wanted == "/console" || wanted.starts_with("/console/") || wanted.starts_with("/console?");
    if ours && wanted.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\') {
        wanted
    } else {
        "/console"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_come_trimmed_and_with_plain_lines() {
        let input = Input::parse("name=+a+b+&tags=x%0D%0A%0D%0A+y&c=1&c=2&on=true".as_bytes());
        assert_eq!(input.get("name"), "a b");
        assert_eq!(input.exact("name"), " a b ");
        assert_eq!(input.lines("tags").collect::<Vec<_>>(), ["x", "y"]);
        assert_eq!(input.all("c").collect::<Vec<_>>(), ["1", "2"]);
        assert!(input.on("on") && !input.on("off"));
        assert_eq!(input.some("missing"), None);
    }

    #[test]
    fn a_view_keeps_its_filters_from_page_to_page() {
        let input = Input::parse(b"q=a%26b&state=&after=5");
        assert_eq!(input.query(&[("after", "9")]), "q=a%26b&after=9");
        assert_eq!(input.query(&[("after", "")]), "q=a%26b");
    }

    #[test]
    fn names_of_any_kind_survive_a_path() {
        for name in ["考勤系统组", "a b/c", "..", "50%", "x?y#z", "ns:group.id"] {
            let path = format!("/console/contacts/{}", segment(name));
            assert!(path.is_ascii());
            assert_eq!(segments(&path).unwrap(), ["contacts", name], "{path}");
        }
        assert_eq!(segments("/console"), Some(vec![]));
        assert_eq!(segments("/console/%ff"), None);
        assert_eq!(segments("/console/%00"), None);
    }

    #[test]
    fn nobody_is_led_elsewhere() {
        for wanted in ["https://x", "//x", "/consolex", "/console/\\x", "", "/", "/console/a\r\nb"] {
            assert_eq!(own_address(wanted), "/console", "{wanted}");
        }
        assert_eq!(own_address("/console/contacts?q=a"), "/console/contacts?q=a");
    }
}
