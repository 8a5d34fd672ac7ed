//! The rate of a producer: `tokafka.max.bytes.per.second`.

use std::time::Duration;

use tokio::{
    sync::Mutex,
    time::{Instant, sleep_until},
};

/// Lets batches through one after the other, in the order they came, so that over any time no more
/// bytes pass than the rate allows, but for the first batch.
#[derive(Debug)]
pub(super) struct RateLimit {
    bytes_per_second: Option<u64>,
    /// When the next batch may pass.
    free: Mutex<Instant>,
}

impl RateLimit {
    /// Without a limit if none, or zero, is given.
    pub(super) fn new(bytes_per_second: Option<u64>) -> Self {
        Self {
            bytes_per_second: bytes_per_second.filter(|rate| *rate > 0),
            free: Mutex::new(Instant::now()),
        }
    }

    /// Waits until so many bytes may pass; how long that took. If it is dropped they do not count.
    pub(super) async fn pass(&self, bytes: usize) -> Duration {
        let Some(rate) = self.bytes_per_second else {
            return Duration::ZERO;
        };
        let start = Instant::now();
        let mut free = self.free.lock().await;
        sleep_until(*free).await;
        let now = Instant::now();
        *free = now + Duration::from_secs_f64(bytes as f64 / rate as f64);
        now - start
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn batches_pass_at_the_rate_from_the_first_on() {
        let limit = RateLimit::new(Some(1_000));
        assert_eq!(limit.pass(500).await, Duration::ZERO);
        assert_eq!(limit.pass(250).await, Duration::from_millis(500));
        assert_eq!(limit.pass(1).await, Duration::from_millis(250));
    }

    #[tokio::test(start_paused = true)]
    async fn time_that_was_not_used_is_not_made_up_for() {
        let limit = RateLimit::new(Some(1_000));
        limit.pass(500).await;
        tokio::time::advance(Duration::from_secs(60)).await;
        assert_eq!(limit.pass(500).await, Duration::ZERO);
        assert_eq!(limit.pass(1).await, Duration::from_millis(500));
    }

    #[tokio::test(start_paused = true)]
    async fn a_batch_that_stops_waiting_does_not_count() {
        let limit = RateLimit::new(Some(1_000));
        limit.pass(1_000).await;
        let given_up = tokio::time::timeout(Duration::from_millis(100), limit.pass(5_000));
        assert!(given_up.await.is_err());
        assert_eq!(limit.pass(1).await, Duration::from_millis(900));
        assert_eq!(limit.pass(1).await, Duration::from_millis(1));
    }

    #[tokio::test(start_paused = true)]
    async fn without_a_limit_nothing_waits() {
        for rate in [None, Some(0)] {
            let limit = RateLimit::new(rate);
            for _ in 0..3 {
                assert_eq!(limit.pass(usize::MAX).await, Duration::ZERO);
            }
        }
    }
}
