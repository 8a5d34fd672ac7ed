//! Which transactions of a log are open and which were aborted (`ProducerStateManager` and
//! `TransactionIndex` of Kafka).

use std::collections::BTreeMap;

use bytes::{Buf, Bytes};

use super::{batch::BatchHeader, raw::RawBatch, stored::records_of};

/// `ControlRecordType.ABORT` of Kafka.
const ABORT: i16 = 0;
/// `ControlRecordType.COMMIT` of Kafka.
const COMMIT: i16 = 1;

/// An aborted transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Aborted {
    pub(crate) producer_id: i64,
    pub(crate) first_offset: i64,
    /// Where its marker lies.
    last_offset: i64,
}

/// The transactions of a log.
#[derive(Debug, Default)]
pub(crate) struct Transactions {
    /// Producer id to first offset.
    open: BTreeMap<i64, i64>,
    aborted: Vec<Aborted>,
}

impl Transactions {
    /// Those of these batches.
    pub(crate) fn of<'a>(batches: impl Iterator<Item = &'a Bytes>) -> Self {
        let mut transactions = Self::default();
        for bytes in batches {
            if let Some(header) = RawBatch::parse(bytes).and_then(|batch| batch.header) {
                transactions.follow(&header, bytes);
            }
        }
        transactions
    }

    /// Notes a batch that was appended.
    pub(crate) fn follow(&mut self, batch: &BatchHeader, bytes: &Bytes) {
        if !batch.is_transactional() {
            return;
        }
        if !batch.is_control() {
            self.open
                .entry(batch.producer_id)
                .or_insert(batch.base_offset);
            return;
        }
        let marker = marker_of(bytes);
        if !matches!(marker, Some(ABORT | COMMIT)) {
            return;
        }
        let Some(first_offset) = self.open.remove(&batch.producer_id) else {
            return;
        };
        if marker == Some(ABORT) {
            self.aborted.push(Aborted {
                producer_id: batch.producer_id,
                first_offset,
                last_offset: batch.base_offset,
            });
        }
    }

    pub(crate) fn first_open(&self) -> Option<i64> {
        self.open.values().min().copied()
    }

    pub(crate) fn aborted_since(&self, offset: i64) -> impl Iterator<Item = Aborted> {
        let since = move |aborted: &Aborted| aborted.last_offset >= offset;
        self.aborted.iter().copied().filter(since)
    }
}

/// The type of a control batch: the second number of its record's key.
fn marker_of(batch: &Bytes) -> Option<i16> {
    let mut key = records_of(batch).into_iter().next()?.key?;
    let _version = key.try_get_i16().ok()?;
    key.try_get_i16().ok()
}
