use super::aborted::AbortedTransactions;
use crate::{
    batch::{BatchHeader, Batches, StoredBatch},
    error::BatchError,
};
use kafka_protocol::messages::fetch_response::PartitionData;

/// The batches of one answer that were not read yet.
#[derive(Debug)]
pub(super) struct Page {
    batches: Batches,
    aborted: AbortedTransactions,
    /// True if the answer held no bytes of batches.
    empty: bool,
    /// Readers may see offsets below this, if the log has them.
    visible_end: i64,
}

impl Page {
    /// No batches, and nothing known of the log.
    pub(super) fn nothing() -> Self {
        Self {
            batches: Batches::new(bytes::Bytes::new()),
            aborted: AbortedTransactions::default(),
            empty: true,
            visible_end: i64::MIN,
        }
    }

    /// What a broker answered for a partition. Records at `visible_end` and after are not seen yet.
    pub(super) fn new(answer: PartitionData, visible_end: i64) -> Self {
        let records = answer.records.unwrap_or_default();
        Self {
            empty: records.is_empty(),
            batches: Batches::new(records),
            aborted: AbortedTransactions::new(answer.aborted_transactions.unwrap_or_default()),
            visible_end,
        }
    }

    /// True if this answer, which holds no batch, says that the log has none before `end`:
    /// compaction may have removed the last records of a range.
    pub(super) fn shows_nothing_before(&self, end: i64) -> bool {
        self.empty && self.visible_end >= end
    }

    /// Where the next answer begins, if readers may see something there already.
    pub(super) fn after(&self) -> Option<i64> {
        let whole = self.batches.clone().map_while(Result::ok);
        let after = whole.last()?.header.last_offset().saturating_add(1);
        (after < self.visible_end).then_some(after)
    }

    /// True if this answer, which holds no batch, says that the log ends before `end`.
    pub(super) fn ends_before(&self, end: i64) -> bool {
        self.empty && self.visible_end < end
    }

    /// True if the answer held something.
    pub(super) fn had_bytes(&self) -> bool {
        !self.empty
    }

    /// The next batch, unchecked.
    pub(super) fn next_batch(&mut self) -> Option<Result<StoredBatch, BatchError>> {
        self.batches.next()
    }

    /// True if readers do not get the batch. Takes the batches in their order.
    pub(super) fn hides(&mut self, batch: &BatchHeader) -> bool {
        self.aborted.leaves_out(batch)
    }
}
