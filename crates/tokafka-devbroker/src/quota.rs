//! `producer_byte_rate`: how fast clients may produce (KIP-13, KIP-219).

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

/// One quota for all clients together. Unlike Kafka's it keeps no window of samples: every byte
/// takes its time, and a client that comes too early is throttled for the rest of it.
#[derive(Debug, Default)]
pub(crate) struct Quota(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    bytes_per_second: Option<u32>,
    /// When all bytes so far have had their time.
    paid: Option<Instant>,
}

impl Quota {
    pub(crate) fn set(&self, bytes_per_second: Option<u32>) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *state = State {
            bytes_per_second,
            paid: None,
        };
    }

    /// Counts a request; for how long its connection is throttled.
    pub(crate) fn charge(&self, now: Instant, bytes: usize) -> Duration {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(rate) = state.bytes_per_second.filter(|rate| *rate > 0) else {
            return Duration::ZERO;
        };
        let takes = Duration::from_secs(1) * u32::try_from(bytes).unwrap_or(u32::MAX) / rate;
        let paid = state.paid.map_or(now, |paid| paid.max(now)) + takes;
        state.paid = Some(paid);
        paid - now
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_over_the_quota_are_paid_with_time() {
        let quota = Quota::default();
        let now = Instant::now();
        assert_eq!(quota.charge(now, 1_000_000), Duration::ZERO);
        quota.set(Some(1_000));
        assert_eq!(quota.charge(now, 500), Duration::from_millis(500));
        assert_eq!(quota.charge(now, 1_000), Duration::from_millis(1_500));
        let later = now + Duration::from_secs(10);
        assert_eq!(quota.charge(later, 100), Duration::from_millis(100));
    }
}
