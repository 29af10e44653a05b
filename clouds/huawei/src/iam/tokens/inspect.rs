//! `GET /v3/auth/tokens`: what a token is good for.

use std::sync::Arc;

use http::StatusCode;
use muster_db::Db;
use muster_identity::{Caller, Service, SessionKind};
use serde_json::Value;

use super::describe;
use crate::fault::Fault;
use crate::iam::Iam;
use crate::iam::error::Refused;
use crate::product::{Admission, Answer, Endpoint, Product, log};
use crate::reply::Reply;
use crate::request::Request;

/// Describes tokens of the caller's own account.
pub(crate) struct InspectToken {
    pub(crate) identity: Arc<Service>,
}

impl Endpoint for InspectToken {
    fn admission(&self) -> Admission {
        Admission::Domain
    }

    fn answer(&self, _db: &Db, caller: Option<Caller>, request: Request) -> Answer<'_> {
        Box::pin(async move {
            match self.inspect(caller.as_ref(), &request).await {
                Ok(reply) => reply,
                Err(refused) => {
                    let fault = Fault::from(refused);
                    log(&fault, &request);
                    Reply::json(fault.status, Iam::envelope(&fault, &request))
                }
            }
        })
    }

    fn envelope(&self, fault: &Fault, request: &Request) -> Value {
        Iam::envelope(fault, request)
    }

    fn trace_header(&self) -> Option<&'static str> {
        Iam::TRACE_HEADER
    }
}

impl InspectToken {
    async fn inspect(&self, caller: Option<&Caller>, request: &Request) -> Result<Reply, Refused> {
        let http = request.http();
        let token = http
            .header("x-subject-token")
            .ok_or_else(|| Refused::new(StatusCode::BAD_REQUEST, "The header X-Subject-Token is missing."))?;
        let state = self.identity.session(SessionKind::HuaweiToken, token, http.received).await?;
        // Another account's token, an expired one and one that never was are told apart by nobody.
        let own = |account: &str| caller.is_some_and(|caller| caller.account_id == account);
        let live = state.live().filter(|live| own(&live.session.account_id)).ok_or_else(unknown)?;
        let base_url = request.base_url();
        let with_catalog = request.query("nocatalog")?.is_none();
        let body = describe(&live.session, &live.identity, &["password"], with_catalog.then_some(&base_url));
        Ok(Reply::ok(body).with_header("x-subject-token", token))
    }
}

fn unknown() -> Refused {
    Refused::new(StatusCode::NOT_FOUND, "The token cannot be found.")
}
