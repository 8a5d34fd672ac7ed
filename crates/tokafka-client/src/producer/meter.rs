//! Live counts of what was delivered.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

/// What one writer has delivered since it began. Clones share the counts, which only grow.
#[derive(Debug, Clone, Default)]
pub struct DeliveryMeter {
    counts: Arc<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    rows: AtomicU64,
    bytes: AtomicU64,
}

impl DeliveryMeter {
    /// Rows that were acknowledged, or handed to a socket with `acks=0`.
    pub fn rows(&self) -> u64 {
        self.counts.rows.load(Ordering::Relaxed)
    }

    /// Bytes of the batches that hold these rows, as sent.
    pub fn bytes(&self) -> u64 {
        self.counts.bytes.load(Ordering::Relaxed)
    }

    pub(super) fn add(&self, rows: u64, bytes: u64) {
        self.counts.rows.fetch_add(rows, Ordering::Relaxed);
        self.counts.bytes.fetch_add(bytes, Ordering::Relaxed);
    }
}
