//! One partition of the query: its rows become batches, which are counted and looked at.

use std::{collections::BTreeMap, sync::Arc};

use datafusion::execution::SendableRecordBatchStream;
use futures::StreamExt;
use tokafka_arrow::{BatchEncoder, EncodedBatch, KafkaWriter, TopicRoute, WriteError};
use tokafka_client::{
    admin::TopicState,
    batch::{BufferPool, Compressor, FinishedBatch, RecordRef},
    error::BatchError,
};

use super::{SampleRecord, topics::Topics};
use crate::{
    WriteFailure,
    plan::{query_failure, written_columns},
};

/// Records of a topic that are shown.
pub(super) const SAMPLES: usize = 5;

/// What the rows of one or several partitions came to.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) bytes: u64,
    pub(super) uncompressed_bytes: u64,
    pub(super) batches: u64,
    pub(super) topics: BTreeMap<Arc<str>, TopicTally>,
    /// Why rows after some row were not looked at.
    pub(super) refused: Option<WriteError>,
}

/// What the rows of one topic came to.
#[derive(Debug, Default)]
pub(super) struct TopicTally {
    pub(super) bytes: u64,
    pub(super) partitions: BTreeMap<u32, u64>,
    pub(super) samples: Vec<SampleRecord>,
    /// Records that the topic would not take, and the bytes of the largest.
    pub(super) too_large: u64,
    pub(super) largest: usize,
}

/// Encodes one partition as a writer would.
pub(super) struct RowReader {
    pub(super) writer: KafkaWriter,
    pub(super) topics: Arc<Topics>,
    /// The leading columns of the input that are written; `None` if it has no others.
    pub(super) projection: Option<Arc<[usize]>>,
}

impl RowReader {
    /// Reads all rows, or up to the first that cannot be written.
    pub(super) async fn read(
        self,
        mut input: SendableRecordBatchStream,
    ) -> Result<Tally, WriteFailure> {
        let mut encoder = self.writer.encoder();
        let mut weigher = Weigher::new(&self.writer);
        if let TopicRoute::Fixed(topic) = self.writer.layout().topic()
            && !self.meet(topic, &mut encoder, &mut weigher).await?
        {
            return Ok(weigher.tally);
        }
        while let Some(batch) = input.next().await {
            let batch = written_columns(batch.map_err(query_failure)?, self.projection.as_deref())?;
            let named = match encoder.new_topics(&batch) {
                Ok(named) => named,
                Err(error) => return Ok(weigher.refused(error, &mut encoder)),
            };
            for topic in named {
                if !self.meet(&topic, &mut encoder, &mut weigher).await? {
                    return Ok(weigher.tally);
                }
            }
            let encoded = encoder.encode(&batch, |batch| weigher.take(batch));
            if let Err(error) = encoded {
                return Ok(weigher.refused(error, &mut encoder));
            }
        }
        match encoder.finish(|batch| weigher.take(batch)) {
            Ok(()) => Ok(weigher.tally),
            Err(error) => Ok(weigher.refused(error, &mut encoder)),
        }
    }

    /// Asks what a topic would take; false if nothing.
    async fn meet(
        &self,
        topic: &Arc<str>,
        encoder: &mut BatchEncoder,
        weigher: &mut Weigher,
    ) -> Result<bool, WriteFailure> {
        let outlook = self.topics.outlook(topic).await?;
        encoder.set_partitions(topic, outlook.partitions.unwrap_or(1));
        let limit = outlook.configs.as_ref();
        let limit = limit.and_then(|configs| configs.number("max.message.bytes"));
        let limit = limit.and_then(|limit| usize::try_from(limit).ok());
        weigher.limits.insert(Arc::clone(topic), limit);
        Ok(!matches!(outlook.state, TopicState::Unusable { .. }))
    }
}

/// Looks at finished batches.
struct Weigher {
    tally: Tally,
    limits: BTreeMap<Arc<str>, Option<usize>>,
    compressor: Compressor,
    pool: BufferPool,
}

impl Weigher {
    fn new(writer: &KafkaWriter) -> Self {
        Self {
            tally: Tally::default(),
            limits: BTreeMap::new(),
            compressor: Compressor::new(writer.settings().compression),
            pool: BufferPool::new(0),
        }
    }

    /// What there is when a row is refused: the rows before it count.
    fn refused(mut self, error: WriteError, encoder: &mut BatchEncoder) -> Tally {
        // The first error is the one that is told.
        let _finished = encoder.finish(|batch| self.take(batch));
        self.tally.refused.get_or_insert(error);
        self.tally
    }

    fn take(&mut self, encoded: EncodedBatch) {
        let EncodedBatch {
            topic,
            partition,
            batch,
        } = encoded;
        self.tally.batches += 1;
        self.tally.bytes += batch.wire_len() as u64;
        self.tally.uncompressed_bytes += batch.uncompressed_len() as u64;
        let limit = self.limits.get(&topic).copied().flatten();
        let of_topic = self.tally.topics.entry(topic).or_default();
        of_topic.bytes += batch.wire_len() as u64;
        *of_topic.partitions.entry(partition).or_default() += u64::from(batch.record_count());
        let seen = of_topic
            .sample(partition, &batch)
            .and_then(|()| match limit {
                Some(limit) => of_topic.weigh(batch, limit, &mut self.compressor, &self.pool),
                None => Ok(()),
            });
        if let Err(error) = seen {
            self.tally.refused.get_or_insert(WriteError::Encode(error));
        }
    }
}

impl TopicTally {
    fn sample(&mut self, partition: u32, batch: &FinishedBatch) -> Result<(), BatchError> {
        let wanted = SAMPLES.saturating_sub(self.samples.len());
        if wanted == 0 {
            return Ok(());
        }
        for record in batch.records()?.iter().take(wanted) {
            self.samples.push(sample(partition, &record?));
        }
        Ok(())
    }

    /// Counts the records that are too large even alone, since a batch of several is split.
    fn weigh(
        &mut self,
        batch: FinishedBatch,
        limit: usize,
        compressor: &mut Compressor,
        pool: &BufferPool,
    ) -> Result<(), BatchError> {
        let mut rest = vec![batch];
        while let Some(batch) = rest.pop() {
            if batch.wire_len() <= limit {
                continue;
            }
            match batch.split(compressor, pool)? {
                Some((first, second)) => rest.extend([first, second]),
                None => {
                    self.too_large += 1;
                    self.largest = self.largest.max(batch.wire_len());
                }
            }
        }
        Ok(())
    }
}

fn sample(partition: u32, record: &RecordRef<'_>) -> SampleRecord {
    let owned = |bytes: Option<&[u8]>| bytes.map(<[u8]>::to_vec);
    SampleRecord {
        topic: String::new(),
        partition,
        timestamp: record.timestamp,
        key: owned(record.key),
        value: owned(record.value),
        headers: record
            .headers
            .map(|(name, value)| (name.to_owned(), owned(value)))
            .collect(),
    }
}
