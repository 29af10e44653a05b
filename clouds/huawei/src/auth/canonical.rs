//! The canonical form of a request: the bytes that a signature stands for.
//!
//! Everything is computed from what arrived, before anything is parsed: a body that is written out again
//! has another digest, and each SDK spells JSON in its own way.

use http::HeaderMap;
use percent_encoding::percent_decode_str;

/// The parts of a request that a signature covers, as they arrived.
#[derive(Clone, Copy)]
pub(crate) struct Message<'r> {
    pub(crate) method: &'r str,
    /// Without the query, still percent-encoded.
    pub(crate) path: &'r str,
    /// Without the question mark, still percent-encoded.
    pub(crate) query: &'r str,
    pub(crate) headers: &'r HeaderMap,
    pub(crate) body: &'r [u8],
}

/// Which of several headers of one name were signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Repeated {
    /// All, sorted.
    Every,
    /// The first one only: what the Java SDK does.
    First,
}

impl Message<'_> {
    /// The canonical request; `None` when a header that is named as signed is not there.
    pub(crate) fn canonical(
        &self,
        signed_headers: &str,
        payload: &str,
        repeated: Repeated,
    ) -> Option<Vec<u8>> {
        let mut text = Vec::with_capacity(512);
        text.extend_from_slice(self.method.to_ascii_uppercase().as_bytes());
        text.push(b'\n');
        self.path_into(&mut text);
        text.push(b'\n');
        self.query_into(&mut text);
        text.push(b'\n');
        for name in signed_headers.split(';') {
            self.header_into(name, repeated, &mut text)?;
        }
        text.push(b'\n');
        text.extend_from_slice(signed_headers.as_bytes());
        text.push(b'\n');
        text.extend_from_slice(payload.as_bytes());
        Some(text)
    }

    /// Whether any of the signed headers came more than once.
    pub(crate) fn repeats(&self, signed_headers: &str) -> bool {
        signed_headers.split(';').any(|name| self.headers.get_all(name).iter().nth(1).is_some())
    }

    fn path_into(&self, text: &mut Vec<u8>) {
        // Decoding first and keeping `/` is the same as encoding segment by segment.
        for byte in percent_decode_str(self.path) {
            encode_byte(byte, byte == b'/', text);
        }
        if text.last() != Some(&b'/') {
            text.push(b'/');
        }
    }

    fn query_into(&self, text: &mut Vec<u8>) {
        let mut pairs: Vec<(Vec<u8>, Vec<u8>)> = self
            .query
            .split('&')
            .filter(|piece| !piece.is_empty())
            .map(|piece| {
                let (key, value) = piece.split_once('=').unwrap_or((piece, ""));
                (decode_query(key), decode_query(value))
            })
            .collect();
        pairs.sort();
        for (place, (key, value)) in pairs.iter().enumerate() {
            if place > 0 {
                text.push(b'&');
            }
            key.iter().for_each(|&byte| encode_byte(byte, false, text));
            text.push(b'=');
            value.iter().for_each(|&byte| encode_byte(byte, false, text));
        }
    }

    fn header_into(&self, name: &str, repeated: Repeated, text: &mut Vec<u8>) -> Option<()> {
        // `get_all` panics on no name, but ignores case: the list must be in lower case to be signed as such.
        if name.is_empty() || name.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return None;
        }
        let mut values: Vec<&[u8]> =
            self.headers.get_all(name).iter().map(|value| value.as_bytes().trim_ascii()).collect();
        match repeated {
            Repeated::Every => values.sort_unstable(),
            Repeated::First => values.truncate(1),
        }
        if values.is_empty() {
            return None;
        }
        for value in values {
            text.extend_from_slice(name.as_bytes());
            text.push(b':');
            text.extend_from_slice(value);
            text.push(b'\n');
        }
        Some(())
    }
}

/// A raw `+` stands for a blank; no client is known to send one.
fn decode_query(text: &str) -> Vec<u8> {
    let spaced = text.replace('+', " ");
    percent_decode_str(&spaced).collect()
}

fn encode_byte(byte: u8, keep: bool, text: &mut Vec<u8>) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    if keep || byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
        text.push(byte);
    } else {
        text.extend_from_slice(&[b'%', DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn canonical(path: &str, query: &str) -> String {
        let mut headers = HeaderMap::new();
        headers.insert("x-sdk-date", "20260115T083000Z".parse().unwrap());
        let message = Message { method: "get", path, query, headers: &headers, body: b"" };
        String::from_utf8(message.canonical("x-sdk-date", "-", Repeated::Every).unwrap()).unwrap()
    }

    #[test]
    fn a_path_always_ends_with_a_slash() {
        for (path, expected) in
            [("", "/"), ("/", "/"), ("/v2/a", "/v2/a/"), ("/v2/a/", "/v2/a/"), ("/%7e/%c3%9f", "/~/%C3%9F/")]
        {
            assert_eq!(canonical(path, "").lines().nth(1), Some(expected), "{path}");
        }
    }

    #[test]
    fn a_query_is_sorted_after_decoding() {
        for (query, expected) in [
            ("", ""),
            ("&&", ""),
            ("start&limit=5", "limit=5&start="),
            ("b=2&a=2&a=1", "a=1&a=2&b=2"),
            ("a=x=y", "a=x%3Dy"),
            ("a=1+2&b=%2b", "a=1%202&b=%2B"),
            ("%62=1&a=2", "a=2&b=1"),
        ] {
            assert_eq!(canonical("/", query).lines().nth(2), Some(expected), "{query}");
        }
    }

    #[test]
    fn a_signed_header_must_be_there() {
        let headers = HeaderMap::new();
        let message = Message { method: "GET", path: "/", query: "", headers: &headers, body: b"" };
        for list in ["host", "", "host;", "Host"] {
            assert_eq!(message.canonical(list, "-", Repeated::Every), None, "{list}");
        }
    }

    #[test]
    fn repeated_headers_are_lines_of_their_own() {
        let mut headers = HeaderMap::new();
        headers.append("x-a", " b ".parse().unwrap());
        headers.append("x-a", "a".parse().unwrap());
        let message = Message { method: "GET", path: "/", query: "", headers: &headers, body: b"" };
        assert!(message.repeats("x-a"));
        assert_eq!(
            message.canonical("x-a", "-", Repeated::Every).unwrap(),
            b"GET\n/\n\nx-a:a\nx-a:b\n\nx-a\n-"
        );
        assert_eq!(message.canonical("x-a", "-", Repeated::First).unwrap(), b"GET\n/\n\nx-a:b\n\nx-a\n-");
    }
}
