//! For how long a failure that heals is waited out.

use std::time::Duration;

use tokafka_client::backoff::Backoff;
use tokio::time::Instant;

/// Between attempts.
const BACKOFF: Backoff = Backoff {
    initial: Duration::from_millis(100),
    max: Duration::from_secs(10),
};

/// Counts the attempts of one trigger that failed, one after the other.
#[derive(Debug)]
pub(crate) struct Outages {
    retry_for: Option<Duration>,
    attempts: u32,
    since: Option<Instant>,
}

impl Outages {
    /// Outages that are waited out for so long; `None` for ever.
    pub(crate) fn new(retry_for: Option<Duration>) -> Self {
        Self {
            retry_for,
            attempts: 0,
            since: None,
        }
    }

    /// An attempt failed. The pause before the next one; `None` if the time is over.
    pub(crate) fn pause(&mut self) -> Option<Duration> {
        let now = Instant::now();
        let lasted = now - *self.since.get_or_insert(now);
        self.attempts = self.attempts.saturating_add(1);
        let pause = BACKOFF.after(self.attempts);
        match self.retry_for {
            None => Some(pause),
            // The last attempt is made when the time is over, not before.
            Some(limit) => (lasted < limit).then(|| pause.min(limit - lasted)),
        }
    }

    /// Attempts that failed since the last that did not.
    pub(crate) fn attempts(&self) -> u32 {
        self.attempts
    }

    /// For how long nothing succeeded.
    pub(crate) fn lasted(&self) -> Duration {
        self.since.map_or(Duration::ZERO, |since| since.elapsed())
    }

    /// An attempt succeeded.
    pub(crate) fn over(&mut self) {
        (self.attempts, self.since) = (0, None);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn pauses_grow_and_the_last_attempt_is_when_the_time_is_over() {
        let limit = Duration::from_secs(60);
        let mut outages = Outages::new(Some(limit));
        let started = Instant::now();
        let mut pauses = Vec::new();
        while let Some(pause) = outages.pause() {
            pauses.push(pause);
            tokio::time::sleep(pause).await;
        }
        assert_eq!(started.elapsed().as_secs(), limit.as_secs());
        assert!(pauses[0] <= Duration::from_millis(120), "{pauses:?}");
        assert!(
            pauses.iter().all(|pause| *pause <= BACKOFF.max),
            "{pauses:?}"
        );
        assert!((8..=14).contains(&pauses.len()), "{pauses:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn without_patience_the_first_failure_is_the_last() {
        assert_eq!(Outages::new(Some(Duration::ZERO)).pause(), None);
    }

    #[tokio::test(start_paused = true)]
    async fn an_outage_that_is_over_is_forgotten() {
        let mut outages = Outages::new(Some(Duration::from_secs(1)));
        let pause = outages.pause().unwrap();
        tokio::time::sleep(pause * 20).await;
        outages.over();
        assert_eq!((outages.attempts(), outages.lasted()), (0, Duration::ZERO));
        assert!(outages.pause().is_some());
    }
}
