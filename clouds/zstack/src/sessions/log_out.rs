//! `LogOut` and `ValidateSession`: whoever knows a session's uuid may end it and ask about it.

use http::StatusCode;
use muster_identity::SessionKind;
use muster_wire::{Request, Response};

use crate::api_jobs::json_response;
use crate::error::Refusal;
use crate::input::Input;
use crate::reply::Reply;
use crate::server::Server;

/// Ends a session; an unknown one has ended already.
pub(crate) async fn log_out(server: &Server, input: &Input) -> Result<Response, Refusal> {
    let uuid = input.text("sessionUuid")?.unwrap_or_default();
    let services = server.services.clone();
    server.db.write(move |tx| services.identity.close_session(tx, SessionKind::ZStack, &uuid)).await?;
    Ok(json_response(StatusCode::OK, Reply::empty().into_json(false)))
}

/// Whether a session still opens.
pub(crate) async fn validate(server: &Server, request: &Request, input: &Input) -> Result<Response, Refusal> {
    let uuid = input.text("sessionUuid")?.unwrap_or_default();
    let identity = &server.services.identity;
    let valid = identity.session(SessionKind::ZStack, &uuid, request.received).await?.live().is_some();
    Ok(json_response(StatusCode::OK, Reply::empty().with("valid", valid).into_json(false)))
}
