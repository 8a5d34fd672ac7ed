//! What the driver does between triggers.

use std::time::Duration;

use tokio::time::sleep;

use super::{
    driver::{Done, Driver},
    failure::Failure,
    pace::{Wait, now_ms},
};
use crate::{Heals, Outage, Trigger};

const POLL: Duration = Duration::from_millis(10);

impl Driver {
    /// True if no trigger follows.
    pub(super) fn is_last(&self, done: Done) -> bool {
        match self.trigger {
            Trigger::ProcessingTime(_) => false,
            Trigger::AvailableNow => done == Done::Nothing,
            Trigger::Once => true,
        }
    }

    /// Waits for the next trigger.
    ///
    /// # Errors
    /// [`Failure::Stopped`], if the query is to end.
    pub(super) async fn wait(&mut self, done: Done) -> Result<(), Failure> {
        let (wait, message) = match done {
            Done::Batch => (self.pace.after_batch(now_ms()), "Waiting for next trigger"),
            Done::Nothing => (
                self.pace.after_nothing(now_ms()),
                "Waiting for data to arrive",
            ),
        };
        self.journal.wait(message);
        match wait {
            Wait::Nothing => self.pause(Duration::ZERO).await,
            Wait::Tick(pause) => self.pause(pause).await,
            Wait::Input(pause) => {
                self.pause(pause).await?;
                let announced = self.input().await?;
                self.pace.waited(announced);
                Ok(())
            }
        }
    }

    /// Waits before the same trigger is tried again.
    ///
    /// # Errors
    /// The failure, if it does not heal or has lasted too long, and [`Failure::Stopped`].
    pub(super) async fn wait_out(&mut self, failure: Failure) -> Result<(), Failure> {
        if failure.heals() == Heals::Never {
            return Err(failure);
        }
        let Some(pause) = self.outages.pause() else {
            return Err(failure);
        };
        let batch = self.batch.as_ref().map(|batch| batch.number);
        let attempts = self.outages.attempts();
        let what = batch.map_or_else(|| "planning".to_owned(), |batch| format!("batch {batch}"));
        tracing::warn!(%failure, attempts, ?pause, "{what} failed and is tried again after a pause");
        let millis = pause.as_millis();
        self.journal.wait(&format!(
            "Waiting {millis} ms to try {what} again, which failed {attempts} times: {failure}"
        ));
        self.journal.listeners().notify(|listener| {
            listener.on_retry(&Outage {
                batch,
                attempts,
                error: failure.cause(),
                pause,
            });
        });
        self.pause(pause).await
    }

    /// Waits until a source has input. False if that took long, so that it is time to look whether there are new
    /// topics.
    async fn input(&self) -> Result<bool, Failure> {
        let state = self.journal.state();
        let looked_at = async {
            tokio::select! {
                () = state.nudge.notified() => {}
                () = sleep(POLL) => {}
            }
            Ok::<_, Failure>(true)
        };
        self.journal.until_finish(looked_at).await
    }

    async fn pause(&self, pause: Duration) -> Result<(), Failure> {
        let waited = async {
            if !pause.is_zero() {
                sleep(pause).await;
            }
            Ok::<_, Failure>(())
        };
        self.journal.until_finish(waited).await
    }
}
