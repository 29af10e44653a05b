//! Reading query strings.

use muster_core::PageRequest;

use super::body::word;
use super::error::Refusal;

type Result<T> = std::result::Result<T, Refusal>;

const DEFAULT_LIMIT: u64 = 10;
const MAX_LIMIT: u64 = 100;
const MAX_OFFSET: u64 = 2_147_483_647;

/// The decoded parameters of a query string. An empty value is an absent one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Query<'q>(pub(crate) &'q [(String, String)]);

impl<'q> Query<'q> {
    /// The first value of this name.
    pub(crate) fn given(self, name: &str) -> Option<&'q str> {
        let (_, value) = self.0.iter().find(|(known, _)| known == name)?;
        Some(value.as_str()).filter(|value| !value.is_empty())
    }

    /// The same as a text of its own, of so many characters at most.
    pub(crate) fn text(self, name: &str, max_chars: usize) -> Result<Option<String>> {
        match self.given(name) {
            Some(value) if value.chars().count() > max_chars => {
                Err(Refusal::invalid(name, &format!("at most {max_chars} characters are allowed")))
            }
            value => Ok(value.map(str::to_owned)),
        }
    }

    /// One of a vendor's words.
    pub(crate) fn word<T: Copy>(self, name: &str, words: &[(&str, T)]) -> Result<Option<T>> {
        self.given(name).map(|value| word(name, value, words)).transpose()
    }

    /// `true` or `false`, in lower case.
    pub(crate) fn flag(self, name: &str) -> Result<Option<bool>> {
        self.word(name, &[("true", true), ("false", false)])
    }

    /// The page that `limit` and `offset` ask for; the offset counts items.
    pub(crate) fn page(self) -> Result<PageRequest> {
        let number = |name: &str, least: u64, most: u64, default: u64| {
            let Some(value) = self.given(name) else { return Ok(default) };
            let digits = value.bytes().all(|byte| byte.is_ascii_digit());
            let number = value.parse().ok().filter(|number| digits && (least..=most).contains(number));
            number.ok_or_else(|| Refusal::invalid(name, &format!("{least} to {most} are possible")))
        };
        Ok(PageRequest {
            limit: number("limit", 1, MAX_LIMIT, DEFAULT_LIMIT)?,
            offset: number("offset", 0, MAX_OFFSET, 0)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use muster_wire::encoding::form_pairs;

    use super::*;

    fn page(query: &str) -> Option<(u64, u64)> {
        let pairs = form_pairs(query).unwrap();
        Query(&pairs).page().ok().map(|page| (page.limit, page.offset))
    }

    #[test]
    fn pages_have_edges() {
        assert_eq!(page(""), Some((10, 0)));
        assert_eq!(page("limit=&offset="), Some((10, 0)));
        assert_eq!(page("limit=1&offset=2147483647"), Some((1, 2_147_483_647)));
        assert_eq!(page("limit=100"), Some((100, 0)));
        for bad in [
            "limit=0",
            "limit=101",
            "limit=-1",
            "limit=%2B5",
            "limit=1.5",
            "limit=x",
            "offset=-1",
            "offset=2147483648",
            "offset=99999999999999999999",
        ] {
            assert_eq!(page(bad), None, "{bad}");
        }
    }

    #[test]
    fn empty_values_are_absent() {
        let pairs = form_pairs("a=&b=%E7%BB%84&c=True").unwrap();
        let query = Query(&pairs);
        assert_eq!(query.given("a"), None);
        assert_eq!(query.text("b", 1).unwrap().as_deref(), Some("组"));
        assert!(query.text("b", 0).is_err());
        assert!(query.flag("c").is_err());
    }
}
