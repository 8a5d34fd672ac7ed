use uuid::Uuid;

use super::handle::Admin;
use crate::{
    error::TopicError,
    offsets::{NONE_FOUND, OffsetSpec, list_offsets},
    retry::Retries,
};

/// An offset of each partition of a topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicOffsets {
    /// The topic's id; nil if the broker is older than Kafka 2.8.
    pub id: Uuid,
    /// One for each partition, in their order. `None` if no record is as young as was asked for.
    pub offsets: Vec<Option<i64>>,
}

impl Admin {
    /// One offset per partition, in the order of partitions; the end of a partition that has no record
    /// as young as was asked for.
    pub async fn offsets(&self, topic: &str, spec: OffsetSpec) -> Result<Vec<i64>, TopicError> {
        let found = self.topic_offsets(topic, spec).await?.offsets;
        if found.iter().all(Option::is_some) {
            return Ok(found.into_iter().flatten().collect());
        }
        let ends = self.topic_offsets(topic, OffsetSpec::Latest).await?.offsets;
        let pairs = found.into_iter().zip(ends);
        Ok(pairs.filter_map(|(found, end)| found.or(end)).collect())
    }

    /// One offset per partition, and the id of the topic that has them.
    pub async fn topic_offsets(
        &self,
        topic: &str,
        spec: OffsetSpec,
    ) -> Result<TopicOffsets, TopicError> {
        let mut retries = Retries::new(self.cluster.settings());
        loop {
            match self.find_offsets(topic, spec).await {
                Err(error) if error.is_retriable() && retries.wait().await => {}
                outcome => return outcome,
            }
        }
    }

    async fn find_offsets(&self, name: &str, spec: OffsetSpec) -> Result<TopicOffsets, TopicError> {
        let topic = self.cluster.fresh_topic(name).await?;
        let all: Vec<i32> = (0..).take(topic.partitions.len()).collect();
        let offsets = list_offsets(&self.cluster, &topic, &all, spec).await?;
        let found = |offset| (offset != NONE_FOUND).then_some(offset);
        Ok(TopicOffsets {
            id: topic.id,
            offsets: offsets.into_iter().map(found).collect(),
        })
    }
}
