//! In and out, and the language.

use askama::Template;
use http::StatusCode;
use muster_core::{Error, Result};
use muster_identity::audit::{self, NewEntry};
use muster_identity::{AccountName, Proof, SessionKind, SignInName};
use muster_wire::Response;

use super::API;
use crate::Console;
use crate::input::{Input, own_address};
use crate::reply::{Reply, SESSION_COOKIE};
use crate::text::Lang;
use crate::view::pages::SignInPage;
use crate::visit::Visit;
use crate::{frame, refusal};

/// The door.
pub(crate) fn form(visit: &Visit) -> Reply {
    if visit.session.is_some() {
        return Reply::go(own_address(visit.query.get("next")));
    }
    door(visit, &visit.query, None)
}

fn door(visit: &Visit, values: &Input, refused: Option<&Error>) -> Reply {
    let page = SignInPage {
        shell: frame::shell(visit, visit.lang.t("sign-in.title"), Vec::new()),
        error: refused.map(|error| refusal::sentence(visit.lang, error)),
        account: values.get("account").to_owned(),
        user: values.get("user").to_owned(),
        next: own_address(values.get("next")).to_owned(),
    };
    let status = refused.map_or(StatusCode::OK, refusal::status);
    Reply::Page(status, page.render().unwrap_or_default())
}

/// Lets somebody in who knows the password.
pub(crate) async fn sign_in(console: &Console, visit: &Visit) -> Result<Response> {
    let identity = &console.services.identity;
    let account = match visit.form.some("account") {
        None => AccountName::First,
        Some(id) if is_account_id(&id) => AccountName::Id(id),
        Some(name) => AccountName::Name(name),
    };
    let name = SignInName::User(account, visit.form.get("user").to_owned());
    let proof = Proof::Plain(visit.form.exact("password").to_owned());
    let signed_in = match identity.sign_in(name, proof, visit.origin.source_ip).await {
        Ok(signed_in) => signed_in,
        Err(refused @ (Error::Unauthenticated { .. } | Error::Throttled { .. } | Error::Invalid { .. })) => {
            return Ok(door(visit, &visit.form, Some(&refused)).into_response(visit.cookies));
        }
        Err(failure) => return Err(failure),
    };
    let (service, caller) = (identity.clone(), signed_in.identity.caller(visit.origin));
    let opened = console
        .db
        .write(move |tx| {
            let opened = service.open_session(tx, SessionKind::Console, &signed_in.user, None)?;
            let entry = NewEntry { api: API, operation: "SignIn", subject: None, refusal: None };
            audit::record(tx, &caller, &entry)?;
            Ok(opened)
        })
        .await?;
    let seconds = u32::try_from(SessionKind::Console.lifetime_ms() / 1000).unwrap_or(0);
    let answer = Reply::go(own_address(visit.form.get("next"))).into_response(visit.cookies);
    Ok(visit.cookies.set(answer, SESSION_COOKIE, opened.token.expose(), seconds))
}

/// An account by its 16 digits or its 32 hexadecimal ones; anything else is a name.
fn is_account_id(text: &str) -> bool {
    let digits = text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_digit());
    digits || text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Ends this session.
pub(crate) async fn sign_out(console: &Console, visit: &Visit) -> Result<Response> {
    if let Some(token) = visit.token.clone() {
        let service = console.services.identity.clone();
        console.db.write(move |tx| service.close_session(tx, SessionKind::Console, &token)).await?;
    }
    let answer = Reply::go("/console/sign-in").into_response(visit.cookies);
    Ok(visit.cookies.drop(answer, SESSION_COOKIE))
}

/// Remembers a language and goes back.
pub(crate) fn language(visit: &Visit) -> Response {
    let answer = Reply::go(own_address(visit.form.get("back"))).into_response(visit.cookies);
    match Lang::from_tag(visit.form.get("to")) {
        Some(lang) => visit.cookies.set_lang(answer, lang),
        None => answer,
    }
}
