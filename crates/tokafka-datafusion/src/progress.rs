//! Counters that a write shares while it runs.

use std::sync::atomic::{AtomicU64, Ordering};

/// What was acknowledged so far. The counters only grow; at the end of a write they equal its report.
#[derive(Debug, Default)]
pub struct WriteProgress {
    rows: AtomicU64,
    bytes: AtomicU64,
}

impl WriteProgress {
    /// Rows that were acknowledged.
    pub fn rows(&self) -> u64 {
        self.rows.load(Ordering::Relaxed)
    }

    /// Bytes of acknowledged batches, as sent.
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    pub(crate) fn add(&self, rows: u64, bytes: u64) {
        self.rows.fetch_add(rows, Ordering::Relaxed);
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }
}
