//! The pages under `/public`: what people see who open a link from a mail. They have no account here and
//! sign in nowhere.
//!
//! Opening a link shows a page with a button; only the button confirms. Mail scanners open every link they
//! see.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use muster_core::Result;
use muster_db::Db;
use sha2::{Digest, Sha256};

use crate::html::escape;
use crate::model::Lang;
use crate::service::{Confirmation, Opened, Service};

/// The path of activation links, before their token.
pub const ACTIVATIONS: &str = "/public/activations/";

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:32rem;margin:15vh auto;padding:0 1rem}\
                     button{font:inherit;padding:.5rem \
                     1.25rem}@media(prefers-color-scheme:dark){body{background:#16181d;color:#e6e6e6}}";

/// A page for a browser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicPage {
    /// The HTTP status.
    pub status: u16,
    /// The page.
    pub html: String,
}

/// The headers that every such page carries: its address is a secret, so it is neither stored nor passed on.
pub fn headers() -> [(&'static str, &'static str); 6] {
    static POLICY: LazyLock<String> = LazyLock::new(|| {
        let style = STANDARD.encode(Sha256::digest(STYLE));
        format!(
            "default-src 'none'; style-src 'sha256-{style}'; form-action 'self'; frame-ancestors 'none'; \
             base-uri 'none'"
        )
    });
    [
        ("content-type", "text/html; charset=utf-8"),
        ("cache-control", "no-store"),
        ("referrer-policy", "no-referrer"),
        ("x-content-type-options", "nosniff"),
        ("x-robots-tag", "noindex"),
        ("content-security-policy", &POLICY),
    ]
}

/// Answers a request for a path under `/public`; `opened` says whose it is.
///
/// # Errors
/// What the store says; never because of what was asked.
pub async fn answer(db: &Db, method: &str, path: &str, opened: Opened) -> Result<PublicPage> {
    let Some(token) = path.strip_prefix(ACTIVATIONS).filter(|token| is_token(token)) else {
        return Ok(dead_link());
    };
    let token = token.to_owned();
    match method {
        "GET" | "HEAD" => {
            let found = db.read(move |tx| Service::activation(tx, &token)).await?;
            Ok(found.map_or_else(dead_link, |found| question(&found)))
        }
        "POST" => {
            let found = db.write(move |tx| Service::confirm_activation(tx, &token, &opened)).await?;
            Ok(found.map_or_else(dead_link, |found| thanks(&found)))
        }
        _ => Ok(PublicPage { status: 405, html: page(Lang::En, "Not allowed", "") }),
    }
}

fn is_token(token: &str) -> bool {
    token.len() == 48 && token.bytes().all(|b| b.is_ascii_hexdigit())
}

fn question(found: &Confirmation) -> PublicPage {
    let (contact, value) = (escape(&found.contact), escape(&found.value));
    let (title, ask, button) = match found.lang {
        Lang::En => (
            "Receive alarms here?",
            format!("May alarms for the contact <b>{contact}</b> be sent to <b>{value}</b>?"),
            "Yes, confirm",
        ),
        Lang::ZhCn => (
            "确认接收告警",
            format!("是否同意将联系人 <b>{contact}</b> 的告警发送到 <b>{value}</b>？"),
            "确认",
        ),
    };
    let body = format!("<p>{ask}</p><form method=\"post\"><button type=\"submit\">{button}</button></form>");
    PublicPage { status: 200, html: page(found.lang, title, &body) }
}

fn thanks(found: &Confirmation) -> PublicPage {
    let value = escape(&found.value);
    let (title, text) = match found.lang {
        Lang::En => (
            "Confirmed",
            format!("Alarms will be sent to <b>{value}</b> from now on. You can close this page."),
        ),
        Lang::ZhCn => ("已确认", format!("之后的告警将发送到 <b>{value}</b>。可以关闭此页面。")),
    };
    PublicPage { status: 200, html: page(found.lang, title, &format!("<p>{text}</p>")) }
}

fn dead_link() -> PublicPage {
    let body = "<p>It is unknown, was used already, or has expired. Nothing was changed. Ask for a new one \
                if you still need it.</p>\
                <p lang=\"zh-cn\">链接无效、已被使用或已过期，未作任何更改。如仍需要，请重新获取。</p>";
    PublicPage { status: 404, html: page(Lang::En, "This link does not work", body) }
}

fn page(lang: Lang, title: &str, body: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"{}\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width\">\
         <title>{title}</title><style>{STYLE}</style></head><body><h1>{title}</h1>{body}</body></html>\n",
        lang.as_str()
    )
}
