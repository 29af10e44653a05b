//! What the console says, in English and in Chinese, from one file.
//!
//! `messages.txt` has one line per message: key, English, Chinese, separated by ` | `. A message may
//! hold places written `{}` that are filled in order. A key ending in `.one` is what English says for one.

use std::collections::HashMap;
use std::sync::OnceLock;

/// A language of the console.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lang {
    En,
    Zh,
}

struct Message {
    en: &'static str,
    zh: &'static str,
}

const SOURCE: &str = include_str!("../messages.txt");

fn messages() -> &'static HashMap<&'static str, Message> {
    static MESSAGES: OnceLock<HashMap<&'static str, Message>> = OnceLock::new();
    MESSAGES.get_or_init(|| SOURCE.lines().filter_map(parse_line).collect())
}

fn parse_line(line: &'static str) -> Option<(&'static str, Message)> {
    if line.starts_with('#') {
        return None;
    }
    let mut parts = line.split(" | ").map(str::trim);
    let (key, en, zh) = (parts.next()?, parts.next()?, parts.next()?);
    Some((key, Message { en, zh }))
}

impl Lang {
    #[cfg(test)]
    pub(crate) const ALL: [Self; 2] = [Self::En, Self::Zh];

    /// The tag for `<html lang>` and the language cookie.
    pub(crate) const fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Zh => "zh-CN",
        }
    }

    /// The language's own name, for the switch.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::En => "English",
            Self::Zh => "中文",
        }
    }

    pub(crate) const fn other(self) -> Self {
        match self {
            Self::En => Self::Zh,
            Self::Zh => Self::En,
        }
    }

    /// The language a tag such as `zh`, `zh-TW` or `en-GB` stands for.
    pub(crate) fn from_tag(tag: &str) -> Option<Self> {
        let primary = tag.trim().split('-').next()?;
        if primary.eq_ignore_ascii_case("zh") {
            Some(Self::Zh)
        } else if primary.eq_ignore_ascii_case("en") {
            Some(Self::En)
        } else {
            None
        }
    }

    /// The language a browser asks for first, by an `Accept-Language` header.
    pub(crate) fn from_accept_language(header: &str) -> Self {
        let mut best = (0.0, Self::En);
        for range in header.split(',') {
            let mut parts = range.split(';');
            let Some(lang) = parts.next().and_then(Self::from_tag) else { continue };
            let weight = parts
                .find_map(|part| part.trim().strip_prefix("q="))
                .map_or(1.0, |q| q.parse::<f64>().unwrap_or(0.0));
            if weight > best.0 {
                best = (weight, lang);
            }
        }
        best.1
    }

    /// The message `key`. An unknown key is shown as it is; a test keeps that from happening.
    pub(crate) fn t(self, key: &str) -> &str {
        match (messages().get(key), self) {
            (Some(message), Self::En) => message.en,
            (Some(message), Self::Zh) => message.zh,
            (None, _) => key,
        }
    }

    /// The message `key` with its `{}` places filled in order.
    pub(crate) fn fill(self, key: &str, values: &[&str]) -> String {
        filled(self.t(key), values)
    }

    /// The messages whose keys begin with `prefix`: English, and what this language makes of it.
    pub(crate) fn all(self, prefix: &str) -> impl Iterator<Item = (&'static str, &'static str)> {
        let of = messages().iter().filter(move |(key, _)| key.starts_with(prefix));
        of.map(move |(_, message)| (message.en, if self == Self::En { message.en } else { message.zh }))
    }

    /// The message `key`, or `key.one` for exactly one, with the number in its first place.
    pub(crate) fn count(self, key: &str, n: u64) -> String {
        let one = format!("{key}.one");
        let key = if n == 1 && self.has(&one) { one.as_str() } else { key };
        self.fill(key, &[&self.up_to(n, crate::kinds::COUNTED)])
    }

    /// A number that was counted up to `most` only.
    pub(crate) fn up_to(self, n: u64, most: u64) -> String {
        if n > most { format!("{}+", self.number(most)) } else { self.number(n) }
    }

    pub(crate) fn has(self, key: &str) -> bool {
        messages().contains_key(key)
    }

    /// A number with its thousands apart.
    pub(crate) fn number(self, n: u64) -> String {
        let digits = n.to_string();
        let mut grouped = String::new();
        for (place, digit) in digits.chars().enumerate() {
            if place > 0 && (digits.len() - place).is_multiple_of(3) {
                grouped.push(',');
            }
            grouped.push(digit);
        }
        grouped
    }
}

/// A text with its `{}` places filled in order.
pub(crate) fn filled(text: &str, values: &[&str]) -> String {
    let mut filled = String::new();
    let mut values = values.iter();
    let mut rest = text;
    while let Some(place) = rest.find("{}") {
        filled.push_str(&rest[..place]);
        filled.push_str(values.next().copied().unwrap_or_default());
        rest = &rest[place + 2..];
    }
    filled.push_str(rest);
    filled
}

#[cfg(test)]
pub(crate) fn all_keys() -> impl Iterator<Item = &'static str> {
    messages().keys().copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_browser_chooses_the_language() {
        for (header, expected) in [
            ("zh-CN,zh;q=0.9,en;q=0.8", Lang::Zh),
            ("en-GB,en;q=0.9,zh;q=0.1", Lang::En),
            ("fr,zh-TW;q=0.5", Lang::Zh),
            ("fr", Lang::En),
            ("", Lang::En),
            ("zh;q=0,en;q=0.1", Lang::En),
        ] {
            assert_eq!(Lang::from_accept_language(header), expected, "{header}");
        }
    }

    #[test]
    fn every_line_has_a_key_and_both_languages_with_the_same_places() {
        let mut seen = std::collections::HashSet::new();
        for line in SOURCE.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let parts: Vec<&str> = line.split(" | ").collect();
            assert_eq!(parts.len(), 3, "{line}");
            assert!(parts.iter().all(|part| !part.trim().is_empty()), "{line}");
            assert_eq!(parts[1].matches("{}").count(), parts[2].matches("{}").count(), "{line}");
            assert!(seen.insert(parts[0].trim()), "twice: {line}");
        }
    }

    #[test]
    fn numbers_and_plurals() {
        assert_eq!(Lang::En.number(1_234_567), "1,234,567");
        assert_eq!(Lang::En.number(12), "12");
        assert_eq!(
            Lang::En.count("overview.failed", 1),
            "1 message of the last 24 hours could not be delivered"
        );
        assert_eq!(
            Lang::En.count("overview.failed", 2_000),
            "2,000 messages of the last 24 hours could not be delivered"
        );
    }

    /// Everything between quotes in our sources that looks like the key of a message.
    fn named_keys() -> std::collections::BTreeSet<String> {
        fn walk(folder: &std::path::Path, found: &mut std::collections::BTreeSet<String>) {
            for entry in std::fs::read_dir(folder).expect("a folder") {
                let path = entry.expect("an entry").path();
                if path.is_dir() {
                    walk(&path, found);
                } else {
                    let text = std::fs::read_to_string(&path).expect("a text");
                    let key = |word: &&str| {
                        let prefix = word.split('.').next().unwrap_or_default();
                        all_keys().any(|known| known.split('.').next() == Some(prefix))
                            && word.contains('.')
                            && word.bytes().all(|b| b.is_ascii_lowercase() || b"._-".contains(&b))
                            && ![".html", ".css", ".js", ".svg", ".txt"].iter().any(|end| word.ends_with(end))
                    };
                    found.extend(text.split('"').filter(key).map(str::to_owned));
                }
            }
        }
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut found = std::collections::BTreeSet::new();
        walk(&root.join("src"), &mut found);
        walk(&root.join("templates"), &mut found);
        found
    }

    #[test]
    fn every_key_that_is_named_has_its_message() {
        let missing: Vec<String> = named_keys()
            .into_iter()
            .filter(|key| !Lang::En.has(key) && !key.ends_with('.') && !key.starts_with("schedule."))
            .collect();
        assert_eq!(missing, Vec::<String>::new());
    }

    #[test]
    fn every_kind_has_all_its_messages() {
        for kind in crate::kinds::ALL {
            for part in ["title", "one", "lead", "new", "none", "delete"] {
                let key = format!("{}.{part}", kind.slug());
                assert!(Lang::En.has(&key), "{key}");
            }
        }
    }
}
