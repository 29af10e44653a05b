//! Pages that say why there is no page.

use askama::Template;
use http::StatusCode;
use muster_core::{Error, describe};
use muster_wire::{Problem, Request, Response};

use crate::reply::{Reply, strict};
use crate::text::Lang;
use crate::view::Link;
use crate::view::pages::ErrorPage;
use crate::visit::Visit;
use crate::{frame, refusal};

/// Why a request was refused. What the reader cannot mend is logged once, here.
pub(crate) fn page(visit: &Visit, error: &Error) -> Reply {
    let lang = visit.lang;
    let (title, body) = match error {
        Error::NotFound { .. } => (lang.t("error.not-found"), lang.t("error.not-found-body").to_owned()),
        Error::Forbidden { .. } => (lang.t("error.forbidden"), refusal::sentence(lang, error)),
        Error::Internal { .. } => {
            log(&visit.origin.request_id.to_string(), error);
            (lang.t("error.internal"), refusal::sentence(lang, error))
        }
        Error::Unavailable { .. } => {
            log(&visit.origin.request_id.to_string(), error);
            (lang.t("error.unavailable"), refusal::sentence(lang, error))
        }
        _ => (lang.t("error.refused"), refusal::sentence(lang, error)),
    };
    render(visit, refusal::status(error), title, body)
}

/// A form that is not ours, or no longer.
pub(crate) fn stale(visit: &Visit) -> Reply {
    let lang = visit.lang;
    render(visit, StatusCode::FORBIDDEN, lang.t("error.stale"), lang.t("form.stale").to_owned())
}

/// A method that no page knows.
pub(crate) fn method(visit: &Visit) -> Reply {
    let lang = visit.lang;
    let title = lang.t("error.method");
    render(visit, StatusCode::METHOD_NOT_ALLOWED, title, lang.t("error.not-found-body").to_owned())
}

fn render(visit: &Visit, status: StatusCode, title: &str, body: String) -> Reply {
    let lang = visit.lang;
    let page = ErrorPage {
        shell: frame::shell(visit, title, Vec::new()),
        title: title.to_owned(),
        body,
        request_id: visit.origin.request_id.to_string(),
        back: Link::new(lang.t("error.back"), "/console"),
    };
    // A template of our own cannot fail; if it did, the status alone would have to do.
    Reply::Page(status, page.render().unwrap_or_default())
}

fn log(request_id: &str, error: &Error) {
    tracing::error!(request.id = request_id, error = %describe(error), "a page failed");
}

/// A refusal before anything is known of who asks.
pub(crate) fn without_visit(request: &Request, error: &Error) -> Response {
    let status = refusal::status(error);
    if status.is_server_error() {
        log(&request.id.to_string(), error);
    }
    plain(status, &refusal::sentence(Lang::En, error))
}

/// A request that did not arrive whole, or whose handling ended in a defect.
pub(crate) fn refuse(_request: &Request, problem: Problem) -> Response {
    match problem {
        Problem::BodyTooLarge(limit) => {
            plain(StatusCode::PAYLOAD_TOO_LARGE, &format!("The form is larger than {limit} bytes."))
        }
        Problem::BodyCut => plain(StatusCode::BAD_REQUEST, "The form did not arrive whole."),
        Problem::Defect => plain(StatusCode::INTERNAL_SERVER_ERROR, "Something went wrong here."),
    }
}

fn plain(status: StatusCode, text: &str) -> Response {
    strict(Response::new(status, "text/plain; charset=utf-8", format!("{text}\n")))
}
