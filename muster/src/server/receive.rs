//! From hyper's request to ours: who sent it, and its whole body within the limit.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::request::Parts;
use http_body_util::BodyExt;
use hyper::body::{Body, Incoming};
use ipnet::IpNet;
use muster_core::Random;
use muster_wire::{Problem, Request};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::Handler;
use super::connection::Shared;

/// A body that trickles for so long holds a place that others need.
const WHOLE_BODY: Duration = Duration::from_secs(60);

/// The request without its body.
pub(super) fn head<H>(shared: &Shared<H>, parts: Parts, peer: SocketAddr, secure: bool) -> Request {
    let (path, query) = (parts.uri.path(), parts.uri.query().unwrap_or_default());
    let (mut source_ip, mut secure) = (peer.ip().to_canonical(), secure);
    if is_trusted(&shared.trusted_proxies, source_ip) {
        let lines = |name| parts.headers.get_all(name).iter().map(|value| value.to_str().unwrap_or_default());
        secure |= lines("x-forwarded-proto").next_back() == Some("https");
        source_ip = forwarded_for(&shared.trusted_proxies, lines("x-forwarded-for"), source_ip);
    }
    Request {
        path: if path.is_empty() { "/".to_owned() } else { path.to_owned() },
        query: query.to_owned(),
        method: parts.method,
        headers: parts.headers,
        body: Bytes::new(),
        source_ip,
        secure,
        id: Random::from_seed(&shared.random.seed()).uuid(),
        received: shared.clock.now(),
    }
}

/// The same head, for the refusal of a request whose body is in use elsewhere.
pub(super) fn without_body(request: &Request) -> Request {
    Request { body: Bytes::new(), ..request.clone() }
}

/// Room for the bodies of all requests together, counted in KiB. Bodies are read before anybody has proved who they
/// are, so what thousands of connections could send at once must have a bound of its own.
pub(super) struct BodyRoom(Arc<Semaphore>);

/// The room that one body takes, until its request was answered.
pub(super) type Held = Option<OwnedSemaphorePermit>;

impl BodyRoom {
    pub(super) fn of_kib(kib: usize) -> Self {
        Self(Arc::new(Semaphore::new(kib)))
    }

    /// Waits until there is room for `bytes` more.
    async fn hold(&self, held: &mut Held, bytes: usize) -> Result<(), Problem> {
        let kib = u32::try_from(bytes.div_ceil(1024)).map_err(|_| Problem::BodyCut)?;
        let more = Arc::clone(&self.0).acquire_many_owned(kib).await.map_err(|_| Problem::BodyCut)?;
        match held {
            Some(held) => held.merge(more),
            None => *held = Some(more),
        }
        Ok(())
    }
}

/// The whole request, and the room that its body takes.
pub(super) async fn whole<H: Handler>(
    handler: &H,
    room: &BodyRoom,
    head: Request,
    body: Incoming,
) -> Result<(Request, Held), (Request, Problem)> {
    let limit = handler.body_limit(&head);
    if body.size_hint().lower() > limit as u64 {
        return Err((head, Problem::BodyTooLarge(limit)));
    }
    if body.is_end_stream() {
        return Ok((head, None));
    }
    match tokio::time::timeout(WHOLE_BODY, collect(room, body, limit)).await {
        Ok(Ok((body, held))) => Ok((Request { body, ..head }, held)),
        Ok(Err(problem)) => Err((head, problem)),
        Err(_) => Err((head, Problem::BodyCut)),
    }
}

async fn collect<B>(room: &BodyRoom, mut body: B, limit: usize) -> Result<(Bytes, Held), Problem>
where
    B: Body<Data = Bytes> + Unpin,
{
    let (mut whole, mut held) = (BytesMut::new(), None);
    while let Some(frame) = body.frame().await {
        let Ok(piece) = frame.map_err(|_| Problem::BodyCut)?.into_data() else { continue };
        if whole.len() + piece.len() > limit {
            return Err(Problem::BodyTooLarge(limit));
        }
        room.hold(&mut held, piece.len()).await?;
        whole.extend_from_slice(&piece);
    }
    Ok((whole.freeze(), held))
}

fn is_trusted(proxies: &[IpNet], address: IpAddr) -> bool {
    proxies.iter().any(|network| network.contains(&address))
}

/// The last address that no trusted proxy has: what stands before it was written by the client. A proxy may add a
/// line of its own below the client's, so all lines count as one.
fn forwarded_for<'h>(
    proxies: &[IpNet],
    lines: impl DoubleEndedIterator<Item = &'h str>,
    peer: IpAddr,
) -> IpAddr {
    let mut source = peer;
    for address in lines.rev().flat_map(|line| line.rsplit(',')) {
        let Ok(address) = address.trim().parse::<IpAddr>() else { break };
        source = address.to_canonical();
        if !is_trusted(proxies, source) {
            break;
        }
    }
    source
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source_of(lines: &[&str]) -> String {
        let proxies = ["10.0.0.0/8".parse().unwrap()];
        forwarded_for(&proxies, lines.iter().copied(), "10.0.0.1".parse().unwrap()).to_string()
    }

    fn source(line: &str) -> String {
        source_of(&[line])
    }

    #[test]
    fn only_what_trusted_proxies_wrote_is_believed() {
        assert_eq!(source("203.0.113.7"), "203.0.113.7");
        assert_eq!(source("1.2.3.4, 203.0.113.7, 10.2.0.3"), "203.0.113.7");
        assert_eq!(source("rubbish, 10.2.0.3"), "10.2.0.3");
        assert_eq!(source(""), "10.0.0.1");
        assert_eq!(source_of(&[]), "10.0.0.1");
    }

    #[test]
    fn a_line_of_the_client_above_the_proxys_own_is_not_believed() {
        assert_eq!(source_of(&["1.2.3.4", "203.0.113.7"]), "203.0.113.7");
        assert_eq!(source_of(&["1.2.3.4", "203.0.113.7", "10.2.0.3"]), "203.0.113.7");
    }

    #[tokio::test]
    async fn bodies_wait_for_room_until_others_are_answered() {
        let room = BodyRoom::of_kib(4);
        let body = || http_body_util::Full::new(Bytes::from(vec![0; 3_000]));
        let (whole, held) = collect(&room, body(), 10_000).await.unwrap();
        assert_eq!(whole.len(), 3_000);
        let mut second = std::pin::pin!(collect(&room, body(), 10_000));
        assert!(tokio::time::timeout(Duration::ZERO, second.as_mut()).await.is_err(), "there was no room");
        drop(held);
        assert_eq!(second.await.unwrap().0.len(), 3_000);
        let refused = collect(&room, body(), 2_999).await;
        assert_eq!(refused.err(), Some(Problem::BodyTooLarge(2_999)));
    }
}
