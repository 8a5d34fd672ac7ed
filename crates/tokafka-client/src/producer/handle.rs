//! The producer as its users hold it.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{sync::mpsc, task::JoinHandle, time::Instant};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{
    Deliveries, ProducerError, SendError,
    budget::ByteBudget,
    driver::{Driver, Signals},
    health::Health,
    identity,
    rate::RateLimit,
    request::TopicKey,
    routes::{Command, Parcel},
    unsent::Unsent,
};
use crate::{
    batch::{BufferPool, FinishedBatch},
    cluster::{AutoCreate, Cluster},
    error::TopicError,
    settings::ProducerSettings,
};

/// Commands that may wait for the driver. The byte budget is what bounds memory.
const QUEUED_COMMANDS: usize = 256;

/// Writes finished batches to Kafka. Clones share connections, lanes and the byte budget.
///
/// When the last clone is dropped, batches that were handed over are still delivered in the
/// background; [`Self::close`] waits for them.
#[derive(Debug, Clone)]
pub struct Producer {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    settings: ProducerSettings,
    cluster: Cluster,
    rate: RateLimit,
    budget: ByteBudget,
    unsent: Unsent,
    buffers: BufferPool,
    commands: mpsc::Sender<Command>,
    sweep: mpsc::Sender<()>,
    drain: CancellationToken,
    end: CancellationToken,
    health: Health,
    driver: Mutex<Option<JoinHandle<()>>>,
    /// The largest batch that the brokers are known to accept, for each topic.
    batch_limits: Mutex<HashMap<TopicKey, Arc<AtomicUsize>>>,
}

/// A topic as it was when a write opened: the number of partitions is fixed, so that keys do not move.
#[derive(Debug, Clone)]
pub struct Topic {
    shared: Arc<TopicShared>,
}

#[derive(Debug)]
struct TopicShared {
    key: TopicKey,
    partition_count: u32,
    /// Shared by all who opened the topic with this producer.
    batch_limit: Arc<AtomicUsize>,
}

impl Producer {
    /// Connects to a cluster and, if idempotent, gets a producer id.
    ///
    /// # Errors
    /// No broker was reached within `max.block.ms`, or none gave a producer id.
    pub async fn connect(settings: ProducerSettings) -> Result<Self, ProducerError> {
        let cluster = Cluster::connect(settings.client.clone()).await?;
        let identity = identity::obtain(&cluster, &settings).await?;
        let (commands, queue) = mpsc::channel(QUEUED_COMMANDS);
        let (sweep, sweeps) = mpsc::channel(1);
        let (drain, end) = (CancellationToken::new(), CancellationToken::new());
        let signals = Signals {
            sweeps,
            drain: drain.clone(),
            end: end.clone(),
        };
        let buffers = BufferPool::new(settings.buffer_memory / 2);
        let driver = Driver::new(cluster.clone(), &settings, identity, buffers.clone());
        let health = driver.health.clone();
        let driver = tokio::spawn(driver.run(queue, signals));
        let rate = RateLimit::new(settings.max_bytes_per_second);
        let budget = ByteBudget::new(settings.buffer_memory, settings.client.max_block);
        let shared = Shared {
            settings,
            cluster,
            rate,
            budget,
            unsent: Unsent::new(),
            buffers,
            commands,
            sweep,
            drain,
            end,
            health,
            driver: Mutex::new(Some(driver)),
            batch_limits: Mutex::default(),
        };
        Ok(Self {
            shared: Arc::new(shared),
        })
    }

    /// The settings it was connected with.
    pub fn settings(&self) -> &ProducerSettings {
        &self.shared.settings
    }

    /// The cluster it writes to.
    pub fn cluster(&self) -> &Cluster {
        &self.shared.cluster
    }

    /// Free buffers for batches that are to be sent by this producer.
    pub fn buffers(&self) -> &BufferPool {
        &self.shared.buffers
    }

    /// True if it can still write to every partition: it was not closed, the runtime that connected it
    /// is still there, and no partition refuses it for good (it was fenced, its epochs are used up, or
    /// the topic was made again).
    pub fn is_usable(&self) -> bool {
        let Shared {
            health,
            commands,
            drain,
            end,
            ..
        } = &*self.shared;
        health.is_good() && !commands.is_closed() && !drain.is_cancelled() && !end.is_cancelled()
    }

    /// Opens a topic for writing. The cluster may create it, if it is set up to.
    ///
    /// # Errors
    /// The topic does not exist, is not allowed, or has no leader within `max.block.ms`.
    pub async fn topic(&self, name: &str) -> Result<Topic, TopicError> {
        let view = self.shared.cluster.topic(name, AutoCreate::Allowed).await?;
        let partition_count = u32::try_from(view.partitions.len()).unwrap_or(u32::MAX);
        let key = TopicKey {
            name: Arc::clone(&view.name),
            id: view.id,
        };
        let batch_limit = self.shared.batch_limit(&key);
        let shared = TopicShared {
            key,
            partition_count,
            batch_limit,
        };
        Ok(Topic {
            shared: Arc::new(shared),
        })
    }

    /// An account for the batches of one writer.
    pub fn deliveries(&self) -> Deliveries {
        Deliveries::new(self.shared.sweep.clone())
    }

    /// Hands over a batch. Batches of one partition are written in the order in which they are handed
    /// over. Waits while the byte budget is full, and for `tokafka.max.bytes.per.second`, which no
    /// time-out counts.
    ///
    /// What becomes of the batch is told by `deliveries`. `delivery.timeout.ms` starts now.
    ///
    /// # Errors
    /// The batch was not taken, and nothing of it will be written.
    ///
    /// # Cancellation
    /// A dropped future means that the batch was not taken.
    pub async fn send(
        &self,
        topic: &Topic,
        partition: u32,
        batch: FinishedBatch,
        deliveries: &Deliveries,
    ) -> Result<(), SendError> {
        let partition = topic.checked(partition)?;
        deliveries.limited(self.shared.rate.pass(batch.wire_len()).await);
        let reservation = self.shared.budget.reserve(batch.wire_len()).await?;
        let place = self.shared.unsent.enter(batch.wire_len()).await;
        let room = self
            .shared
            .commands
            .reserve()
            .await
            .map_err(|_closed| SendError::Closed)?;
        if let Some(failure) = deliveries.failure() {
            return Err(failure.into());
        }
        let deadline = Instant::now() + self.shared.settings.delivery_timeout;
        let pending = deliveries.register(topic, partition, batch);
        let parcel = Parcel::new(pending, deadline, reservation, place);
        room.send(Command {
            topic: topic.clone(),
            partition,
            parcel,
        });
        Ok(())
    }

    /// Takes nothing more and gives up the rest without waiting: what was sent without an answer counts
    /// as possibly written. Connections close with the last clone.
    pub fn abort(&self) {
        self.shared.budget.close();
        self.shared.end.cancel();
    }

    /// Takes nothing more, waits up to `grace` for what was handed over, then gives up the rest: what
    /// was sent without an answer counts as possibly written.
    pub async fn close(self, grace: Duration) {
        self.shared.budget.close();
        self.shared.drain.cancel();
        let driver = lock(&self.shared.driver).take();
        if let Some(mut driver) = driver {
            if tokio::time::timeout(grace, &mut driver).await.is_err() {
                self.shared.end.cancel();
                // The driver only reports what is left; a panic in it was reported when it happened.
                let _ended = driver.await;
            }
            self.shared.cluster.shutdown().await;
        }
    }
}

impl Shared {
    fn batch_limit(&self, topic: &TopicKey) -> Arc<AtomicUsize> {
        let mut limits = lock(&self.batch_limits);
        let unknown = || Arc::new(AtomicUsize::new(self.settings.max_request_size));
        Arc::clone(limits.entry(topic.clone()).or_insert_with(unknown))
    }
}

impl Topic {
    /// Its name.
    pub fn name(&self) -> &Arc<str> {
        &self.shared.key.name
    }

    /// Its id; nil on brokers before Kafka 2.8.
    pub fn id(&self) -> Uuid {
        self.shared.key.id
    }

    /// The number of partitions when it was opened.
    pub fn partition_count(&self) -> u32 {
        self.shared.partition_count
    }

    /// The largest batch, in bytes on the wire, that is known to be accepted: `max.request.size` until
    /// a broker refused one.
    pub fn batch_limit(&self) -> usize {
        self.shared.batch_limit.load(Ordering::Relaxed)
    }

    pub(super) fn lower_batch_limit(&self, accepted: usize) {
        self.shared
            .batch_limit
            .fetch_min(accepted, Ordering::Relaxed);
    }

    pub(super) fn key(&self) -> &TopicKey {
        &self.shared.key
    }

    fn checked(&self, partition: u32) -> Result<i32, TopicError> {
        let count = self.partition_count();
        let index = i32::try_from(partition).unwrap_or(i32::MAX);
        if partition < count {
            Ok(index)
        } else {
            Err(TopicError::NoSuchPartition {
                name: self.name().to_string(),
                partition: index,
                count,
            })
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
