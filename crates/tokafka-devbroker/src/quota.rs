//! A quota on what clients produce (KIP-13, KIP-219).

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

/// Over all clients: Kafka's quotas are those of a client or user.
#[derive(Debug)]
pub(crate) struct Quota {
    bytes_per_second: Option<u64>,
    /// When all that was taken so far is paid for.
    paid: Mutex<Option<Instant>>,
}

impl Quota {
    pub(crate) fn new(bytes_per_second: Option<u64>) -> Self {
        Self {
            bytes_per_second: bytes_per_second.filter(|rate| *rate > 0),
            paid: Mutex::default(),
        }
    }

    /// Counts the bytes of a request that is carried out all the same; for how long its connection is
    /// not to be read from.
    pub(crate) fn charge(&self, bytes: usize) -> Duration {
        let Some(rate) = self.bytes_per_second else {
            return Duration::ZERO;
        };
        let cost = Duration::from_secs_f64(bytes as f64 / rate as f64);
        let now = Instant::now();
        let mut paid = self.paid.lock().unwrap_or_else(PoisonError::into_inner);
        let due = paid.map_or(now, |paid| paid.max(now)) + cost;
        *paid = Some(due);
        due.saturating_duration_since(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_exceeds_the_rate_is_waited_for_later() {
        let quota = Quota::new(Some(1_000));
        assert_eq!(quota.charge(500), Duration::from_millis(500));
        assert_eq!(quota.charge(1_000), Duration::from_millis(1_500));
        tokio::time::advance(Duration::from_secs(10)).await;
        assert_eq!(quota.charge(100), Duration::from_millis(100));
        assert_eq!(Quota::new(None).charge(1 << 30), Duration::ZERO);
    }
}
