//! Waits that grow, as in Kafka's `ExponentialBackoff`.

use std::time::Duration;

use crate::settings::ClientSettings;

/// Part of a wait by which it varies, so that clients do not come back all at once.
const JITTER: f64 = 0.2;

/// Doubles with each failure, from `initial` up to `max`, give or take a fifth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// After the first failure.
    pub initial: Duration,
    /// The most, jitter included.
    pub max: Duration,
}

impl Backoff {
    /// Between attempts at a request: `retry.backoff.ms` up to `retry.backoff.max.ms`.
    pub(crate) fn of_retries(settings: &ClientSettings) -> Self {
        Self {
            initial: settings.retry_backoff,
            max: settings.retry_backoff_max,
        }
    }

    /// Between attempts at connecting: `reconnect.backoff.ms` up to `reconnect.backoff.max.ms`.
    pub(crate) fn of_connecting(settings: &ClientSettings) -> Self {
        Self {
            initial: settings.reconnect_backoff,
            max: settings.reconnect_backoff_max,
        }
    }

    /// How long to wait after this many failures in a row, at least one.
    pub fn after(self, failures: u32) -> Duration {
        let doublings = failures.saturating_sub(1).min(31);
        let wait = self.initial.saturating_mul(1 << doublings).min(self.max);
        let jitter = 1.0 + JITTER * (2.0 * fastrand::f64() - 1.0);
        wait.mul_f64(jitter).min(self.max.max(self.initial))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_maximum_give_or_take_a_fifth() {
        let backoff = Backoff {
            initial: Duration::from_millis(100),
            max: Duration::from_millis(1000),
        };
        for (failures, expected) in [
            (1, 100),
            (2, 200),
            (3, 400),
            (4, 800),
            (5, 1000),
            (99, 1000),
        ] {
            let wait = backoff.after(failures);
            assert!(
                wait >= Duration::from_millis(expected).mul_f64(0.8),
                "{failures}: {wait:?}"
            );
            assert!(
                wait <= Duration::from_millis(expected).mul_f64(1.2),
                "{failures}: {wait:?}"
            );
            assert!(wait <= backoff.max);
        }
    }
}
