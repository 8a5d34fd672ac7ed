//! A soft limit on what is encoded and not sent yet.

use std::{sync::Arc, time::Duration};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Bytes that may wait to be sent: what is sent soon after it was encoded is still in the processor's
/// cache when the kernel copies it. What was sent and waits for its answer does not count.
const LIMIT: usize = 2 << 20;

/// How long a writer lets others be sent first. Then it goes on all the same: a leader that is away
/// must not stop batches for other brokers, and how much may pile up is for the byte budget to say.
const PATIENCE: Duration = Duration::from_millis(50);

/// Where writers wait, in the order they came, while too much is unsent.
#[derive(Debug, Clone)]
pub(super) struct Unsent(Arc<Semaphore>);

/// A batch's share of what is unsent, until it is dropped.
#[derive(Debug)]
pub(super) struct Place(
    #[expect(dead_code, reason = "its drop lets others in")] Option<OwnedSemaphorePermit>,
);

impl Unsent {
    pub(super) fn new() -> Self {
        Self(Arc::new(Semaphore::new(LIMIT)))
    }

    /// Waits a little while there is no room for `bytes`.
    pub(super) async fn enter(&self, bytes: usize) -> Place {
        let share = u32::try_from(bytes.min(LIMIT)).unwrap_or(u32::MAX);
        let room = Arc::clone(&self.0).acquire_many_owned(share);
        let permit = tokio::time::timeout(PATIENCE, room).await;
        Place(permit.ok().and_then(Result::ok))
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::Instant;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_writer_goes_on_when_others_are_sent_or_its_patience_ends() {
        let unsent = Unsent::new();
        let first = unsent.enter(LIMIT).await;
        let start = Instant::now();
        let impatient = unsent.enter(1).await;
        assert_eq!(start.elapsed(), PATIENCE);
        drop((first, impatient));
        let whole = unsent.enter(10 * LIMIT).await;
        assert_eq!(start.elapsed(), PATIENCE);
        drop(whole);
    }
}
