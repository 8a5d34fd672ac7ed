//! A query that runs.

use std::{sync::Arc, time::Duration};

use uuid::Uuid;

use crate::{QueryStatus, StreamingQueryError, StreamingQueryProgress};

/// A query that was started. It runs on, whether this is kept or dropped, until it ends or [`stop`](Self::stop)
/// is called. Clones are of the same query.
#[derive(Debug, Clone)]
pub struct StreamingQuery {
    inner: Arc<()>,
}

impl StreamingQuery {
    /// Of the checkpoint: stays as it is over restarts.
    pub fn id(&self) -> Uuid {
        let _ = &self.inner;
        Uuid::nil()
    }

    /// Of this run.
    pub fn run_id(&self) -> Uuid {
        Uuid::nil()
    }

    /// As it was given.
    pub fn name(&self) -> Option<&str> {
        None
    }

    /// True until it ended.
    pub fn is_active(&self) -> bool {
        false
    }

    /// What it does now.
    pub fn status(&self) -> QueryStatus {
        QueryStatus::default()
    }

    /// The latest of [`recent_progress`](Self::recent_progress).
    pub fn last_progress(&self) -> Option<Arc<StreamingQueryProgress>> {
        None
    }

    /// The progress of the last 100 triggers, oldest first.
    pub fn recent_progress(&self) -> Vec<Arc<StreamingQueryProgress>> {
        Vec::new()
    }

    /// Why it ended, if it failed.
    pub fn exception(&self) -> Option<StreamingQueryError> {
        None
    }

    /// Ends the query: a batch that runs is abandoned at once, and runs again at the next start.
    /// Returns when everything is closed. Can be called again.
    pub async fn stop(&self) {}

    /// As [`stop`](Self::stop), but a batch that runs may finish within `grace`. True if it did, or if none ran.
    pub async fn stop_within(&self, grace: Duration) -> bool {
        let _ = grace;
        true
    }

    /// Returns when the query ends.
    ///
    /// # Errors
    /// What ended it, unless it was stopped or is done.
    pub async fn await_termination(&self) -> Result<(), StreamingQueryError> {
        Ok(())
    }

    /// As [`await_termination`](Self::await_termination), for so long; false if it still runs then.
    ///
    /// # Errors
    /// As of [`await_termination`](Self::await_termination).
    pub async fn await_termination_for(&self, time: Duration) -> Result<bool, StreamingQueryError> {
        let _ = time;
        Ok(true)
    }

    /// Returns when everything that was there is written and committed.
    ///
    /// # Errors
    /// What ended the query.
    pub async fn process_all_available(&self) -> Result<(), StreamingQueryError> {
        Ok(())
    }
}

/// Is told of a query's events, in their order, on the query's task: it should return soon.
pub trait StreamingQueryListener: Send + Sync {
    /// The query has started.
    fn on_started(&self, _query: &StreamingQuery) {}
    /// A batch is done.
    fn on_progress(&self, _progress: &StreamingQueryProgress) {}
    /// A trigger found nothing to do; told every 10 seconds at most.
    fn on_idle(&self, _progress: &StreamingQueryProgress) {}
    /// An attempt failed, and the same batch is run again after the pause.
    fn on_retry(&self, _outage: &Outage<'_>) {}
    /// The query has ended, by an error or without.
    fn on_terminated(&self, _query: &StreamingQuery) {}
}

/// An attempt that failed, and what comes next.
#[derive(Debug)]
#[non_exhaustive]
pub struct Outage<'a> {
    /// The batch that is run again; `None` while the query has not planned one.
    pub batch: Option<u64>,
    /// Attempts that failed one after the other, this one included.
    pub attempts: u32,
    /// What went wrong.
    pub error: &'a (dyn std::error::Error + Send + Sync + 'static),
    /// The pause before the next attempt.
    pub pause: Duration,
}
