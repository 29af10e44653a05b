//! The vendor: one address for all products, told apart by the version that a request names.

use std::sync::Arc;

use http::StatusCode;
use muster_wire::{Problem, Request, Response, Vendor};

use crate::bss::Bss;
use crate::cloudmonitor::{self, CloudMonitor};
use crate::location::Location;
use crate::rpc::{Fault, Gateway, Product, Received};
use crate::schedulerx::{self, SchedulerX};
use crate::sts::{self, Sts};

/// The code of the platform itself in links to the vendor's help pages.
const PLATFORM: &str = "Pop";

/// The features behind the products.
#[derive(Clone, Debug)]
pub struct Services {
    /// Behind SchedulerX.
    pub schedulerx: Arc<schedulerx::Services>,
    /// Behind CloudMonitor.
    pub cloudmonitor: Arc<cloudmonitor::Services>,
    /// Behind STS.
    pub sts: Arc<sts::Services>,
}

/// Everything that speaks Alibaba Cloud's RPC protocol.
#[derive(Clone, Debug)]
pub struct Alibaba {
    gateway: Gateway,
    services: Services,
    nothing: Arc<()>,
}

impl Alibaba {
    /// The products over their features.
    pub fn new(gateway: Gateway, services: Services) -> Self {
        Self { gateway, services, nothing: Arc::new(()) }
    }
}

impl Vendor for Alibaba {
    async fn handle(&self, request: Request) -> Response {
        let (envelope, received) = Received::read(request);
        let received = match received {
            Ok(received) => received,
            Err(fault) => return envelope.refusal(PLATFORM, &fault),
        };
        let (gateway, services) = (&self.gateway, &self.services);
        match received.version.as_str() {
            SchedulerX::VERSION => {
                gateway.serve::<SchedulerX>(&services.schedulerx, &envelope, received).await
            }
            CloudMonitor::VERSION => {
                gateway.serve::<CloudMonitor>(&services.cloudmonitor, &envelope, received).await
            }
            Sts::VERSION => gateway.serve::<Sts>(&services.sts, &envelope, received).await,
            Location::VERSION => gateway.serve::<Location>(&self.nothing, &envelope, received).await,
            Bss::VERSION => gateway.serve::<Bss>(&self.nothing, &envelope, received).await,
            _ => envelope.refusal(PLATFORM, &Fault::unknown_version()),
        }
    }

    fn refuse(&self, request: &Request, problem: Problem) -> Response {
        let fault = match problem {
            Problem::BodyTooLarge(limit) => Fault::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "RequestEntityTooLarge",
                format!("The request body is larger than {limit} bytes."),
            ),
            Problem::BodyCut => Fault::unreadable("the body did not arrive whole"),
            Problem::Defect => Fault::internal("an operation panicked"),
        };
        Received::read(request.clone()).0.refusal(PLATFORM, &fault)
    }
}
