//! A write as it is planned: everything that can be known without the cluster.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use arrow::datatypes::{DataType, Schema};
use tokafka_client::{
    error::TopicError,
    producer::{Producer, ProducerError, Topic},
    settings::ProducerSettings,
};
use tokio::sync::OnceCell;

use crate::{
    error::{SchemaError, WriteError},
    layout::RecordLayout,
    options::WriteOptions,
    partition_writer::PartitionWriter,
    share::{OpenShare, OpenShares},
    value::JsonOptions,
};

/// How long [`KafkaWriter::close`] waits for batches that no writer waits for any more.
const CLOSE_GRACE: Duration = Duration::from_secs(5);

/// A write: its columns and settings, and one producer for all its [`PartitionWriter`]s. Clones share.
///
/// The producer is connected when the first writer is opened. The number of partitions of a topic is
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
    producer: OnceCell<Producer>,
    shares: OpenShares,
    topics: Mutex<HashMap<Arc<str>, Arc<OnceCell<Topic>>>>,
}

impl KafkaWriter {
    /// Checks schema and options. Opens nothing.
    ///
    /// # Errors
    /// [`WriteError::Schema`] or [`WriteError::Options`]: what cannot be written, and what to do.
    pub fn new(schema: &Schema, options: WriteOptions) -> Result<Self, WriteError> {
        let layout = RecordLayout::resolve(schema, &options)?;
        let settings = options.producer_settings()?;
        let shared = Shared {
            shares: OpenShares::of(&settings),
            settings,
            start: fastrand::u32(..),
            producer: OnceCell::new(),
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

    /// Opens one of the writers that write in parallel. They are numbered from 0.
    ///
    /// The first call connects. A topic that the option names is opened here; the cluster may create
    /// it, if it is set up to.
    ///
    /// # Errors
    /// No broker could be reached, or the topic cannot be written to.
    pub async fn open(&self, writer: usize) -> Result<PartitionWriter, WriteError> {
        let connect = || Producer::connect(self.shared.settings.clone());
        let producer: Result<_, ProducerError> =
            self.shared.producer.get_or_try_init(connect).await;
        PartitionWriter::open(self.clone(), producer?.clone(), writer).await
    }

    /// Closes the producer, if one was connected. Call it when every writer is finished: what a
    /// writer is still waiting for is given up after a few seconds.
    pub async fn close(&self) {
        self.close_within(CLOSE_GRACE).await;
    }

    /// Closes the producer, and gives up after `grace` what a writer is still waiting for.
    pub async fn close_within(&self, grace: Duration) {
        if let Some(producer) = self.shared.producer.get() {
            producer.clone().close(grace).await;
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
        let cell = Arc::clone(
            self.shared
                .topics
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .entry(name.into())
                .or_default(),
        );
        cell.get_or_try_init(|| producer.topic(name)).await.cloned()
    }
}
