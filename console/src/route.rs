//! From an address to a page.

use http::{Method, StatusCode};
use muster_core::{Error, Result};
use muster_identity::Caller;
use muster_wire::{Request, Response};

use crate::cx::Cx;
use crate::reply::{Reply, SESSION_COOKIE, VISITOR_COOKIE, strict};
use crate::visit::Visit;
use crate::{Console, assets, input, kinds, pages, reply};

const YEAR_S: u32 = 365 * 24 * 3600;

/// Answers a request.
pub(crate) async fn answer(console: &Console, request: &Request) -> Response {
    if request.path == "/" {
        return go("/console");
    }
    // Browsers ask for this address when a page that is not ours names no icon.
    let path = if request.path == "/favicon.ico" { "/console/assets/mark.svg" } else { &request.path };
    if let Some(name) = path.strip_prefix(assets::PREFIX) {
        return match assets::find(name) {
            Some(asset) => reply::asset(asset),
            None => strict(Response::empty(StatusCode::NOT_FOUND)),
        };
    }
    let visit = match Visit::read(console, request).await {
        Ok(visit) => visit,
        Err(error) => return pages::error::without_visit(request, &error),
    };
    let response = match page(console, request, &visit).await {
        Ok(response) => response,
        Err(error) => pages::error::page(&visit, &error).into_response(visit.cookies),
    };
    match &visit.new_visitor {
        Some(secret) => visit.cookies.set(response, VISITOR_COOKIE, secret, YEAR_S),
        None => response,
    }
}

async fn page(console: &Console, request: &Request, visit: &Visit) -> Result<Response> {
    let segments: Vec<&str> = visit.segments.iter().map(String::as_str).collect();
    let get = matches!(request.method, Method::GET | Method::HEAD);
    if !get && request.method != Method::POST {
        return Ok(pages::error::method(visit).into_response(visit.cookies));
    }
    if !get && !visit.is_our_form(request) {
        return Ok(pages::error::stale(visit).into_response(visit.cookies));
    }
    match (get, segments.as_slice()) {
        (true, ["sign-in"]) => return Ok(pages::sign_in::form(visit).into_response(visit.cookies)),
        (false, ["sign-in"]) => return pages::sign_in::sign_in(console, visit).await,
        (false, ["language"]) => return Ok(pages::sign_in::language(visit)),
        _ => {}
    }
    let Some(caller) = visit.session.as_ref().map(|live| live.caller(visit.origin)) else {
        return Ok(to_the_door(visit, get));
    };
    if !get && segments == ["sign-out"] {
        return pages::sign_in::sign_out(console, visit).await;
    }
    if get && segments == ["live"] {
        return Ok(pages::live::stream(console, visit, caller));
    }
    let answer = if get {
        read(console, visit, caller, &segments).await?
    } else {
        write(console, visit, caller, &segments).await?
    };
    Ok(answer.into_response(visit.cookies))
}

/// Who is not signed in comes back here afterwards; what was sent is not kept.
fn to_the_door(visit: &Visit, get: bool) -> Response {
    let next = if get { visit.here.as_str() } else { "/console" };
    let door = match next {
        "/console" => "/console/sign-in".to_owned(),
        _ => format!("/console/sign-in?{}", input::Input::default().query(&[("next", next)])),
    };
    let answer = go(&door);
    // A session that has ended leaves nothing behind.
    if visit.token.is_none() { answer } else { visit.cookies.drop(answer, SESSION_COOKIE) }
}

fn go(to: &str) -> Response {
    strict(Response::empty(StatusCode::SEE_OTHER).with_header(http::header::LOCATION, to))
}

async fn read(console: &Console, visit: &Visit, caller: Caller, segments: &[&str]) -> Result<Reply> {
    match segments {
        [] => on_snapshot(console, visit, caller, pages::overview::page).await,
        ["search"] => on_snapshot(console, visit, caller, pages::search::page).await,
        ["messages"] => on_snapshot(console, visit, caller, pages::messages::list).await,
        ["messages", id] => {
            let id = number("message", id)?;
            on_snapshot(console, visit, caller, move |cx, visit| pages::messages::show(cx, visit, id)).await
        }
        ["alarms"] => on_snapshot(console, visit, caller, pages::alarms::list).await,
        ["alarms", id] => {
            let id = number("alarm", id)?;
            on_snapshot(console, visit, caller, move |cx, visit| pages::alarms::show(cx, visit, id)).await
        }
        ["events"] => on_snapshot(console, visit, caller, pages::events::list).await,
        ["events", id] => {
            let id = number("event", id)?;
            on_snapshot(console, visit, caller, move |cx, visit| pages::events::show(cx, visit, id)).await
        }
        ["metrics"] => on_snapshot(console, visit, caller, pages::metrics::list).await,
        ["metrics", id] => {
            let id = number("series", id)?;
            on_snapshot(console, visit, caller, move |cx, visit| pages::metrics::show(cx, visit, id)).await
        }
        ["audit"] => on_snapshot(console, visit, caller, pages::audit::list).await,
        ["health"] => {
            let health = pages::health::Facts::gather(console);
            on_snapshot(console, visit, caller, move |cx, visit| pages::health::page(cx, visit, &health))
                .await
        }
        ["account"] => on_snapshot(console, visit, caller, pages::account::page).await,
        ["keys"] => on_snapshot(console, visit, caller, pages::keys::list).await,
        ["job-alarms"] => on_snapshot(console, visit, caller, pages::job_alarms::page).await,
        ["ledger"] => on_snapshot(console, visit, caller, pages::ledger::page).await,
        ["workers"] => on_snapshot(console, visit, caller, pages::workers::page).await,
        ["coming"] => on_snapshot(console, visit, caller, kinds::jobs::coming_page).await,
        ["new", "keys"] => on_snapshot(console, visit, caller, pages::keys::form).await,
        ["keys", id, "delete"] => {
            let id = (*id).to_owned();
            on_snapshot(console, visit, caller, move |cx, visit| pages::keys::confirm(cx, visit, &id)).await
        }
        ["new", slug] => {
            let kind = kind(slug)?;
            on_snapshot(console, visit, caller, move |cx, visit| pages::objects::new(cx, visit, kind)).await
        }
        [slug] => {
            let kind = kind(slug)?;
            on_snapshot(console, visit, caller, move |cx, visit| pages::objects::list(cx, visit, kind)).await
        }
        [slug, id] => {
            let (kind, id) = (kind(slug)?, (*id).to_owned());
            on_snapshot(console, visit, caller, move |cx, visit| pages::objects::show(cx, visit, kind, &id))
                .await
        }
        [slug, id, "edit"] => {
            let (kind, id) = (kind(slug)?, (*id).to_owned());
            on_snapshot(console, visit, caller, move |cx, visit| pages::objects::edit(cx, visit, kind, &id))
                .await
        }
        [slug, id, "delete"] => {
            let (kind, id) = (kind(slug)?, (*id).to_owned());
            on_snapshot(console, visit, caller, move |cx, visit| {
                pages::objects::confirm(cx, visit, kind, &id)
            })
            .await
        }
        [slug, id, "do", action] => {
            let (kind, id, action) = (kind(slug)?, (*id).to_owned(), (*action).to_owned());
            on_snapshot(console, visit, caller, move |cx, visit| {
                pages::objects::question(cx, visit, kind, &id, &action)
            })
            .await
        }
        _ => Err(no_page(visit)),
    }
}

async fn write(console: &Console, visit: &Visit, caller: Caller, segments: &[&str]) -> Result<Reply> {
    match segments {
        ["account", "password"] => pages::account::change_password(console, visit, caller).await,
        ["account", "sessions"] => pages::account::end_sessions(console, visit, caller).await,
        ["new", "keys"] => pages::keys::create(console, visit, caller).await,
        ["keys", id, "delete"] => pages::keys::delete(console, visit, caller, id).await,
        ["keys", id, "do", action] => pages::keys::act(console, visit, caller, id, action).await,
        ["new", slug] => pages::objects::create(console, visit, caller, kind(slug)?).await,
        [slug, "bulk"] => pages::objects::bulk(console, visit, caller, kind(slug)?).await,
        [slug, id, "edit"] => pages::objects::update(console, visit, caller, kind(slug)?, id).await,
        [slug, id, "delete"] => pages::objects::delete(console, visit, caller, kind(slug)?, id).await,
        [slug, id, "do", action] => {
            pages::objects::act(console, visit, caller, kind(slug)?, id, action).await
        }
        _ => Err(no_page(visit)),
    }
}

/// Runs a page function over one snapshot of the store.
pub(crate) async fn on_snapshot(
    console: &Console,
    visit: &Visit,
    caller: Caller,
    page: impl Fn(&mut Cx<'_, '_>, &Visit) -> Result<Reply> + Send + 'static,
) -> Result<Reply> {
    let (services, visit) = (console.services.clone(), visit.clone());
    console
        .db
        .read(move |tx| {
            let mut cx =
                Cx { tx, caller: &caller, services: &services, lang: visit.lang, place: &visit.place };
            page(&mut cx, &visit)
        })
        .await
}

fn kind(slug: &str) -> Result<&'static dyn kinds::Kind> {
    kinds::find(slug).ok_or_else(|| Error::not_found("page", slug))
}

fn no_page(visit: &Visit) -> Error {
    Error::not_found("page", visit.here.as_str())
}

fn number(what: &'static str, text: &str) -> Result<i64> {
    text.parse().map_err(|_| Error::not_found(what, text))
}
