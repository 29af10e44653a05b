//! A connection as those see it who have something to say on it.

use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::{Bytes, BytesMut};
use tokio::sync::{mpsc, watch};

use crate::codec::Address;

/// The most frames that are written in one go.
const BATCH: usize = 128;

/// An associated connection. What is sent stands in a queue; one task writes it.
pub(crate) struct Connection {
    /// Unlike that of any other connection.
    pub(crate) id: u64,
    /// The worker's address, as it gave it.
    pub(crate) peer: Address,
    /// The number of its process.
    pub(crate) uid: u64,
    /// Our address, as it was given to the worker.
    pub(crate) own: Address,
    /// Our number among the servers when it was made.
    pub(crate) node: Option<i64>,
    queue: mpsc::UnboundedSender<Bytes>,
    queued: AtomicUsize,
    most: AtomicUsize,
    cut: watch::Sender<bool>,
}

/// Who has associated.
pub(crate) struct Ends {
    /// The worker's address, as it gave it.
    pub(crate) peer: Address,
    /// The number of its process.
    pub(crate) uid: u64,
    /// Our address, as it was given to the worker.
    pub(crate) own: Address,
    /// Our number among the servers.
    pub(crate) node: Option<i64>,
}

/// The other end of a connection's queue.
pub(crate) struct Queue(mpsc::UnboundedReceiver<Bytes>);

impl Connection {
    /// A connection whose queue holds `most` bytes.
    pub(crate) fn new(id: u64, Ends { peer, uid, own, node }: Ends, most: usize) -> (Self, Queue) {
        let (queue, frames) = mpsc::unbounded_channel();
        let cut = watch::Sender::new(false);
        let (queued, most) = (AtomicUsize::new(0), AtomicUsize::new(most));
        (Self { id, peer, uid, own, node, queue, queued, most, cut }, Queue(frames))
    }

    /// Queues a frame; false when it will not be written. A worker that has stopped reading is cut off: it dials
    /// again at once if it lives.
    pub(crate) fn send(&self, frame: Bytes) -> bool {
        if *self.cut.borrow() {
            return false;
        }
        let length = frame.len();
        if self.queued.fetch_add(length, Ordering::Relaxed) + length > self.most.load(Ordering::Relaxed) {
            tracing::warn!(worker.id = %self.peer.system, "a worker does not read; its connection is cut");
            self.cut();
            return false;
        }
        self.queue.send(frame).is_ok()
    }

    /// From now on its queue holds `most` bytes.
    pub(crate) fn trust(&self, most: usize) {
        self.most.store(most, Ordering::Relaxed);
    }

    /// Ends the connection.
    pub(crate) fn cut(&self) {
        self.cut.send_replace(true);
    }

    /// Returns when the connection is to end.
    pub(crate) async fn is_cut(&self) {
        // The sender lives as long as `self`, so this cannot fail.
        let _ = self.cut.subscribe().wait_for(|cut| *cut).await;
    }

    /// What was queued since, whole frames, some of them at once; nothing when no more can come.
    pub(crate) async fn take(&self, queue: &mut Queue) -> Option<Bytes> {
        let mut frames = Vec::new();
        match queue.0.recv_many(&mut frames, BATCH).await {
            0 => None,
            1 => frames.pop(),
            _ => {
                let mut all = BytesMut::with_capacity(frames.iter().map(Bytes::len).sum());
                frames.iter().for_each(|frame| all.extend_from_slice(frame));
                Some(all.freeze())
            }
        }
    }

    /// These bytes no longer wait.
    pub(crate) fn written(&self, bytes: usize) {
        self.queued.fetch_sub(bytes, Ordering::Relaxed);
    }
}
