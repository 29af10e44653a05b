//! One request from the wire to its answer: route, proof of identity, project, operation, envelope.

use std::sync::Arc;

use http::Method;
use muster_db::Db;
use muster_identity::{Caller, Origin, Service as IdentityService, SessionKind, SessionState};
use muster_wire::{Problem, Response, Vendor};

use crate::auth::{Claim, Message, Refusal, is_signed};
use crate::fault::{Fault, gateway};
use crate::iam::tokens::{InspectToken, IssueToken};
use crate::product::{Admission, Endpoint, Mounted, Product, Route, log};
use crate::reply::Reply;
use crate::request::Request;
use crate::route::{Found, Router};
use crate::{iam, startup};

/// Huawei Cloud's gateway and the products behind it.
pub struct Huawei {
    db: Db,
    identity: Arc<IdentityService>,
    router: Router<Box<dyn Endpoint>>,
    public_url: Option<Arc<str>>,
}

impl Huawei {
    /// The gateway with IAM and what clients ask before anything else, and no other product.
    pub fn new(db: Db, identity: Arc<IdentityService>) -> Self {
        let mut gateway =
            Self { db, identity: Arc::clone(&identity), router: Router::default(), public_url: None }
                .with(iam::ROUTES, &identity);
        let issue = IssueToken { identity: Arc::clone(&identity) };
        gateway.add(Method::POST, "/v3/auth/tokens", Box::new(issue));
        gateway.add(Method::GET, "/v3/auth/tokens", Box::new(InspectToken { identity }));
        for (pattern, endpoint) in startup::endpoints() {
            gateway.add(Method::GET, pattern, endpoint);
        }
        gateway
    }

    /// Names this address in catalogues and links, whatever address a client used.
    #[must_use]
    pub fn at(self, public_url: Option<&str>) -> Self {
        Self { public_url: public_url.map(Arc::from), ..self }
    }

    /// Adds a product's routes.
    #[must_use]
    pub fn with<P: Product>(mut self, routes: &'static [Route<P>], services: &Arc<P::Services>) -> Self {
        for route in routes {
            let services = Arc::clone(services);
            self.add(route.method.clone(), route.pattern, Box::new(Mounted { route, services }));
        }
        self
    }

    pub(crate) fn add(&mut self, method: Method, pattern: &'static str, endpoint: Box<dyn Endpoint>) {
        self.router.add(method, pattern, endpoint);
    }

    async fn answer(&self, http: muster_wire::Request) -> Reply {
        let id = http.id.simple().to_string();
        // An unpublished path is told before anything is proven, as the original does.
        let (endpoint, path) = match self.router.find(&http.method, &http.path) {
            Found::Target(endpoint, path) => (endpoint, path),
            Found::OtherMethods(endpoint) => {
                let fault = endpoint.method_not_allowed(&http.method);
                return refuse(Some(&**endpoint), &fault, &bare(http));
            }
            Found::Nothing => return refuse(None, &gateway::unknown_path(), &bare(http)),
        };
        let request = Request::new(http, path).at(self.public_url.clone());
        let reply = match self.admit(&**endpoint, &request).await {
            Ok(caller) => endpoint.answer(&self.db, caller, request).await,
            Err(fault) => refuse(Some(&**endpoint), &fault, &request),
        };
        endpoint.trace_header().into_iter().fold(reply, |reply, name| reply.with_header(name, &id))
    }

    /// Who calls, where somebody must; and whether the request is one that the gateway lets through.
    async fn admit(&self, endpoint: &dyn Endpoint, request: &Request) -> Result<Option<Caller>, Fault> {
        let caller = match endpoint.admission() {
            Admission::Anybody => None,
            Admission::Domain => Some(of_domain(self.authenticate(endpoint, request).await?, request)?),
            Admission::Project => Some(in_project(self.authenticate(endpoint, request).await?, request)?),
        };
        let http = request.http();
        let is_json = |kind: &str| kind.trim_start().to_ascii_lowercase().starts_with("application/json");
        if !http.body.is_empty() && http.header("content-type").is_some_and(|kind| !is_json(kind)) {
            return Err(endpoint.bad_content_type());
        }
        Ok(caller)
    }

    /// The caller behind a signature, or else behind a token.
    async fn authenticate(&self, endpoint: &dyn Endpoint, request: &Request) -> Result<Caller, Fault> {
        if let Some(token) = endpoint.token(request) {
            return self.by_token(&token, request).await;
        }
        let http = request.http();
        let token = http.header("x-auth-token").filter(|token| !token.is_empty());
        match token {
            Some(token) if !is_signed(&http.headers) => self.by_token(token, request).await,
            _ => {
                let claim = Claim::read(&http.headers, http.received)?.ok_or(Refusal::Missing)?;
                self.by_signature(&claim, request).await
            }
        }
    }

    async fn by_token(&self, token: &str, request: &Request) -> Result<Caller, Fault> {
        let state = self.identity.session(SessionKind::HuaweiToken, token, request.http().received).await;
        match state.map_err(gateway::from_identity)? {
            SessionState::Live(session) => Ok(session.caller(origin(request))),
            SessionState::Expired => Err(gateway::token_over()),
            SessionState::Unknown => Err(gateway::not_proven("decrypt token fail")),
        }
    }

    async fn by_signature(&self, claim: &Claim<'_>, request: &Request) -> Result<Caller, Fault> {
        let http = request.http();
        let credential =
            self.identity.credential(claim.access_key_id()).await.map_err(gateway::from_identity)?;
        let message = Message {
            method: http.method.as_str(),
            path: &http.path,
            query: &http.query,
            headers: &http.headers,
            body: &http.body,
        };
        let secret = credential.as_ref().map(|credential| credential.secret.expose());
        claim.verify(&message, secret)?;
        // Terraform adds the token of a temporary key after it has signed, so that it need not be among the signed.
        let credential = credential.ok_or(Refusal::Signature)?;
        let token = http.header("x-security-token");
        if !credential.is_usable(http.received) || credential.check_token(token, http.received).is_err() {
            return Err(Refusal::Signature.into());
        }
        Ok(credential.identity.caller(origin(request)))
    }
}

impl Vendor for Huawei {
    async fn handle(&self, request: muster_wire::Request) -> Response {
        let id = request.id.simple().to_string();
        self.answer(request).await.into_response(&id)
    }

    fn refuse(&self, request: &muster_wire::Request, problem: Problem) -> Response {
        let fault = match problem {
            Problem::BodyTooLarge(limit) => gateway::body_too_large(limit),
            Problem::BodyCut => gateway::body_cut(),
            Problem::Defect => gateway::defect(),
        };
        let id = request.id.simple().to_string();
        let endpoint = match self.router.find(&request.method, &request.path) {
            Found::Target(endpoint, _) => Some(&**endpoint),
            Found::OtherMethods(endpoint) => Some(&**endpoint),
            Found::Nothing => None,
        };
        refuse(endpoint, &fault, &bare(request.clone())).into_response(&id)
    }
}

fn bare(http: muster_wire::Request) -> Request {
    Request::new(http, Vec::new())
}

/// A refusal in the envelope of whoever would have answered.
fn refuse(endpoint: Option<&dyn Endpoint>, fault: &Fault, request: &Request) -> Reply {
    log(fault, request);
    let body = endpoint.map_or_else(|| fault.flat(request), |endpoint| endpoint.envelope(fault, request));
    Reply::json(fault.status, body)
}

fn origin(request: &Request) -> Origin {
    let http = request.http();
    Origin { source_ip: http.source_ip, secure: http.secure, request_id: http.id, at: http.received }
}

/// Services of the whole account take it from the proof; a header that names another one is refused.
fn of_domain(caller: Caller, request: &Request) -> Result<Caller, Fault> {
    match request.http().header("x-domain-id") {
        Some(domain) if !domain.is_empty() && domain != caller.domain_id => {
            Err(gateway::other_domain_header())
        }
        _ => Ok(caller),
    }
}

/// The path decides in which project a call acts; a header that names another one is refused.
fn in_project(caller: Caller, request: &Request) -> Result<Caller, Fault> {
    let project = request.path("project_id");
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    if !(1..=64).contains(&project.len()) || !project.bytes().all(fits) {
        return Err(gateway::bad_project(project));
    }
    match request.http().header("x-project-id") {
        Some(header) if !header.is_empty() && header != project => {
            return Err(gateway::other_project_header());
        }
        _ => {}
    }
    // A project of somebody else and one that does not exist are told apart by nobody.
    caller.in_project(project).map_err(|_| gateway::foreign_project(project))
}
