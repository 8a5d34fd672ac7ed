//! For how long an operation on the cluster is tried again.

use crate::{backoff::Backoff, settings::ClientSettings};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Counts the failed attempts of one operation, and waits between them.
#[derive(Debug)]
pub(crate) struct Retries {
    deadline: Instant,
    backoff: Backoff,
    failures: u32,
}

impl Retries {
    /// Attempts for up to `max.block.ms` from now, after waits of `retry.backoff.ms` and more.
    pub(crate) fn new(settings: &ClientSettings) -> Self {
        Self::within(settings.max_block, settings)
    }

    /// Attempts for up to `time` from now, `max.block.ms` at most.
    pub(crate) fn within(time: Duration, settings: &ClientSettings) -> Self {
        Self {
            deadline: Instant::now() + time.min(settings.max_block),
            backoff: Backoff::of_retries(settings),
            failures: 0,
        }
    }

    /// Waits before the next attempt. False, at once, if there is no time for one.
    pub(crate) async fn wait(&mut self) -> bool {
        self.failures = self.failures.saturating_add(1);
        let pause = self.backoff.after(self.failures);
        if Instant::now() + pause > self.deadline {
            return false;
        }
        sleep(pause).await;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Properties;

    #[tokio::test(start_paused = true)]
    async fn attempts_go_on_until_max_block_ms_is_over() {
        let properties: Properties = [("bootstrap.servers", "h:1"), ("max.block.ms", "1500")]
            .into_iter()
            .collect();
        let settings = ClientSettings::from_properties(&properties).unwrap();
        let started = Instant::now();
        let mut retries = Retries::new(&settings);
        let mut attempts = 0;
        while retries.wait().await {
            attempts += 1;
        }
        // 100, 200, 400 and 800 ms, give or take a fifth.
        assert!((3..=4).contains(&attempts), "{attempts}");
        assert!(started.elapsed() <= settings.max_block);
    }
}
