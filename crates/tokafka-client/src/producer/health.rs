//! Whether a producer can still write to every partition.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

/// Set by the driver, read by those who hold the producer. Clones share.
#[derive(Debug, Clone, Default)]
pub(super) struct Health {
    failed: Arc<AtomicBool>,
}

impl Health {
    /// A partition will take nothing more of this producer.
    pub(super) fn fail(&self) {
        self.failed.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_good(&self) -> bool {
        !self.failed.load(Ordering::Relaxed)
    }
}
