use super::aborted::AbortedTransactions;
use crate::{
    batch::{Batches, RecordRef, Records, StoredBatch},
    error::BatchError,
};
use kafka_protocol::messages::fetch_response::PartitionData;
use std::ops::Range;

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

/// The records of one batch that lie in a range; at least one.
#[derive(Debug)]
pub struct FetchedRecords {
    records: Records,
    range: Range<i64>,
}

impl FetchedRecords {
    /// The records in the order of their offsets. An error is the last item.
    pub fn iter(&self) -> impl Iterator<Item = Result<RecordRef<'_>, BatchError>> {
        self.records.iter().filter(|record| match record {
            Ok(record) => self.range.contains(&record.offset),
            Err(_) => true,
        })
    }
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

    /// True if the answer held something.
    pub(super) fn had_bytes(&self) -> bool {
        !self.empty
    }

    /// The next batch, unchecked.
    pub(super) fn next_batch(&mut self) -> Option<Result<StoredBatch, BatchError>> {
        self.batches.next()
    }

    /// Checks the batch that came last and decompresses it, to at most `limit` bytes. None if
    /// readers do not get it, or if none of its records lies in the range.
    pub(super) fn read(
        &mut self,
        batch: &StoredBatch,
        range: Range<i64>,
        limit: usize,
    ) -> Result<Option<FetchedRecords>, BatchError> {
        batch.verify()?;
        if self.aborted.leaves_out(&batch.header) {
            return Ok(None);
        }
        let records = FetchedRecords {
            records: batch.records(limit)?,
            range,
        };
        let first = records.iter().next().transpose()?;
        Ok(first.is_some().then_some(records))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::batch::{
        BatchHeader, BufferPool, Compression, Compressor, Headers, OpenBatch, ProducerStamp, Record,
    };
    use bytes::Bytes;

    const LIMIT: usize = 1 << 20;

    /// A batch of `count` records from `offset` on, as a broker keeps it.
    fn stored(offset: i64, count: usize) -> Vec<u8> {
        let mut open = OpenBatch::new(&BufferPool::new(0), 64);
        for number in 0..count {
            let value = number.to_string();
            let value = Some(value.as_bytes());
            open.push(Record {
                timestamp: 0,
                key: None,
                value,
                headers: Headers::NONE,
            });
        }
        let batch = open
            .finish(&mut Compressor::new(Compression::NONE))
            .unwrap();
        let mut bytes = batch.seal(ProducerStamp::NONE).to_vec();
        bytes.extend_from_slice(batch.body());
        bytes[..8].copy_from_slice(&offset.to_be_bytes());
        bytes
    }

    fn page(records: Vec<u8>) -> Page {
        Page::new(
            PartitionData::default().with_records(Some(Bytes::from(records))),
            100,
        )
    }

    fn offsets(page: &mut Page, range: Range<i64>) -> Result<Vec<i64>, BatchError> {
        let mut offsets = Vec::new();
        while let Some(batch) = page.next_batch() {
            let records = page.read(&batch?, range.clone(), LIMIT)?;
            let read = records.iter().flat_map(FetchedRecords::iter);
            for record in read {
                offsets.push(record?.offset);
            }
        }
        Ok(offsets)
    }

    #[test]
    fn batches_are_cut_to_the_range() {
        let log = [stored(10, 3), stored(13, 3), stored(20, 2)].concat();
        for (range, expected) in [
            (0..100, vec![10, 11, 12, 13, 14, 15, 20, 21]),
            (11..14, vec![11, 12, 13]),
            (15..21, vec![15, 20]),
            (16..20, vec![]),
            (12..12, vec![]),
        ] {
            assert_eq!(
                offsets(&mut page(log.clone()), range.clone()),
                Ok(expected),
                "{range:?}"
            );
        }
    }

    #[test]
    fn a_batch_with_a_wrong_checksum_is_refused() {
        let mut log = stored(0, 1);
        *log.last_mut().unwrap() ^= 1;
        let error = offsets(&mut page(log), 0..9).unwrap_err();
        assert!(
            matches!(error, BatchError::Checksum { offset: 0, .. }),
            "{error}"
        );
    }

    #[test]
    fn a_part_of_a_batch_at_the_end_is_left_alone() {
        let mut log = [stored(0, 2), stored(2, 2)].concat();
        log.truncate(log.len() - 1);
        assert_eq!(offsets(&mut page(log), 0..9), Ok(vec![0, 1]));
    }

    #[test]
    fn an_answer_without_batches_ends_a_range_that_lies_below_the_visible_end() {
        let empty = page(vec![]);
        assert!(empty.shows_nothing_before(100));
        assert!(!empty.shows_nothing_before(101));
        assert!(!page(stored(0, 1)).shows_nothing_before(50));
        assert!(!Page::nothing().shows_nothing_before(0));
    }

    #[test]
    fn a_batch_knows_its_header() {
        let bytes = stored(5, 3);
        assert_eq!(BatchHeader::parse(&bytes).unwrap().last_offset(), 7);
    }
}
