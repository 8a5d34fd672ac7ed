//! Sequences and epochs of idempotent producers on one partition (`ProducerStateManager` and
//! `ProducerAppendInfo` of Kafka; KIP-98, KIP-360).

use std::collections::{HashMap, VecDeque};

use kafka_protocol::ResponseError;

use super::batch::{BatchHeader, sequence_after};
use crate::refusal::Refusal;

/// Batches remembered per producer (`ProducerStateEntry.NUM_BATCHES_TO_RETAIN`).
const REMEMBERED_BATCHES: usize = 5;

/// A batch that was appended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Written {
    pub(crate) base_offset: i64,
    pub(crate) max_timestamp: i64,
    first_sequence: i32,
    last_sequence: i32,
}

#[derive(Debug)]
struct ProducerState {
    epoch: i16,
    /// Oldest first; never empty.
    batches: VecDeque<Written>,
}

/// The producers that wrote to a partition.
#[derive(Debug, Default)]
pub(crate) struct Producers(HashMap<i64, ProducerState>);

impl Producers {
    /// Decides about a batch: `Ok(None)` if it may be appended, `Ok(Some(_))` if it is already in
    /// the log.
    ///
    /// A producer that is not known may begin with any sequence and epoch.
    pub(crate) fn check(&self, batch: &BatchHeader) -> Result<Option<Written>, Refusal> {
        if !batch.has_producer() {
            return Ok(None);
        }
        let Some(state) = self.0.get(&batch.producer_id) else {
            return Ok(None);
        };
        if let Some(written) = state.find(batch) {
            return Ok(Some(written));
        }
        state.check_epoch(batch)?;
        state.check_sequence(batch)?;
        Ok(None)
    }

    /// Remembers a batch that was appended at `base_offset`.
    pub(crate) fn remember(&mut self, batch: &BatchHeader, base_offset: i64, max_timestamp: i64) {
        if !batch.has_producer() {
            return;
        }
        let fresh = || ProducerState {
            epoch: batch.producer_epoch,
            batches: VecDeque::new(),
        };
        let state = self.0.entry(batch.producer_id).or_insert_with(fresh);
        if state.epoch != batch.producer_epoch {
            *state = fresh();
        }
        if state.batches.len() == REMEMBERED_BATCHES {
            state.batches.pop_front();
        }
        state.batches.push_back(Written {
            base_offset,
            max_timestamp,
            first_sequence: batch.base_sequence,
            last_sequence: batch.last_sequence(),
        });
    }

    pub(crate) fn forget(&mut self) {
        self.0.clear();
    }

    /// Forgets all but the last batch of each producer, as a broker does that reads them back from
    /// its snapshot when it starts.
    pub(crate) fn keep_last_batches(&mut self) {
        for state in self.0.values_mut() {
            state.batches.drain(..state.batches.len().saturating_sub(1));
        }
    }

    /// Forgets batches that lie at or after `end`.
    pub(crate) fn truncate(&mut self, end: i64) {
        for state in self.0.values_mut() {
            state.batches.retain(|written| written.base_offset < end);
        }
        self.0.retain(|_, state| !state.batches.is_empty());
    }
}

impl ProducerState {
    fn find(&self, batch: &BatchHeader) -> Option<Written> {
        let range = (batch.base_sequence, batch.last_sequence());
        let same = |written: &&Written| (written.first_sequence, written.last_sequence) == range;
        self.batches
            .iter()
            .find(same)
            .filter(|_| self.epoch == batch.producer_epoch)
            .copied()
    }

    fn check_epoch(&self, batch: &BatchHeader) -> Result<(), Refusal> {
        if batch.producer_epoch >= self.epoch {
            return Ok(());
        }
        let message = format!(
            "Epoch of producer {} is {}, which is smaller than the last seen epoch {}",
            batch.producer_id, batch.producer_epoch, self.epoch
        );
        Err(Refusal::new(ResponseError::InvalidProducerEpoch, message))
    }

    fn check_sequence(&self, batch: &BatchHeader) -> Result<(), Refusal> {
        let last = self.batches.back().map(|written| written.last_sequence);
        let expected = match last {
            Some(last) if batch.producer_epoch == self.epoch => sequence_after(last, 1),
            Some(_) | None => 0,
        };
        if batch.base_sequence == expected {
            return Ok(());
        }
        let message = format!(
            "Out of order sequence number for producer {} at epoch {}: {} (incoming seq. number), \
             {expected} (expected)",
            batch.producer_id, batch.producer_epoch, batch.base_sequence
        );
        Err(Refusal::new(
            ResponseError::OutOfOrderSequenceNumber,
            message,
        ))
    }
}
