//! What a call was given, wherever it stood: in the path, the query string, or the body under its action key.
//!
//! Reading checks types only, and a wrong type is answered with 400 before anything else is looked at; what
//! the values mean is checked afterwards.

use muster_wire::encoding::form_pairs;
use serde_json::{Map, Value};

use crate::error::Refusal;

/// How deep a body may be nested; the deepest that any client sends is four.
const MOST_NESTING: usize = 32;

type Outcome<T> = Result<T, Refusal>;

/// The input of one call.
#[derive(Clone, Debug, Default)]
pub struct Input {
    fields: Map<String, Value>,
    /// What stood in the query string, for queries.
    pub query: Vec<(String, String)>,
    /// The uuid in the path of a query.
    pub path_uuid: Option<String>,
    /// Tags for what is made, in the form `name::value`.
    pub system_tags: Vec<String>,
    /// Tags for what is made, free text.
    pub user_tags: Vec<String>,
}

impl Input {
    /// From a query string: repeated keys and `key.0` are lists, `key.name` are maps.
    pub fn from_query(query: &str) -> Outcome<Self> {
        let pairs = form_pairs(query).ok_or_else(|| Refusal::bad_request("the query string is not UTF-8"))?;
        let mut fields = Map::new();
        for (name, value) in &pairs {
            add_pair(&mut fields, name, value);
        }
        let mut input = Self { fields, query: pairs, ..Self::default() };
        input.take_tags()?;
        Ok(input)
    }

    /// From a body: what stands under `key`, tags beside it or within it. The outer tags win.
    pub fn from_body(body: &Map<String, Value>, key: &str) -> Outcome<Self> {
        let fields = match body.get(key) {
            Some(Value::Object(fields)) => fields.clone(),
            Some(Value::Null) | None => Map::new(),
            Some(_) => return Err(Refusal::bad_request(format!("'{key}' must be an object"))),
        };
        let mut input = Self { fields, ..Self::default() };
        for name in ["systemTags", "userTags"] {
            if let Some(tags) = body.get(name).filter(|tags| !tags.is_null()) {
                input.fields.insert(name.to_owned(), tags.clone());
            }
        }
        input.take_tags()?;
        Ok(input)
    }

    fn take_tags(&mut self) -> Outcome<()> {
        self.system_tags = self.list("systemTags")?.unwrap_or_default();
        self.user_tags = self.list("userTags")?.unwrap_or_default();
        Ok(())
    }

    /// Puts a path variable over whatever the body says.
    pub fn put(&mut self, name: &'static str, value: String) {
        if name == "uuid" {
            self.path_uuid = Some(value.clone());
        }
        self.fields.insert(name.to_owned(), Value::String(value));
    }

    /// Whether the caller asked for the checks only.
    pub fn validation_only(&self) -> bool {
        self.system_tags.iter().any(|tag| tag == "validationOnly")
    }

    fn field(&self, name: &str) -> Option<&Value> {
        self.fields.get(name).filter(|value| !value.is_null())
    }

    /// A text, without the blanks around it.
    pub fn text(&self, name: &str) -> Outcome<Option<String>> {
        self.field(name).map(|value| scalar_text(name, value)).transpose()
    }

    /// A whole number, also written as `3600.0`, `1.5e3` or in quotes.
    pub fn integer(&self, name: &str) -> Outcome<Option<i64>> {
        let Some(value) = self.field(name) else { return Ok(None) };
        let text = scalar_text(name, value)?;
        let number = text.parse().ok().or_else(|| whole(text.parse().ok()?));
        match number {
            Some(number) => Ok(Some(number)),
            None => Err(Refusal::bad_request(format!(
                "the value '{text}' of the field '{name}' is not an integer"
            ))),
        }
    }

    /// True or false, in any case, also in quotes.
    pub fn boolean(&self, name: &str) -> Outcome<Option<bool>> {
        let Some(value) = self.field(name) else { return Ok(None) };
        let text = scalar_text(name, value)?;
        match text.to_ascii_lowercase().as_str() {
            "true" => Ok(Some(true)),
            "false" => Ok(Some(false)),
            _ => Err(Refusal::bad_request(format!(
                "the value '{text}' of the field '{name}' is not a boolean"
            ))),
        }
    }

    /// A list of texts; a single value is a list of one.
    pub fn list(&self, name: &str) -> Outcome<Option<Vec<String>>> {
        match self.field(name) {
            None => Ok(None),
            Some(Value::Array(items)) => {
                items.iter().map(|item| scalar_text(name, item)).collect::<Outcome<_>>().map(Some)
            }
            Some(value) => Ok(Some(vec![scalar_text(name, value)?])),
        }
    }

    /// A map whose values are left as they came, because what may stand there is for the call to say.
    pub fn map(&self, name: &str) -> Outcome<Option<&Map<String, Value>>> {
        match self.field(name) {
            None => Ok(None),
            Some(Value::Object(map)) => Ok(Some(map)),
            Some(_) => Err(Refusal::bad_request(format!("the field '{name}' must be a map"))),
        }
    }
}

/// Reads a body. An empty one is `{}`.
pub(crate) fn read_body(body: &[u8]) -> Outcome<Map<String, Value>> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Ok(Map::new());
    }
    let value = serde_json::from_slice(body)
        .map_err(|error| Refusal::bad_request(format!("the body is not JSON: {error}")))?;
    match value {
        Value::Object(object) if sound(&Value::Object(object.clone()), MOST_NESTING) => Ok(object),
        Value::Object(_) => {
            Err(Refusal::bad_request("the body is nested too deeply or holds the character U+0000"))
        }
        _ => Err(Refusal::bad_request("the body must be a JSON object")),
    }
}

fn sound(value: &Value, depth: usize) -> bool {
    match value {
        Value::String(text) => !text.contains('\0'),
        Value::Array(items) => depth > 0 && items.iter().all(|item| sound(item, depth - 1)),
        Value::Object(map) => {
            depth > 0 && map.iter().all(|(name, item)| !name.contains('\0') && sound(item, depth - 1))
        }
        _ => true,
    }
}

/// A value that is one text, number or truth value, as text without the blanks around it.
pub(crate) fn scalar_text(name: &str, value: &Value) -> Outcome<String> {
    match value {
        Value::String(text) => Ok(text.trim().to_owned()),
        Value::Number(number) => Ok(number.to_string()),
        Value::Bool(truth) => Ok(truth.to_string()),
        Value::Array(_) => Err(Refusal::bad_request(format!("the field '{name}' must have one value"))),
        Value::Object(_) | Value::Null => {
            Err(Refusal::bad_request(format!("the field '{name}' must not be an object")))
        }
    }
}

/// A number without a fraction, within the range that a double holds exactly.
fn whole(number: f64) -> Option<i64> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if number.fract() == 0.0 && number.abs() <= EXACT {
        #[expect(clippy::cast_possible_truncation, reason = "whole and within the exact range")]
        return Some(number as i64);
    }
    None
}

fn add_pair(fields: &mut Map<String, Value>, name: &str, value: &str) {
    let value = Value::String(value.to_owned());
    if let Some((name, part)) =
        name.split_once('.').filter(|(name, part)| !name.is_empty() && !part.is_empty())
    {
        if part.bytes().all(|byte| byte.is_ascii_digit()) {
            add_item(fields, name, value);
        } else if let Value::Object(map) = fields.entry(name).or_insert_with(|| Value::Object(Map::new())) {
            map.insert(part.to_owned(), value);
        }
        return;
    }
    if fields.contains_key(name) {
        add_item(fields, name, value);
    } else {
        fields.insert(name.to_owned(), value);
    }
}

fn add_item(fields: &mut Map<String, Value>, name: &str, value: Value) {
    match fields.get_mut(name) {
        Some(Value::Array(items)) => items.push(value),
        Some(single) => {
            let first = single.take();
            *single = Value::Array(vec![first, value]);
        }
        None => {
            fields.insert(name.to_owned(), Value::Array(vec![value]));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input(json: &str) -> Input {
        Input::from_body(&read_body(json.as_bytes()).unwrap(), "params").unwrap()
    }

    #[test]
    fn numbers_come_in_many_coats() {
        let given = input(
            r#"{"params":{"a":3600.0,"b":1.5e3,"c":" 7 ","d":"2.0","e":null,"f":2.5,"g":"x","h":1e300}}"#,
        );
        let number = |name: &str| given.integer(name);
        assert_eq!(number("a"), Ok(Some(3600)));
        assert_eq!(number("b"), Ok(Some(1500)));
        assert_eq!(number("c"), Ok(Some(7)));
        assert_eq!(number("d"), Ok(Some(2)));
        assert_eq!(number("e"), Ok(None));
        for name in ["f", "g", "h"] {
            assert!(matches!(number(name), Err(Refusal::Http { .. })), "{name}");
        }
    }

    #[test]
    fn outer_tags_win_and_inner_ones_count() {
        let outer = input(r#"{"params":{"systemTags":["in"]},"systemTags":["out"]}"#);
        assert_eq!(outer.system_tags, ["out"]);
        let inner =
            input(r#"{"params":{"systemTags":["validationOnly"],"userTags":["u"],"requestIp":"1.1.1.1"}}"#);
        assert_eq!((inner.validation_only(), inner.user_tags), (true, vec!["u".to_owned()]));
    }

    #[test]
    fn query_strings_hold_lists_and_maps() {
        let given = Input::from_query("a=1&a=2&b.0=x&b.1=y&c.k=v&d=only&e=+t%2B+").unwrap();
        assert_eq!(given.list("a"), Ok(Some(vec!["1".to_owned(), "2".to_owned()])));
        assert_eq!(given.list("b"), Ok(Some(vec!["x".to_owned(), "y".to_owned()])));
        assert_eq!(given.map("c").unwrap().unwrap()["k"], "v");
        assert_eq!(given.list("d"), Ok(Some(vec!["only".to_owned()])));
        assert_eq!(given.text("e"), Ok(Some("t+".to_owned())));
        assert!(matches!(given.text("a"), Err(Refusal::Http { .. })));
    }

    #[test]
    fn bodies_that_cannot_be_read() {
        let deep = format!("{}1{}", "{\"a\":".repeat(60), "}".repeat(60));
        for body in ["[]", "{", "\"x\"", "{\"params\":\"\\u0000\"}", deep.as_str()] {
            assert!(matches!(read_body(body.as_bytes()), Err(Refusal::Http { .. })), "{body}");
        }
        assert_eq!(read_body(b" \n").unwrap().len(), 0);
        let wrong = read_body(br#"{"params":[]}"#).unwrap();
        assert!(Input::from_body(&wrong, "params").is_err());
    }
}
