//! Selectors: `http_requests{code="500",path!="/health"}`, the part of the query language that is read here.

use super::is_word;

/// A metric, and what its series' labels must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Selector {
    pub(super) metric: String,
    /// Name, whether equal or not, value. A label that a series lacks is an empty text.
    matchers: Vec<(String, bool, String)>,
}

impl Selector {
    /// Reads a selector; none for anything else of the language.
    pub(super) fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        let (metric, rest) = text.split_at(text.find('{').unwrap_or(text.len()));
        let metric = metric.trim_end();
        if !is_word(metric) {
            return None;
        }
        let mut matchers = Vec::new();
        if !rest.is_empty() {
            let mut rest = rest.strip_prefix('{')?.strip_suffix('}')?.trim();
            while !rest.is_empty() {
                let (matcher, after) = matcher(rest)?;
                matchers.push(matcher);
                rest = match after.trim_start() {
                    "" => "",
                    more => more.strip_prefix(',')?.trim_start(),
                };
            }
        }
        Some(Self { metric: metric.to_owned(), matchers })
    }

    /// The labels that a series must have.
    pub(super) fn wanted(&self) -> Vec<(String, String)> {
        let wanted = self.matchers.iter().filter(|(_, is_equal, value)| *is_equal && !value.is_empty());
        wanted.map(|(name, _, value)| (name.clone(), value.clone())).collect()
    }

    /// Whether labels are as they must be.
    pub(super) fn matches(&self, labels: &[(String, String)]) -> bool {
        self.matchers.iter().all(|(name, is_equal, value)| {
            let found = labels.iter().find(|(label, _)| label == name).map_or("", |(_, value)| value);
            (found == value) == *is_equal
        })
    }
}

fn matcher(text: &str) -> Option<((String, bool, String), &str)> {
    let end = text.find(['=', '!'])?;
    let (name, rest) = (text[..end].trim_end(), &text[end..]);
    let (is_equal, rest) = match rest.strip_prefix("!=") {
        Some(rest) => (false, rest),
        None => (true, rest.strip_prefix('=')?),
    };
    let mut characters = rest.trim_start().strip_prefix('"')?.chars();
    let mut value = String::new();
    loop {
        match characters.next()? {
            '"' => break,
            '\\' => match characters.next()? {
                'n' => value.push('\n'),
                escaped @ ('"' | '\\') => value.push(escaped),
                _ => return None,
            },
            other => value.push(other),
        }
    }
    is_word(name).then(|| ((name.to_owned(), is_equal, value), characters.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn selectors_are_read_and_the_rest_of_the_language_is_not() {
        let plain = Selector::read(" up ").unwrap();
        assert!(plain.matches(&[]) && plain.wanted().is_empty());
        let selector = Selector::read(r#"http_requests { code = "500", path!="/a\"b", zone="" , }"#).unwrap();
        assert_eq!(selector.metric, "http_requests");
        assert_eq!(selector.wanted(), [("code".to_owned(), "500".to_owned())]);
        let labels = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
        };
        assert!(selector.matches(&labels(&[("code", "500"), ("path", "/")])));
        assert!(!selector.matches(&labels(&[("code", "500"), ("path", "/a\"b")])));
        assert!(!selector.matches(&labels(&[("code", "500"), ("zone", "z")])));
        assert!(!selector.matches(&labels(&[("code", "501")])));
        for other in [
            "",
            "9up",
            "rate(up[5m])",
            "up + 1",
            "{a=\"b\"}",
            "up{a=~\"b\"}",
            "up{a!~\"b\"}",
            "up{a=b}",
            "up{a=\"b}",
            "up{a=\"b\" c=\"d\"}",
            "up{a=\"b\"} > 1",
            "up{a=\"\\x\"}",
        ] {
            assert_eq!(Selector::read(other), None, "{other}");
        }
    }
}
