//! What the open batches of one writer may hold: the writers of a write divide it evenly.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use tokafka_client::settings::ProducerSettings;

/// The part of `buffer.memory` that all open batches together may hold, beside what it counts.
const PART: usize = 4;

/// Divides what open batches may hold among the writers that are there. A writer that waits for its
/// input keeps its share, so it takes nothing from the others.
#[derive(Debug)]
pub(crate) struct OpenShares(Arc<Shared>);

/// The share of one writer, until it is dropped.
#[derive(Debug)]
pub(crate) struct OpenShare(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    total: usize,
    writers: AtomicUsize,
}

impl OpenShares {
    /// What the settings of a producer say.
    pub(crate) fn of(settings: &ProducerSettings) -> Self {
        Self::dividing(open_bytes(settings))
    }

    /// The share of one more writer; those of the others become smaller.
    pub(crate) fn join(&self) -> OpenShare {
        self.0.writers.fetch_add(1, Ordering::Relaxed);
        OpenShare(Arc::clone(&self.0))
    }

    fn dividing(total: usize) -> Self {
        let writers = AtomicUsize::new(0);
        Self(Arc::new(Shared { total, writers }))
    }
}

impl OpenShare {
    /// Bytes of records that this writer may leave in open batches now. It changes as others come and
    /// go: to be asked for again before more rows are encoded.
    pub(crate) fn bytes(&self) -> usize {
        self.0.total / self.0.writers.load(Ordering::Relaxed).max(1)
    }
}

impl Drop for OpenShare {
    fn drop(&mut self) {
        self.0.writers.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Bytes of records in open batches, over all writers of a producer.
pub(crate) fn open_bytes(settings: &ProducerSettings) -> usize {
    settings.buffer_memory / PART
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writers_divide_what_open_batches_may_hold_and_leave_it_to_the_others() {
        let shares = OpenShares::dividing(1_000);
        let first = shares.join();
        assert_eq!(first.bytes(), 1_000);
        let others: Vec<_> = (0..3).map(|_| shares.join()).collect();
        assert_eq!(first.bytes(), 250);
        drop(others);
        assert_eq!(first.bytes(), 1_000);
    }
}
