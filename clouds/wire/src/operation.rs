//! Operations: one type each, whose table yields dispatch, audit and metric names, and the coverage page.

use std::fmt;

use muster_db::Tx;
use muster_identity::Caller;

/// One API of one cloud: what its operations read, answer, refuse with and stand on.
pub trait Api: Sized + Send + Sync + 'static {
    /// The name in audit rows, metrics and the coverage page.
    const NAME: &'static str;
    /// What an operation is decoded from: the vendor's request after its form was read.
    type Request: Send + Sync;
    /// What an operation answers with, before the vendor's envelope.
    type Response: Send + 'static;
    /// What it refuses with.
    type Error: ApiError;
    /// The features it stands on.
    type Services: Send + Sync + 'static;
}

/// A refusal in an API's words.
pub trait ApiError: From<muster_core::Error> + Send + 'static {
    /// The vendor's code, for audit rows and metrics.
    fn code(&self) -> String;
}

/// Whether an operation changes anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// It runs on a snapshot and leaves no trace.
    Read,
    /// It runs in a transaction with its audit row.
    Write,
}

/// How far an operation is served, for the coverage page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Served {
    /// It does its work.
    Yes,
    /// It keeps records whose work belongs to a later release.
    RecordsOnly,
}

/// One operation of an API: a type that holds its input.
pub trait Operation<A: Api>: Sized + Send + Sync + 'static {
    /// The vendor's name for it.
    const NAME: &'static str;
    /// The permission that it needs, as the vendor's policies name it.
    const PERMISSION: &'static str;
    /// Whether it changes anything.
    const ACCESS: Access;
    /// How far it is served.
    const SERVED: Served = Served::Yes;

    /// Reads the input: shapes and syntax only, without looking at the store.
    fn decode(request: &A::Request) -> Result<Self, A::Error>;

    /// The resource that policies are asked about.
    fn resource(&self, _caller: &Caller) -> String {
        "*".to_owned()
    }

    /// Refuses whoever may not do this, before the store is looked at. An operation whose answer depends on a
    /// thing in the store lets pass whom it cannot refuse yet, and looks again in [`Operation::call`].
    ///
    /// # Errors
    /// `Forbidden`.
    fn authorize(&self, caller: &Caller) -> muster_core::Result<()> {
        caller.require(Self::PERMISSION, &self.resource(caller))
    }

    /// Does it. May be run again, and whatever it did is undone when it refuses.
    fn call(&self, cx: &mut Cx<'_, '_, A>) -> Result<A::Response, A::Error>;
}

/// What an operation works with.
pub struct Cx<'c, 't, A: Api> {
    /// The transaction.
    pub tx: &'c mut Tx<'t>,
    /// Who calls.
    pub caller: &'c Caller,
    /// The features.
    pub services: &'c A::Services,
    pub(crate) subject: Option<(&'static str, String)>,
}

impl<'c, 't, A: Api> Cx<'c, 't, A> {
    /// A context outside [`execute()`](crate::execute()): for tests and for calls that an operation makes of another.
    pub fn new(tx: &'c mut Tx<'t>, caller: &'c Caller, services: &'c A::Services) -> Self {
        Self { tx, caller, services, subject: None }
    }

    /// Names the thing that this operation is about, so that the audit row can be found from its page. `kind` is
    /// the feature's word for it, `id` the feature's id.
    pub fn touch(&mut self, kind: &'static str, id: impl fmt::Display) {
        self.subject = Some((kind, id.to_string()));
    }
}

/// A decoded operation whose type is no longer known.
pub trait Call<A: Api>: Send + Sync {
    /// Refuses whoever may not do it.
    ///
    /// # Errors
    /// `Forbidden`.
    fn authorize(&self, caller: &Caller) -> muster_core::Result<()>;
    /// Does it.
    fn call(&self, cx: &mut Cx<'_, '_, A>) -> Result<A::Response, A::Error>;
}

impl<A: Api, O: Operation<A>> Call<A> for O {
    fn authorize(&self, caller: &Caller) -> muster_core::Result<()> {
        Operation::authorize(self, caller)
    }

    fn call(&self, cx: &mut Cx<'_, '_, A>) -> Result<A::Response, A::Error> {
        Operation::call(self, cx)
    }
}

type Decode<A> = fn(&<A as Api>::Request) -> Result<Box<dyn Call<A>>, <A as Api>::Error>;

/// A row of an API's table. Rows are function pointers, which keeps hundreds of operations cheap to compile.
pub struct Entry<A: Api> {
    /// The vendor's name for the operation.
    pub name: &'static str,
    /// The permission that it needs.
    pub permission: &'static str,
    /// Whether it changes anything.
    pub access: Access,
    /// How far it is served.
    pub served: Served,
    /// Reads its input.
    pub decode: Decode<A>,
}

impl<A: Api> Entry<A> {
    /// The row of `O`.
    pub const fn of<O: Operation<A>>() -> Self {
        Self {
            name: O::NAME,
            permission: O::PERMISSION,
            access: O::ACCESS,
            served: O::SERVED,
            decode: |request| O::decode(request).map(|operation| Box::new(operation) as Box<dyn Call<A>>),
        }
    }
}

impl<A: Api> fmt::Debug for Entry<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}::{}", A::NAME, self.name)
    }
}

/// The table of an API: `operations![SchedulerX; CreateNamespace, ListNamespaces]`.
#[macro_export]
macro_rules! operations {
    ($api:ty; $($operation:ty),+ $(,)?) => {
        &[$($crate::Entry::<$api>::of::<$operation>()),+]
    };
}
