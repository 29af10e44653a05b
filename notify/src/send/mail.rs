//! Mail by SMTP.

use std::time::{Duration, UNIX_EPOCH};

use lettre::message::header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue};
use lettre::message::{Body, Mailbox, MultiPart, SinglePart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::{Address, SmtpTransport, Transport};
use muster_core::{Error, Result};
use sha2::{Digest, Sha256};

use super::Outcome;
use crate::config::{SmtpSecurity, SmtpSettings};
use crate::html;
use crate::model::Message;

/// Refusals that concern our own credentials: the operator can mend them, so the message must not be lost.
const OWN_FAULT: [u16; 5] = [530, 532, 534, 535, 538];

pub(crate) struct Smtp {
    transport: SmtpTransport,
    sender: Mailbox,
}

impl std::fmt::Debug for Smtp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Smtp")
    }
}

/// Who mails come from.
pub(crate) fn sender(settings: &SmtpSettings) -> Result<Mailbox> {
    match &settings.from {
        Some(from) => from
            .parse()
            .map_err(|_| Error::invalid("smtp.from", "must be a mail address, with or without a name")),
        None => {
            let host = match ClientId::default() {
                ClientId::Domain(name) => name,
                _ => "localhost.localdomain".to_owned(),
            };
            let address = Address::new("muster", host)
                .or_else(|_| Address::new("muster", "localhost.localdomain"))
                .map_err(Error::internal)?;
            Ok(Mailbox::new(Some("Muster".to_owned()), address))
        }
    }
}

impl Smtp {
    /// `None` without a configured host.
    pub(crate) fn new(settings: &SmtpSettings, sender: Mailbox) -> Result<Option<Self>> {
        let Some(host) = &settings.host else { return Ok(None) };
        let tls = || tls_parameters(host, settings);
        let (port, tls) = match settings.security {
            SmtpSecurity::Starttls => (587, Tls::Required(tls()?)),
            SmtpSecurity::Tls => (465, Tls::Wrapper(tls()?)),
            SmtpSecurity::None => (25, Tls::None),
        };
        let mut builder = SmtpTransport::builder_dangerous(host.clone())
            .port(settings.port.unwrap_or(port))
            .tls(tls)
            .timeout(Some(settings.timeout()));
        match (&settings.username, &settings.password) {
            (Some(user), Some(password)) => {
                builder = builder.credentials(Credentials::new(user.clone(), password.clone()));
            }
            (None, None) => {}
            _ => return Err(Error::invalid("smtp.username", "needs smtp.password, and the other way round")),
        }
        Ok(Some(Self { transport: builder.build(), sender }))
    }

    pub(super) fn send(&self, message: &Message) -> Outcome {
        let mail = match compose(message, &self.sender) {
            Ok(mail) => mail,
            Err(why) => return Outcome::Failed(why),
        };
        match self.transport.send(&mail) {
            Ok(response) => {
                Outcome::Delivered(format!("{} {}", response.code(), response.first_line().unwrap_or("")))
            }
            Err(error) => {
                let own_fault = error
                    .status()
                    .is_some_and(|code| OWN_FAULT.contains(&code.to_string().parse().unwrap_or(0)));
                let said = muster_core::describe(&error);
                if error.is_permanent() && !own_fault { Outcome::Failed(said) } else { Outcome::Retry(said) }
            }
        }
    }
}

fn tls_parameters(host: &str, settings: &SmtpSettings) -> Result<TlsParameters> {
    let mut parameters = TlsParameters::builder(host.to_owned());
    if let Some(path) = &settings.ca_file {
        let wrong = |why: String| Error::invalid("smtp.ca_file", format!("{}: {why}", path.display()));
        let pem = std::fs::read(path).map_err(|error| wrong(error.to_string()))?;
        let certificate =
            Certificate::from_pem(&pem).map_err(|error| wrong(muster_core::describe(&error)))?;
        parameters = parameters.add_root_certificate(certificate);
    }
    parameters.build().map_err(|error| Error::invalid("smtp.host", muster_core::describe(&error)))
}

/// The mail as it goes out. The same message always has the same `Message-ID`, so that a repeat after a
/// crash can be told from a second message.
pub(crate) fn compose(message: &Message, sender: &Mailbox) -> Result<lettre::Message, String> {
    let to: Address =
        message.target.parse().map_err(|_| format!("{:?} is not a mail address", message.target))?;
    let content = &message.content;
    let sent = UNIX_EPOCH + Duration::from_millis(u64::try_from(message.created_at.millis()).unwrap_or(0));
    let mut mail = lettre::Message::builder()
        .from(sender.clone())
        .to(Mailbox::new(None, to))
        .subject(one_line(&content.subject))
        .date(sent)
        .message_id(Some(message_id(&message.key, &message.target, sender)))
        .raw_header(HeaderValue::new(
            HeaderName::new_from_ascii_str("Auto-Submitted"),
            "auto-generated".to_owned(),
        ));
    if !content.references.is_empty() {
        mail = mail.references(message_id(&content.references, &message.target, sender));
    }
    let html = if content.html.is_empty() { html::from_text(&content.text) } else { content.html.clone() };
    let parts = MultiPart::alternative()
        .singlepart(part(ContentType::TEXT_PLAIN, &content.text))
        .singlepart(part(ContentType::TEXT_HTML, &html));
    mail.multipart(parts).map_err(|error| error.to_string())
}

/// Plain ASCII goes out as it stands, so that a link can be read and copied from a mail's file. Lines may
/// have 998 bytes; the library would already encode one of 77.
fn part(kind: ContentType, text: &str) -> SinglePart {
    let printable = |byte: u8| byte.is_ascii_graphic() || matches!(byte, b' ' | b'\t' | b'\n');
    let plain = text.bytes().all(printable) && text.lines().all(|line| line.len() <= 998);
    let body = if plain {
        let lines = text.lines().collect::<Vec<_>>().join("\r\n");
        Body::dangerous_pre_encoded(lines.into_bytes(), ContentTransferEncoding::SevenBit)
    } else {
        Body::new(text.to_owned())
    };
    SinglePart::builder().header(kind).body(body)
}

fn message_id(key: &str, target: &str, sender: &Mailbox) -> String {
    let digest = Sha256::digest(format!("{key}\n{target}"));
    format!("<{}@{}>", hex::encode(&digest[..16]), sender.email.domain())
}

/// A subject is one line, whatever the names in it hold: anything else could forge headers.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use muster_core::Timestamp;

    use super::*;
    use crate::model::{Content, Medium, MessageState};

    fn message(subject: &str) -> Message {
        Message {
            id: 7,
            key: "alarm/1".into(),
            purpose: "alarm".into(),
            contact: None,
            medium: Medium::Mail,
            target: "alice@example.com".into(),
            content: Content {
                subject: subject.into(),
                text: "cpu <90>\n值 91".into(),
                ..Content::default()
            },
            state: MessageState::Sending,
            detail: String::new(),
            attempts: 1,
            next_attempt_at: Timestamp::from_millis(0),
            created_at: Timestamp::from_millis(1_768_465_800_000),
            finished_at: None,
        }
    }

    fn sender() -> Mailbox {
        super::sender(&SmtpSettings {
            from: Some("Muster <ops@muster.example>".into()),
            ..SmtpSettings::default()
        })
        .unwrap()
    }

    fn text(message: &Message) -> String {
        String::from_utf8(compose(message, &sender()).unwrap().formatted()).unwrap()
    }

    #[test]
    fn a_mail_has_two_parts_and_its_headers() {
        let mail = text(&message("CPU high"));
        for expected in [
            "From: Muster <ops@muster.example>\r\n",
            "To: alice@example.com\r\n",
            "Subject: CPU high\r\n",
            "Date: Thu, 15 Jan 2026 08:30:00 +0000\r\n",
            "Auto-Submitted: auto-generated\r\n",
            "Content-Type: multipart/alternative;",
            "Content-Type: text/plain; charset=utf-8\r\n",
            "Content-Type: text/html; charset=utf-8\r\n",
        ] {
            assert!(mail.contains(expected), "{expected:?} is missing in\n{mail}");
        }
    }

    #[test]
    fn a_link_stands_whole_in_the_file() {
        let mut message = message("s");
        message.content.text = format!("first\n\nhttps://muster.example/{}\n", "x".repeat(200));
        let mail = text(&message);
        assert!(
            mail.contains(&format!("first\r\n\r\nhttps://muster.example/{}\r\n", "x".repeat(200))),
            "{mail}"
        );
        message.content.text = "x".repeat(1_000);
        assert!(text(&message).lines().all(|line| line.len() <= 998));
    }

    #[test]
    fn a_name_cannot_forge_a_header() {
        let mail = text(&message("down\r\nBcc: everybody@example.com"));
        assert!(!mail.contains("\r\nBcc:"), "{mail}");
    }

    #[test]
    fn a_repeat_carries_the_same_id_and_another_message_another() {
        let id = |message: &Message| {
            text(message).lines().find(|line| line.starts_with("Message-ID:")).unwrap().to_owned()
        };
        let first = message("a");
        let other = Message { key: "alarm/2".into(), ..first.clone() };
        assert_eq!(id(&first), id(&first.clone()));
        assert_ne!(id(&first), id(&other));
        let answer =
            Message { content: Content { references: "alarm/1".into(), ..first.content.clone() }, ..other };
        assert!(text(&answer).contains(&id(&first).replace("Message-ID", "References")));
    }

    #[test]
    fn half_a_login_is_refused() {
        let settings = SmtpSettings {
            host: Some("127.0.0.1".into()),
            username: Some("u".into()),
            security: SmtpSecurity::None,
            ..SmtpSettings::default()
        };
        assert!(matches!(Smtp::new(&settings, sender()), Err(Error::Invalid { .. })));
        assert!(Smtp::new(&SmtpSettings::default(), sender()).unwrap().is_none());
    }
}
