//! A request as operations read it: path, query and body, decoded on demand.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use muster_wire::encoding;
use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeOwned, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// A request whose path was matched and whose sender is known.
#[derive(Clone, Debug)]
pub struct Request {
    http: muster_wire::Request,
    path: Vec<(&'static str, String)>,
    public_url: Option<Arc<str>>,
}

/// What is wrong with the shape of a request; each product has its codes for them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Malformed {
    /// There is no body, and one is needed.
    NoBody,
    /// The body is not JSON, or a value in it is of the wrong type.
    Body(String),
    /// A mandatory field of the body is not there.
    MissingField(&'static str),
    /// A field of the body has a bad value.
    Field {
        /// Where it stands, such as `tags[0].key`.
        field: String,
        /// What is wrong, as a clause.
        why: String,
    },
    /// A parameter of the path or the query has a bad value.
    Parameter {
        /// Its name.
        name: String,
        /// What is wrong, as a clause.
        why: String,
    },
}

impl Malformed {
    /// A field of the body has a bad value.
    pub fn field(field: impl Into<String>, why: impl Into<String>) -> Self {
        Self::Field { field: field.into(), why: why.into() }
    }

    /// A parameter of the path or the query has a bad value.
    pub fn parameter(name: impl Into<String>, why: impl Into<String>) -> Self {
        Self::Parameter { name: name.into(), why: why.into() }
    }
}

impl Request {
    pub(crate) fn new(http: muster_wire::Request, path: Vec<(&'static str, String)>) -> Self {
        Self { http, path, public_url: None }
    }

    pub(crate) fn at(self, public_url: Option<Arc<str>>) -> Self {
        Self { public_url, ..self }
    }

    /// The address of this server as clients should use it: what the operator says, or else what this client used.
    pub fn base_url(&self) -> String {
        self.public_url.as_deref().map_or_else(|| self.http.base_url(), str::to_owned)
    }

    /// The request as it arrived.
    pub fn http(&self) -> &muster_wire::Request {
        &self.http
    }

    /// The request's id as clients see it: 32 hexadecimal digits.
    pub fn id(&self) -> String {
        self.http.id.simple().to_string()
    }

    /// A parameter of the path, decoded; empty when the pattern has none of this name.
    pub fn path(&self, name: &str) -> &str {
        self.path.iter().find(|(known, _)| *known == name).map_or("", |(_, value)| value)
    }

    /// The first value of a query parameter.
    ///
    /// # Errors
    /// [`Malformed::Parameter`] when the query is not UTF-8.
    pub fn query(&self, name: &str) -> Result<Option<String>, Malformed> {
        Ok(self.query_all(name)?.into_iter().next())
    }

    /// All values of a query parameter, in their order.
    ///
    /// # Errors
    /// [`Malformed::Parameter`] when the query is not UTF-8.
    pub fn query_all(&self, name: &str) -> Result<Vec<String>, Malformed> {
        let pairs = encoding::form_pairs(&self.http.query)
            .ok_or_else(|| Malformed::parameter("query", "is not UTF-8 without U+0000"))?;
        Ok(pairs.into_iter().filter(|(known, _)| known == name).map(|(_, value)| value).collect())
    }

    /// A whole number from the query, within `range`; `default` when it is absent or empty.
    ///
    /// # Errors
    /// [`Malformed::Parameter`].
    pub fn number(
        &self,
        name: &str,
        range: std::ops::RangeInclusive<u64>,
        default: u64,
    ) -> Result<u64, Malformed> {
        match self.query(name)? {
            None => Ok(default),
            Some(text) if text.is_empty() => Ok(default),
            Some(text) => {
                // `parse` alone would take a leading plus.
                let number = text
                    .bytes()
                    .all(|byte| byte.is_ascii_digit())
                    .then(|| text.parse::<u64>().ok())
                    .flatten();
                number.filter(|number| range.contains(number)).ok_or_else(|| {
                    let why = format!("must be a whole number from {} to {}", range.start(), range.end());
                    Malformed::parameter(name, why)
                })
            }
        }
    }

    /// The body. Fields that nobody knows are passed over; `null` is the same as absent for an `Option`.
    ///
    /// # Errors
    /// [`Malformed::NoBody`] and [`Malformed::Body`].
    pub fn body<T: DeserializeOwned>(&self) -> Result<T, Malformed> {
        self.read_body().map(|Object(body)| body)
    }

    /// The body as an object that may borrow from it.
    ///
    /// # Errors
    /// As [`Request::body`].
    pub fn body_borrowed<'r, T: Deserialize<'r>>(&'r self) -> Result<Object<T>, Malformed> {
        self.read_body()
    }

    /// The body as a list of objects, which may borrow from it.
    ///
    /// # Errors
    /// As [`Request::body`].
    pub fn body_list<'r, T: Deserialize<'r>>(&'r self) -> Result<Vec<Object<T>>, Malformed> {
        self.read_body()
    }

    fn read_body<'r, T: Deserialize<'r>>(&'r self) -> Result<T, Malformed> {
        let body = &self.http.body[..];
        if body.trim_ascii().is_empty() {
            return Err(Malformed::NoBody);
        }
        let text =
            std::str::from_utf8(body).map_err(|_| Malformed::Body("the body is not UTF-8".to_owned()))?;
        if holds_null_character(text) {
            return Err(Malformed::Body("the body holds U+0000".to_owned()));
        }
        serde_json::from_str(text)
            .map_err(|error| Malformed::Body(format!("the body cannot be read: {error}")))
    }
}

/// A JSON object and nothing else. A derived struct alone would also be read from an array, field by field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object<T>(
    /// What the object holds.
    pub T,
);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OfMap<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for OfMap<T> {
            type Value = Object<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map)).map(Object)
            }
        }

        deserializer.deserialize_map(OfMap(PhantomData))
    }
}

/// Whether a JSON text holds the escape of U+0000, which no store keeps; the bare character is no JSON.
fn holds_null_character(text: &str) -> bool {
    text.match_indices("\\u0000").any(|(place, _)| {
        let backslashes = text[..place].bytes().rev().take_while(|&byte| byte == b'\\').count();
        backslashes % 2 == 0
    })
}

/// A mandatory field of a body.
///
/// # Errors
/// [`Malformed::MissingField`] when it is not there.
pub fn required<T>(field: &'static str, value: Option<T>) -> Result<T, Malformed> {
    value.ok_or(Malformed::MissingField(field))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use bytes::Bytes;
    use http::{HeaderMap, Method};
    use muster_core::{Timestamp, Uuid};

    /// A request as operations get it, without a real one behind it.
    pub(crate) fn request(line: &str, path: &[(&'static str, &str)], body: &str) -> Request {
        let (method, target) = line.split_once(' ').unwrap();
        let (raw, query) = target.split_once('?').unwrap_or((target, ""));
        let http = muster_wire::Request {
            method: method.parse::<Method>().unwrap(),
            path: raw.to_owned(),
            query: query.to_owned(),
            headers: HeaderMap::new(),
            body: Bytes::copy_from_slice(body.as_bytes()),
            source_ip: "127.0.0.1".parse().unwrap(),
            secure: false,
            id: Uuid::nil(),
            received: Timestamp::default(),
        };
        Request::new(http, path.iter().map(|(name, value)| (*name, (*value).to_owned())).collect())
    }

    #[derive(Debug, Deserialize, PartialEq)]
    struct Named {
        name: Option<String>,
        inner: Option<Object<Inner>>,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    struct Inner {
        number: Option<u8>,
    }

    fn named(name: &str) -> Named {
        Named { name: Some(name.to_owned()), inner: None }
    }

    #[test]
    fn bodies_are_read_leniently_but_not_wrongly() {
        let read = |body: &str| request("POST /", &[], body).body::<Named>();
        let deep = format!("{{\"name\":\"a\",\"unknown\":{}{}}}", "[".repeat(5_000), "]".repeat(5_000));
        assert_eq!(read(r#"{"name":"a","unknown":[1]}"#), Ok(named("a")));
        assert_eq!(read(&deep), Ok(named("a")));
        assert_eq!(read(r#"{"name":null}"#), Ok(Named { name: None, inner: None }));
        assert_eq!(read(r#"{"name":"\\u0000"}"#), Ok(named("\\u0000")));
        assert!(read(r#"{"inner":{"number":1}}"#).is_ok());
        assert_eq!(read(" \n"), Err(Malformed::NoBody));
        for body in [
            r#"{"name":1}"#,
            "{",
            "[]",
            r#"["a",null]"#,
            r#"{"inner":[1]}"#,
            r#"{"name":"a","name":"b"}"#,
            r#"{"name":"\u0000"}"#,
            r#"{"name":"\\\u0000"}"#,
            "{} {}",
        ] {
            assert!(matches!(read(body), Err(Malformed::Body(_))), "{body}");
        }
    }

    #[test]
    fn numbers_are_whole_and_within_their_range() {
        for (query, expected) in
            [("", Some(7)), ("limit=", Some(7)), ("limit=1", Some(1)), ("limit=100", Some(100))]
        {
            let found = request(&format!("GET /?{query}"), &[], "").number("limit", 1..=100, 7);
            assert_eq!(found.ok(), expected, "{query}");
        }
        for query in [
            "limit=0",
            "limit=101",
            "limit=-1",
            "limit=%2B1",
            "limit=1.5",
            "limit=99999999999999999999",
            "limit=%FF",
        ] {
            let found = request(&format!("GET /?{query}"), &[], "").number("limit", 1..=100, 7);
            assert!(found.is_err(), "{query}");
        }
    }
}
