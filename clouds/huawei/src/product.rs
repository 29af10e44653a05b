//! What a service adds to the shared protocol: its table of routes and its envelope.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use http::Method;
use muster_db::Db;
use muster_identity::Caller;
use muster_wire::{Api, Entry, Operation, execute};
use serde_json::Value;

use crate::fault::{Fault, gateway};
use crate::reply::Reply;
use crate::request::Request;

/// A service of this cloud, such as Cloud Eye.
pub trait Product: Api<Request = Request, Response = Reply, Error: Into<Fault>> {
    /// A further header that carries the request's id.
    const TRACE_HEADER: Option<&'static str> = None;

    /// How a refusal of this request looks.
    fn envelope(fault: &Fault, request: &Request) -> Value {
        fault.flat(request)
    }

    /// A token that stands elsewhere than in the header, and says who asks rather than whoever signed.
    fn token(_request: &Request) -> Option<String> {
        None
    }

    /// The refusal of a known path with another method.
    fn method_not_allowed(method: &Method) -> Fault {
        gateway::method_not_allowed(method)
    }

    /// The refusal of a body that is not JSON by its type.
    fn bad_content_type() -> Fault {
        gateway::bad_content_type()
    }
}

/// An operation and where it is found. `routes![CloudEye; POST "/v2/…" => CreateResourceGroup]` makes a table.
pub struct Route<P: Product> {
    /// The method.
    pub method: Method,
    /// The path, with parameters in braces; one named `project_id` decides in which project the call acts.
    pub pattern: &'static str,
    /// The operation.
    pub entry: Entry<P>,
}

impl<P: Product> Route<P> {
    /// The route of `O`.
    pub const fn of<O: Operation<P>>(method: Method, pattern: &'static str) -> Self {
        Self { method, pattern, entry: Entry::of::<O>() }
    }

    /// Whether the call acts in one project, rather than in the whole account.
    pub fn is_of_project(&self) -> bool {
        self.pattern.contains("{project_id}")
    }
}

/// The table of a product: `routes![CloudEye; POST "/v2/{project_id}/resource-groups" => CreateResourceGroup, …]`.
#[macro_export]
macro_rules! routes {
    ($product:ty; $($method:ident $pattern:literal => $operation:ty),+ $(,)?) => {
        &[$($crate::Route::<$product>::of::<$operation>(http::Method::$method, $pattern)),+]
    };
}

pub(crate) type Answer<'e> = Pin<Box<dyn Future<Output = Reply> + Send + 'e>>;

/// Who may come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Admission {
    /// Everybody: the request carries its own proof, or needs none.
    Anybody,
    /// A known caller, for the whole account.
    Domain,
    /// A known caller, for the project of the path.
    Project,
}

/// Whoever answers at one path, whatever its product.
pub(crate) trait Endpoint: Send + Sync {
    fn admission(&self) -> Admission;
    /// Answers; `caller` is there unless everybody may come in.
    fn answer(&self, db: &Db, caller: Option<Caller>, request: Request) -> Answer<'_>;
    fn envelope(&self, fault: &Fault, request: &Request) -> Value {
        fault.flat(request)
    }
    fn method_not_allowed(&self, method: &Method) -> Fault {
        gateway::method_not_allowed(method)
    }
    fn bad_content_type(&self) -> Fault {
        gateway::bad_content_type()
    }
    /// A further header that carries the request's id.
    fn trace_header(&self) -> Option<&'static str> {
        None
    }
    /// A token that stands elsewhere than in the header.
    fn token(&self, _request: &Request) -> Option<String> {
        None
    }
}

/// A route with the features that its product stands on.
pub(crate) struct Mounted<P: Product> {
    pub(crate) route: &'static Route<P>,
    pub(crate) services: Arc<P::Services>,
}

impl<P: Product> Endpoint for Mounted<P> {
    fn admission(&self) -> Admission {
        if self.route.is_of_project() { Admission::Project } else { Admission::Domain }
    }

    fn answer(&self, db: &Db, caller: Option<Caller>, request: Request) -> Answer<'_> {
        let (db, services, entry) = (db.clone(), Arc::clone(&self.services), &self.route.entry);
        Box::pin(async move {
            let refuse = |error: P::Error| refusal::<P>(&error.into(), &request);
            let Some(caller) = caller else { return refuse(unknown_caller().into()) };
            let call = match (entry.decode)(&request) {
                Ok(call) => call,
                // Who may not call learns nothing about the input.
                Err(error) => {
                    return refuse(
                        caller.require(entry.permission, "*").map_or_else(P::Error::from, |()| error),
                    );
                }
            };
            match execute(&db, services, caller, entry, call, None).await {
                Ok(reply) => reply,
                Err(error) => refuse(error),
            }
        })
    }

    fn envelope(&self, fault: &Fault, request: &Request) -> Value {
        P::envelope(fault, request)
    }

    fn method_not_allowed(&self, method: &Method) -> Fault {
        P::method_not_allowed(method)
    }

    fn bad_content_type(&self) -> Fault {
        P::bad_content_type()
    }

    fn trace_header(&self) -> Option<&'static str> {
        P::TRACE_HEADER
    }

    fn token(&self, request: &Request) -> Option<String> {
        P::token(request)
    }
}

/// The pipeline never lets a request of nobody come so far; this keeps it so.
fn unknown_caller() -> muster_core::Error {
    muster_core::Error::Unauthenticated { why: "nobody is signed in".to_owned() }
}

fn refusal<P: Product>(fault: &Fault, request: &Request) -> Reply {
    log(fault, request);
    Reply::json(fault.status, P::envelope(fault, request))
}

/// Failures of our own are logged once, here, where the client gets the request's id and nothing else.
pub(crate) fn log(fault: &Fault, request: &Request) {
    if let Some(cause) = &fault.cause {
        tracing::error!(request.id = %request.id(), error = %muster_core::describe(cause), "a request failed");
    }
}
