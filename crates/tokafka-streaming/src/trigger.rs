//! When a batch starts.

use std::time::Duration;

/// When a batch starts: Spark's triggers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trigger {
    /// At multiples of this since the epoch, the first one at once; zero is as fast as possible.
    ProcessingTime(Duration),
    /// Whatever is there at the start, in as many batches as the limits say; then the query ends.
    AvailableNow,
    /// One batch, of whatever is there at the start; then the query ends.
    Once,
}

impl Default for Trigger {
    fn default() -> Self {
        Self::ProcessingTime(Duration::ZERO)
    }
}
