//! Answers: pages, ways to other pages, and the headers that keep browsers strict.

use http::StatusCode;
use http::header::{CACHE_CONTROL, HeaderName, LOCATION, SET_COOKIE, VARY, X_CONTENT_TYPE_OPTIONS};
use muster_wire::Response;

use crate::assets::Asset;
use crate::text::Lang;

const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; \
     connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

pub(crate) const SESSION_COOKIE: &str = "muster_session";
pub(crate) const VISITOR_COOKIE: &str = "muster_visitor";
pub(crate) const LANG_COOKIE: &str = "muster_lang";
pub(crate) const FLASH_COOKIE: &str = "muster_flash";

const YEAR_S: u32 = 365 * 24 * 3600;

/// What a page function answers, before it becomes bytes.
#[derive(Debug)]
pub(crate) enum Reply {
    /// A page.
    Page(StatusCode, String),
    /// Go there; after a change, with a word about it.
    Go { to: String, said: Option<Said> },
}

/// What the next page says once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Said {
    /// The message's key.
    pub(crate) key: &'static str,
    /// What it is about.
    pub(crate) name: String,
}

impl Reply {
    pub(crate) fn page(html: String) -> Self {
        Self::Page(StatusCode::OK, html)
    }

    pub(crate) fn go(to: impl Into<String>) -> Self {
        Self::Go { to: to.into(), said: None }
    }

    pub(crate) fn go_saying(to: impl Into<String>, key: &'static str, name: impl Into<String>) -> Self {
        Self::Go { to: to.into(), said: Some(Said { key, name: name.into() }) }
    }

    pub(crate) fn into_response(self, cookies: Cookies) -> Response {
        match self {
            Self::Page(status, html) => {
                let page = Response::new(status, "text/html; charset=utf-8", html);
                // What was said once is not said again.
                let page = if status.is_success() && cookies.had_flash {
                    cookies.drop(page, FLASH_COOKIE)
                } else {
                    page
                };
                strict(page)
            }
            Self::Go { to, said } => {
                let mut answer = Response::empty(StatusCode::SEE_OTHER).with_header(LOCATION, &to);
                if let Some(said) = said {
                    let value = format!("{}:{}", said.key, crate::input::segment(&said.name));
                    answer = cookies.set(answer, FLASH_COOKIE, &value, 60);
                }
                strict(answer)
            }
        }
    }
}

/// The same with the headers of every answer.
pub(crate) fn strict(response: Response) -> Response {
    response
        .with_header(HeaderName::from_static("content-security-policy"), POLICY)
        .with_header(HeaderName::from_static("referrer-policy"), "same-origin")
        .with_header(X_CONTENT_TYPE_OPTIONS, "nosniff")
        .with_header(CACHE_CONTROL, "no-store")
        .with_header(VARY, "Accept-Language, Cookie")
}

/// A file of the program; its address names its content.
pub(crate) fn asset(asset: &'static Asset) -> Response {
    Response::new(StatusCode::OK, asset.media_type, asset.body)
        .with_header(CACHE_CONTROL, &format!("public, max-age={YEAR_S}, immutable"))
        .with_header(X_CONTENT_TYPE_OPTIONS, "nosniff")
        .with_header(HeaderName::from_static("content-security-policy"), "default-src 'none'")
}

/// How cookies are set in answer to one request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cookies {
    /// The request came over TLS, so that no cookie ever has to travel without.
    pub(crate) secure: bool,
    /// The request brought a flash.
    pub(crate) had_flash: bool,
}

impl Cookies {
    pub(crate) fn set(self, response: Response, name: &str, value: &str, seconds: u32) -> Response {
        let secure = if self.secure { "; Secure" } else { "" };
        let cookie =
            format!("{name}={value}; Path=/console; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}");
        append(response, &cookie)
    }

    pub(crate) fn drop(self, response: Response, name: &str) -> Response {
        self.set(response, name, "", 0)
    }

    pub(crate) fn set_lang(self, response: Response, lang: Lang) -> Response {
        self.set(response, LANG_COOKIE, lang.tag(), YEAR_S)
    }
}

fn append(mut response: Response, cookie: &str) -> Response {
    if let Ok(value) = http::HeaderValue::from_str(cookie) {
        response.headers.append(SET_COOKIE, value);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_are_hidden_from_scripts_and_secure_under_tls() {
        let answer = |secure| {
            let cookies = Cookies { secure, had_flash: false };
            let answer = Reply::go_saying("/console", "flash.created", "张 三; x=y").into_response(cookies);
            answer.headers[SET_COOKIE].to_str().unwrap().to_owned()
        };
        let plain = "muster_flash=flash.created:%E5%BC%A0%20%E4%B8%89%3B%20x%3Dy; Path=/console; Max-Age=60; \
                     HttpOnly; SameSite=Lax";
        assert_eq!(answer(false), plain);
        assert_eq!(answer(true), format!("{plain}; Secure"));
    }

    #[test]
    fn pages_allow_nothing_inline_and_no_stranger() {
        let page = Reply::page(String::new()).into_response(Cookies { secure: false, had_flash: false });
        let policy = page.headers["content-security-policy"].to_str().unwrap();
        assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
        assert_eq!(page.headers[CACHE_CONTROL], "no-store");
    }
}
