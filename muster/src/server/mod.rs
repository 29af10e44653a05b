//! The one HTTP port: connections in, whole requests to the application, answers out.
//!
//! Plain HTTP and TLS share the port (the first byte tells), since some vendors' SDKs know only one of them.
//! What a request means, and whose it is, is not known here.

mod connection;
mod receive;
mod tls;

use std::future::Future;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use ipnet::IpNet;
use muster_core::{Clock, SharedRandom};
use muster_wire::{Problem, Request, Response};
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use receive::BodyRoom;
pub use tls::TlsFiles;

/// More would only wait for the store; the rest queue in the kernel.
const MOST_CONNECTIONS: usize = 8192;

/// 256 MiB: sixty-four of the largest bodies at once, and tens of thousands of usual ones.
const BODY_ROOM_KIB: usize = 256 * 1024;

/// What answers requests.
pub trait Handler: Send + Sync + 'static {
    /// Answers a whole request.
    fn handle(self: Arc<Self>, request: Request) -> impl Future<Output = Response> + Send;

    /// The largest body that this request may have, in bytes; its own body is still empty.
    fn body_limit(&self, request: &Request) -> usize;

    /// Answers a request that could not be read or whose handling failed, in the envelope of its vendor.
    fn refuse(&self, request: &Request, problem: Problem) -> Response;
}

/// How to listen.
#[derive(Clone, Debug)]
pub struct Listen {
    /// The address; port 0 takes any free one.
    pub address: SocketAddr,
    /// Certificate and key, to answer TLS too.
    pub tls: Option<TlsFiles>,
    /// Whether plain HTTP is refused.
    pub tls_only: bool,
    /// Whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed.
    pub trusted_proxies: Vec<IpNet>,
}

/// Why a server cannot start.
#[derive(Debug)]
pub enum StartError {
    /// The address cannot be had.
    Bind(SocketAddr, std::io::Error),
    /// Certificate or key cannot be used.
    Tls(PathBuf, String),
}

impl std::fmt::Display for StartError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Bind(address, source) => write!(f, "cannot listen on {address}: {source}"),
            Self::Tls(file, why) => write!(f, "cannot use {} for TLS: {why}", file.display()),
        }
    }
}

impl std::error::Error for StartError {}

/// A listener that is bound and not yet served: its address is known before anybody is let in.
pub struct Bound {
    listener: std::net::TcpListener,
    tls: Option<tokio_rustls::TlsAcceptor>,
    options: Listen,
}

impl Bound {
    /// Takes the address and reads the certificate.
    ///
    /// # Errors
    /// When either cannot be had.
    pub fn bind(options: Listen) -> Result<Self, StartError> {
        let tls = options.tls.as_ref().map(tls::acceptor).transpose()?;
        let refuse = |source| StartError::Bind(options.address, source);
        let listener = std::net::TcpListener::bind(options.address).map_err(refuse)?;
        listener.set_nonblocking(true).map_err(refuse)?;
        Ok(Self { listener, tls, options })
    }

    /// The real address.
    pub fn address(&self) -> SocketAddr {
        self.listener.local_addr().unwrap_or(self.options.address)
    }

    /// Serves until `stop` turns true (or its sender is gone), then lets running requests end, for at most `grace`.
    pub async fn serve<H: Handler>(
        self,
        handler: Arc<H>,
        clock: Arc<dyn Clock>,
        random: Arc<SharedRandom>,
        mut stop: watch::Receiver<bool>,
        grace: Duration,
    ) {
        let listener = match TcpListener::from_std(self.listener) {
            Ok(listener) => listener,
            Err(source) => return tracing::error!(error = %source, "the listener cannot be served"),
        };
        let shared = Arc::new(connection::Shared {
            handler,
            clock,
            random,
            tls: self.tls,
            tls_only: self.options.tls_only,
            trusted_proxies: self.options.trusted_proxies,
            body_room: BodyRoom::of_kib(BODY_ROOM_KIB),
        });
        let places = Arc::new(Semaphore::new(MOST_CONNECTIONS));
        let mut connections = JoinSet::new();
        loop {
            let place = tokio::select! {
                place = Arc::clone(&places).acquire_owned() => place,
                _ = stop.wait_for(|stop| *stop) => break,
            };
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                _ = stop.wait_for(|stop| *stop) => break,
            };
            while connections.try_join_next().is_some() {}
            match accepted {
                Ok((stream, peer)) => {
                    let (shared, stop) = (Arc::clone(&shared), stop.clone());
                    connections.spawn(async move {
                        let _place = place;
                        connection::serve(shared, stream, peer, stop).await;
                    });
                }
                // Out of file descriptors, most likely: others must end before the next can come.
                Err(source) => {
                    tracing::warn!(error = %source, "a connection could not be accepted");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            }
        }
        drop(listener);
        let drained =
            tokio::time::timeout(grace, async { while connections.join_next().await.is_some() {} }).await;
        if drained.is_err() {
            tracing::warn!("some connections did not end in time and were cut");
        }
    }
}
