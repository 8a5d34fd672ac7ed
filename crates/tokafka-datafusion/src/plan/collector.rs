//! What the writers of one write share.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use datafusion::error::DataFusionError;
use tokafka_arrow::{KafkaWriter, PartitionReport, WriteReport};
use tokio::{sync::watch, time::timeout};
use tokio_util::sync::CancellationToken;

use crate::{KafkaWriteError, WriteFailure, WriteProgress};

/// How long writers wait for what is in flight when another one has failed.
pub(crate) const DEFAULT_GRACE: Duration = Duration::from_secs(5);

/// Collects what each writer has to report, and stops all of them when one fails.
///
/// The first failure is the one that is told: what follows from it in other writers is not.
#[derive(Debug)]
pub(crate) struct Collector {
    stop: CancellationToken,
    grace: Duration,
    progress: Arc<WriteProgress>,
    outcome: Mutex<Outcome>,
    writing: watch::Sender<usize>,
}

#[derive(Debug)]
struct Outcome {
    report: WriteReport,
    failure: Option<WriteFailure>,
}

impl Collector {
    /// Cancelling `cancel` ends the write; after that, or a failure, what is in flight is waited
    /// for up to `grace`.
    pub(crate) fn new(writer: &KafkaWriter, cancel: &CancellationToken, grace: Duration) -> Self {
        Self {
            // A child: a write that fails must not cancel what else the caller's token stops.
            stop: cancel.child_token(),
            grace,
            progress: Arc::default(),
            outcome: Mutex::new(Outcome {
                report: WriteReport::new(writer),
                failure: None,
            }),
            writing: watch::Sender::new(0),
        }
    }

    /// Counts into `progress` what is acknowledged.
    pub(crate) fn with_progress(self, progress: Arc<WriteProgress>) -> Self {
        Self { progress, ..self }
    }

    pub(crate) fn progress(&self) -> &WriteProgress {
        &self.progress
    }

    pub(crate) fn grace(&self) -> Duration {
        self.grace
    }

    /// Adds what a writer wrote since its last report.
    pub(crate) fn add(&self, report: PartitionReport) {
        self.outcome().report.add(report);
    }

    /// Everything that was added.
    pub(crate) fn report(&self) -> WriteReport {
        self.outcome().report.clone()
    }

    /// The first failure, if there was one.
    pub(crate) fn failure(&self) -> Option<WriteFailure> {
        self.outcome().failure.clone()
    }

    /// The failure of the write with what was acknowledged, in the place of an error that came of it.
    pub(crate) fn explain(&self, error: DataFusionError) -> DataFusionError {
        let Some(source) = self.failure() else {
            return error;
        };
        let report = Some(Box::new(self.report()));
        DataFusionError::External(Box::new(KafkaWriteError { source, report }))
    }

    /// Stops all writers. Returns the first failure, which may be an earlier one.
    pub(crate) fn fail(&self, failure: WriteFailure) -> WriteFailure {
        let first = self.outcome().failure.get_or_insert(failure).clone();
        self.stop.cancel();
        first
    }

    /// Runs `work` until the write is cancelled or has failed elsewhere; drops it then.
    pub(crate) async fn until_stopped<T>(
        &self,
        work: impl Future<Output = Result<T, WriteFailure>>,
    ) -> Result<T, WriteFailure> {
        let done = self.stop.run_until_cancelled(work).await;
        done.unwrap_or(Err(WriteFailure::Cancelled))
    }

    /// Notes that a writer is at work until the guard is dropped.
    pub(crate) fn enter(self: &Arc<Self>) -> Writing {
        self.writing.send_modify(|count| *count += 1);
        Writing(Arc::clone(self))
    }

    /// Waits until no writer is at work, so that the report has what each one knows.
    pub(crate) async fn settled(&self) {
        let mut writing = self.writing.subscribe();
        // Writers give up on their own after the same time: the limit is for one that hangs.
        let _ = timeout(self.grace, writing.wait_for(|count| *count == 0)).await;
    }

    fn outcome(&self) -> MutexGuard<'_, Outcome> {
        self.outcome.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A writer at work.
#[derive(Debug)]
pub(crate) struct Writing(Arc<Collector>);

impl Drop for Writing {
    fn drop(&mut self) {
        self.0.writing.send_modify(|count| *count -= 1);
    }
}
