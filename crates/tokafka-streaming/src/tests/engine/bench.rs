//! A broker with a topic to read and one to write, and a checkpoint.

use std::{collections::BTreeSet, path::PathBuf};

use bytes::BytesMut;
use datafusion::prelude::SessionContext;
use kafka_protocol::{
    indexmap::IndexMap,
    records::{Compression, Record, RecordBatchEncoder, RecordEncodeOptions, TimestampType},
};
use tempfile::TempDir;
use tokafka_devbroker::{DevBroker, DevBrokerConfig};

use crate::{
    DataStreamReader, DataStreamWriter, StartError, StreamingFrame, StreamingQuery, Trigger,
    read_stream,
};

/// A broker with the topics `in` and `out`, and a directory for checkpoints.
pub(in super::super) struct Bench {
    pub(super) broker: DevBroker,
    directory: TempDir,
}

impl Bench {
    /// Topics with so many partitions.
    pub(super) async fn new(partitions: i32) -> Self {
        let broker = DevBroker::start(DevBrokerConfig::default()).await.unwrap();
        broker.create_topic("in", partitions);
        broker.create_topic("out", partitions);
        Self::on(broker)
    }

    /// On a broker that has `in`, and may have `out`.
    pub(super) fn on(broker: DevBroker) -> Self {
        Self {
            broker,
            directory: tempfile::tempdir().unwrap(),
        }
    }

    /// Of a topic.
    pub(super) fn reader(&self, topic: &str) -> DataStreamReader {
        read_stream(&SessionContext::new())
            .format("kafka")
            .option("kafka.bootstrap.servers", self.broker.bootstrap())
            .option("subscribe", topic)
            .option("startingOffsets", "earliest")
    }

    /// The copy of a stream to `out`, partition by partition.
    pub(super) fn copy(&self, frame: StreamingFrame) -> DataStreamWriter {
        let frame = frame.select_exprs(&["value", "partition"]).unwrap();
        self.writer(frame)
    }

    /// Of a stream to `out`.
    pub(super) fn writer(&self, frame: StreamingFrame) -> DataStreamWriter {
        self.plain_writer(frame).option("topic", "out")
    }

    /// Of a stream to wherever it says.
    pub(super) fn plain_writer(&self, frame: StreamingFrame) -> DataStreamWriter {
        frame
            .write_stream()
            .format("kafka")
            .option("kafka.bootstrap.servers", self.broker.bootstrap())
            .option("kafka.linger.ms", "0")
            .option(
                "checkpointLocation",
                self.checkpoint().display().to_string(),
            )
    }

    /// The copy of `in` to `out`.
    pub(super) fn query(&self) -> DataStreamWriter {
        self.copy(self.reader("in").load().unwrap())
    }

    /// The copy of `in` to `out`, in batches of so many records.
    pub(super) fn in_batches_of(&self, records: usize) -> DataStreamWriter {
        let reader = self.reader("in");
        let reader = reader.option("maxOffsetsPerTrigger", records.to_string());
        self.copy(reader.load().unwrap())
    }

    /// Runs a copy until all that is there is copied.
    pub(super) async fn drain(&self) {
        self.run(self.query().trigger(Trigger::AvailableNow))
            .await
            .unwrap();
    }

    /// Runs a query to its end.
    pub(super) async fn run(
        &self,
        writer: DataStreamWriter,
    ) -> Result<StreamingQuery, crate::StreamingQueryError> {
        let query = writer.start().await.unwrap();
        super::soon(query.await_termination()).await?;
        Ok(query)
    }

    pub(super) fn checkpoint(&self) -> PathBuf {
        self.directory.path().join("checkpoint")
    }

    /// The numbers of the entries of `offsets` or `commits`.
    pub(super) fn entries(&self, log: &str) -> Vec<u64> {
        let Ok(files) = std::fs::read_dir(self.checkpoint().join(log)) else {
            return Vec::new();
        };
        let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
        let numbers: BTreeSet<_> = names.filter_map(|name| name.parse().ok()).collect();
        numbers.into_iter().collect()
    }

    /// The text of a file of the checkpoint.
    pub(super) fn file(&self, name: &str) -> String {
        std::fs::read_to_string(self.checkpoint().join(name)).unwrap()
    }

    pub(super) fn remove(&self, name: &str) {
        std::fs::remove_file(self.checkpoint().join(name)).unwrap();
    }

    /// Puts records behind the last of a partition of `in`.
    pub(super) fn append(&self, partition: i32, values: impl IntoIterator<Item = u32>) {
        self.append_to("in", partition, values);
    }

    pub(super) fn append_to(
        &self,
        topic: &str,
        partition: i32,
        values: impl IntoIterator<Item = u32>,
    ) {
        let end = self.broker.records(topic, partition).len();
        let values = values.into_iter().enumerate();
        let records: Vec<_> = values
            .map(|(index, value)| record(end + index, value))
            .collect();
        let options = RecordEncodeOptions {
            version: 2,
            compression: Compression::None,
        };
        let mut bytes = BytesMut::new();
        RecordBatchEncoder::encode(&mut bytes, &records, &options).unwrap();
        self.broker.append_raw(topic, partition, &bytes.freeze());
    }

    /// What was copied, in the order of its partition.
    pub(super) fn copied(&self, partition: i32) -> Vec<u32> {
        let records = self.broker.records("out", partition);
        let values = records.into_iter().map(|record| {
            let text = String::from_utf8(record.value.unwrap().to_vec()).unwrap();
            text.parse().unwrap()
        });
        values.collect()
    }
}

/// Of a start that should be refused.
pub(super) fn refusal(outcome: Result<StreamingQuery, StartError>) -> String {
    outcome
        .expect_err("the start should be refused")
        .to_string()
}

fn record(offset: usize, value: u32) -> Record {
    Record {
        transactional: false,
        control: false,
        delete_horizon: false,
        partition_leader_epoch: 0,
        producer_id: -1,
        producer_epoch: -1,
        timestamp_type: TimestampType::Creation,
        offset: i64::try_from(offset).unwrap(),
        sequence: i32::try_from(offset).unwrap(),
        timestamp: 1_000,
        key: None,
        value: Some(value.to_string().into()),
        headers: IndexMap::new(),
    }
}
