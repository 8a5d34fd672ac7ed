//! What a client is to do.

use std::{
    ops::Range,
    path::Path,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use tokafka_client::producer::DeliveryMeter;

use crate::setup::Setup;

/// What all clients of a write do. Clones share.
#[derive(Clone, Debug)]
pub(crate) struct Job {
    pub(crate) servers: Arc<str>,
    /// The folder of Kafka's jars.
    pub(crate) kafka_libs: Arc<Path>,
    pub(crate) topic: Arc<str>,
    pub(crate) partitions: usize,
    pub(crate) batch_size: usize,
    enough: Arc<AtomicBool>,
    progress: Arc<Progress>,
}

/// How many rows a client writes: at least the start, and then until it is enough, up to the end.
pub(crate) type Quota = Range<u64>;

#[derive(Debug, Default)]
struct Progress {
    counted: AtomicU64,
    meters: Mutex<Vec<DeliveryMeter>>,
}

impl Job {
    pub(crate) fn new(setup: &Setup, topic: &str, batch_size: usize) -> Self {
        Self {
            servers: setup.bootstrap_server.as_str().into(),
            kafka_libs: setup.kafka_libs.as_path().into(),
            topic: topic.into(),
            partitions: setup.partitions as usize,
            batch_size,
            enough: Arc::default(),
            progress: Arc::default(),
        }
    }

    /// Says that no more is to happen during this write.
    pub(crate) fn set_enough(&self) {
        self.enough.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_enough(&self) -> bool {
        self.enough.load(Ordering::Relaxed)
    }

    /// True if a client that has written `rows` goes on.
    pub(crate) fn wants_more(&self, rows: u64, quota: &Quota) -> bool {
        rows < quota.start || (rows < quota.end && !self.is_enough())
    }

    /// Counts rows as acknowledged.
    pub(crate) fn acknowledged(&self, rows: u64) {
        self.progress.counted.fetch_add(rows, Ordering::Relaxed);
    }

    /// Counts rows as they are acknowledged.
    pub(crate) fn follow(&self, meter: DeliveryMeter) {
        let mut meters = self.progress.meters.lock();
        meters
            .as_mut()
            .unwrap_or_else(|poisoned| poisoned.get_mut())
            .push(meter);
    }

    /// Rows that were acknowledged so far.
    pub(crate) fn rows(&self) -> u64 {
        let meters = self.progress.meters.lock();
        let meters = meters.unwrap_or_else(PoisonError::into_inner);
        let metered: u64 = meters.iter().map(DeliveryMeter::rows).sum();
        metered + self.progress.counted.load(Ordering::Relaxed)
    }
}
