use std::collections::BTreeMap;

use kafka_protocol::{
    messages::{
        FindCoordinatorRequest, FindCoordinatorResponse, GroupId, OffsetCommitRequest,
        OffsetCommitResponse, OffsetFetchRequest, OffsetFetchResponse, TopicName,
        offset_commit_request::{OffsetCommitRequestPartition, OffsetCommitRequestTopic},
    },
    protocol::StrBytes,
};

use super::handle::Admin;
use crate::{
    cluster::Target,
    error::{ConnectError, RequestError, ResponseError},
    retry::Retries,
    wire::Api,
};

/// The offset that a consumer group reads next of a partition.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct GroupOffset {
    /// The topic.
    pub topic: String,
    /// The partition.
    pub partition: i32,
    /// One past the last that was read.
    pub offset: i64,
}

impl Admin {
    /// Tells a consumer group where it reads on, without being a member of it. A group that does not exist
    /// is made.
    ///
    /// # Errors
    /// `UNKNOWN_MEMBER_ID` if the group has members: they say by themselves where they are. Some partitions
    /// may have been noted despite an error.
    pub async fn commit_group_offsets(
        &self,
        group: &str,
        offsets: &[GroupOffset],
    ) -> Result<(), RequestError> {
        self.at_coordinator(group, |_| commit(group, offsets), noted)
            .await
    }

    /// What a consumer group was told, in the order of topics and partitions; nothing if there is no such
    /// group.
    pub async fn group_offsets(&self, group: &str) -> Result<Vec<GroupOffset>, RequestError> {
        let fetch = |_| {
            OffsetFetchRequest::default()
                .with_group_id(group_id(group))
                .with_topics(None)
        };
        self.at_coordinator(group, fetch, offsets).await
    }

    /// Asks the broker that looks after a group, and looks for it again if it is another by now.
    async fn at_coordinator<R: Api, T>(
        &self,
        group: &str,
        request: impl Fn(i16) -> R + Send + Copy,
        read: fn(R::Response) -> Result<T, RequestError>,
    ) -> Result<T, RequestError> {
        let mut retries = Retries::new(self.cluster.settings());
        loop {
            let asked = async {
                let broker = self.coordinator(group).await?;
                read(self.cluster.call(Target::Broker(broker), request).await?)
            };
            match asked.await {
                Err(error) if error.is_retriable() && retries.wait().await => {}
                outcome => return outcome,
            }
        }
    }

    async fn coordinator(&self, group: &str) -> Result<i32, RequestError> {
        let request = |version| find(group, version);
        let answer = self.cluster.call(Target::Any, request).await?;
        let broker = named(answer)?;
        if !self.cluster.view().brokers.contains_key(&broker) {
            self.cluster.refresh(&[]).await?;
        }
        match self.cluster.view().brokers.contains_key(&broker) {
            true => Ok(broker),
            false => Err(RequestError::Connect(ConnectError::Unreachable {
                attempts: vec![format!(
                    "broker {broker}, which looks after group {group}, is not part of the cluster"
                )],
                after: std::time::Duration::ZERO,
            })),
        }
    }
}

/// From version 4 on several groups may be asked for at once.
fn find(group: &str, version: i16) -> FindCoordinatorRequest {
    const GROUP: i8 = 0;
    const FIRST_BATCHED: i16 = 4;
    let key = StrBytes::from_string(group.to_owned());
    let request = FindCoordinatorRequest::default().with_key_type(GROUP);
    match version >= FIRST_BATCHED {
        true => request.with_coordinator_keys(vec![key]),
        false => request.with_key(key),
    }
}

fn named(answer: FindCoordinatorResponse) -> Result<i32, RequestError> {
    let api = FindCoordinatorRequest::NAME;
    let first = answer.coordinators.into_iter().next();
    let (code, message, broker) = match first {
        Some(found) => (found.error_code, found.error_message, found.node_id),
        None => (answer.error_code, answer.error_message, answer.node_id),
    };
    refused(api, code, message.map(|text| text.to_string()))?;
    Ok(broker.0)
}

fn commit(group: &str, offsets: &[GroupOffset]) -> OffsetCommitRequest {
    const NO_GENERATION: i32 = -1;
    let mut topics: BTreeMap<&str, Vec<_>> = BTreeMap::new();
    for each in offsets {
        let partition = OffsetCommitRequestPartition::default()
            .with_partition_index(each.partition)
            .with_committed_offset(each.offset)
            .with_committed_metadata(Some(StrBytes::default()));
        topics.entry(&each.topic).or_default().push(partition);
    }
    let topics = topics.into_iter().map(|(topic, partitions)| {
        OffsetCommitRequestTopic::default()
            .with_name(TopicName(StrBytes::from_string(topic.to_owned())))
            .with_partitions(partitions)
    });
    OffsetCommitRequest::default()
        .with_group_id(group_id(group))
        .with_generation_id_or_member_epoch(NO_GENERATION)
        .with_topics(topics.collect())
}

/// The first error of a partition.
pub(super) fn noted(answer: OffsetCommitResponse) -> Result<(), RequestError> {
    for topic in &answer.topics {
        for partition in &topic.partitions {
            let which = format!(
                "topic {} partition {}",
                topic.name.as_str(),
                partition.partition_index
            );
            refused(OffsetCommitRequest::NAME, partition.error_code, Some(which))?;
        }
    }
    Ok(())
}

pub(super) fn offsets(answer: OffsetFetchResponse) -> Result<Vec<GroupOffset>, RequestError> {
    let api = OffsetFetchRequest::NAME;
    refused(api, answer.error_code, None)?;
    let mut offsets = Vec::new();
    for topic in answer.topics {
        for partition in topic.partitions {
            let name = topic.name.as_str();
            refused(api, partition.error_code, Some(format!("topic {name}")))?;
            // Less than that: the group was told nothing.
            if partition.committed_offset >= 0 {
                offsets.push(GroupOffset {
                    topic: name.to_owned(),
                    partition: partition.partition_index,
                    offset: partition.committed_offset,
                });
            }
        }
    }
    offsets.sort();
    Ok(offsets)
}

fn refused(api: &'static str, code: i16, message: Option<String>) -> Result<(), RequestError> {
    match ResponseError::try_from_code(code) {
        None => Ok(()),
        Some(code) => Err(RequestError::Refused { api, code, message }),
    }
}

fn group_id(group: &str) -> GroupId {
    GroupId(StrBytes::from_string(group.to_owned()))
}
