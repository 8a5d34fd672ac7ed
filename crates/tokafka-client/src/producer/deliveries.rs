//! What one writer is told of its batches.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::sync::{Notify, mpsc};

use super::{
    DeliveryCause, DeliveryError, DeliveryMeter, DeliveryReport, OffsetRun, PartitionDelivery,
    RunChecksum, Topic, Written, lane::Break,
};
use crate::batch::FinishedBatch;

/// The batches that one writer handed over, and what became of them. Clones share one state.
///
/// Each batch is resolved exactly once: acknowledged, handed over (`acks=0`) or failed. After the
/// first failure, and after [`Self::cancel`], batches that were not sent yet are dropped; those that
/// were sent are still resolved.
#[derive(Debug, Clone)]
pub struct Deliveries {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    meter: DeliveryMeter,
    settled: Notify,
    /// Asks the driver to drop what need not be sent any more.
    sweep: mpsc::Sender<()>,
}

#[derive(Debug, Default)]
struct State {
    outstanding: u64,
    cancelled: bool,
    failure: Option<DeliveryError>,
    partitions: BTreeMap<(Arc<str>, i32), PartitionDelivery>,
    batches: u64,
    settled: u64,
    settled_rows: u64,
    epochs_raised: u64,
    requests: u64,
    retries: u64,
    throttled: Duration,
    limited: Duration,
}

impl State {
    fn delivery(&mut self, topic: &Arc<str>, partition: i32) -> &mut PartitionDelivery {
        self.partitions
            .entry((Arc::clone(topic), partition))
            .or_insert_with(|| PartitionDelivery::new(Arc::clone(topic), partition))
    }
}

impl Deliveries {
    pub(super) fn new(sweep: mpsc::Sender<()>) -> Self {
        let shared = Shared {
            state: Mutex::default(),
            meter: DeliveryMeter::default(),
            settled: Notify::new(),
            sweep,
        };
        Self {
            shared: Arc::new(shared),
        }
    }

    /// The first batch that failed, if one did.
    pub fn failure(&self) -> Option<DeliveryError> {
        self.state().failure.clone()
    }

    /// Waits until every batch is resolved.
    ///
    /// # Errors
    /// The first failure; [`Self::take`] tells what was acknowledged all the same.
    ///
    /// # Cancellation
    /// Dropping the future changes nothing.
    pub async fn settled(&self) -> Result<(), DeliveryError> {
        loop {
            // Made before the look at the state: it hears of what is resolved from now on.
            let resolved = self.shared.settled.notified();
            {
                let state = self.state();
                if state.outstanding == 0 {
                    return state.failure.clone().map_or(Ok(()), Err);
                }
            }
            resolved.await;
        }
    }

    /// True if no batch waits to be resolved.
    pub fn is_settled(&self) -> bool {
        self.state().outstanding == 0
    }

    /// What was resolved since the last call.
    pub fn take(&self) -> DeliveryReport {
        let mut state = self.state();
        DeliveryReport {
            partitions: std::mem::take(&mut state.partitions)
                .into_values()
                .collect(),
            batches: std::mem::take(&mut state.batches),
            settled: std::mem::take(&mut state.settled),
            settled_rows: std::mem::take(&mut state.settled_rows),
            epochs_raised: std::mem::take(&mut state.epochs_raised),
            requests: std::mem::take(&mut state.requests),
            retries: std::mem::take(&mut state.retries),
            throttled: std::mem::take(&mut state.throttled),
            limited: std::mem::take(&mut state.limited),
        }
    }

    /// Live counts of what was acknowledged, whether it was taken or not.
    pub fn meter(&self) -> DeliveryMeter {
        self.shared.meter.clone()
    }

    /// Drops the batches that were not sent yet. Those that were sent are still resolved: wait for
    /// [`Self::settled`] to learn how.
    pub fn cancel(&self) {
        self.state().cancelled = true;
        self.request_sweep();
    }

    /// True if nothing more of this writer needs to be sent.
    pub(super) fn is_stopped(&self) -> bool {
        let state = self.state();
        state.cancelled || state.failure.is_some()
    }

    /// Counts a request that carries batches of this writer, `retried` of them once more.
    pub(super) fn sent(&self, retried: u64) {
        let mut state = self.state();
        state.requests += 1;
        state.retries += retried;
    }

    /// Counts time for which a broker held a connection of this writer back.
    pub(super) fn throttled(&self, pause: Duration) {
        self.state().throttled += pause;
    }

    /// Counts an epoch that batches of this writer made necessary.
    pub(super) fn epoch_raised(&self) {
        self.state().epochs_raised += 1;
    }

    /// Counts time for which a batch of this writer waited for the rate.
    pub(super) fn limited(&self, wait: Duration) {
        if !wait.is_zero() {
            self.state().limited += wait;
        }
    }

    pub(super) fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.shared, &other.shared)
    }

    /// Counts a batch that must be resolved through what is returned.
    pub(super) fn register(&self, topic: &Topic, partition: i32, batch: FinishedBatch) -> Pending {
        self.state().outstanding += 1;
        let topic = Arc::clone(topic.name());
        Pending {
            deliveries: self.clone(),
            topic,
            partition,
            batch,
            open: true,
        }
    }

    /// Counts one batch as resolved.
    fn resolve(&self, mut state: MutexGuard<'_, State>) {
        state.outstanding = state.outstanding.saturating_sub(1);
        if state.outstanding == 0 {
            self.shared.settled.notify_waiters();
        }
    }

    fn request_sweep(&self) {
        // A full queue means that a sweep is due anyway, a closed one that nothing will be sent.
        let _already_due = self.shared.sweep.try_send(());
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.shared
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// A batch that waits to be resolved. Dropped without that, it counts as possibly written, so that
/// nobody waits for ever for a producer that is gone.
#[derive(Debug)]
pub(super) struct Pending {
    deliveries: Deliveries,
    topic: Arc<str>,
    partition: i32,
    batch: FinishedBatch,
    open: bool,
}

impl Pending {
    pub(super) fn batch(&self) -> &FinishedBatch {
        &self.batch
    }

    pub(super) fn deliveries(&self) -> &Deliveries {
        &self.deliveries
    }

    pub(super) fn acknowledge(mut self, base_offset: i64) {
        self.open = false;
        let rows = u64::from(self.batch.record_count());
        let last = base_offset.saturating_add_unsigned(rows.saturating_sub(1));
        let mut state = self.deliveries.state();
        let delivery = state.delivery(&self.topic, self.partition);
        let run = OffsetRun {
            first: base_offset,
            last,
        };
        delivery.add_run(run);
        delivery.add_checksum(RunChecksum {
            run,
            records: self.batch.checksum(),
        });
        delivery.rows += rows;
        delivery.bytes += self.batch.wire_len() as u64;
        state.batches += 1;
        self.count_delivered();
        self.deliveries.resolve(state);
    }

    /// Resolves a batch that was found in the log.
    pub(super) fn settle(self, base_offset: i64) {
        let mut state = self.deliveries.state();
        state.settled += 1;
        state.settled_rows += u64::from(self.batch.record_count());
        drop(state);
        self.acknowledge(base_offset);
    }

    /// Resolves a batch that no answer was asked for.
    pub(super) fn hand_over(mut self) {
        self.open = false;
        let mut state = self.deliveries.state();
        let delivery = state.delivery(&self.topic, self.partition);
        delivery.unacknowledged_rows += u64::from(self.batch.record_count());
        delivery.bytes += self.batch.wire_len() as u64;
        state.batches += 1;
        self.count_delivered();
        self.deliveries.resolve(state);
    }

    pub(super) fn fail(mut self, cause: DeliveryCause, written: Written) {
        self.open = false;
        self.record_failure(cause, written);
    }

    /// Replaces this batch by its halves, each of which must be resolved.
    pub(super) fn halve(mut self, first: FinishedBatch, second: FinishedBatch) -> (Self, Self) {
        self.deliveries.state().outstanding += 1;
        let twin = Self {
            deliveries: self.deliveries.clone(),
            topic: Arc::clone(&self.topic),
            partition: self.partition,
            batch: second,
            open: true,
        };
        self.batch = first;
        (self, twin)
    }

    /// Counts the rows as delivered.
    fn count_delivered(&self) {
        let rows = u64::from(self.batch.record_count());
        self.deliveries
            .shared
            .meter
            .add(rows, self.batch.wire_len() as u64);
    }

    fn record_failure(&self, mut cause: DeliveryCause, written: Written) {
        cause.find_in(&self.batch);
        let rows = u64::from(self.batch.record_count());
        let mut state = self.deliveries.state();
        let delivery = state.delivery(&self.topic, self.partition);
        match written {
            Written::No => delivery.not_written_rows += rows,
            Written::Maybe => delivery.may_be_written_rows += rows,
        }
        // A batch that was dropped because another one failed is a consequence, not the cause.
        if cause != DeliveryCause::Cancelled || state.cancelled {
            let (topic, partition) = (Arc::clone(&self.topic), self.partition);
            state.failure.get_or_insert(DeliveryError {
                topic,
                partition,
                cause,
                written,
            });
        }
        self.deliveries.resolve(state);
        self.deliveries.request_sweep();
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        if self.open {
            self.record_failure(DeliveryCause::Unsettled(Break::Ended), Written::Maybe);
        }
    }
}
