//! The worker port: connections in, sessions beside them.
//!
//! Connections end by a reset, never by a polite close: an official worker dials again at once after a reset, and
//! only after many seconds otherwise.

mod memory;
mod news;
mod own;
mod reports;
mod strangers;
mod talk;
#[cfg(test)]
mod tests;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use muster_core::SharedRandom;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;

use memory::Memory;
use strangers::Strangers;

use crate::codec::Address;
use crate::{Advertised, Desk, Registry};

/// How often it is looked who is gone.
const SWEEP: Duration = Duration::from_secs(5);
/// How much is read at once, in bytes; what is larger needs room among [`Limits::memory_bytes`].
const PIECE: usize = 16 << 10;

/// What a connection may cost, and how long it may be useless.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Connections at once; the rest wait in the kernel. Of those that have presented no key, a quarter of it may be
    /// there: who is there longest goes when more come.
    pub connections: usize,
    /// The largest frame of a worker, in bytes.
    pub frame_bytes: usize,
    /// The largest frame of somebody who has not presented a key, in bytes.
    pub stranger_frame_bytes: usize,
    /// What all connections together may have sent that is not dealt with yet, in bytes.
    pub memory_bytes: usize,
    /// What may wait to be written, in bytes.
    pub queue_bytes: usize,
    /// The same, to somebody who has not presented a key.
    pub stranger_queue_bytes: usize,
    /// How long a write may take, and how long a large frame may make no headway.
    pub stall: Duration,
    /// How long a connection may be silent before it associates.
    pub handshake: Duration,
    /// How long an associated connection may be without a key.
    pub stranger: Duration,
    /// How long a worker's connection may be silent.
    pub silence: Duration,
    /// How often the server says that it lives: workers on Akka want to hear it.
    pub pulse: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 4096,
            frame_bytes: 16 << 20,
            stranger_frame_bytes: 1 << 20,
            memory_bytes: 256 << 20,
            queue_bytes: 32 << 20,
            stranger_queue_bytes: 256 << 10,
            stall: Duration::from_secs(30),
            handshake: Duration::from_secs(15),
            stranger: Duration::from_secs(60),
            silence: Duration::from_secs(120),
            pulse: Duration::from_secs(4),
        }
    }
}

/// A listener that is bound and not yet served.
pub struct Bound(std::net::TcpListener, SocketAddr);

impl Bound {
    /// Takes the address; port 0 takes any free one.
    ///
    /// # Errors
    /// When it cannot be had.
    pub fn bind(address: SocketAddr) -> std::io::Result<Self> {
        let listener = std::net::TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        Ok(Self(listener, address))
    }

    /// The real address.
    pub fn address(&self) -> SocketAddr {
        self.1
    }

    /// Serves until `stop` turns true (or its sender is gone); then all connections are cut, and what workers had
    /// reported by then is written down within `grace`.
    pub async fn serve<D: Desk>(self, port: Port<D>, mut stop: watch::Receiver<bool>, grace: Duration) {
        let listener = match TcpListener::from_std(self.0) {
            Ok(listener) => listener,
            Err(source) => return tracing::error!(error = %source, "the worker port cannot be served"),
        };
        let port = Arc::new(port);
        let places = Arc::new(Semaphore::new(port.limits.connections));
        let mut sweep = tokio::time::interval(SWEEP);
        sweep.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut talks = JoinSet::new();
        loop {
            let next = async {
                let place = Arc::clone(&places).acquire_owned().await;
                (place, listener.accept().await)
            };
            let (place, accepted) = tokio::select! {
                next = next => next,
                _ = sweep.tick() => {
                    port.registry.sweep();
                    continue;
                }
                _ = stop.wait_for(|stop| *stop) => break,
            };
            while talks.try_join_next().is_some() {}
            match accepted {
                Ok((stream, peer)) => {
                    let (port, stop) = (Arc::clone(&port), stop.clone());
                    talks.spawn(async move {
                        let _place = place;
                        talk::talk(stream, peer, port, stop).await;
                    });
                }
                // Out of file descriptors, most likely: others must end before the next can come.
                Err(source) => {
                    tracing::warn!(error = %source, "a worker's connection could not be accepted");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            }
        }
        drop(listener);
        let ended = tokio::time::timeout(grace, async { while talks.join_next().await.is_some() {} }).await;
        if ended.is_err() {
            tracing::warn!("some reports of workers were not written down in time");
        }
    }
}

/// What all connections of a worker port share.
pub struct Port<D> {
    registry: Arc<Registry>,
    desk: D,
    advertised: Advertised,
    limits: Limits,
    memory: Memory,
    strangers: Arc<Strangers>,
    /// Tells workers on Akka that a server with the same address is another process.
    uid: u64,
    connections: AtomicU64,
}

impl<D: Desk> Port<D> {
    /// A port whose workers are entered into `registry`, and call the server what `advertised` says.
    pub fn new(
        registry: Arc<Registry>,
        desk: D,
        advertised: Advertised,
        limits: Limits,
        random: &SharedRandom,
    ) -> Self {
        let drawn = u32::from_le_bytes(muster_core::Random::from_seed(&random.seed()).bytes());
        // Akka reads the low 32 bits, with a sign, and takes 0 for none.
        let uid = u64::from((drawn >> 1).max(1));
        let (memory, strangers) = (Memory::new(limits.memory_bytes), Strangers::new(limits.connections / 4));
        Self { registry, desk, advertised, limits, memory, strangers, uid, connections: AtomicU64::new(1) }
    }

    fn next_connection(&self) -> u64 {
        self.connections.fetch_add(1, Ordering::Relaxed)
    }

    /// What the server is called on this connection.
    fn own_address(&self, stream: &TcpStream) -> Address {
        let reached = stream.local_addr().map_or(IpAddr::from([127, 0, 0, 1]), |address| address.ip());
        let (host, port) = self.advertised.to(&reached.to_canonical().to_string());
        Address { system: Address::SERVER.to_owned(), host, port }
    }
}
