//! The flat map of parameters, and the typed and structured values that operations read out of it.
//!
//! Lists and objects arrive flattened (`Rules.1.Name=x`). An empty list, an empty object and a null are
//! never sent, so they cannot be told from "absent"; an empty text can.

use std::collections::{BTreeMap, btree_map};
use std::ops::Bound;

use serde_json::Value;

use super::Fault;

/// Items that one list may have; bounds what a request can make us hold.
const MAX_ITEMS: usize = 10_000;
/// Dots that a name may have below its first part.
const MAX_DEPTH: usize = 8;
/// Bytes that one JSON text may unfold to: each value repeats the names above it, so a small text can stand for very
/// much.
const MAX_FLATTENED: usize = 16 << 20;

/// Query and body carry the same parameter with different values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflicting {
    /// The parameter's name.
    pub name: String,
}

/// Parameters by name, in the byte order of their names: the order in which they are signed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parameters(BTreeMap<String, String>);

impl Parameters {
    /// The parameters of one side of a request; of two with the same name the last one counts.
    pub fn from_pairs(pairs: impl IntoIterator<Item = (String, String)>) -> Self {
        Self(pairs.into_iter().collect())
    }

    /// The members of a JSON object, flattened as an SDK would have sent them in a form.
    ///
    /// # Errors
    /// `InvalidParameter` when the text is not a JSON object, or is nested too deeply.
    pub fn from_json(text: &[u8]) -> Result<Self, Fault> {
        let Ok(Value::Object(object)) = serde_json::from_slice(text) else {
            return Err(Fault::unreadable("the body is not a JSON object"));
        };
        let mut parameters = Self::default();
        let mut left = MAX_FLATTENED;
        for (name, value) in &object {
            parameters.flatten(name, value, 0, &mut left)?;
        }
        Ok(parameters)
    }

    /// Query and body as one map.
    ///
    /// # Errors
    /// [`Conflicting`] when both carry a name with different values: which of the two was meant, and which
    /// one a signature covered, must not be guessed.
    pub fn merge(mut self, other: Self) -> Result<Self, Conflicting> {
        for (name, value) in other.0 {
            match self.0.entry(name) {
                btree_map::Entry::Vacant(entry) => {
                    entry.insert(value);
                }
                btree_map::Entry::Occupied(entry) if *entry.get() == value => {}
                btree_map::Entry::Occupied(entry) => return Err(Conflicting { name: entry.key().clone() }),
            }
        }
        Ok(self)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All of them, in the byte order of their names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The text of a parameter. An empty text is a value of its own: "clear it", or "an empty text".
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// The text of a parameter for which empty means absent: numbers, words of an enumeration, ids.
    pub fn word(&self, name: &str) -> Option<&str> {
        self.text(name).filter(|text| !text.is_empty())
    }

    /// The text of a parameter that must be there and not empty.
    ///
    /// # Errors
    /// `Missing<name>`.
    pub fn required(&self, name: &str) -> Result<&str, Fault> {
        self.word(name).ok_or_else(|| Fault::missing(name))
    }

    /// A decimal integer; blanks around it are tolerated, a decimal point is not.
    ///
    /// # Errors
    /// `InvalidParameter`.
    pub fn integer(&self, name: &str) -> Result<Option<i64>, Fault> {
        self.parsed(name, "an integer is expected", |text| text.parse().ok())
    }

    /// A number, decimal or with an exponent.
    ///
    /// # Errors
    /// `InvalidParameter`, also for infinities and NaN.
    pub fn number(&self, name: &str) -> Result<Option<f64>, Fault> {
        self.parsed(name, "a number is expected", |text| {
            text.parse().ok().filter(|number: &f64| number.is_finite())
        })
    }

    /// A boolean as the many clients spell it: Python's `True`, Go's `true`, and `1`.
    ///
    /// # Errors
    /// `InvalidParameter`.
    pub fn boolean(&self, name: &str) -> Result<Option<bool>, Fault> {
        self.parsed(name, "true or false is expected", |text| match text {
            "1" => Some(true),
            "0" => Some(false),
            _ if text.eq_ignore_ascii_case("true") => Some(true),
            _ if text.eq_ignore_ascii_case("false") => Some(false),
            _ => None,
        })
    }

    fn parsed<T>(
        &self,
        name: &str,
        expected: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<T>, Fault> {
        match self.word(name).map(str::trim) {
            None | Some("") => Ok(None),
            Some(text) => parse(text).map(Some).ok_or_else(|| Fault::invalid(name, expected)),
        }
    }

    /// A list of texts, in the numeric order of its indices; gaps are closed up. A JSON array without an
    /// index is taken as well: the CLI's users write lists that way.
    ///
    /// # Errors
    /// `InvalidParameter` for too many items or an index that is no number.
    pub fn texts(&self, name: &str) -> Result<Vec<String>, Fault> {
        let items = self.items(name)?;
        let text = |item: Self| item.0.into_iter().find_map(|(name, value)| name.is_empty().then_some(value));
        items
            .into_iter()
            .map(|item| text(item).ok_or_else(|| Fault::invalid(name, "a list of texts is expected")))
            .collect()
    }

    /// A list of objects, each as a map of its own with the members' names; an item that is a plain text
    /// stands under the empty name. Where the name stands for a text as well, its items count.
    ///
    /// # Errors
    /// As with [`Parameters::texts`].
    pub fn items(&self, name: &str) -> Result<Vec<Self>, Fault> {
        if let Some(text) = self.word(name).filter(|_| self.below(name).next().is_none()) {
            return Self::items_of_json(name, text);
        }
        let mut items: BTreeMap<u32, Self> = BTreeMap::new();
        for (path, value) in self.below(name) {
            let (index, member) = path.split_once('.').unwrap_or((path, ""));
            if member.split('.').count() > MAX_DEPTH {
                return Err(Fault::invalid(name, "it is nested too deeply"));
            }
            let is_number = !index.is_empty() && index.bytes().all(|digit| digit.is_ascii_digit());
            let index = index.parse().ok().filter(|_| is_number);
            let index = index.ok_or_else(|| Fault::invalid(name, "a list is counted by numbers"))?;
            items.entry(index).or_default().0.insert(member.to_owned(), value.to_owned());
            if items.len() > MAX_ITEMS {
                return Err(Fault::invalid(name, "the list is too long"));
            }
        }
        Ok(items.into_values().collect())
    }

    /// The members of an object (`Channels.Mail`), by their names inside it.
    pub fn members(&self, name: &str) -> Self {
        Self(self.below(name).map(|(path, value)| (path.to_owned(), value.to_owned())).collect())
    }

    /// Whether anything was sent under this name: a value, an item or a member.
    pub fn has(&self, name: &str) -> bool {
        self.0.contains_key(name) || self.below(name).next().is_some()
    }

    /// What stands below `name.`, without that prefix.
    fn below<'a>(&'a self, name: &str) -> impl Iterator<Item = (&'a str, &'a str)> {
        let prefix = format!("{name}.");
        let start = (Bound::Included(prefix.clone()), Bound::Unbounded);
        self.0
            .range::<String, _>(start)
            .map_while(move |(path, value)| Some((path.strip_prefix(&prefix)?, value.as_str())))
    }

    fn items_of_json(name: &str, text: &str) -> Result<Vec<Self>, Fault> {
        let Ok(Value::Array(values)) = serde_json::from_str(text) else {
            return Err(Fault::invalid(name, "a list is expected"));
        };
        if values.len() > MAX_ITEMS {
            return Err(Fault::invalid(name, "the list is too long"));
        }
        let mut left = MAX_FLATTENED;
        let mut items = Vec::with_capacity(values.len());
        for value in &values {
            let mut item = Self::default();
            match value {
                Value::Object(members) => {
                    for (member, value) in members {
                        item.flatten(member, value, 0, &mut left)?;
                    }
                }
                _ => item.flatten("", value, 0, &mut left)?,
            }
            items.push(item);
        }
        Ok(items)
    }

    /// Takes from `left` what names and values weigh, also names that only lead on to others.
    fn flatten(&mut self, name: &str, value: &Value, depth: usize, left: &mut usize) -> Result<(), Fault> {
        let weight = name.len() + value.as_str().map_or(0, str::len);
        *left = left.checked_sub(weight).ok_or_else(|| Fault::unreadable("it unfolds to too much"))?;
        if depth > MAX_DEPTH || name.contains('\0') {
            return Err(Fault::invalid(name, "it cannot be read as a parameter"));
        }
        let text = match value {
            Value::Null => return Ok(()),
            Value::Bool(flag) => flag.to_string(),
            Value::Number(number) => number.to_string(),
            Value::String(text) if text.contains('\0') => {
                return Err(Fault::invalid(name, "it holds U+0000"));
            }
            Value::String(text) => text.clone(),
            Value::Array(items) if items.len() > MAX_ITEMS => {
                return Err(Fault::invalid(name, "the list is too long"));
            }
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.flatten(&format!("{name}.{}", index + 1), item, depth + 1, left)?;
                }
                return Ok(());
            }
            Value::Object(members) => {
                for (member, value) in members {
                    self.flatten(&format!("{name}.{member}"), value, depth + 1, left)?;
                }
                return Ok(());
            }
        };
        self.0.insert(name.to_owned(), text);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parameters(pairs: &[(&str, &str)]) -> Parameters {
        Parameters::from_pairs(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
    }

    #[test]
    fn scalars_in_all_their_spellings() {
        let given = parameters(&[
            ("A", "True"),
            ("B", "0"),
            ("C", " 17 "),
            ("D", "-1"),
            ("E", ""),
            ("F", "1.0"),
            ("G", "1e3"),
        ]);
        assert_eq!(given.boolean("A"), Ok(Some(true)));
        assert_eq!(given.boolean("B"), Ok(Some(false)));
        assert_eq!(given.integer("C"), Ok(Some(17)));
        assert_eq!(given.integer("D"), Ok(Some(-1)));
        assert_eq!(given.integer("E"), Ok(None));
        assert_eq!(given.boolean("E"), Ok(None));
        assert_eq!(given.text("E"), Some(""));
        assert_eq!(given.text("Z"), None);
        assert_eq!(given.number("G"), Ok(Some(1000.0)));
        assert_eq!(given.integer("F").map_err(|fault| fault.code), Err("InvalidParameter".into()));
        assert_eq!(given.boolean("C").map_err(|fault| fault.code), Err("InvalidParameter".into()));
        assert_eq!(given.required("E").map_err(|fault| fault.code), Err("MissingE".into()));
        assert_eq!(
            given.required("Z").map_err(|fault| fault.message),
            Err("Z is mandatory for this action.".into())
        );
    }

    #[test]
    fn list_items_come_in_numeric_order() {
        let mut pairs: Vec<_> = (1..=11).map(|index| (format!("N.{index}"), format!("c{index}"))).collect();
        pairs.push(("N.40".into(), "last".into()));
        pairs.push(("N.0".into(), "first".into()));
        let list = Parameters::from_pairs(pairs).texts("N").expect("a list");
        let expected = "first c1 c2 c3 c4 c5 c6 c7 c8 c9 c10 c11 last";
        assert_eq!(list.join(" "), expected);
    }

    #[test]
    fn lists_of_objects_and_objects() {
        let given = parameters(&[
            ("R.2.Name", "b"),
            ("R.1.Name", "a"),
            ("R.1.Escalations.Critical.Times", "3"),
            ("R.1.Labels.1.Key", "k"),
            ("Channels.Mail", "a@b.c"),
            ("ChannelsX", "no"),
        ]);
        let items = given.items("R").expect("a list");
        assert_eq!(items.len(), 2);
        assert_eq!(items[0].members("Escalations.Critical").integer("Times"), Ok(Some(3)));
        assert_eq!(items[0].items("Labels").expect("a list")[0].text("Key"), Some("k"));
        assert_eq!(items[1], parameters(&[("Name", "b")]));
        assert_eq!(given.members("Channels"), parameters(&[("Mail", "a@b.c")]));
        assert!(given.has("R") && given.has("Channels") && given.has("ChannelsX") && !given.has("Channel"));
        assert!(given.texts("R").is_err());
    }

    #[test]
    fn a_json_array_stands_for_a_list() {
        let given =
            parameters(&[("N", r#"["a","b c",3]"#), ("R", r#"[{"Id":1,"Tags":["x"]}]"#), ("S", "a,b")]);
        assert_eq!(given.texts("N"), Ok(vec!["a".into(), "b c".into(), "3".into()]));
        let items = given.items("R").expect("a list");
        assert_eq!(items[0].integer("Id"), Ok(Some(1)));
        assert_eq!(items[0].texts("Tags"), Ok(vec!["x".into()]));
        assert!(given.texts("S").is_err());
        assert_eq!(given.texts("Absent"), Ok(Vec::new()));
    }

    #[test]
    fn what_would_grow_without_bound_is_refused() {
        let long = Parameters::from_pairs((0..=MAX_ITEMS).map(|index| (format!("N.{index}"), String::new())));
        assert!(long.texts("N").is_err());
        let deep = format!("N.1{}", ".a".repeat(MAX_DEPTH + 1));
        assert!(parameters(&[(&deep, "x")]).items("N").is_err());
        assert!(parameters(&[("N.x", "1")]).items("N").is_err());
        assert!(parameters(&[("N.99999999999", "1")]).items("N").is_err());
        let nested = format!(r#"{{"a":{}1{}}}"#, "[".repeat(60), "]".repeat(60));
        assert!(Parameters::from_json(nested.as_bytes()).is_err());
    }

    #[test]
    fn a_small_text_does_not_unfold_to_very_much() {
        let name = "n".repeat(20_000);
        for item in ["1", "null", "[]"] {
            let list = vec![item; 2_000].join(",");
            assert!(Parameters::from_json(format!(r#"{{"{name}":[{list}]}}"#).as_bytes()).is_err(), "{item}");
            let value = format!(r#"[{{"{name}":[{list}]}}]"#);
            assert!(parameters(&[("R", &value)]).items("R").is_err(), "{item}");
        }
        let long = format!(r#"{{"Names":[{}]}}"#, vec![r#""a name""#; MAX_ITEMS].join(","));
        assert_eq!(Parameters::from_json(long.as_bytes()).map(|given| given.iter().count()), Ok(MAX_ITEMS));
    }

    #[test]
    fn a_json_body_is_flattened() {
        let body = br#"{"Name":"a","N":5,"B":true,"Z":null,"L":["x",{"K":1}]}"#;
        let expected = parameters(&[("Name", "a"), ("N", "5"), ("B", "true"), ("L.1", "x"), ("L.2.K", "1")]);
        assert_eq!(Parameters::from_json(body), Ok(expected));
        for body in [&b"[]"[..], b"x", b"", b"{\"a\":\"\\u0000\"}", b"{\"a\":\"\xff\"}"] {
            assert!(Parameters::from_json(body).is_err());
        }
    }

    #[test]
    fn both_sides_may_repeat_but_not_contradict_each_other() {
        let query = parameters(&[("A", "1"), ("B", "2")]);
        let merged = query.clone().merge(parameters(&[("B", "2"), ("C", "3")]));
        assert_eq!(merged, Ok(parameters(&[("A", "1"), ("B", "2"), ("C", "3")])));
        assert_eq!(query.merge(parameters(&[("B", "3")])), Err(Conflicting { name: "B".into() }));
    }
}
