//! One connection from its first byte to its last.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use ipnet::IpNet;
use muster_core::{Clock, SharedRandom};
use muster_wire::{Body, Problem, Response};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;

use super::Handler;
use super::receive::{self, BodyRoom};

/// A client that says nothing for so long has gone, or wants to hold a place.
const FIRST_BYTE: Duration = Duration::from_secs(30);
const WHOLE_HEAD: Duration = Duration::from_secs(30);
/// The first byte of every TLS connection: a handshake record.
const TLS_HANDSHAKE: u8 = 0x16;

pub(super) struct Shared<H> {
    pub(super) handler: Arc<H>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) random: Arc<SharedRandom>,
    pub(super) tls: Option<TlsAcceptor>,
    pub(super) tls_only: bool,
    pub(super) trusted_proxies: Vec<IpNet>,
    pub(super) body_room: BodyRoom,
}

pub(super) async fn serve<H: Handler>(
    shared: Arc<Shared<H>>,
    stream: TcpStream,
    peer: SocketAddr,
    stop: watch::Receiver<bool>,
) {
    // Answers are written at once; without this a small one could wait for an acknowledgement.
    if stream.set_nodelay(true).is_err() {
        return;
    }
    let Some(tls) = shared.tls.clone() else {
        return serve_http(shared, stream, peer, false, stop).await;
    };
    let mut first = [0];
    match tokio::time::timeout(FIRST_BYTE, stream.peek(&mut first)).await {
        Ok(Ok(1)) if first[0] == TLS_HANDSHAKE => {
            match tokio::time::timeout(FIRST_BYTE, tls.accept(stream)).await {
                Ok(Ok(stream)) => serve_http(shared, stream, peer, true, stop).await,
                Ok(Err(error)) => tracing::debug!(%peer, %error, "a TLS handshake failed"),
                Err(_) => tracing::debug!(%peer, "a TLS handshake took too long"),
            }
        }
        Ok(Ok(1)) if !shared.tls_only => serve_http(shared, stream, peer, false, stop).await,
        _ => {}
    }
}

async fn serve_http<H: Handler>(
    shared: Arc<Shared<H>>,
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    peer: SocketAddr,
    secure: bool,
    mut stop: watch::Receiver<bool>,
) {
    let service = service_fn(move |request| answer(Arc::clone(&shared), request, peer, secure));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(WHOLE_HEAD)
        .half_close(true)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = pin!(connection);
    let stopped = async {
        // The sender is gone only when the whole server is.
        let _ = stop.wait_for(|stop| *stop).await;
    };
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stopped => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%peer, %error, "a connection ended early");
    }
}

async fn answer<H: Handler>(
    shared: Arc<Shared<H>>,
    request: hyper::Request<Incoming>,
    peer: SocketAddr,
    secure: bool,
) -> Result<hyper::Response<ResponseBody>, Infallible> {
    let (parts, body) = request.into_parts();
    let head = receive::head(&shared, parts, peer, secure);
    let response = match receive::whole(&*shared.handler, &shared.body_room, head, body).await {
        Ok((request, _held)) => {
            let (handler, head) = (Arc::clone(&shared.handler), receive::without_body(&request));
            // A task of its own: it goes on when the client hangs up, and a defect in it ends only this request.
            match tokio::spawn(handler.handle(request)).await {
                Ok(response) => response,
                Err(_) => shared.handler.refuse(&head, Problem::Defect),
            }
        }
        Err((head, problem)) => shared.handler.refuse(&head, problem),
    };
    Ok(write(response))
}

fn write(response: Response) -> hyper::Response<ResponseBody> {
    let mut answer = hyper::Response::new(ResponseBody(Some(response.body)));
    *answer.status_mut() = response.status;
    *answer.headers_mut() = response.headers;
    answer
}

/// A body as hyper wants it.
pub(super) struct ResponseBody(Option<Body>);

impl HttpBody for ResponseBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if let Some(Body::Stream(pieces)) = &mut self.0 {
            return pieces.poll_recv(cx).map(|piece| piece.map(|piece| Ok(Frame::data(piece))));
        }
        Poll::Ready(match self.0.take() {
            Some(Body::Bytes(bytes)) if !bytes.is_empty() => Some(Ok(Frame::data(bytes))),
            _ => None,
        })
    }

    fn is_end_stream(&self) -> bool {
        match &self.0 {
            None => true,
            Some(Body::Bytes(bytes)) => bytes.is_empty(),
            Some(Body::Stream(_)) => false,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            None => SizeHint::with_exact(0),
            Some(Body::Bytes(bytes)) => SizeHint::with_exact(bytes.len() as u64),
            Some(Body::Stream(_)) => SizeHint::default(),
        }
    }
}
