//! Percent-encoding as signatures want it, and decoding as forms do.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// All but RFC 3986's unreserved characters.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// `text` with every byte outside `A-Z a-z 0-9 - _ . ~` as `%XX`, upper-case.
pub fn percent_encode(text: &str) -> Cow<'_, str> {
    utf8_percent_encode(text, RESERVED).into()
}

/// `text` with `%XX` decoded once; nothing when the result is not UTF-8.
pub fn percent_decode(text: &str) -> Option<Cow<'_, str>> {
    percent_decode_str(text).decode_utf8().ok()
}

/// `text` decoded as in forms and query strings: `+` is a blank, then `%XX`; nothing when the result is not
/// UTF-8.
pub fn form_decode(text: &str) -> Option<String> {
    let blanks = text.replace('+', " ");
    percent_decode_str(&blanks).decode_utf8().ok().map(Cow::into_owned)
}

/// The decoded name-value pairs of a query string or a form body, in order; a name without `=` has an empty
/// value. Nothing when any part is not UTF-8 or holds U+0000, which no store keeps.
pub fn form_pairs(text: &str) -> Option<Vec<(String, String)>> {
    text.split('&')
        .filter(|piece| !piece.is_empty())
        .map(|piece| {
            let (name, value) = piece.split_once('=').unwrap_or((piece, ""));
            Some((form_decode(name)?, form_decode(value)?))
        })
        .map(|pair| pair.filter(|(name, value)| !name.contains('\0') && !value.contains('\0')))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_keep_only_the_unreserved_characters() {
        assert_eq!(percent_encode("a+b*c~d é-_."), "a%2Bb%2Ac~d%20%C3%A9-_.");
    }

    #[test]
    fn forms_decode_plus_and_percent() {
        let pairs = form_pairs("a=1+2&b=%2B&&c&d=x=y").unwrap();
        let expected = [("a", "1 2"), ("b", "+"), ("c", ""), ("d", "x=y")];
        assert_eq!(pairs, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
        assert_eq!(form_pairs("a=%FF"), None);
        assert_eq!(form_pairs("a=%00"), None);
    }
}
