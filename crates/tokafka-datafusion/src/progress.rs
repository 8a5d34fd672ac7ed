//! Counters that a write shares while it runs.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokafka_client::producer::DeliveryMeter;

/// What was acknowledged so far, at the moment of asking. The counts only grow; at the end of a
/// write they equal its report.
#[derive(Debug, Default)]
pub struct WriteProgress {
    meters: Mutex<Vec<DeliveryMeter>>,
}

impl WriteProgress {
    /// Rows that were acknowledged; with `acks=0`, rows that were handed to a socket.
    pub fn rows(&self) -> u64 {
        self.meters().iter().map(DeliveryMeter::rows).sum()
    }

    /// Bytes of the batches that hold these rows, as sent.
    pub fn bytes(&self) -> u64 {
        self.meters().iter().map(DeliveryMeter::bytes).sum()
    }

    /// Counts what one more writer delivers.
    pub(crate) fn watch(&self, meter: DeliveryMeter) {
        self.meters().push(meter);
    }

    fn meters(&self) -> MutexGuard<'_, Vec<DeliveryMeter>> {
        self.meters.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
