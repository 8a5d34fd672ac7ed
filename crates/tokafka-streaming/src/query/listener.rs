//! What is told of a query while it runs.

use std::time::Duration;

use super::StreamingQuery;
use crate::StreamingQueryProgress;

/// Is told of a query's events, in their order, on the query's task: it should return soon. One that panics is
/// logged, and the query goes on.
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
