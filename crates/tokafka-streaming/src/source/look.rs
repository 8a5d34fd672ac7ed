//! What the cluster has now.

use std::collections::BTreeMap;

use futures::{StreamExt, TryStreamExt, stream};
use tokafka_client::{
    admin::{Admin, OffsetSpec},
    cluster::Cluster,
    error::TopicError,
};
use uuid::Uuid;

use super::{StreamReadOptions, topics::TopicChoice};
use crate::{SourceError, SourceOffsets};

/// Topics that are asked for at the same time.
pub(super) const AT_ONCE: usize = 32;

/// Asks the cluster for topics and offsets.
#[derive(Debug)]
pub(super) struct Asker {
    admin: Admin,
}

/// One offset of each partition that is read, by topic; `None` for a topic that does not exist.
pub(super) type Found = BTreeMap<String, Option<FoundTopic>>;

/// One offset of each partition of a topic that is read.
#[derive(Debug, Clone)]
pub(super) struct FoundTopic {
    /// Nil if the broker is older than Kafka 2.8.
    pub(super) id: Uuid,
    /// `None` if no record is as young as was asked for.
    pub(super) offsets: BTreeMap<i32, Option<i64>>,
}

impl Asker {
    pub(super) fn new(cluster: &Cluster) -> Self {
        let admin = Admin::new(cluster);
        Self { admin }
    }

    /// The topics that are read: those that a pattern finds, and among the `known` those that it would
    /// find. A list of topics can lack one that is there, as while its leader changes; whether a known topic
    /// is gone is only sure when it was asked for by name.
    pub(super) async fn topics(
        &self,
        choice: &TopicChoice,
        known: &SourceOffsets,
    ) -> Result<Vec<String>, SourceError> {
        match choice {
            TopicChoice::Subscribe(topics) => Ok(topics.clone()),
            TopicChoice::Assign(assigned) => Ok(assigned.keys().cloned().collect()),
            TopicChoice::Pattern(pattern) => {
                let listed = self.admin.list_topics().await?;
                let listed = listed.iter().filter(|topic| !topic.internal);
                let listed = listed.map(|topic| &*topic.name);
                let all = listed.chain(known.iter().map(|(topic, _, _)| topic));
                let mut found: Vec<_> = all
                    .filter(|topic| pattern.is_match(topic))
                    .map(str::to_owned)
                    .collect();
                found.sort();
                found.dedup();
                Ok(found)
            }
        }
    }

    /// One offset of each partition that is read of these topics.
    pub(super) async fn offsets(
        &self,
        options: &StreamReadOptions,
        topics: &[String],
        spec: OffsetSpec,
    ) -> Result<Found, SourceError> {
        let asked = topics.iter().map(|topic| async move {
            let found = match self.admin.topic_offsets(topic, spec).await {
                Ok(found) => Some(found),
                Err(TopicError::Unknown { .. }) => None,
                Err(error) => return Err(SourceError::from(error)),
            };
            let found = found.map(|found| {
                let offsets = (0..).zip(found.offsets);
                let read =
                    offsets.filter(|(number, _)| options.topics.has_partition(topic, *number));
                let offsets = read.collect();
                let id = found.id;
                FoundTopic { id, offsets }
            });
            Ok((topic.clone(), found))
        });
        stream::iter(asked.collect::<Vec<_>>())
            .buffer_unordered(AT_ONCE)
            .try_collect()
            .await
    }
}

/// One past the last offset that is read.
pub(super) fn end_spec(options: &StreamReadOptions) -> OffsetSpec {
    OffsetSpec::end(options.settings.isolation)
}

/// The offsets that were found.
pub(super) fn present(found: &Found) -> SourceOffsets {
    let mut offsets = SourceOffsets::default();
    for (topic, found) in found {
        for (partition, offset) in found.iter().flat_map(|found| &found.offsets) {
            if let Some(offset) = offset {
                offsets.set(topic, *partition, *offset);
            }
        }
    }
    offsets
}

/// The error of the first topic that is not there.
pub(super) fn refuse_missing(found: &Found) -> Result<(), SourceError> {
    match found.iter().find(|(_, found)| found.is_none()) {
        None => Ok(()),
        Some((topic, _)) => Err(SourceError::Topic(TopicError::Unknown {
            name: topic.clone(),
            reason: None,
        })),
    }
}

/// The error of the first assigned partition that is not there.
pub(super) fn refuse_unassigned(
    options: &StreamReadOptions,
    found: &Found,
) -> Result<(), SourceError> {
    for (topic, found) in found {
        let has = |number| {
            let found = found.as_ref();
            found.is_some_and(|found| found.offsets.contains_key(&number))
        };
        if let Some(partition) = options.topics.first_without(topic, has) {
            return Err(no_partition(topic, partition));
        }
    }
    Ok(())
}

pub(super) fn no_partition(topic: &str, partition: i32) -> SourceError {
    SourceError::Start(format!(
        "topic {topic} has no partition {partition} (option assign)"
    ))
}

/// Whether what was found of partitions that are read and known cannot be right, or is bad news that is
/// worth a second question.
pub(super) fn is_doubtful(
    options: &StreamReadOptions,
    known: &SourceOffsets,
    found: &Found,
) -> bool {
    known.iter().any(|(topic, partition, next)| {
        let Some(found) = found.get(topic) else {
            return false;
        };
        let end = found
            .as_ref()
            .and_then(|found| found.offsets.get(&partition));
        let end = end.copied().flatten();
        options.topics.has_partition(topic, partition) && end.is_none_or(|end| end < next)
    })
}
