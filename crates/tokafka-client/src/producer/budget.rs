//! The byte budget of a producer: `buffer.memory`.

use std::{sync::Arc, time::Duration};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::SendError;

/// Bytes of finished batches that are not acknowledged yet. Waiters are served in the order they came.
///
/// Only finished batches count, and they leave as soon as the broker answers, so a full budget never
/// waits for a batch that is still open.
#[derive(Debug, Clone)]
pub(super) struct ByteBudget {
    bytes: Arc<Semaphore>,
    total: usize,
    max_block: Duration,
}

/// Bytes taken from the budget until it is dropped.
#[derive(Debug)]
pub(super) struct Reservation(
    #[expect(dead_code, reason = "its drop gives the bytes back")] OwnedSemaphorePermit,
);

impl ByteBudget {
    pub(super) fn new(total: usize, max_block: Duration) -> Self {
        let total = total.clamp(1, Semaphore::MAX_PERMITS);
        Self {
            bytes: Arc::new(Semaphore::new(total)),
            total,
            max_block,
        }
    }

    /// Waits until there is room for `bytes`. More than the whole budget waits for all of it.
    pub(super) async fn reserve(&self, bytes: usize) -> Result<Reservation, SendError> {
        let permits = u32::try_from(bytes.min(self.total)).unwrap_or(u32::MAX);
        let room = Arc::clone(&self.bytes).acquire_many_owned(permits);
        match tokio::time::timeout(self.max_block, room).await {
            Ok(Ok(permit)) => Ok(Reservation(permit)),
            Ok(Err(_closed)) => Err(SendError::Closed),
            Err(_elapsed) => Err(SendError::BudgetExhausted {
                bytes,
                total: self.total,
                waited: self.max_block,
            }),
        }
    }

    /// Fails everyone who waits and everyone who comes.
    pub(super) fn close(&self) {
        self.bytes.close();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_full_budget_is_waited_for_and_named_when_max_block_ms_is_over() {
        let budget = ByteBudget::new(100, Duration::from_millis(250));
        let held = budget.reserve(80).await.unwrap();
        let error = budget.reserve(40).await.unwrap_err();
        assert_eq!(
            error,
            SendError::BudgetExhausted {
                bytes: 40,
                total: 100,
                waited: Duration::from_millis(250)
            }
        );
        drop(held);
        assert!(budget.reserve(40).await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn a_batch_larger_than_the_budget_takes_all_of_it() {
        let budget = ByteBudget::new(100, Duration::from_millis(250));
        let all = budget.reserve(1_000).await.unwrap();
        assert!(budget.reserve(1).await.is_err());
        drop(all);
        assert!(budget.reserve(1).await.is_ok());
    }

    #[tokio::test]
    async fn two_writers_share_the_last_bytes_in_the_order_they_came() {
        let budget = ByteBudget::new(10, Duration::from_secs(5));
        let first = budget.reserve(10).await.unwrap();
        let waiting = {
            let budget = budget.clone();
            tokio::spawn(async move { budget.reserve(10).await.map(drop) })
        };
        tokio::task::yield_now().await;
        drop(first);
        assert!(waiting.await.unwrap().is_ok());
        assert!(budget.reserve(10).await.is_ok());
    }
}
