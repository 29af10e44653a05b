//! Reading JSON bodies: shapes only, what values mean is the features' affair.

use std::ops::RangeInclusive;

use serde_json::{Map, Value};

use super::error::Refusal;
use crate::request::Request;

type Result<T> = std::result::Result<T, Refusal>;

/// The members of a JSON object. A member that is `null` is absent, unknown members are passed over.
#[derive(Clone, Debug)]
pub(crate) struct Body(Map<String, Value>);

impl Body {
    /// The object in the body of `request`.
    pub(crate) fn of(request: &Request) -> Result<Self> {
        Self::parse(&request.http().body)
    }

    fn parse(bytes: &[u8]) -> Result<Self> {
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return Err(Refusal::empty_body());
        }
        let value: Value = serde_json::from_slice(bytes).map_err(|_| Refusal::malformed())?;
        // No store keeps U+0000.
        if holds_nul(&value) {
            return Err(Refusal::malformed());
        }
        match value {
            Value::Object(members) => Ok(Self(members)),
            Value::Null => Err(Refusal::empty_body()),
            Value::Array(items) if items.is_empty() => Err(Refusal::empty_body()),
            Value::String(text) if text.is_empty() => Err(Refusal::empty_body()),
            _ => Err(Refusal::invalid("body", "an object is expected")),
        }
    }

    fn get(&self, field: &str) -> Option<&Value> {
        self.0.get(field).filter(|value| !value.is_null())
    }

    /// A string, which may be empty.
    pub(crate) fn text(&self, field: &str) -> Result<Option<&str>> {
        match self.get(field) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(Refusal::invalid(field, "a string is expected")),
        }
    }

    /// A string whose emptiness means that it was not given.
    pub(crate) fn given(&self, field: &str) -> Result<Option<&str>> {
        Ok(self.text(field)?.filter(|text| !text.is_empty()))
    }

    /// A string that must be there and not be empty.
    pub(crate) fn required(&self, field: &str) -> Result<&str> {
        self.given(field)?.ok_or_else(|| Refusal::invalid(field, "it is missing"))
    }

    /// One of a vendor's words; empty means that it was not given.
    pub(crate) fn word<T: Copy>(&self, field: &str, words: &[(&str, T)]) -> Result<Option<T>> {
        self.given(field)?.map(|text| word(field, text, words)).transpose()
    }

    /// A whole number.
    pub(crate) fn number(&self, field: &str) -> Result<Option<u32>> {
        let Some(value) = self.get(field) else { return Ok(None) };
        let number = value.as_u64().and_then(|number| u32::try_from(number).ok());
        number.map(Some).ok_or_else(|| Refusal::invalid(field, "a whole number in range is expected"))
    }

    /// A boolean.
    pub(crate) fn flag(&self, field: &str) -> Result<Option<bool>> {
        match self.get(field) {
            None => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(*flag)),
            Some(_) => Err(Refusal::invalid(field, "true or false is expected")),
        }
    }

    /// An object inside this one.
    pub(crate) fn object(&self, field: &str) -> Result<Option<Self>> {
        match self.get(field) {
            None => Ok(None),
            Some(Value::Object(members)) => Ok(Some(Self(members.clone()))),
            Some(_) => Err(Refusal::invalid(field, "an object is expected")),
        }
    }

    /// The objects of an array.
    pub(crate) fn objects(&self, field: &str) -> Result<Option<Vec<Self>>> {
        let Some(items) = self.array(field)? else { return Ok(None) };
        items
            .iter()
            .map(|item| match item {
                Value::Object(members) => Ok(Self(members.clone())),
                _ => Err(Refusal::invalid(field, "objects are expected")),
            })
            .collect::<Result<Vec<_>>>()
            .map(Some)
    }

    /// The strings of an array that must be there, in number and length.
    pub(crate) fn required_texts(
        &self,
        field: &str,
        count: RangeInclusive<usize>,
        chars: RangeInclusive<usize>,
    ) -> Result<Vec<String>> {
        let items = self.array(field)?.ok_or_else(|| Refusal::invalid(field, "it is missing"))?;
        check_count(field, items.len(), count)?;
        let text = |item: &Value| match item {
            Value::String(text) if chars.contains(&text.chars().count()) => Ok(text.clone()),
            _ => Err(Refusal::invalid(
                field,
                &format!("strings of {} to {} characters are expected", chars.start(), chars.end()),
            )),
        };
        items.iter().map(text).collect()
    }

    fn array(&self, field: &str) -> Result<Option<&[Value]>> {
        match self.get(field) {
            None => Ok(None),
            Some(Value::Array(items)) => Ok(Some(items)),
            Some(_) => Err(Refusal::invalid(field, "an array is expected")),
        }
    }
}

/// Refuses an array with too few or too many items.
pub(crate) fn check_count(field: &str, items: usize, count: RangeInclusive<usize>) -> Result<()> {
    if count.contains(&items) {
        return Ok(());
    }
    let why = format!("{} to {} items are expected", count.start(), count.end());
    Err(Refusal::invalid(field, &why))
}

/// What a vendor's word stands for.
pub(crate) fn word<T: Copy>(field: &str, text: &str, words: &[(&str, T)]) -> Result<T> {
    words.iter().find(|(word, _)| *word == text).map(|(_, meaning)| *meaning).ok_or_else(|| {
        let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        Refusal::invalid(field, &format!("{} are the possible values", known.join(", ")))
    })
}

fn holds_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(items) => items.iter().any(holds_nul),
        Value::Object(members) => members.iter().any(|(name, value)| name.contains('\0') || holds_nul(value)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code<T: std::fmt::Debug>(outcome: Result<T>) -> String {
        muster_wire::ApiError::code(&outcome.unwrap_err())
    }

    #[test]
    fn bodies_that_say_nothing_and_bodies_that_are_none() {
        for empty in ["", "  \n", "null", "[]", "\"\""] {
            assert_eq!(code(Body::parse(empty.as_bytes())), "WKS.0001", "{empty:?}");
        }
        let deep = "[".repeat(100_000);
        for bad in ["{", "[1]", "5", "true", "{\"a\":\"\\u0000\"}", "{\"a\":1}x", &deep] {
            assert_eq!(code(Body::parse(bad.as_bytes())), "WKS.00149901", "{bad:.20?}");
        }
        assert_eq!(code(Body::parse(b"{\"a\":\"\xff\"}")), "WKS.00149901");
    }

    #[test]
    fn members_are_read_by_type() {
        let body = Body::parse(
            r#"{"text":"文字","empty":"","null":null,"number":7,"negative":-1,"half":1.5,"large":4294967296,
                "flag":true,"object":{"x":1},"list":["a","b"],"objects":[{}]}"#
                .as_bytes(),
        )
        .unwrap();
        assert_eq!(body.text("text").unwrap(), Some("文字"));
        assert_eq!(body.text("empty").unwrap(), Some(""));
        assert_eq!(body.given("empty").unwrap(), None);
        assert_eq!(body.text("null").unwrap(), None);
        assert_eq!(body.number("number").unwrap(), Some(7));
        assert_eq!(body.flag("flag").unwrap(), Some(true));
        assert_eq!(body.object("object").unwrap().unwrap().number("x").unwrap(), Some(1));
        assert_eq!(body.objects("objects").unwrap().unwrap().len(), 1);
        assert_eq!(body.required_texts("list", 1..=2, 1..=1).unwrap(), ["a", "b"]);
        for bad in ["negative", "half", "large", "text", "flag"] {
            assert_eq!(code(body.number(bad)), "WKS.00149901", "{bad}");
        }
        assert_eq!(code(body.required("empty")), "WKS.00149901");
        assert_eq!(code(body.required("absent")), "WKS.00149901");
        assert_eq!(code(body.text("number")), "WKS.00149901");
        assert_eq!(code(body.flag("number")), "WKS.00149901");
        assert_eq!(code(body.objects("list")), "WKS.00149901");
        assert_eq!(code(body.required_texts("list", 1..=1, 1..=1)), "WKS.00149901");
        assert_eq!(code(body.required_texts("list", 1..=2, 2..=3)), "WKS.00149901");
    }
}
