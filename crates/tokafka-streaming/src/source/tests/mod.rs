//! What a source says of topics that change under it, on the embedded broker.

mod begins;
mod lag;
mod losses;
mod now;
mod options;
mod triggers;

use std::sync::Arc;

use bytes::BytesMut;
use kafka_protocol::{
    indexmap::IndexMap,
    records::{Compression, Record, RecordBatchEncoder, RecordEncodeOptions, TimestampType},
};
use tokafka_datafusion::KafkaRanges;
use tokafka_devbroker::{DevBroker, DevBrokerConfig};

use super::{KafkaSource, NextOffsets, ReadLimit, StreamReadOptions};
use crate::{SourceError, SourceOffsets};

/// A broker, and how its topics are read.
struct Bench {
    broker: DevBroker,
}

impl Bench {
    async fn new(topics: &[(&str, i32)]) -> Self {
        let broker = DevBroker::start(DevBrokerConfig::default()).await.unwrap();
        for (topic, partitions) in topics {
            broker.create_topic(topic, *partitions);
        }
        Self { broker }
    }

    fn options(&self, options: &[(&str, &str)]) -> StreamReadOptions {
        let servers = self.broker.bootstrap();
        let defaults = [
            ("kafka.bootstrap.servers", servers.as_str()),
            ("fetchOffset.retryIntervalMs", "5"),
        ];
        checked(&[&defaults, options].concat()).unwrap()
    }

    async fn open(&self, options: &[(&str, &str)]) -> KafkaSource {
        let options = Arc::new(self.options(options));
        KafkaSource::open(options).await.unwrap()
    }

    /// Where a new query begins.
    async fn begin(&self, options: &[(&str, &str)]) -> Result<String, String> {
        let mut source = self.open(options).await;
        let offsets = source.initial_offsets().await;
        offsets
            .map(|offsets| offsets.to_json())
            .map_err(|error| error.to_string())
    }

    /// Puts so many records behind a partition's last.
    fn append(&self, topic: &str, partition: i32, count: i64) {
        self.append_at(topic, partition, count, 1_000);
    }

    fn append_at(&self, topic: &str, partition: i32, count: i64, timestamp: i64) {
        self.append_as(topic, partition, count, |record| Record {
            timestamp,
            ..record
        });
    }

    fn append_as(
        &self,
        topic: &str,
        partition: i32,
        count: i64,
        change: impl Fn(Record) -> Record,
    ) {
        let end = self.end(topic, partition);
        let records: Vec<_> = (end..end + count)
            .map(|offset| change(record(offset)))
            .collect();
        let options = RecordEncodeOptions {
            version: 2,
            compression: Compression::None,
        };
        let mut bytes = BytesMut::new();
        RecordBatchEncoder::encode(&mut bytes, &records, &options).unwrap();
        self.broker.append_raw(topic, partition, &bytes.freeze());
    }

    fn end(&self, topic: &str, partition: i32) -> i64 {
        let Some(last) = self.broker.batches(topic, partition).pop() else {
            return 0;
        };
        let base = i64::from_be_bytes(last[..8].try_into().unwrap());
        let delta = i32::from_be_bytes(last[23..27].try_into().unwrap());
        base + i64::from(delta) + 1
    }
}

fn record(offset: i64) -> Record {
    Record {
        transactional: false,
        control: false,
        delete_horizon: false,
        partition_leader_epoch: 0,
        producer_id: -1,
        producer_epoch: -1,
        timestamp_type: TimestampType::Creation,
        offset,
        sequence: i32::try_from(offset).unwrap(),
        timestamp: 1_000,
        key: None,
        value: Some("value".into()),
        headers: IndexMap::new(),
    }
}

fn checked(options: &[(&str, &str)]) -> Result<StreamReadOptions, SourceError> {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    let options: Vec<_> = options.iter().map(owned).collect();
    StreamReadOptions::try_new(&options)
}

fn offsets(each: &[(&str, i32, i64)]) -> SourceOffsets {
    let mut offsets = SourceOffsets::default();
    for (topic, partition, offset) in each {
        offsets.set(topic, *partition, *offset);
    }
    offsets
}

/// Where a batch ends that begins at `start`, by the options' limits.
async fn next(source: &mut KafkaSource, start: &SourceOffsets) -> NextOffsets {
    source.next(start, ReadLimit::Options, None).await.unwrap()
}

/// What each slot reads.
fn slots(ranges: &KafkaRanges) -> Vec<String> {
    let slots = ranges.slots.iter();
    let texts = slots.map(|slot| {
        let [span] = slot.as_slice() else {
            panic!("{slot:?}");
        };
        format!("{}-{} {:?}", span.topic, span.partition, span.offsets)
    });
    texts.collect()
}
