//! How much a link has under way at once.

use std::time::Duration;

use tokio::time::Instant;

/// Requests are not made larger than this by putting batches together.
const FULL_REQUEST: usize = 1 << 20;
/// Nor are they made smaller than this to please a quota.
const SMALLEST_REQUEST: usize = 16 << 10;
/// From here on a throttle is answered with smaller requests.
const LONG_THROTTLE: Duration = Duration::from_secs(1);

/// The window and the size of requests. Both grow while the broker keeps up, and shrink when it
/// throttles: a broker that holds a connection back leaves the requests on it unread, and each one
/// that waits there comes closer to `request.timeout.ms`. So it starts with one request.
#[derive(Debug)]
pub(super) struct Pace {
    window: usize,
    most_requests: usize,
    bytes: usize,
    most_bytes: usize,
    held_until: Option<Instant>,
}

impl Pace {
    /// Up to `max_in_flight` requests of up to `max_request_size` bytes, though not of more than is
    /// of use.
    pub(super) fn new(max_in_flight: usize, max_request_size: usize) -> Self {
        let most_bytes = max_request_size.min(FULL_REQUEST);
        Self {
            window: 1,
            most_requests: max_in_flight.max(1),
            bytes: most_bytes,
            most_bytes,
            held_until: None,
        }
    }

    /// Requests that may be under way.
    pub(super) fn window(&self) -> usize {
        self.window
    }

    /// Bytes of batches to put into one request.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// True if the broker wants no request now.
    pub(super) fn is_held(&self, now: Instant) -> bool {
        self.held_until.is_some_and(|until| now < until)
    }

    /// Takes in an answer and what the broker said of its quota; returns until when to wait.
    pub(super) fn answered(&mut self, throttle: Duration, now: Instant) -> Option<Instant> {
        if throttle.is_zero() {
            self.window = (self.window + 1).min(self.most_requests);
            self.bytes = self.bytes.saturating_mul(2).min(self.most_bytes);
            return None;
        }
        self.window = 1;
        if throttle >= LONG_THROTTLE {
            self.bytes = (self.bytes / 2).max(SMALLEST_REQUEST).min(self.most_bytes);
        }
        self.held_until = self.held_until.max(Some(now + throttle));
        self.held_until
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_grow_in_number_while_the_broker_keeps_up() {
        let mut pace = Pace::new(5, 8 << 20);
        let windows: Vec<usize> = (0..6)
            .map(|_| {
                pace.answered(Duration::ZERO, Instant::now());
                pace.window()
            })
            .collect();
        assert_eq!(windows, [2, 3, 4, 5, 5, 5]);
        assert_eq!(pace.bytes(), FULL_REQUEST);
    }

    #[test]
    fn a_throttle_holds_requests_back_and_makes_them_fewer_and_smaller() {
        let mut pace = Pace::new(5, 1 << 20);
        let now = Instant::now();
        pace.answered(Duration::ZERO, now);
        let until = pace.answered(Duration::from_secs(3), now);
        assert_eq!(until, Some(now + Duration::from_secs(3)));
        assert!(pace.is_held(now + Duration::from_secs(2)));
        assert!(!pace.is_held(now + Duration::from_secs(3)));
        assert_eq!((pace.window(), pace.bytes()), (1, 512 << 10));
    }

    #[test]
    fn a_shorter_throttle_does_not_end_a_longer_one() {
        let mut pace = Pace::new(5, 1 << 20);
        let now = Instant::now();
        pace.answered(Duration::from_secs(3), now);
        assert_eq!(
            pace.answered(Duration::from_millis(1), now),
            Some(now + Duration::from_secs(3))
        );
    }

    #[test]
    fn requests_never_shrink_to_nothing_nor_beyond_max_request_size() {
        for size in [1 << 10, 1 << 20] {
            let mut pace = Pace::new(1, size);
            for _ in 0..20 {
                pace.answered(Duration::from_secs(5), Instant::now());
            }
            assert_eq!(pace.bytes(), size.min(SMALLEST_REQUEST));
        }
    }
}
