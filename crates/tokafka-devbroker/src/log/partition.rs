//! One partition: its batches in offset order.

use std::collections::VecDeque;

use bytes::{Bytes, BytesMut};

use super::{
    batch::placed,
    producers::Producers,
    stored::{StoredRecord, decode_batch},
    validate::CheckedBatch,
};
use crate::refusal::Refusal;

/// The one leader epoch there is.
pub(crate) const LEADER_EPOCH: i32 = 0;

/// How much to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ReadLimit {
    /// Whole batches up to so many bytes.
    AtMost(usize),
    /// The same, but one batch at least.
    OneBatchOr(usize),
}

/// Where a batch lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Appended {
    /// Appended now, at this base offset; the log has grown by so many bytes.
    New { base_offset: i64, bytes: usize },
    /// It lies there since an earlier request.
    Duplicate {
        base_offset: i64,
        max_timestamp: i64,
    },
}

/// A record found by its timestamp.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) offset: i64,
    pub(crate) timestamp: i64,
}

#[derive(Debug)]
struct StoredBatch {
    last_offset: i64,
    max_timestamp: i64,
    bytes: Bytes,
}

/// The log of a partition. Everything appended can be read at once: the high watermark is the end.
#[derive(Debug, Default)]
pub(crate) struct Partition {
    start_offset: i64,
    end_offset: i64,
    batches: VecDeque<StoredBatch>,
    producers: Producers,
}

impl Partition {
    /// The first offset that can be read.
    pub(crate) fn start_offset(&self) -> i64 {
        self.start_offset
    }

    /// The offset of the next record.
    pub(crate) fn end_offset(&self) -> i64 {
        self.end_offset
    }

    /// Appends a batch unless its producer's sequences forbid it or it is there already.
    pub(crate) fn append(&mut self, batch: &CheckedBatch) -> Result<Appended, Refusal> {
        let header = &batch.header;
        if let Some(written) = self.producers.check(header)? {
            let (base_offset, max_timestamp) = (written.base_offset, written.max_timestamp);
            return Ok(Appended::Duplicate {
                base_offset,
                max_timestamp,
            });
        }
        let base_offset = self.end_offset;
        self.producers
            .remember(header, base_offset, batch.max_timestamp);
        self.end_offset += i64::from(header.record_count);
        self.batches.push_back(StoredBatch {
            last_offset: self.end_offset - 1,
            max_timestamp: batch.max_timestamp,
            bytes: placed(&batch.bytes, base_offset, LEADER_EPOCH),
        });
        Ok(Appended::New {
            base_offset,
            bytes: batch.bytes.len(),
        })
    }

    /// Whole batches from the one that holds `offset` on.
    pub(crate) fn read(&self, offset: i64, limit: ReadLimit) -> Bytes {
        let first = self
            .batches
            .partition_point(|batch| batch.last_offset < offset);
        let (max_bytes, mut forced) = match limit {
            ReadLimit::AtMost(max) => (max, false),
            ReadLimit::OneBatchOr(max) => (max, true),
        };
        let mut read = BytesMut::new();
        for batch in self.batches.iter().skip(first) {
            if read.len() + batch.bytes.len() > max_bytes && !std::mem::take(&mut forced) {
                break;
            }
            forced = false;
            read.extend_from_slice(&batch.bytes);
        }
        read.freeze()
    }

    /// Drops the oldest batch; the bytes that it held.
    pub(crate) fn drop_oldest(&mut self) -> usize {
        let Some(batch) = self.batches.pop_front() else {
            return 0;
        };
        self.start_offset = batch.last_offset + 1;
        batch.bytes.len()
    }

    /// The first record at or after a time, in milliseconds since 1970.
    pub(crate) fn first_since(&self, timestamp: i64) -> Option<Found> {
        let candidates = self
            .batches
            .iter()
            .filter(|batch| batch.max_timestamp >= timestamp);
        candidates
            .flat_map(|batch| decode_batch(&batch.bytes))
            .find(|record| record.timestamp >= timestamp)
            .map(found)
    }

    /// The first record that has the largest timestamp.
    pub(crate) fn newest(&self) -> Option<Found> {
        let max = self.batches.iter().map(|batch| batch.max_timestamp).max()?;
        self.first_since(max)
    }

    pub(crate) fn batches(&self) -> impl Iterator<Item = &Bytes> {
        self.batches.iter().map(|batch| &batch.bytes)
    }

    pub(crate) fn bytes(&self) -> usize {
        self.batches().map(Bytes::len).sum()
    }

    pub(crate) fn forget_producers(&mut self) {
        self.producers.forget();
    }
}

fn found(record: StoredRecord) -> Found {
    Found {
        offset: record.offset,
        timestamp: record.timestamp,
    }
}
