use std::sync::Arc;

/// What became of the batches of one writer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeliveryReport {
    /// One entry per topic-partition that batches were handed over for, by topic and partition.
    pub partitions: Vec<PartitionDelivery>,
    /// Batches that were acknowledged.
    pub batches: u64,
    /// Produce requests that carried batches of this writer; one request may carry several.
    pub requests: u64,
    /// Batches that were sent again.
    pub retries: u64,
}

/// What became of the rows for one topic-partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartitionDelivery {
    /// The topic.
    pub topic: Arc<str>,
    /// The partition.
    pub partition: i32,
    /// Offsets that are ours, ascending; other writers' records may lie between runs.
    pub runs: Vec<OffsetRun>,
    /// Rows that the broker acknowledged.
    pub rows: u64,
    /// Bytes of acknowledged batches as sent, headers included.
    pub bytes: u64,
    /// Rows handed to a socket with `acks=0`: nothing is known of them.
    pub unacknowledged_rows: u64,
    /// Rows of which the broker may hold none, some or all.
    pub may_be_written_rows: u64,
    /// Rows that the broker certainly does not hold.
    pub not_written_rows: u64,
}

/// Contiguous offsets, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OffsetRun {
    /// Offset of the first row.
    pub first: i64,
    /// Offset of the last row.
    pub last: i64,
}
