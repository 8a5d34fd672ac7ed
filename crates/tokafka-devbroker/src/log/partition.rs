//! One partition: its batches in offset order.

use std::collections::VecDeque;

use bytes::{Bytes, BytesMut};

use super::{
    batch::placed,
    producers::{Memory, Producers},
    stored::{StoredRecord, decode_batch},
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
#[derive(Debug)]
pub(crate) struct Partition {
    leader: i32,
    leader_epoch: i32,
    start_offset: i64,
    end_offset: i64,
    batches: VecDeque<StoredBatch>,
    producers: Producers,
}

impl Partition {
    /// An empty log that this node leads.
    pub(crate) fn led_by(leader: i32) -> Self {
        Self {
            leader,
            leader_epoch: 0,
            start_offset: 0,
            end_offset: 0,
            batches: VecDeque::new(),
            producers: Producers::default(),
        }
    }

    /// The node that leads it.
    pub(crate) fn leader(&self) -> i32 {
        self.leader
    }

    /// How often it had another leader before.
    pub(crate) fn leader_epoch(&self) -> i32 {
        self.leader_epoch
    }

    /// Gives it to another node.
    pub(crate) fn move_to(&mut self, leader: i32) {
        self.leader = leader;
        self.leader_epoch += 1;
    }

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
            bytes: placed(&batch.bytes, base_offset, self.leader_epoch),
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

    pub(crate) fn forget_producers(&mut self, memory: Memory) {
        self.producers.forget(memory);
    }

    /// Loses the batches from the one that holds `offset` on; the bytes that they held. What is known
    /// of producers is what the rest tells.
    pub(crate) fn truncate(&mut self, offset: i64) -> usize {
        let kept = self
            .batches
            .partition_point(|batch| batch.last_offset < offset);
        let lost = self.batches.split_off(kept);
        let last = self.batches.back().map(|batch| batch.last_offset + 1);
        self.end_offset = last.unwrap_or(self.start_offset).min(self.end_offset);
        self.producers.forget_from(self.end_offset);
        lost.iter().map(|batch| batch.bytes.len()).sum()
    }
}

fn found(record: StoredRecord) -> Found {
    Found {
        offset: record.offset,
        timestamp: record.timestamp,
    }
}
