//! How much connections may hold together.
//!
//! What is small is read at once; what is large waits until there is room, so that no number of connections can take
//! more than was set aside for them. There are three shares, so that nobody waits for those of less standing: strangers
//! never hold up workers, and large frames that trickle in never hold up reports.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::PIECE;

/// Room that something takes until it is dealt with.
pub(super) type Held = Arc<OwnedSemaphorePermit>;

/// Bytes, in three shares.
pub(super) struct Memory {
    /// Of those who have presented no key.
    pub(super) strangers: Share,
    /// Of frames that workers are sending.
    pub(super) frames: Share,
    /// Of reports that are not yet on disk.
    pub(super) reports: Share,
}

impl Memory {
    pub(super) fn new(bytes: usize) -> Self {
        let share = |parts: usize| Share::new(bytes / 8 * parts);
        Self { strangers: share(1), frames: share(4), reports: share(3) }
    }
}

/// A number of bytes that are handed out and come back.
pub(super) struct Share {
    free: Arc<Semaphore>,
    all: usize,
}

impl Share {
    fn new(all: usize) -> Self {
        let all = all.clamp(PIECE, u32::MAX as usize);
        Self { free: Arc::new(Semaphore::new(all)), all }
    }

    /// Waits until there is room; what is larger than all of it takes all of it.
    pub(super) async fn hold(&self, bytes: usize) -> Option<Held> {
        Arc::clone(&self.free).acquire_many_owned(self.permits(bytes)).await.ok().map(Arc::new)
    }

    /// Takes room if there is some.
    pub(super) fn try_hold(&self, bytes: usize) -> Option<Held> {
        Arc::clone(&self.free).try_acquire_many_owned(self.permits(bytes)).ok().map(Arc::new)
    }

    /// No room, that can grow.
    pub(super) fn none(&self) -> Room<'_> {
        Room { share: self, permit: None }
    }

    fn permits(&self, bytes: usize) -> u32 {
        u32::try_from(bytes.min(self.all)).unwrap_or(u32::MAX)
    }
}

/// Room that grows with what it is for.
pub(super) struct Room<'s> {
    share: &'s Share,
    permit: Option<OwnedSemaphorePermit>,
}

impl Room<'_> {
    pub(super) fn is_none(&self) -> bool {
        self.permit.is_none()
    }

    /// Waits until it is so large, or all there is.
    pub(super) async fn grow_to(&mut self, bytes: usize) {
        let has = self.permit.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
        let more = self.share.permits(bytes).saturating_sub(u32::try_from(has).unwrap_or(u32::MAX));
        // It is never closed.
        let Ok(more) = Arc::clone(&self.share.free).acquire_many_owned(more).await else { return };
        match &mut self.permit {
            Some(permit) => permit.merge(more),
            None => self.permit = Some(more),
        }
    }

    pub(super) fn held(self) -> Option<Held> {
        self.permit.map(Arc::new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn room_comes_back_when_nobody_needs_it() {
        let share = Share::new(100_000);
        let first = share.hold(60_000).await;
        assert!(first.is_some() && share.try_hold(50_000).is_none());
        let kept = first.clone();
        drop(first);
        assert!(share.try_hold(50_000).is_none());
        drop(kept);
        assert!(share.hold(1 << 40).await.is_some());
        let mut room = share.none();
        assert!(room.is_none());
        for size in [30_000, 60_000, 1 << 40] {
            room.grow_to(size).await;
        }
        assert!(share.try_hold(1).is_none());
        drop(room.held());
        assert!(share.try_hold(100_000).is_some());
    }
}
