//! Callbacks to addresses that users name.

use super::Outcome;
use crate::model::Message;
use crate::outbound::{Client, Post};

/// Sends the message's body as it stands. The receiver can tell repeats by the header `Idempotency-Key`.
pub(super) fn send(client: &Client, message: &Message) -> Outcome {
    let content = &message.content;
    let key = header_value(&message.key);
    let (url, headers) = (&message.target, &[("Idempotency-Key", key.as_str())]);
    let answer = if content.get {
        client.get(url, headers)
    } else {
        let (content_type, body) = (content.content_type.as_str(), content.body.as_bytes());
        client.post(&Post { url, content_type, headers, body })
    };
    match answer {
        Ok(answer) => read_answer(answer.status),
        Err(failure) => Outcome::of_failure(failure),
    }
}

fn read_answer(status: u16) -> Outcome {
    let said = format!("HTTP {status}");
    match status {
        200..=299 => Outcome::Delivered(said),
        408 | 425 | 429 | 500..=599 => Outcome::Retry(said),
        _ => Outcome::Failed(said),
    }
}

/// Keys hold names of every script; a header holds printable ASCII only.
fn header_value(key: &str) -> String {
    let mut value = String::with_capacity(key.len());
    for byte in key.bytes() {
        if byte.is_ascii_graphic() && byte != b'%' {
            value.push(char::from(byte));
        } else {
            value.push_str(&format!("%{byte:02X}"));
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses() {
        for (status, expected) in [
            (200, "delivered"),
            (204, "delivered"),
            (302, "failed"),
            (400, "failed"),
            (404, "failed"),
            (429, "retry"),
            (500, "retry"),
            (503, "retry"),
        ] {
            let word = match read_answer(status) {
                Outcome::Delivered(_) => "delivered",
                Outcome::Retry(_) => "retry",
                Outcome::Failed(_) => "failed",
                Outcome::Written(_) => "written",
            };
            assert_eq!(word, expected, "{status}");
        }
    }

    #[test]
    fn keys_fit_a_header() {
        assert_eq!(header_value("alarm/1/组 a%\r\n"), "alarm/1/%E7%BB%84%20a%25%0D%0A");
    }
}
