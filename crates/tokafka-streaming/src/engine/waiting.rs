//! What the driver does between triggers.

use std::time::Duration;

use futures::{FutureExt, StreamExt, stream::FuturesUnordered};
use tokio::time::sleep;

use super::{
    driver::{Done, Driver},
    failure::Failure,
    pace::{Wait, now_ms},
};
use crate::{Heals, Outage, SourceError, Trigger};

/// Between two looks for new topics and partitions, while nothing else comes.
const LOOK: Duration = Duration::from_secs(1);

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

    /// Waits until a source has input: by requests that the brokers answer when there is some. False if that
    /// took long, so that it is time to look whether there are new topics.
    async fn input(&mut self) -> Result<bool, Failure> {
        let latest = self.reporter.latest();
        let sources = self.sources.iter_mut().zip(latest);
        let arrivals = sources.map(|(source, latest)| source.arrival(latest, LOOK).boxed());
        let arrivals: FuturesUnordered<_> = arrivals.collect();
        let first = arrivals.filter_map(async |outcome| outcome_matters(outcome));
        let mut first = std::pin::pin!(first);
        let state = self.journal.state();
        let waited = async {
            tokio::select! {
                () = state.nudge.notified() => Ok::<_, Failure>(true),
                announced = first.next() => Ok(announced.unwrap_or(false)),
            }
        };
        self.journal.until_finish(waited).await
    }

    async fn pause(&mut self, pause: Duration) -> Result<(), Failure> {
        let waited = async {
            if !pause.is_zero() {
                sleep(pause).await;
            }
            Ok::<_, Failure>(())
        };
        self.journal.until_finish(waited).await
    }
}

/// Whether it is time to look: there is input, or the source cannot be asked, which the look will tell.
fn outcome_matters(outcome: Result<bool, SourceError>) -> Option<bool> {
    outcome.unwrap_or(true).then_some(true)
}
