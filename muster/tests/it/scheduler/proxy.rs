//! A TCP proxy: one address in front of servers that come and go.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};

/// Forwards each connection to the next of its targets that takes it, in turns.
#[derive(Clone)]
pub(crate) struct Proxy {
    address: SocketAddr,
    targets: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let proxy = Self { address, targets: Arc::default() };
        let targets = Arc::clone(&proxy.targets);
        tokio::spawn(async move {
            for turn in 0_usize.. {
                let Ok((mut client, _)) = listener.accept().await else { return };
                let mut targets = targets.lock().unwrap_or_else(PoisonError::into_inner).clone();
                if !targets.is_empty() {
                    let first = turn % targets.len();
                    targets.rotate_left(first);
                }
                tokio::spawn(async move {
                    for target in targets {
                        if let Ok(mut server) = TcpStream::connect(&target).await {
                            // Either end's end is the end of both.
                            let _ = copy_bidirectional(&mut client, &mut server).await;
                            return;
                        }
                    }
                });
            }
        });
        proxy
    }

    /// `HOST:PORT`.
    pub(crate) fn address(&self) -> String {
        self.address.to_string()
    }

    /// New connections go to these.
    pub(crate) fn aim(&self, targets: &[&str]) {
        *self.targets.lock().unwrap_or_else(PoisonError::into_inner) =
            targets.iter().map(|target| (*target).to_owned()).collect();
    }
}
