//! One keep-alive HTTP/1.1 connection: as little as the benches and `muster call` need.

use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// An answer, whole.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: http::HeaderMap,
    /// Its body.
    pub body: Bytes,
}

/// Why there is no answer. Whether the request was done is not known then.
#[derive(Debug)]
pub struct NotAnswered(String);

impl std::fmt::Display for NotAnswered {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for NotAnswered {}

/// An open connection; one request at a time.
pub struct Connection {
    address: String,
    sender: SendRequest<Full<Bytes>>,
}

impl Connection {
    /// Connects to `HOST:PORT`.
    ///
    /// # Errors
    /// When nobody listens there.
    pub async fn open(address: &str) -> Result<Self, NotAnswered> {
        Ok(Self { address: address.to_owned(), sender: connect(address).await? })
    }

    /// Sends a request and waits for its whole answer. A server that closed the connection after the last answer,
    /// as some do after each, is connected to again first.
    ///
    /// # Errors
    /// When the connection ends before the answer.
    pub async fn send(&mut self, request: Request<Bytes>) -> Result<Answer, NotAnswered> {
        let because = |error: hyper::Error| NotAnswered(error.to_string());
        if self.sender.ready().await.is_err() {
            self.sender = connect(&self.address).await?;
        }
        let answer = self.sender.send_request(request.map(Full::new)).await.map_err(because)?;
        let (head, body) = answer.into_parts();
        let body = body.collect().await.map_err(because)?.to_bytes();
        Ok(Answer { status: head.status, headers: head.headers, body })
    }
}

async fn connect(address: &str) -> Result<SendRequest<Full<Bytes>>, NotAnswered> {
    let because = |error: &dyn std::fmt::Display| NotAnswered(format!("{address}: {error}"));
    let stream = TcpStream::connect(address).await.map_err(|error| because(&error))?;
    stream.set_nodelay(true).map_err(|error| because(&error))?;
    let (sender, connection) = handshake(TokioIo::new(stream)).await.map_err(|error| because(&error))?;
    // Ends with the connection; what goes wrong there is seen by whoever waits for an answer.
    tokio::spawn(connection);
    Ok(sender)
}

impl Answer {
    /// The body as JSON; `null` when it is none.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}
