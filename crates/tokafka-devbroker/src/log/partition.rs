//! One partition: its batches in offset order, and who leads it.

use std::collections::VecDeque;

use bytes::{Bytes, BytesMut};

use super::{
    batch::{placed, with_log_append_time},
    producers::Producers,
    raw::RawBatch,
    stored::{StoredRecord, decode_batch},
    transactions::{Aborted, Transactions},
    validate::CheckedBatch,
};
use crate::refusal::Refusal;

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
    New {
        base_offset: i64,
        bytes: usize,
        /// -1 if the topic keeps the time of creation.
        log_append_time: i64,
    },
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

/// Who leads a partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Leader {
    pub(crate) node: i32,
    pub(crate) epoch: i32,
}

impl Leader {
    /// The next leader, of a higher epoch.
    pub(crate) fn followed_by(self, node: i32) -> Self {
        Self {
            node,
            epoch: self.epoch + 1,
        }
    }
}

#[derive(Debug)]
struct StoredBatch {
    last_offset: i64,
    max_timestamp: i64,
    bytes: Bytes,
}

/// The log of a partition. Everything appended can be read at once: the high watermark is the end.
#[derive(Debug)]
pub(crate) struct Partition {
    pub(crate) leader: Leader,
    start_offset: i64,
    end_offset: i64,
    batches: VecDeque<StoredBatch>,
    producers: Producers,
    transactions: Transactions,
}

impl Partition {
    /// An empty log, led by a node at epoch 0.
    pub(crate) fn led_by(node: i32) -> Self {
        Self {
            leader: Leader { node, epoch: 0 },
            start_offset: 0,
            end_offset: 0,
            batches: VecDeque::new(),
            producers: Producers::default(),
            transactions: Transactions::default(),
        }
    }

    /// The first offset that can be read.
    pub(crate) fn start_offset(&self) -> i64 {
        self.start_offset
    }

    /// The offset of the next record.
    pub(crate) fn end_offset(&self) -> i64 {
        self.end_offset
    }

    /// Where the oldest transaction begins that is still open, or else the end.
    pub(crate) fn last_stable_offset(&self) -> i64 {
        self.transactions.first_open().unwrap_or(self.end_offset)
    }

    /// Transactions aborted since `offset`.
    pub(crate) fn aborted_since(&self, offset: i64) -> impl Iterator<Item = Aborted> {
        self.transactions.aborted_since(offset)
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
        let (bytes, max_timestamp) = match batch.log_append_time {
            Some(now) => (with_log_append_time(&batch.bytes, now), now),
            None => (batch.bytes.clone(), batch.max_timestamp),
        };
        self.producers.remember(header, base_offset, max_timestamp);
        self.push(StoredBatch {
            last_offset: base_offset + i64::from(header.record_count) - 1,
            max_timestamp,
            bytes: placed(&bytes, base_offset, self.leader.epoch),
        });
        Ok(Appended::New {
            base_offset,
            bytes: batch.bytes.len(),
            log_append_time: batch.log_append_time.unwrap_or(-1),
        })
    }

    /// Appends a batch as it is, at its own offset.
    pub(crate) fn append_raw(&mut self, batch: &RawBatch) {
        if let Some(header) = &batch.header {
            self.transactions.follow(header, &batch.bytes);
            if !header.is_control() {
                self.producers
                    .remember(header, batch.base_offset, header.max_timestamp);
            }
        }
        self.push(StoredBatch {
            last_offset: batch.last_offset,
            max_timestamp: batch
                .header
                .as_ref()
                .map_or(-1, |header| header.max_timestamp),
            bytes: batch.bytes.clone(),
        });
    }

    fn push(&mut self, batch: StoredBatch) {
        self.end_offset = batch.last_offset + 1;
        self.batches.push_back(batch);
    }

    /// Whole batches from the one that holds `offset` on, as far as they end before `until`.
    pub(crate) fn read(&self, offset: i64, until: i64, limit: ReadLimit) -> Bytes {
        let first = self
            .batches
            .partition_point(|batch| batch.last_offset < offset);
        let (max_bytes, mut forced) = match limit {
            ReadLimit::AtMost(max) => (max, false),
            ReadLimit::OneBatchOr(max) => (max, true),
        };
        let mut read = BytesMut::new();
        let readable = |batch: &&StoredBatch| batch.last_offset < until;
        for batch in self.batches.iter().skip(first).take_while(readable) {
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

    /// Drops the newest batch; the bytes that it held.
    fn drop_newest(&mut self) -> usize {
        let Some(batch) = self.batches.pop_back() else {
            return 0;
        };
        let newest = self.batches.back();
        self.end_offset = newest.map_or(self.start_offset, |batch| batch.last_offset + 1);
        batch.bytes.len()
    }

    /// Drops the newest batches, and what was known of them, until the log ends at `end` or before;
    /// the bytes of each.
    pub(crate) fn truncate(&mut self, end: i64) -> Vec<usize> {
        let mut dropped = Vec::new();
        while self.end_offset > end && !self.batches.is_empty() {
            dropped.push(self.drop_newest());
        }
        if self.batches.is_empty() {
            self.end_offset = self.end_offset.min(end);
            self.start_offset = self.end_offset;
        }
        self.producers.truncate(self.end_offset);
        self.transactions = Transactions::of(self.batches());
        dropped
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

    pub(crate) fn producers_mut(&mut self) -> &mut Producers {
        &mut self.producers
    }
}

fn found(record: StoredRecord) -> Found {
    Found {
        offset: record.offset,
        timestamp: record.timestamp,
    }
}
