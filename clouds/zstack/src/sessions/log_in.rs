//! `LogInByAccount`, `LogInByUser` and `LogIn`: a session for a password.

use http::StatusCode;
use muster_core::Error;
use muster_identity::{AccountName, Origin, Proof, SessionKind, SignInName, audit};
use muster_wire::{Api as _, Request, Response};

use super::session_reply;
use crate::api::ZStack;
use crate::api_jobs::json_response;
use crate::check;
use crate::error::{Code, Refusal};
use crate::input::Input;
use crate::server::Server;

/// What ZStack calls its first account, whatever its name is here.
const BUILT_IN: &str = "admin";

/// Names longer than any account's are not looked up.
const MOST_NAME: usize = 255;

/// As the root user of an account; the name `admin` means the first account's.
pub(crate) async fn log_in_by_account(
    server: &Server,
    request: &Request,
    input: &Input,
) -> Result<Response, Refusal> {
    let account = name(input, "accountName")?;
    sign_in(server, request, input, "LogInByAccount", SignInName::Root(AccountName::Name(account))).await
}

/// As a user of an account.
pub(crate) async fn log_in_by_user(
    server: &Server,
    request: &Request,
    input: &Input,
) -> Result<Response, Refusal> {
    let account = match input.text("accountUuid")? {
        Some(uuid) => AccountName::Id(uuid),
        None => match name(input, "accountName")? {
            name if name == BUILT_IN => AccountName::First,
            name => AccountName::Name(name),
        },
    };
    let user = name(input, "userName")?;
    sign_in(server, request, input, "LogInByUser", SignInName::User(account, user)).await
}

/// By a name alone, as the web client does: an account's name.
pub(crate) async fn log_in(server: &Server, request: &Request, input: &Input) -> Result<Response, Refusal> {
    let account = name(input, "username")?;
    sign_in(server, request, input, "LogIn", SignInName::Root(AccountName::Name(account))).await
}

fn name(input: &Input, field: &'static str) -> Result<String, Refusal> {
    let name = check::required(field, input.text(field)?)?;
    check::at_most(field, &name, MOST_NAME)?;
    Ok(name)
}

async fn sign_in(
    server: &Server,
    request: &Request,
    input: &Input,
    operation: &'static str,
    name: SignInName,
) -> Result<Response, Refusal> {
    let password = check::required("password", input.text("password")?)?;
    check::at_most("password", &password, MOST_NAME)?;
    let identity = &server.services.identity;
    let signed_in = identity.sign_in(name, Proof::Sha512Hex(password), request.source_ip).await;
    let signed_in = signed_in.map_err(|error| match error {
        // The same words whether the account exists or not.
        Error::Unauthenticated { .. } => {
            Refusal::failed(Code::AuthenticationFailed, "wrong account name or password")
        }
        other => other.into(),
    })?;
    let caller = signed_in.identity.caller(Origin {
        source_ip: request.source_ip,
        secure: request.secure,
        request_id: request.id,
        at: request.received,
    });
    let (services, account_uuid) = (server.services.clone(), caller.domain_id.clone());
    let opened = server
        .db
        .write(move |tx| {
            let opened = services.identity.open_session(tx, SessionKind::ZStack, &signed_in.user, None)?;
            let entry = audit::NewEntry { api: ZStack::NAME, operation, subject: None, refusal: None };
            audit::record(tx, &caller, &entry)?;
            Ok(opened)
        })
        .await;
    let opened = opened.map_err(|error| match error {
        Error::Quota { limit, .. } => {
            Refusal::failed(Code::TooManySessions, format!("this user has {limit} sessions already"))
        }
        other => other.into(),
    })?;
    let session = &opened.session;
    let reply = session_reply(
        opened.token.expose(),
        &account_uuid,
        &session.user_id,
        (session.created_at, session.expires_at),
        &server.services.wire_zone,
    );
    let wants_schema = request.headers.contains_key("x-json-schema");
    Ok(json_response(StatusCode::OK, reply.into_json(wants_schema)))
}
