//! What a channel's value must look like. Only the form is checked here: whether somebody reads it is
//! found out by activation, and whether the server may dial it by [`crate::outbound`].

use http::Uri;
use lettre::Address;
use muster_core::{Error, Result};

use crate::model::ChannelKind;

/// The longest value of a channel, in bytes.
pub(crate) const LONGEST: usize = 1024;

/// Checks the value of a channel of `kind`.
pub(crate) fn check(kind: ChannelKind, value: &str) -> Result<()> {
    if value.is_empty() {
        return Err(Error::invalid(kind.as_str(), "must not be empty"));
    }
    if value.len() > LONGEST || value.chars().any(char::is_control) {
        return Err(Error::invalid(
            kind.as_str(),
            format!("must be at most {LONGEST} bytes without control characters"),
        ));
    }
    let (good, form) = match kind {
        ChannelKind::Mail => (is_mail(value), "must be a mail address such as x@example.com"),
        ChannelKind::Sms => (is_phone(value), "must be a phone number such as 86-13800000000"),
        ChannelKind::DingTalk => {
            (is_http_url(value), "must be an http or https address without user and password")
        }
        ChannelKind::AliIm => (!value.trim().is_empty(), "must not be blank"),
    };
    if good { Ok(()) } else { Err(Error::invalid(kind.as_str(), form)) }
}

/// Whether `value` is one plain mail address whose domain has a dot.
fn is_mail(value: &str) -> bool {
    value.parse::<Address>().is_ok_and(|address| {
        let domain = address.domain();
        !address.user().starts_with('"')
            && domain.contains('.')
            && !domain.starts_with('.')
            && !domain.ends_with('.')
    })
}

/// Digits with an optional country code: `13800000000`, `86-13800000000`, `+8613800000000`.
fn is_phone(value: &str) -> bool {
    let digits = |text: &str, least: usize, most: usize| {
        (least..=most).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
    };
    let number = value.strip_prefix('+').unwrap_or(value);
    match number.split_once('-') {
        Some((country, rest)) => digits(country, 1, 4) && digits(rest, 4, 15),
        None => digits(number, 4, 19),
    }
}

/// Whether `value` is an absolute `http` or `https` address.
pub(crate) fn is_http_url(value: &str) -> bool {
    value.parse::<Uri>().is_ok_and(|uri| {
        matches!(uri.scheme_str(), Some("http" | "https"))
            && uri
                .authority()
                .is_some_and(|authority| !authority.host().is_empty() && !authority.as_str().contains('@'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_channel_values() {
        let table: &[(ChannelKind, &str, bool)] = &[
            (ChannelKind::Mail, "alice@example.com", true),
            (ChannelKind::Mail, "a.b+c@mail.example.co", true),
            (ChannelKind::Mail, "alice@localhost", false),
            (ChannelKind::Mail, "alice", false),
            (ChannelKind::Mail, "@example.com", false),
            (ChannelKind::Mail, "a@b@example.com", false),
            (ChannelKind::Mail, "Alice <alice@example.com>", false),
            (ChannelKind::Mail, "alice@example.com\r\nBcc: b@example.com", false),
            (ChannelKind::Mail, "a@example.com,b@example.com", false),
            (ChannelKind::Sms, "13800000000", true),
            (ChannelKind::Sms, "86-13800000000", true),
            (ChannelKind::Sms, "+8613800000000", true),
            (ChannelKind::Sms, "1234567890123456789", true),
            (ChannelKind::Sms, "86--138", false),
            (ChannelKind::Sms, "86-138-0000", false),
            (ChannelKind::Sms, "call me", false),
            (ChannelKind::Sms, "", false),
            (ChannelKind::DingTalk, "https://oapi.dingtalk.com/robot/send?access_token=abc", true),
            (ChannelKind::DingTalk, "http://127.0.0.1:9/robot", true),
            (ChannelKind::DingTalk, "http://[::1]:9/robot", true),
            (ChannelKind::DingTalk, "ftp://example.com/robot", false),
            (ChannelKind::DingTalk, "/robot", false),
            (ChannelKind::DingTalk, "http://user:secret@example.com/", false),
            (ChannelKind::DingTalk, "http:// example.com/", false),
            (ChannelKind::AliIm, "alice_im", true),
            (ChannelKind::AliIm, "  ", false),
        ];
        for (kind, value, good) in table {
            assert_eq!(check(*kind, value).is_ok(), *good, "{kind:?} {value:?}");
        }
        assert!(check(ChannelKind::AliIm, &"x".repeat(LONGEST)).is_ok());
        assert!(check(ChannelKind::AliIm, &"x".repeat(LONGEST + 1)).is_err());
    }
}
