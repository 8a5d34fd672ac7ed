//! Offsets to read, and what was read of them.

use std::{
    ops::Range,
    sync::{Arc, atomic::AtomicU64},
};

/// Offsets of one partition of a topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicSpan {
    /// The topic.
    pub topic: Arc<str>,
    /// The partition.
    pub partition: i32,
    /// Its offsets; some of them may hold no record.
    pub offsets: Range<i64>,
}

impl TopicSpan {
    /// At least as many as it has records.
    pub(super) fn length(&self) -> i64 {
        self.offsets.end.saturating_sub(self.offsets.start)
    }
}

/// What was read of ranges.
#[derive(Debug, Default)]
pub struct RangeCounts {
    /// Records.
    pub rows: AtomicU64,
    /// Spans whose offsets were not there any more: Spark's `offsetOutOfRange`.
    pub offset_out_of_range: AtomicU64,
    /// Times that offsets were passed over: Spark's `dataLoss`.
    pub data_loss: AtomicU64,
}
