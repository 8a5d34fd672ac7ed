//! The topics of one writer: opened when they are first named.

use futures::{StreamExt, TryStreamExt, stream};
use tokafka_client::producer::{Producer, Topic};

use crate::{
    check::{self, PartitionCount, number},
    error::{DataError, WriteError},
    layout::{RecordColumns, TopicRoute},
    topics::{TopicIndex, TopicNames, TopicRuns},
    writer::KafkaWriter,
};

/// Topics that are opened at the same time.
const OPENED_AT_ONCE: usize = 16;

/// The topics that the rows of one writer went to, in the order in which they were first named.
#[derive(Debug)]
pub(crate) struct Destinations {
    kafka: KafkaWriter,
    producer: Producer,
    names: TopicNames,
    topics: Vec<Topic>,
}

impl Destinations {
    /// Opens the topic that the option names, if it does.
    pub(crate) async fn open(kafka: KafkaWriter, producer: Producer) -> Result<Self, WriteError> {
        let (names, topics) = (TopicNames::default(), Vec::new());
        let mut all = Self {
            kafka,
            producer,
            names,
            topics,
        };
        if let TopicRoute::Fixed(name) = all.kafka.layout().topic().clone() {
            all.names.number(name.as_bytes(), 0);
            all.open_new(None).await?;
        }
        Ok(all)
    }

    /// The topic of that number.
    #[expect(
        clippy::indexing_slicing,
        reason = "rows of an unknown topic must not be lost"
    )]
    pub(crate) fn topic(&self, topic: TopicIndex) -> &Topic {
        &self.topics[topic]
    }

    /// Topics after the first `known` ones.
    pub(crate) fn since(&self, known: usize) -> &[Topic] {
        self.topics.get(known..).unwrap_or_default()
    }

    /// Finds the topic of each row, opens those that are new, and refuses partitions that they do not
    /// have. `first` is the number of the first row.
    pub(crate) async fn route(
        &mut self,
        columns: &RecordColumns,
        rows: usize,
        first: u64,
    ) -> Result<TopicRuns, WriteError> {
        let runs = self.names.route(columns.topic.as_ref(), rows);
        self.open_new(Some(first)).await?;
        self.check_partitions(columns, &runs, first).await?;
        Ok(runs)
    }

    async fn open_new(&mut self, first: Option<u64>) -> Result<(), WriteError> {
        let (kafka, producer) = (&self.kafka, &self.producer);
        let opened: Vec<_> = stream::iter(self.names.since(self.topics.len()).to_vec())
            .map(|seen| async move {
                let row = first.map(|first| number(first, seen.row));
                let topic = kafka.topic(producer, &seen.name).await;
                topic.map_err(|error| WriteError::Topic { error, row })
            })
            .buffered(OPENED_AT_ONCE)
            .try_collect()
            .await?;
        self.topics.extend(opened);
        Ok(())
    }

    /// Says that a partition does not exist only after asking the cluster once more.
    async fn check_partitions(
        &mut self,
        columns: &RecordColumns,
        runs: &TopicRuns,
        first: u64,
    ) -> Result<(), WriteError> {
        loop {
            let count = |topic| self.topics.get(topic).map(partition_count);
            let Err(error) = check::check_partition_counts(columns, runs, first, count) else {
                return Ok(());
            };
            if !self.has_grown(&error).await? {
                return Err(error.into());
            }
        }
    }

    /// True if the topic that lacks a partition has more of them by now. Rows that name a partition
    /// may use the new ones; keys stay where they were.
    async fn has_grown(&mut self, error: &DataError) -> Result<bool, WriteError> {
        let DataError::NoSuchPartition {
            row,
            topic: name,
            count,
            ..
        } = error
        else {
            return Ok(false);
        };
        let failed = |error| WriteError::Topic {
            error,
            row: Some(*row),
        };
        self.producer
            .cluster()
            .fresh_topic(name)
            .await
            .map_err(failed)?;
        let fresh = self.producer.topic(name).await.map_err(failed)?;
        let known = self.topics.iter_mut().find(|topic| topic.name() == name);
        match known.filter(|_| fresh.partition_count() > *count) {
            Some(topic) => *topic = fresh,
            None => return Ok(false),
        }
        Ok(true)
    }
}

fn partition_count(topic: &Topic) -> PartitionCount {
    PartitionCount {
        name: topic.name().clone(),
        count: topic.partition_count(),
    }
}
