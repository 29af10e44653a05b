//! One request of a browser: who it is, in which language, and whether its form is our own.

use std::sync::Arc;

use http::Method;
use http::header::{ACCEPT_LANGUAGE, HeaderName};
use muster_core::{Error, Random, Result};
use muster_identity::{LiveSession, Origin, SessionKind};
use muster_wire::Request;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::Console;
use crate::calls::Place;
use crate::input::{self, Input};
use crate::reply::{Cookies, FLASH_COOKIE, LANG_COOKIE, SESSION_COOKIE, VISITOR_COOKIE};
use crate::text::Lang;

/// What is known of a request before its page is asked.
#[derive(Clone, Debug)]
pub(crate) struct Visit {
    pub(crate) lang: Lang,
    pub(crate) session: Option<Arc<LiveSession>>,
    /// The session's token as the browser sent it, be the session over or not.
    pub(crate) token: Option<String>,
    /// Stands in every form of the answer.
    pub(crate) csrf: String,
    /// Set when the browser has no secret of ours yet.
    pub(crate) new_visitor: Option<String>,
    pub(crate) cookies: Cookies,
    /// What the change before this page said: a message's key and a name.
    pub(crate) flash: Option<(String, String)>,
    pub(crate) segments: Vec<String>,
    pub(crate) query: Input,
    pub(crate) form: Input,
    /// Path and query.
    pub(crate) here: String,
    pub(crate) origin: Origin,
    pub(crate) place: Place,
}

impl Visit {
    /// Reads a request.
    ///
    /// # Errors
    /// `NotFound` for a path that cannot be read; the store's.
    pub(crate) async fn read(console: &Console, request: &Request) -> Result<Self> {
        let segments =
            input::segments(&request.path).ok_or_else(|| Error::not_found("page", request.path.as_str()))?;
        let query = Input::parse(request.query.as_bytes());
        let form =
            if request.method == Method::POST { Input::parse(&request.body) } else { Input::default() };
        // PostgreSQL keeps no such text, so nothing may depend on which store is there.
        if query.holds_nul() || form.holds_nul() {
            return Err(Error::invalid("form", "no text may hold the character U+0000"));
        }
        let token = input::cookie(request, SESSION_COOKIE).filter(|token| !token.is_empty());
        let session = match token {
            Some(token) => {
                let kind = SessionKind::Console;
                console.services.identity.session(kind, token, request.received).await?.live()
            }
            None => None,
        };
        let csrf_of_session = session.as_ref().and_then(|live| live.session.csrf.clone());
        let (csrf, new_visitor) = match csrf_of_session {
            Some(csrf) => (csrf, None),
            None => visitor(request),
        };
        let here = match request.query.as_str() {
            "" => request.path.clone(),
            query => format!("{}?{query}", request.path),
        };
        let project_id = session.as_ref().map(|live| {
            live.identity.projects().first().map(|project| project.id.clone()).unwrap_or_default()
        });
        Ok(Self {
            lang: language(request),
            token: token.map(str::to_owned),
            session,
            csrf,
            new_visitor,
            cookies: Cookies {
                secure: request.secure,
                had_flash: input::cookie(request, FLASH_COOKIE).is_some(),
            },
            flash: input::cookie(request, FLASH_COOKIE).and_then(flash),
            segments,
            query,
            form,
            here: input::own_address(&here).to_owned(),
            origin: Origin {
                source_ip: request.source_ip,
                secure: request.secure,
                request_id: request.id,
                at: request.received,
            },
            place: Place {
                secure: request.secure,
                host: request.host().to_owned(),
                project_id: project_id.unwrap_or_default(),
                region: console.services.identity.region().to_owned(),
            },
        })
    }

    /// Whether the form that was sent is one of ours, filled in by whoever holds this session.
    pub(crate) fn is_our_form(&self, request: &Request) -> bool {
        // Browsers that send this header say where the form stood; others are held by the token alone.
        let foreign = request
            .headers
            .get(HeaderName::from_static("sec-fetch-site"))
            .is_some_and(|site| site != "same-origin" && site != "none");
        let sent = self.form.exact("csrf").as_bytes();
        !foreign && self.new_visitor.is_none() && bool::from(sent.ct_eq(self.csrf.as_bytes()))
    }
}

/// Before anybody has signed in the token follows from a secret that only this browser holds.
fn visitor(request: &Request) -> (String, Option<String>) {
    match input::cookie(request, VISITOR_COOKIE) {
        Some(secret) if secret.len() == 32 => (csrf_of_visitor(secret), None),
        _ => {
            let secret = hex::encode(Random::from_os().bytes::<16>());
            (csrf_of_visitor(&secret), Some(secret))
        }
    }
}

fn csrf_of_visitor(secret: &str) -> String {
    hex::encode(Sha256::digest(format!("console form {secret}")))
}

fn language(request: &Request) -> Lang {
    input::cookie(request, LANG_COOKIE).and_then(Lang::from_tag).unwrap_or_else(|| {
        let wanted = request.headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        Lang::from_accept_language(wanted.unwrap_or_default())
    })
}

fn flash(cookie: &str) -> Option<(String, String)> {
    let (key, name) = cookie.split_once(':')?;
    let name = percent_encoding::percent_decode_str(name).decode_utf8().ok()?;
    key.starts_with("flash.").then(|| (key.to_owned(), name.into_owned()))
}
