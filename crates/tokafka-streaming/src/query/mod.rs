//! A query that runs.

mod error;
mod listener;
mod state;

use std::{sync::Arc, time::Duration};

use uuid::Uuid;

pub use error::StreamingQueryError;
pub(crate) use error::{AwaitError, Scene};
pub use listener::{Outage, StreamingQueryListener};
pub(crate) use state::QueryState;

use crate::{QueryStatus, StreamingQueryProgress};

/// A query that was started. It runs on, whether this is kept or dropped, until it ends or [`stop`](Self::stop)
/// is called. Clones are of the same query.
///
/// It runs as a task of the tokio runtime that it was started on. When that is shut down, the query ends as by
/// [`stop`](Self::stop): what was not committed runs again at the next start.
#[derive(Debug, Clone)]
pub struct StreamingQuery {
    state: Arc<QueryState>,
}

impl StreamingQuery {
    pub(crate) fn new(state: Arc<QueryState>) -> Self {
        Self { state }
    }

    /// Of the checkpoint: stays as it is over restarts.
    pub fn id(&self) -> Uuid {
        self.state.id
    }

    /// Of this run.
    pub fn run_id(&self) -> Uuid {
        self.state.run_id
    }

    /// As it was given.
    pub fn name(&self) -> Option<&str> {
        self.state.name.as_deref()
    }

    /// True until it ended.
    pub fn is_active(&self) -> bool {
        self.state.outcome().is_none()
    }

    /// What it does now.
    pub fn status(&self) -> QueryStatus {
        self.state.status()
    }

    /// Records of the batch that runs that are acknowledged already, at the moment of asking; 0 between
    /// batches.
    pub fn rows_written(&self) -> u64 {
        self.state.rows_written()
    }

    /// The latest of [`recent_progress`](Self::recent_progress).
    pub fn last_progress(&self) -> Option<Arc<StreamingQueryProgress>> {
        self.state.last_progress()
    }

    /// The progress of the last triggers, fewer than 100, oldest first.
    pub fn recent_progress(&self) -> Vec<Arc<StreamingQueryProgress>> {
        self.state.recent_progress()
    }

    /// Why it ended, if it failed.
    pub fn exception(&self) -> Option<StreamingQueryError> {
        self.state.outcome()?.err()
    }

    /// Ends the query: a batch that runs is abandoned at once, and runs again at the next start.
    /// Returns when everything is closed; on the query's own task, where nobody could wait for that, at once.
    /// Can be called again.
    pub async fn stop(&self) {
        self.state.finish.cancel();
        self.state.abandon.cancel();
        if !self.state.is_own_task() {
            let _outcome = self.state.ended().await;
        }
    }

    /// As [`stop`](Self::stop), but a batch that runs may finish within `grace`. True if no batch was abandoned:
    /// all that was planned is committed.
    pub async fn stop_within(&self, grace: Duration) -> bool {
        self.state.finish.cancel();
        let ended = tokio::time::timeout(grace, self.state.ended()).await;
        if ended.is_err() {
            self.stop().await;
        }
        !self.state.left_a_batch()
    }

    /// Returns when the query ends.
    ///
    /// # Errors
    /// What ended it, unless it was stopped or is done.
    pub async fn await_termination(&self) -> Result<(), StreamingQueryError> {
        self.refuse_own_task()?;
        self.state.ended().await
    }

    /// As [`await_termination`](Self::await_termination), for so long; false if it still runs then.
    ///
    /// # Errors
    /// As of [`await_termination`](Self::await_termination), and a time of zero.
    pub async fn await_termination_for(&self, time: Duration) -> Result<bool, StreamingQueryError> {
        self.refuse_own_task()?;
        if time.is_zero() {
            return Err(AwaitError::NoTime.into());
        }
        match tokio::time::timeout(time, self.state.ended()).await {
            Ok(ended) => ended.map(|()| true),
            Err(_elapsed) => Ok(false),
        }
    }

    /// Returns when everything that was there is written and committed: when the query looks for input and
    /// finds none, so it may wait for ever where input never ends. At once if the query has ended.
    ///
    /// # Errors
    /// What ended the query.
    pub async fn process_all_available(&self) -> Result<(), StreamingQueryError> {
        self.refuse_own_task()?;
        self.state.found_nothing().await
    }

    fn refuse_own_task(&self) -> Result<(), StreamingQueryError> {
        match self.state.is_own_task() {
            true => Err(AwaitError::OwnTask.into()),
            false => Ok(()),
        }
    }
}
