//! Reading query strings.

use muster_core::PageRequest;

use super::body::word;
use super::error::Refusal;
use crate::request::Request;

type Result<T> = std::result::Result<T, Refusal>;

const DEFAULT_LIMIT: u64 = 10;
const MAX_LIMIT: u64 = 100;
const MAX_OFFSET: u64 = 2_147_483_647;

/// The query of a request. An empty value is an absent one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Query<'q>(pub(crate) &'q Request);

impl Query<'_> {
    /// The first value of this name.
    pub(crate) fn given(self, name: &str) -> Result<Option<String>> {
        Ok(self.0.query(name)?.filter(|value| !value.is_empty()))
    }

    /// The same, of so many characters at most.
    pub(crate) fn text(self, name: &str, max_chars: usize) -> Result<Option<String>> {
        let value = self.given(name)?;
        if value.as_ref().is_some_and(|value| value.chars().count() > max_chars) {
            return Err(Refusal::invalid(name, &format!("at most {max_chars} characters are allowed")));
        }
        Ok(value)
    }

    /// One of a vendor's words.
    pub(crate) fn word<T: Copy>(self, name: &str, words: &[(&str, T)]) -> Result<Option<T>> {
        self.given(name)?.map(|value| word(name, &value, words)).transpose()
    }

    /// `true` or `false`, in lower case.
    pub(crate) fn flag(self, name: &str) -> Result<Option<bool>> {
        self.word(name, &[("true", true), ("false", false)])
    }

    /// The page that `limit` and `offset` ask for; the offset counts items.
    pub(crate) fn page(self) -> Result<PageRequest> {
        Ok(PageRequest {
            limit: self.0.number("limit", 1..=MAX_LIMIT, DEFAULT_LIMIT)?,
            offset: self.0.number("offset", 0..=MAX_OFFSET, 0)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::tests::request;

    fn page(query: &str) -> Option<(u64, u64)> {
        let request = request(&format!("GET /?{query}"), &[], "");
        Query(&request).page().ok().map(|page| (page.limit, page.offset))
    }

    #[test]
    fn pages_have_edges() {
        assert_eq!(page(""), Some((10, 0)));
        assert_eq!(page("limit=&offset="), Some((10, 0)));
        assert_eq!(page("limit=1&offset=2147483647"), Some((1, 2_147_483_647)));
        assert_eq!(page("limit=100"), Some((100, 0)));
        for bad in ["limit=0", "limit=101", "limit=x", "offset=-1", "offset=2147483648"] {
            assert_eq!(page(bad), None, "{bad}");
        }
    }

    #[test]
    fn empty_values_are_absent() {
        let request = request("GET /?a=&b=%E7%BB%84&c=True&d=%00", &[], "");
        let query = Query(&request);
        assert!(query.given("b").is_err(), "U+0000 anywhere in the query");
        let request = crate::request::tests::request("GET /?a=&b=%E7%BB%84&c=True", &[], "");
        let query = Query(&request);
        assert_eq!(query.given("a").unwrap(), None);
        assert_eq!(query.text("b", 1).unwrap().as_deref(), Some("组"));
        assert!(query.text("b", 0).is_err());
        assert!(query.flag("c").is_err());
    }
}
