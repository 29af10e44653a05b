//! `POST /v3/auth/tokens`: the one call that needs no proof but its own.

use std::sync::Arc;

use http::StatusCode;
use muster_core::{Error, Result};
use muster_db::{Db, Tx};
use muster_identity::{Caller, Identity, OpenedSession, Origin, Service, Session, SessionKind, User, audit};
use serde_json::Value;

use super::describe;
use super::request::{Domain, Evidence, Scope, TokenRequest};
use crate::fault::Fault;
use crate::iam::Iam;
use crate::iam::error::Refused;
use crate::product::{Admission, Answer, Endpoint, Product, log};
use crate::reply::Reply;
use crate::request::Request;

/// Issues tokens.
pub(crate) struct IssueToken {
    pub(crate) identity: Arc<Service>,
}

impl Endpoint for IssueToken {
    fn admission(&self) -> Admission {
        Admission::Anybody
    }

    fn answer(&self, db: &Db, _caller: Option<Caller>, request: Request) -> Answer<'_> {
        let db = db.clone();
        Box::pin(async move {
            match self.issue(&db, &request).await {
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

impl IssueToken {
    async fn issue(&self, db: &Db, request: &Request) -> Result<Reply, Refused> {
        let http = request.http();
        let wanted = TokenRequest::read(request)?;
        let (identity, proven, method) = match wanted.proof {
            Evidence::Password(name, proof) => {
                let signed_in = self.identity.sign_in(name, proof, http.source_ip).await?;
                (signed_in.identity, Proven::Password(signed_in.user), "password")
            }
            Evidence::Token(token) => {
                let state = self.identity.session(SessionKind::HuaweiToken, &token, http.received).await?;
                let live = state.live().ok_or_else(Refused::wrong_token)?;
                (Arc::clone(&live.identity), Proven::Token(live.session.clone()), "token")
            }
        };
        let project_id = project(&identity, &wanted.scope)?;
        let caller = identity.caller(Origin {
            source_ip: http.source_ip,
            secure: http.secure,
            request_id: http.id,
            at: http.received,
        });
        let service = Arc::clone(&self.identity);
        let opened = db.write(move |tx| open(tx, &service, &caller, &proven, project_id.as_deref())).await?;
        let base_url = request.base_url();
        let with_catalog = request.query("nocatalog")?.is_none();
        let body = describe(&opened.session, &identity, &[method], with_catalog.then_some(&base_url));
        Ok(Reply::created(body).with_header("x-subject-token", opened.token.expose()))
    }
}

/// What was shown, and held.
enum Proven {
    Password(User),
    Token(Session),
}

fn open(
    tx: &mut Tx<'_>,
    service: &Service,
    caller: &Caller,
    proven: &Proven,
    project_id: Option<&str>,
) -> Result<OpenedSession> {
    let opened = match proven {
        Proven::Password(user) => service.open_session(tx, SessionKind::HuaweiToken, user, project_id)?,
        Proven::Token(session) => service.open_session_by(tx, session, project_id)?,
    };
    let entry = audit::NewEntry {
        api: <Iam as muster_wire::Api>::NAME,
        operation: "KeystoneCreateUserTokenByPassword",
        subject: None,
        refusal: None,
    };
    audit::record(tx, caller, &entry)?;
    Ok(opened)
}

/// The project that a token is asked for; none for the whole account.
fn project(identity: &Identity, scope: &Scope) -> Result<Option<String>, Refused> {
    let account = identity.account();
    let is_own = |domain: &Domain| match domain {
        Domain::Id(id) => *id == account.uuid,
        Domain::Name(name) => *name == account.name,
    };
    let foreign = || Refused::new(StatusCode::FORBIDDEN, "The domain is not the user's own.");
    let known = |wanted: &str, found: Option<&muster_identity::Project>| match found {
        Some(project) if project.enabled => Ok(Some(project.id.clone())),
        Some(_) => Err(Refused::new(StatusCode::FORBIDDEN, "The project is disabled.")),
        None => Err(Error::not_found("project", wanted).into()),
    };
    let mut projects = identity.projects().iter();
    match scope {
        Scope::Own => Ok(None),
        Scope::Domain(domain) if is_own(domain) => Ok(None),
        Scope::Domain(_) => Err(foreign()),
        Scope::ProjectName(_, Some(domain)) if !is_own(domain) => Err(foreign()),
        Scope::ProjectName(name, _) => known(name, projects.find(|project| project.name == *name)),
        Scope::ProjectId(id) => known(id, projects.find(|project| project.id == *id)),
    }
}
