//! A write as it is planned: everything that can be known without the cluster.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};

use arrow::datatypes::{DataType, Schema};
use futures::future::join_all;
use tokafka_client::{
    error::TopicError,
    producer::{Producer, ProducerError, Topic},
    settings::ProducerSettings,
};
use tokio::sync::OnceCell;

use crate::{
    account::Account,
    batch_encoder::BatchEncoder,
    error::{SchemaError, WriteError},
    layout::RecordLayout,
    options::WriteOptions,
    partition_writer::PartitionWriter,
    pool::{PoolOptions, ProducerLease, ProducerPool},
    share::{OpenShare, OpenShares},
    value::JsonOptions,
};

/// How long [`KafkaWriter::close`] waits for batches that no writer waits for any more.
const CLOSE_GRACE: Duration = Duration::from_secs(5);

/// A write: its columns and settings, and one producer for all its [`PartitionWriter`]s, which other
/// writes may use too. Clones share.
///
/// The producer is taken from the pool when the first writer is opened. The number of partitions of a topic is
/// fixed for the whole write when its first writer opens it, so that keys do not move in the middle.
#[derive(Clone, Debug)]
pub struct KafkaWriter {
    layout: Arc<RecordLayout>,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    settings: ProducerSettings,
    /// Where keyless rows begin: different for each write, or many small writes would all go to one
    /// partition.
    start: u32,
    pool: ProducerPool,
    pool_options: PoolOptions,
    lease: Mutex<Arc<OnceCell<Arc<ProducerLease>>>>,
    /// Those of writers that are not finished.
    accounts: Mutex<Vec<Weak<Account>>>,
    shares: OpenShares,
    topics: Mutex<HashMap<Arc<str>, Arc<OnceCell<Topic>>>>,
}

impl KafkaWriter {
    /// Checks schema and options. Opens nothing.
    ///
    /// # Errors
    /// [`WriteError::Schema`] or [`WriteError::Options`]: what cannot be written, and what to do.
    pub fn new(schema: &Schema, options: WriteOptions) -> Result<Self, WriteError> {
        Self::in_pool(schema, options, ProducerPool::process())
    }

    /// Like [`Self::new`], with a producer of another pool than that of the process.
    ///
    /// # Errors
    /// As of [`Self::new`].
    pub fn in_pool(
        schema: &Schema,
        options: WriteOptions,
        pool: &ProducerPool,
    ) -> Result<Self, WriteError> {
        let layout = RecordLayout::resolve(schema, &options)?;
        let settings = options.producer_settings()?;
        let shared = Shared {
            shares: OpenShares::of(&settings),
            settings,
            start: fastrand::u32(..),
            pool: pool.clone(),
            pool_options: options.pool_options()?,
            lease: Mutex::default(),
            accounts: Mutex::default(),
            topics: Mutex::default(),
        };
        Ok(Self {
            layout: Arc::new(layout),
            shared: Arc::new(shared),
        })
    }

    /// The same write, with the same producer, whose value column is of another type and is written
    /// as JSON: what a query does that leaves `to_json` to the writer.
    ///
    /// # Errors
    /// A type that JSON cannot hold.
    pub fn with_json_value(
        &self,
        value: &DataType,
        options: &JsonOptions,
    ) -> Result<Self, SchemaError> {
        Ok(Self {
            layout: Arc::new(self.layout.with_json_value(value, options)?),
            shared: Arc::clone(&self.shared),
        })
    }

    /// Which columns are written, as what, and where to.
    pub fn layout(&self) -> &RecordLayout {
        &self.layout
    }

    /// The producer's effective settings.
    pub fn settings(&self) -> &ProducerSettings {
        &self.shared.settings
    }

    /// What encodes as the writers do, without a producer: each topic is taken to have one partition
    /// until something else is [said](BatchEncoder::set_partitions).
    pub fn encoder(&self) -> BatchEncoder {
        let layout = RecordLayout::clone(&self.layout);
        BatchEncoder::with(layout, self.settings().clone(), 1)
    }

    /// Opens one of the writers that write in parallel. They are numbered from 0.
    ///
    /// The first call takes a producer from the pool, which connects if it has none. A topic that the
    /// option names is opened here; the cluster may create it, if it is set up to.
    ///
    /// # Errors
    /// No broker could be reached, or the topic cannot be written to.
    pub async fn open(&self, writer: usize) -> Result<PartitionWriter, WriteError> {
        let shared = &self.shared;
        let cell = Arc::clone(&lock(&shared.lease));
        let acquire = async || {
            let leased = shared.pool.lend(&shared.settings, shared.pool_options);
            leased.await.map(Arc::new)
        };
        let lease: Result<_, ProducerError> = cell.get_or_try_init(acquire).await;
        let account = Arc::new(Account::open(Arc::clone(lease?)));
        {
            let mut accounts = lock(&shared.accounts);
            accounts.retain(|account| account.strong_count() > 0);
            accounts.push(Arc::downgrade(&account));
        }
        PartitionWriter::open(self.clone(), account, writer).await
    }

    /// Gives the producer back, if one was taken. Call it when every writer is finished: what a
    /// writer is still waiting for is given up after a few seconds.
    pub async fn close(&self) {
        self.close_within(CLOSE_GRACE).await;
    }

    /// Gives the producer back, and gives up after `grace` what a writer is still waiting for: what was
    /// sent may be written. Other writes that use the producer go on; if there are none, nothing of
    /// this one is sent after that.
    pub async fn close_within(&self, grace: Duration) {
        let cell = std::mem::take(&mut *lock(&self.shared.lease));
        let Some(lease) = cell.get() else {
            return;
        };
        let accounts = std::mem::take(&mut *lock(&self.shared.accounts));
        let accounts: Vec<_> = accounts.iter().filter_map(Weak::upgrade).collect();
        // What failed is in the reports of the writers, and so is what is not settled in time.
        let settling = accounts
            .iter()
            .map(|account| account.deliveries().settled());
        let _settled = tokio::time::timeout(grace, join_all(settling)).await;
        let mut is_settled = true;
        for deliveries in accounts.iter().map(|account| account.deliveries()) {
            if !deliveries.is_settled() {
                deliveries.cancel();
                is_settled = false;
            }
        }
        if !is_settled {
            lease.give_up();
        }
    }

    /// Where keyless rows of this write begin.
    pub(crate) fn start(&self) -> u32 {
        self.shared.start
    }

    /// What the open batches of one more writer may hold.
    pub(crate) fn join(&self) -> OpenShare {
        self.shared.shares.join()
    }

    /// A topic as it was when this write first opened it.
    pub(crate) async fn topic(&self, producer: &Producer, name: &str) -> Result<Topic, TopicError> {
        let cell = Arc::clone(lock(&self.shared.topics).entry(name.into()).or_default());
        cell.get_or_try_init(|| producer.topic(name)).await.cloned()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
